import { durationMs, numberWithin, wholeWithin } from './bounds.ts'
import { type Clock, systemClock } from './clock.ts'
import type { KnownValue } from './last-known-good.ts'
import { withinLimit } from './within-limit.ts'

export interface KnownGoodCacheOptions<K, V> {
  /** Fetches the value of a key; must give up when the signal aborts. */
  readonly load: (key: K, signal: AbortSignal) => Promise<V>
  /** Keys at most; the least recently used one gives way. Default 1,000. */
  readonly entriesMax?: number
  /** How long a caller waits for a fetch at most, and a fetch may take; milliseconds. Default 500. */
  readonly timeoutMs?: number
  /** How long a value counts as current; milliseconds. Default 60,000; 0 fetches every time. */
  readonly freshMs?: number
  /** Up to this share of `freshMs` is taken off by chance, so that what was filled at once does not expire at once; 0 to 1. Default 0.1. */
  readonly jitter?: number
  /** How old a value may be and still be answered when the source fails; milliseconds. Default 86,400,000 (a day). */
  readonly staleMaxMs?: number
  /**
   * How long after `freshMs` a value is answered at once while it is fetched again behind the caller's back
   * (RFC 5861, stale-while-revalidate); milliseconds. Default 0: the caller waits for the fetch.
   */
  readonly revalidateMs?: number
  /** How long a key is not fetched again after a failure; milliseconds. Default 1,000. */
  readonly cooldownMs?: number
  /** Fetches under way at most; a key beyond that is answered as if its fetch had failed. Default 50. */
  readonly loadsMax?: number
  /** Told once per failed fetch. */
  readonly onFailure?: (error: unknown, key: K) => void
  /** Told how each `get` was answered, for the hit rate. */
  readonly onAnswer?: (kind: 'hit' | 'stale' | 'fetched' | 'missed') => void
  readonly clock?: Clock
  /** From 0 up to 1. */
  readonly random?: () => number
}

/** The source failed, and nothing that was known may be answered instead; `cause` is the source's last error. */
export class NothingKnownError extends Error {
  override readonly name = 'NothingKnownError'
  readonly code = 'nothing_known'
  /** When the source is asked again at the earliest; milliseconds from now. */
  readonly retryAfterMs: number

  constructor(cause: unknown, retryAfterMs: number) {
    super('the source gives no answer and nothing is known from before', { cause })
    this.retryAfterMs = retryAfterMs
  }
}

interface Entry<V> {
  known: { value: V; atMs: number; freshUntilMs: number } | null
  pending: Promise<boolean> | null
  retryAtMs: number
  failure: unknown
}

/**
 * Values of an optional dependency by key: current if they can be had in time, else the last ones that were, marked as
 * such. Concurrent callers of a key share one fetch; keys, fetches, waits and ages are bounded; failures are remembered
 * for `cooldownMs`, so that a dead source is not asked by every caller.
 *
 * @example
 * const pages = new KnownGoodCache({ load: (slug: string, signal) => cms.page(slug, signal), revalidateMs: 300_000 })
 * const { value, isFallback, ageMs } = await pages.get('imprint')
 */
export class KnownGoodCache<K, V> {
  readonly #options: Required<KnownGoodCacheOptions<K, V>>
  /** Least recently used first. */
  readonly #entries = new Map<K, Entry<V>>()
  #loads = 0

  /** @throws RangeError for an option outside of its bounds */
  constructor(options: KnownGoodCacheOptions<K, V>) {
    const made = {
      entriesMax: 1000,
      timeoutMs: 500,
      freshMs: 60_000,
      jitter: 0.1,
      staleMaxMs: 86_400_000,
      revalidateMs: 0,
      cooldownMs: 1000,
      loadsMax: 50,
      onFailure: () => {},
      onAnswer: () => {},
      clock: systemClock,
      random: Math.random,
      ...options,
    }
    wholeWithin('entriesMax', made.entriesMax, 1, 10_000_000)
    wholeWithin('loadsMax', made.loadsMax, 1, 100_000)
    durationMs('timeoutMs', made.timeoutMs)
    numberWithin('jitter', made.jitter, 0, 1)
    for (const name of ['freshMs', 'staleMaxMs', 'revalidateMs', 'cooldownMs'] as const) durationMs(name, made[name], 0)
    this.#options = made
  }

