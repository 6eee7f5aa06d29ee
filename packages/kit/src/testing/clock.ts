/** A timer of a {@link FakeClock}; what `setTimeout` of Node gives, as far as code asks it for anything. */
export interface FakeTimer {
  /** Counted for nothing: fake timers keep no process alive. */
  ref(): FakeTimer
  unref(): FakeTimer
  hasRef(): boolean
  /** Starts the delay over from now. A timer that has fired or was cleared stays gone. */
  refresh(): FakeTimer
  [Symbol.dispose](): void
}

export interface FakeClockOptions {
  /** Wall time at the start; milliseconds since the epoch. Default 2026-01-01T00:00:00Z. */
  readonly startMs?: number
  /** Monotonic time at the start; milliseconds. Default 1,000: code that takes 0 for "never" shows itself. */
  readonly monotonicMs?: number
  /** Timers that one call of `advance`, `settle` or `runAll` may fire. Default 100,000. */
  readonly firingsMax?: number
  /** Timers that may wait at once: more is a leak of the code under test. Default 100,000. */
  readonly timersMax?: number
}

interface Waiting {
  readonly callback: () => void
  readonly repeats: boolean
  readonly delayMs: number
  readonly handle: FakeTimer
  dueMs: number
  order: number
}

// Kept from before anything could replace them: a test may also fake the globals.
const realImmediate = setImmediate
const DELAY_MS_MAX = 2_147_483_647

/** Lets everything run that is ready to run: microtasks, ticks, and what they make ready in turn. */
async function turn(): Promise<void> {
  // Two: what an immediate queues in the first is done in the second.
  for (let i = 0; i < 2; i += 1) await new Promise<void>((resolve) => void realImmediate(resolve))
}

function delayOf(delayMs: number | undefined): number {
  const ms = delayMs ?? 0
  if (typeof ms !== 'number' || Number.isNaN(ms))
    throw new TypeError(`the delay of a timer must be a number of milliseconds, but it is ${String(delayMs)}`)
  // Node fires such a timer after 1 ms and warns; in a test that is a defect worth a failure.
  if (ms > DELAY_MS_MAX)
    throw new RangeError(
      `a delay of ${ms} ms is more than a timer can hold (${DELAY_MS_MAX}): Node would fire it at once`,
    )
  return Math.max(1, Math.trunc(ms))
}

function bound<A extends unknown[]>(callback: (...args: A) => void, args: A): () => void {
  if (typeof callback !== 'function') throw new TypeError(`a timer needs a function to call, not ${typeof callback}`)
  return args.length === 0 ? (callback as () => void) : () => callback(...args)
}

/**
 * Time that moves only when the test says so: timers, a monotonic and a wall clock that agree. Nothing here ever waits
 * in real time; what would wait for ever is an error that says so. Every method may be passed on unbound.
 *
 * @example
 * const clock = new FakeClock()
 * const breaker = new Breaker({ nowMs: clock.nowMs, setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout })
 * await clock.advance(5_000)
 */
export class FakeClock {
  readonly #waiting = new Map<unknown, Waiting>()
  /** The same timers, the next one last. */
  readonly #queue: Waiting[] = []
  readonly #firingsMax: number
  readonly #timersMax: number
  #wallMs: number
  #monotonicMs: number
  #count = 0
  #advancing = false

