import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'
import { LOG_FIELDS, type LogField, saysField } from '../../lib-http/log-records.ts'

const observationSchema = z.strictObject({
  /** Lines with something on them; `json`: those that are one JSON object. */
  lines: z.strictObject({ total: z.int(), json: z.int(), stdout: z.int(), stdoutJson: z.int(), dropped: z.int() }),
  /** The first lines that are not JSON, cut short. */
  otherLines: z.array(z.string()),
  /** Requests that were answered. */
  sent: z.int(),
  /** What the log says about requests that were sent: found by the id they carried, or by their unique path. */
  records: z.array(
    z.strictObject({
      foundBy: z.enum(['id', 'path', 'shape']),
      /** It was sent with an identity. */
      identified: z.boolean(),
      stream: z.enum(['stdout', 'stderr']),
      /** Names of the members that hold something, over all lines about this request. */
      keys: z.array(z.string()),
    }),
  ),
})
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({ jsonPercentMin: z.number().min(1).max(100).default(90) })
export type Params = z.infer<typeof paramsSchema>

const ASPECTS = ['json', 'stdout', 'fields', 'actor'] as const
/** Fewer lines than this are no sample. */
export const LINES_MIN = 5
const RECORDS_MIN = 3
const FIELDS = (Object.keys(LOG_FIELDS) as LogField[]).filter((field) => field !== 'actor')
const FIX =
  'Write one JSON object per line to standard output with a structured logger, and one line per finished request from a middleware: event, level, time, service, correlation id, duration, actor.'

export const judge = defineJudge<Observation, Params, (typeof ASPECTS)[number]>({
  version: 1,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation, params) {
    const verdicts = new Verdicts(ASPECTS)
    const { lines, records } = observation
    if (lines.total < LINES_MIN) return judgeSilence(verdicts, observation).done()
    if (lines.json * 100 >= lines.total * params.jsonPercentMin) verdicts.pass('json')
    else {
      verdicts.fail('json', {
        code: 'not-json',
        message: `${lines.total - lines.json} of ${lines.total} lines are not a JSON object.`,
        where: 'stdout and stderr',
        expected: `at least ${params.jsonPercentMin} %`,
        observed: `${lines.json} of ${lines.total}; first: ${observation.otherLines[0] ?? ''}`,
        fix: FIX,
      })
    }
    if (lines.stdoutJson > 0 && (records.length === 0 || records.some((record) => record.stream === 'stdout')))
      verdicts.pass('stdout')
    else
      verdicts.fail('stdout', {
        code: 'not-on-stdout',
        message: 'The structured lines do not come on standard output.',
        where: 'stdout',
        expected: 'JSON lines on stdout',
        observed: `${lines.stdoutJson} of ${lines.stdout} lines on stdout, ${lines.total - lines.stdout} lines on stderr`,
        fix: FIX,
      })
    judgeFields(verdicts, observation)
    return verdicts.done()
  },
  refutations: [
    {
      id: 'text-lines',
      breaks: 'json',
      code: 'not-json',
      apply: (o) => ({ ...o, lines: { ...o.lines, json: Math.floor(o.lines.total / 2) } }),
    },
    {
      id: 'nothing-written',
      breaks: 'json',
      code: 'no-lines',
      apply: (o) => ({ ...o, lines: { total: 0, json: 0, stdout: 0, stdoutJson: 0, dropped: 0 } }),
    },
    {
      id: 'on-stderr',
      breaks: 'stdout',
      code: 'not-on-stdout',
      apply: (o) => ({
        ...o,
        lines: { ...o.lines, stdout: 0, stdoutJson: 0 },
        records: o.records.map((record) => ({ ...record, stream: 'stderr' as const })),
      }),
    },
    ...FIELDS.map((field) => ({
      id: `no-${field.replaceAll(' ', '-')}`,
      breaks: 'fields' as const,
      code: 'field-missing',
      apply: (o: Observation): Observation | null =>
        o.records.length === 0
          ? null
          : {
              ...o,
              records: o.records.map((record) => ({
                ...record,
                keys: record.keys.filter((key) => !saysField([key], field)),
              })),
            },
    })),
    { id: 'no-request-records', breaks: 'fields', code: 'no-request-record', apply: (o) => ({ ...o, records: [] }) },
    {
      id: 'no-actor',
      breaks: 'actor',
      code: 'actor-missing',
      apply: (o) =>
        o.records.some((record) => record.identified)
          ? {
              ...o,
              records: o.records.map((record) => ({
                ...record,
                keys: record.keys.filter((key) => !saysField([key], 'actor')),
              })),
            }
          : null,
    },
  ],
})

/** Next to nothing was written: no sample for the format, and a defect of its own where requests were answered. */
function judgeSilence(
  verdicts: Verdicts<(typeof ASPECTS)[number]>,
  observation: Observation,
): Verdicts<(typeof ASPECTS)[number]> {
  const { lines, sent } = observation
  for (const aspect of ASPECTS) {
    verdicts.inconclusive(aspect, {
      code: 'no-lines',
      message: 'The service wrote next to nothing.',
      where: 'stdout and stderr',
      expected: `at least ${LINES_MIN} lines after ${sent} requests`,
      observed: String(lines.total),
      fix: 'Log to standard output; a log that only goes to a file or a collector is not seen here.',
    })
  }
  if (sent >= LINES_MIN && lines.dropped === 0) {
    verdicts.fail('fields', {
      code: 'no-request-record',
      message: 'The log does not say which requests were served.',
      where: 'stdout',
      expected: `a record for each of the ${sent} requests that were answered`,
      observed: `${lines.total} lines in all`,
      fix: FIX,
    })
  }
  return verdicts
}

function judgeFields(verdicts: Verdicts<(typeof ASPECTS)[number]>, observation: Observation): void {
  const { records, lines } = observation
  if (records.length < RECORDS_MIN) {
    for (const aspect of ['fields', 'actor'] as const) {
      verdicts.fail(aspect, {
        code: 'no-request-record',
        message: 'The log does not say which requests were served.',
        where: 'stdout',
        expected: `a record for each of the ${observation.sent} requests sent`,
        observed: `${records.length} records in ${lines.total} lines`,
        fix: FIX,
      })
    }
    return
  }
  verdicts.pass('fields')
  for (const field of FIELDS) {
    const without = records.filter((record) => !saysField(record.keys, field)).length
    if (without === 0) continue
    verdicts.fail('fields', {
      code: 'field-missing',
      message: `Records of requests do not say: ${field}.`,
      where: `request records: ${field}`,
      expected: `one of ${LOG_FIELDS[field].slice(0, 5).join(', ')}`,
      observed: `${without} of ${records.length} records without; members: ${records[0]?.keys.join(', ').slice(0, 300) ?? ''}`,
      fix: FIX,
    })
  }
  const identified = records.filter((record) => record.identified)
  const anonymous = identified.filter((record) => !saysField(record.keys, 'actor')).length
  if (identified.length === 0) verdicts.notApplicable('actor', 'no-identities')
  else if (anonymous === 0) verdicts.pass('actor')
  else
    verdicts.fail('actor', {
      code: 'actor-missing',
      message: 'Records of requests with an identity do not say who it was.',
      where: 'request records: actor',
      expected: `one of ${LOG_FIELDS.actor.slice(0, 6).join(', ')}`,
      observed: `${anonymous} of ${identified.length} records without`,
      fix: FIX,
    })
}
