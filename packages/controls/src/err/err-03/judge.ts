import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'
import { errorFields } from '../../lib-http/envelope.ts'
import { registrySchema, type RegistryEntry } from '../../lib-http/error-registry.ts'
import { type Exchange, placeOf } from '../../lib-http/exchange.ts'
import { changeFirst, errorAnswers, surveySchema } from '../../lib-http/survey.ts'

const observationSchema = z.strictObject({
  /**
   * Null: the service has none; then 429 and 503 count as retriable, the other errors of the caller as not, and a 5xx of
   * another number only where its own answer names a time.
   */
  registry: registrySchema.nullable(),
  survey: surveySchema,
})
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({})
export type Params = z.infer<typeof paramsSchema>

const ASPECTS = ['429', '5xx', 'others'] as const
type Aspect = (typeof ASPECTS)[number]
/** Mistakes of the caller: the same request fails again however long it waits. */
const NEVER = new Set([400, 401, 403, 404, 405, 409, 415, 422])

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 2,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation) {
    const verdicts = new Verdicts<Aspect>(ASPECTS)
    const answers = errorAnswers(observation.survey)
    for (const answer of answers) judgeAnswer(verdicts, answer, entryOf(observation, answer))
    for (const aspect of ASPECTS) {
      const ofAspect = answers.filter((answer) => aspectOf(answer) === aspect)
      if (!ofAspect.some((answer) => isDecided(answer, entryOf(observation, answer))))
        missing(verdicts, observation, aspect, ofAspect)
    }
    return verdicts.done()
  },
  refutations: [
    {
      id: 'no-wait-on-429',
      breaks: '429',
      code: 'retry-after-missing',
      apply: (o) =>
        change(
          o,
          (e) => e.status === 429,
          (e) => withRetryAfter(e, null),
        ),
    },
    {
      id: 'nonsense-on-429',
      breaks: '429',
      code: 'retry-after-malformed',
      apply: (o) =>
        change(
          o,
          (e) => e.status === 429,
          (e) => withRetryAfter(e, 'soon'),
        ),
    },
    {
      id: 'no-wait-on-5xx',
      breaks: '5xx',
      code: 'retry-after-missing',
      apply: (o) =>
        change(
          o,
          (e) => e.status >= 500 && isRetriable(withRetryAfter(e, null), entryOf(o, e)) === true,
          (e) => withRetryAfter(e, null),
        ),
    },
    {
      id: 'nonsense-on-5xx',
      breaks: '5xx',
      code: 'retry-after-malformed',
      apply: (o) =>
        change(
          o,
          (e) => e.status >= 500 && isRetriable(e, entryOf(o, e)) === true,
          (e) => withRetryAfter(e, 'soon'),
        ),
    },
    {
      id: 'no-wait-on-unlisted-503',
      breaks: '5xx',
      code: 'retry-after-missing',
      apply: (o) =>
        change(
          { ...o, registry: null },
          (e) => e.status >= 500,
          (e) => withRetryAfter({ ...e, status: 503 }, null),
        ),
    },
    {
      id: 'unlisted-500-alone',
      breaks: '5xx',
      code: 'not-provoked',
      apply: (o) => {
        const absent = o.survey.blanks.some((entry) => entry.kind === 'dependency-refused' && entry.absent)
        const seen = !absent && o.survey.exchanges.some((e) => e.status >= 500)
        const exchanges = o.survey.exchanges.map((e) =>
          e.status >= 500 ? withRetryAfter({ ...e, status: 500 }, null) : e,
        )
        return seen ? { registry: null, survey: { ...o.survey, exchanges } } : null
      },
    },
    {
      id: 'other-value-on-5xx',
      breaks: '5xx',
      code: 'retry-after-not-as-registered',
      apply: (o) =>
        o.registry
          ? change(
              o,
              (e) =>
                e.status >= 500 &&
                e.headers['retry-after'] !== undefined &&
                typeof entryOf(o, e)?.retryAfterS === 'number' &&
                isRetriable(e, entryOf(o, e)) === true,
              (e) => withRetryAfter(e, '86399'),
            )
          : null,
    },
    {
      id: 'wait-on-404',
      breaks: 'others',
      code: 'retry-after-on-final-error',
      apply: (o) =>
        change(
          o,
          (e) => e.status === 404,
          (e) => withRetryAfter(e, '30'),
        ),
    },
    {
      id: 'wait-on-400',
      breaks: 'others',
      code: 'retry-after-on-final-error',
      apply: (o) =>
        change(
          o,
          (e) => e.status === 400,
          (e) => withRetryAfter(e, '30'),
        ),
    },
  ],
})

