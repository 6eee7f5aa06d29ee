/** A limit as it is written down. A caller has `burst` units at once and gets `limit` of them back every `windowS`. */
export interface RateLimitOptions {
  /** Name of the policy, as the RateLimit fields and the keys of a store show it: `[a-z0-9._-]`, 1 to 64 characters. */
  readonly name: string
  /** Units that a key gets per window in the long run; a whole number from 1. */
  readonly limit: number
  /** Length of the window; whole seconds, 1 to 31,536,000 (a year). */
  readonly windowS: number
  /** Units that a rested key may spend at once; a whole number from 1. Default: `limit`. */
  readonly burst?: number
  /** Units that one request takes unless the call says otherwise; a whole number from 1 to `burst`. Default 1. */
  readonly cost?: number
}

/** A checked limit with what its arithmetic needs, all of it whole microseconds so that every store counts alike. */
export interface RateLimit {
  readonly name: string
  readonly limit: number
  readonly windowS: number
  readonly burst: number
  readonly cost: number
  /** Time in which one unit comes back; the cell rate algorithm's increment. */
  readonly intervalUs: number
  /** Time in which a whole burst comes back; the algorithm's tolerance. */
  readonly toleranceUs: number
}

/** An interval is rounded up to whole microseconds; above this rate that would be felt (1 %). */
const PER_SECOND_MAX = 10_000
const YEAR_S = 31_536_000
const US_PER_S = 1_000_000

/**
 * Checks a limit and works out its increment.
 *
 * @throws RangeError for a name, number or window outside of what {@link RateLimitOptions} allows, for more than 10,000
 * units a second, and for a burst that takes more than a year to come back
 * @example
 * const perAddress = defineRateLimit({ name: 'default', limit: 100, windowS: 60 })
 * const exports = defineRateLimit({ name: 'exports', limit: 10, windowS: 3600, burst: 3 })
 */
export function defineRateLimit(options: RateLimitOptions): RateLimit {
  const { name, limit, windowS } = options
  const burst = options.burst ?? limit
  const cost = options.cost ?? 1
  if (!/^[a-z0-9._-]{1,64}$/.test(name))
    throw new RangeError(`rate limit name ${JSON.stringify(name)}: expected 1 to 64 of a-z, 0-9, ".", "_", "-"`)
  const at = `rate limit "${name}"`
  whole(limit, 1, Number.MAX_SAFE_INTEGER, `${at}: limit`)
  whole(windowS, 1, YEAR_S, `${at}: windowS`)
  whole(burst, 1, Number.MAX_SAFE_INTEGER, `${at}: burst`)
  whole(cost, 1, burst, `${at}: cost`)
  if (limit / windowS > PER_SECOND_MAX)
    throw new RangeError(`${at}: ${limit} in ${windowS} s is above ${PER_SECOND_MAX} a second; limit something coarser`)
  // Rounded up: never more than what was written down.
  const intervalUs = Math.ceil((windowS * US_PER_S) / limit)
  const toleranceUs = intervalUs * burst
  if (toleranceUs > YEAR_S * US_PER_S)
    throw new RangeError(`${at}: a burst of ${burst} would take over a year to come back; lower it`)
  return { name, limit, windowS, burst, cost, intervalUs, toleranceUs }
}

/** @throws RangeError unless `value` is a whole number from `min` to `max` */
export function whole(value: number, min: number, max: number, what: string): void {
  if (!Number.isSafeInteger(value) || value < min || value > max)
    throw new RangeError(
      `${what} is ${value}: expected a whole number from ${min}${max === Number.MAX_SAFE_INTEGER ? '' : ` to ${max}`}`,
    )
}