  /** @throws RangeError for a start, or a bound, that is no finite number */
  constructor(options: FakeClockOptions = {}) {
    this.#wallMs = options.startMs ?? Date.UTC(2026, 0, 1)
    this.#monotonicMs = options.monotonicMs ?? 1000
    this.#firingsMax = options.firingsMax ?? 100_000
    this.#timersMax = options.timersMax ?? 100_000
    for (const [name, value] of [
      ['startMs', this.#wallMs],
      ['monotonicMs', this.#monotonicMs],
      ['firingsMax', this.#firingsMax],
      ['timersMax', this.#timersMax],
    ] as const)
      if (!Number.isFinite(value)) throw new RangeError(`${name} must be a finite number, but it is ${value}`)
  }

  /** Monotonic time, as `performance.now()`; milliseconds. Never goes back. */
  readonly nowMs = (): number => this.#monotonicMs

  /** The same under the name that says which clock it is. */
  readonly monotonicMs = (): number => this.#monotonicMs

  /** Wall time, as `Date.now()`; milliseconds since the epoch. */
  readonly wallMs = (): number => Math.trunc(this.#wallMs)

  /** Timers that wait. A test that ends with more than it began with has found a leak. */
  get pending(): number {
    return this.#waiting.size
  }

  /** Milliseconds until the next timer fires, or null. */
  get nextInMs(): number | null {
    const next = this.#next()
    return next ? next.dueMs - this.#monotonicMs : null
  }

  /** @throws TypeError for a delay that is no number, RangeError for one that Node would fire at once, or too many timers */
  readonly setTimeout = <A extends unknown[]>(
    callback: (...args: A) => void,
    delayMs?: number,
    ...args: A
  ): FakeTimer => this.#add(bound(callback, args), delayOf(delayMs), false)

  /** @throws as `setTimeout` */
  readonly setInterval = <A extends unknown[]>(
    callback: (...args: A) => void,
    delayMs?: number,
    ...args: A
  ): FakeTimer => this.#add(bound(callback, args), delayOf(delayMs), true)

  /** Clears a timer of this clock; anything else is ignored, as Node does. */
  readonly clearTimeout = (timer: unknown): void => {
    const waiting = this.#waiting.get(timer)
    if (!waiting) return
    this.#waiting.delete(timer)
    this.#queue.splice(this.#indexOf(waiting), 1)
  }

  readonly clearInterval = (timer: unknown): void => this.clearTimeout(timer)

  /**
   * Resolves when the clock has been advanced that far; rejects with the signal's reason when it aborts, at once.
   * @param delayMs milliseconds
   */
  readonly sleep = (delayMs: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const abort = (): void => {
        this.clearTimeout(timer)
        reject(signal?.reason as Error)
      }
      const timer = this.setTimeout(() => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }, delayMs)
      if (signal?.aborted) abort()
      else signal?.addEventListener('abort', abort, { once: true })
    })

  /** As `AbortSignal.timeout`, on this clock. */
  readonly timeoutSignal = (delayMs: number): AbortSignal => {
    const controller = new AbortController()
    this.setTimeout(
      () => controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
      delayMs,
    )
    return controller.signal
  }

  /**
   * Moves time on, firing each timer at its moment and letting everything that waits for it run before the next one.
   * An error thrown by a timer's callback is thrown here.
   * @param ms at least 0
   * @throws RangeError for a time that goes back, or when more timers fire than `firingsMax`; Error when called by a
   * timer of the same clock
   */
  readonly advance = async (ms: number): Promise<void> => {
    if (!(ms >= 0) || !Number.isFinite(ms)) throw new RangeError(`time moves on by 0 ms or more, not by ${ms}`)
    await this.#exclusively(async () => {
      await turn()
      const endMs = this.#monotonicMs + ms
      for (let firings = 0; ; firings += 1) {
        const next = this.#next()
        if (!next || next.dueMs > endMs) break
        this.#bound(firings)
        await this.#fire(next)
      }
      this.#moveTo(endMs)
    })
  }

  /**
   * As `advance` for code without promises: fires timers one after the other, without letting anything else run.
   * @throws as `advance`
   */
  readonly advanceSync = (ms: number): void => {
    if (!(ms >= 0) || !Number.isFinite(ms)) throw new RangeError(`time moves on by 0 ms or more, not by ${ms}`)
    const endMs = this.#monotonicMs + ms
    for (let firings = 0; ; firings += 1) {
      const next = this.#next()
      if (!next || next.dueMs > endMs) break
      this.#bound(firings)
      this.#take(next)
      next.callback()
    }
    this.#moveTo(endMs)
  }

  /**
   * Moves time on from timer to timer until `work` has settled, and gives its outcome.
   * @param limitMs most that time may move; default one hour
   * @throws Error when no timer is left or the limit is reached and `work` is still pending: it would wait in real time
   */
  readonly settle = async <T>(work: Promise<T>, limitMs = 3_600_000): Promise<T> => {
    let settled = false
    const mark = (): void => {
      settled = true
    }
    work.then(mark, mark)
    await this.#exclusively(async () => {
      const endMs = this.#monotonicMs + limitMs
      await turn()
      for (let firings = 0; !settled; firings += 1) {
        const next = this.#next()
        if (!next)
          throw new Error('no timer of this clock is left and the work is still pending: it waits for something real')
        if (next.dueMs > endMs) throw new Error(`the work is still pending after ${limitMs} ms of this clock`)
        this.#bound(firings)
        await this.#fire(next)
      }
    })
    return work
  }

  /** Lets everything run that is ready, without moving time. */
  readonly flush = (): Promise<void> => turn()

  /** Sets the wall clock alone, as NTP or an operator does: timers and monotonic time don't notice. Milliseconds since the epoch. */
  readonly setWallMs = (ms: number): void => {
    if (!Number.isFinite(ms)) throw new RangeError(`wall time must be a finite number of milliseconds, not ${ms}`)
    this.#wallMs = ms
  }

  #add(callback: () => void, delayMs: number, repeats: boolean): FakeTimer {
    if (this.#waiting.size >= this.#timersMax)
      throw new RangeError(`${this.#timersMax} timers wait already: the code under test leaks them`)
    const handle: FakeTimer = {
      ref: () => handle,
      unref: () => handle,
      hasRef: () => false,
      refresh: () => {
        const waiting = this.#waiting.get(handle)
        if (waiting) {
          this.#queue.splice(this.#indexOf(waiting), 1)
          this.#schedule(waiting, this.#monotonicMs)
        }
        return handle
      },
      [Symbol.dispose]: () => this.clearTimeout(handle),
    }
    this.#count += 1
    const waiting: Waiting = { callback, delayMs, repeats, handle, dueMs: 0, order: 0 }
    this.#waiting.set(handle, waiting)
    this.#schedule(waiting, this.#monotonicMs)
    return handle
  }

  #schedule(waiting: Waiting, fromMs: number): void {
    this.#count += 1
    waiting.order = this.#count
    waiting.dueMs = fromMs + waiting.delayMs
    this.#queue.splice(this.#indexOf(waiting), 0, waiting)
  }

  /** Where the timer is, or belongs, in the queue. */
  #indexOf({ dueMs, order }: Waiting): number {
    let low = 0
    let high = this.#queue.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = this.#queue[middle]
      if (other && (other.dueMs > dueMs || (other.dueMs === dueMs && other.order > order))) low = middle + 1
      else high = middle
    }
    return low
  }

  #next(): Waiting | null {
    return this.#queue.at(-1) ?? null
  }

  #take(waiting: Waiting): void {
    this.#moveTo(waiting.dueMs)
    this.#queue.pop()
    if (!waiting.repeats) this.#waiting.delete(waiting.handle)
    else this.#schedule(waiting, waiting.dueMs)
  }

  async #fire(waiting: Waiting): Promise<void> {
    this.#take(waiting)
    waiting.callback()
    await turn()
  }

  #moveTo(monotonicMs: number): void {
    if (monotonicMs <= this.#monotonicMs) return
    this.#wallMs += monotonicMs - this.#monotonicMs
    this.#monotonicMs = monotonicMs
  }

  #bound(firings: number): void {
    if (firings >= this.#firingsMax)
      throw new RangeError(`more than ${this.#firingsMax} timers fired in one step: the code under test spins`)
  }

  async #exclusively(work: () => Promise<void>): Promise<void> {
    if (this.#advancing) throw new Error('this clock is being advanced already: await the step before')
    this.#advancing = true
    try {
      await work()
    } finally {
      this.#advancing = false
    }
  }
}
