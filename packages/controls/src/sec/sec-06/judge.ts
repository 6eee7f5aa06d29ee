import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'
import { median, rankTest } from '../../lib-http/stats.ts'

const answerSchema = z.strictObject({
  status: z.int(),
  /** Body with names, ids and times replaced. */ body: z.string(),
  headers: z.array(z.string()),
})
const observationSchema = z.strictObject({
  place: z.string(),
  /** Many wrong attempts of one address on one unknown name. */
  flood: z.strictObject({
    sent: z.int(),
    statuses: z.record(z.string(), z.int()),
    firstLimited: z.int(),
    durationMs: z.int(),
  }),
  /** Null: no account that exists is declared, or it could not sign in. */
  user: z
    .strictObject({
      signedInBefore: z.int(),
      /** First wrong attempts on the account that exists, and on ones that don't. */
      existing: z.array(answerSchema),
      unknown: z.array(answerSchema),
      /** Duration of wrong attempts that were not limited, microseconds, taken in turns. */
      existingUs: z.array(z.int()),
      unknownUs: z.array(z.int()),
      /** Statuses of repeated failures on one name, each from an address of its own. */
      existingFailures: z.array(z.int()),
      unknownFailures: z.array(z.int()),
      /** The right password from a fresh address after those failures. */
      signedInAfter: z.int(),
    })
    .nullable(),
  userProblem: z.string(),
})
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({
  /** Wrong attempts of one address after which it must be limited. */
  attemptsMax: z.int().positive().default(300),
  /** Failures on one account after which it must be locked for a time. */
  failuresMax: z.int().positive().max(40).default(20),
  /** Smallest difference of medians that counts as telling, microseconds. */
  timingUsMin: z.int().positive().default(3_000),
})
export type Params = z.infer<typeof paramsSchema>

const ASPECTS = ['limited', 'lockout', 'enumeration-answer', 'enumeration-lockout', 'enumeration-timing'] as const
type Aspect = (typeof ASPECTS)[number]
/** An answer that says "not now" whatever the password. */
const HELD = new Set([423, 429])
const SAMPLES_MIN = 4
export const ANSWERED_MIN = 100

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 1,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation, params) {
    const verdicts = new Verdicts<Aspect>(ASPECTS)
    judgeFlood(verdicts, observation, params)
    const { user } = observation
    if (!user) {
      for (const aspect of ASPECTS.slice(1)) {
        verdicts.inconclusive(aspect, {
          code: 'no-user',
          message: 'It takes an account that exists to tell.',
          where: observation.place,
          expected: 'an account that can sign in',
          observed: observation.userProblem,
          fix: 'Declare `signIn.user`: an account that the seed or the migrations of the sandbox create.',
        })
      }
      return verdicts.done()
    }
    const where = observation.place
    judgeLockout(verdicts, where, user, params)
    judgeAnswers(verdicts, where, user)
    judgeTiming(verdicts, where, user, params)
    return verdicts.done()
  },
  refutations: [
    {
      id: 'no-limit',
      breaks: 'limited',
      code: 'sign-in-unlimited',
      apply: (o) => ({ ...o, flood: { sent: 1000, statuses: { '401': 1000 }, firstLimited: 0, durationMs: 1000 } }),
    },
    {
      id: 'flood-unanswered',
      breaks: 'limited',
      code: 'too-few-answers',
      apply: (o) => ({ ...o, flood: { sent: 1000, statuses: { error: 1000 }, firstLimited: 0, durationMs: 1000 } }),
    },
    {
      id: 'no-lockout',
      breaks: 'lockout',
      code: 'no-lockout',
      apply: (o) =>
        withUser(o, (user) => ({
          ...user,
          signedInAfter: user.signedInBefore,
          existingFailures: user.existingFailures.map(() => 401),
        })),
    },
    {
      id: 'another-status',
      breaks: 'enumeration-answer',
      code: 'answers-differ',
      apply: (o) =>
        withUser(o, (user) => ({ ...user, unknown: user.unknown.map((answer) => ({ ...answer, status: 404 })) })),
    },
    {
      id: 'another-body',
      breaks: 'enumeration-answer',
      code: 'answers-differ',
      apply: (o) =>
        withUser(o, (user) => ({
          ...user,
          unknown: user.unknown.map((answer) => ({ ...answer, body: '{"error":"no such user"}' })),
        })),
    },
    {
      id: 'only-existing-lock',
      breaks: 'enumeration-lockout',
      code: 'lockout-differs',
      apply: (o) =>
        withUser(o, (user) =>
          user.existingFailures.some((status) => HELD.has(status))
            ? { ...user, unknownFailures: user.unknownFailures.map(() => 401) }
            : null,
        ),
    },
    {
      id: 'slow-for-existing',
      breaks: 'enumeration-timing',
      code: 'timing-differs',
      apply: (o) =>
        withUser(o, (user) => ({ ...user, existingUs: user.existingUs.map((us, index) => us + 1_000_000 + index) })),
    },
    {
      id: 'no-timings',
      breaks: 'enumeration-timing',
      code: 'too-few-samples',
      apply: (o) => withUser(o, (user) => ({ ...user, existingUs: [] })),
    },
  ],
})

