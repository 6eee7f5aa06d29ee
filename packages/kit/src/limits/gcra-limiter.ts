import { type Allowed, type Refused, remainingOf, retryAfterOf, secondsUp } from './decision.ts'
import { defineRateLimit, type RateLimit, type RateLimitOptions, whole } from './rate-limit.ts'

export interface GcraLimiterOptions extends RateLimitOptions {
  /** Keys kept at the same time, 16 to 10,000,000; beyond it the one not seen for longest is forgotten. Default 50,000. */
  readonly keysMax?: number
}

const NONE = -1
/** Ended entries removed for each new key: more than come in, so that what has ended never piles up. */
const SWEEP = 2

/**
 * One limit, counted in the memory of this process by the generic cell rate algorithm: with n replicas a caller has up
 * to n times the limit. Synchronous and without allocation per known key besides its answer; time is passed in.
 *
 * Each key has a slot; slots are linked in the order in which they were last asked for. Who is forgotten first is so
 * whoever was quiet for longest, and no step looks at more than two others.
 *
 * @example
 * const limiter = new GcraLimiter({ name: 'default', limit: 100, windowS: 60 })
 * const decision = limiter.take('192.0.2.1', performance.now())
 */
export class GcraLimiter {
  readonly limit: RateLimit
  readonly #slots = new Map<string, number>()
  /** Theoretical arrival time of each slot; microseconds of the caller's clock. */
  #arrivalsUs: Float64Array
  #older: Int32Array
  #newer: Int32Array
  #keys: string[] = []
  readonly #keysMax: number
  #oldest = NONE
  #newest = NONE
  #free = NONE
  #used = 0

