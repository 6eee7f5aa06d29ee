import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'

const observationSchema = z.strictObject({
  /** Every path asked, with what it answered. */
  tried: z.array(
    z.strictObject({
      path: z.string(),
      status: z.int(),
      contentType: z.string(),
      problems: z.array(z.string()),
      samples: z.int(),
    }),
  ),
  /** The path whose answer was read; null: none was a scrape. */
  path: z.string().nullable(),
  /** What was read has a route of its own. False: it is the path by which a start is seen, which may be left uncounted. */
  readIsRoute: z.boolean(),
  /** What was sent, in this order, with a scrape before and after each kind. */
  traffic: z.array(
    z.strictObject({
      /** `refused`: broken bodies to a route; `failed`: reads while a dependency that they need was away. */
      kind: z.enum(['reads', 'refused', 'unknown', 'failed']),
      /** Requests that were answered; of `refused` and `unknown` with 4xx or 5xx, of `failed` with 5xx. */
      answered: z.int(),
      /** Scrapes that may have been counted in between. */
      scrapes: z.int(),
      /** Sums over all samples of a name, over those labelled as errors, and as errors of the server. In thousandths. */
      rises: z.array(
        z.strictObject({ name: z.string(), milli: z.number(), errorsMilli: z.number(), serverErrorsMilli: z.number() }),
      ),
    }),
  ),
  /** Sums over all samples of a name before and after all traffic, and what one scrape adds by itself. In thousandths. */
  series: z.array(
    z.strictObject({
      name: z.string(),
      type: z.string(),
      scrapeMilli: z.number(),
      beforeMilli: z.number(),
      afterMilli: z.number(),
    }),
  ),
})
export type Observation = z.infer<typeof observationSchema>
export type Traffic = Observation['traffic'][number]
type Series = Observation['series'][number]
const paramsSchema = z.strictObject({})
export type Params = z.infer<typeof paramsSchema>

const ASPECTS = ['exposed', 'rate', 'errors', 'duration', 'cpu', 'memory'] as const
type Aspect = (typeof ASPECTS)[number]

/** Names by Prometheus and OpenTelemetry conventions, with any prefix: `http_requests_total`, `http_server_request_duration_seconds_count`. */
const RATE =
  /(?:^|_)http_(?:server_)?requests?(?:_received)?_total$|(?:^|_)requests?_total$|(?:^|_)http_(?:server_)?(?:requests?_)?duration(?:_seconds|_milliseconds|_ms)?_count$|(?:^|_)http_(?:server_)?requests?(?:_seconds|_latency_seconds|_duration)?_count$/
const DURATION =
  /(?:^|_)(?:http_(?:server_)?(?:requests?_)?(?:duration|latency)|http_(?:server_)?requests?|requests?_(?:duration|latency))(?:_seconds|_milliseconds|_ms)?_(?:bucket|sum)$/
const CPU =
  /(?:^|_)process_cpu_(?:seconds_total|user_seconds_total|time(?:_seconds)?(?:_total)?|usage|utilization)$|(?:^|_)process_cpu_usage$/
const MEMORY =
  /(?:^|_)process_(?:resident_memory_bytes|memory_usage(?:_bytes)?|working_set_bytes|private_memory_bytes)$|(?:^|_)jvm_memory_used_bytes$|(?:^|_)process_runtime_\w+_mem\w*$/
