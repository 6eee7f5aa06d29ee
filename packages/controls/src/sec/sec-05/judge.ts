import { defineJudge, type Refutation, Verdicts } from '@greengate/contracts'
import { z } from 'zod'

const routeSchema = z.strictObject({
  request: z.string(),
  /** Requests that one address sent until it was answered 429, and which was the first; 0: none was. */
  sent: z.int(),
  firstLimited: z.int(),
  /** The limit counted failures of one account, not of the address: other accounts were still served. */
  perAccount: z.boolean(),
  /** Rounds with a forged header between two requests without one. */
  rounds: z.array(
    z.strictObject({
      header: z.string(),
      value: z.string(),
      /** Statuses without the header right before and right after. */
      before: z.int(),
      forged: z.int(),
      after: z.int(),
    }),
  ),
})
export type Route = z.infer<typeof routeSchema>
const observationSchema = z.strictObject({
  api: routeSchema.nullable(),
  signIn: routeSchema.nullable(),
  signInDeclared: z.boolean(),
})
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({})
export type Params = z.infer<typeof paramsSchema>

const ASPECTS = ['api', 'sign-in'] as const
type Aspect = (typeof ASPECTS)[number]
/** Fewer rounds in which the limit held before and after are no test. */
const ROUNDS_MIN = 5
const LIMITED = 429

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 1,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation) {
    const verdicts = new Verdicts<Aspect>(ASPECTS)
    judgeRoute(verdicts, 'api', observation.api)
    if (!observation.signInDeclared) verdicts.notApplicable('sign-in', 'no-sign-in-declared')
    else judgeRoute(verdicts, 'sign-in', observation.signIn)
    return verdicts.done()
  },
  refutations: [
    bypass('api-dodged', 'api', (header) => header === 'x-forwarded-for'),
    bypass('api-dodged-by-another', 'api', (header) => header !== 'x-forwarded-for'),
    bypass('sign-in-dodged', 'sign-in', () => true),
    {
      id: 'no-limit',
      breaks: 'api',
      code: 'no-limit-to-dodge',
      apply: (o) => (o.api ? { ...o, api: { ...o.api, firstLimited: 0, rounds: [] } } : null),
    },
    {
      id: 'limit-ended-meanwhile',
      breaks: 'api',
      code: 'limit-did-not-last',
      apply: (o) =>
        o.api
          ? { ...o, api: { ...o.api, rounds: o.api.rounds.map((round) => ({ ...round, before: 200, after: 200 })) } }
          : null,
    },
  ],
})

function judgeRoute(verdicts: Verdicts<Aspect>, aspect: Aspect, route: Route | null): void {
  if (!route || route.firstLimited === 0) {
    verdicts.inconclusive(aspect, {
      code: 'no-limit-to-dodge',
      message: 'No limit was reached, so none could be dodged.',
      where: route?.request ?? aspect,
      expected: 'a 429 to one address',
      observed: route ? `${route.sent} requests without one` : 'nothing sent',
      fix: aspect === 'api' ? 'Limit the rate of requests (SEC-04).' : 'Limit sign-in attempts (SEC-06).',
    })
    return
  }
  // What was let through while the same address without the header was not, right before and right after.
  // A service that fails at that moment has neither let through nor held back: such a round says nothing.
  const decided = route.rounds.filter(
    ({ before, after, forged }) => before === LIMITED && after === LIMITED && forged > 0 && forged < 500,
  )
  const bypassed = decided.filter((round) => round.forged !== LIMITED)
  const held = decided
  for (const header of new Set(bypassed.map((round) => round.header))) {
    const rounds = bypassed.filter((round) => round.header === header)
    verdicts.fail(aspect, {
      code: 'limit-dodged',
      message: `A forged ${header} gets around the limit.`,
      where: `${route.request}: ${header}`,
      expected: '429, as without the header',
      observed: `${rounds.length} of ${held.filter((round) => round.header === header).length} got through, the first with ${rounds[0]?.forged ?? 0} to ${rounds[0]?.value ?? ''}`,
      fix: 'Take the address from the connection; read forwarding headers only from proxies whose addresses are configured, counted from the right.',
    })
  }
  if (bypassed.length > 0) return
  if (held.length >= ROUNDS_MIN) verdicts.pass(aspect)
  else
    verdicts.inconclusive(aspect, {
      code: 'limit-did-not-last',
      message: 'The limit ended before it could be tested.',
      where: route.request,
      expected: `${ROUNDS_MIN} rounds with 429 before and after`,
      observed: `${held.length} of ${route.rounds.length}`,
      fix: "Run again; a window of less than a second can't be tested.",
    })
}

function bypass(id: string, breaks: Aspect, fits: (header: string) => boolean): Refutation<Observation, Aspect> {
  return {
    id,
    breaks,
    code: 'limit-dodged',
    apply(o) {
      const key = breaks === 'api' ? 'api' : 'signIn'
      const route = o[key]
      const index =
        route?.rounds.findIndex((round) => fits(round.header) && round.before === LIMITED && round.after === LIMITED) ??
        -1
      const round = route?.rounds[index]
      return route && round && route.firstLimited > 0
        ? { ...o, [key]: { ...route, rounds: route.rounds.with(index, { ...round, forged: 200 }) } }
        : null
    },
  }
}
