import { currentRequest, type RequestDeadline } from '../context/index.ts'
import { dependencyName, durationMs } from './bounds.ts'
import type { Bulkhead } from './bulkhead.ts'
import { Call, type PolicyCall } from './call.ts'
import type { CallHook } from './call-observer.ts'
import { CircuitBreaker } from './circuit-breaker.ts'
import { type Clock, systemClock } from './clock.ts'
import { RetryBudget } from './retry-budget.ts'
import { isDependencyFailure, type RetryOptions, RetryRule } from './retry-options.ts'
import { type TimeoutQueue, timeoutsOf } from './timeout-queue.ts'

export type { PolicyCall } from './call.ts'

export interface CallPolicyOptions {
  /** The dependency, as it is shown in errors and metrics: 1 to 64 letters, digits and `._:/-`. */
  readonly name: string
  /** Limit of one attempt, the wait for a place not included; milliseconds. Default 30,000. */
  readonly timeoutMs?: number
  /** `request`: never longer than what the current request has left. Default `request`. */
  readonly deadline?: 'request' | 'none'
  /** Default: one of its own. Null for none. Share one between all policies of a dependency. */
  readonly breaker?: CircuitBreaker | null
  /** Default: never retried. A policy with `retry` states that its calls are idempotent, unless `run` says otherwise. */
  readonly retry?: RetryOptions | null
  /** Default: one of its own. Share one between all policies of a dependency. */
  readonly budget?: RetryBudget
  /** Default: no bound on how many run at once. */
  readonly bulkhead?: Bulkhead | null
  /** Whether an error speaks against the dependency and counts for the breaker. Default: all but those with a status from 400 to 499. */
  readonly isFailure?: (error: unknown) => boolean
  /**
   * An attempt cut short by the request's deadline speaks against the dependency only if it had at least this long;
   * milliseconds. Default 1,000, or `timeoutMs` if that is less.
   */
  readonly fairTimeMs?: number
  /** Told once per attempt; outside of any request when a time limit ended it. */
  readonly onCall?: CallHook
  /** Default: the process's monotonic clock. */
  readonly clock?: Clock
  /** From 0 up to 1. */
  readonly random?: () => number
}

export interface RunOptions {
  /** Instead of the current request's. Null for none. */
  readonly deadline?: RequestDeadline | null
  /** False forbids retries for this call. Default true. */
  readonly idempotent?: boolean
  /** The caller gives up when it aborts. */
  readonly signal?: AbortSignal
}

/** A {@link callPolicy}. Its fields are what calls read; they never change. */
export class CallPolicy {
  readonly name: string
  readonly timeoutMs: number
  readonly fairTimeMs: number
  readonly breaker: CircuitBreaker | null
  readonly retry: RetryRule | null
  readonly budget: RetryBudget
  readonly bulkhead: Bulkhead | null
  readonly isFailure: (error: unknown) => boolean
  readonly onCall: CallHook | null
  readonly clock: Clock
  readonly random: () => number
  readonly timeouts: TimeoutQueue
  readonly #followsRequest: boolean

  /** @throws RangeError for an option outside of its bounds */
  constructor(options: CallPolicyOptions) {
    this.name = dependencyName(options.name)
    this.timeoutMs = durationMs('timeoutMs', options.timeoutMs ?? 30_000)
    this.fairTimeMs = durationMs('fairTimeMs', options.fairTimeMs ?? Math.min(1000, this.timeoutMs), 0)
    this.clock = options.clock ?? systemClock
    this.random = options.random ?? Math.random
    const own = { name: this.name, nowMs: this.clock.nowMs, random: this.random }
    this.breaker = options.breaker === undefined ? new CircuitBreaker(own) : options.breaker
    this.retry = options.retry ? new RetryRule(options.retry) : null
    this.budget = options.budget ?? new RetryBudget()
    this.bulkhead = options.bulkhead ?? null
    this.isFailure = options.isFailure ?? isDependencyFailure
    this.onCall = options.onCall ?? null
    this.timeouts = timeoutsOf(this.clock)
    this.#followsRequest = options.deadline !== 'none'
  }

  /**
   * Calls `work`, once or more often.
   *
   * Guarantee: the promise settles at the latest 10 ms (and what the event loop is late) after the first of `timeoutMs`
   * per attempt, the deadline, and the caller's going away, whether `work` looks at its signal or not; place, probe and
   * timer are free again by then. What abandoned work gives later is dropped and never an unhandled rejection. Work that
   * ignores its signal goes on in the background: pass `call.signal` on.
   * @throws CallTimeoutError, DeadlineExceededError, CallCancelledError, BreakerOpenError, BulkheadFullError, or what
   * `work` threw last
   */
  run<T>(work: (call: PolicyCall) => Promise<T>, options?: RunOptions): Promise<T> {
    let deadline = options?.deadline
    if (deadline === undefined) deadline = this.#followsRequest ? currentRequest()?.deadline : null
    return new Promise<T>((resolve, reject) => {
      new Call({ policy: this, work, deadline: deadline ?? null, options, resolve, reject }, 1, null).begin()
    })
  }
}

/**
 * Deadline, time limit, retry with a budget, breaker and bulkhead around the calls to one dependency: place, breaker
 * and time limit apply to each attempt, the deadline to all of them with the waits between. Make one per dependency and
 * keep it.
 * @throws RangeError for an option outside of its bounds
 *
 * @example
 * const rates = callPolicy({ name: 'rates', timeoutMs: 3_500, retry: {} })
 * const answer = await rates.run(({ signal }) => fetch(url, { signal }))
 */
export function callPolicy(options: CallPolicyOptions): CallPolicy {
  return new CallPolicy(options)
}
