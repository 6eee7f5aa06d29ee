import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import type { RequestDeadline } from '../context/index.ts'
import {
  CallCancelledError,
  CallTimeoutError,
  BreakerOpenError,
  BulkheadFullError,
  DeadlineExceededError,
} from './call-errors.ts'
import type { CallOutcome } from './call-observer.ts'
import type { CallPolicy, RunOptions } from './call-policy.ts'
import { Deadline, type DeadlineWatcher } from './deadline.ts'
import { NOT_QUEUED, type Timed } from './timeout-queue.ts'

/** What work is told about the attempt that it is. */
export interface PolicyCall {
  /** From 1. */
  readonly attempt: number
  /** Aborts when this attempt is given up: time limit, deadline, or nobody waits any more. Made when first asked for. */
  readonly signal: AbortSignal
  /** What this attempt may still take; milliseconds, 0 or less when it is over. */
  remainingMs(): number
  /**
   * A limit for the next step of the attempt, from now on; the attempt's own limits stay. A new one replaces the last.
   * Infinity takes it away. Cheaper than a timer: it costs what the attempt's own limit costs.
   * @param stepMs milliseconds
   */
  limitStep(stepMs: number): void
  /** As a listener on `signal`, without the cost of a signal. One at a time; called at once if it is given up already. */
  onGivenUp(listener: (reason: Error) => void): void
}

/** Marks whatever runs inside of an attempt that would be repeated: a retry in there would multiply. */
const insideRetry = new AsyncLocalStorage<true>()

/** Whether the calling code runs inside of a call that is retried as a whole; retries of its own would multiply. */
export function isInsideRetry(): boolean {
  return insideRetry.getStore() === true
}

/** Refused or given up by another policy further in: that says nothing new about this dependency. */
function isNeutral(error: unknown): boolean {
  return (
    error instanceof CallCancelledError ||
    error instanceof BreakerOpenError ||
    error instanceof BulkheadFullError ||
    error instanceof DeadlineExceededError
  )
}

/** Runs work marked: the mark lasts as long as the scope that this is called in. */
function runMarked<T>(work: (call: PolicyCall) => Promise<T>, call: PolicyCall): Promise<T> {
  insideRetry.enterWith(true)
  return work(call)
}

/** What the attempts of one call have in common. */
interface Asked<T> {
  readonly policy: CallPolicy
  readonly work: (call: PolicyCall) => Promise<T>
  readonly deadline: RequestDeadline | null
  readonly options: RunOptions | undefined
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
}

/** One attempt under a policy. Everything that happens per attempt is in here, in one object, for speed. */
export class Call<T> implements PolicyCall, Timed, DeadlineWatcher {
  dueTick = NOT_QUEUED
  earlier: Timed | null = null
  later: Timed | null = null
  watchBefore: DeadlineWatcher | null = null
  watchAfter: DeadlineWatcher | null = null
  readonly attempt: number
  readonly #policy: CallPolicy
  readonly #asked: Asked<T>
  /** Set where there may be another attempt: it has to run for the same request, whoever's timer begins it. */
  #scope: AsyncResource | null
  /** The kit's own deadline is watched for its cancellation; of another kind only the end is known without a signal. */
  #watched: Deadline | null = null
  #endsAtMs = Infinity
  #startedMs = 0
  #attemptDueMs = 0
  #dueMs = 0
  #stepMs = 0
  #ticket = 0
  #phase: 'idle' | 'queued' | 'running' | 'waiting' | 'done' = 'idle'
  #controller: AbortController | null = null
  #queued: AbortController | null = null
  #listener: ((reason: Error) => void) | null = null
  #reason: Error | null = null
  #pause: { [Symbol.dispose](): void } | null = null
  #give: (() => void) | null = null

  constructor(asked: Asked<T>, attempt: number, scope: AsyncResource | null) {
    this.#asked = asked
    this.#policy = asked.policy
    this.attempt = attempt
    this.#scope = scope
  }

