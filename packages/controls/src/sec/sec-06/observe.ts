import {
  CannotObserve,
  type CheckContext,
  defineCheck,
  type HttpAnswer,
  type Instance,
  needTestbed,
} from '@greengate/contracts'
import { SourceAddresses, withInstance } from '../../lib-http/exchange.ts'
import { floodUntilLimited } from '../../lib-http/flood.ts'
import { signInSpec } from '../../lib-http/targets.ts'
import { control } from './control.ts'
import { ANSWERED_MIN, judge, type Observation } from './judge.ts'

/** Attempts beyond the limit of the policy, so that a limit that is too high is told from none. */
const FLOOD_EXTRA = 100
/** What the account is asked in all; a sign-in that takes seconds is judged by fewer attempts. */
const USER_TIME_MS = 75_000
const FLOOD_TIME_MS = 45_000
const ROUNDS = 5
/** Below the usual lock after five failures; the right password in between ends the count. */
const WRONG_PER_ROUND = 3
const WRONG = 'not-the-password-9'
const HELD = new Set([423, 429])

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'exhaust', quiet: true, timeoutMs: 240_000 },
  async observe(context) {
    const testbed = needTestbed(context)
    const { signIn } = context.config
    if (!signIn)
      throw new CannotObserve(
        'no-sign-in',
        'It is not known how one signs in.',
        'Declare `signIn` in the configuration.',
      )
    return withInstance(await testbed.boot({ purpose: 'sign-in attacked' }), async (instance) => {
      const sources = new SourceAddresses(context.random)
      const { user, problem } = await observeUser(context, instance, sources)
      const from = sources.next()
      const flood = await floodUntilLimited(context, instance, {
        requestsMax: ((context.params as { attemptsMax?: number }).attemptsMax ?? 300) + FLOOD_EXTRA,
        timeLimitMs: FLOOD_TIME_MS,
        requestsMin: ANSWERED_MIN,
        parallel: 2,
        request: () => ({ ...requestFor(context, instance, 'nobody', 'bad'), from }),
      })
      const data: Observation = {
        place: `${signIn.method} ${signIn.path}`,
        flood: {
          sent: flood.sent,
          statuses: flood.statuses,
          firstLimited: flood.firstLimited,
          durationMs: flood.durationMs,
        },
        user,
        userProblem: problem,
      }
      const attempts = user
        ? user.existingUs.length + user.unknownUs.length + user.existingFailures.length + user.unknownFailures.length
        : 0
      return { data, exercised: { requests: flood.sent + attempts } }
    })
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    {
      id: 'unlimited',
      breaks: 'limited',
      code: 'sign-in-unlimited',
      arrange: (bed) => bed.service(['sign-in-unlimited', 'no-rate-limit']),
    },
    { id: 'no-lockout', breaks: 'lockout', code: 'no-lockout', arrange: (bed) => bed.service(['sign-in-unlimited']) },
    {
      id: 'status-tells',
      breaks: 'enumeration-answer',
      code: 'answers-differ',
      arrange: (bed) => bed.service(['sign-in-enumerates-status']),
    },
    {
      id: 'body-tells',
      breaks: 'enumeration-answer',
      code: 'answers-differ',
      arrange: (bed) => bed.service(['sign-in-enumerates-body']),
    },
    {
      id: 'lockout-tells',
      breaks: 'enumeration-lockout',
      code: 'lockout-differs',
      arrange: (bed) => bed.service(['sign-in-enumerates-lockout']),
    },
    {
      id: 'timing-tells',
      breaks: 'enumeration-timing',
      code: 'timing-differs',
      arrange: (bed) => bed.service(['sign-in-enumerates-timing']),
    },
  ],
})

function requestFor(context: CheckContext, instance: Instance, username: string, password: string) {
  const spec = signInSpec(context, username, password)
  return spec ? instance.prepare(spec) : { path: '/' }
}

async function observeUser(
  context: CheckContext,
  instance: Instance,
  sources: SourceAddresses,
): Promise<{ user: Observation['user']; problem: string }> {
  const account = context.config.signIn?.user
  if (!account) return { user: null, problem: 'no account is declared' }
  const attempt = (username: string, password: string): Promise<HttpAnswer> =>
    instance.http({ ...requestFor(context, instance, username, password), from: sources.next() })
  const before = await attempt(account.username, account.password)
  if (before.status === 0 || before.status >= 400)
    return { user: null, problem: `the account that is declared is answered ${before.status || before.error}` }
  const failureStatuses = new Set(context.config.signIn?.failure ?? [])
  const user: NonNullable<Observation['user']> = {
    signedInBefore: before.status,
    existing: [],
    unknown: [],
    existingUs: [],
    unknownUs: [],
    existingFailures: [],
    unknownFailures: [],
    signedInAfter: 0,
  }
  // The first attempts warm the service up: compiled code, pooled connections.
  await attempt(strangerLike(context, account.username), WRONG)
  const until = context.clock.monotonicMs() + USER_TIME_MS
  const hasTime = (): boolean => context.clock.monotonicMs() < until && !context.signal.aborted
  for (let round = 0; round < ROUNDS && hasTime(); round++) {
    for (let n = 0; n < WRONG_PER_ROUND; n++) {
      const stranger = strangerLike(context, account.username)
      const pair = n % 2 === 0 ? [account.username, stranger] : [stranger, account.username]
      for (const name of pair) {
        const answer = await attempt(name, WRONG)
        const existing = name === account.username
        if (HELD.has(answer.status) || !failureStatuses.has(answer.status)) {
          if (round === 0 && n === 0) (existing ? user.existing : user.unknown).push(shapeOf(answer, name))
          continue
        }
        if (round === 0) (existing ? user.existing : user.unknown).push(shapeOf(answer, name))
        ;(existing ? user.existingUs : user.unknownUs).push(Math.round(answer.durationMs * 1000))
      }
    }
    if ((await attempt(account.username, account.password)).status !== before.status) break
  }
  const stranger = strangerLike(context, account.username)
  // What a policy may ask for at most; how many were needed is for the judge to see.
  const failures = (context.params as { failuresMax?: number }).failuresMax ?? 20
  for (let n = 0; n < failures && hasTime(); n++) {
    user.existingFailures.push((await attempt(account.username, WRONG)).status)
    user.unknownFailures.push((await attempt(stranger, WRONG)).status)
  }
  user.signedInAfter = (await attempt(account.username, account.password)).status
  return { user, problem: '' }
}

/** A name of the same form and length that nobody has. */
function strangerLike(context: CheckContext, username: string): string {
  const at = username.indexOf('@')
  const local = at < 0 ? username : username.slice(0, at)
  const fresh = context.random.hex(Math.max(6, Math.ceil(local.length / 2))).slice(0, Math.max(12, local.length))
  return `u${fresh}${at < 0 ? '' : username.slice(at)}`
}

/** Status, body and header names with what differs from request to request replaced. */
function shapeOf(answer: HttpAnswer, username: string): NonNullable<Observation['user']>['existing'][number] {
  const body = answer.body
    .replaceAll(username, '<name>')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<uuid>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)/g, '<time>')
    .replaceAll(/\b[0-9a-f]{16,}\b/gi, '<id>')
    .replaceAll(/\b\d{10,}\b/g, '<number>')
  const headers = Object.keys(answer.headers).filter(
    (name) => !/^(?:date|content-length|etag|set-cookie|connection|keep-alive)$/.test(name) && !/ratelimit/.test(name),
  )
  return { status: answer.status, body: body.slice(0, 1000), headers: headers.toSorted() }
}