function judgeAnswer(verdicts: Verdicts<Aspect>, answer: Exchange, entry: RegistryEntry | undefined): void {
  const aspect = aspectOf(answer)
  const value = answer.headers['retry-after']
  const retriable = isRetriable(answer, entry)
  const problem = (code: string, message: string, expected: string): void => {
    verdicts.fail(aspect, {
      code,
      message,
      where: placeOf(answer),
      expected,
      observed: value === undefined ? 'no Retry-After' : `Retry-After: ${value}`,
      fix: 'Set Retry-After where the error answer is made, from the registry entry of its code, and nowhere else.',
    })
  }
  if (isDecided(answer, entry)) verdicts.pass(aspect)
  if (retriable === null) return
  if (!retriable) {
    if (value !== undefined)
      problem(
        'retry-after-on-final-error',
        "The request can't succeed later, and the answer says when to try again.",
        'no Retry-After',
      )
    return
  }
  if (value === undefined)
    return problem(
      'retry-after-missing',
      'The request may be tried again, and the answer does not say when.',
      'Retry-After',
    )
  const seconds = /^\d+$/.test(value) ? Number(value) : null
  // An HTTP date is as good as seconds (RFC 9110, 10.2.3).
  if (seconds === null && Number.isNaN(Date.parse(value)))
    return problem(
      'retry-after-malformed',
      'Retry-After is neither seconds nor a date.',
      'whole seconds or an HTTP date',
    )
  const registered = entry?.retryAfterS ?? null
  if (seconds === null || registered === null) return
  // A window that is partly over leaves less than the whole of it to wait for.
  const right = answer.status === 429 ? seconds >= 1 && seconds <= registered : seconds === registered
  if (!right)
    problem(
      'retry-after-not-as-registered',
      'Retry-After is not what the registry gives for this code.',
      answer.status === 429 ? `1 to ${registered}` : String(registered),
    )
}

/**
 * Whether the same request may succeed later; null: nobody says so. The registry decides. Without it, the statuses do that
 * HTTP gives Retry-After to (429: RFC 6585, 4; 503: RFC 9110, 15.6.4). A 500 is an unexpected failure that may be there to
 * stay, even while a dependency is down; a service that names a time with it has said itself that it is not.
 */
function isRetriable(answer: Exchange, entry: RegistryEntry | undefined): boolean | null {
  if (entry && entry.retriable !== null) return entry.retriable
  if (answer.status === 429 || answer.status === 503) return true
  if (NEVER.has(answer.status)) return false
  return answer.status >= 500 && answer.headers['retry-after'] !== undefined ? true : null
}

/** Whether an answer shows anything: a 5xx of which nobody knows whether it is retriable is right with and without a time. */
function isDecided(answer: Exchange, entry: RegistryEntry | undefined): boolean {
  return aspectOf(answer) !== '5xx' || isRetriable(answer, entry) !== null
}

/** The entry of an answer's code; undefined: the registry has none, or there is no registry. */
function entryOf(observation: Observation, answer: Exchange): RegistryEntry | undefined {
  const { code } = errorFields(answer)
  return observation.registry?.entries.findLast((entry) => entry.code === code)
}

/** Nothing of this kind was decided by `seen`: not a pass, unless it is known that there is nothing to see. */
function missing(
  verdicts: Verdicts<Aspect>,
  observation: Observation,
  aspect: Aspect,
  seen: readonly Exchange[],
): void {
  const kinds = aspect === '429' ? ['flood'] : aspect === '5xx' ? ['dependency-refused'] : ['not-found']
  const blank = observation.survey.blanks.find((entry) => kinds.includes(entry.kind))
  if (blank?.absent) return void verdicts.notApplicable(aspect, blank.code)
  const tried = observation.survey.exchanges.filter((exchange) => kinds.includes(exchange.kind))
  verdicts.inconclusive(aspect, {
    code: 'not-provoked',
    message:
      seen.length > 0
        ? 'None of the answers of this kind (5xx) says whether the request may be tried again.'
        : `No error answer of this kind (${aspect}) was seen.`,
    where: observation.survey.baseline.path,
    expected: seen.length > 0 ? 'a 503, or an error registry that lists the code of the answer' : 'at least one',
    observed:
      seen.length > 0
        ? [...new Set(seen.map((answer) => `${answer.status} without Retry-After`))].join(', ')
        : (blank?.reason ?? (tried.map((exchange) => exchange.error || String(exchange.status)).join(', ') || 'none')),
    fix:
      aspect === '429'
        ? 'Limit the rate of requests (SEC-04).'
        : seen.length > 0
          ? 'Answer 503 with Retry-After while a dependency is down, or list the codes in an error registry (ERR-01).'
          : 'Declare requests and the dependencies that they touch; answer within a few seconds while a dependency is down.',
  })
}

function aspectOf(answer: Exchange): Aspect {
  return answer.status === 429 ? '429' : answer.status >= 500 ? '5xx' : 'others'
}

function change(o: Observation, fits: (e: Exchange) => boolean, to: (e: Exchange) => Exchange): Observation | null {
  const survey = changeFirst(o.survey, fits, to)
  return survey && { ...o, survey }
}

function withRetryAfter(exchange: Exchange, value: string | null): Exchange {
  const { 'retry-after': _, ...headers } = exchange.headers
  return { ...exchange, headers: value === null ? headers : { ...headers, 'retry-after': value } }
}
