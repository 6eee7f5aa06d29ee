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
  /** Requests sent between the two scrapes, and those of them answered with an error. */
  sent: z.int(),
  errors: z.int(),
  /** Sums over all samples of a name, before and after; `errors`: over those labelled as errors. In thousandths. */
  series: z.array(
    z.strictObject({
      name: z.string(),
      type: z.string(),
      beforeMilli: z.number(),
      afterMilli: z.number(),
      errorsBeforeMilli: z.number(),
      errorsAfterMilli: z.number(),
    }),
  ),
})
export type Observation = z.infer<typeof observationSchema>
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
  version: 1,
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
    const duration = observation.series.filter((series) => DURATION.test(series.name))
    present(
      verdicts,
      'duration',
      duration,
      'http_request_duration_seconds_bucket',
      observation,
      (series) => series.afterMilli > series.beforeMilli,
    )
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
    { id: 'rate-stands-still', breaks: 'rate', code: 'metric-does-not-move', apply: (o) => still(o, RATE) },
    {
      id: 'errors-stand-still',
      breaks: 'errors',
      code: 'metric-does-not-move',
      apply: (o) => ({
        ...o,
        series: o.series.map((series) => ({ ...series, errorsAfterMilli: series.errorsBeforeMilli })),
      }),
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

function judgeRate(verdicts: Verdicts<Aspect>, observation: Observation): void {
  const rate = observation.series.filter((series) => RATE.test(series.name))
  present(
    verdicts,
    'rate',
    rate,
    'http_requests_total',
    observation,
    (series) => series.afterMilli - series.beforeMilli >= observation.sent * 1000,
  )
}

function judgeErrors(verdicts: Verdicts<Aspect>, observation: Observation): void {
  const counted = observation.series.filter((series) => RATE.test(series.name) || /error/i.test(series.name))
  if (observation.errors === 0) {
    verdicts.inconclusive('errors', {
      code: 'no-errors-sent',
      message: 'No request was answered with an error.',
      where: observation.path ?? '',
      expected: 'at least one',
      observed: `0 of ${observation.sent}`,
      fix: 'See why unknown paths are not answered 404 (OBS-21).',
    })
    return
  }
  present(
    verdicts,
    'errors',
    counted,
    'http_requests_total with a label status',
    observation,
    (series) =>
      series.errorsAfterMilli - series.errorsBeforeMilli >= 1000 ||
      (/error/i.test(series.name) && series.afterMilli - series.beforeMilli >= 1000),
  )
}

function present(
  verdicts: Verdicts<Aspect>,
  aspect: Aspect,
  series: readonly Series[],
  name: string,
  observation: Observation,
  moves: (series: Series) => boolean,
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
    const shown = series
      .slice(0, 4)
      .map(
        (entry) =>
          `${entry.name} ${entry.beforeMilli / 1000} -> ${entry.afterMilli / 1000}, errors ${entry.errorsBeforeMilli / 1000} -> ${entry.errorsAfterMilli / 1000}`,
      )
    verdicts.fail(aspect, {
      code: 'metric-does-not-move',
      message: `The metric of the ${aspect} does not follow what happens.`,
      where,
      expected: `a change that fits ${observation.sent} requests, ${observation.errors} of them errors`,
      observed: shown.join('; '),
      fix: 'Count in a hook that runs for every answer, those to unknown paths and failed requests included.',
    })
  }
}

function without(o: Observation, names: RegExp): Observation | null {
  return o.series.some((series) => names.test(series.name))
    ? { ...o, series: o.series.filter((series) => !names.test(series.name)) }
    : null
}

function still(o: Observation, names: RegExp): Observation {
  return {
    ...o,
    series: o.series.map((series) =>
      names.test(series.name) ? { ...series, afterMilli: series.beforeMilli } : series,
    ),
  }
}
