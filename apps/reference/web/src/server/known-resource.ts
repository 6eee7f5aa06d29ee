import { KnownGoodCache, NothingKnownError } from '@greengate/kit/resilience'
import type { z } from 'zod'
import type { DiskStore } from './disk-store.ts'

/** What is known of something: null when its owner says that there is none. */
export interface Known<T> {
  readonly value: T | null
  /** Its owner does not answer: this is what it said before. */
  readonly stale: boolean
}

export interface KnownResourceOptions<T> {
  /** Before the key, in the store. */
  readonly name: string
  /** Asks the owner; null when it says that there is none. Throws when it does not answer. */
  readonly load: (key: string, signal: AbortSignal) => Promise<T | null>
  readonly schema: z.ZodType<T>
  /** Null: kept in memory only. */
  readonly store: DiskStore | null
  /** How long an answer is used; milliseconds. */
  readonly freshMs: number
  /** Keys in memory at most. */
  readonly entriesMax: number
  readonly onFailure: (name: string, error: unknown) => void
}

/** How long a page waits for the owner; milliseconds. */
const TIMEOUT_MS = 1500
const COOLDOWN_MS = 500
/** As long as its owner did not answer last time, a page with something to show waits no longer than this; milliseconds. */
const FAILING_WAIT_MS = 100
/** Three weeks old is better than nothing, and is marked. */
const STALE_MAX_MS = 21 * 24 * 3600 * 1000

/** Published things of one kind: current when their owner answers in time, else as they were, also after a restart. */
export class KnownResource<T> {
  readonly #options: KnownResourceOptions<T>
  readonly #cache: KnownGoodCache<string, T | null>
  /** The last question, whatever it was about, had no answer. */
  #failing = false

  constructor(options: KnownResourceOptions<T>) {
    this.#options = options
    this.#cache = new KnownGoodCache<string, T | null>({
      load: (key, signal) => this.#load(key, signal),
      freshMs: options.freshMs,
      entriesMax: options.entriesMax,
      timeoutMs: TIMEOUT_MS,
      cooldownMs: COOLDOWN_MS,
      staleMaxMs: STALE_MAX_MS,
      onFailure: (error) => {
        this.#failing = true
        options.onFailure(options.name, error)
      },
    })
  }

  /** Undefined when the owner does not answer and nothing is known from before. Never throws for that. */
  async get(key = ''): Promise<Known<T> | undefined> {
    const before = this.#failing ? this.#before(key) : undefined
    const asked = this.#ask(key)
    return before ? within(FAILING_WAIT_MS, asked, before) : asked
  }

  async #ask(key: string): Promise<Known<T> | undefined> {
    try {
      const { value, isFallback } = await this.#cache.get(key)
      return { value, stale: isFallback }
    } catch (error) {
      if (!(error instanceof NothingKnownError)) throw error
      return this.#fromStore(key)
    }
  }

  /** What there is to show without asking anybody. */
  #before(key: string): Known<T> | undefined {
    const known = this.#cache.peek(key)
    return known ? { value: known.value, stale: known.isFallback } : this.#fromStore(key)
  }

  #fromStore(key: string): Known<T> | undefined {
    const kept = this.#options.store?.get(this.#storeKey(key))
    if (kept === undefined) return undefined
    // It may have been written by an older release.
    const parsed = this.#options.schema.safeParse(kept)
    return parsed.success ? { value: parsed.data, stale: true } : undefined
  }

  #storeKey(key: string): string {
    return `${this.#options.name}:${key}`
  }

  async #load(key: string, signal: AbortSignal): Promise<T | null> {
    const { load, store } = this.#options
    const value = await load(key, signal)
    this.#failing = false
    // Taken down on purpose: it must not come back with the next outage.
    if (value === null) store?.delete(this.#storeKey(key))
    else store?.set(this.#storeKey(key), value)
    return value
  }
}

/** The answer if it comes in time, else `instead`; what comes later is not lost, it is known the next time. */
async function within<T>(limitMs: number, answer: Promise<T>, instead: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(instead), limitMs)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
