import { randomUUID } from 'node:crypto'

const WELL_FORMED = /^[A-Za-z0-9._-]{8,64}$/

/** Names under which a correlation id comes in and goes out, the preferred one first. */
export const correlationHeaders = ['x-correlation-id', 'x-request-id'] as const

/**
 * The caller's correlation id if it is well formed (8 to 64 of `A-Za-z0-9._-`), else a new UUID: what a caller sends
 * ends up in logs and headers, so nothing else is taken over. A header that came twice is not well formed.
 */
export function correlationId(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  newId: () => string = randomUUID,
): string {
  for (const name of correlationHeaders) {
    const value = headers[name]
    if (typeof value === 'string' && WELL_FORMED.test(value)) return value
  }
  return newId()
}
