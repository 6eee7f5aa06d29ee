import { whole } from './rate-limit.ts'

export interface AdaptiveLimitOptions {
  /** Never below; whole, from 1. Default 50: a service with few long requests is not overloaded. */
  readonly inFlightMin?: number
  /** Never above; whole, up to 100,000. Default 1,000. */
  readonly inFlightMax?: number
  /** To begin with. Default 100. */
  readonly inFlightInitial?: number
  /** How many times its unloaded duration a request may take before the limit falls, 1.1 to 10. Default 2. */
  readonly latencyTolerance?: number
}

const PROBE_WINDOWS_MIN = 10
const PROBE_WINDOWS_MAX = 600
const DRAIN_WINDOWS_MAX = 10
/** With a tolerance of two and some headroom the limit rests at up to thrice what is needed: a quarter drains it. */
const DRAINED_SHARE = 0.25
const GRADIENT_MIN = 0.5
const SMOOTHING = 0.3
/** A tenth a window: an hour of short requests is forgotten within a second or two of long ones. */
const FORGOTTEN = 1.1
/** A probe that found a duration so much shorter says that the old one was not unloaded. */
const BETTER = 0.8

type Phase =
  | { readonly is: 'steady'; readonly boundWindows: number }
  /** The limit is lowered until the queue has gone, to see what a request takes without one. */
  | { readonly is: 'draining'; readonly windows: number; readonly before: number }
  | { readonly is: 'measuring'; readonly before: number }

/**
 * How many requests may be under way, found by what they take: the gradient of Netflix's concurrency-limits
 * (`limit * unloaded / current + headroom`), with the unloaded duration as the least of two periods, and measured anew by
 * draining for a moment once the limit has been reached for a while, as BBR does with its round trip time: under an
 * overload that lasts, a mere average would take the queue for normal.
 */
export class AdaptiveLimit {
  readonly #min: number
  readonly #max: number
  readonly #tolerance: number
  #limit: number
  #leastMs = Number.POSITIVE_INFINITY
  #leastBeforeMs = Number.POSITIVE_INFINITY
  #probeWindows = PROBE_WINDOWS_MIN
  #phase: Phase = { is: 'steady', boundWindows: 0 }

  /** @throws RangeError for an option outside of its range */
  constructor(options: AdaptiveLimitOptions = {}) {
    this.#min = options.inFlightMin ?? 50
    this.#max = options.inFlightMax ?? 1000
    whole(this.#max, 1, 100_000, 'inFlightMax')
    whole(this.#min, 1, this.#max, 'inFlightMin')
    this.#limit = options.inFlightInitial ?? Math.max(this.#min, Math.min(this.#max, 100))
    whole(this.#limit, this.#min, this.#max, 'inFlightInitial')
    this.#tolerance = options.latencyTolerance ?? 2
    if (!(this.#tolerance >= 1.1 && this.#tolerance <= 10))
      throw new RangeError(`latencyTolerance is ${this.#tolerance}: expected 1.1 to 10`)
  }

  /** Requests that may be under way at the moment. */
  get limit(): number {
    return Math.floor(this.#limit)
  }

  /**
   * Learns from one window.
   * @param meanMs What its requests took on average; milliseconds.
   * @param peak Most that were under way in it.
   */
  observe(meanMs: number, peak: number): void {
    if (!(meanMs >= 0) || !Number.isFinite(meanMs)) return
    const phase = this.#phase
    if (phase.is === 'draining') {
      // What is measured while older requests still leave is the queue's, not the service's.
      if (peak <= this.limit || phase.windows >= DRAIN_WINDOWS_MAX)
        this.#phase = { is: 'measuring', before: phase.before }
      else this.#phase = { ...phase, windows: phase.windows + 1 }
      return
    }
    if (phase.is === 'measuring') return this.#measured(meanMs, phase.before)
    const tookMs = Math.max(0.01, meanMs)
    // With few under way the limit is not what decides, and nothing is learnt about it, but what requests take without a
    // queue is: the least, forgotten soon, for what is asked changes with the hour.
    if (peak < this.#limit / 2) {
      this.#leastMs = Math.min(tookMs, this.#leastMs * FORGOTTEN)
      this.#leastBeforeMs = this.#leastMs
      this.#phase = { is: 'steady', boundWindows: 0 }
      return
    }
    this.#leastMs = Math.min(this.#leastMs, tookMs)
    const unloadedMs = Math.min(this.#leastMs, this.#leastBeforeMs)
    const gradient = Math.max(GRADIENT_MIN, Math.min(1, (this.#tolerance * unloadedMs) / tookMs))
    const wanted = this.#limit * gradient + Math.sqrt(this.#limit)
    this.#set(this.#limit * (1 - SMOOTHING) + wanted * SMOOTHING)
    const boundWindows = phase.boundWindows + 1
    if (boundWindows < this.#probeWindows) {
      this.#phase = { is: 'steady', boundWindows }
      return
    }
    this.#phase = { is: 'draining', windows: 1, before: this.#limit }
    this.#set(this.#limit * DRAINED_SHARE)
  }

  /**
   * Nothing was learnt for a while: too few requests finish. A limit that was lowered for measuring goes back to what it was; what
   * is under way may be long, and would keep everything else out.
   */
  unobserved(): void {
    if (this.#phase.is === 'steady') return
    this.#set(this.#phase.before)
    this.#phase = { is: 'steady', boundWindows: 0 }
  }

  #measured(meanMs: number, before: number): void {
    const unloadedMs = Math.min(this.#leastMs, this.#leastBeforeMs)
    const better = meanMs < unloadedMs * BETTER
    // Found lower: look again soon. Found the same: it is known, look seldom.
    this.#probeWindows = better ? PROBE_WINDOWS_MIN : Math.min(PROBE_WINDOWS_MAX, this.#probeWindows * 2)
    this.#leastBeforeMs = this.#leastMs
    this.#leastMs = Math.max(0.01, meanMs)
    this.#phase = { is: 'steady', boundWindows: 0 }
    if (!better) this.#set(before)
  }

  #set(limit: number): void {
    this.#limit = Math.max(this.#min, Math.min(this.#max, limit))
  }
}
