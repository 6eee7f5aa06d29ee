import { getHeapStatistics } from 'node:v8'
import { ServiceError } from '../errors/service-error.ts'
import { AdaptiveLimit, type AdaptiveLimitOptions } from './adaptive-limit.ts'
import { whole } from './rate-limit.ts'

/**
 * How much a request matters. `probe` (health, readiness, metrics) is never shed: an instance that is killed for being
 * busy leaves its load to the others. `critical` goes last, `background` (exports, prefetching) first.
 */
export type LoadPriority = 'probe' | 'critical' | 'normal' | 'background'

export interface LoadShedderOptions extends AdaptiveLimitOptions {
  /** Delay of the event loop that may stand before requests are shed; milliseconds, 5 to 5,000. Default 50. */
  readonly lagTargetMs?: number
  /** How often the loop is looked at; milliseconds, 10 to 1,000. Default 50. */
  readonly sampleMs?: number
  /** Samples in a row that a delay has to stand in, 2 to 100: the least of them counts. Default 2. */
  readonly standingSamples?: number
  /** Share of the heap's limit that may be used before requests are shed, above 0 up to 1. Default: not looked at. */
  readonly heapUsedMax?: number
  /** `Retry-After` is spread evenly between these; whole seconds, 1 to 3,600. Default 2 and 6. */
  readonly retryAfterMinS?: number
  readonly retryAfterMaxS?: number
  /** Told when shedding by delay or heap begins and ends. What it throws is ignored. */
  readonly onEvent?: (event: LoadShedderEvent) => void
  /** Monotonic milliseconds. Default `performance.now`. */
  readonly nowMs?: () => number
  /**
   * Processor time that this process has used, all threads; milliseconds. A delay counts only by the share of it in which
   * the process was running: one that somebody else on the machine causes does not go away by shedding. Default the
   * process's; with a clock of one's own, as if it ran all the time.
   */
  readonly cpuMs?: () => number
  /** 0 to 1. Default `Math.random`. */
  readonly random?: () => number
  /** Used share of the heap, 0 to 1. Default: V8's. */
  readonly heapUsed?: () => number
}

export interface LoadShedderEvent {
  readonly type: 'shedding_began' | 'shedding_ended'
  readonly lagMs: number
}

/** For gauges. */
export interface LoadState {
  readonly inFlight: number
  readonly inFlightLimit: number
  /** Delay of the event loop that stood over the last samples, as far as it is this process's own; milliseconds. */
  readonly lagMs: number
  /** 0: nothing is shed. Up to 1 that share of background; above, all of it, and the rest of normal, 95 % at most; above 2 critical. */
  readonly pressure: number
}

/**
 * Nor are normal ones: a delay that somebody else on the machine causes does not go away by shedding, and must not be turned
 * into an outage. What ten times the load needs is shed all the same; beyond that the limit of requests under way decides.
 */
const NORMAL_SHED_MAX = 0.95
/** Critical requests are never all shed: some must come through to show that things got better. */
const PRESSURE_MAX = 2.9
const RISE = 0.12
const FALL = 0.04
const LOOKS_MAX = 4
/** Fewer finished requests than this are added to the next window. */
const WINDOW_REQUESTS_MIN = 10
/** So many looks without enough finished requests: what is under way is long, and says nothing of a queue. */
const LOOKS_WITHOUT_MAX = 40
const CRITICAL_HEADROOM = 1.25
const BACKGROUND_SHARE = 0.75

/**
 * Sheds what matters least when there is more than can be done, so that what is admitted keeps its latency.
 *
 * Three rules. Requests under way are bounded by an {@link AdaptiveLimit}: that is for waiting on others, a database for
 * instance. And a delay of the event loop that stands (the least of some samples in a row, as in CoDel, RFC 8289: a queue that comes
 * and goes is no overload) raises a pressure that sheds a growing share, lowest priority first; it falls more slowly than
 * it rises, and only well below the target, so that it does not swing. And a turn of the loop that follows a late one
 * and is late itself is cut short: what is left of it waited too long already.
 *
 * @example
 * const shedder = new LoadShedder()
 * shedder.start()
 * if (!shedder.admit('normal')) throw shedder.refusal()
 * // when the answer is out:
 * shedder.release(durationMs, 'normal')
 */
