import { dependencyName, durationMs, numberWithin, wholeWithin } from './bounds.ts'
import { BreakerOpenError } from './call-errors.ts'

/** What a breaker is doing. Times are those of its clock; milliseconds. */
export type BreakerState =
  /** Everything is let through. */
  | { readonly kind: 'closed'; readonly consecutiveFailures: number }
  /** Nothing is let through until `untilMs`; the first call after that is the probe. */
  | { readonly kind: 'open'; readonly untilMs: number }
  /** One call is under way to find out; everybody else is refused at once. At `untilMs` it counts as failed. */
  | { readonly kind: 'half-open'; readonly untilMs: number }
  /** The probe succeeded: a growing share is let through, everything from `untilMs` on. */
  | {
      readonly kind: 'recovering'
      readonly sinceMs: number
      readonly untilMs: number
      readonly successes: number
      readonly consecutiveFailures: number
    }

/** A change of state, for logs and metrics. */
export interface BreakerTransition {
  readonly dependency: string
  readonly from: BreakerState
  readonly to: BreakerState
  readonly atMs: number
}

export interface CircuitBreakerOptions {
  /** The dependency, as it is shown in errors, logs and metrics: 1 to 64 letters, digits and `._:/-`. */
  readonly name: string
  /** Consecutive failures that are borne: one more opens it. Default 3, so the 4th opens it. */
  readonly failuresMax?: number
  /** How long it refuses everything before it lets a probe through; milliseconds. Default 5,000. */
  readonly openMs?: number
  /** Up to this share of `openMs` is added by chance, so that many processes don't probe at once; 0 to 1. Default 0.2. */
  readonly openJitter?: number
  /** When a probe that says nothing counts as failed; milliseconds. Default 5,000. */
  readonly probeTimeoutMs?: number
  /** How long a growing share is let through after a successful probe; milliseconds. Default 5,000; 0 closes at once. */
  readonly recoveryMs?: number
  /** Successes that end the recovery earlier. Default 20. */
  readonly recoverySuccesses?: number
  /** The share that is let through when recovery begins; above 0, up to 1. Default 0.2. */
  readonly recoveryShare?: number
  /** Told of every change of state, in order, perhaps outside of any request. What it throws is thrown on: it must not. */
  readonly onTransition?: (transition: BreakerTransition) => void
  /** Monotonic milliseconds; the clock of the policy that uses it. */
  readonly nowMs?: () => number
  /** From 0 up to 1. */
  readonly random?: () => number
}

const CLOSED: BreakerState = { kind: 'closed', consecutiveFailures: 0 }
// In recovery less is borne than when closed: the dependency was down a moment ago.
const RECOVERY_FAILURES_MAX = 1

/**
 * Stops calls to a dependency that is known to fail (Nygard, Release It!). It holds no timer and nothing knows it but
 * its owner: one that is dropped is gone. What becomes of a call that was let through in an earlier state changes
 * nothing any more.
 *
 * `enter` and `succeeded`/`failed`/`abandoned` are for those who build policies; `run` and `callPolicy` use them.
 *
 * @example
 * const breaker = new CircuitBreaker({ name: 'rates', onTransition: ({ to }) => logger.log('warn', 'breaker', { state: to.kind }) })
 * const rates = await breaker.run(() => fetchRates())
 */
export class CircuitBreaker {
  readonly name: string
  readonly #failuresMax: number
  readonly #openMs: number
  readonly #openJitter: number
  readonly #probeTimeoutMs: number
  readonly #recoveryMs: number
  readonly #recoverySuccesses: number
  readonly #recoveryShare: number
  readonly #onTransition: ((transition: BreakerTransition) => void) | undefined
  readonly #nowMs: () => number
  readonly #random: () => number
  #state: BreakerState = CLOSED
  /** Counts the states: a call belongs to the one that let it through. */
  #epoch = 0

  /** @throws RangeError for an option outside of its bounds */
  constructor(options: CircuitBreakerOptions) {
    this.name = dependencyName(options.name)
    this.#failuresMax = wholeWithin('failuresMax', options.failuresMax ?? 3, 0, 1_000_000)
    this.#openMs = durationMs('openMs', options.openMs ?? 5000)
    this.#openJitter = numberWithin('openJitter', options.openJitter ?? 0.2, 0, 1)
    this.#probeTimeoutMs = durationMs('probeTimeoutMs', options.probeTimeoutMs ?? 5000)
    this.#recoveryMs = durationMs('recoveryMs', options.recoveryMs ?? 5000, 0)
    this.#recoverySuccesses = wholeWithin('recoverySuccesses', options.recoverySuccesses ?? 20, 1, 1_000_000)
    this.#recoveryShare = numberWithin('recoveryShare', options.recoveryShare ?? 0.2, 0.001, 1)
    this.#onTransition = options.onTransition
    this.#nowMs = options.nowMs ?? (() => performance.now())
    this.#random = options.random ?? Math.random
  }

  /** The state now: time that has passed counts although nobody called. */
  get state(): BreakerState {
    return this.#pass(this.#nowMs())
  }

