import type { LimitState, LimitTake } from './decision.ts'

/**
 * Where the counters are. Every adapter counts by the generic cell rate algorithm (GCRA; ITU-T I.371 and the ATM Forum's
 * Traffic Management 4.0, annex C): per key it keeps one moment, the theoretical arrival time, until which the quota is
 * used; a request moves it on by cost x interval and is refused when that would put it more than the tolerance ahead.
 *
 * The contract, proved on every adapter by `rate-limit-store.test.ts`:
 * - `take` is atomic, all or nothing: when one of the limits has no room, nothing is taken from any.
 * - A refused take takes nothing: who keeps asking is not locked out for longer.
 * - A moment further ahead than the tolerance (a clock set back, a limit made smaller) becomes the tolerance with the next
 *   take, refused or not: else a clock set back by an hour would lock everybody out for an hour.
 * - Nothing is kept for longer than it takes to come back.
 *
 * It rejects when the store cannot be reached or answers nonsense. The order of the states is that of the takes, and the
 * same limit and key may not be given twice in a call.
 */
export interface RateLimitStore {
  /** Takes what is asked of all of them, or nothing. */
  take(takes: readonly LimitTake[]): Promise<readonly LimitState[]>
  /** What `take` would say, without taking. */
  peek(takes: readonly LimitTake[]): Promise<readonly LimitState[]>
  /** Gives units back, never more than are used. Says what is used afterwards. */
  refund(takes: readonly LimitTake[]): Promise<readonly LimitState[]>
  /** Forgets what was used. */
  reset(takes: readonly Pick<LimitTake, 'limit' | 'key'>[]): Promise<void>
}

/** Most limits in one call. */
export const TAKES_MAX = 16

/** @throws RangeError for no limit, more than 16, a key given twice, or a cost that could never fit */
export function checkTakes(takes: readonly LimitTake[]): void {
  if (takes.length === 0 || takes.length > TAKES_MAX)
    throw new RangeError(`${takes.length} limits in one call: expected 1 to ${TAKES_MAX}`)
  for (const [index, { limit, key, cost }] of takes.entries()) {
    if (!Number.isSafeInteger(cost) || cost < 1 || cost > limit.burst)
      throw new RangeError(`a cost of ${cost} never fits into "${limit.name}", whose burst is ${limit.burst}`)
    for (let before = 0; before < index; before += 1) {
      const other = takes[before]
      if (other?.key === key && other.limit.name === limit.name)
        throw new RangeError(`limit "${limit.name}" was given twice for one key`)
    }
  }
}
