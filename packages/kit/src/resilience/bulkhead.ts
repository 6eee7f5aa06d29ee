import { durationMs } from './bounds.ts'
import { BulkheadFullError, CallCancelledError } from './call-errors.ts'
import { type Clock, systemClock } from './clock.ts'
import { NOT_QUEUED, type Timed, type TimeoutQueue, timeoutsOf } from './timeout-queue.ts'

export { BulkheadFullError } from './call-errors.ts'

export interface BulkheadOptions {
  /** How long one may wait in the queue; milliseconds. Default 5,000. */
  readonly queueTimeoutMs?: number
  /** Default: the process's monotonic clock. */
  readonly clock?: Clock
}

/** One that waits for a place. */
class Waiter implements Timed {
  dueTick = NOT_QUEUED
  earlier: Timed | null = null
  later: Timed | null = null
  waiting = true
  readonly #settle: (error: Error | null) => void

  constructor(settle: (error: Error | null) => void) {
    this.#settle = settle
  }

  end(error: Error | null): void {
    this.waiting = false
    this.#settle(error)
  }

  onDue(): void {
    if (this.waiting) this.end(new BulkheadFullError('no place became free in time', 'waited'))
  }
}

/**
 * Bounds how much of one kind of work runs at once, how much may wait for it, and for how long.
 *
 * @example
 * const hashing = new Bulkhead(2, 50, { queueTimeoutMs: 1_000 })
 * const digest = await hashing.run(() => argon2id(password))
 */
export class Bulkhead {
  readonly concurrentMax: number
  readonly queuedMax: number
  readonly #queueTimeoutMs: number
  readonly #clock: Clock
  readonly #timeouts: TimeoutQueue
  /** In order of arrival, from `#head` on; those who left early stay until they are passed or swept out. */
  #queue: Waiter[] = []
  #head = 0
  #queued = 0
  #running = 0

  /** @throws RangeError for fewer than 1 at once, a negative queue, or a time limit below 1 ms */
  constructor(concurrentMax: number, queuedMax: number, options: BulkheadOptions = {}) {
    if (!(concurrentMax >= 1) || !(queuedMax >= 0))
      throw new RangeError('a bulkhead needs room for 1, its queue for 0 or more')
    this.concurrentMax = concurrentMax
    this.queuedMax = queuedMax
    this.#queueTimeoutMs = durationMs('queueTimeoutMs', options.queueTimeoutMs ?? 5000)
    this.#clock = options.clock ?? systemClock
    this.#timeouts = timeoutsOf(this.#clock)
  }

  get running(): number {
    return this.#running
  }

  get queued(): number {
    return this.#queued
  }

  /** Takes a place if one is free now. Who got one must `leave`. */
  tryEnter(): boolean {
    if (this.#running >= this.concurrentMax) return false
    this.#running += 1
    return true
  }

  /**
   * Takes a place as soon as one is free, in order of arrival. Who got one must `leave`.
   * @param withinMs how long to wait at most, where that is less than the queue's own limit; milliseconds
   * @param signal gives the wait up
   * @throws BulkheadFullError at once when the queue is full as well, or when the wait was too long;
   * CallCancelledError when the signal aborts
   */
  async enter(withinMs = Infinity, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw new CallCancelledError(signal.reason)
    if (this.tryEnter()) return
    if (this.#queued >= this.queuedMax)
      throw new BulkheadFullError(
        `all ${this.concurrentMax} places are taken and ${this.#queued} wait, which is all that may`,
      )
    await this.#wait(Math.min(withinMs, this.#queueTimeoutMs), signal)
  }

  /** Gives a place back: the next one in the queue has it at once, nobody can slip in between. */
  leave(): void {
    while (this.#head < this.#queue.length) {
      const next = this.#queue[this.#head]
      this.#head += 1
      if (next?.waiting !== true) continue
      this.#sweep()
      next.end(null)
      return
    }
    this.#queue = []
    this.#head = 0
    if (this.#running > 0) this.#running -= 1
  }

  /** @throws BulkheadFullError when there is no place in time; else whatever `work` throws */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.enter(Infinity, signal)
    try {
      return await work()
    } finally {
      this.leave()
    }
  }

  #wait(limitMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        if (waiter.waiting) waiter.end(new CallCancelledError(signal?.reason))
      }
      const waiter = new Waiter((error) => {
        this.#queued -= 1
        this.#timeouts.remove(waiter)
        signal?.removeEventListener('abort', abort)
        if (!error) return resolve()
        this.#sweep()
        reject(error)
      })
      this.#queued += 1
      this.#queue.push(waiter)
      const nowMs = this.#clock.nowMs()
      this.#timeouts.add(waiter, nowMs + limitMs, nowMs)
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  /** Keeps what nobody waits in from growing past what may wait. */
  #sweep(): void {
    if (this.#queue.length < 32 || this.#queue.length < 2 * this.#queued) return
    this.#queue = this.#queue.slice(this.#head).filter((waiter) => waiter.waiting)
    this.#head = 0
  }
}
