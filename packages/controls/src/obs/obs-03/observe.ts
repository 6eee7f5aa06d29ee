import { type CheckContext, defineCheck, type HttpRequest, type Instance, needTestbed } from '@greengate/contracts'
import { readsTouching, requestFrom } from '../../lib-boot/dependencies.ts'
import { headerOf, probePaths, SourceAddresses, withInstance } from '../../lib-http/exchange.ts'
import {
  isErrorSample,
  isServerErrorSample,
  parseMetrics,
  type Sample,
  type Scrape,
} from '../../lib-http/metrics-text.ts'
import { jsonTargets, type Target, workingRead } from '../../lib-http/targets.ts'
import { allTargets } from '../../lib-http/all-targets.ts'
import { control } from './control.ts'
import { countsRequests, isCounted, judge, type Observation, type Traffic } from './judge.ts'

const USUAL_PATHS = [
  '/metrics',
  '/api/metrics',
  '/internal/metrics',
  '/actuator/prometheus',
  '/prometheus',
  '/q/metrics',
  '/-/metrics',
]
const READS = 12
const ERRORS = 6
/** Each of them while a dependency is away. */
const FAILURES = 4
const FAILURE_TIMEOUT_MS = 5_000
const BROKEN_DEPENDENCIES_MAX = 3
const SERIES_MAX = 120
/** Before any traffic: how much one scrape adds is the least of what two of them do. */
const IDLE_SCRAPES = 3
/** Some libraries collect at intervals. Fewer scrapes than reads: they must not pass for them. */
const SETTLE_SCRAPES = 8
const SETTLE_MS = 250

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'fault', quiet: false, timeoutMs: 120_000 },
  async observe(context) {
    const testbed = needTestbed(context)
    return withInstance(await testbed.boot({ purpose: 'metrics read' }), async (instance) => {
      const { metrics } = context.config.probes
      const tried: Observation['tried'] = []
      let path: string | null = null
      for (const candidate of metrics === undefined ? USUAL_PATHS : [metrics]) {
        const { scrape, ...entry } = await scrapeAt(context, instance, candidate)
        tried.push(entry)
        // What is declared is read even where nothing of it can be understood.
        if (!scrape || (scrape.samples.length === 0 && metrics === undefined)) continue
        path = candidate
        break
      }
      if (path === null)
        return {
          data: { tried, path, readIsRoute: false, traffic: [], series: [] },
          exercised: { requests: tried.length },
        }
      return measure(context, instance, path, tried)
    })
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    { id: 'no-metrics', breaks: 'exposed', code: 'no-metrics', arrange: (bed) => bed.service(['no-metrics']) },
    { id: 'invalid', breaks: 'exposed', code: 'metrics-invalid', arrange: (bed) => bed.service(['metrics-invalid']) },
    {
      id: 'no-duration',
      breaks: 'duration',
      code: 'metric-missing',
      arrange: (bed) => bed.service(['metrics-no-duration']),
    },
    {
      id: 'stuck',
      breaks: 'rate',
      code: 'metric-does-not-move',
      arrange: (bed) => bed.service(['metrics-counter-stuck']),
    },
    // What a middleware behind the router sees: scrapes here, and unknown paths.
    {
      id: 'only-scrapes-counted',
      breaks: 'rate',
      code: 'metric-does-not-move',
      arrange: (bed) => bed.service(['metrics-behind-router']),
    },
    {
      id: 'only-scrapes-timed',
      breaks: 'duration',
      code: 'metric-does-not-move',
      arrange: (bed) => bed.service(['metrics-behind-router']),
    },
    {
      id: 'refused-not-counted',
      breaks: 'errors',
      code: 'metric-does-not-move',
      arrange: (bed) => bed.service(['metrics-without-refused']),
    },
    {
      id: 'thrown-not-counted',
      breaks: 'errors',
      code: 'metric-does-not-move',
      arrange: (bed) => bed.service(['metrics-without-failed']),
    },
  ],
})

/** Known traffic of one kind after the other, with scrapes in between. */
async function measure(context: CheckContext, instance: Instance, path: string, tried: Observation['tried']) {
  const sources = new SourceAddresses(context.random)
  const targets = await allTargets(context, instance)
  const read = await workingRead(context, instance, targets, sources.next())
  const idle: Scrape[] = []
  for (let n = 0; n < IDLE_SCRAPES; n++) {
    const { scrape } = await scrapeAt(context, instance, path)
    if (scrape) idle.push(scrape)
  }
  const first = idle.at(-1) ?? null
  const scrapeMilli = new Map<string, number>()
  for (const name of namesOf(first)) {
    const added = idle.slice(1).map((scrape, n) => sumOf(scrape, name) - sumOf(idle[n] ?? null, name))
    scrapeMilli.set(name, added.length === 0 ? 0 : Math.max(0, Math.min(...added)))
  }
  const traffic: Traffic[] = []
  let last = first
  const follow = async (kind: Traffic['kind'], send: () => Promise<number>): Promise<number> => {
    const answered = await send()
    const before = last
    for (let scrapes = 1; answered > 0 && scrapes <= SETTLE_SCRAPES && !context.signal.aborted; scrapes++) {
      const { scrape } = await scrapeAt(context, instance, path)
      last = scrape ?? last
      const sent = { kind, answered, scrapes, rises: risesOf(before, last) }
      if (isCounted(sent, seriesOf(before, last, scrapeMilli)) || scrapes === SETTLE_SCRAPES) {
        // Counters that fell belong to a process that was started anew: what it had counted is gone.
        const startedAnew = sent.rises.some(({ name, milli }) => milli < 0 && countsRequests(name))
        if (scrape && !(kind === 'failed' && startedAnew)) traffic.push(sent)
        break
      }
      await context.clock.sleep(SETTLE_MS, context.signal)
    }
    return answered
  }
  const ask = async (count: number, make: () => HttpRequest, errorsOnly: boolean): Promise<number> => {
    let answered = 0
    for (let n = 0; n < count; n++) {
      const { status } = await instance.http({ ...make(), from: sources.next() })
      if (status >= (errorsOnly ? 400 : 1)) answered++
    }
    return answered
  }
  if (read) await follow('reads', () => ask(READS, () => instance.prepare(read.target.spec), false))
  const [body] = jsonTargets(targets)
  const refused = body ? await follow('refused', () => ask(ERRORS, () => brokenBody(instance, body), true)) : 0
  // A router may leave unknown paths out of its count.
  if (refused === 0) await follow('unknown', () => ask(ERRORS, () => unknownPath(context), true))
  await follow('failed', () => provokeFailures(context, instance, sources))
  return {
    data: {
      tried,
      path,
      readIsRoute: read !== null && !isProbe(context, read.target),
      traffic,
      series: seriesOf(first, last, scrapeMilli),
    },
    exercised: {
      requests: traffic.reduce((sum, sent) => sum + sent.answered, 0),
      samples: last?.samples.length ?? 0,
    },
  }
}

