/** Cookies as RFC 6265bis has them (draft-ietf-httpbis-rfc6265bis): stricter in writing than in reading. */

export type SameSite = 'strict' | 'lax' | 'none'

export interface CookieAttributes {
  /** Default `/`. */
  readonly path?: string
  /** Sends it to subdomains too. Default none: this host only. */
  readonly domain?: string
  /** How long browsers keep it; seconds, 0 to 34,560,000 (400 days, what browsers cut it to). Default: the session. */
  readonly maxAgeS?: number
  /** Default true. */
  readonly secure?: boolean
  /** Kept from scripts. Default true. */
  readonly httpOnly?: boolean
  /** Default `lax`. */
  readonly sameSite?: SameSite
  /** A jar for each top-level site (CHIPS). Default false. */
  readonly partitioned?: boolean
}

const cookieName = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/
const cookieValue = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/
const cookiePath = /^\/[\x20-\x3a\x3c-\x7e]{0,1023}$/
const domainName = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,10}[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
/** Browsers ignore a cookie whose name and value are longer together. */
export const cookieLengthMax = 4096
const maxAgeMaxS = 34_560_000
/** Node's limit for all headers is the same by default: longer ones come from elsewhere, and are not read. */
const headerLengthMax = 16_384
/** Browsers keep 180 cookies of a site at most. */
const pairsMax = 256

/**
 * The value of a `Set-Cookie` header.
 * @throws RangeError for a name, value, path or domain that would not be read back as it is, name and value over 4,096
 * bytes, what a `__Host-`, `__Secure-` or `__Http-` name forbids, or `sameSite: 'none'` or `partitioned` without
 * `secure`
 * @example
 * serializeCookie('__Host-theme', 'dark', { maxAgeS: 86_400 })
 * // __Host-theme=dark; Path=/; Max-Age=86400; Secure; HttpOnly; SameSite=Lax
 */
export function serializeCookie(name: string, value: string, attributes: CookieAttributes = {}): string {
  return `${name}=${checkedValue(name, value)}${cookieSuffix(name, attributes)}`
}

function checkedValue(name: string, value: string): string {
  if (name.length + value.length > cookieLengthMax)
    throw new RangeError(
      `cookie ${name.slice(0, 128)}: name and value have ${name.length + value.length} bytes; browsers keep ${cookieLengthMax}`,
    )
  if (!cookieValue.test(value))
    throw new RangeError(
      `cookie ${name}: the value holds a character that cookies do not; encode it, in base64url for instance`,
    )
  return value
}

/**
 * What follows the value in a `Set-Cookie` header, the same for every value.
 * @throws RangeError as `serializeCookie`
 */
export function cookieSuffix(name: string, attributes: CookieAttributes): string {
  const {
    path = '/',
    domain,
    maxAgeS,
    secure = true,
    httpOnly = true,
    sameSite = 'lax',
    partitioned = false,
  } = attributes
  if (!cookieName.test(name)) throw new RangeError(`${JSON.stringify(name.slice(0, 128))} is not a cookie's name`)
  if (!cookiePath.test(path)) throw new RangeError(`cookie ${name}: expected a path that begins with /`)
  if (domain !== undefined && (domain.length > 253 || !domainName.test(domain)))
    throw new RangeError(`cookie ${name}: expected a domain as acme.test, in lower case and without a leading dot`)
  if (maxAgeS !== undefined && (!Number.isInteger(maxAgeS) || maxAgeS < 0 || maxAgeS > maxAgeMaxS))
    throw new RangeError(`cookie ${name}: maxAgeS is ${maxAgeS}; expected whole seconds from 0 to ${maxAgeMaxS}`)
  if (!secure && (sameSite === 'none' || partitioned))
    throw new RangeError(`cookie ${name}: sameSite 'none' and partitioned need secure, or browsers ignore the cookie`)
  checkPrefix(name, { path, domain, secure, httpOnly })
  return [
    `; Path=${path}`,
    domain === undefined ? '' : `; Domain=${domain}`,
    maxAgeS === undefined ? '' : `; Max-Age=${maxAgeS}`,
    secure ? '; Secure' : '',
    httpOnly ? '; HttpOnly' : '',
    `; SameSite=${sameSiteNames[sameSite]}`,
    partitioned ? '; Partitioned' : '',
  ].join('')
}

const sameSiteNames: Readonly<Record<SameSite, string>> = { strict: 'Strict', lax: 'Lax', none: 'None' }

interface PrefixFacts {
  readonly path: string
  readonly domain: string | undefined
  readonly secure: boolean
  readonly httpOnly: boolean
}

/** RFC 6265bis, 4.1.3: browsers compare the prefix in any case, so the rules hold in any case. */
function checkPrefix(name: string, facts: PrefixFacts): void {
  const lower = name.toLowerCase()
  const isHost = lower.startsWith('__host-')
  const isHttp = lower.startsWith('__http-') || lower.startsWith('__host-http-')
  if ((isHost || isHttp || lower.startsWith('__secure-')) && !facts.secure)
    throw new RangeError(`cookie ${name}: its prefix needs secure`)
  if (isHost && (facts.path !== '/' || facts.domain !== undefined))
    throw new RangeError(`cookie ${name}: its prefix needs path / and no domain`)
  if (isHttp && !facts.httpOnly) throw new RangeError(`cookie ${name}: its prefix needs httpOnly`)
}

/**
 * Values of one cookie in a `Cookie` header, in the order they came: there can be several, of other paths and domains.
 * Never throws; a header over 16 KiB holds nothing, and only its first 256 pairs are read.
 */
export function cookieValues(header: string | undefined, name: string): readonly string[] {
  const values: string[] = []
  scan(header, (key, value) => {
    if (key === name) values.push(value)
  })
  return values
}

/**
 * Whether one of these cookies was sent, whatever its value. Never throws. True for a header beyond the bounds: whoever
 * asks wants to know whether a request may act for somebody, and another parser could read further.
 */
export function hasCookie(header: string | undefined, names: ReadonlySet<string>): boolean {
  let found = false
  const whole = scan(header, (key) => {
    found ||= names.has(key)
  })
  return found || !whole
}

/** All cookies of a `Cookie` header. Never throws; bounded as `cookieValues`. */
export function parseCookieHeader(header: string | undefined): ReadonlyMap<string, readonly string[]> {
  const cookies = new Map<string, string[]>()
  scan(header, (key, value) => {
    const values = cookies.get(key)
    if (values) values.push(value)
    else cookies.set(key, [value])
  })
  return cookies
}

/** Calls `pair` for each; returns whether all of the header was read. */
function scan(header: string | undefined, pair: (name: string, value: string) => void): boolean {
  if (header === undefined) return true
  if (header.length > headerLengthMax) return false
  let at = 0
  for (let i = 0; i < pairsMax && at < header.length; i++) {
    const semicolon = header.indexOf(';', at)
    const end = semicolon === -1 ? header.length : semicolon
    const equals = header.indexOf('=', at)
    // A pair without a name is nobody's: browsers send `=value` or `value` for a cookie that was set without one.
    if (equals > at && equals < end) {
      const name = header.slice(at, equals).trim()
      if (name !== '') pair(name, header.slice(equals + 1, end).trim())
    }
    at = end + 1
  }
  return at >= header.length
}