export class LoadShedder {
  readonly #adaptive: AdaptiveLimit
  readonly #lagTargetMs: number
  readonly #sampleMs: number
  readonly #heapUsedMax: number | null
  readonly #retryAfterMinS: number
  readonly #retryAfterMaxS: number
  readonly #onEvent: ((event: LoadShedderEvent) => void) | undefined
  readonly #nowMs: () => number
  readonly #random: () => number
  readonly #heapUsed: () => number
  #inFlight = 0
  #peak = 0
  #finished = 0
  #finishedMs = 0
  /** Looks since the last window that taught anything. */
  #looksWithout = 0
  #backgroundMax = 0
  #normalMax = 0
  #criticalMax = 0
  #pressure = 0
  #backgroundShed = 0
  #normalShed = 0
  #criticalShed = 0
  /** What is owed of each class: deterministic, so that a share of a quarter is every fourth. */
  #backgroundDebt = 0
  #normalDebt = 0
  #criticalDebt = 0
  #backgroundAsked = 0
  #normalAsked = 0
  #criticalAsked = 0
  /** Whether the loop was late the last time it was looked at; only then admission looks at the clock. */
  #late = false
  #lastMs: number
  readonly #cpuMs: () => number
  #lastCpuMs: number
  /** Of the last samples, the oldest overwritten first. */
  readonly #lags: Float64Array
  #lagAt = 0
  #lagMs = 0
  #timer: NodeJS.Timeout | null = null

