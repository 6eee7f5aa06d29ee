import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'
import { errorFields } from '../../lib-http/envelope.ts'
import { registrySchema, type RegistryEntry } from '../../lib-http/error-registry.ts'
import { placeOf } from '../../lib-http/exchange.ts'
import { changeFirst, errorAnswers, surveySchema } from '../../lib-http/survey.ts'

const observationSchema = z.strictObject({ registry: registrySchema.nullable(), survey: surveySchema })
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({
  /** Seconds after which to try again, by class, where the registry has such a class; an empty record accepts what is declared. */
  retryAfterSByClass: z.record(z.string(), z.int().nonnegative()).default({}),
})
export type Params = z.infer<typeof paramsSchema>

const ASPECTS = ['registry', 'answers', 'status'] as const
/** Fewer error answers of fewer statuses than this are no survey. */
const ANSWERS_MIN = 3
const ANSWERS_STATUSES_MIN = 2

export const judge = defineJudge<Observation, Params, (typeof ASPECTS)[number]>({
  version: 1,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation, params) {
    const verdicts = new Verdicts(ASPECTS)
    const { registry, survey } = observation
    if (!registry || registry.entries.length === 0) {
      return verdicts
        .fail('registry', {
          code: 'no-registry',
          message: 'The service has no registry of its error codes.',
          where: 'x-error-registry in OpenAPI, GET /errors, errors.registry.json in the tree',
          expected: 'one registry that gives each code its class, status, retriable, retry-after and help',
          observed: 'none at any of these places',
          fix: 'Put all codes into one registry, make every error from it, and serve it at GET /errors.',
        })
        .done()
    }
    verdicts.pass('registry')
    for (const entry of registry.entries) judgeEntry(verdicts, entry, registry.source, params)
    const answers = errorAnswers(survey)
    if (answers.length < ANSWERS_MIN || new Set(answers.map((answer) => answer.status)).size < ANSWERS_STATUSES_MIN) {
      for (const aspect of ['answers', 'status'] as const) {
        verdicts.inconclusive(aspect, {
          code: 'too-few-errors',
          message: 'Too few error answers were provoked to tell.',
          where: survey.baseline.path,
          expected: `${ANSWERS_MIN} error answers of ${ANSWERS_STATUSES_MIN} statuses`,
          observed: `${answers.length}`,
          fix: 'Declare requests with JSON bodies and identities in the configuration, or serve an OpenAPI description.',
        })
      }
      return verdicts.done()
    }
    verdicts.pass('answers').pass('status')
    const byCode = new Map(registry.entries.map((entry) => [entry.code, entry]))
    for (const answer of answers) {
      const { code } = errorFields(answer)
      const entry = byCode.get(code)
      if (!entry) {
        verdicts.fail('answers', {
          code: 'code-not-registered',
          message: code === '' ? 'An error answer has no code.' : `The code ${code} is not in the registry.`,
          where: placeOf(answer),
          expected: `a code of ${registry.source}`,
          observed: code === '' ? `${answer.status} without a code: ${answer.body.slice(0, 120)}` : code,
          fix: 'Make errors only from the registry: a type that admits its codes alone keeps it closed.',
        })
      } else if (entry.status !== null && entry.status !== answer.status) {
        verdicts.fail('status', {
          code: 'status-differs',
          message: `${code} is answered with another status than the registry gives.`,
          where: placeOf(answer),
          expected: String(entry.status),
          observed: String(answer.status),
          fix: 'Take the status from the registry where the answer is made.',
        })
      }
    }
    return verdicts.done()
  },
  refutations: [
    { id: 'no-registry', breaks: 'registry', code: 'no-registry', apply: (o) => ({ ...o, registry: null }) },
    {
      id: 'entry-without-help',
      breaks: 'registry',
      code: 'entry-incomplete',
      apply: (o) =>
        changeEntry(
          o,
          () => true,
          (entry) => ({ ...entry, help: '' }),
        ),
    },
    {
      id: 'retriable-without-wait',
      breaks: 'registry',
      code: 'retry-after-inconsistent',
      apply: (o) =>
        changeEntry(
          o,
          () => true,
          (entry) => ({ ...entry, retriable: true, retryAfterS: null }),
        ),
    },
    {
      id: 'code-outside',
      breaks: 'answers',
      code: 'code-not-registered',
      apply(o) {
        const survey = changeFirst(
          o.survey,
          (e) => e.status >= 400,
          (e) => ({ ...e, body: '{"error":{"code":"no_such_code_anywhere"}}' }),
        )
        return survey && { ...o, survey }
      },
    },
    {
      id: 'code-missing',
      breaks: 'answers',
      code: 'code-not-registered',
      apply(o) {
        const survey = changeFirst(
          o.survey,
          (e) => e.status >= 400,
          (e) => ({ ...e, body: '<h1>Error</h1>' }),
        )
        return survey && { ...o, survey }
      },
    },
    {
      id: 'another-status',
      breaks: 'status',
      code: 'status-differs',
      apply(o) {
        const known = new Map(o.registry?.entries.map((entry) => [entry.code, entry.status]))
        const survey = changeFirst(
          o.survey,
          (e) => e.status >= 400 && typeof known.get(errorFields(e).code) === 'number',
          (e) => ({ ...e, status: e.status === 418 ? 400 : 418 }),
        )
        return survey && { ...o, survey }
      },
    },
  ],
})

