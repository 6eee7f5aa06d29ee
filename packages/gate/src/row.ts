import type { ControlSpec, RowStatus, Subject, VerdictRow, VerifiedEvidence } from '@greengate/contracts'
import type { CompiledRequirement } from './compile-policy.ts'

/** Later passes in a row, on identical inputs, after which a control that was seen to fail counts as settled again. */
const PASSES_TO_SETTLE = 3

/** Everything that the status of one control on one target depends on. */
export interface RowInput {
  readonly requirement: CompiledRequirement
  readonly spec: ControlSpec | undefined
  readonly target: string
  readonly subject: Subject
  /** All evidence of this control and target, in any order. */
  readonly candidates: readonly VerifiedEvidence[]
  readonly nowMs: number
  /** A return to a release that served here before: the age of its evidence, and later changes of checks, do not count. */
  readonly returning: boolean
  readonly anchored: boolean
}

/** The status of one control on one target. Only `pass`, and `not_applicable` by an absent fact, are not red. */
export function judgeRow(input: RowInput): VerdictRow {
  const control = input.requirement.requirement.control
  const row = (status: RowStatus, reason: string, evidence = ''): VerdictRow => ({
    control,
    target: input.target,
    status,
    reason,
    evidence,
  })
  const { spec } = input
  if (!spec) return row('unproved', 'The catalogue does not know this control.')
  if (spec.checkDigest === '') return row('unproved', 'There is no check for this control yet.')

  // One pass over the candidates; `why` keeps the last reason for which one did not count.
  let why = ''
  const usable: VerifiedEvidence[] = []
  for (const candidate of input.candidates) {
    const refusal = whyUnusable(candidate, spec, input)
    if (refusal === '') usable.push(candidate)
    else why = refusal
  }
  if (usable.length === 0) {
    return row(
      'missing',
      why === '' ? 'There is no evidence for it.' : `There is evidence, and it does not count: ${why}`,
    )
  }
  const newest = usable.length === 1 ? (usable[0] as VerifiedEvidence) : newestOf(usable)
  const { evidence } = newest
  const ageMs = input.nowMs - Date.parse(evidence.to)
  // A date that can't be read gives NaN, which is not within any age.
  if (!input.returning && !(ageMs <= spec.maxAgeS * 1000)) {
    return row('expired', `The evidence is older than ${spec.maxAgeS} s.`, newest.digest)
  }
  if (evidence.outcome === 'not_applicable') return notApplicableRow(newest, spec, row)
  if (evidence.outcome !== 'pass') return row(evidence.outcome, evidence.reason || firstFinding(newest), newest.digest)
  if (usable.length > 1 && isFlaky(usable)) {
    return row(
      'flaky',
      `It failed and passed on identical inputs; ${PASSES_TO_SETTLE} passes in a row, or changed inputs, settle it.`,
      newest.digest,
    )
  }
  return row('pass', '', newest.digest)
}

/** Why this evidence can't speak for this subject under this policy; empty if it can. */
function whyUnusable(candidate: VerifiedEvidence, spec: ControlSpec, input: RowInput): string {
  const { evidence } = candidate
  const { requirement } = input.requirement
  if (!input.returning && evidence.check.digest !== spec.checkDigest) return 'the check has changed since.'
  for (const bind of spec.binds) {
    const wanted = input.subject.binds[bind]
    if (!wanted || evidence.subject.binds[bind] !== wanted) return `it is about another ${bind}.`
  }
  if (evidence.subject.name !== input.subject.name) return 'it is about another service.'
  if (candidate.paramsDigest !== input.requirement.paramsDigest) return 'it was judged with other parameters.'
  if (requirement.trust === 'runner' && candidate.trust !== 'runner') return 'the policy asks for evidence of a runner.'
  if (requirement.envs.length > 0 && !requirement.envs.includes(evidence.env)) return `it was taken in ${evidence.env}.`
  if (input.anchored && !candidate.anchored) return 'its ledger is not anchored.'
  if (!(Date.parse(evidence.to) <= input.nowMs)) return 'it is from the future.'
  return ''
}

function notApplicableRow(
  newest: VerifiedEvidence,
  spec: ControlSpec,
  row: (status: RowStatus, reason: string, evidence: string) => VerdictRow,
): VerdictRow {
  const { evidence } = newest
  const fact = evidence.facts.find(
    (candidate) => candidate.name === spec.objectFact && candidate.target === evidence.target,
  )
  if (spec.objectFact !== undefined && fact?.state === 'absent') return row('not_applicable', fact.how, newest.digest)
  return row('inconclusive', 'It was called not applicable, and no fact says that its object is absent.', newest.digest)
}

function firstFinding(verified: VerifiedEvidence): string {
  return verified.evidence.judgement.findings[0]?.message ?? ''
}

function newestOf(usable: readonly VerifiedEvidence[]): VerifiedEvidence {
  return usable.reduce((best, candidate) => (compare(candidate, best) > 0 ? candidate : best))
}

/**
 * By time, then so that of two at the same moment the one that isn't a pass counts, then by digest: a total order, so
 * that the order of arrival never matters.
 */
function compare(a: VerifiedEvidence, b: VerifiedEvidence): number {
  const byTime = Date.parse(a.evidence.to) - Date.parse(b.evidence.to)
  if (byTime !== 0) return byTime
  const byOutcome = Number(a.evidence.outcome !== 'pass') - Number(b.evidence.outcome !== 'pass')
  return byOutcome === 0 ? (a.digest < b.digest ? -1 : 1) : byOutcome
}

/** A fail that fewer than three passes in a row have followed. All of `usable` have identical inputs. */
function isFlaky(usable: readonly VerifiedEvidence[]): boolean {
  const ordered = [...usable].sort(compare)
  const lastFailure = ordered.findLastIndex((candidate) => candidate.evidence.outcome === 'fail')
  if (lastFailure === -1) return false
  const passesSince = ordered.slice(lastFailure + 1).filter((candidate) => candidate.evidence.outcome === 'pass').length
  const interrupted = ordered.slice(lastFailure + 1).some((candidate) => candidate.evidence.outcome !== 'pass')
  return interrupted || passesSince < PASSES_TO_SETTLE
}
