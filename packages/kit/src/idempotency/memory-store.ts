import { whole } from '../limits/rate-limit.ts'
import { ExpiryHeap } from './expiry-heap.ts'
import { type IdempotencyStore, IdempotencyStoreError, type StoredState } from './store.ts'

export interface MemoryIdempotencyStoreOptions {
  /** Ids kept at the same time, 1 to 10,000,000. Default 100,000. */
  readonly entriesMax?: number
  /** Characters of all answers together, 1 to 2^31. Default 64 Mi. */
  readonly charactersMax?: number
  /** Monotonic milliseconds. Default `performance.now`. */
  readonly nowMs?: () => number
}

interface Entry {
  readonly id: string
  readonly fingerprint: string
  readonly token: string
  answer: string | null
  expiresMs: number
}

/**
 * In the memory of one process: for tests and for a service with one replica that may forget at a restart. When it is
 * full it refuses what is new (`store_full`): forgetting an old key would let its request be done a second time.
 */
export class MemoryIdempotencyStore implements IdempotencyStore {
  readonly #entries = new Map<string, Entry>()
  readonly #expiries = new ExpiryHeap<Entry>()
  readonly #entriesMax: number
  readonly #charactersMax: number
  readonly #nowMs: () => number
  #characters = 0

  /** @throws RangeError for an option outside of its range */
  constructor(options: MemoryIdempotencyStoreOptions = {}) {
    this.#entriesMax = options.entriesMax ?? 100_000
    this.#charactersMax = options.charactersMax ?? 64 * 1024 * 1024
    whole(this.#entriesMax, 1, 10_000_000, 'entriesMax')
    whole(this.#charactersMax, 1, 2 ** 31, 'charactersMax')
    this.#nowMs = options.nowMs ?? (() => performance.now())
  }

  /** Ids kept at the moment. */
  get size(): number {
    return this.#entries.size
  }

  async begin(entry: { id: string; fingerprint: string; token: string; leaseMs: number }): Promise<StoredState> {
    const nowMs = this.#expire()
    const known = this.#entries.get(entry.id)
    if (known)
      return known.answer === null
        ? { state: 'held', fingerprint: known.fingerprint, remainingMs: known.expiresMs - nowMs }
        : { state: 'completed', fingerprint: known.fingerprint, answer: known.answer }
    if (this.#entries.size >= this.#entriesMax)
      throw new IdempotencyStoreError('store_full', `${this.#entriesMax} ids are kept and none has run out`)
    const { id, fingerprint, token, leaseMs } = entry
    const added: Entry = { id, fingerprint, token, answer: null, expiresMs: nowMs + leaseMs }
    this.#entries.set(id, added)
    this.#expiries.push(added.expiresMs, added)
    return { state: 'started' }
  }

  async complete(entry: { id: string; token: string; answer: string; ttlMs: number }): Promise<boolean> {
    const nowMs = this.#expire()
    const held = this.#held(entry.id, entry.token)
    if (!held) return false
    if (this.#characters + entry.answer.length > this.#charactersMax)
      throw new IdempotencyStoreError('store_full', `answers hold ${this.#charactersMax} characters already`)
    this.#characters += entry.answer.length
    held.answer = entry.answer
    held.expiresMs = nowMs + entry.ttlMs
    this.#expiries.push(held.expiresMs, held)
    return true
  }

  async release(entry: { id: string; token: string }): Promise<boolean> {
    this.#expire()
    const held = this.#held(entry.id, entry.token)
    // Its place in the heap goes when its time comes.
    return held ? this.#entries.delete(held.id) : false
  }

  #held(id: string, token: string): Entry | null {
    const entry = this.#entries.get(id)
    return entry && entry.token === token && entry.answer === null ? entry : null
  }

  #expire(): number {
    const nowMs = this.#nowMs()
    for (let ended = this.#expiries.popUntil(nowMs); ended !== undefined; ended = this.#expiries.popUntil(nowMs)) {
      // One that was completed since is in the heap once more, with its later moment.
      if (ended.expiresMs > nowMs || this.#entries.get(ended.id) !== ended) continue
      this.#characters -= ended.answer?.length ?? 0
      this.#entries.delete(ended.id)
    }
    // Released leases stay in the heap until their time: more of them than of entries are rebuilt away.
    if (this.#expiries.size > 2 * this.#entriesMax + 16)
      this.#expiries.rebuild(this.#entries.values(), (e) => e.expiresMs)
    return nowMs
  }
}
