import type { BootVariant, CheckContext, FindingInput, VariableSpec, Verdicts } from '@greengate/contracts'
import { z } from 'zod'
import { asStarted, bootRecordSchema, changeFirst, describeBoot, names, refusalProblem } from './boot-record.ts'
import { inParallel, recordBoot } from './boots.ts'

/** Starts with one bad value each: what CFG-04, CFG-07 and SCR-08 observe. */
export const trialsSchema = z.strictObject({
  /** The start as configured became ready: without that a refusal proves nothing. */
  baseline: bootRecordSchema,
  trials: z.array(
    bootRecordSchema.extend({
      variable: z.string(),
      /** What was wrong with the value: `not-a-number`, `changeme`, ... */
      kind: z.string(),
    }),
  ),
  /** Variables that had to be tried; each must occur in `trials`. */
  variables: z.array(z.string()),
  /** All combinations of variable and bad value, tried or not. */
  combinations: z.int().nonnegative(),
})
export type Trials = z.infer<typeof trialsSchema>
export type Trial = Trials['trials'][number]

export interface PlannedTrial {
  readonly variable: string
  readonly kind: string
  readonly value: string
}

const STARTS_AT_ONCE = 2

/** Starts the service once for each planned trial. */
export async function runTrials(
  context: CheckContext,
  planned: readonly PlannedTrial[],
  timeoutMs: number,
  base: Pick<BootVariant, 'env' | 'files'> = {},
): Promise<Trial[]> {
  return inParallel(planned, STARTS_AT_ONCE, async ({ variable, kind, value }) => {
    const record = await recordBoot(context, {
      ...base,
      purpose: `with ${variable} ${kind}`,
      env: { ...base.env, [variable]: value },
      readyTimeoutMs: timeoutMs,
    })
    return { ...record, variables: [variable], variable, kind }
  })
}

/** Judges trials: each was refused in an orderly way, before the port was opened, and the message names the variable. */
export function judgeTrials<A extends string>(
  verdicts: Verdicts<A>,
  aspects: { readonly refused: A; readonly named: A },
  observation: Trials,
  words: { readonly expected: string; readonly fix: string },
): void {
  const where = (trial: Trial): string => `${trial.variable} (${trial.kind})`
  const untried = observation.variables.filter((name) => !observation.trials.some((trial) => trial.variable === name))
  if (observation.baseline.outcome !== 'ready' || observation.trials.length === 0 || untried.length > 0) {
    const missing: Omit<FindingInput, 'aspect'> = {
      code: 'nothing-tried',
      message: 'There is not a trial for every variable beside a start that worked.',
      where: untried[0] ?? 'variables',
      expected: 'a good start, and at least one bad one for each variable',
      observed: `good start: ${describeBoot(observation.baseline)}; ${observation.trials.length} trials; not tried: ${untried.join(', ') || 'none'}`,
      fix: 'See why the service does not start, then run again.',
    }
    verdicts.inconclusive(aspects.refused, missing).inconclusive(aspects.named, missing)
    return
  }
  verdicts.pass(aspects.refused).pass(aspects.named)
  for (const trial of observation.trials) {
    const problem = refusalProblem(trial)
    if (problem) {
      verdicts.fail(aspects.refused, { ...problem, where: where(trial), expected: words.expected, fix: words.fix })
      continue
    }
    if (trial.portOpened) {
      verdicts.fail(aspects.refused, {
        code: 'port-opened',
        message: `Started ${trial.purpose}, it opened its port before it refused.`,
        where: where(trial),
        expected: words.expected,
        observed: describeBoot(trial),
        fix: 'Read and check the whole configuration before anything listens.',
      })
    }
    if (!trial.lines.some((line) => names(line, trial.variable))) {
      verdicts.fail(aspects.named, {
        code: 'variable-not-named',
        message: `Started ${trial.purpose}, it exited without saying which variable is wrong.`,
        where: where(trial),
        expected: `output that names ${trial.variable}`,
        observed: trial.lines.slice(-2).join(' | ').slice(0, 300) || 'no output',
        fix: `Name the variable in the message: "${trial.variable} ...".`,
      })
    }
  }
}

/** The refutations that every observation of trials has. */
export const trialRefutations = [
  { id: 'one-accepted', code: 'started-anyway', apply: (trials: Trials) => changeTrial(trials, asStarted) },
  {
    id: 'one-exits-zero',
    code: 'exit-zero',
    apply: (trials: Trials) => changeTrial(trials, (trial) => ({ ...trial, code: 0 })),
  },
  {
    id: 'one-hangs',
    code: 'did-not-exit',
    apply: (trials: Trials) =>
      changeTrial(trials, (trial) => ({ ...trial, outcome: 'not-ready', code: null, signal: null, portOpened: false })),
  },
  {
    id: 'port-opened-first',
    code: 'port-opened',
    apply: (trials: Trials) => changeTrial(trials, (trial) => ({ ...trial, portOpened: true })),
  },
  { id: 'nothing-tried', code: 'nothing-tried', apply: (trials: Trials) => ({ ...trials, trials: [] }) },
] as const

/** The service refused, and told nobody why. */
export function unnamed(trials: Trials): Trials | null {
  return changeTrial(trials, (trial) => ({ ...trial, lines: ['configuration error'] }))
}

function changeTrial(observation: Trials, change: (trial: Trial) => Trial): Trials | null {
  const trials = changeFirst(observation.trials, (trial) => trial.outcome === 'exited', change)
  return trials && { ...observation, trials }
}

/** Bad values of a variable by its declared format; empty where the format allows everything. */
export function malformedValues(spec: VariableSpec): { kind: string; value: string }[] {
  const out: { kind: string; value: string }[] = []
  const add = (kind: string, value: string): void => void out.push({ kind, value })
  const { min, max } = spec
  switch (spec.format) {
    case 'port':
      add('not-a-number', 'abc')
      add('out-of-range', '70000')
      break
    case 'int':
    case 'number':
      add('not-a-number', 'abc')
      if (min !== undefined) add('below-minimum', String(min - 1))
      if (max !== undefined) add('above-maximum', String(max + 1))
      else add('infinite', '1e999')
      break
    case 'boolean':
      add('neither-true-nor-false', 'maybe')
      break
    case 'url':
      add('not-a-url', 'not a url')
      break
    case 'enum':
      add('unknown-value', 'greengate-unknown-value')
      break
    case 'duration':
      add('not-a-duration', 'soonish')
      break
    case 'json':
      add('broken-json', '{"a":')
      break
    case 'email':
      add('not-an-address', 'nobody-at-nowhere')
      break
    case 'host':
      add('not-a-host', 'not a host!')
      break
    case 'string':
      if (min !== undefined && min > 1) add('too-short', 'Zq7')
      if (max !== undefined && max < 4096) add('too-long', 'Zq7k'.repeat(Math.ceil((max + 1) / 4)))
      if (spec.pattern !== undefined && !fits(spec.pattern, '!! ??')) add('against-its-pattern', '!! ??')
      break
  }
  return out
}

function fits(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern).test(value)
  } catch {
    return true
  }
}

/** Takes at most `max` items so that every group keeps its first ones: first one of each, then the second ones, ... */
export function takeEvenly<T>(groups: readonly (readonly T[])[], max: number): T[] {
  const out: T[] = []
  const longest = Math.max(0, ...groups.map((group) => group.length))
  for (let round = 0; round < longest; round++) {
    for (const group of groups) {
      const item = group[round]
      if (item !== undefined && out.length < max) out.push(item)
    }
  }
  return out
}
