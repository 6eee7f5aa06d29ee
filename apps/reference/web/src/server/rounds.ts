import { type Clock, type ClockTimer, systemClock } from '@greengate/kit/resilience'

export interface RoundsOptions {
  /** Does one; must give up when the signal aborts. Rejects when it could not be done to its end. */
  readonly round: (signal: AbortSignal) => Promise<void>
  /** Told of each one that failed. */
  readonly onFailure: (error: unknown) => void
  /** From the start to the first one; milliseconds. */
  readonly firstMs: number
  /** From the end of one to the next; milliseconds. */
  readonly everyMs: number
  /** After failures in a row the pause doubles, up to this; milliseconds. */
  readonly pauseMaxMs: number
  readonly clock?: Clock
}

/** The same work over and over, one at a time, less often while it fails. Keeps no process alive. */
export class Rounds {
  readonly #options: RoundsOptions
  readonly #clock: Clock
  readonly #stopping = new AbortController()
  #timer: ClockTimer | null = null
  #underWay: Promise<void> = Promise.resolve()
  #failures = 0

  constructor(options: RoundsOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  /** Begins; a second call and one after `stop` do nothing. */
  start(): void {
    if (!this.#timer) this.#after(this.#options.firstMs)
  }

  /** Ends for good. Resolves when the round that was under way has given up. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#timer?.[Symbol.dispose]()
    await this.#underWay
  }

  #after(delayMs: number): void {
    if (this.#stopping.signal.aborted) return
    this.#timer = this.#clock.setTimeout(() => {
      this.#underWay = this.#run()
    }, delayMs)
    this.#timer.unref()
  }

  async #run(): Promise<void> {
    const { round, onFailure, everyMs, pauseMaxMs } = this.#options
    const { signal } = this.#stopping
    try {
      await round(signal)
      this.#failures = 0
    } catch (error) {
      this.#failures += 1
      if (!signal.aborted) onFailure(error)
    }
    this.#after(Math.max(everyMs, Math.min(pauseMaxMs, everyMs * 2 ** Math.max(0, this.#failures - 1))))
  }
}
