import type { Judge, Judgement, Refutation } from '@greengate/contracts'

/** How the refutations of one observation went. */
export interface RefutationResult {
  readonly tried: number
  readonly caught: number
  /** Ids of those that the judge let pass. */
  readonly missed: readonly string[]
}

/**
 * Feeds every refutation of this very observation to its judge. One that isn't caught means that the check can't fail
 * in that way, so its green is worth nothing.
 *
 * A refutation that can't be applied (null), or that breaks an aspect whose object is absent both before and after, is
 * not counted.
 */
export function refute<O, P, A extends string>(
  judge: Judge<O, P, A>,
  observation: O,
  params: P,
  before: Judgement<A>,
): RefutationResult {
  let tried = 0
  const missed: string[] = []
  for (const refutation of judge.refutations) {
    const broken = refutation.apply(structuredClone(observation))
    if (broken === null) continue
    const after = judge.judge(broken, params)
    const untouched = before.aspects[refutation.breaks].outcome === 'not_applicable'
    if (untouched && after.aspects[refutation.breaks].outcome === 'not_applicable') continue
    tried += 1
    if (!caught(after, refutation)) missed.push(refutation.id)
  }
  return { tried, caught: tried - missed.length, missed }
}

/** Whether a judgement names what a refutation broke: by its aspect, with its code, and not as a pass. */
export function caught<O, A extends string>(
  after: Judgement<A>,
  refutation: Pick<Refutation<O, A>, 'breaks' | 'code'>,
): boolean {
  const aspect = after.aspects[refutation.breaks]
  if (aspect.outcome === 'pass' || aspect.outcome === 'not_applicable') return false
  return (
    aspect.code === refutation.code ||
    after.findings.some((finding) => finding.aspect === refutation.breaks && finding.code === refutation.code)
  )
}
