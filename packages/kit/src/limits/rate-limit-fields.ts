import type { Allowed, RateDecision, Refused } from './decision.ts'
import type { RateLimit } from './rate-limit.ts'
import { fieldItem, fieldString } from './structured-field.ts'

/** Most limits that are announced: a field is read by every client with every answer. */
const ANNOUNCED_MAX = 16

/**
 * `RateLimit-Policy` and `RateLimit` as draft-ietf-httpapi-ratelimit-headers-11 (May 2026) has them: lists of items in
 * structured fields. The policy is worked out once, a value is two numbers behind a known beginning.
 *
 * `r` is what is left, `t` the effective window: whole seconds in which no more than that should be used. After an
 * allowed request it is the time until all of the quota is back, after a refused one it is what Retry-After says.
 *
 * @example
 * const fields = new RateLimitFields([limiter.limit])
 * response.setHeader('ratelimit-policy', fields.policy) // "default";q=100;w=60
 * response.setHeader('ratelimit', fields.value(decision)) // "default";r=99;t=1
 */
export class RateLimitFields {
  /** Value of `RateLimit-Policy`; the same for every answer. */
  readonly policy: string
  readonly #only: RateLimit | null
  readonly #begins = new Map<string, string>()
  readonly #begin: string

  /** @throws RangeError for no limit or more than 16 */
  constructor(limits: readonly RateLimit[]) {
    const [first] = limits
    if (first === undefined || limits.length > ANNOUNCED_MAX)
      throw new RangeError(`${limits.length} limits to announce: expected 1 to ${ANNOUNCED_MAX}`)
    this.policy = limits.map(({ name, limit, windowS }) => fieldItem(name, { q: limit, w: windowS })).join(', ')
    for (const { name } of limits) this.#begins.set(name, `${fieldString(name)};r=`)
    this.#begin = `${fieldString(first.name)};r=`
    this.#only = limits.length === 1 ? first : null
  }

  /** Value of `RateLimit` for the limit that decided. @throws RangeError for a limit that is not announced */
  value(decision: Allowed | Refused): string {
    const { limit } = decision
    const begin = limit === this.#only ? this.#begin : this.#begins.get(limit.name)
    if (begin === undefined) throw new RangeError(`limit "${limit.name}" is not among the announced ones`)
    const windowS = decision.outcome === 'refused' ? decision.retryAfterS : decision.resetS
    return `${begin}${decision.remaining};t=${windowS}`
  }

  /**
   * All header fields that a decision asks for, `retry-after` included when refused. What nobody counted is not
   * announced: with the store away and no stand-in there is only the policy.
   */
  headers(decision: RateDecision): Readonly<Record<string, string>> {
    const counted =
      decision.outcome !== 'store_unavailable' ? decision : decision.policy === 'local' ? decision.standIn : null
    if (counted === null) return { 'ratelimit-policy': this.policy }
    const headers: Record<string, string> = { 'ratelimit-policy': this.policy, ratelimit: this.value(counted) }
    if (counted.outcome === 'refused') headers['retry-after'] = String(counted.retryAfterS)
    return headers
  }
}
