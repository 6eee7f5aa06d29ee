import {
  type AnyCheck,
  CannotObserve,
  type Check,
  type CheckContext,
  type Fact,
  GreengateError,
  type Json,
  type Judgement,
  judgementOutcome,
  OBSERVATION_BYTES_MAX,
  type Outcome,
} from '@greengate/contracts'
import type { Redactor } from './redact.ts'
import { refute, type RefutationResult } from './refute.ts'

/** What one check came to: everything of the evidence that the check itself is the source of. */
export interface CheckResult {
  readonly outcome: Outcome
  readonly reason: string
  readonly observation: Json
  readonly judgement: {
    aspects: Record<string, { outcome: Outcome; code: string }>
    findings: Judgement['findings'][number][]
  }
  readonly refutations: RefutationResult
  readonly exercised: Record<string, number>
  readonly fromMs: number
  readonly toMs: number
}

const NOT_TRIED: RefutationResult = { tried: 0, caught: 0, missed: [] }

/** What `runCheck` needs besides the context. */
export interface RunCheckOptions {
  readonly redactor: () => Redactor
  readonly canonicalize: (json: Json) => string
}

/**
 * Observes once, redacts, judges, and refutes. There is no retry. Whatever goes wrong on the way becomes an outcome
 * that isn't a pass; only a start command that doesn't exist is thrown, because then the configuration is wrong.
 */
export async function runCheck(check: AnyCheck, context: CheckContext, options: RunCheckOptions): Promise<CheckResult> {
  const fromMs = context.clock.nowMs()
  const without = (outcome: Outcome, reason: string, code: string): CheckResult =>
    withoutObservation(check, outcome, reason, code, fromMs, context.clock.nowMs())
  const gone = applicability(check, context.facts, context.target)
  if (gone) return without(gone.outcome, gone.reason, gone.code)

  const observed = await observe(check, context)
  if ('problem' in observed) return without(observed.problem.outcome, observed.problem.reason, observed.problem.code)
  const redactor = options.redactor()
  let canonical: string
  let data: unknown
  try {
    canonical = options.canonicalize(redactor.redact(observed.data as Json))
    data = check.judge.parse(JSON.parse(canonical) as Json)
  } catch (error) {
    return without(
      'error',
      `The observation does not have the shape that its judge reads: ${messageOf(error)}`,
      'malformed-observation',
    )
  }
  if (Buffer.byteLength(canonical) > OBSERVATION_BYTES_MAX) {
    return without(
      'inconclusive',
      `The observation has more than ${OBSERVATION_BYTES_MAX} bytes.`,
      'observation-too-large',
    )
  }
  if (redactor.holdsSecret(canonical))
    return without('inconclusive', 'The observation still held a secret and was dropped.', 'observation-held-secret')
  return {
    ...judgeObservation(check, data, context.params, observed.exercised),
    observation: JSON.parse(canonical) as Json,
    fromMs,
    toMs: context.clock.nowMs(),
  }
}

/** Judges a parsed observation and feeds its refutations: the pure half of a check. */
export function judgeObservation(
  { judge }: Pick<AnyCheck, 'judge'>,
  data: unknown,
  params: unknown,
  exercised: Readonly<Record<string, number>>,
): Pick<CheckResult, 'outcome' | 'reason' | 'judgement' | 'refutations' | 'exercised'> {
  const judgement = judge.judge(data, params)
  const refutations = refute(judge, data, params, judgement)
  let outcome = judgementOutcome(judgement)
  let reason = outcome === 'pass' ? '' : (judgement.findings[0]?.message ?? '')
  const sum = Object.values(exercised).reduce((total, count) => total + count, 0)
  if (outcome === 'pass' && refutations.missed.length > 0) {
    outcome = 'error'
    reason = `This check can't fail: it let pass ${refutations.missed.join(', ')}.`
  } else if (outcome === 'pass' && refutations.tried === 0) {
    outcome = 'inconclusive'
    reason = 'No refutation could be applied to what was seen, so nothing shows that this check can fail here.'
  } else if (outcome === 'pass' && !(sum > 0)) {
    outcome = 'inconclusive'
    reason = 'Nothing was exercised: no request, no file, no sample.'
  }
  const plain = JSON.parse(JSON.stringify(judgement)) as CheckResult['judgement']
  return { outcome, reason, judgement: plain, refutations, exercised: { ...exercised } }
}