  /** @throws RangeError as {@link defineRateLimit}, or for `keysMax` outside 16 to 10,000,000 */
  constructor(options: GcraLimiterOptions) {
    this.limit = defineRateLimit(options)
    this.#keysMax = options.keysMax ?? 50_000
    whole(this.#keysMax, 16, 10_000_000, `rate limit "${options.name}": keysMax`)
    // Grows by doubling: a limit that nobody reaches costs next to nothing.
    this.#arrivalsUs = new Float64Array(16)
    this.#older = new Int32Array(16)
    this.#newer = new Int32Array(16)
  }

  /** Keys kept at the moment. */
  get size(): number {
    return this.#slots.size
  }

  /**
   * Takes `cost` units of `key` at `nowMs` (any monotonic origin, `performance.now()` for instance; milliseconds).
   * @param cost Whole units from 1; default the limit's. More than the burst is always refused.
   * @throws RangeError for a cost that is no whole number from 1: one below would give units away
   */
  take(key: string, nowMs: number, cost: number = this.limit.cost): Allowed | Refused {
    const limit = this.limit
    if (cost !== limit.cost) whole(cost, 1, Number.MAX_SAFE_INTEGER, `rate limit "${limit.name}": cost`)
    const usedUs = this.consume(key, nowMs, cost)
    // Refused is told by the sign: the hot path has one object, its answer.
    if (usedUs >= 0)
      return {
        outcome: 'allowed',
        limit,
        remaining: Math.floor((limit.toleranceUs - usedUs) / limit.intervalUs),
        resetS: Math.ceil(usedUs / 1_000_000),
      }
    const before = -usedUs - 1
    return {
      outcome: 'refused',
      limit,
      remaining: remainingOf(limit, before),
      retryAfterS: retryAfterOf(limit, cost, before),
      resetS: secondsUp(before),
    }
  }

  /**
   * As `take`; what is used afterwards, microseconds, or, when refused, minus what is used, minus 1.
   * @param limit Its definition where that may have changed since; default the limiter's own.
   */
  consume(key: string, nowMs: number, cost: number, limit: RateLimit = this.limit): number {
    const { intervalUs, toleranceUs } = limit
    // Whole microseconds: sums of fractions would lose the last unit of a burst now and then.
    const nowUs = Math.floor(nowMs * 1000)
    const slot = this.#slots.get(key)
    const increment = cost * intervalUs
    if (slot === undefined) {
      // A new key always fits; only a cost above the burst, which never could, does not.
      if (increment > toleranceUs) return -1
      this.#add(key, nowUs + increment, nowUs)
      return increment
    }
    if (slot !== this.#newest) this.#touch(slot)
    const ahead = (this.#arrivalsUs[slot] ?? 0) - nowUs
    const usedUs = ahead <= 0 ? 0 : ahead < toleranceUs ? ahead : toleranceUs
    // Further ahead than it can get: the limit became smaller. Left as it is, it would be so for that much longer.
    if (ahead > toleranceUs) this.#arrivalsUs[slot] = nowUs + toleranceUs
    const after = usedUs + increment
    if (after > toleranceUs) return -usedUs - 1
    this.#arrivalsUs[slot] = nowUs + after
    return after
  }

  /** What of the quota of `key` is used at `nowMs`; microseconds until all has come back. */
  usedUs(key: string, nowMs: number, limit: RateLimit = this.limit): number {
    const slot = this.#slots.get(key)
    if (slot === undefined) return 0
    const ahead = (this.#arrivalsUs[slot] ?? 0) - Math.floor(nowMs * 1000)
    return Math.max(0, Math.min(ahead, limit.toleranceUs))
  }

  /** Brings a key that is further ahead than it can get back to the tolerance, as every take does. */
  settle(key: string, nowMs: number, limit: RateLimit): void {
    const slot = this.#slots.get(key)
    if (slot === undefined) return
    const mostUs = Math.floor(nowMs * 1000) + limit.toleranceUs
    if ((this.#arrivalsUs[slot] ?? 0) > mostUs) this.#arrivalsUs[slot] = mostUs
  }

  /** Gives `cost` units back, never more than are used; what is used afterwards, microseconds. */
  refund(key: string, nowMs: number, cost: number = this.limit.cost, limit: RateLimit = this.limit): number {
    const slot = this.#slots.get(key)
    if (slot === undefined) return 0
    const usedUs = Math.max(0, this.usedUs(key, nowMs, limit) - cost * limit.intervalUs)
    if (usedUs === 0) this.#remove(slot)
    else this.#arrivalsUs[slot] = Math.floor(nowMs * 1000) + usedUs
    return usedUs
  }

  /** Forgets `key`. */
  reset(key: string): void {
    const slot = this.#slots.get(key)
    if (slot !== undefined) this.#remove(slot)
  }

  #add(key: string, arrivalUs: number, nowUs: number): void {
    for (let swept = 0; swept < SWEEP && this.#oldest !== NONE; swept += 1) {
      const ended = (this.#arrivalsUs[this.#oldest] ?? 0) <= nowUs
      if (!ended && this.#slots.size < this.#keysMax) break
      this.#remove(this.#oldest)
    }
    const slot = this.#slot()
    this.#slots.set(key, slot)
    this.#keys[slot] = key
    this.#arrivalsUs[slot] = arrivalUs
    this.#append(slot)
  }

  #slot(): number {
    const slot = this.#free
    if (slot !== NONE) {
      this.#free = this.#newer[slot] ?? NONE
      return slot
    }
    const next = this.#used
    this.#used += 1
    if (next >= this.#arrivalsUs.length) this.#grow(Math.min(this.#keysMax, next * 2))
    return next
  }

  #grow(length: number): void {
    const arrivalsUs = new Float64Array(length)
    const older = new Int32Array(length)
    const newer = new Int32Array(length)
    arrivalsUs.set(this.#arrivalsUs)
    older.set(this.#older)
    newer.set(this.#newer)
    this.#arrivalsUs = arrivalsUs
    this.#older = older
    this.#newer = newer
  }

  #remove(slot: number): void {
    this.#slots.delete(this.#keys[slot] ?? '')
    this.#keys[slot] = ''
    this.#unlink(slot)
    this.#newer[slot] = this.#free
    this.#free = slot
  }

  #touch(slot: number): void {
    this.#unlink(slot)
    this.#append(slot)
  }

  #append(slot: number): void {
    this.#older[slot] = this.#newest
    this.#newer[slot] = NONE
    if (this.#newest === NONE) this.#oldest = slot
    else this.#newer[this.#newest] = slot
    this.#newest = slot
  }

  #unlink(slot: number): void {
    const older = this.#older[slot] ?? NONE
    const newer = this.#newer[slot] ?? NONE
    if (older === NONE) this.#oldest = newer
    else this.#newer[older] = newer
    if (newer === NONE) this.#newest = older
    else this.#older[newer] = older
  }
}
