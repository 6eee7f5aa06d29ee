import { systemClock } from './clock.ts'
import { withinLimit } from './within-limit.ts'

export interface LastKnownGoodOptions<T> {
  /** Fetches the value; must give up when the signal aborts. */
  readonly load: (signal: AbortSignal, correlationId: string | undefined) => Promise<T>
  /** What is answered while nothing was ever fetched. */
  readonly initial: T
  /** How long a caller waits for a fetch at most; milliseconds. Default 500. */
  readonly timeoutMs?: number
  /** How long a fetched value counts as current; milliseconds. Default 60,000; 0 fetches every time. */
  readonly freshMs?: number
  /** How long nothing is fetched after a failure; milliseconds. Default 1,000. */
  readonly cooldownMs?: number
  /** Told once per failed fetch. */
  readonly onFailure?: (error: unknown) => void
  /** Monotonic milliseconds. */
  readonly nowMs?: () => number
}

export interface KnownValue<T> {
  readonly value: T
  /** True when this is not what the source says now: an older value, or the initial one. */
  readonly isFallback: boolean
  /** Age of the value; milliseconds. Null when nothing was ever fetched. */
  readonly ageMs: number | null
}

/**
 * A value of an optional dependency: current if it can be had in time, else the last one that was, marked as such.
 * `get` never throws and never takes longer than the time limit; concurrent callers share one fetch.
 */
export class LastKnownGood<T> {
  readonly #options: Required<LastKnownGoodOptions<T>>
  #known: { value: T; atMs: number } | null = null
  #retryAtMs = -Infinity
  #pending: Promise<boolean> | null = null

  constructor(options: LastKnownGoodOptions<T>) {
    this.#options = {
      timeoutMs: 500,
      freshMs: 60_000,
      cooldownMs: 1000,
      onFailure: () => {},
      nowMs: () => performance.now(),
      ...options,
    }
  }

  /** @param correlationId of the request on whose behalf it is fetched, for the load to send on */
  async get(correlationId?: string): Promise<KnownValue<T>> {
    const { freshMs, initial, nowMs } = this.#options
    const now = nowMs()
    if (this.#known && now - this.#known.atMs < freshMs) return this.#answer(false)
    if (!this.#pending && now < this.#retryAtMs) return this.#answer(true)
    this.#pending ??= this.#fetch(correlationId).finally(() => (this.#pending = null))
    const fetched = await this.#pending
    return this.#known ? this.#answer(!fetched) : { value: initial, isFallback: true, ageMs: null }
  }

  #answer(isFallback: boolean): KnownValue<T> {
    if (!this.#known) return { value: this.#options.initial, isFallback: true, ageMs: null }
    return { value: this.#known.value, isFallback, ageMs: Math.round(this.#options.nowMs() - this.#known.atMs) }
  }

  async #fetch(correlationId: string | undefined): Promise<boolean> {
    const { load, timeoutMs, cooldownMs, onFailure, nowMs } = this.#options
    try {
      const value = await withinLimit(timeoutMs, systemClock, (signal) => load(signal, correlationId))
      this.#known = { value, atMs: nowMs() }
      return true
    } catch (error) {
      this.#retryAtMs = nowMs() + cooldownMs
      onFailure(error)
      return false
    }
  }
}
