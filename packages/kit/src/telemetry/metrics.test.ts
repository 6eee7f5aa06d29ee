import fc from 'fast-check'
import { Gauge } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { Counter, Metrics } from './index.ts'
import { wantsOpenMetrics } from './metric-text.ts'

const OPEN = 'application/openmetrics-text; version=1.0.0'
const lean = (): Metrics => new Metrics({ processMetrics: false })
const SAMPLE =
  /^[a-z_][a-z0-9_]*(?:\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*"(?:,(?!\})|(?=\})))*\})? (?:[+-]Inf|NaN|-?[0-9.]+(?:e[+-]?\d+)?)(?: # \{trace_id="[0-9a-f]{32}"\} [0-9.e-]+ \d+\.\d{3})?$/

/** What a scraper would refuse: lines out of form, families that are torn apart, series that are there twice. */
function problemsOf(body: string, open: boolean): string[] {
  const lines = body.split('\n')
  const problems: string[] = []
  if (lines.pop() !== '') problems.push('no line feed at the end')
  if (open && lines.pop() !== '# EOF') problems.push('no # EOF')
  const seen = new Set<string>()
  let family = ''
  for (const line of lines) {
    const type = /^# TYPE (\S+) (\S+)$/.exec(line)
    if (type) {
      family = type[1] ?? ''
      if (open && type[2] === 'counter' && family.endsWith('_total')) problems.push(line)
    }
    if (!type && line.startsWith('# HELP ')) continue
    const name = /^[a-z0-9_]+/.exec(line)?.[0] ?? ''
    const series = line.slice(0, line.includes('} ') ? line.indexOf('} ') : line.indexOf(' '))
    const key = type ? line : series
    if (!type && (!SAMPLE.test(line) || !name.startsWith(family))) problems.push(line)
    if (seen.has(key)) problems.push(`twice: ${key}`)
    seen.add(key)
  }
  return problems
}

function expectValid(body: string, open: boolean): void {
  expect(problemsOf(body, open)).toEqual([])
}

describe('Metrics of HTTP', () => {
  it('counts and times by handle, and both families agree', async () => {
    const metrics = lean()
    const route = metrics.route('GET', '/v1/orders/{id}')
    expect(metrics.route('GET', '/v1/orders/{id}')).toBe(route)
    metrics.started()
    metrics.started()
    metrics.finished()
    route.observe(200, 0.004)
    route.observe(200, 0.005)
    route.observe(500, 3)
    route.observe(200, Number.NaN)
    route.observe(99, 1e9)
    const { body, contentType } = await metrics.scrape()
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8')
    expectValid(body, false)
    for (const line of [
      'http_requests_total{method="GET",route="/v1/orders/{id}",status="200"} 3',
      'http_requests_total{method="GET",route="/v1/orders/{id}",status="500"} 1',
      'http_requests_total{method="GET",route="/v1/orders/{id}",status="other"} 1',
      'http_request_duration_seconds_bucket{method="GET",route="/v1/orders/{id}",status="200",le="0.005"} 3',
      'http_request_duration_seconds_bucket{method="GET",route="/v1/orders/{id}",status="500",le="2.5"} 0',
      'http_request_duration_seconds_bucket{method="GET",route="/v1/orders/{id}",status="500",le="5"} 1',
      'http_request_duration_seconds_bucket{method="GET",route="/v1/orders/{id}",status="other",le="+Inf"} 1',
      'http_request_duration_seconds_sum{method="GET",route="/v1/orders/{id}",status="500"} 3',
      'http_request_duration_seconds_count{method="GET",route="/v1/orders/{id}",status="200"} 3',
      'http_requests_in_flight 1',
    ])
      expect(body.split('\n')).toContain(line)
  })

  it('has OpenMetrics with exemplars for whoever prefers it', async () => {
    const metrics = new Metrics()
    metrics.route('GET', '/').observe(200, 0.02, 'ab'.repeat(16))
    const open = await metrics.scrape(OPEN)
    expect(open.contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8')
    expectValid(open.body, true)
    expect(open.body).toMatch(/le="0\.025"\} 1 # \{trace_id="(?:ab){16}"\} 0\.02 \d+\.\d{3}\n/)
    expect(open.body).toContain('# TYPE http_requests counter\n')
    const text = await metrics.scrape('text/plain')
    expectValid(text.body, false)
    expect(text.body).not.toContain('trace_id')
    expect(text.body).toContain('process_cpu_seconds_total')
  })

  it.each([
    [undefined, false],
    ['*/*', false],
    ['application/openmetrics-text', true],
    ['application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4', false],
    ['application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1', true],
    ['text/plain;q=0, application/openmetrics-text; q=0.1', true],
    ['application/openmetrics-text;q=0', false],
    ['application/openmetrics-text;q=x', false],
  ])('understands accept: %s', (accept, expected) => expect(wantsOpenMetrics(accept)).toBe(expected))

  it('lets nobody make series', async () => {
    const metrics = new Metrics({ processMetrics: false, routesMax: 20, httpSeriesMax: 30 })
    for (let n = 0; n < 10_000; n++) {
      metrics.started()
      metrics.ended(`M${n}`, n % 2 === 0 ? `/made/${n}` : '', 100 + (n % 500), 1)
    }
    const { body } = await metrics.scrape()
    expectValid(body, false)
    const counted = body.split('\n').filter((line) => line.startsWith('http_requests_total{'))
    expect(counted.length).toBeLessThan(60)
    expect(counted.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)).toBe(10_000)
    expect(body).toMatch(/metrics_folded_total\{metric="http_requests_total"\} [1-9]/)
    expect(body).toContain('http_requests_in_flight 0')
  })
})

describe('Metrics of the service', () => {
  it('has counters, histograms, gauges and what prom-client holds', async () => {
    const metrics = lean()
    const paid = metrics.counter('payments_total', 'Payments by outcome', ['outcome', 'way'])
    paid.inc({ outcome: 'accepted', way: 'card' })
    paid.with({ outcome: 'a"b\\c\nd', way: 'x' }).inc(2.5)
    paid.with({ outcome: 'accepted', way: 'card' }).inc(-5)
    metrics.counter('plain_total', 'Without labels')
    metrics.histogram('query_duration_seconds', 'Queries', ['table'], [0.1, 1]).observe(0.5, { table: 'orders' })
    metrics.gauge('queue_jobs', 'Jobs that wait', () => 7)
    metrics.gauge('pool_connections', 'Connections by "state"', async () => [
      { labels: { state: 'idle' }, value: 3 },
      { labels: { state: 'busy' }, value: Number.POSITIVE_INFINITY },
    ])
    metrics.counterFrom('cache_hits_total', 'Hits', () => 41)
    new Gauge({ name: 'theirs', help: 'Of prom-client', registers: [metrics.registry], labelNames: ['a'] }).set(
      { a: 'b' },
      1,
    )
    new Gauge({ name: 'queue_jobs', help: 'The name of ours', registers: [metrics.registry] }).set(1)
    for (const accept of [undefined, OPEN]) {
      const { body } = await metrics.scrape(accept)
      expectValid(body, accept !== undefined)
      for (const line of [
        'payments_total{outcome="accepted",way="card"} 1',
        'payments_total{outcome="a\\"b\\\\c\\nd",way="x"} 2.5',
        'plain_total 0',
        'query_duration_seconds_bucket{table="orders",le="1"} 1',
        'queue_jobs 7',
        'pool_connections{state="busy"} +Inf',
        'cache_hits_total 41',
        'theirs{a="b"} 1',
      ])
        expect(body.split('\n')).toContain(line)
    }
  })

  it('folds labels that are too many, too long, or not there', async () => {
    const metrics = new Metrics({ processMetrics: false, labelSetsMax: 10 })
    const counter = metrics.counter('events_total', 'Events', ['id'])
    counter.inc({ id: 'other' })
    for (let n = 0; n < 1000; n++) counter.inc({ id: `user-${n}` })
    counter.inc({ id: 'x'.repeat(500) })
    counter.inc()
    const { body } = await metrics.scrape()
    expectValid(body, false)
    expect(body.split('\n').filter((line) => line.startsWith('events_total{'))).toHaveLength(10)
    expect(body).toContain(`events_total{id="other"} ${1 + 1000 - 9 + 2}`)
    expect(body).toContain(`metrics_folded_total{metric="events_total"} ${1000 - 9 + 2}`)
  })

  it('goes on when a gauge can not be read', async () => {
    const metrics = new Metrics({ processMetrics: false, gaugeTimeoutMs: 30 })
    metrics.gauge('broken', 'Throws', () => {
      throw new Error('x')
    })
    metrics.gauge('rejected', 'Rejects', () => Promise.reject(new Error('x')))
    metrics.gauge('hung', 'Never comes', () => new Promise(() => undefined))
    metrics.gauge('fine', 'Works', () => 1)
    const first = await metrics.scrape()
    const { body } = await metrics.scrape()
    expect(first.body).toContain('fine 1')
    for (const name of ['broken', 'rejected', 'hung'])
      expect(body).toContain(`metrics_read_errors_total{metric="${name}"}`)
    expectValid(body, false)
  })

  it.each([
    ['Orders_total', 'x', [], 'lower snake case'],
    ['orders', 'x', [], 'must end in _total'],
    ['orders_total', ' ', [], 'needs a help text'],
    ['orders_total', 'x', ['le'], 'not le or quantile'],
    ['orders_total', 'x', ['__name__'], 'lower snake case'],
    ['orders_total', 'x', ['a', 'a'], 'names a label twice'],
    ['orders_total', 'x', 'abcdefghi'.split(''), 'at most 8'],
  ])('refuses the counter %s', (name, help, labels, message) => {
    expect(() => lean().counter(name, help, labels)).toThrow(message)
    expect(() => lean().counter(name, help, labels)).toThrow(RangeError)
  })

  it('refuses other names that scrapers misread, and a name twice', () => {
    const metrics = lean()
    expect(() => metrics.gauge('jobs_total', 'x', () => 1)).toThrow('is no counter')
    expect(() => metrics.histogram('x_bucket', 'x')).toThrow('what samples of histograms')
    expect(() => metrics.histogram('x_seconds', 'x', [], [1, 1])).toThrow('must be finite and rise')
    expect(() => metrics.histogram('x_seconds', 'x', [], [])).toThrow('1 to 60 buckets')
    expect(() => metrics.counter('http_requests_total', 'x')).toThrow('is registered already')
    expect(() => new Metrics({ labelSetsMax: 0 })).toThrow(RangeError)
    expect(() => new Metrics({ durationBucketsS: [2, 1] })).toThrow(RangeError)
  })

  it('stays valid with any label value', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.array(fc.nat(0xffff), { maxLength: 20 }).map((codes) => String.fromCharCode(...codes)),
          { maxLength: 20 },
        ),
        async (values) => {
          const metrics = new Metrics({ processMetrics: false })
          const counter: Counter<'v'> = metrics.counter('any_total', 'Any', ['v'])
          for (const v of values) counter.inc({ v })
          expectValid((await metrics.scrape(OPEN)).body.replaceAll('\r', 'r'), true)
        },
      ),
      { numRuns: 100 },
    )
  })
})

describe('a scrape of 10,000 series', () => {
  it('lets the service serve in between', async () => {
    const metrics = new Metrics({ processMetrics: false, labelSetsMax: 20_000 })
    const counter = metrics.counter('many_total', 'Many', ['id'])
    for (let n = 0; n < 10_000; n++) counter.inc({ id: n })
    await metrics.scrape()
    let longestMs = 0
    let last = performance.now()
    let done = false
    const tick = (): void => {
      const now = performance.now()
      longestMs = Math.max(longestMs, now - last)
      last = now
      if (!done) setImmediate(tick)
    }
    tick()
    const { body } = await metrics.scrape()
    done = true
    expect(body.split('\n').length).toBeGreaterThan(10_000)
    // Slices are 2 ms; the rest is room for a machine that others use too.
    expect(longestMs).toBeLessThan(50)
  })
})
