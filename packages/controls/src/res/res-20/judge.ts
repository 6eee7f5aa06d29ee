import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'

/** A connection that was kept busy too slowly; `closedAfterMs` null: still open when it was given up. */
const slowSchema = z.strictObject({
  request: z.string(),
  connected: z.boolean(),
  watchedMs: z.int(),
  closedAfterMs: z.int().nullable(),
  status: z.int(),
  /** Pieces that were sent after the first one, until it ended. */
  pieces: z.int(),
})
const observationSchema = z.strictObject({
  baseline: z.strictObject({ path: z.string(), status: z.int() }),
  headers: slowSchema,
  /** Null: there is no request with a body. */
  body: slowSchema.nullable(),
  keepAlive: z.strictObject({
    firstStatus: z.int(),
    /** The first answer said that the connection ends with it: a proxy never sends another request there. */
    announcedClose: z.boolean(),
    idleMs: z.int(),
    closedAfterMs: z.int().nullable(),
    secondStatus: z.int(),
  }),
  /** Requests that wait on a frozen dependency. */
  callers: z.array(
    z.strictObject({
      request: z.string(),
      dependency: z.string(),
      held: z.int(),
      status: z.int(),
      error: z.string(),
      durationMs: z.int(),
    }),
  ),
  objects: z.record(z.string(), z.enum(['present', 'absent', 'unknown'])),
  /** Statements in the source that turn a limit off: they decide what would take longer to see than is watched. */
  limitsOff: z.array(z.strictObject({ where: z.string(), name: z.string() })),
})
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({
  /** From the first byte of a request whose headers never end, to its end. */
  headersMsMax: z.int().positive(),
  /** From the first byte of a request whose body never ends, to its end. */
  requestMsMax: z.int().positive(),
  /** How long a slow request is watched; a limit above it can't be told from none. */
  watchMsMax: z.int().positive().max(400_000),
  /** How long the proxy in front keeps idle connections. */
  proxyKeepAliveMs: z.int().positive(),
  /** How long callers wait. */
  callerTimeoutMs: z.int().positive(),
})
export type Params = z.infer<typeof paramsSchema>
const ASPECTS = ['header-limit', 'request-limit', 'keep-alive', 'caller-order'] as const
type Aspect = (typeof ASPECTS)[number]
/** A request that is open for less shows nothing, whatever the source says. */
const STILL_OPEN_MS_MIN = 60_000
/** Said of what a request is, and not of how long it takes: who, where, how large, of which kind, how many. */
const ANSWERS_TO_THE_HEAD = [401, 403, 404, 405, 411, 413, 415, 429]
const REQUEST_TIMEOUT = 408
const BAD_ANSWER_MIN = 400

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 3,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation, params) {
    const verdicts = new Verdicts(ASPECTS)
    judgeSlow(verdicts, 'header-limit', observation.headers, params.headersMsMax, observation, 'headersTimeout')
    if (observation.body && answeredItsHead(observation.body)) judgeAnswered(verdicts, observation.body, params)
    else judgeSlow(verdicts, 'request-limit', observation.body, params.requestMsMax, observation, 'requestTimeout')
    judgeKeepAlive(verdicts, observation, params)
    judgeCallers(verdicts, observation, params)
    return verdicts.done()
  },
  refutations: [
    {
      id: 'headers-for-ever',
      breaks: 'header-limit',
      code: 'no-limit',
      apply: (o) => ({ ...o, headers: { ...o.headers, closedAfterMs: null, watchedMs: 3_600_000, status: 0 } }),
    },
    {
      id: 'body-for-ever',
      breaks: 'request-limit',
      code: 'no-limit',
      apply: (o) => o.body && { ...o, body: { ...o.body, closedAfterMs: null, watchedMs: 3_600_000, status: 0 } },
    },
    ...[401, 413].map((status) => ({
      id: `body-answered-${status}`,
      breaks: 'request-limit' as const,
      code: 'answered-before-its-body',
      apply: (o: Observation) => o.body && { ...o, body: { ...o.body, closedAfterMs: 1000, pieces: 3, status } },
    })),
    {
      id: 'body-answered-at-once',
      breaks: 'request-limit',
      code: 'answered-before-its-body',
      apply: (o) => o.body && { ...o, body: { ...o.body, closedAfterMs: 1000, pieces: 0, status: 422 } },
    },
    {
      id: 'closed-early',
      breaks: 'keep-alive',
      code: 'closed-before-proxy',
      apply: (o) => ({ ...o, keepAlive: { ...o.keepAlive, closedAfterMs: 5000, secondStatus: 0 } }),
    },
    {
      id: 'only-an-error-closes',
      breaks: 'keep-alive',
      code: 'not-observed-long-enough',
      apply: (o) => ({
        ...o,
        keepAlive: { ...o.keepAlive, firstStatus: 404, announcedClose: true, closedAfterMs: 5, secondStatus: 0 },
      }),
    },
    {
      id: 'outlives-caller',
      breaks: 'caller-order',
      code: 'outlives-caller',
      apply: (o) =>
        o.callers.length > 0
          ? { ...o, callers: o.callers.map((c) => ({ ...c, status: 0, error: 'timeout', durationMs: 3_600_000 })) }
          : null,
    },
    {
      id: 'fault-not-seen',
      breaks: 'caller-order',
      code: 'fault-not-seen',
      apply: (o) => (o.callers.length > 0 ? { ...o, callers: o.callers.map((c) => ({ ...c, held: 0 })) } : null),
    },
    {
      id: 'not-connected',
      breaks: 'header-limit',
      code: 'not-observed-long-enough',
      apply: (o) => ({ ...o, headers: { ...o.headers, connected: false } }),
    },
  ],
})

