import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'

const observationSchema = z.strictObject({
  /** The same service answered this known path: it was there and spoke HTTP. */
  known: z.strictObject({ path: z.string(), status: z.int() }),
  /** Paths that nobody can have meant, each beside a place where a probe might be mistyped. */
  unknown: z.array(z.strictObject({ path: z.string(), accept: z.string(), status: z.int(), error: z.string() })),
})
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({})
export type Params = z.infer<typeof paramsSchema>

const ASPECTS = ['unknown-path'] as const
/** Fewer answers than this are no sample. */
const ANSWERS_MIN = 3

export const judge = defineJudge<Observation, Params, (typeof ASPECTS)[number]>({
  version: 1,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation) {
    const verdicts = new Verdicts(ASPECTS)
    const answered = observation.unknown.filter((probe) => probe.status > 0)
    if (observation.known.status === 0 || answered.length < ANSWERS_MIN) {
      return verdicts
        .inconclusive('unknown-path', {
          code: 'no-answers',
          message: 'The service did not answer often enough to tell.',
          where: observation.known.path,
          expected: `at least ${ANSWERS_MIN} answers to unknown paths`,
          observed: `${answered.length} answers; ${observation.unknown.map((probe) => probe.error || probe.status).join(', ')}`,
          fix: 'See why the service does not answer, then run again.',
        })
        .done()
    }
    verdicts.pass('unknown-path')
    for (const probe of answered) {
      if (probe.status >= 400 && probe.status < 500) continue
      verdicts.fail('unknown-path', {
        code: 'unknown-path-answered',
        message: `${probe.path} exists nowhere and was answered ${probe.status}.`,
        where: `GET ${probe.path} (accept: ${probe.accept})`,
        expected: 'a status from 400 to 499, as a rule 404',
        observed: String(probe.status),
        fix: 'Answer 404 to paths that no route serves, match the paths of probes exactly, and keep a catch-all for navigations of a web client only.',
      })
    }
    return verdicts.done()
  },
  refutations: [
    {
      id: 'catch-all-200',
      breaks: 'unknown-path',
      code: 'unknown-path-answered',
      apply(observation) {
        const [first, ...rest] = observation.unknown
        return first ? { ...observation, unknown: [{ ...first, status: 200, error: '' }, ...rest] } : null
      },
    },
    {
      id: 'server-error',
      breaks: 'unknown-path',
      code: 'unknown-path-answered',
      apply(observation) {
        const last = observation.unknown.at(-1)
        return last
          ? { ...observation, unknown: [...observation.unknown.slice(0, -1), { ...last, status: 500, error: '' }] }
          : null
      },
    },
    {
      id: 'nobody-answered',
      breaks: 'unknown-path',
      code: 'no-answers',
      apply: (observation) => ({
        ...observation,
        unknown: observation.unknown.map((probe) => ({ ...probe, status: 0, error: 'timeout' })),
      }),
    },
  ],
})
