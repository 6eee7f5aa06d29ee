/**
 * What the telemetry of the kit costs, beside the packages that are usual for it: in one process, alternating, CPU time
 * of the whole process. `node benchmarks/kit-telemetry.ts [rounds]`
 */
import {
  correlationId,
  type LogDestination,
  Logger,
  Metrics,
  parseTraceparent,
  Redactor,
  Tracing,
} from '../packages/kit/src/telemetry/index.ts'
import pino from 'pino'
import { Counter, Histogram, Registry } from 'prom-client'
import { type Spread, spreadOf } from './measure.ts'

const ROUNDS = Math.max(5, Number(process.argv[2] ?? 7))
const SLICE_MS = 120

interface Subject {
  readonly name: string
  /** Does it that often. */
  readonly run: (times: number) => void
}

/** Nanoseconds of CPU for one, in each of the rounds; the subjects take turns. */
function compare(subjects: readonly Subject[]): Map<string, Spread> {
  const perCall = new Map(subjects.map((subject) => [subject.name, [] as number[]]))
  const times = new Map<string, number>()
  for (const { name, run } of subjects) {
    // Warm, and find how many fill a slice.
    run(20_000)
    const startedMs = performance.now()
    run(20_000)
    times.set(name, Math.max(1000, Math.round((20_000 * SLICE_MS) / (performance.now() - startedMs))))
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, run } of subjects) {
      const count = times.get(name) ?? 1000
      const before = process.cpuUsage()
      run(count)
      const used = process.cpuUsage(before)
      perCall.get(name)?.push(((used.user + used.system) * 1000) / count)
    }
  }
  return new Map([...perCall].map(([name, values]) => [name, spreadOf(values)]))
}

function print(title: string, subjects: readonly Subject[]): Map<string, Spread> {
  const results = compare(subjects)
  console.log(`\n${title}`)
  for (const [name, { median, min, max }] of results)
    console.log(`  ${name.padEnd(58)} ${median.toFixed(0).padStart(6)} ns (${min.toFixed(0)} to ${max.toFixed(0)})`)
  return results
}

const repeat =
  (work: (index: number) => void) =>
  (times: number): void => {
    for (let index = 0; index < times; index++) work(index)
  }

// Both loggers get rid of their lines the same way: what is compared is making them.
let kept = 0
const nowhere: LogDestination = {
  write: (lines) => void (kept += lines.length),
  flushSync: () => undefined,
  flush: async () => undefined,
  dropped: 0,
}
const id = '0b8bd6b6-51a5-4bd9-9a0a-2f1b5ec8e7bd'
const redactor = new Redactor(Array.from({ length: 12 }, (_, n) => `configured-secret-number-${n}`))
const logger = new Logger({ service: 'orders', redactor, destination: nowhere })
const line = logger.requestLine('GET', '/v1/orders/{id}')
const theirs = pino(
  {
    base: { service: 'orders' },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['password', '*.password', 'headers.authorization', '*.token'],
  },
  { write: (text: string) => void (kept += text.length) },
)
const theirChild = theirs.child({ route: '/v1/orders/{id}', method: 'GET' })

console.log(`${ROUNDS} alternating rounds, CPU time of the process, median (smallest to largest)`)
print('one line for a request', [
  { name: 'kit: template, redacted', run: repeat((n) => line.log(id, 'user:42', 1 + n / 997, 200)) },
  {
    name: 'kit: template with two further fields',
    run: repeat((n) => line.log(id, 'user:42', 1 + n / 997, 200, { tenant: 'acme', rows: n })),
  },
  {
    name: 'kit: logger.log with six fields',
    run: repeat((n) =>
      logger.log('info', 'http_request', {
        correlation_id: id,
        actor: 'user:42',
        duration_ms: 1 + n / 997,
        method: 'GET',
        route: '/v1/orders/{id}',
        status: 200,
      }),
    ),
  },
  {
    name: 'pino 10: one line, four redaction paths',
    run: repeat((n) =>
      theirChild.info({ correlation_id: id, actor: 'user:42', duration_ms: 1 + n / 997, status: 200 }, 'http_request'),
    ),
  },
])

const metrics = new Metrics({ processMetrics: false })
const route = metrics.route('GET', '/v1/orders/{id}')
const registry = new Registry()
const labelNames = ['method', 'route', 'status'] as const
const histogram = new Histogram({ name: 'theirs_seconds', help: 'x', labelNames, registers: [registry] })
const counter = new Counter({ name: 'theirs_total', help: 'x', labelNames, registers: [registry] })
const labels = { method: 'GET', route: '/v1/orders/{id}', status: '200' }
print('counting and timing a request', [
  {
    name: 'kit: handle.observe, counter and histogram in one',
    run: repeat((n) => route.observe(200, (n % 400) / 10_000)),
  },
  {
    name: 'prom-client 15: observe and inc',
    run: repeat((n) => {
      histogram.observe(labels, (n % 400) / 10_000)
      counter.inc(labels)
    }),
  },
])

