import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/**
 * Rate, errors and duration of HTTP under the standard names, and the process's own CPU and memory. The route label is
 * the pattern, never the path, and unknown methods share one label: a caller can't make series.
 */
export class Metrics {
  readonly registry = new Registry()
  readonly #requests = new Counter({
    name: 'http_requests_total',
    help: 'HTTP requests answered',
    labelNames: ['method', 'route', 'status'] as const,
    registers: [this.registry],
  })
  readonly #duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the headers of a request to the end of its answer',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: BUCKETS_S,
    registers: [this.registry],
  })
  readonly #inFlight = new Gauge({
    name: 'http_requests_in_flight',
    help: 'HTTP requests begun and not ended',
    registers: [this.registry],
  })

  constructor() {
    collectDefaultMetrics({ register: this.registry })
  }

  get contentType(): string {
    return this.registry.contentType
  }

  /** The exposition, in the Prometheus text format. */
  text(): Promise<string> {
    return this.registry.metrics()
  }

  started(): void {
    this.#inFlight.inc()
  }

  /** @param route pattern of the route, or an empty string when none matched */
  ended(method: string, route: string, status: number, durationMs: number): void {
    this.#inFlight.dec()
    const labels = {
      method: METHODS.has(method) ? method : 'other',
      route: route || 'unmatched',
      status: String(status),
    }
    this.#requests.inc(labels)
    this.#duration.observe(labels, durationMs / 1000)
  }
}
