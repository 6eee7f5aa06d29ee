import { whole } from './rate-limit.ts'

/** Why a store was not, or not successfully, asked. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError'
  readonly code: 'store_timeout' | 'store_error' | 'store_suspended'

  constructor(code: 'store_timeout' | 'store_error' | 'store_suspended', message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

export type StoreEvent =
  | { readonly type: 'store_failed'; readonly error: StoreUnavailableError }
  /** It failed too often in a row and is left alone for a while. */
  | { readonly type: 'store_suspended'; readonly forMs: number }
  | { readonly type: 'store_resumed' }

export interface StoreGuardOptions {
  /** How long the store may take; milliseconds, 1 to 10,000. Default 50. */
  readonly storeTimeoutMs?: number
  /** Failures in a row after which it is left alone, 1 to 100. Default 3. */
  readonly suspendAfter?: number
  /** For how long, give or take a fifth; milliseconds, 1 to 60,000. Default 1,000. Then one call tries it again. */
  readonly suspendMs?: number
  /** Monotonic milliseconds. Default `performance.now`. */
  readonly nowMs?: () => number
  /** 0 to 1. Default `Math.random`. */
  readonly random?: () => number
}

type State =
  | { readonly is: 'asked'; readonly failures: number }
  | { readonly is: 'suspended'; readonly untilMs: number }
  | { readonly is: 'tried' }

/**
 * A time limit and a small breaker before a store, so that a dead one costs its time limit a few times and not once per
 * request. What was asked may still happen after the time limit: it can't be called back.
 */
export class StoreGuard {
  readonly #timeoutMs: number
  readonly #suspendAfter: number
  readonly #suspendMs: number
  readonly #nowMs: () => number
  readonly #random: () => number
  readonly #tell: (event: StoreEvent) => void
  /** One for all that are turned away by a suspension: a stack for each would be the dearest part of a dead store. */
  #suspended = new StoreUnavailableError('store_suspended', 'the store is left alone')
  #state: State = { is: 'asked', failures: 0 }

  /** @throws RangeError for an option outside of its range */
  constructor(options: StoreGuardOptions, tell: (event: StoreEvent) => void) {
    this.#timeoutMs = options.storeTimeoutMs ?? 50
    this.#suspendAfter = options.suspendAfter ?? 3
    this.#suspendMs = options.suspendMs ?? 1000
    whole(this.#timeoutMs, 1, 10_000, 'storeTimeoutMs')
    whole(this.#suspendAfter, 1, 100, 'suspendAfter')
    whole(this.#suspendMs, 1, 60_000, 'suspendMs')
    this.#nowMs = options.nowMs ?? (() => performance.now())
    this.#random = options.random ?? Math.random
    this.#tell = tell
  }

  /** @throws StoreUnavailableError for a failure, the time limit, or a store that is left alone */
  async ask<T>(work: () => Promise<T>): Promise<T> {
    const state = this.#state
    if (state.is === 'tried' || (state.is === 'suspended' && this.#nowMs() < state.untilMs)) throw this.#suspended
    if (state.is === 'suspended') this.#state = { is: 'tried' }
    try {
      const answer = await this.#inTime(work)
      this.#succeeded()
      return answer
    } catch (cause) {
      const error =
        cause instanceof StoreUnavailableError
          ? cause
          : new StoreUnavailableError('store_error', 'the store failed', cause)
      this.#failed(error)
      throw error
    }
  }

  #inTime<T>(work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new StoreUnavailableError('store_timeout', `the store took over ${this.#timeoutMs} ms`)),
        this.#timeoutMs,
      )
      // A late answer finds the promise settled and changes nothing, a late failure is no unhandled one.
      void work()
        .then(resolve, reject)
        .finally(() => clearTimeout(timer))
    })
  }

  #succeeded(): void {
    if (this.#state.is === 'asked' && this.#state.failures === 0) return
    const resumed = this.#state.is !== 'asked'
    this.#state = { is: 'asked', failures: 0 }
    if (resumed) this.#tell({ type: 'store_resumed' })
  }

  #failed(error: StoreUnavailableError): void {
    this.#tell({ type: 'store_failed', error })
    const state = this.#state
    // Calls that were under way when it was suspended say nothing new.
    if (state.is === 'suspended') return
    const failures = state.is === 'asked' ? state.failures + 1 : this.#suspendAfter
    if (failures < this.#suspendAfter) {
      this.#state = { is: 'asked', failures }
      return
    }
    // Spread, so that replicas don't all try again in the same moment.
    const forMs = this.#suspendMs * (0.8 + 0.4 * this.#random())
    this.#suspended = new StoreUnavailableError(
      'store_suspended',
      'the store failed a moment ago and is left alone',
      error,
    )
    this.#state = { is: 'suspended', untilMs: this.#nowMs() + forMs }
    this.#tell({ type: 'store_suspended', forMs })
  }
}
