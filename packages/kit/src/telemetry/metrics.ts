import { collectDefaultMetrics, Registry } from 'prom-client'
import { Counter, DEFAULT_BUCKETS_S, Histogram } from './metric-series.ts'
import {
  checkMetric,
  headText,
  labelText,
  type MetricFamily,
  OPENMETRICS_TYPE,
  TEXT_TYPE,
  valueText,
  wantsOpenMetrics,
} from './metric-text.ts'
import { HttpMetrics, type RouteMetrics } from './route-metrics.ts'

export interface MetricsOptions {
  /** Upper bounds of the buckets of `http_request_duration_seconds`; seconds, rising. Default Prometheus's own. */
  readonly durationBucketsS?: readonly number[]
  /** Label sets of one metric; what comes on top counts as `other`. Default 500. */
  readonly labelSetsMax?: number
  /** Routes that are told apart. Default 1,000. */
  readonly routesMax?: number
  /** Series of HTTP requests in all: method, route and status. Default 5,000. */
  readonly httpSeriesMax?: number
  /** Longest that reading a gauge may take; milliseconds. Default 1,000. */
  readonly gaugeTimeoutMs?: number
  /** Metrics of the process: CPU, memory, heap, garbage collection, event loop. Default true. */
  readonly processMetrics?: boolean
}

/** One value of a gauge with labels. */
export interface GaugeSample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Says a gauge's value when it is asked for. */
export type GaugeRead = () => number | readonly GaugeSample[] | Promise<number | readonly GaugeSample[]>

/** What a scrape is answered with. */
export interface Exposition {
  readonly contentType: string
  readonly body: string
}

/** Work of a scrape between two turns of the event loop; milliseconds. */
const SLICE_MS = 2
const METRICS_MAX = 500

/**
 * Rate, errors and duration of HTTP under the standard names, the process's own resources, and what the service counts
 * itself. The route label is the pattern, never the path, and unknown methods share one label: a caller can't make series.
 *
 * @example
 * const paid = metrics.counter('payments_total', 'Payments by outcome', ['outcome'])
 * paid.inc({ outcome: 'accepted' })
 * metrics.gauge('queue_jobs', 'Jobs that wait', () => queue.size)
 */
export class Metrics {
  /** For metrics of prom-client; they are part of every scrape. Holds those of the process. */
  readonly registry = new Registry()
  readonly #families = new Map<string, MetricFamily>()
  readonly #labelSetsMax: number
  readonly #gaugeTimeoutMs: number
  readonly #http: HttpMetrics
  readonly #folded: Counter<'metric'>
  readonly #readErrors: Counter<'metric'>