const FIX =
  'Serve Prometheus text with a well-kept client library and name it in `probes.metrics`: http_requests_total, http_request_duration_seconds (histogram), process_cpu_seconds_total, process_resident_memory_bytes. StatsD and OTLP push are not seen by this check.'

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 2,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation) {
    const verdicts = new Verdicts<Aspect>(ASPECTS)
    const scrape = observation.tried.find((entry) => entry.path === observation.path)
    if (!scrape || (scrape.samples === 0 && scrape.problems.length === 0)) {
      const answers = observation.tried.filter((entry) => entry.status > 0)
      const input = {
        message: 'No path answers with metrics.',
        where: observation.tried.map((entry) => entry.path).join(' '),
        expected: 'Prometheus text or OpenMetrics with samples',
        observed: observation.tried.map((entry) => `${entry.status} ${entry.contentType}`.trim()).join(', '),
        fix: FIX,
      }
      if (answers.length === 0) verdicts.inconclusive('exposed', { code: 'no-answers', ...input })
      else verdicts.fail('exposed', { code: 'no-metrics', ...input })
      return verdicts.done()
    }
    verdicts.pass('exposed')
    for (const problem of scrape.problems) {
      verdicts.fail('exposed', {
        code: 'metrics-invalid',
        message: 'A scraper would refuse the metrics.',
        where: `GET ${scrape.path}, ${problem.split(':')[0] ?? ''}`,
        expected: 'the Prometheus text format or OpenMetrics',
        observed: problem,
        fix: 'Let a client library write the text.',
      })
    }
    if (scrape.samples === 0) return verdicts.done()
    judgeRate(verdicts, observation)
    judgeErrors(verdicts, observation)
    judgeDuration(verdicts, observation)
    present(
      verdicts,
      'cpu',
      observation.series.filter((series) => CPU.test(series.name)),
      'process_cpu_seconds_total',
      observation,
      (series) => series.afterMilli >= series.beforeMilli && (series.afterMilli > 0 || !series.name.endsWith('_total')),
    )
    present(
      verdicts,
      'memory',
      observation.series.filter((series) => MEMORY.test(series.name)),
      'process_resident_memory_bytes',
      observation,
      (series) => series.afterMilli > 1_000,
    )
    return verdicts.done()
  },
  refutations: [
    { id: 'no-metrics', breaks: 'exposed', code: 'no-metrics', apply: (o) => ({ ...o, path: null, series: [] }) },
    {
      id: 'invalid',
      breaks: 'exposed',
      code: 'metrics-invalid',
      apply: (o) => ({
        ...o,
        tried: o.tried.map((entry) =>
          entry.path === o.path ? { ...entry, problems: ['line 3: no value after x'] } : entry,
        ),
      }),
    },
    { id: 'no-rate', breaks: 'rate', code: 'metric-missing', apply: (o) => without(o, RATE) },
    {
      id: 'rate-stands-still',
      breaks: 'rate',
      code: 'metric-does-not-move',
      apply: (o) => (o.readIsRoute ? onlyScrapes(o, 0) : null),
    },
    {
      id: 'only-scrapes-counted',
      breaks: 'rate',
      code: 'metric-does-not-move',
      apply: (o) => (o.readIsRoute ? onlyScrapes(o, 1000) : null),
    },
    {
      id: 'only-scrapes-timed',
      breaks: 'duration',
      code: 'metric-does-not-move',
      apply: (o) => (o.readIsRoute ? onlyScrapes(o, 1000) : null),
    },
    {
      id: 'errors-stand-still',
      breaks: 'errors',
      code: 'metric-does-not-move',
      apply: (o) => withoutErrors(o, ['refused', 'unknown', 'failed']),
    },
    {
      id: 'refused-not-counted',
      breaks: 'errors',
      code: 'metric-does-not-move',
      apply: (o) => withoutErrors(o, ['refused']),
    },
    {
      id: 'thrown-not-counted',
      breaks: 'errors',
      code: 'metric-does-not-move',
      apply: (o) => withoutErrors(o, ['failed']),
    },
    { id: 'no-duration', breaks: 'duration', code: 'metric-missing', apply: (o) => without(o, DURATION) },
    { id: 'no-cpu', breaks: 'cpu', code: 'metric-missing', apply: (o) => without(o, CPU) },
    { id: 'no-memory', breaks: 'memory', code: 'metric-missing', apply: (o) => without(o, MEMORY) },
    {
      id: 'memory-is-zero',
      breaks: 'memory',
      code: 'metric-does-not-move',
      apply: (o) => ({
        ...o,
        series: o.series.map((series) => (MEMORY.test(series.name) ? { ...series, afterMilli: 0 } : series)),
      }),
    },
  ],
})

