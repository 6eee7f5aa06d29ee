import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'
import {
  asStarted,
  type BootRecord,
  bootRecordSchema,
  changeFirst,
  describeBoot,
  messagesOf,
  names,
  refusalProblem,
} from '../../lib-boot/boot-record.ts'

const observationSchema = z.strictObject({
  baseline: bootRecordSchema,
  /** All variables that the registry calls required: the denominator. */
  required: z.array(z.string()),
  /** One start for each of them, without it. */
  without: z.array(bootRecordSchema.extend({ variable: z.string() })),
  /** One start without any of them; null: it was not tried. */
  withoutAll: bootRecordSchema.nullable(),
})
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({})
export type Params = z.infer<typeof paramsSchema>
const ASPECTS = ['stops-the-start', 'named', 'port-closed', 'all-in-one-message'] as const

export const judge = defineJudge<Observation, Params, (typeof ASPECTS)[number]>({
  version: 1,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation) {
    const verdicts = new Verdicts(ASPECTS)
    const { required, without, withoutAll } = observation
    const untried = required.filter((name) => !without.some((record) => record.variable === name))
    if (observation.baseline.outcome !== 'ready' || required.length === 0 || untried.length > 0) {
      for (const aspect of ASPECTS) {
        verdicts.inconclusive(aspect, {
          code: 'not-every-variable-tried',
          message: 'Not every required variable was removed once beside a start that worked.',
          where: untried[0] ?? 'variables',
          expected: `${required.length} required variables, each removed once, and more than none`,
          observed: `good start: ${describeBoot(observation.baseline)}; not removed: ${untried.join(', ') || 'none'}`,
          fix: 'See why the service does not start, then run again.',
        })
      }
      return verdicts.done()
    }
    verdicts.pass('stops-the-start').pass('named').pass('port-closed')
    for (const record of without) judgeOne(verdicts, record, [record.variable])
    if (withoutAll) judgeAll(verdicts, withoutAll, required)
    return verdicts.done()
  },
  refutations: [
    { id: 'silent-default', breaks: 'stops-the-start', code: 'started-anyway', apply: (o) => changeOne(o, asStarted) },
    {
      id: 'exits-zero',
      breaks: 'stops-the-start',
      code: 'exit-zero',
      apply: (o) => changeOne(o, (record) => ({ ...record, code: 0 })),
    },
    {
      id: 'hangs',
      breaks: 'stops-the-start',
      code: 'did-not-exit',
      apply: (o) =>
        changeOne(o, (record) => ({ ...record, outcome: 'not-ready', code: null, signal: null, portOpened: false })),
    },
    {
      id: 'not-named',
      breaks: 'named',
      code: 'variable-not-named',
      apply: (o) => changeOne(o, (record) => ({ ...record, lines: ['missing variable'] })),
    },
    {
      id: 'port-opened-first',
      breaks: 'port-closed',
      code: 'port-opened',
      apply: (o) => changeOne(o, (record) => ({ ...record, portOpened: true })),
    },
    {
      id: 'one-at-a-time',
      breaks: 'all-in-one-message',
      code: 'not-all-named',
      apply(o) {
        const [first, second] = o.required
        return first && second && o.withoutAll
          ? { ...o, withoutAll: { ...o.withoutAll, lines: [`${first} is missing`] } }
          : null
      },
    },
    {
      id: 'a-message-each',
      breaks: 'all-in-one-message',
      code: 'not-all-named',
      apply: (o) =>
        o.withoutAll && o.required.length > 1
          ? {
              ...o,
              withoutAll: {
                ...o.withoutAll,
                lines: o.required.map((name) => JSON.stringify({ level: 'fatal', msg: `${name} is missing` })),
              },
            }
          : null,
    },
    {
      id: 'one-not-tried',
      breaks: 'stops-the-start',
      code: 'not-every-variable-tried',
      apply: (o) => ({ ...o, without: o.without.slice(1) }),
    },
  ],
})

function judgeOne(verdicts: Verdicts<(typeof ASPECTS)[number]>, record: BootRecord, missing: readonly string[]): void {
  const where = missing.join(', ')
  const problem = refusalProblem(record)
  if (problem) {
    verdicts.fail('stops-the-start', {
      ...problem,
      where,
      expected: 'an exit code other than 0',
      fix: 'Read all variables at start and exit with a code other than 0 when a required one is missing; give it no default.',
    })
  } else if (!missing.every((name) => record.lines.some((line) => names(line, name)))) {
    verdicts.fail('named', {
      code: 'variable-not-named',
      message: `Started ${record.purpose}, it did not say what is missing.`,
      where,
      expected: `output that names ${where}`,
      observed: record.lines.slice(-2).join(' | ').slice(0, 300) || 'no output',
      fix: 'Name each missing variable in the message.',
    })
  }
  if (record.portOpened) {
    verdicts.fail('port-closed', {
      code: 'port-opened',
      message: `Started ${record.purpose}, it opened its port.`,
      where,
      expected: 'the port is never opened',
      observed: describeBoot(record),
      fix: 'Read and check the whole configuration before anything listens.',
    })
  }
}

function judgeAll(verdicts: Verdicts<(typeof ASPECTS)[number]>, record: BootRecord, required: readonly string[]): void {
  const problem = refusalProblem(record)
  const counts = messagesOf(record.lines).map((message) => required.filter((name) => names(message.text, name)).length)
  const most = Math.max(0, ...counts)
  if (!problem && most === required.length) {
    verdicts.pass('all-in-one-message')
    return
  }
  verdicts.fail('all-in-one-message', {
    code: problem?.code ?? 'not-all-named',
    message:
      problem?.message ??
      `With all ${required.length} required variables missing, no message names more than ${most} of them.`,
    where: required.join(', '),
    expected: `one message that names all ${required.length}`,
    observed: problem?.observed ?? (record.lines.slice(-2).join(' | ').slice(0, 300) || 'no output'),
    fix: 'Collect every problem first, then report all of them in one message, so that nobody mends them one start at a time.',
  })
}

function changeOne(
  observation: Observation,
  change: (record: Observation['without'][number]) => Observation['without'][number],
): Observation | null {
  const without = changeFirst(observation.without, (record) => record.outcome === 'exited', change)
  return without && { ...observation, without }
}