function judgeSlow(
  verdicts: Verdicts<Aspect>,
  aspect: Aspect,
  slow: Observation['body'],
  limitMs: number,
  { baseline, limitsOff }: Observation,
  setting: string,
): void {
  const ended = slow && (slow.status > 0 || slow.closedAfterMs !== null)
  if (slow?.connected === true && baseline.status > 0 && ended && (slow.closedAfterMs ?? 0) <= limitMs) {
    verdicts.pass(aspect)
    return
  }
  const input = {
    where: slow?.request ?? 'requests',
    expected: `ended by the service within ${limitMs} ms`,
    fix: 'Set a limit for receiving headers (Node: headersTimeout) and for the whole request (Node: requestTimeout, 300 s by default).',
  }
  const off = limitsOff.find(({ name }) => name === setting)
  const isTooEarly = slow === null || !slow.connected || baseline.status === 0 || (!ended && slow.watchedMs < limitMs)
  if (isTooEarly && !(off && slow?.connected && slow.watchedMs >= STILL_OPEN_MS_MIN)) {
    verdicts.inconclusive(aspect, {
      ...input,
      code: 'not-observed-long-enough',
      message: 'A slow request was not watched to the end of its limit, so a long limit was not told from none.',
      observed: slow === null ? 'no request with a body is declared' : `still open after ${slow.watchedMs} ms`,
      fix:
        slow === null
          ? "Declare a request with a body: requests: { add: { method: 'POST', path: '/...', body: {} } }"
          : `Set the limit below ${Math.floor(slow.watchedMs / 1000)} s, or let the policy raise watchMsMax of RES-20 above ${limitMs}.`,
    })
    return
  }
  verdicts.fail(aspect, {
    ...input,
    code: 'no-limit',
    message: 'A request that arrives byte by byte is waited for without a limit.',
    ...(off ? { where: off.where } : {}),
    observed:
      slow.closedAfterMs === null ? `still open after ${slow.watchedMs} ms` : `ended after ${slow.closedAfterMs} ms`,
  })
}

