import { createHash } from 'node:crypto'
import type { RouteAnswer } from '@greengate/kit/http'

/** Readers may keep an answer this long without asking, and much longer while nobody answers. */
const CACHE_CONTROL = 'public, max-age=10, stale-if-error=86400'

/**
 * An answer that caches may keep, or 304 when the caller has it already.
 * @param ifNoneMatch the caller's header as it came
 */
export function cacheable(body: unknown, ifNoneMatch: string | undefined): RouteAnswer {
  const digest = createHash('sha256').update(JSON.stringify(body)).digest('base64url').slice(0, 27)
  const headers = { etag: `"${digest}"`, 'cache-control': CACHE_CONTROL }
  return ifNoneMatch !== undefined && names(ifNoneMatch, headers.etag)
    ? { status: 304, headers }
    : { status: 200, body, headers }
}

/** RFC 9110, section 13.1.2: the comparison is a weak one. */
function names(ifNoneMatch: string, etag: string): boolean {
  return ifNoneMatch.split(',').some((one) => {
    const tag = one.trim()
    return tag === '*' || tag === etag || tag === `W/${etag}`
  })
}
