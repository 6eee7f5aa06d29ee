import type { ControlSpec, RowStatus, Subject, VerdictRow, VerifiedEvidence } from '@greengate/contracts'
import type { CompiledRequirement } from './compile-policy.ts'

/** Later passes in a row, on identical inputs, after which a control that was seen to fail counts as settled again. */
const PASSES_TO_SETTLE = 3

/** What is the same for every row of one decision. */
export interface RowContext {
  readonly subject: Subject
  readonly nowMs: number
  /** A return to a release that served here before: the age of its evidence, and later changes of checks, do not count. */
  readonly returning: boolean
  readonly anchored: boolean
  /** Key ids whose evidence counts as a runner's; empty: every one that is trusted as such. */
  readonly runners: readonly string[]
}

/**
 * The status of one control on one target. Only `pass`, and `not_applicable` by an absent fact, are not red.
 *
 * @param candidates All evidence of this control and target, in any order.
 */
export function judgeRow(
  context: RowContext,
  required: CompiledRequirement,
  spec: ControlSpec | undefined,
  target: string,
  candidates: readonly VerifiedEvidence[],
): VerdictRow {
  const control = required.requirement.control
  if (!spec) return rowOf(control, target, 'unproved', 'The catalogue does not know this control.')
  if (spec.checkDigest === '') return rowOf(control, target, 'unproved', 'There is no check for this control yet.')

  // One pass over the candidates; `why` keeps the last reason for which one did not count.
  let why = ''
  let newest: VerifiedEvidence | null = null
  let usable = 0
  for (const candidate of candidates) {
    const refusal = whyUnusable(candidate, spec, required, context)
    if (refusal === '') {
      usable += 1
      if (newest === null || compare(candidate, newest) > 0) newest = candidate
    } else why = refusal
  }
  if (newest === null) {
    return rowOf(
      control,
      target,
      'missing',
      why === '' ? 'There is no evidence for it.' : `There is evidence, and it does not count: ${why}`,
    )
  }
  const { evidence, digest } = newest
  // A date that can't be read is NaN, which is not within any age.
  if (!context.returning && !(context.nowMs - newest.toMs <= spec.maxAgeS * 1000)) {
    return rowOf(control, target, 'expired', `The evidence is older than ${spec.maxAgeS} s.`, digest)
  }
  if (evidence.outcome === 'not_applicable') return notApplicableRow(newest, spec, control, target)
  if (evidence.outcome !== 'pass')
    return rowOf(control, target, evidence.outcome, evidence.reason || firstFinding(newest), digest)
  if (usable > 1 && isFlaky(candidates.filter((candidate) => whyUnusable(candidate, spec, required, context) === ''))) {
    return rowOf(
      control,
      target,
      'flaky',
      `It failed and passed on identical inputs; ${PASSES_TO_SETTLE} passes in a row, or changed inputs, settle it.`,
      digest,
    )
  }
  return rowOf(control, target, 'pass', '', digest)
}

function rowOf(
  control: VerdictRow['control'],
  target: string,
  status: RowStatus,
  reason: string,
  evidence = '',
): VerdictRow {
  return { control, target, status, reason, evidence }
}

/** Why this evidence can't speak for this subject under this policy; empty if it can. */
function whyUnusable(
  candidate: VerifiedEvidence,
  spec: ControlSpec,
  required: CompiledRequirement,
  input: RowContext,
): string {
  const { evidence } = candidate
  const { requirement } = required
  if (!input.returning && evidence.check.digest !== spec.checkDigest) return 'the check has changed since.'
  for (const bind of spec.binds) {
    const wanted = input.subject.binds[bind]
    if (!wanted || evidence.subject.binds[bind] !== wanted) return `it is about another ${bind}.`
  }
  if (evidence.subject.name !== input.subject.name) return 'it is about another service.'
  if (candidate.paramsDigest !== required.paramsDigest) return 'it was judged with other parameters.'
  if (requirement.trust === 'runner' && candidate.trust !== 'runner') return 'the policy asks for evidence of a runner.'
  if (requirement.trust === 'runner' && input.runners.length > 0 && !input.runners.includes(candidate.keyid))
    return 'the policy does not name the key that signed it among its runners.'
  if (requirement.envs.length > 0 && !requirement.envs.includes(evidence.env)) return `it was taken in ${evidence.env}.`
  if (input.anchored && !candidate.anchored) return 'its ledger is not anchored.'
  if (!(candidate.toMs <= input.nowMs)) return 'it is from the future.'
  return ''
}

function notApplicableRow(
  newest: VerifiedEvidence,
  spec: ControlSpec,
  control: VerdictRow['control'],
  target: string,
): VerdictRow {
  const { evidence, digest } = newest
  const fact = evidence.facts.find(
    (candidate) => candidate.name === spec.objectFact && candidate.target === evidence.target,
  )
  if (spec.objectFact !== undefined && fact?.state === 'absent')
    return rowOf(control, target, 'not_applicable', fact.how, digest)
  return rowOf(
    control,
    target,
    'inconclusive',
    'It was called not applicable, and no fact says that its object is absent.',
    digest,
  )
}

function firstFinding(verified: VerifiedEvidence): string {
  return verified.evidence.judgement.findings[0]?.message ?? ''
}

/**
 * By time, then so that of two at the same moment the one that isn't a pass counts, then by digest: a total order, so
 * that the order of arrival never matters.
 */
function compare(a: VerifiedEvidence, b: VerifiedEvidence): number {
  const byTime = a.toMs - b.toMs
  if (byTime !== 0) return byTime
  const byOutcome = Number(a.evidence.outcome !== 'pass') - Number(b.evidence.outcome !== 'pass')
  return byOutcome === 0 ? (a.digest < b.digest ? -1 : 1) : byOutcome
}

/** A fail that fewer than three passes in a row have followed. All of `usable` have identical inputs. */
function isFlaky(usable: readonly VerifiedEvidence[]): boolean {
  const ordered = inOrder(usable)
  if (!ordered.some((one) => one.evidence.outcome === 'fail')) return false
  const last = ordered.slice(-PASSES_TO_SETTLE)
  return last.length < PASSES_TO_SETTLE || last.some((one) => one.evidence.outcome !== 'pass')
}

/** Observations in their order, each once: one that was recalled in a later run, and signed again there, was made once. */
function inOrder(evidence: readonly VerifiedEvidence[]): VerifiedEvidence[] {
  const seen = new Set<string>()
  return [...evidence].sort(compare).filter(({ evidence: { from, to, outcome } }) => {
    const key = `${from} ${to} ${outcome}`
    return !seen.has(key) && seen.add(key)
  })
}

/**
 * What a later decision about the same subject must not lose sight of: of each control and target that was seen to fail, its last
 * failure and all that followed, until three passes in a row did.
 *
 * @param history Verified evidence about one subject, in any order.
 */
export function unsettledEvidence(history: readonly VerifiedEvidence[]): VerifiedEvidence[] {
  const rows = Map.groupBy(history, ({ evidence, paramsDigest }) =>
    JSON.stringify([evidence.control, evidence.target, paramsDigest, evidence.subject.binds, evidence.check.digest]),
  )
  return [...rows.values()].flatMap((row) => {
    if (!isFlaky(row)) return []
    const ordered = inOrder(row)
    return ordered.slice(ordered.findLastIndex((one) => one.evidence.outcome === 'fail'))
  })
}