/** Answered because of what its head says, not because its body took too long: that shows no limit of time. */
export function answeredItsHead({ status, pieces }: NonNullable<Observation['body']>): boolean {
  return ANSWERS_TO_THE_HEAD.includes(status) || (pieces === 0 && status > 0 && status !== REQUEST_TIMEOUT)
}

function judgeAnswered(verdicts: Verdicts<Aspect>, body: NonNullable<Observation['body']>, params: Params): void {
  verdicts.inconclusive('request-limit', {
    code: 'answered-before-its-body',
    message: 'The request was answered before its body had come, which shows no limit of time.',
    where: body.request,
    expected: `a request that waits for its body, ended by the service within ${params.requestMsMax} ms`,
    observed: `${body.status} after ${body.closedAfterMs ?? body.watchedMs} ms`,
    fix: "Declare one that is let in: requests: { add: { method: 'POST', path: '/...', as: 'client', effect: 'write', body: {}, expect: 201 } }",
  })
}

function judgeKeepAlive(verdicts: Verdicts<Aspect>, { keepAlive }: Observation, params: Params): void {
  const { firstStatus, announcedClose, closedAfterMs, secondStatus, idleMs } = keepAlive
  if (announcedClose && firstStatus > 0 && firstStatus < BAD_ANSWER_MIN) {
    verdicts.notApplicable('keep-alive', 'no-keep-alive')
    return
  }
  const where = 'keep-alive'
  const expected = `an idle connection is still good after ${params.proxyKeepAliveMs} ms, so that the proxy closes first`
  const fix = 'Set the keep-alive of the server above that of its proxy (Node: keepAliveTimeout, 5 s by default).'
  // An error may end its own connection where all other answers keep theirs.
  if (firstStatus === 0 || announcedClose || (closedAfterMs === null && idleMs < params.proxyKeepAliveMs)) {
    verdicts.inconclusive('keep-alive', {
      code: 'not-observed-long-enough',
      message: 'No connection was kept idle for as long as the proxy does.',
      where,
      expected,
      observed: announcedClose ? `${firstStatus}, which ends its connection` : `idle for ${idleMs} ms`,
      fix,
    })
  } else if (closedAfterMs !== null || secondStatus === 0) {
    verdicts.fail('keep-alive', {
      code: 'closed-before-proxy',
      message:
        'The service closes idle connections before its proxy does; a request that is sent at that moment fails with 502.',
      where,
      expected,
      observed: closedAfterMs === null ? 'the second request was not answered' : `closed after ${closedAfterMs} ms`,
      fix,
    })
  } else verdicts.pass('keep-alive')
}

function judgeCallers(verdicts: Verdicts<Aspect>, { callers, objects }: Observation, params: Params): void {
  if (callers.length === 0) {
    const states = Object.values(objects)
    if (states.length > 0 && states.every((state) => state === 'absent'))
      verdicts.notApplicable('caller-order', 'no-dependencies')
    else {
      verdicts.inconclusive('caller-order', {
        code: 'no-touching-request',
        message: 'No declared request that only reads is said to reach a dependency.',
        where: 'requests',
        expected: 'a request with `touches`',
        observed: 'none',
        fix: `Declare one: requests: { list: { path: '/...', touches: ['db'] } }`,
      })
    }
    return
  }
  for (const caller of callers) {
    const input = {
      where: `${caller.request} with ${caller.dependency} frozen`,
      expected: `an answer within ${params.callerTimeoutMs} ms`,
      observed: `${caller.error || caller.status} after ${caller.durationMs} ms`,
      fix: 'Give the call of the dependency a time limit below that of the callers.',
    }
    if (caller.held === 0)
      verdicts.inconclusive('caller-order', {
        ...input,
        code: 'fault-not-seen',
        message: `Nothing shows that the request waited on ${caller.dependency}.`,
      })
    else if (caller.status === 0 || caller.durationMs > params.callerTimeoutMs)
      verdicts.fail('caller-order', {
        ...input,
        code: 'outlives-caller',
        message: 'The call of a dependency outlives its caller.',
      })
    else verdicts.pass('caller-order')
  }
}