interface Problem {
  readonly outcome: Outcome
  readonly reason: string
  readonly code: string
}

function applicability(check: Check, facts: readonly Fact[], target: string): Problem | null {
  const name = check.control.objectFact
  if (name === undefined) return null
  const fact = facts.find((candidate) => candidate.name === name && candidate.target === target)
  if (fact?.state === 'present') return null
  if (fact?.state === 'absent') return { outcome: 'not_applicable', reason: fact.how, code: `no-${name}` }
  return {
    outcome: 'inconclusive',
    reason: `It is not known whether there is a ${name}: ${fact?.how ?? 'nothing looked'}.`,
    code: `unknown-${name}`,
  }
}

async function observe(
  check: Check<unknown, unknown>,
  context: CheckContext,
): Promise<{ data: unknown; exercised: Readonly<Record<string, number>> } | { problem: Problem }> {
  if (context.tree === null && check.needs.capabilities.includes('tree')) {
    return {
      problem: {
        outcome: 'inconclusive',
        reason: 'There is no source tree in this run. Run it in the repository.',
        code: 'no-tree',
      },
    }
  }
  if (context.testbed === null && check.needs.capabilities.includes('boot')) {
    return {
      problem: {
        outcome: 'inconclusive',
        reason: 'It is not known how to start the service. Add start.command to the configuration.',
        code: 'no-start-command',
      },
    }
  }
  if (context.signal.aborted)
    return { problem: { outcome: 'inconclusive', reason: 'The run was stopped.', code: 'stopped' } }
  const limit = AbortSignal.timeout(check.needs.timeoutMs)
  const signal = AbortSignal.any([context.signal, limit])
  const stopped = new Promise<never>((_resolve, reject) => {
    const stop = (): void => reject(new Error('stopped'))
    // What was aborted before says so no more.
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
  try {
    const observation = await Promise.race([check.observe({ ...context, signal }), stopped])
    return { data: observation.data, exercised: observation.exercised }
  } catch (error) {
    if (limit.aborted)
      return {
        problem: {
          outcome: 'inconclusive',
          reason: `It did not finish within ${check.needs.timeoutMs} ms.`,
          code: 'timeout',
        },
      }
    if (context.signal.aborted)
      return { problem: { outcome: 'inconclusive', reason: 'The run was stopped.', code: 'stopped' } }
    if (error instanceof CannotObserve)
      return { problem: { outcome: 'inconclusive', reason: `${error.message} ${error.fix}`, code: error.code } }
    if (error instanceof GreengateError) {
      if (error.code === 'START_COMMAND_NOT_FOUND') throw error
      return {
        problem: {
          outcome: 'inconclusive',
          reason: `${error.message} ${error.fix}`,
          code: error.code.toLowerCase().replaceAll('_', '-'),
        },
      }
    }
    return {
      problem: { outcome: 'error', reason: `The check itself failed: ${messageOf(error)}`, code: 'check-failed' },
    }
  }
}

function withoutObservation(
  check: Check,
  outcome: Outcome,
  reason: string,
  code: string,
  fromMs: number,
  toMs: number,
): CheckResult {
  const aspects = Object.fromEntries(check.judge.aspects.map((aspect) => [aspect, { outcome, code }]))
  return {
    outcome,
    reason,
    observation: null,
    judgement: { aspects, findings: [] },
    refutations: NOT_TRIED,
    exercised: {},
    fromMs,
    toMs,
  }
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.length > 500 ? `${text.slice(0, 500)}…` : text
}