  get size(): number {
    return this.#entries.size
  }

  /**
   * The value of a key, current or not.
   * @throws NothingKnownError when the source fails and there is nothing, or only something too old, to answer instead
   */
  async get(key: K): Promise<KnownValue<V>> {
    const { clock, onAnswer, revalidateMs } = this.#options
    const nowMs = clock.nowMs()
    const entry = this.#entryOf(key)
    const { known } = entry
    if (known && nowMs < known.freshUntilMs) {
      onAnswer('hit')
      return this.#answer(known, false)
    }
    const cooling = nowMs < entry.retryAtMs
    if (!cooling) this.#refresh(key, entry)
    // Known a moment ago: answered now, the fetch goes on behind.
    if (known && !cooling && nowMs < known.freshUntilMs + revalidateMs) {
      onAnswer('stale')
      return this.#answer(known, true)
    }
    const fetched = entry.pending ? await entry.pending : false
    if (fetched && entry.known) {
      onAnswer('fetched')
      return this.#answer(entry.known, false)
    }
    return this.#fallback(entry)
  }

  /** What is known of a key, without asking the source; null for nothing. */
  peek(key: K): KnownValue<V> | null {
    const known = this.#entries.get(key)?.known
    return known ? this.#answer(known, this.#options.clock.nowMs() >= known.freshUntilMs) : null
  }

  /** Forgets a key: the next `get` fetches it. */
  delete(key: K): void {
    this.#entries.delete(key)
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.clear()
  }

  #fallback(entry: Entry<V>): KnownValue<V> {
    const { clock, staleMaxMs, onAnswer } = this.#options
    const nowMs = clock.nowMs()
    if (entry.known && nowMs - entry.known.atMs <= staleMaxMs) {
      onAnswer('stale')
      return this.#answer(entry.known, true)
    }
    onAnswer('missed')
    throw new NothingKnownError(entry.failure, Math.max(0, entry.retryAtMs - nowMs))
  }

  #answer(known: { value: V; atMs: number }, isFallback: boolean): KnownValue<V> {
    return { value: known.value, isFallback, ageMs: Math.round(this.#options.clock.nowMs() - known.atMs) }
  }

  #entryOf(key: K): Entry<V> {
    const known = this.#entries.get(key)
    if (known) {
      this.#entries.delete(key)
      this.#entries.set(key, known)
      return known
    }
    const made: Entry<V> = { known: null, pending: null, retryAtMs: -Infinity, failure: undefined }
    if (this.#entries.size >= this.#options.entriesMax) {
      const [oldest] = this.#entries.keys()
      this.#entries.delete(oldest as K)
    }
    this.#entries.set(key, made)
    return made
  }

  #refresh(key: K, entry: Entry<V>): void {
    if (entry.pending) return
    if (this.#loads >= this.#options.loadsMax) {
      entry.failure = new Error(`${this.#loads} fetches are under way, which is all that may`)
      return
    }
    this.#loads += 1
    entry.pending = this.#fetch(key, entry).finally(() => {
      this.#loads -= 1
      entry.pending = null
    })
  }

  async #fetch(key: K, entry: Entry<V>): Promise<boolean> {
    const { load, timeoutMs, cooldownMs, freshMs, jitter, random, onFailure, clock } = this.#options
    try {
      const value = await withinLimit(timeoutMs, clock, (signal) => load(key, signal))
      const atMs = clock.nowMs()
      entry.known = { value, atMs, freshUntilMs: atMs + freshMs * (1 - jitter * random()) }
      entry.retryAtMs = -Infinity
      entry.failure = undefined
      return true
    } catch (error) {
      entry.retryAtMs = clock.nowMs() + cooldownMs
      entry.failure = error
      onFailure(error, key)
      return false
    }
  }
}