  begin(): void {
    const { deadline, options } = this.#asked
    const { clock, retry } = this.#policy
    const nowMs = clock.nowMs()
    this.#startedMs = nowMs
    if (deadline instanceof Deadline && deadline.clock === clock) {
      const cancelled = deadline.cancelled
      if (cancelled) return this.#refuse(cancelled, nowMs)
      this.#endsAtMs = deadline.endsAtMs
      this.#watched = deadline
      deadline.watch(this)
    } else if (deadline) this.#endsAtMs = nowMs + deadline.remainingMs()
    if (this.#endsAtMs <= nowMs) return this.#refuse(new DeadlineExceededError(this.#policy.name), nowMs)
    const signal = options?.signal
    if (signal) {
      if (signal.aborted) return this.#refuse(new CallCancelledError(signal.reason), nowMs)
      this.#give = () => this.onCancelled(signal.reason)
      signal.addEventListener('abort', this.#give, { once: true })
    }
    if (retry && !this.#scope && options?.idempotent !== false && insideRetry.getStore() === undefined)
      this.#scope = new AsyncResource('CallPolicy')
    this.#enter(nowMs)
  }

  get signal(): AbortSignal {
    if (this.#controller) return this.#controller.signal
    const controller = new AbortController()
    this.#controller = controller
    // Asked for by work that was given up already: it has to stop as well.
    if (this.#phase !== 'running') controller.abort(this.#reason ?? new CallCancelledError())
    else if (this.#asked.deadline && !this.#watched) this.#follow(this.#asked.deadline.signal, controller)
    return controller.signal
  }

  remainingMs(): number {
    return this.#phase === 'running' ? this.#dueMs - this.#policy.clock.nowMs() : 0
  }

  limitStep(stepMs: number): void {
    if (this.#phase !== 'running') return
    const { clock, timeouts } = this.#policy
    const nowMs = clock.nowMs()
    this.#stepMs = stepMs
    this.#dueMs = Math.min(nowMs + stepMs, this.#attemptDueMs)
    timeouts.add(this, this.#dueMs, nowMs)
  }

  onGivenUp(listener: (reason: Error) => void): void {
    if (this.#phase === 'running') this.#listener = listener
    else if (this.#reason) listener(this.#reason)
  }

  /** The time of this attempt, of its step, or until the deadline is over. */
  onDue(nowMs: number): void {
    if (this.#phase !== 'running') return
    const { name, fairTimeMs, timeoutMs } = this.#policy
    if (this.#endsAtMs <= nowMs) {
      // The dependency is to blame only if it had a fair chance.
      const fair = nowMs - this.#startedMs >= fairTimeMs
      this.#stop(fair ? 'failed' : 'abandoned')
      return this.#abandon(new DeadlineExceededError(name), 'timeout', nowMs)
    }
    this.#stop('failed')
    const error = new CallTimeoutError(name, this.#dueMs < this.#attemptDueMs ? this.#stepMs : timeoutMs)
    this.#giveUp(error)
    this.#next(error, 'timeout', nowMs)
  }

  /** The caller went away. */
  onCancelled(reason: unknown): void {
    const phase = this.#phase
    if (phase === 'done') return
    if (phase === 'running') this.#stop('abandoned')
    const error = reason instanceof CallCancelledError ? reason : new CallCancelledError(reason)
    this.#abandon(error, 'cancelled', this.#policy.clock.nowMs())
  }

  #enter(nowMs: number): void {
    const { bulkhead } = this.#policy
    if (!bulkhead || bulkhead.tryEnter()) return this.#run(nowMs)
    this.#phase = 'queued'
    this.#queued = new AbortController()
    bulkhead.enter(this.#endsAtMs - nowMs, this.#queued.signal).then(
      () => {
        // Cancelled in the very turn that the place was handed over in.
        if (this.#phase === 'queued') this.#run(this.#policy.clock.nowMs())
        else bulkhead.leave()
      },
      (error: unknown) => {
        if (this.#phase !== 'queued') return
        const now = this.#policy.clock.nowMs()
        this.#refuse(now >= this.#endsAtMs ? new DeadlineExceededError(this.#policy.name) : error, now)
      },
    )
  }

  #run(nowMs: number): void {
    const { breaker, bulkhead, timeouts, timeoutMs } = this.#policy
    try {
      if (breaker) this.#ticket = breaker.enter(nowMs)
    } catch (error) {
      bulkhead?.leave()
      return this.#refuse(error, nowMs)
    }
    this.#phase = 'running'
    const dueMs = nowMs + timeoutMs
    this.#attemptDueMs = dueMs < this.#endsAtMs ? dueMs : this.#endsAtMs
    this.#dueMs = this.#attemptDueMs
    timeouts.add(this, this.#dueMs, nowMs)
    try {
      const { work } = this.#asked
      const promise = this.#scope ? this.#scope.runInAsyncScope(runMarked<T>, null, work, this) : work(this)
      promise.then(
        (value) => this.#succeeded(value),
        (error: unknown) => this.#failed(error),
      )
    } catch (error) {
      this.#failed(error)
    }
  }

  #succeeded(value: T): void {
    // Late: this attempt was given up, and somebody was told.
    if (this.#phase !== 'running') return
    const { budget, onCall, clock } = this.#policy
    this.#stop('succeeded')
    budget.deposit()
    if (onCall) this.#tell('ok', clock.nowMs())
    this.#finish()
    this.#asked.resolve(value)
  }

  #failed(error: unknown): void {
    if (this.#phase !== 'running') return
    const { isFailure, clock } = this.#policy
    this.#stop(isNeutral(error) ? 'abandoned' : isFailure(error) ? 'failed' : 'succeeded')
    this.#next(error, 'error', clock.nowMs())
  }

  /** Gives back what the attempt held. */
  #stop(verdict: 'succeeded' | 'failed' | 'abandoned'): void {
    const { timeouts, bulkhead, breaker } = this.#policy
    this.#phase = 'idle'
    timeouts.remove(this)
    bulkhead?.leave()
    breaker?.[verdict](this.#ticket)
  }

  /** After a failed attempt: another one, or the end. */
  #next(error: unknown, outcome: CallOutcome, nowMs: number): void {
    this.#tell(outcome, nowMs)
    const { retry, random, budget, clock } = this.#policy
    const delayMs = retry && this.#scope ? retry.delayMs(error, this.attempt, random) : null
    // An attempt that the deadline would not let begin costs no token.
    if (delayMs === null || nowMs + delayMs >= this.#endsAtMs || !budget.take()) {
      this.#finish()
      return this.#asked.reject(error)
    }
    this.#phase = 'waiting'
    this.#pause = clock.setTimeout(() => {
      this.#pause = null
      this.#finish()
      const again = new Call(this.#asked, this.attempt + 1, this.#scope)
      this.#scope?.runInAsyncScope(() => again.begin())
    }, delayMs)
  }

  /** Not even begun. */
  #refuse(error: unknown, nowMs: number): void {
    this.#tell(error instanceof CallCancelledError ? 'cancelled' : 'refused', nowMs)
    this.#finish()
    this.#asked.reject(error)
  }

  #abandon(error: Error, outcome: CallOutcome, nowMs: number): void {
    this.#tell(outcome, nowMs)
    this.#finish()
    this.#giveUp(error)
    this.#asked.reject(error)
  }

  /** Tells the work that nobody waits for it. What it gives from now on is dropped. */
  #giveUp(reason: Error): void {
    this.#reason = reason
    this.#queued?.abort(reason)
    this.#listener?.(reason)
    this.#controller?.abort(reason)
  }

  #finish(): void {
    this.#phase = 'done'
    this.#watched?.unwatch(this)
    this.#pause?.[Symbol.dispose]()
    if (this.#give) this.#asked.options?.signal?.removeEventListener('abort', this.#give)
  }

  #tell(outcome: CallOutcome, nowMs: number): void {
    this.#policy.onCall?.({
      dependency: this.#policy.name,
      outcome,
      durationMs: nowMs - this.#startedMs,
      attempt: this.attempt,
    })
  }

  #follow(signal: AbortSignal, controller: AbortController): void {
    if (signal.aborted) return this.onCancelled(signal.reason)
    signal.addEventListener('abort', () => this.onCancelled(signal.reason), { once: true, signal: controller.signal })
  }
}
