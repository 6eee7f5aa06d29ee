import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'
import {
  asStarted,
  bootRecordSchema,
  changeFirst,
  describeBoot,
  isErrorRecord,
  messagesOf,
  names,
  normaliseLine,
  refusalProblem,
} from '../../lib-boot/boot-record.ts'

const crashSchema = bootRecordSchema.extend({
  /** `missing` or a kind of malformed value. */
  kind: z.string(),
  variable: z.string(),
  /** Time it was given to exit. */
  limitMs: z.int().positive(),
})
const observationSchema = z.strictObject({ baseline: bootRecordSchema, errors: z.array(crashSchema) })
export type Observation = z.infer<typeof observationSchema>
type Crash = z.infer<typeof crashSchema>
const paramsSchema = z.strictObject({})
export type Params = z.infer<typeof paramsSchema>
const ASPECTS = ['exit-code', 'in-time', 'once'] as const

export const judge = defineJudge<Observation, Params, (typeof ASPECTS)[number]>({
  version: 1,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation) {
    const verdicts = new Verdicts(ASPECTS)
    if (observation.baseline.outcome !== 'ready' || observation.errors.length === 0) {
      for (const aspect of ASPECTS) {
        verdicts.inconclusive(aspect, {
          code: 'nothing-tried',
          message: 'No configuration error was made beside a start that worked.',
          where: 'variables',
          expected: 'a good start, and at least one with a configuration error',
          observed: `good start: ${describeBoot(observation.baseline)}; ${observation.errors.length} with an error`,
          fix: 'See why the service does not start, then run again.',
        })
      }
      return verdicts.done()
    }
    for (const aspect of ASPECTS) verdicts.pass(aspect)
    for (const crash of observation.errors) judgeCrash(verdicts, crash)
    return verdicts.done()
  },
  refutations: [
    { id: 'went-on', breaks: 'exit-code', code: 'started-anyway', apply: (o) => change(o, asStarted) },
    {
      id: 'exits-zero',
      breaks: 'exit-code',
      code: 'exit-zero',
      apply: (o) => change(o, (crash) => ({ ...crash, code: 0 })),
    },
    {
      id: 'killed',
      breaks: 'exit-code',
      code: 'killed-by-signal',
      apply: (o) => change(o, (crash) => ({ ...crash, code: null, signal: 'SIGABRT' })),
    },
    {
      id: 'hangs',
      breaks: 'in-time',
      code: 'did-not-exit',
      apply: (o) =>
        change(o, (crash) => ({ ...crash, outcome: 'not-ready', code: null, signal: null, afterMs: crash.limitMs })),
    },
    {
      id: 'logged-twice',
      breaks: 'once',
      code: 'logged-more-than-once',
      apply: (o) => change(o, (crash) => ({ ...crash, lines: [...crash.lines, ...crash.lines] })),
    },
    {
      id: 'restart-loop-in-text',
      breaks: 'once',
      code: 'logged-more-than-once',
      apply: (o) =>
        change(o, (crash) => ({
          ...crash,
          lines: [1, 2, 3].map((n) => `2026-01-01T00:00:0${n}Z Error: ${crash.variable} is wrong`),
        })),
    },
    { id: 'silent', breaks: 'once', code: 'not-logged', apply: (o) => change(o, (crash) => ({ ...crash, lines: [] })) },
    { id: 'nothing-tried', breaks: 'once', code: 'nothing-tried', apply: (o) => ({ ...o, errors: [] }) },
  ],
})

function judgeCrash(verdicts: Verdicts<(typeof ASPECTS)[number]>, crash: Crash): void {
  const where = `${crash.variable} (${crash.kind})`
  const problem = refusalProblem(crash)
  if (problem) {
    const fix = 'End the process with an exit code other than 0 as soon as the configuration turns out to be wrong.'
    const expected = `an exit code other than 0 within ${crash.limitMs} ms`
    verdicts.fail(problem.code === 'did-not-exit' ? 'in-time' : 'exit-code', { ...problem, where, expected, fix })
    if (problem.code !== 'exit-zero') return
  }
  const records = errorRecords(crash)
  if (records.length === 1) return
  verdicts.fail('once', {
    code: records.length === 0 ? 'not-logged' : 'logged-more-than-once',
    message:
      records.length === 0
        ? `Started ${crash.purpose}, it wrote no error that names ${crash.variable}.`
        : `Started ${crash.purpose}, it wrote the error ${records.length} times.`,
    where,
    expected: 'exactly one error record',
    observed:
      records.slice(0, 3).join(' | ').slice(0, 400) || crash.lines.slice(-2).join(' | ').slice(0, 300) || 'no output',
    fix: 'Log the error at one place, and let the platform start the process again, not the process itself.',
  })
}

/**
 * Every record of the error: structured lines of level error and above, and blocks of plain text that name the variable. A
 * block in which the same line comes back is as many records as it comes back: a loop.
 */
function errorRecords(crash: Crash): string[] {
  return messagesOf(crash.lines).flatMap((message) => {
    if (message.json) return isErrorRecord(message.json) ? [message.text] : []
    const lines = message.text.split('\n').filter((line) => names(line, crash.variable))
    const counts = new Map<string, number>()
    for (const line of lines) counts.set(normaliseLine(line), (counts.get(normaliseLine(line)) ?? 0) + 1)
    const times = Math.max(0, ...counts.values())
    return lines.length === 0 ? [] : lines.slice(0, times)
  })
}

function change(observation: Observation, alter: (crash: Crash) => Crash): Observation | null {
  const errors = changeFirst(observation.errors, (crash) => crash.outcome === 'exited', alter)
  return errors && { ...observation, errors }
}
