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
  refusalProblem,
} from '../../lib-boot/boot-record.ts'

const mismatchSchema = bootRecordSchema.extend({
  /** The two sources that disagree, and what each says. */
  first: z.strictObject({ source: z.string(), says: z.string() }),
  second: z.strictObject({ source: z.string(), says: z.string() }),
})
const observationSchema = z.strictObject({
  /** All sources agree. */
  baseline: bootRecordSchema,
  /** Names of the sources of the lock, and the variables through which the service learns them. */
  sources: z.array(z.string()),
  lockVariables: z.array(z.string()),
  mismatches: z.array(mismatchSchema),
  /** All pairs of sources times all ordered pairs of environments, tried or not. */
  combinations: z.int().nonnegative(),
})
export type Observation = z.infer<typeof observationSchema>
type Mismatch = z.infer<typeof mismatchSchema>
const paramsSchema = z.strictObject({})
export type Params = z.infer<typeof paramsSchema>
const ASPECTS = ['refuses', 'one-config-error', 'port-closed'] as const

export const judge = defineJudge<Observation, Params, (typeof ASPECTS)[number]>({
  version: 1,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation) {
    const verdicts = new Verdicts(ASPECTS)
    const missing = untriedPairs(observation)
    if (observation.baseline.outcome !== 'ready' || observation.mismatches.length === 0 || missing.length > 0) {
      for (const aspect of ASPECTS) {
        verdicts.inconclusive(aspect, {
          code: 'not-every-pair-tried',
          message: 'Not every pair of sources disagreed once in both directions beside a start in which all agree.',
          where: missing[0] ?? 'environmentLock',
          expected: 'a good start in which all sources agree, and each pair of sources disagreeing in both directions',
          observed: `all agree: ${describeBoot(observation.baseline)}; not tried: ${missing.join('; ') || 'none'}`,
          fix: 'Correct `environmentLock` so that the service starts when all its sources agree.',
        })
      }
      return verdicts.done()
    }
    verdicts.pass('refuses').pass('one-config-error').pass('port-closed')
    for (const mismatch of observation.mismatches) judgeMismatch(verdicts, mismatch, observation.lockVariables)
    return verdicts.done()
  },
  refutations: [
    { id: 'lock-ignored', breaks: 'refuses', code: 'started-anyway', apply: (o) => change(o, asStarted) },
    {
      id: 'exits-zero',
      breaks: 'refuses',
      code: 'exit-zero',
      apply: (o) => change(o, (record) => ({ ...record, code: 0 })),
    },
    {
      id: 'hangs',
      breaks: 'refuses',
      code: 'did-not-exit',
      apply: (o) =>
        change(o, (record) => ({ ...record, outcome: 'not-ready', code: null, signal: null, portOpened: false })),
    },
    {
      id: 'port-opened-first',
      breaks: 'port-closed',
      code: 'port-opened',
      apply: (o) => change(o, (record) => ({ ...record, portOpened: true })),
    },
    {
      id: 'logged-twice',
      breaks: 'one-config-error',
      code: 'logged-more-than-once',
      apply: (o) => change(o, (record) => ({ ...record, lines: [...record.lines, ...record.lines] })),
    },
    {
      id: 'plain-text',
      breaks: 'one-config-error',
      code: 'not-structured',
      apply: (o) => change(o, (record) => ({ ...record, lines: ['Error: environments differ'] })),
    },
    {
      id: 'pair-not-tried',
      breaks: 'refuses',
      code: 'not-every-pair-tried',
      apply: (o) => ({
        ...o,
        mismatches: o.mismatches.filter((mismatch) => mismatch.first.source !== o.mismatches[0]?.first.source),
      }),
    },
  ],
})

function judgeMismatch(
  verdicts: Verdicts<(typeof ASPECTS)[number]>,
  mismatch: Mismatch,
  variables: readonly string[],
): void {
  const where = `${mismatch.first.source}: ${mismatch.first.says}, ${mismatch.second.source}: ${mismatch.second.says}`
  const problem = refusalProblem(mismatch)
  if (mismatch.portOpened) {
    verdicts.fail('port-closed', {
      code: 'port-opened',
      message: `Started ${mismatch.purpose}, it opened its port.`,
      where,
      expected: 'the port is never opened',
      observed: describeBoot(mismatch),
      fix: 'Compare the sources before anything listens.',
    })
  }
  if (problem) {
    verdicts.fail('refuses', {
      ...problem,
      where,
      expected: 'an exit code other than 0',
      fix: 'Compare all sources of the environment at start and refuse to start when two of them disagree.',
    })
    return
  }
  const errors = messagesOf(mismatch.lines).filter((message) => message.json !== null && isErrorRecord(message.json))
  const observed = mismatch.lines.slice(-3).join(' | ').slice(0, 400) || 'no output'
  const fix =
    'Write one JSON line: {"level":"fatal","error":{"name":"ConfigError","message":"..."}}, naming the variables that disagree.'
  const expected = 'exactly one JSON line of level error or fatal that names the variables which disagree'
  if (errors.length === 0) {
    verdicts.fail('one-config-error', {
      code: 'not-structured',
      message: `Started ${mismatch.purpose}, it wrote no structured error.`,
      where,
      expected,
      observed,
      fix,
    })
  } else if (errors.length > 1) {
    verdicts.fail('one-config-error', {
      code: 'logged-more-than-once',
      message: `Started ${mismatch.purpose}, it wrote ${errors.length} error records.`,
      where,
      expected,
      observed,
      fix,
    })
  } else if (!errors.some(({ text }) => variables.some((name) => names(text, name)) || /environment/i.test(text))) {
    // It may have been refused for something else, so the lock is not proved.
    verdicts.inconclusive('refuses', {
      code: 'refused-for-another-reason',
      message: `Started ${mismatch.purpose}, it was refused with a message that names neither the environment nor its variables.`,
      where,
      expected,
      observed,
      fix: 'Name the variables that disagree, or make the other settings valid in every environment.',
    })
  }
}

function untriedPairs(observation: Observation): string[] {
  const { sources, mismatches } = observation
  const untried: string[] = []
  for (const [index, a] of sources.entries()) {
    for (const b of sources.slice(index + 1)) {
      const tried = mismatches.filter((mismatch) => mismatch.first.source === a && mismatch.second.source === b)
      const both = tried.some((one) =>
        tried.some((other) => one.first.says === other.second.says && one.second.says === other.first.says),
      )
      if (!both) untried.push(`${a} and ${b}`)
    }
  }
  return sources.length < 2 ? ['at least two sources'] : untried
}

function change(observation: Observation, alter: (record: Mismatch) => Mismatch): Observation | null {
  const mismatches = changeFirst(observation.mismatches, (record) => record.outcome === 'exited', alter)
  return mismatches && { ...observation, mismatches }
}