function judgeEntry(
  verdicts: Verdicts<(typeof ASPECTS)[number]>,
  entry: RegistryEntry,
  source: string,
  params: Params,
): void {
  const fail = (code: string, message: string, expected: string, observed: string): void => {
    verdicts.fail('registry', {
      code,
      message,
      where: `${source}: ${entry.code}`,
      expected,
      observed,
      fix: 'Complete the entry: class, status, retriable, retryAfterS (null where not retriable), help.',
    })
  }
  const missing = [
    entry.class === '' && 'class',
    entry.status === null && 'status',
    entry.retriable === null && 'retriable',
    entry.help === '' && 'help',
  ].filter((name) => name !== false)
  if (missing.length > 0)
    fail(
      'entry-incomplete',
      'The entry does not say everything.',
      'class, status, retriable, help',
      `without ${missing.join(', ')}`,
    )
  if (entry.status !== null && (entry.status < 400 || entry.status > 599))
    fail('status-no-error', 'The status is not that of an error.', '400 to 599', String(entry.status))
  if (entry.retriable === true && (entry.retryAfterS === null || entry.retryAfterS <= 0))
    fail(
      'retry-after-inconsistent',
      'A retriable error must say when to try again.',
      'retryAfterS above 0',
      String(entry.retryAfterS),
    )
  if (entry.retriable === false && entry.retryAfterS !== null)
    fail(
      'retry-after-inconsistent',
      'An error that is not retriable must not say when to try again.',
      'retryAfterS null',
      String(entry.retryAfterS),
    )
  const wanted = params.retryAfterSByClass[entry.class]
  if (wanted !== undefined && entry.retryAfterS !== (wanted === 0 ? null : wanted))
    fail(
      'retry-after-not-as-policy',
      `The policy sets when errors of class ${entry.class} may be tried again.`,
      wanted === 0 ? 'never' : `${wanted} s`,
      String(entry.retryAfterS),
    )
}

function changeEntry(
  o: Observation,
  fits: (entry: RegistryEntry) => boolean,
  to: (entry: RegistryEntry) => RegistryEntry,
): Observation | null {
  if (!o.registry) return null
  const index = o.registry.entries.findIndex(fits)
  const entry = o.registry.entries[index]
  return entry ? { ...o, registry: { ...o.registry, entries: o.registry.entries.with(index, to(entry)) } } : null
}
