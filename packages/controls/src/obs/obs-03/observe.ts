import { type CheckContext, defineCheck, type HttpRequest, type Instance, needTestbed } from '@greengate/contracts'
import { headerOf, SourceAddresses, waitUntil, withInstance } from '../../lib-http/exchange.ts'
import { isErrorSample, parseMetrics, type Scrape } from '../../lib-http/metrics-text.ts'
import { jsonTargets, type Target, workingRead } from '../../lib-http/targets.ts'
import { allTargets } from '../../lib-http/all-targets.ts'
import { control } from './control.ts'
import { judge, type Observation } from './judge.ts'

const USUAL_PATHS = [
  '/metrics',
  '/api/metrics',
  '/internal/metrics',
  '/actuator/prometheus',
  '/prometheus',
  '/q/metrics',
  '/-/metrics',
]
const SUCCESSES = 12
const ERRORS = 6
const SERIES_MAX = 120
const SETTLE_TIMEOUT_MS = 2_000

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'write', quiet: false, timeoutMs: 120_000 },
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
        return { data: { tried, path, sent: 0, errors: 0, series: [] }, exercised: { requests: tried.length } }
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
  ],
})

/** Two scrapes with known traffic in between. */
async function measure(context: CheckContext, instance: Instance, path: string, tried: Observation['tried']) {
  const sources = new SourceAddresses(context.random)
  const targets = await allTargets(context, instance)
  const read = await workingRead(context, instance, targets, sources.next())
  const before = (await scrapeAt(context, instance, path)).scrape
  let sent = 0
  let errors = 0
  for (let n = 0; n < SUCCESSES + ERRORS; n++) {
    const request = n < SUCCESSES && read ? instance.prepare(read.target.spec) : failing(context, instance, targets, n)
    const answer = await instance.http({ ...request, from: sources.next() })
    // Only what a route serves has to be counted: a router may leave unknown paths out.
    if (answer.status > 0 && n < SUCCESSES) sent++
    if (answer.status >= 400) errors++
  }
  let after = (await scrapeAt(context, instance, path)).scrape
  let series = seriesOf(before, after)
  // Some libraries collect at intervals.
  await waitUntil(context, SETTLE_TIMEOUT_MS, async () => {
    if (
      series.some(
        (entry) =>
          entry.name.includes('request') &&
          entry.afterMilli - entry.beforeMilli >= sent * 1000 &&
          entry.errorsAfterMilli > entry.errorsBeforeMilli,
      )
    )
      return true
    after = (await scrapeAt(context, instance, path)).scrape
    series = seriesOf(before, after)
    return false
  })
  return {
    data: { tried, path, sent, errors, series },
    exercised: { requests: sent + errors, samples: after?.samples.length ?? 0 },
  }
}

/** Requests that fail: unknown paths, and broken bodies to a route, as a router may leave unknown paths out of its count. */
function failing(context: CheckContext, instance: Instance, targets: readonly Target[], n: number): HttpRequest {
  const [body] = jsonTargets(targets)
  if (!body || n % 2 === 0) return { path: `/${context.random.hex(8)}`, headers: { accept: 'application/json' } }
  const prepared = instance.prepare(body.spec)
  return { ...prepared, body: '{"broken"', headers: { ...prepared.headers, 'content-type': 'application/json' } }
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

/** Sums by name over all labels, for the names that rate, errors, duration, cpu and memory could have. */
function seriesOf(before: Scrape | null, after: Scrape | null): Observation['series'] {
  const names = [...new Set((after?.samples ?? []).map((sample) => sample.name))]
    .filter((name) => /http|request|error|cpu|memory|mem_|working_set/i.test(name))
    .slice(0, SERIES_MAX)
  const sum = (scrape: Scrape | null, name: string, errorsOnly: boolean): number => {
    const total = (scrape?.samples ?? [])
      .filter(
        (sample) => sample.name === name && Number.isFinite(sample.value) && (!errorsOnly || isErrorSample(sample)),
      )
      .reduce((all, sample) => all + sample.value, 0)
    return Math.round(total * 1000)
  }
  return names.map((name) => ({
    name,
    type: after?.types.get(name) ?? '',
    beforeMilli: sum(before, name, false),
    afterMilli: sum(after, name, false),
    errorsBeforeMilli: sum(before, name, true),
    errorsAfterMilli: sum(after, name, true),
  }))
}