function judgeFlood(verdicts: Verdicts<Aspect>, observation: Observation, params: Params): void {
  const { flood, place } = observation
  const answered = Object.entries(flood.statuses).reduce(
    (sum, [status, count]) => sum + (status === 'error' ? 0 : count),
    0,
  )
  const seen = `${JSON.stringify(flood.statuses)} in ${flood.durationMs} ms`
  const input = {
    where: place,
    expected: `429 within ${params.attemptsMax} wrong attempts`,
    observed: seen,
    fix: 'Limit sign-in attempts per address and per account, with counters that all replicas see; a handful a minute is enough for people.',
  }
  if (flood.firstLimited > 0 && flood.firstLimited <= params.attemptsMax) verdicts.pass('limited')
  else if (flood.firstLimited > 0)
    verdicts.fail('limited', {
      code: 'sign-in-limit-too-high',
      message: 'Too many passwords can be tried.',
      ...input,
      observed: `first 429 at attempt ${flood.firstLimited}`,
    })
  else if (answered < ANSWERED_MIN)
    verdicts.inconclusive('limited', {
      code: 'too-few-answers',
      message: 'Too few attempts were answered to tell.',
      ...input,
    })
  else
    verdicts.fail('limited', {
      code: 'sign-in-unlimited',
      message: 'Passwords can be tried without a limit.',
      ...input,
    })
}

type User = NonNullable<Observation['user']>

function judgeLockout(verdicts: Verdicts<Aspect>, where: string, user: User, params: Params): void {
  const failures = user.existingFailures.length
  const heldAt = user.existingFailures.findIndex((status) => HELD.has(status)) + 1
  const unknownHeldAt = user.unknownFailures.findIndex((status) => HELD.has(status)) + 1
  const locked = user.signedInAfter !== user.signedInBefore && user.signedInAfter !== 0
  if (failures < params.failuresMax && heldAt === 0) {
    verdicts.inconclusive('lockout', {
      code: 'too-few-failures',
      message: 'Too few wrong attempts were answered.',
      where,
      expected: `${params.failuresMax} failures`,
      observed: String(failures),
      fix: 'See why the service does not answer.',
    })
  } else if (locked) verdicts.pass('lockout')
  else
    verdicts.fail('lockout', {
      code: 'no-lockout',
      message: 'After many failures from many addresses the account still takes the password.',
      where,
      expected: `refusal after at most ${params.failuresMax} failures`,
      observed: `${failures} failures (${[...new Set(user.existingFailures)].join(', ')}), then ${user.signedInAfter}`,
      fix: 'Count failures per account wherever they come from, and refuse for a growing time after a handful.',
    })
  if (user.existingFailures.length === 0 || user.unknownFailures.length === 0) return
  // One attempt more or less is how a counter may be written.
  const alike =
    (heldAt === 0) === (unknownHeldAt === 0) &&
    Math.abs(heldAt - unknownHeldAt) <= 1 &&
    sameStatuses(user.existingFailures, user.unknownFailures)
  if (alike) verdicts.pass('enumeration-lockout')
  else
    verdicts.fail('enumeration-lockout', {
      code: 'lockout-differs',
      message: 'Repeated failures are answered differently where the account exists.',
      where,
      expected: "the same statuses for names that exist and names that don't",
      observed: `existing: ${user.existingFailures.join(' ')}; unknown: ${user.unknownFailures.join(' ')}`,
      fix: 'Count failures by the name that was sent, whether or not there is an account.',
    })
}