  /** @throws RangeError for an option outside of its range */
  constructor(options: LoadShedderOptions = {}) {
    this.#adaptive = new AdaptiveLimit(options)
    this.#lagTargetMs = options.lagTargetMs ?? 50
    this.#sampleMs = options.sampleMs ?? 50
    this.#retryAfterMinS = options.retryAfterMinS ?? 2
    this.#retryAfterMaxS = options.retryAfterMaxS ?? Math.max(6, this.#retryAfterMinS)
    whole(this.#lagTargetMs, 5, 5000, 'lagTargetMs')
    whole(this.#sampleMs, 10, 1000, 'sampleMs')
    const standing = options.standingSamples ?? 2
    whole(standing, 2, 100, 'standingSamples')
    this.#lags = new Float64Array(standing)
    whole(this.#retryAfterMaxS, 1, 3600, 'retryAfterMaxS')
    whole(this.#retryAfterMinS, 1, this.#retryAfterMaxS, 'retryAfterMinS')
    this.#heapUsedMax = options.heapUsedMax ?? null
    if (this.#heapUsedMax !== null && !(this.#heapUsedMax > 0 && this.#heapUsedMax <= 1))
      throw new RangeError(`heapUsedMax is ${this.#heapUsedMax}: expected a share above 0, up to 1`)
    this.#onEvent = options.onEvent
    this.#nowMs = options.nowMs ?? (() => performance.now())
    this.#random = options.random ?? Math.random
    this.#heapUsed = options.heapUsed ?? heapUsedShare
    this.#cpuMs = options.cpuMs ?? (options.nowMs === undefined ? processCpuMs : options.nowMs)
    this.#lastMs = this.#nowMs()
    this.#lastCpuMs = this.#cpuMs()
    this.#applyLimit()
  }

  /** Begins to watch the event loop; keeps no process alive. Idempotent. */
  start(): void {
    if (this.#timer !== null) return
    this.#lastMs = this.#nowMs()
    this.#lastCpuMs = this.#cpuMs()
    this.#timer = setInterval(() => this.sample(), this.#sampleMs)
    this.#timer.unref()
  }

  /** Stops watching; what is shed stays as it is. Idempotent. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  /** Whether to serve a request now. What was admitted has to be released, once; a probe may be. */
  admit(priority: LoadPriority): boolean {
    switch (priority) {
      case 'probe':
        return true
      case 'critical':
        this.#criticalAsked += 1
        if (this.#late && this.#overdue(2)) return false
        if (this.#inFlight >= this.#criticalMax) return false
        if (this.#criticalShed > 0 && (this.#criticalDebt += this.#criticalShed) >= 1) {
          this.#criticalDebt -= 1
          return false
        }
        break
      case 'normal':
        this.#normalAsked += 1
        if (this.#late && this.#overdue(1)) return false
        if (this.#inFlight >= this.#normalMax) return false
        if (this.#normalShed > 0 && (this.#normalDebt += this.#normalShed) >= 1) {
          this.#normalDebt -= 1
          return false
        }
        break
      case 'background':
        this.#backgroundAsked += 1
        if (this.#late && this.#overdue(1)) return false
        if (this.#inFlight >= this.#backgroundMax) return false
        if (this.#backgroundShed > 0 && (this.#backgroundDebt += this.#backgroundShed) >= 1) {
          this.#backgroundDebt -= 1
          return false
        }
        break
    }
    this.#inFlight += 1
    if (this.#inFlight > this.#peak) this.#peak = this.#inFlight
    return true
  }

  /**
   * A request that was admitted gives its place back for a while: its caller is still sending, which is work for nobody here. Were
   * it counted, slow callers alone could take every place.
   */
  suspend(): void {
    if (this.#inFlight > 0) this.#inFlight -= 1
  }

  /**
   * A request that was suspended takes its place again.
   * @returns Whether there was one. It is counted all the same, until it is released: whoever refuses it does so soon.
   */
  resume(priority: LoadPriority): boolean {
    const fits = this.#inFlight < this.#maxOf(priority)
    this.#inFlight += 1
    if (this.#inFlight > this.#peak) this.#peak = this.#inFlight
    return fits
  }

  /**
   * A request that was admitted is over.
   * @param durationMs What it took; milliseconds. NaN where that says nothing of the load: a stream, a long poll, a caller
   * that went away.
   * @param priority As it was admitted. Default `normal`; of a probe nothing is counted.
   */
  release(durationMs: number, priority: LoadPriority = 'normal'): void {
    if (priority === 'probe') return
    if (this.#inFlight > 0) this.#inFlight -= 1
    if (durationMs >= 0) {
      this.#finished += 1
      this.#finishedMs += durationMs
    }
  }

  /** Whole seconds for `Retry-After`, spread: those who were refused together must not come back together. */
  retryAfterS(): number {
    const spread = this.#retryAfterMaxS - this.#retryAfterMinS + 1
    return Math.min(this.#retryAfterMaxS, this.#retryAfterMinS + Math.floor(this.#random() * spread))
  }

  /** The answer to a request that was not admitted: 503 `overloaded` with Retry-After. Without a stack: it has to be cheap. */
  refusal(): ServiceError {
    return new ServiceError('overloaded', { headers: { 'retry-after': String(this.retryAfterS()) }, stack: false })
  }

  /** What is known at the moment. */
  get state(): LoadState {
    return {
      inFlight: this.#inFlight,
      inFlightLimit: this.#adaptive.limit,
      lagMs: this.#lagMs,
      pressure: this.#pressure,
    }
  }

  /** One look at the event loop and at what finished since; `start` calls it every `sampleMs`. */
  sample(): void {
    const nowMs = this.#nowMs()
    const cpuMs = this.#cpuMs()
    const elapsedMs = nowMs - this.#lastMs
    const ownShare = elapsedMs > 0 ? Math.min(1, Math.max(0, (cpuMs - this.#lastCpuMs) / elapsedMs)) : 0
    const lagMs = Math.max(0, elapsedMs - this.#sampleMs) * ownShare
    this.#lastMs = nowMs
    this.#lastCpuMs = cpuMs
    this.#lags[this.#lagAt] = lagMs
    this.#lagAt = (this.#lagAt + 1) % this.#lags.length
    this.#lagMs = Math.min(...this.#lags)
    this.#late = lagMs > this.#lagTargetMs
    if (this.#finished >= WINDOW_REQUESTS_MIN) {
      this.#adaptive.observe(this.#finishedMs / this.#finished, this.#peak)
      this.#finished = 0
      this.#finishedMs = 0
      this.#peak = this.#inFlight
      this.#looksWithout = 0
      this.#applyLimit()
    } else if ((this.#looksWithout += 1) === LOOKS_WITHOUT_MAX) {
      this.#adaptive.unobserved()
      this.#applyLimit()
    }
    // A look that comes late stands for all those that did not come.
    this.#press(Math.min(LOOKS_MAX, 1 + lagMs / this.#sampleMs))
    // Halved, not forgotten: a class that asks now and then is still one that can be shed.
    this.#backgroundAsked >>= 1
    this.#normalAsked >>= 1
    this.#criticalAsked >>= 1
  }

  /** Whether this turn of the loop, like the one before, lasts too long already: what comes now waited as long. */
  #overdue(times: number): boolean {
    return this.#nowMs() - this.#lastMs > this.#sampleMs + times * this.#lagTargetMs
  }

  #press(looks: number): void {
    const before = this.#pressure
    const full = this.#heapUsedMax !== null && this.#heapUsed() > this.#heapUsedMax
    const excess = full ? 1 : Math.min(1, (this.#lagMs - this.#lagTargetMs) / this.#lagTargetMs)
    let pressure = before
    const higher = this.#normalAsked + this.#criticalAsked
    // Where nobody asks, shedding brings no relief, and would only hit whoever comes next.
    if (excess > 0 && this.#backgroundAsked + higher > 0) {
      // Nor does a class that sends nothing: begin at the first that does.
      if (pressure < 1 && this.#backgroundAsked === 0) pressure = 1
      if (pressure >= 1 && pressure < 2 && this.#normalAsked === 0 && this.#criticalAsked > 0) pressure = 2
      pressure = Math.min(PRESSURE_MAX, pressure + looks * RISE * Math.max(0.25, excess))
    } else if (excess <= 0 && this.#lagMs < this.#lagTargetMs / 2) {
      pressure = Math.max(0, pressure - FALL)
      if (pressure < 1 && this.#backgroundAsked === 0) pressure = 0
    }
    if (pressure === before) return
    this.#pressure = pressure
    this.#backgroundShed = Math.min(1, pressure)
    this.#normalShed = Math.min(NORMAL_SHED_MAX, Math.max(0, pressure - 1))
    this.#criticalShed = Math.max(0, pressure - 2)
    if (before === 0) this.#tell('shedding_began')
    else if (pressure === 0) this.#tell('shedding_ended')
  }

  #applyLimit(): void {
    const limit = this.#adaptive.limit
    this.#backgroundMax = Math.max(1, Math.floor(limit * BACKGROUND_SHARE))
    this.#normalMax = limit
    this.#criticalMax = Math.ceil(limit * CRITICAL_HEADROOM)
  }

  #maxOf(priority: LoadPriority): number {
    switch (priority) {
      case 'probe':
        return Number.POSITIVE_INFINITY
      case 'critical':
        return this.#criticalMax
      case 'normal':
        return this.#normalMax
      case 'background':
        return this.#backgroundMax
    }
  }

  #tell(type: LoadShedderEvent['type']): void {
    try {
      this.#onEvent?.({ type, lagMs: this.#lagMs })
    } catch {
      // Whoever watches must not stop what protects.
    }
  }
}

function processCpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function heapUsedShare(): number {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics()
  return limit > 0 ? used / limit : 0
}
