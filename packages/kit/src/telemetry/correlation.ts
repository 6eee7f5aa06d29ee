import { randomUUID } from 'node:crypto'

/** Names under which a correlation id comes in and goes out, the preferred one first. */
export const correlationHeaders = ['x-correlation-id', 'x-request-id'] as const

const CHARS_MIN = 8
const CHARS_MAX = 64

/** Whether a value may be taken over as a correlation id: 8 to 64 characters of `A-Za-z0-9._-`. */
export function isCorrelationId(value: unknown): value is string {
  if (typeof value !== 'string') return false
  const { length } = value
  if (length < CHARS_MIN || length > CHARS_MAX) return false
  for (let at = 0; at < length; at++) {
    const code = value.charCodeAt(at)
    // In the order in which UUIDs hit: digits, lower case, hyphen and dot, then the rest.
    if (code >= 48 && code <= 57) continue
    if (code >= 97 && code <= 122) continue
    if (code === 45 || code === 46 || code === 95) continue
    if (code >= 65 && code <= 90) continue
    return false
  }
  return true
}

/**
 * The caller's correlation id if it is well formed (8 to 64 of `A-Za-z0-9._-`), else a new UUID: what a caller sends
 * ends up in logs and headers, so nothing else is taken over. A header that came twice is not well formed.
 *
 * Pass `request.headers` of `node:http`; never throws.
 * @param newId Makes the id when none came; default a UUID v4 (RFC 9562) of `node:crypto`, which draws its randomness
 *   in batches and measured faster than a pool of our own
 */
export function correlationId(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  newId: () => string = randomUUID,
): string {
  const preferred = headers['x-correlation-id']
  if (preferred !== undefined && isCorrelationId(preferred)) return preferred
  const other = headers['x-request-id']
  if (other !== undefined && isCorrelationId(other)) return other
  return newId()
}
