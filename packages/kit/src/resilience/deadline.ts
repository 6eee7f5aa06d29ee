import { randomUUID } from 'node:crypto'
import { currentRequest, type RequestContext, type RequestDeadline, runInRequest } from '../context/index.ts'
import { durationMs } from './bounds.ts'
import { CallCancelledError, DeadlineExceededError } from './call-errors.ts'
import { type Clock, systemClock } from './clock.ts'
import { NOT_QUEUED, type Timed, timeoutsOf } from './timeout-queue.ts'

/** Told when a deadline is cancelled. The links belong to the deadline. */
export interface DeadlineWatcher {
  watchBefore: DeadlineWatcher | null
  watchAfter: DeadlineWatcher | null
  /** Must not throw. */
  onCancelled(reason: unknown): void
}

export interface DeadlineOptions {
  /** Default: the process's monotonic clock. */
  readonly clock?: Clock
}

/**
 * How long the work for a request may still take, and whether anybody still waits for it. Making one costs no timer:
 * that, and the `AbortSignal`, come when `signal` is first asked for.
 *
 * @example
 * const deadline = new Deadline(2_000)
 * request.raw.once('close', () => deadline.cancel())
 * await fetch(url, { signal: deadline.within(500).signal })
 */
export class Deadline implements RequestDeadline, Timed, DeadlineWatcher {
  /** When it is over, on its clock; milliseconds. */
  readonly endsAtMs: number
  readonly clock: Clock
  readonly #parent: Deadline | null
  #reason: Error | null = null
  #controller: AbortController | null = null
  #watchers: DeadlineWatcher | null = null
  /** @internal */ dueTick = NOT_QUEUED
  /** @internal */ earlier: Timed | null = null
  /** @internal */ later: Timed | null = null
  /** @internal */ watchBefore: DeadlineWatcher | null = null
  /** @internal */ watchAfter: DeadlineWatcher | null = null
  #watching = false

  /**
   * @param budgetMs from now on; milliseconds, from 0 (over already) to 24.8 days
   * @throws RangeError for anything else
   */
  constructor(budgetMs: number, options: DeadlineOptions = {}, parent: Deadline | null = null) {
    if (!(budgetMs >= 0 && budgetMs <= 2_147_483_647)) durationMs('the budget of a deadline', budgetMs, 0)
    this.clock = parent?.clock ?? options.clock ?? systemClock
    const endsAtMs = this.clock.nowMs() + budgetMs
    this.endsAtMs = parent && parent.endsAtMs < endsAtMs ? parent.endsAtMs : endsAtMs
    this.#parent = parent
  }

  /** Why nobody waits any more, or null. */
  get cancelled(): Error | null {
    return this.#reason ?? this.#parent?.cancelled ?? null
  }

  /** Milliseconds left: 0 or less when it is over, 0 when it was cancelled. */
  remainingMs(): number {
    return this.cancelled ? 0 : this.endsAtMs - this.clock.nowMs()
  }

  /** @throws DeadlineExceededError or the reason of the cancellation when it is over */
  check(): void {
    const cancelled = this.cancelled
    if (cancelled) throw cancelled
    if (this.remainingMs() <= 0) throw new DeadlineExceededError()
  }

