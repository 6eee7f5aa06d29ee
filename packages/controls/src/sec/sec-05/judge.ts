import { defineJudge, type Refutation, Verdicts } from '@greengate/contracts'
import { z } from 'zod'

const routeSchema = z.strictObject({
  request: z.string(),
  /** Requests that one address sent until it was answered 429, and which was the first; 0: none was. */
  sent: z.int(),
  firstLimited: z.int(),
  /** The limit counted failures of one account, not of the address: other accounts were still served. */
  perAccount: z.boolean(),
  /** What got through once the limit was reached, of requests sent mixed and at once, with a forged header and without. */
  headers: z.array(
    z.strictObject({
      header: z.string(),
      /** One of the values sent. */
      value: z.string(),
      plainSent: z.int(),
      plainThrough: z.int(),
      forgedSent: z.int(),
      forgedThrough: z.int(),
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
/** Requests of each kind that a header needs to be decided. */
const SENT_MIN = 6
/**
 * A limit gives back a little all the time (token bucket, GCRA) and that goes to forged and plain requests alike. So a header
 * gets around it when most that carry it get through while most without do not: of two times six, mixed by chance, that
 * happens to a limit that holds less than once in a thousand bursts, and never in both.
 */
const SHARE_THROUGH = 0.75
const SHARE_HELD = 0.25
/** Headers that must have been decided: fewer are no test. */
const HEADERS_MIN = 8

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 2,
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
      apply: (o) => (o.api ? { ...o, api: { ...o.api, firstLimited: 0, headers: [] } } : null),
    },
    {
      id: 'limit-ended-meanwhile',
      breaks: 'api',
      code: 'limit-did-not-last',
      apply: (o) =>
        o.api
          ? { ...o, api: { ...o.api, headers: o.api.headers.map((one) => ({ ...one, plainThrough: one.plainSent })) } }
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
  const decided = route.headers.filter(
    (one) => one.plainSent >= SENT_MIN && one.forgedSent >= SENT_MIN && one.plainThrough <= one.plainSent * SHARE_HELD,
  )
  const bypassed = decided.filter((one) => one.forgedThrough >= one.forgedSent * SHARE_THROUGH)
  const held = decided.filter((one) => one.forgedThrough <= one.forgedSent * SHARE_HELD)
  for (const name of new Set(bypassed.map(({ header }) => header))) {
    const ofName = bypassed.filter(({ header }) => header === name)
    const through = ofName.reduce((sum, one) => sum + one.forgedThrough, 0)
    const sent = ofName.reduce((sum, one) => sum + one.forgedSent, 0)
    const plain = ofName.reduce((sum, one) => sum + one.plainThrough, 0)
    verdicts.fail(aspect, {
      code: 'limit-dodged',
      message: `A forged ${name} gets around the limit.`,
      where: `${route.request}: ${name}`,
      expected: '429, as without the header',
      observed: `${through} of ${sent} got through, one of them with ${ofName[0]?.value ?? ''}; without the header ${plain} did`,
      fix: 'Take the address from the connection; read forwarding headers only from proxies whose addresses are configured, counted from the right.',
    })
  }
  if (bypassed.length > 0) return
  if (held.length >= HEADERS_MIN) verdicts.pass(aspect)
  else
    verdicts.inconclusive(aspect, {
      code: 'limit-did-not-last',
      message: 'The limit ended before it could be tested.',
      where: route.request,
      expected: `${HEADERS_MIN} headers for which it held, with the header and without`,
      observed: `${held.length} of ${route.headers.length}`,
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
      const index = route?.headers.findIndex((one) => fits(one.header) && one.forgedSent >= SENT_MIN) ?? -1
      const one = route?.headers[index]
      return route && one && route.firstLimited > 0
        ? { ...o, [key]: { ...route, headers: route.headers.with(index, dodged(one)) } }
        : null
    },
  }
}

function dodged(one: Route['headers'][number]): Route['headers'][number] {
  return { ...one, plainThrough: 0, forgedThrough: one.forgedSent }
}
