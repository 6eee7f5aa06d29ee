import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'

const answerSchema = z.strictObject({
  /** Operation as the description names it: `GET /api/items/{id}`. */
  operation: z.string(),
  /** What was sent: `example`, `declared request`, `no identity`, `malformed body`. */
  sent: z.string(),
  status: z.int(),
  error: z.string(),
  contentType: z.string(),
  hasBody: z.boolean(),
  /** Which entry of `responses` is about this status; empty: none is. */
  documentedBy: z.string(),
  /** Media types of that entry. */
  documentedTypes: z.array(z.string()),
  /** A schema was there and the body was held against it. */
  validated: z.boolean(),
  schemaErrors: z.array(z.string()),
})
const observationSchema = z.strictObject({
  description: z.string().nullable(),
  /** Operations that the description has, and those of them that answered 2xx or 3xx at least once. */
  described: z.array(z.string()),
  exercised: z.array(z.string()),
  answers: z.array(answerSchema),
  /** Schemas that no validator could read. */
  unreadableSchemas: z.array(z.string()),
})
export type Observation = z.infer<typeof observationSchema>
export type Answer = z.infer<typeof answerSchema>
const paramsSchema = z.strictObject({
  /** Share of described operations that must have been brought to succeed. */
  exercisedPercentMin: z.number().min(1).max(100).default(60),
})
export type Params = z.infer<typeof paramsSchema>

const ASPECTS = ['exercised', 'status', 'content-type', 'body'] as const
type Aspect = (typeof ASPECTS)[number]
const FIX = 'Make the answer and the description from one schema, and validate answers against it in the tests.'

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 1,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation, params) {
    const verdicts = new Verdicts<Aspect>(ASPECTS)
    const { described, exercised } = observation
    if (observation.description === null || described.length === 0) {
      for (const aspect of ASPECTS)
        verdicts.inconclusive(aspect, {
          code: 'no-description',
          message: 'There is no description that answers could conform to.',
          where: 'OpenAPI',
          expected: 'an OpenAPI description with operations',
          observed: 'none',
          fix: 'Serve one (API-01), and name its path in `probes.openapi`.',
        })
      return verdicts.done()
    }
    const counted = exercised.filter((operation) => described.includes(operation)).length
    if (counted > 0 && counted * 100 >= described.length * params.exercisedPercentMin) verdicts.pass('exercised')
    else {
      const left = described.filter((operation) => !exercised.includes(operation))
      verdicts.inconclusive('exercised', {
        code: 'too-few-exercised',
        message: 'Too few operations could be brought to succeed.',
        where: observation.description,
        expected: `${params.exercisedPercentMin} % of ${described.length}`,
        observed: `${counted}; not: ${left.slice(0, 20).join(', ')}`,
        fix: 'Give operations examples that work in the sandbox, or declare requests and identities.',
      })
    }
    for (const answer of observation.answers) judgeAnswer(verdicts, answer)
    for (const schema of observation.unreadableSchemas)
      verdicts.inconclusive('body', {
        code: 'schema-unreadable',
        message: "A schema of the description can't be read.",
        where: schema,
        expected: 'a JSON Schema',
        observed: schema,
        fix: 'Correct the schema (API-01).',
      })
    return verdicts.done()
  },
  refutations: [
    {
      id: 'nothing-exercised',
      breaks: 'exercised',
      code: 'too-few-exercised',
      apply: (o) => ({ ...o, exercised: [] }),
    },
    { id: 'no-description', breaks: 'exercised', code: 'no-description', apply: (o) => ({ ...o, description: null }) },
    {
      id: 'undocumented-status',
      breaks: 'status',
      code: 'status-not-documented',
      apply: (o) =>
        change(
          o,
          (a) => a.status > 0,
          (a) => ({ ...a, documentedBy: '' }),
        ),
    },
    {
      id: 'another-type',
      breaks: 'content-type',
      code: 'content-type-not-documented',
      apply: (o) =>
        change(
          o,
          (a) => a.hasBody && a.documentedTypes.length > 0,
          (a) => ({ ...a, contentType: 'text/x-other' }),
        ),
    },
    {
      id: 'body-breaks-schema',
      breaks: 'body',
      code: 'body-not-conforming',
      apply: (o) =>
        change(
          o,
          (a) => a.validated,
          (a) => ({ ...a, schemaErrors: ['/items must be array'] }),
        ),
    },
    {
      id: 'nothing-validated',
      breaks: 'body',
      code: 'not-observed',
      apply: (o) => ({ ...o, answers: o.answers.map((a) => ({ ...a, validated: false })) }),
    },
  ],
})

function judgeAnswer(verdicts: Verdicts<Aspect>, answer: Answer): void {
  const where = `${answer.operation} (${answer.sent})`
  if (answer.status === 0) return
  if (answer.documentedBy === '') {
    verdicts.fail('status', {
      code: 'status-not-documented',
      message: 'An answer has a status that the description does not name.',
      where,
      expected: 'a status among `responses`, a range or `default`',
      observed: String(answer.status),
      fix: FIX,
    })
    return
  }
  verdicts.pass('status')
  if (answer.hasBody && answer.documentedTypes.length > 0) {
    if (answer.documentedTypes.some((type) => typeFits(type, answer.contentType))) verdicts.pass('content-type')
    else
      verdicts.fail('content-type', {
        code: 'content-type-not-documented',
        message: 'An answer has a content type that the description does not name.',
        where,
        expected: answer.documentedTypes.join(', '),
        observed: answer.contentType || 'none',
        fix: FIX,
      })
  }
  if (answer.validated) verdicts.pass('body')
  if (!answer.validated) return
  for (const error of answer.schemaErrors)
    verdicts.fail('body', {
      code: 'body-not-conforming',
      message: 'A body does not conform to its schema.',
      where,
      expected: `the schema of ${answer.documentedBy}`,
      observed: error,
      fix: FIX,
    })
}

function typeFits(documented: string, seen: string): boolean {
  const base = (type: string): string => type.split(';')[0]?.trim().toLowerCase() ?? ''
  const want = base(documented)
  return want === '*/*' || want === base(seen) || (want.endsWith('/*') && base(seen).startsWith(want.slice(0, -1)))
}

function change(o: Observation, fits: (a: Answer) => boolean, to: (a: Answer) => Answer): Observation | null {
  const index = o.answers.findIndex(fits)
  const answer = o.answers[index]
  return answer ? { ...o, answers: o.answers.with(index, to(answer)) } : null
}