  /** @throws RangeError for buckets that do not rise or a limit below 1 */
  constructor(options: MetricsOptions = {}) {
    this.#labelSetsMax = options.labelSetsMax ?? 500
    this.#gaugeTimeoutMs = options.gaugeTimeoutMs ?? 1000
    const { routesMax = 1000, httpSeriesMax = 5000 } = options
    for (const limit of [this.#labelSetsMax, this.#gaugeTimeoutMs, routesMax, httpSeriesMax]) {
      if (!Number.isInteger(limit) || limit < 1)
        throw new RangeError(`a limit of metrics must be a whole number above 0, not ${limit}`)
    }
    const never = (): void => undefined
    this.#folded = new Counter(
      'metrics_folded_total',
      'Times that labels did not fit and counted as other',
      ['metric'],
      METRICS_MAX,
      never,
    )
    this.#readErrors = new Counter(
      'metrics_read_errors_total',
      'Times that a gauge could not be read',
      ['metric'],
      METRICS_MAX,
      never,
    )
    this.#http = new HttpMetrics(
      options.durationBucketsS ?? DEFAULT_BUCKETS_S,
      routesMax,
      httpSeriesMax,
      this.#onFolded,
    )
    this.#register(this.#http.requests)
    this.#register(this.#http.duration)
    this.gauge('http_requests_in_flight', 'HTTP requests begun and not ended', () => this.#http.inFlight)
    this.#register(this.#folded)
    this.#register(this.#readErrors)
    if (options.processMetrics ?? true) collectDefaultMetrics({ register: this.registry })
  }

  /** Content type of `text()`. */
  get contentType(): string {
    return TEXT_TYPE
  }

  /**
   * The handle of a route, to be taken at registration; the same for the same route.
   * @param method an unknown one counts as `other`  @param template pattern of the route; empty: none matched
   */
  route(method: string, template: string): RouteMetrics {
    return this.#http.route(method, template)
  }

  /** A request began. */
  started(): void {
    this.#http.inFlight++
  }

  /** A request ended, whose time its route's handle is told. */
  finished(): void {
    this.#http.inFlight--
  }

  /**
   * `finished`, and the handle looked up by name.
   * @param route pattern of the route, or an empty string when none matched
   */
  ended(method: string, route: string, status: number, durationMs: number): void {
    this.finished()
    this.#http.route(method, route).observe(status, durationMs / 1000)
  }

  /**
   * A counter of the service's own.
   * @param name lower snake case, ends in `_total`  @param labels few, with few values each
   * @throws RangeError for a name that breaks the rules or is taken
   */
  counter<const L extends string = never>(name: string, help: string, labels: readonly L[] = []): Counter<L> {
    return this.#register(new Counter(name, help, labels, this.#labelSetsMax, this.#onFolded))
  }

  /**
   * A histogram of the service's own.
   * @param name with its unit at the end: `_seconds`, `_bytes`  @param buckets upper bounds, rising; default those of requests
   * @throws RangeError for a name that breaks the rules or is taken, or bounds that do not rise
   */
  histogram<const L extends string = never>(
    name: string,
    help: string,
    labels: readonly L[] = [],
    buckets: readonly number[] = DEFAULT_BUCKETS_S,
  ): Histogram<L> {
    return this.#register(new Histogram(name, help, labels, buckets, this.#labelSetsMax, this.#onFolded))
  }

  /**
   * A value that is read at every scrape: depth of a queue, use of a pool. A read that throws, or takes too long,
   * leaves the metric out and counts in `metrics_read_errors_total`.
   * @throws RangeError for a name that breaks the rules or is taken
   */
  gauge(name: string, help: string, read: GaugeRead): void {
    checkMetric('gauge', name, help, [])
    this.#register(this.#readFamily('gauge', name, help, read))
  }

  /**
   * A counter that somebody else keeps, read at every scrape. Otherwise as `gauge`.
   * @throws RangeError for a name that breaks the rules or is taken
   */
  counterFrom(name: string, help: string, read: GaugeRead): void {
    checkMetric('counter', name, help, [])
    this.#register(this.#readFamily('counter', name, help, read))
  }

  /** The exposition, in the Prometheus text format. */
  async text(): Promise<string> {
    return (await this.scrape()).body
  }

  /**
   * All metrics, in OpenMetrics 1.0 with exemplars where the caller prefers it, else in the Prometheus text format 0.0.4.
   * Written in slices of 2 ms between which the service serves.
   * @param accept the request's `accept` header
   */
  async scrape(accept?: string): Promise<Exposition> {
    const open = wantsOpenMetrics(accept)
    const parts: string[] = []
    let sliceMs = performance.now()
    for (const family of [...this.#families.values(), ...(await this.#promFamilies())]) {
      let text = headText(family, open)
      let lines = 0
      for (const line of await family.lines(open)) {
        text += line
        if (++lines % 50 !== 0 || performance.now() - sliceMs < SLICE_MS) continue
        // Flat before the pause: a rope of all lines would be flattened in one go at the end.
        parts.push(text)
        text = ''
        await new Promise((resolve) => setImmediate(resolve))
        sliceMs = performance.now()
      }
      parts.push(text)
    }
    if (open) parts.push('# EOF\n')
    return { contentType: open ? OPENMETRICS_TYPE : TEXT_TYPE, body: parts.join('') }
  }

  readonly #onFolded = (metric: string): void => this.#folded.inc({ metric })

  #register<F extends MetricFamily>(family: F): F {
    if (this.#families.has(family.name))
      throw new RangeError(`the metric ${family.name} is registered already: keep the first and use it`)
    if (this.#families.size >= METRICS_MAX)
      throw new RangeError(`there are ${METRICS_MAX} metrics already: are names made at run time?`)
    this.#families.set(family.name, family)
    return family
  }

  #readFamily(type: 'gauge' | 'counter', name: string, help: string, read: GaugeRead): MetricFamily {
    return {
      name,
      help,
      type,
      lines: async () => {
        try {
          const value = await inTime(read(), this.#gaugeTimeoutMs)
          const samples = typeof value === 'number' ? [{ labels: {}, value }] : value.slice(0, this.#labelSetsMax)
          if (typeof value !== 'number' && value.length > samples.length) this.#folded.inc({ metric: name })
          return samples.map((sample) => sampleText(name, sample.labels, sample.value))
        } catch {
          this.#readErrors.inc({ metric: name })
          return []
        }
      },
    }
  }

  /** What prom-client holds, as families. */
  async #promFamilies(): Promise<MetricFamily[]> {
    const all = await this.registry.getMetricsAsJSON()
    // One that has the name of ours would make the whole scrape invalid.
    const others = all.filter((metric) => !this.#families.has(metric.name))
    return others.map((metric) => {
      const type = metricType(String(metric.type))
      const name = type === 'counter' && !metric.name.endsWith('_total') ? `${metric.name}_total` : metric.name
      return {
        name,
        help: metric.help,
        type,
        *lines() {
          for (const value of metric.values) {
            const own = 'metricName' in value && typeof value.metricName === 'string' ? value.metricName : name
            yield sampleText(own, value.labels, value.value)
          }
        },
      }
    })
  }
}

function metricType(type: string): MetricFamily['type'] {
  return type === 'counter' || type === 'histogram' || type === 'summary' ? type : 'gauge'
}

function sampleText(
  name: string,
  labels: Readonly<Record<string, string | number | undefined>>,
  value: number,
): string {
  const names = Object.keys(labels)
  const text = labelText(
    names,
    names.map((label) => String(labels[label] ?? '')),
  )
  return `${name}${text === '' ? '' : `{${text}}`} ${valueText(value)}\n`
}

/** @throws Error when it takes too long */
async function inTime<T>(work: T | Promise<T>, timeoutMs: number): Promise<T> {
  if (!(work instanceof Promise)) return work
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('reading a gauge took too long')), timeoutMs)
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}
