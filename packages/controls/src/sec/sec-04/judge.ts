import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'

const observationSchema = z.strictObject({
  request: z.string(),
  /** One address sent this many; it stopped at the first 429. */
  sent: z.int(),
  statuses: z.record(z.string(), z.int()),
  /** Which request was the first to be answered 429; 0: none. */
  firstLimited: z.int(),
  durationMs: z.int(),
  /** Headers about limits of the first answer and of the first 429. */
  firstHeaders: z.record(z.string(), z.string()),
  limitedHeaders: z.record(z.string(), z.string()),
})
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({
  /** Requests per minute and address that a route without a limit of its own may serve. */
  requestsPerMinMax: z.int().positive().default(100),
  /** Highest limit that a route may announce for itself in its RateLimit headers. */
  overridePerMinMax: z.int().positive().default(600),
})
export type Params = z.infer<typeof paramsSchema>

const ASPECTS = ['limited', 'retry-after', 'ratelimit-fields'] as const
/** Of a flood that found no limit at least so many must have been answered to say that there is none. */
const ANSWERED_MIN = 300

export const judge = defineJudge<Observation, Params, (typeof ASPECTS)[number]>({
  version: 1,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation, params) {
    const verdicts = new Verdicts(ASPECTS)
    const { firstLimited, statuses, request } = observation
    const unanswered = statuses['error'] ?? 0
    const answered = Object.values(statuses).reduce((sum, count) => sum + count, 0) - unanswered
    const seen = `${JSON.stringify(statuses)} in ${observation.durationMs} ms`
    if (firstLimited === 0) {
      const input = {
        message: 'One address is not limited.',
        where: request,
        expected: `429 after about ${params.requestsPerMinMax} requests in a minute`,
        observed: seen,
        fix: 'Limit requests per address, and per account where there is one, in front of every route; keep the counters where all replicas see them.',
      }
      if (answered < Math.max(ANSWERED_MIN, 2 * params.requestsPerMinMax))
        verdicts.inconclusive('limited', {
          code: 'too-few-answers',
          ...input,
          message: 'Too few requests were answered to tell whether there is a limit.',
        })
      else verdicts.fail('limited', { code: 'no-limit', ...input })
      return verdicts.done()
    }
    const announced = announcedLimit({ ...observation.firstHeaders, ...observation.limitedHeaders })
    const limit =
      announced !== null && announced <= params.overridePerMinMax
        ? Math.max(announced, params.requestsPerMinMax)
        : params.requestsPerMinMax
    // The flood may fall across the border of two windows, and a bucket refills while it lasts.
    const most = Math.ceil(2 * limit * (1 + observation.durationMs / 60_000)) + 1
    if (firstLimited <= most) verdicts.pass('limited')
    else
      verdicts.fail('limited', {
        code: 'limit-too-high',
        message: 'The limit lets more through than the policy allows.',
        where: request,
        expected: `429 by request ${most}`,
        observed: `first 429 at request ${firstLimited}; ${seen}`,
        fix: `Lower the limit to ${params.requestsPerMinMax} per minute, or announce the route's own in RateLimit headers.`,
      })
    const wait = observation.limitedHeaders['retry-after']
    if (wait === undefined)
      verdicts.fail('retry-after', {
        code: 'retry-after-missing',
        message: 'The 429 does not say when to try again.',
        where: request,
        expected: 'Retry-After',
        observed: 'none',
        fix: 'Send Retry-After with the seconds left of the window.',
      })
    else if (/^\d+$/.test(wait) || !Number.isNaN(Date.parse(wait))) verdicts.pass('retry-after')
    else
      verdicts.fail('retry-after', {
        code: 'retry-after-malformed',
        message: 'Retry-After is neither seconds nor a date.',
        where: request,
        expected: 'whole seconds or an HTTP date',
        observed: wait,
        fix: 'Send whole seconds.',
      })
    if (hasLimitFields(observation.limitedHeaders)) verdicts.pass('ratelimit-fields')
    else
      verdicts.fail('ratelimit-fields', {
        code: 'ratelimit-fields-missing',
        message: 'The 429 does not say which limit was reached.',
        where: request,
        expected: 'RateLimit and RateLimit-Policy, or RateLimit-Limit, -Remaining and -Reset',
        observed: Object.keys(observation.limitedHeaders).join(', ') || 'none',
        fix: 'Send RateLimit and RateLimit-Policy (IETF draft ratelimit-headers), or the older RateLimit-* fields.',
      })
    return verdicts.done()
  },
  refutations: [
    {
      id: 'no-limit',
      breaks: 'limited',
      code: 'no-limit',
      apply: (o) => ({ ...o, firstLimited: 0, sent: 1000, statuses: { '200': 1000 }, limitedHeaders: {} }),
    },
    {
      id: 'unanswered',
      breaks: 'limited',
      code: 'too-few-answers',
      apply: (o) => ({ ...o, firstLimited: 0, statuses: { error: 1000 }, limitedHeaders: {} }),
    },
    {
      id: 'far-too-late',
      breaks: 'limited',
      code: 'limit-too-high',
      apply: (o) => (o.firstLimited === 0 ? null : { ...o, firstLimited: 100_000, durationMs: 1000 }),
    },
    {
      id: 'no-retry-after',
      breaks: 'retry-after',
      code: 'retry-after-missing',
      apply: (o) =>
        o.firstLimited === 0
          ? null
          : {
              ...o,
              limitedHeaders: Object.fromEntries(
                Object.entries(o.limitedHeaders).filter(([name]) => name !== 'retry-after'),
              ),
            },
    },
    {
      id: 'no-fields',
      breaks: 'ratelimit-fields',
      code: 'ratelimit-fields-missing',
      apply: (o) =>
        o.firstLimited === 0
          ? null
          : {
              ...o,
              limitedHeaders: Object.fromEntries(
                Object.entries(o.limitedHeaders).filter(([name]) => name === 'retry-after'),
              ),
            },
    },
  ],
})

/** The draft's two fields, or the older three with or without `x-`. */
function hasLimitFields(headers: Readonly<Record<string, string>>): boolean {
  if (headers['ratelimit'] !== undefined) return true
  return ['ratelimit', 'x-ratelimit', 'x-rate-limit'].some(
    (prefix) =>
      headers[`${prefix}-limit`] !== undefined &&
      (headers[`${prefix}-remaining`] !== undefined || headers[`${prefix}-reset`] !== undefined),
  )
}

/** Requests per minute as the service announces them; null: it doesn't. */
function announcedLimit(headers: Readonly<Record<string, string>>): number | null {
  const policy = headers['ratelimit-policy'] ?? ''
  const quota = /q=(\d+)/.exec(policy)?.[1] ?? /^\s*(\d+)\s*;/.exec(policy)?.[1]
  const windowS = Number(/w=(\d+)/.exec(policy)?.[1] ?? 60)
  if (quota !== undefined && windowS > 0) return Math.ceil((Number(quota) * 60) / Math.max(60, windowS))
  const plain =
    headers['ratelimit-limit'] ??
    headers['x-ratelimit-limit'] ??
    headers['x-rate-limit-limit'] ??
    /limit=(\d+)/.exec(headers['ratelimit'] ?? '')?.[1]
  const number = Number.parseInt(plain ?? '', 10)
  return Number.isNaN(number) ? null : number
}