  /** Aborts with a DeadlineExceededError when time is over (within 10 ms), or with the reason of the cancellation. */
  get signal(): AbortSignal {
    if (this.#controller) return this.#controller.signal
    const controller = new AbortController()
    this.#controller = controller
    const cancelled = this.cancelled
    const nowMs = this.clock.nowMs()
    if (cancelled) controller.abort(cancelled)
    else if (this.endsAtMs <= nowMs) controller.abort(new DeadlineExceededError())
    else {
      timeoutsOf(this.clock).add(this, this.endsAtMs, nowMs)
      this.#watchParent()
    }
    return controller.signal
  }

  /** A part of this budget: `budgetMs`, or what is left if that is less. Cancelled with this one. */
  within(budgetMs: number): Deadline {
    return new Deadline(budgetMs, {}, this)
  }

  /** The caller went away: aborts what is under way. Only the first call counts. */
  cancel(reason?: unknown): void {
    if (this.#reason) return
    this.#reason = reason instanceof Error ? reason : new CallCancelledError(reason)
    this.#end(this.#reason)
  }

  /** The work is done: gives back the timer. The signal does not abort any more. */
  dispose(): void {
    timeoutsOf(this.clock).remove(this)
    this.#unwatchParent()
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  /** Tells the watcher when this is cancelled; O(1), no allocation. Whoever watches must `unwatch`. */
  watch(watcher: DeadlineWatcher): void {
    watcher.watchBefore = null
    watcher.watchAfter = this.#watchers
    if (this.#watchers) this.#watchers.watchBefore = watcher
    this.#watchers = watcher
    if (this.#parent) this.#watchParent()
  }

  unwatch(watcher: DeadlineWatcher): void {
    const { watchBefore, watchAfter } = watcher
    if (watchBefore) watchBefore.watchAfter = watchAfter
    else if (this.#watchers === watcher) this.#watchers = watchAfter
    else return
    if (watchAfter) watchAfter.watchBefore = watchBefore
    watcher.watchBefore = null
    watcher.watchAfter = null
    if (!this.#watchers && !this.#controller) this.#unwatchParent()
  }

  /** @internal */
  onDue(): void {
    this.#unwatchParent()
    this.#controller?.abort(new DeadlineExceededError())
  }

  /** @internal The parent was cancelled. */
  onCancelled(reason: unknown): void {
    this.#watching = false
    this.cancel(reason)
  }

  #end(reason: Error): void {
    timeoutsOf(this.clock).remove(this)
    this.#unwatchParent()
    let watcher = this.#watchers
    this.#watchers = null
    while (watcher) {
      const next: DeadlineWatcher | null = watcher.watchAfter
      watcher.watchBefore = null
      watcher.watchAfter = null
      watcher.onCancelled(reason)
      watcher = next
    }
    this.#controller?.abort(reason)
  }

  #watchParent(): void {
    if (!this.#parent || this.#watching) return
    this.#watching = true
    this.#parent.watch(this)
  }

  #unwatchParent(): void {
    if (!this.#parent || !this.#watching) return
    this.#watching = false
    this.#parent.unwatch(this)
  }
}

/** Milliseconds that a request has left; Infinity where there is no request or it has no deadline. */
export function remainingOf(request: RequestContext | undefined): number {
  return request?.deadline ? request.deadline.remainingMs() : Infinity
}

/**
 * Runs `work` for at most `budgetMs`, or for what the current request has left if that is less. What `work` calls sees
 * the new deadline through `currentRequest()`. When time is over, or the request is cancelled, the signal aborts and the
 * promise rejects, also if `work` ignores it; what it gives later is dropped.
 * @throws DeadlineExceededError; the reason of a cancellation; whatever `work` throws
 *
 * @example
 * const report = await withDeadline(5_000, ({ signal }) => render(data, { signal }))
 */
export async function withDeadline<T>(
  budgetMs: number,
  work: (deadline: Deadline) => Promise<T>,
  options: DeadlineOptions = {},
): Promise<T> {
  const request = currentRequest()
  const outer = request?.deadline ?? null
  const own = outer instanceof Deadline
  const deadline = own
    ? outer.within(budgetMs)
    : new Deadline(Math.min(budgetMs, Math.max(0, outer?.remainingMs() ?? Infinity)), options)
  const follow = (): void => deadline.cancel(outer?.signal.reason)
  if (outer && !own && outer.signal.aborted) follow()
  deadline.check()
  if (outer && !own) outer.signal.addEventListener('abort', follow, { once: true })
  const context: RequestContext = {
    correlationId: request?.correlationId ?? randomUUID(),
    trace: request?.trace ?? null,
    deadline,
  }
  const { signal } = deadline
  let stop: () => void = () => {}
  const over = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error)
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([runInRequest(context, () => work(deadline)), over])
  } finally {
    signal.removeEventListener('abort', stop)
    if (outer && !own) outer.signal.removeEventListener('abort', follow)
    deadline.dispose()
  }
}
