import { ServiceError } from '@greengate/kit/errors'

const CHARS_MAX = 8192
const UNRESERVED = /^[A-Za-z0-9._~-]$/
const ESCAPE = /%([0-9A-Fa-f]{2})?/g

export interface RequestPath {
  /** In the one form there is for it: what needs no escape has none, escapes in capitals. */
  readonly path: string
  /** Empty, or with its question mark. */
  readonly search: string
}

function refuse(problem: string): never {
  throw new ServiceError('malformed_request', { details: [{ field: 'path', problem }], stack: false })
}

/**
 * The path of a request in one form, so that nobody behind can read it as another one than was decided about. Dot segments,
 * empty segments, backslashes, and slashes or control characters in escapes are refused, not resolved: no honest caller sends
 * them.
 * @throws ServiceError `malformed_request`
 */
export function requestPath(url: string | undefined): RequestPath {
  const target = url ?? ''
  if (target.length > CHARS_MAX) throw new ServiceError('uri_too_long', { stack: false })
  if (!target.startsWith('/')) refuse('must begin with a slash')
  if (!/^[\x21-\x7e]+$/.test(target) || target.includes('#')) refuse('holds a character that is none of an address')
  const at = target.indexOf('?')
  const raw = at < 0 ? target : target.slice(0, at)
  if (raw.includes('\\')) refuse('holds a backslash')
  const path = raw.replaceAll(ESCAPE, (escape, hex: string | undefined) => {
    if (hex === undefined) refuse('holds a percent sign that begins no escape')
    const code = Number.parseInt(hex, 16)
    const character = String.fromCharCode(code)
    if (code < 0x20 || code === 0x7f || character === '/' || character === '\\') refuse(`holds ${escape}`)
    return UNRESERVED.test(character) ? character : escape.toUpperCase()
  })
  const segments = path.split('/').slice(1)
  // Only the last may be empty: a path may end in a slash.
  if (segments.slice(0, -1).includes('')) refuse('holds an empty segment')
  // Some servers cut parameters off a segment before they resolve dots.
  if (segments.some((one) => ['.', '..'].includes(one.split(';', 1)[0] ?? ''))) refuse('holds a dot segment')
  return { path, search: at < 0 ? '' : target.slice(at) }
}
