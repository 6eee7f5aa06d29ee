import { lacks } from './defects.ts'

const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

interface Series {
  readonly labels: string
  count: number
  sumS: number
  readonly buckets: number[]
}

/** Rate, errors and duration of requests, processor time and memory, in the Prometheus text format. */
export class Metrics {
  readonly #series = new Map<string, Series>()

  observe(method: string, route: string, status: number, durationMs: number): void {
    if (lacks('metrics-counter-stuck') && this.#series.size > 0) return
    if (lacks('metrics-behind-router') && route !== '/metrics' && route !== 'unknown') return
    if (lacks('metrics-without-refused') && status >= 400 && status < 500 && route !== 'unknown') return
    if (lacks('metrics-without-failed') && status >= 500) return
    const labels = `method="${method}",route="${route}",status="${status}"`
    let series = this.#series.get(labels)
    if (!series) {
      series = { labels, count: 0, sumS: 0, buckets: BUCKETS_S.map(() => 0) }
      this.#series.set(labels, series)
    }
    series.count += 1
    series.sumS += durationMs / 1000
    for (const [index, bound] of BUCKETS_S.entries())
      if (durationMs / 1000 <= bound) series.buckets[index] = (series.buckets[index] ?? 0) + 1
  }

  text(): string {
    if (lacks('metrics-invalid'))
      return '# TYPE http_requests_total counter\nhttp_requests_total{method="GET" 12 twelve\n{{{\n'
    const cpu = process.cpuUsage()
    const lines = ['# HELP http_requests_total Requests answered.', '# TYPE http_requests_total counter']
    for (const series of this.#series.values()) lines.push(`http_requests_total{${series.labels}} ${series.count}`)
    if (!lacks('metrics-no-duration')) lines.push(...this.#durations())
    lines.push(
      '# HELP process_cpu_seconds_total User and system time.',
      '# TYPE process_cpu_seconds_total counter',
      `process_cpu_seconds_total ${(cpu.user + cpu.system) / 1e6}`,
      '# HELP process_resident_memory_bytes Resident memory.',
      '# TYPE process_resident_memory_bytes gauge',
      `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
    )
    return `${lines.join('\n')}\n`
  }

  #durations(): readonly string[] {
    const name = 'http_request_duration_seconds'
    const lines = [`# HELP ${name} Time until the answer was sent.`, `# TYPE ${name} histogram`]
    for (const series of this.#series.values()) {
      for (const [index, bound] of BUCKETS_S.entries())
        lines.push(`${name}_bucket{${series.labels},le="${bound}"} ${series.buckets[index] ?? 0}`)
      lines.push(`${name}_bucket{${series.labels},le="+Inf"} ${series.count}`)
      lines.push(`${name}_sum{${series.labels}} ${series.sumS}`, `${name}_count{${series.labels}} ${series.count}`)
    }
    return lines
  }
}
