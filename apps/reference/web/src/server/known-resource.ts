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
  /** Keys that there is something of in memory, the last that was loaded at the end. */
  readonly #loaded = new Set<string>()
  /** What the store holds, as it was parsed: entries are long, and asked for often. */
  readonly #readFromStore = new WeakMap<object, Known<T>>()
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

  /**
   * Asks the owner, however new what is known is. Undefined, or stale, when it does not answer: what was known is still kept,
   * if anywhere. Never throws for that.
   */
  async refresh(key = ''): Promise<Known<T> | undefined> {
    const known = this.#cache.peek(key)
    if (known && !known.isFallback) this.#cache.delete(key)
    return this.#ask(key)
  }

  /** Keys that there is something to show for. */
  keys(): ReadonlySet<string> {
    const before = `${this.#options.name}:`
    const kept = [...(this.#options.store?.keys() ?? [])].filter((key) => key.startsWith(before))
    return new Set([...this.#loaded, ...kept.map((key) => key.slice(before.length))])
  }

  /** Whether what would be shown of a key without its owner, now and by the next process, is something, and as it should be. */
  isKnown(key: string, asItShouldBe: (value: T) => boolean): boolean {
    const { store } = this.#options
    const inMemory = this.#cache.peek(key)
    const kept = store ? this.#fromStore(key) : undefined
    const all = [...(inMemory ? [inMemory] : []), ...(kept ? [kept] : [])]
    const needed = store ? kept : inMemory
    return Boolean(needed) && all.every(({ value }) => value !== null && asItShouldBe(value))
  }

  /** Forgets a key, in memory and in the store. */
  forget(key: string): void {
    this.#cache.delete(key)
    this.#loaded.delete(key)
    this.#options.store?.delete(this.#storeKey(key))
  }

  /** Lets others give way before this key in the store. */
  prefer(key = ''): void {
    this.#options.store?.prefer(this.#storeKey(key))
  }

  /** What a key takes in the store; characters. */
  keptChars(key: string): number {
    return this.#options.store?.charsOf(this.#storeKey(key)) ?? 0
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
    if (typeof kept !== 'object' || kept === null) return undefined
    const read = this.#readFromStore.get(kept)
    if (read) return read
    // It may have been written by an older release.
    const parsed = this.#options.schema.safeParse(kept)
    if (!parsed.success) return undefined
    const known = { value: parsed.data, stale: true }
    this.#readFromStore.set(kept, known)
    return known
  }

  #storeKey(key: string): string {
    return `${this.#options.name}:${key}`
  }

  async #load(key: string, signal: AbortSignal): Promise<T | null> {
    const { load, store, entriesMax } = this.#options
    const value = await load(key, signal)
    this.#failing = false
    this.#loaded.delete(key)
    // Taken down on purpose: it must not come back with the next outage.
    if (value === null) store?.delete(this.#storeKey(key))
    else {
      store?.set(this.#storeKey(key), value)
      this.#loaded.add(key)
    }
    const oldest = this.#loaded.size > entriesMax ? this.#loaded.keys().next().value : undefined
    if (oldest !== undefined) {
      this.#loaded.delete(oldest)
      // Nobody would find out any more that it was taken down.
      this.#cache.delete(oldest)
    }
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