function judgeAnswers(verdicts: Verdicts<Aspect>, where: string, user: User): void {
  const shape = (answer: z.infer<typeof answerSchema>): string =>
    JSON.stringify([answer.status, answer.body, answer.headers])
  const existing = new Set(user.existing.filter((answer) => answer.status > 0).map(shape))
  const unknown = new Set(user.unknown.filter((answer) => answer.status > 0).map(shape))
  if (existing.size === 0 || unknown.size === 0) return
  if ([...existing].every((entry) => unknown.has(entry)) && [...unknown].every((entry) => existing.has(entry)))
    verdicts.pass('enumeration-answer')
  else
    verdicts.fail('enumeration-answer', {
      code: 'answers-differ',
      message: 'A wrong password is answered differently where the account exists.',
      where,
      expected: 'the same status, body and headers',
      observed: `existing: ${[...existing][0]?.slice(0, 200) ?? ''}; unknown: ${[...unknown][0]?.slice(0, 200) ?? ''}`,
      fix: 'Make one answer for "no such account" and "wrong password".',
    })
}

function judgeTiming(verdicts: Verdicts<Aspect>, where: string, user: User, params: Params): void {
  const { existingUs, unknownUs } = user
  if (existingUs.length < SAMPLES_MIN || unknownUs.length < SAMPLES_MIN) {
    verdicts.inconclusive('enumeration-timing', {
      code: 'too-few-samples',
      message: 'Too few attempts could be timed.',
      where,
      expected: `${SAMPLES_MIN} of each`,
      observed: `${existingUs.length} and ${unknownUs.length}`,
      fix: 'Let a right password end the count of failures, so that attempts can be repeated.',
    })
    return
  }
  const test = rankTest(existingUs, unknownUs)
  const difference = Math.abs(median(existingUs) - median(unknownUs))
  // All three: not by chance, nearly every pair apart, and enough to be seen over a network.
  const tells = test.p < 0.005 && (test.share >= 0.95 || test.share <= 0.05) && difference >= params.timingUsMin
  if (!tells) verdicts.pass('enumeration-timing')
  else
    verdicts.fail('enumeration-timing', {
      code: 'timing-differs',
      message: 'The time of the answer tells whether the account exists.',
      where,
      expected: "the same work for names that exist and names that don't",
      observed: `medians ${Math.round(median(existingUs))} and ${Math.round(median(unknownUs))} us of ${existingUs.length} and ${unknownUs.length} attempts; p = ${test.p.toExponential(1)}`,
      fix: 'Verify the password against a fixed hash where there is no account.',
    })
}

function sameStatuses(a: readonly number[], b: readonly number[]): boolean {
  const set = (statuses: readonly number[]): string => [...new Set(statuses)].toSorted((x, y) => x - y).join()
  return set(a) === set(b)
}

function withUser(o: Observation, to: (user: User) => User | null): Observation | null {
  const user = o.user && to(o.user)
  return user ? { ...o, user } : null
}