  /**
   * Lets a call through, or not.
   * @param nowMs what the breaker's clock says, where the caller knows it already
   * @returns a ticket for exactly one of `succeeded`, `failed` and `abandoned`
   * @throws BreakerOpenError with the time after which it is worth trying again
   */
  enter(nowMs: number = this.#nowMs()): number {
    if (this.#state.kind === 'closed') return this.#epoch
    const state = this.#pass(nowMs)
    switch (state.kind) {
      case 'closed':
        return this.#epoch
      case 'open': {
        if (nowMs < state.untilMs) throw new BreakerOpenError(this.name, state.untilMs - nowMs)
        this.#to({ kind: 'half-open', untilMs: nowMs + this.#probeTimeoutMs }, nowMs)
        return this.#epoch
      }
      case 'half-open':
        throw new BreakerOpenError(this.name, state.untilMs - nowMs)
      case 'recovering':
        if (this.#random() < this.#shareOf(state, nowMs)) return this.#epoch
        throw new BreakerOpenError(this.name, state.untilMs - nowMs)
    }
  }

  /** The call with this ticket was answered. */
  succeeded(ticket: number): void {
    if (ticket !== this.#epoch) return
    const state = this.#state
    if (state.kind === 'closed') {
      if (state.consecutiveFailures > 0) this.#state = CLOSED
      return
    }
    const nowMs = this.#nowMs()
    // A probe that took too long has failed already, also if nobody came by to notice.
    this.#pass(nowMs)
    if (ticket !== this.#epoch) return
    if (state.kind === 'half-open') {
      if (this.#recoveryMs === 0) return this.#to(CLOSED, nowMs)
      const untilMs = nowMs + this.#recoveryMs
      this.#to({ kind: 'recovering', sinceMs: nowMs, untilMs, successes: 0, consecutiveFailures: 0 }, nowMs)
    } else if (state.kind === 'recovering') {
      const successes = state.successes + 1
      if (successes >= this.#recoverySuccesses) this.#to(CLOSED, nowMs)
      else this.#state = { ...state, successes, consecutiveFailures: 0 }
    }
  }

  /** The call with this ticket failed in a way that speaks against the dependency. */
  failed(ticket: number): void {
    if (ticket !== this.#epoch) return
    const nowMs = this.#nowMs()
    const state = this.#pass(nowMs)
    if (ticket !== this.#epoch || state.kind === 'open') return
    if (state.kind === 'half-open') return this.#open(nowMs)
    const consecutiveFailures = state.consecutiveFailures + 1
    const borne = state.kind === 'closed' ? this.#failuresMax : Math.min(this.#failuresMax, RECOVERY_FAILURES_MAX)
    if (consecutiveFailures > borne) this.#open(nowMs)
    else this.#state = { ...state, consecutiveFailures }
  }

  /** The call with this ticket ended without saying anything about the dependency: it was cancelled. A probe is free again. */
  abandoned(ticket: number): void {
    if (ticket !== this.#epoch || this.#state.kind !== 'half-open') return
    const nowMs = this.#nowMs()
    this.#to({ kind: 'open', untilMs: nowMs }, nowMs)
  }

  /**
   * Something else has seen the dependency answer, a health check for instance: an open breaker lets the next call
   * through as its probe.
   */
  hint(): void {
    const nowMs = this.#nowMs()
    const state = this.#pass(nowMs)
    if (state.kind === 'open' && state.untilMs > nowMs) this.#state = { kind: 'open', untilMs: nowMs }
  }

  /**
   * Calls `work` if it is let through. It sets no time limit (`callPolicy` does): a probe that hangs counts as failed
   * after `probeTimeoutMs`, and the next caller becomes the probe.
   * @param isFailure whether an error speaks against the dependency. Default: every error does
   * @throws BreakerOpenError, or whatever `work` throws
   */
  async run<T>(work: () => Promise<T>, isFailure: (error: unknown) => boolean = () => true): Promise<T> {
    const ticket = this.enter()
    try {
      const value = await work()
      this.succeeded(ticket)
      return value
    } catch (error) {
      if (isFailure(error)) this.failed(ticket)
      else this.succeeded(ticket)
      throw error
    }
  }

  /** What time alone changes: a hung probe has failed, a recovery is over. */
  #pass(nowMs: number): BreakerState {
    const state = this.#state
    if (state.kind === 'half-open' && nowMs >= state.untilMs) this.#open(state.untilMs)
    else if (state.kind === 'recovering' && nowMs >= state.untilMs) this.#to(CLOSED, nowMs)
    return this.#state
  }

  #open(atMs: number): void {
    this.#to({ kind: 'open', untilMs: atMs + this.#openMs * (1 + this.#openJitter * this.#random()) }, atMs)
  }

  #to(to: BreakerState, atMs: number): void {
    const from = this.#state
    this.#state = to
    this.#epoch += 1
    this.#onTransition?.({ dependency: this.name, from, to, atMs })
  }

  /** Grows with time and with successes, whichever is further. */
  #shareOf(state: BreakerState & { kind: 'recovering' }, nowMs: number): number {
    const done = Math.max((nowMs - state.sinceMs) / this.#recoveryMs, state.successes / this.#recoverySuccesses)
    return this.#recoveryShare + (1 - this.#recoveryShare) * done
  }
}
