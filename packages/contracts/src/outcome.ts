import { z } from 'zod'

/** Every result a check can have. Only `pass` opens a gate. */
export const OUTCOMES = ['pass', 'fail', 'inconclusive', 'error', 'not_applicable'] as const
export type Outcome = (typeof OUTCOMES)[number]
export const outcomeSchema = z.enum(OUTCOMES)

/** From worst to best. `not_applicable` is last: it decides only when there is nothing else. */
const SEVERITY: readonly Outcome[] = ['fail', 'error', 'inconclusive', 'pass', 'not_applicable']

/**
 * The outcome of a whole from the outcomes of its parts: the worst one.
 * An empty list is `inconclusive`: nothing was looked at, so nothing was proved.
 */
export function worstOutcome(outcomes: Iterable<Outcome>): Outcome {
  let worst = SEVERITY.length
  for (const outcome of outcomes) worst = Math.min(worst, SEVERITY.indexOf(outcome))
  return SEVERITY[worst] ?? 'inconclusive'
}