/** Whether what was sent shows in one of the series that could count it. */
export function isCounted(traffic: Traffic, series: readonly Series[]): boolean {
  const least = traffic.answered * 1000
  if (traffic.kind === 'reads')
    return series.some((entry) => RATE.test(entry.name) && ownMilli(traffic, entry) >= least)
  return traffic.rises.some((rise) => {
    if (!countsErrors(rise.name)) return false
    const milli = traffic.kind === 'failed' ? rise.serverErrorsMilli : rise.errorsMilli
    // A router may leave unknown paths out, so that one of them is as good as all.
    const needed = traffic.kind === 'unknown' ? 1000 : least
    return milli >= needed || (/error/i.test(rise.name) && rise.milli >= needed)
  })
}

/** Whether a name is that of a counter of requests, by Prometheus' or OpenTelemetry's conventions. */
export function countsRequests(name: string): boolean {
  return RATE.test(name)
}

function countsErrors(name: string): boolean {
  return RATE.test(name) || /error/i.test(name)
}

/** What the traffic itself added: a scrape is one request, and may be counted like any other. */
function ownMilli(traffic: Traffic, series: Pick<Series, 'name' | 'scrapeMilli'>): number {
  const rise = traffic.rises.find(({ name }) => name === series.name)?.milli ?? 0
  return rise - traffic.scrapes * Math.min(1000, series.scrapeMilli)
}

function sentOf(observation: Observation, kind: Traffic['kind']): Traffic | undefined {
  return observation.traffic.find((traffic) => traffic.kind === kind && traffic.answered > 0)
}

function judgeRate(verdicts: Verdicts<Aspect>, observation: Observation): void {
  const reads = sentOf(observation, 'reads')
  const rate = observation.series.filter((series) => RATE.test(series.name))
  if (rate.length > 0 && (!reads || (!observation.readIsRoute && !isCounted(reads, rate))))
    return noRead(verdicts, 'rate', observation)
  present(
    verdicts,
    'rate',
    rate,
    'http_requests_total',
    observation,
    (series) => reads !== undefined && isCounted(reads, [series]),
    reads,
  )
}

function judgeDuration(verdicts: Verdicts<Aspect>, observation: Observation): void {
  const reads = sentOf(observation, 'reads')
  const duration = observation.series.filter((series) => DURATION.test(series.name))
  const moves = (series: Series): boolean => {
    // A sum grows by any time at all: how often something was timed is in the count beside it.
    const count = observation.series.find(({ name }) => name === series.name.replace(/_(?:bucket|sum)$/, '_count'))
    return count && reads ? ownMilli(reads, count) >= reads.answered * 1000 : series.afterMilli > series.beforeMilli
  }
  if (duration.length > 0 && (!reads || (!observation.readIsRoute && !duration.some(moves))))
    return noRead(verdicts, 'duration', observation)
  present(verdicts, 'duration', duration, 'http_request_duration_seconds_bucket', observation, moves, reads)
}

function noRead(verdicts: Verdicts<Aspect>, aspect: 'rate' | 'duration', observation: Observation): void {
  verdicts.inconclusive(aspect, {
    code: 'no-read',
    message: 'No request is known that the metrics must count: probes may be left out.',
    where: observation.path ?? '',
    expected: 'a read that a route answers',
    observed: observation.readIsRoute ? 'none that was answered' : 'only the path by which the start is seen',
    fix: "Declare a read: requests: { list: { path: '/...' } }",
  })
}

function judgeErrors(verdicts: Verdicts<Aspect>, observation: Observation): void {
  const counted = observation.series.filter((series) => countsErrors(series.name))
  const ofRoutes = (['refused', 'failed'] as const).flatMap((kind) => sentOf(observation, kind) ?? [])
  const unknown = sentOf(observation, 'unknown')
  // What a route answered must be counted; unknown paths say something only where there is nothing else.
  const decisive = ofRoutes.length > 0 || !unknown ? ofRoutes : [unknown]
  if (decisive.length === 0) {
    verdicts.inconclusive('errors', {
      code: 'no-errors-sent',
      message: 'No request was answered with an error.',
      where: observation.path ?? '',
      expected: 'at least one',
      observed: 'none',
      fix: 'See why unknown paths are not answered 404 (OBS-21).',
    })
    return
  }
  for (const traffic of decisive)
    present(
      verdicts,
      'errors',
      counted,
      'http_requests_total with a label status',
      observation,
      () => isCounted(traffic, counted),
      traffic,
    )
}