const parent = `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00`
const pattern = /^((?!ff)[\da-f]{2})-((?![0]{32})[\da-f]{32})-((?![0]{16})[\da-f]{16})-([\da-f]{2})(-.*)?$/
const tracing = new Tracing({
  sampleRatio: 0.1,
  // Here a second holds more requests than any service has.
  recordedPerSecondMax: 1e9,
  exporter: { add: () => void kept++, flush: async () => undefined, close: async () => undefined },
})
print('trace context', [
  { name: 'kit: parseTraceparent', run: repeat(() => void (kept += parseTraceparent(parent)?.traceId.length ?? 0)) },
  {
    name: 'a regular expression, as SDKs have it',
    run: repeat(() => void (kept += pattern.exec(parent)?.length ?? 0)),
  },
  {
    name: 'kit: begin and end, no parent, 10 % recorded',
    run: repeat(() => tracing.begin(undefined).end({ method: 'GET', route: '/v1/orders/{id}', status: 200 })),
  },
  {
    name: 'kit: begin and end, parent that is not recorded',
    run: repeat(() => tracing.begin(parent).end({ method: 'GET', route: '/v1/orders/{id}', status: 200 })),
  },
])

const headers = { host: 'api.acme.test', 'user-agent': 'x/1.0', accept: '*/*' }
print('correlation id', [
  { name: 'kit: taken over', run: repeat(() => void (kept += correlationId({ 'x-request-id': id }).length)) },
  { name: 'kit: made', run: repeat(() => void (kept += correlationId(headers).length)) },
])

const failure = Object.assign(new Error('connect postgres://app:hunter2@db:5432/orders failed'), {
  code: 'ECONNREFUSED',
  config: { url: 'https://x.test/?token=abc', headers: { Authorization: 'Bearer abcdef' } },
  cause: new Error('inner: password=hunter2'),
})
print('redactor, 12 known secrets', [
  { name: 'short plain text', run: repeat(() => void (kept += redactor.text('kept as it is').length)) },
  {
    name: 'address with a query',
    run: repeat(() => void (kept += redactor.text('https://api.acme.test/v1/orders?page=2&limit=50').length)),
  },
  {
    name: 'object of five plain members',
    run: repeat((n) => void redactor.value({ a: n, b: 'text', c: true, d: null, e: 'more' })),
  },
  { name: 'error with configuration and cause', run: repeat(() => void redactor.value(failure)) },
])

// As createService does it: id, trace, in flight, handle, line.
const whole = print('all of it for one request', [
  {
    name: 'kit: id made, trace, metrics, line',
    run: repeat((n) => {
      const made = correlationId(headers)
      const trace = tracing.begin(undefined, undefined)
      metrics.started()
      const seconds = (n % 400) / 10_000
      metrics.finished()
      route.observe(200, seconds, trace.sampled ? trace.traceId : undefined)
      trace.end({ method: 'GET', route: '/v1/orders/{id}', status: 200 })
      line.log(made, 'user:42', seconds * 1000, 200)
    }),
  },
])
const [total] = whole.values()
const LIMIT_NS = 5000
console.log(`\n${((total?.median ?? 0) / 1000).toFixed(2)} us of ${LIMIT_NS / 1000} us asked for`)
if (!((total?.median ?? Number.POSITIVE_INFINITY) <= LIMIT_NS)) process.exitCode = 1

// A scrape of 10,000 series, theirs and ours: how long it takes, and for how long nothing else could run.
async function scrapes(): Promise<void> {
  const ours = new Metrics({ processMetrics: false, labelSetsMax: 20_000 })
  const many = ours.counter('many_total', 'x', ['id'])
  const theirRegistry = new Registry()
  const theirMany = new Counter({ name: 'many_total', help: 'x', labelNames: ['id'], registers: [theirRegistry] })
  for (let n = 0; n < 10_000; n++) {
    many.inc({ id: n })
    theirMany.inc({ id: String(n) })
  }
  const takes = { kit: [] as number[], 'prom-client': [] as number[] }
  const blocks = { kit: [] as number[], 'prom-client': [] as number[] }
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, scrape] of [
      ['kit', () => ours.scrape()],
      ['prom-client', () => theirRegistry.metrics()],
    ] as const) {
      let longestMs = 0
      let last = performance.now()
      let running = true
      const tick = (): void => {
        const now = performance.now()
        longestMs = Math.max(longestMs, now - last)
        last = now
        if (running) setImmediate(tick)
      }
      setImmediate(tick)
      const startedMs = performance.now()
      await scrape()
      const tookMs = performance.now() - startedMs
      await new Promise((resolve) => setImmediate(resolve))
      running = false
      if (round === 0) continue
      takes[name].push(tookMs)
      blocks[name].push(longestMs)
    }
  }
  console.log('\nscrape of 10,000 series')
  for (const name of ['kit', 'prom-client'] as const) {
    const took = spreadOf(takes[name])
    const held = spreadOf(blocks[name])
    console.log(
      `  ${name.padEnd(58)} ${took.median.toFixed(1)} ms in all, event loop held up for ${held.median.toFixed(1)} ms (${held.min.toFixed(1)} to ${held.max.toFixed(1)})`,
    )
  }
}
await scrapes()
