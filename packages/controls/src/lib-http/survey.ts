import { z } from 'zod'
import { type Exchange, exchangeSchema } from './exchange.ts'

/** Every way in which errors are provoked; see provoke.ts for how. */
export const PROVOCATIONS = [
  'not-found',
  'wrong-method',
  'malformed',
  'wrong-content-type',
  'too-large',
  'validation',
  'no-identity',
  'other-identity',
  'repeated-creation',
  'flood',
  'sign-in-flood',
  'dependency-refused',
  'odd-input',
  'declared-error',
] as const
export type Provocation = (typeof PROVOCATIONS)[number]

/** A provocation for which there was nothing to provoke it with. */
const blankSchema = z.strictObject({
  kind: z.enum(PROVOCATIONS),
  /** True: it is known that the object is absent. False: it is not known how to provoke it. */
  absent: z.boolean(),
  code: z.string(),
  reason: z.string(),
})

/** What the ERR controls look at: every provoked error with its answer, and what could not be provoked and why. */
export const surveySchema = z.strictObject({
  /** A request that must succeed did: the service was there. */
  baseline: z.strictObject({ path: z.string(), status: z.int() }),
  exchanges: z.array(exchangeSchema),
  blanks: z.array(blankSchema),
  /** Statuses that the OpenAPI description declares anywhere; null without a description. */
  declaredStatuses: z.array(z.string()).nullable(),
})
export type Survey = z.infer<typeof surveySchema>

/** Answers that are errors, whatever provoked them. */
export function errorAnswers(survey: Survey): Exchange[] {
  return survey.exchanges.filter((exchange) => exchange.status >= 400)
}

/** The exchanges of one provocation. */
export function ofKind(survey: Survey, kind: Provocation): Exchange[] {
  return survey.exchanges.filter((exchange) => exchange.kind === kind)
}

/** Replaces the first exchange that fits by a changed one; null if none fits. */
export function changeFirst(
  survey: Survey,
  fits: (exchange: Exchange) => boolean,
  change: (exchange: Exchange) => Exchange,
): Survey | null {
  const index = survey.exchanges.findIndex(fits)
  const exchange = survey.exchanges[index]
  return exchange ? { ...survey, exchanges: survey.exchanges.with(index, change(exchange)) } : null
}