/** Whether it is asked by what runs the service and not by its users. */
function isProbe(context: CheckContext, target: Target): boolean {
  const { path } = target.spec
  return probePaths(context).has(path) || (path === context.config.start?.ready && path !== '/')
}

function unknownPath(context: CheckContext): HttpRequest {
  return { path: `/${context.random.hex(8)}`, headers: { accept: 'application/json' } }
}

function brokenBody(instance: Instance, target: Target): HttpRequest {
  const prepared = instance.prepare(target.spec)
  return { ...prepared, body: '{"broken"', headers: { ...prepared.headers, 'content-type': 'application/json' } }
}

/** Reads with what they need taken away; returns how many the service answered with an error of its own. */
async function provokeFailures(context: CheckContext, instance: Instance, sources: SourceAddresses): Promise<number> {
  let answered = 0
  const needed = [...instance.dependencies.values()].filter(
    ({ name, spec }) => spec.required && readsTouching(context, name).length > 0,
  )
  for (const dependency of needed.slice(0, BROKEN_DEPENDENCIES_MAX)) {
    const reads = readsTouching(context, dependency.name)
    await dependency.refuse()
    try {
      const specs = Array.from({ length: FAILURES }, (_, n) => reads[n % reads.length]).filter(
        (spec) => spec !== undefined,
      )
      const answers = await Promise.all(
        specs.map((spec) => instance.http(requestFrom(instance, spec, sources.next(), FAILURE_TIMEOUT_MS))),
      )
      answered += answers.filter((answer) => answer.status >= 500).length
    } finally {
      await dependency.restore()
    }
  }
  return answered
}

async function scrapeAt(
  context: CheckContext,
  instance: Instance,
  path: string,
): Promise<Observation['tried'][number] & { scrape: Scrape | null }> {
  const answer = await instance.http({
    path,
    headers: {
      accept: 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4',
      ...context.config.probes.headers,
    },
    bodyBytesMax: 8 * 1024 * 1024,
  })
  const contentType = headerOf(answer, 'content-type')
  const isText = answer.status === 200 && /^(?:text\/plain|application\/openmetrics-text)/.test(contentType)
  const scrape = isText ? parseMetrics(answer.body, contentType.startsWith('application/openmetrics-text')) : null
  const problems = answer.truncated ? ['line 0: more than 8 MiB'] : (scrape?.problems ?? [])
  return {
    path,
    status: answer.status,
    contentType,
    problems: [...problems],
    samples: scrape?.samples.length ?? 0,
    scrape,
  }
}

/** The names that rate, errors, duration, cpu and memory could have. */
function namesOf(scrape: Scrape | null): string[] {
  return [...new Set((scrape?.samples ?? []).map((sample) => sample.name))]
    .filter((name) => /http|request|error|cpu|memory|mem_|working_set/i.test(name))
    .slice(0, SERIES_MAX)
}

/** Sum over all labels that fit, in thousandths. */
function sumOf(scrape: Scrape | null, name: string, fits: (sample: Sample) => boolean = () => true): number {
  const total = (scrape?.samples ?? [])
    .filter((sample) => sample.name === name && Number.isFinite(sample.value) && fits(sample))
    .reduce((all, sample) => all + sample.value, 0)
  return Math.round(total * 1000)
}

function risesOf(before: Scrape | null, after: Scrape | null): Traffic['rises'] {
  const rise = (name: string, fits?: (sample: Sample) => boolean): number =>
    sumOf(after, name, fits) - sumOf(before, name, fits)
  return namesOf(after).map((name) => ({
    name,
    milli: rise(name),
    errorsMilli: rise(name, isErrorSample),
    serverErrorsMilli: rise(name, isServerErrorSample),
  }))
}

function seriesOf(
  before: Scrape | null,
  after: Scrape | null,
  scrapeMilli: ReadonlyMap<string, number>,
): Observation['series'] {
  return namesOf(after).map((name) => ({
    name,
    type: after?.types.get(name) ?? '',
    scrapeMilli: scrapeMilli.get(name) ?? 0,
    beforeMilli: sumOf(before, name),
    afterMilli: sumOf(after, name),
  }))
}