function present(
  verdicts: Verdicts<Aspect>,
  aspect: Aspect,
  series: readonly Series[],
  name: string,
  observation: Observation,
  moves: (series: Series) => boolean,
  traffic?: Traffic,
): void {
  const where = `GET ${observation.path ?? ''}: ${aspect}`
  if (series.length === 0)
    verdicts.fail(aspect, {
      code: 'metric-missing',
      message: `No metric tells the ${aspect}.`,
      where,
      expected: name,
      observed:
        observation.series
          .map((entry) => entry.name)
          .slice(0, 12)
          .join(', ') || 'none of this kind',
      fix: FIX,
    })
  else if (series.some(moves)) verdicts.pass(aspect)
  else {
    verdicts.fail(aspect, {
      code: 'metric-does-not-move',
      message: `The metric of the ${aspect} does not follow what happens.`,
      where,
      expected: traffic ? EXPECTED[traffic.kind](traffic.answered) : 'a value above zero that does not fall',
      observed: series
        .slice(0, 4)
        .map((entry) => shown(entry, traffic))
        .join('; '),
      fix: 'Count in a hook that runs for every answer, failed requests and errors that were thrown included.',
    })
  }
}

const EXPECTED: Record<Traffic['kind'], (count: number) => string> = {
  reads: (count) => `a rise by the ${count} reads that were answered, scrapes not counted`,
  refused: (count) => `a rise by ${count} among errors: broken bodies that a route answered`,
  unknown: (count) => `a rise among errors: ${count} unknown paths were answered`,
  failed: (count) => `a rise by ${count} among errors of the server (5xx), answered with a dependency away`,
}

function shown(series: Series, traffic: Traffic | undefined): string {
  const rise = traffic?.rises.find(({ name }) => name === series.name)
  if (!traffic || !rise) return `${series.name} ${series.beforeMilli / 1000} -> ${series.afterMilli / 1000}`
  const errors = `${rise.errorsMilli / 1000} errors, ${rise.serverErrorsMilli / 1000} of the server`
  return `${series.name} +${rise.milli / 1000} (${errors}; ${traffic.scrapes} scrapes)`
}

function without(o: Observation, names: RegExp): Observation | null {
  return o.series.some((series) => names.test(series.name))
    ? { ...o, series: o.series.filter((series) => !names.test(series.name)) }
    : null
}

/** Nothing but the scrapes was counted, each of them `scrapeMilli` times a thousand. */
function onlyScrapes(o: Observation, scrapeMilli: number): Observation {
  return {
    ...o,
    series: o.series.map((series) => ({ ...series, scrapeMilli, afterMilli: series.beforeMilli })),
    traffic: o.traffic.map((traffic) => ({
      ...traffic,
      rises: traffic.rises.map((rise) => ({ ...rise, milli: traffic.scrapes * scrapeMilli })),
    })),
  }
}

function withoutErrors(o: Observation, kinds: readonly Traffic['kind'][]): Observation | null {
  const fits = (traffic: Traffic): boolean => kinds.includes(traffic.kind) && traffic.answered > 0
  if (!o.traffic.some(fits)) return null
  return {
    ...o,
    traffic: o.traffic.map((traffic) =>
      fits(traffic)
        ? {
            ...traffic,
            rises: traffic.rises.map((rise) => ({
              ...rise,
              milli: /error/i.test(rise.name) ? 0 : rise.milli,
              errorsMilli: 0,
              serverErrorsMilli: 0,
            })),
          }
        : traffic,
    ),
  }
}
