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
  /**
   * Of each kind how many were answered (`read`, `identified`: as a whole and without an error), and on how many of them
   * there is any line. What came last and may still be in a buffer is left out.
   */
  kinds: z.array(
    z.strictObject({
      kind: z.enum(['read', 'identified', 'probe', 'unknown', 'broken']),
      answered: z.int(),
      recorded: z.int(),
    }),
  ),
  /** Lines about requests that name none of the ids sent, and those of them that say who it was. */
  unlinked: z.strictObject({ lines: z.int(), withActor: z.int() }),
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
type Kind = Observation['kinds'][number]['kind']
const paramsSchema = z.strictObject({ jsonPercentMin: z.number().min(1).max(100).default(90) })
export type Params = z.infer<typeof paramsSchema>

const ASPECTS = ['json', 'stdout', 'fields', 'actor'] as const
/** Fewer lines than this are no sample. */
export const LINES_MIN = 5
const RECORDS_MIN = 3
/**
 * Kinds that must leave a record, each request of them: routes that served. Unknown paths and bodies that can't be read are
 * turned away by routers and parsers before many a sound service's log hears of them; probes are left out on purpose.
 */
const REQUIRED = ['read', 'identified'] as const
const FIELDS = (Object.keys(LOG_FIELDS) as LogField[]).filter((field) => field !== 'actor')
const FIX =
  'Write one JSON object per line to standard output with a structured logger, and one line per finished request from a middleware: event, level, time, service, correlation id, duration, actor.'

export const judge = defineJudge<Observation, Params, (typeof ASPECTS)[number]>({
  version: 2,
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
      id: 'successes-not-logged',
      breaks: 'fields',
      code: 'no-request-record',
      apply: (o) => unrecorded(o, REQUIRED, 0),
    },
    { id: 'one-not-logged', breaks: 'fields', code: 'no-request-record', apply: (o) => unrecorded(o, REQUIRED, -1) },
    {
      id: 'identified-not-logged',
      breaks: 'actor',
      code: 'no-request-record',
      apply: (o) => {
        const changed = unrecorded(o, ['identified'], 0)
        return changed && { ...changed, records: o.records.filter((record) => !record.identified) }
      },
    },
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
  if (isMissing(observation)) missing(verdicts, 'fields', observation)
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
  const sent = required(observation, ['identified']).answered
  if (identified.length === 0 && sent === 0) verdicts.notApplicable('actor', 'no-identities')
  else if (identified.length === 0) judgeUnlinkedActor(verdicts, observation, sent)
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

/** Requests with an identity were served, and no line can be told to be about one of them. */
function judgeUnlinkedActor(
  verdicts: Verdicts<(typeof ASPECTS)[number]>,
  observation: Observation,
  sent: number,
): void {
  if (isMissing(observation)) missing(verdicts, 'actor', observation)
  else if (observation.unlinked.withActor >= sent) verdicts.pass('actor')
  else
    verdicts.inconclusive('actor', {
      code: 'records-not-linked',
      message: 'It can not be told which records are about the requests with an identity.',
      where: 'request records: actor',
      expected: `the id that was sent, or ${sent} records that say who it was`,
      observed: `${observation.unlinked.withActor} of ${observation.unlinked.lines} records without a known id say it`,
      fix: 'Take over x-request-id or x-correlation-id, and log it (OBS-02).',
    })
}

function required(
  { kinds }: Observation,
  names: readonly Kind[] = REQUIRED,
): { readonly answered: number; readonly recorded: number } {
  const chosen = kinds.filter(({ kind }) => names.includes(kind))
  return {
    answered: chosen.reduce((sum, { answered }) => sum + answered, 0),
    recorded: chosen.reduce((sum, { recorded }) => sum + recorded, 0),
  }
}

/** More requests left no line than there are lines that could be about them; lines that were dropped could be, too. */
function isMissing(observation: Observation): boolean {
  const { answered, recorded } = required(observation)
  return observation.lines.dropped === 0 && answered - recorded > observation.unlinked.lines
}

function missing(
  verdicts: Verdicts<(typeof ASPECTS)[number]>,
  aspect: 'fields' | 'actor',
  observation: Observation,
): void {
  const each = observation.kinds.map(({ kind, answered, recorded }) => `${kind} ${recorded} of ${answered}`)
  verdicts.fail(aspect, {
    code: 'no-request-record',
    message: 'Requests that were served left no record.',
    where: 'stdout',
    expected: `a record for each of the ${required(observation).answered} reads and requests with an identity`,
    observed: `${each.join(', ')}; ${observation.unlinked.lines} records without a known id`,
    fix: FIX,
  })
}

/** With as many records of these kinds as are said; below zero: so many fewer than were answered. */
function unrecorded(o: Observation, names: readonly Kind[], recorded: number): Observation | null {
  if (o.lines.dropped > 0 || required(o, names).answered === 0) return null
  return {
    ...o,
    unlinked: { lines: 0, withActor: 0 },
    kinds: o.kinds.map((entry) => {
      if (!names.includes(entry.kind) || entry.answered === 0) return entry
      return { ...entry, recorded: recorded < 0 ? entry.answered + recorded : recorded }
    }),
  }
}
