export interface WindowLimit {
  /** Name of the policy, as the RateLimit fields show it. */
  readonly name: string
  /** Requests that a key may make in one window. */
  readonly limit: number
  /** Length of a window; seconds. It starts with the first request of a key. */
  readonly windowS: number
  /** Keys kept at the same time; beyond it the one whose window began first is forgotten. Default 50,000. */
  readonly keysMax?: number
}

export interface LimitDecision {
  readonly allowed: boolean
  readonly remaining: number
  /** Whole seconds until the window ends, at least 1. */
  readonly resetS: number
}

/**
 * Counts requests per key in windows, in the memory of this process: with n replicas a caller has up to n times the
 * limit. Time is passed in.
 */
export class WindowLimiter {
  readonly #limit: WindowLimit
  readonly #windows = new Map<string, { count: number; endsMs: number }>()

  /** @throws RangeError for a limit or a window below 1 */
  constructor(limit: WindowLimit) {
    if (!(limit.limit >= 1) || !(limit.windowS >= 1)) throw new RangeError('a limit and its window must be at least 1')
    this.#limit = limit
  }

  /** Counts one request of `key` at `nowMs` (any monotonic origin; milliseconds). */
  take(key: string, nowMs: number): LimitDecision {
    const { limit, windowS } = this.#limit
    let window = this.#windows.get(key)
    if (!window || window.endsMs <= nowMs) {
      this.#windows.delete(key)
      this.#makeRoom(nowMs)
      // All windows are equally long, so insertion order is the order in which they end.
      window = { count: 0, endsMs: nowMs + windowS * 1000 }
      this.#windows.set(key, window)
    }
    // The count stops one above the limit: what is refused does not grow anything.
    window.count = Math.min(window.count + 1, limit + 1)
    return {
      allowed: window.count <= limit,
      remaining: Math.max(0, limit - window.count),
      // Sums of fractions are rounded: a whole window must not come out as one second more.
      resetS: Math.min(windowS, Math.max(1, Math.ceil((window.endsMs - nowMs) / 1000))),
    }
  }

  /** Keys kept at the moment. */
  get size(): number {
    return this.#windows.size
  }

  #makeRoom(nowMs: number): void {
    const keysMax = this.#limit.keysMax ?? 50_000
    for (const [key, window] of this.#windows) {
      if (window.endsMs > nowMs && this.#windows.size < keysMax) return
      this.#windows.delete(key)
    }
  }
}

/** `RateLimit-Policy` and `RateLimit` as the IETF draft has them (structured fields). */
export function rateLimitHeaders(limit: WindowLimit, decision: LimitDecision): Record<string, string> {
  return {
    'ratelimit-policy': `"${limit.name}";q=${limit.limit};w=${limit.windowS}`,
    ratelimit: `"${limit.name}";r=${decision.remaining};t=${decision.resetS}`,
  }
}
