import type { Metrics } from '@greengate/kit/telemetry'
import type { Backend } from './backend.ts'

/** What is counted of each backend. */
export class BackendMetrics {
  readonly #requests
  readonly #head
  readonly #repeats

  constructor(metrics: Metrics, backends: () => readonly Backend[]) {
    this.#requests = metrics.counter('upstream_requests_total', 'Requests to backends by what became of them', [
      'backend',
      'outcome',
    ])
    this.#head = metrics.histogram('upstream_head_seconds', 'Time from a request to the head of its answer', [
      'backend',
    ])
    this.#repeats = metrics.counter('upstream_repeats_total', 'Requests sent again on a fresh connection', ['backend'])
    const gauge = (name: string, help: string, read: (backend: Backend) => number): void =>
      metrics.gauge(name, help, () => backends().map((one) => ({ labels: { backend: one.name }, value: read(one) })))
    gauge('upstream_requests_under_way', 'Requests to backends begun and not ended', (one) => one.stats().underWay)
    gauge('upstream_connections', 'Connections to backends', (one) => one.stats().connections)
    gauge('upstream_breaker_open', '1 while a backend is not asked', (one) => Number(one.stats().refusing))
  }

  answered(backend: string, outcome: string, durationMs: number): void {
    this.#requests.inc({ backend, outcome })
    if (outcome !== 'refused') this.#head.observe(durationMs / 1000, { backend })
  }

  /** The rest of an answer did not come. */
  cut(backend: string): void {
    this.#requests.inc({ backend, outcome: 'cut' })
  }

  repeated(backend: string): void {
    this.#repeats.inc({ backend })
  }
}
