import { boundsOf, HistogramSeries, OTHER } from './metric-series.ts'
import { labelText, type MetricFamily, valueText } from './metric-text.ts'

export const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
export const UNMATCHED = 'unmatched'
const NAMES = ['method', 'route', 'status']

/**
 * Counts and times what one route answers. Made by `metrics.route`, at registration: what happens for each request is
 * one look at the status and two additions.
 */
export class RouteMetrics {
  readonly #make: (status: string) => HistogramSeries
  readonly #byStatus = new Map<number, HistogramSeries>()
  #lastStatus = -1
  #last: HistogramSeries | null = null

  constructor(make: (status: string) => HistogramSeries) {
    this.#make = make
  }

  /**
   * @param status of the answer; what is no status of three digits counts as `other`
   * @param seconds from the request's headers to the end of the answer
   * @param traceId of a request whose spans are recorded: becomes the exemplar
   */
  observe(status: number, seconds: number, traceId?: string): void {
    const series = status === this.#lastStatus && this.#last !== null ? this.#last : this.#find(status)
    series.observe(seconds, traceId)
  }

  #find(status: number): HistogramSeries {
    const known = this.#byStatus.get(status)
    if (known !== undefined) {
      this.#lastStatus = status
      this.#last = known
      return known
    }
    const isStatus = Number.isInteger(status) && status >= 100 && status <= 599
    const series = this.#make(isStatus ? String(status) : OTHER)
    if (isStatus) this.#byStatus.set(status, series)
    return series
  }
}

/** Rate, errors and duration of HTTP: one set of series behind both families, so that they always agree. */
export class HttpMetrics {
  readonly requests: MetricFamily
  readonly duration: MetricFamily
  inFlight = 0
  readonly #bounds: Float64Array
  readonly #seriesMax: number
  readonly #routesMax: number
  readonly #onFolded: (metric: string) => void
  readonly #routes = new Map<string, RouteMetrics>()
  readonly #series = new Map<string, HistogramSeries>()

  constructor(buckets: readonly number[], routesMax: number, seriesMax: number, onFolded: (metric: string) => void) {
    this.#bounds = boundsOf(buckets)
    this.#routesMax = routesMax
    this.#seriesMax = seriesMax
    this.#onFolded = onFolded
    const series = this.#series
    const boundTexts = [...this.#bounds].map(String)
    this.requests = {
      name: 'http_requests_total',
      help: 'HTTP requests answered',
      type: 'counter',
      *lines() {
        for (const one of series.values()) yield `http_requests_total{${one.labels}} ${valueText(one.count)}\n`
      },
    }
    this.duration = {
      name: 'http_request_duration_seconds',
      help: 'Time from the headers of a request to the end of its answer',
      type: 'histogram',
      *lines(openMetrics) {
        for (const one of series.values()) yield one.text('http_request_duration_seconds', openMetrics, boundTexts)
      },
    }
  }

  /** The same handle for the same route. Routes above the limit share the one named `other`. */
  route(method: string, template: string): RouteMetrics {
    const shownMethod = METHODS.has(method) ? method : OTHER
    const shownRoute = template === '' ? UNMATCHED : template.slice(0, 200)
    const key = `${shownMethod} ${shownRoute}`
    const known = this.#routes.get(key)
    if (known !== undefined) return known
    if (this.#routes.size >= this.#routesMax && shownRoute !== OTHER && shownRoute !== UNMATCHED) {
      this.#onFolded('http_requests_total')
      return this.route(shownMethod, OTHER)
    }
    const made = new RouteMetrics((status) => this.#seriesOf(shownMethod, shownRoute, status))
    this.#routes.set(key, made)
    return made
  }

  #seriesOf(method: string, route: string, status: string): HistogramSeries {
    const labels = labelText(NAMES, [method, route, status])
    const known = this.#series.get(labels)
    if (known !== undefined) return known
    if (this.#series.size < this.#seriesMax) return this.#add(labels)
    this.#onFolded('http_requests_total')
    // Above the limit there are six more at most: one for each class of statuses.
    const folded = labelText(NAMES, [OTHER, OTHER, status === OTHER ? OTHER : `${status.charAt(0)}xx`])
    return this.#series.get(folded) ?? this.#add(folded)
  }

  #add(labels: string): HistogramSeries {
    const made = new HistogramSeries(labels, this.#bounds)
    this.#series.set(labels, made)
    return made
  }
}
