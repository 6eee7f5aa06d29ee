import type { RateLimit } from './rate-limit.ts'

/** Within the quota; the units have been taken. */
export interface Allowed {
  readonly outcome: 'allowed'
  /** The limit that has least left. */
  readonly limit: RateLimit
  /** Units that could be spent now. */
  readonly remaining: number
  /** Whole seconds, rounded up, until all of the quota is there again. */
  readonly resetS: number
}

/** Quota used up; nothing was taken from any limit. */
export interface Refused {
  readonly outcome: 'refused'
  /** The limit that takes longest. */
  readonly limit: RateLimit
  readonly remaining: number
  /** Whole seconds, rounded up, at least 1, until the same request would be allowed; for `Retry-After`. */
  readonly retryAfterS: number
  readonly resetS: number
}

/** What to do when the store of the counters does not answer. */
export type StoreFailurePolicy = 'open' | 'closed' | 'local'

/**
 * The store did not answer, so nobody knows what was used: this is not the caller's doing. `open` lets the request
 * through, `closed` refuses it (503, not 429), `local` counts in this process; `standIn` is what that came to.
 */
export type StoreUnavailable =
  | { readonly outcome: 'store_unavailable'; readonly policy: 'open' | 'closed'; readonly cause: unknown }
  | {
      readonly outcome: 'store_unavailable'
      readonly policy: 'local'
      readonly standIn: Allowed | Refused
      readonly cause: unknown
    }

export type RateDecision = Allowed | Refused | StoreUnavailable

/** Whether a request may go on after this decision. */
export function admits(decision: RateDecision): boolean {
  switch (decision.outcome) {
    case 'allowed':
      return true
    case 'refused':
      return false
    case 'store_unavailable':
      return decision.policy === 'local' ? decision.standIn.outcome === 'allowed' : decision.policy === 'open'
  }
}

/** What a store says about one key of one limit after looking at it. */
export interface LimitState {
  /** Whether this limit by itself had room for what was asked. */
  readonly fits: boolean
  /** Time until everything has come back; microseconds, 0 when nothing is used. */
  readonly usedUs: number
}

/** What is asked of one key of one limit. */
export interface LimitTake {
  readonly limit: RateLimit
  /** Who: an address, an account. Any string; stores hash long ones. */
  readonly key: string
  /** Units; a whole number from 1 to the limit's burst. */
  readonly cost: number
}

/** The one decision out of what several limits say: the tightest decides. */
export function decide(takes: readonly LimitTake[], states: readonly LimitState[]): Allowed | Refused {
  let tightest: Allowed | null = null
  let refused: Refused | null = null
  for (const [index, take] of takes.entries()) {
    const state = states[index]
    if (state === undefined) throw new RangeError('a store answered for fewer limits than it was asked about')
    const { limit } = take
    const remaining = remainingOf(limit, state.usedUs)
    const resetS = secondsUp(state.usedUs)
    if (!state.fits) {
      const retryAfterS = retryAfterOf(limit, take.cost, state.usedUs)
      if (refused === null || retryAfterS > refused.retryAfterS)
        refused = { outcome: 'refused', limit, remaining, retryAfterS, resetS }
    } else if (tightest === null || remaining < tightest.remaining) {
      tightest = { outcome: 'allowed', limit, remaining, resetS }
    }
  }
  const decision = refused ?? tightest
  if (decision === null) throw new RangeError('a decision needs at least one limit')
  return decision
}

export function remainingOf(limit: RateLimit, usedUs: number): number {
  return Math.max(0, Math.floor((limit.toleranceUs - usedUs) / limit.intervalUs))
}

export function retryAfterOf(limit: RateLimit, cost: number, usedUs: number): number {
  return Math.max(1, secondsUp(usedUs + cost * limit.intervalUs - limit.toleranceUs))
}

/** Whole seconds, rounded up: a caller told a second less would come back too early. */
export function secondsUp(us: number): number {
  return Math.ceil(us / 1_000_000)
}
