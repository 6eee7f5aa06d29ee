import {
  type AnyJudge,
  type Evidence,
  type Judge,
  type Judgement,
  judgementOutcome,
  type Outcome,
  type Refutation,
} from '@greengate/contracts'
import { canonicalize } from '../canonical.ts'
import { EvidenceError } from '../errors.ts'
import { isExercised } from './honesty.ts'

/** The judge of a control, or null if there is none here. */
export type JudgeLookup = (control: string) => AnyJudge | null | Promise<AnyJudge | null>

/**
 * Judges a stored observation again. Aspects, outcome and the fingerprints of the findings must be the same, and each
 * refutation that can be applied must still be caught where the outcome is a pass.
 *
 * @throws EvidenceError JUDGE_UNKNOWN, OBSERVATION_UNREADABLE, JUDGEMENT_DIFFERS, PASS_UNPROVED
 */
export function rejudge(evidence: Evidence, anyJudge: AnyJudge | null): void {
  const judge = anyJudge as unknown as Judge<unknown, unknown> | null
  if (!judge) throw new EvidenceError('JUDGE_UNKNOWN', `There is no judge of ${evidence.control} here.`)
  if (judge.version !== evidence.check.version) {
    throw new EvidenceError(
      'JUDGE_UNKNOWN',
      `The judge of ${evidence.control} here has version ${judge.version}; this was judged by version ${evidence.check.version}.`,
    )
  }
  const { observation, params, judgement } = readable(evidence, () => {
    const stored = judge.parse(evidence.observation)
    const given = judge.parseParams(evidence.params)
    return { observation: stored, params: given, judgement: judge.judge(stored, given) }
  })
  if (canonicalize(judgement.aspects) !== canonicalize(evidence.judgement.aspects)) {
    throw new EvidenceError('JUDGEMENT_DIFFERS', 'Judged again, its aspects come out differently.')
  }
  if (fingerprints(judgement) !== fingerprints(evidence.judgement)) {
    throw new EvidenceError('JUDGEMENT_DIFFERS', 'Judged again, other things are found.')
  }
  const outcome = outcomeOf(judgement, evidence)
  if (outcome !== evidence.outcome) {
    throw new EvidenceError('JUDGEMENT_DIFFERS', `Judged again, its outcome is ${outcome} and not ${evidence.outcome}.`)
  }
  if (outcome !== 'pass') return
  const problem = readable(evidence, () => whyUnrefuted(judge, observation, params, judgement))
  if (problem !== '') throw new EvidenceError('PASS_UNPROVED', problem)
}

/** A judge is total for what a check observed; what makes it throw was not written by that check. */
function readable<T>(evidence: Evidence, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw new EvidenceError(
      'OBSERVATION_UNREADABLE',
      `The judge of ${evidence.control} can't read the stored observation.`,
      { cause },
    )
  }
}

function fingerprints(judgement: { readonly findings: readonly { readonly fingerprint: string }[] }): string {
  return judgement.findings
    .map((finding) => finding.fingerprint)
    .sort()
    .join()
}

/** A judge's pass counts only with refutations tried and caught, and something exercised: as in the run itself. */
function outcomeOf(judgement: Judgement, evidence: Evidence): Outcome {
  const outcome = judgementOutcome(judgement)
  if (outcome !== 'pass') return outcome
  if (evidence.refutations.missed.length > 0) return 'error'
  return evidence.refutations.tried > 0 && isExercised(evidence) ? 'pass' : 'inconclusive'
}

/** Which refutation the judge lets pass, or that none can be applied; empty if all is well. */
function whyUnrefuted(
  judge: Judge<unknown, unknown>,
  observation: unknown,
  params: unknown,
  before: Judgement,
): string {
  let tried = false
  for (const refutation of judge.refutations) {
    // A copy each: a refutation that changes its argument must not spoil the next one.
    const broken = refutation.apply(copyOf(observation))
    if (broken === null) continue
    const after = judge.judge(broken, params)
    const aspect = after.aspects[refutation.breaks]
    const untouched = before.aspects[refutation.breaks]?.outcome === 'not_applicable'
    if (untouched && aspect?.outcome === 'not_applicable') continue
    tried = true
    if (!isCaught(after, refutation)) return `Its judge does not catch the refutation ${refutation.id}.`
  }
  return tried ? '' : 'No refutation can be applied to its observation.'
}

/** Whether a judgement names what a refutation broke: by its aspect, with its code, and not as a pass. */
function isCaught(after: Judgement, { breaks, code }: Refutation<unknown>): boolean {
  const aspect = after.aspects[breaks]
  if (!aspect || aspect.outcome === 'pass' || aspect.outcome === 'not_applicable') return false
  return aspect.code === code || after.findings.some((one) => one.aspect === breaks && one.code === code)
}

/** A deep copy of plain data, several times as fast as `structuredClone`, which takes over for anything else. */
function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((entry: unknown) => copyOf(entry)) as T
  if (Object.getPrototypeOf(value) !== Object.prototype) return structuredClone(value)
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, copyOf<unknown>(entry)])) as T
}
