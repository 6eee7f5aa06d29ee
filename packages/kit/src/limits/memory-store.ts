import type { LimitState, LimitTake } from './decision.ts'
import { GcraLimiter } from './gcra-limiter.ts'
import type { RateLimit } from './rate-limit.ts'
import { checkTakes, type RateLimitStore } from './store.ts'

export interface MemoryRateLimitStoreOptions {
  /** Keys kept for each limit. Default 50,000. */
  readonly keysMax?: number
  /** Monotonic milliseconds. Default `performance.now`. */
  readonly nowMs?: () => number
}

/** Limits that one store may know: they come from code, so more of them is a mistake. */
const LIMITS_MAX = 256

/** The counters of one process. For tests, one replica, and as a stand-in for a store that is down. */
export class MemoryRateLimitStore implements RateLimitStore {
  readonly #limiters = new Map<string, GcraLimiter>()
  readonly #keysMax: number
  readonly #nowMs: () => number

  constructor(options: MemoryRateLimitStoreOptions = {}) {
    this.#keysMax = options.keysMax ?? 50_000
    this.#nowMs = options.nowMs ?? (() => performance.now())
  }

  async take(takes: readonly LimitTake[]): Promise<readonly LimitState[]> {
    return this.takeNow(takes)
  }

  /** As `take`, at once: nothing runs between looking and taking, so it is atomic. */
  takeNow(takes: readonly LimitTake[]): readonly LimitState[] {
    const nowMs = this.#nowMs()
    const states = this.#look(takes, nowMs)
    for (const { limit, key } of takes) this.#limiter(limit).settle(key, nowMs, limit)
    if (!states.every((state) => state.fits)) return states
    return takes.map(({ limit, key, cost }) => ({
      fits: true,
      usedUs: this.#limiter(limit).consume(key, nowMs, cost, limit),
    }))
  }

  async peek(takes: readonly LimitTake[]): Promise<readonly LimitState[]> {
    return this.#look(takes, this.#nowMs())
  }

  async refund(takes: readonly LimitTake[]): Promise<readonly LimitState[]> {
    checkTakes(takes)
    const nowMs = this.#nowMs()
    return takes.map(({ limit, key, cost }) => {
      const limiter = this.#limiter(limit)
      return { fits: true, usedUs: limiter.refund(key, nowMs, cost, limit) }
    })
  }

  async reset(takes: readonly Pick<LimitTake, 'limit' | 'key'>[]): Promise<void> {
    for (const { limit, key } of takes) this.#limiter(limit).reset(key)
  }

  #look(takes: readonly LimitTake[], nowMs: number): readonly LimitState[] {
    checkTakes(takes)
    return takes.map(({ limit, key, cost }) => {
      const usedUs = this.#limiter(limit).usedUs(key, nowMs, limit)
      return { fits: usedUs + cost * limit.intervalUs <= limit.toleranceUs, usedUs }
    })
  }

  #limiter(limit: RateLimit): GcraLimiter {
    const known = this.#limiters.get(limit.name)
    if (known !== undefined) return known
    if (this.#limiters.size >= LIMITS_MAX)
      throw new RangeError(`more than ${LIMITS_MAX} limits in one store: give limits names that do not vary`)
    const limiter = new GcraLimiter({ ...limit, keysMax: this.#keysMax })
    this.#limiters.set(limit.name, limiter)
    return limiter
  }
}
