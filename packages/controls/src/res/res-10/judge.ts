import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'

/** Status 0: no answer, see `error`. */
const answerSchema = z.strictObject({ status: z.int(), error: z.string() })
const exitSchema = z.strictObject({ code: z.int().nullable(), signal: z.string().nullable(), afterMs: z.int() })
const bodySchema = z.strictObject({
  request: z.string(),
  /** The rest of the body was sent so long after SIGTERM. */
  restAfterMs: z.int(),
  /** The same request in two halves, without SIGTERM. */
  before: answerSchema,
  /** It was answered before the signal, so it was not under way. */
  answeredEarly: z.boolean(),
  after: answerSchema,
})
const observationSchema = z.strictObject({
  /** Null: there is no request with a body. */
  early: bodySchema.nullable(),
  late: bodySchema.nullable(),
  /** Null: no request is known that waits on a database. */
  databaseWait: z
    .strictObject({
      request: z.string(),
      dependency: z.string(),
      waitMs: z.int(),
      /** The same wait without SIGTERM. */
      before: answerSchema,
      /** The proxy held data of the request when the signal was sent. */
      held: z.int(),
      after: answerSchema,
    })
    .nullable(),
  databaseObject: z.enum(['present', 'absent', 'unknown']),
  idle: z.strictObject({
    /** Of the answer that the connection carried; 0: none. */
    status: z.int(),
    /** The answer said that the connection ends with it, so that no service of this kind has idle ones. */
    announcedClose: z.boolean(),
    /** The connection had carried an answered request and was open when the signal was sent. */
    connectionOpen: z.boolean(),
    /** Null: it still ran when it was given up. */
    exit: exitSchema.nullable(),
  }),
  load: z.strictObject({
    requests: z.int(),
    /** Relative to the signal: sent before it, in the moment of it, and after. */
    before: z.strictObject({ sent: z.int(), good: z.int(), failed: z.array(answerSchema.extend({ atMs: z.int() })) }),
    /**
     * Accepted long after the signal and then dropped; or answered with a 5xx that is neither 503 nor declared, at any time
     * from the moment of the signal.
     */
    after: z.strictObject({
      sent: z.int(),
      refused: z.int(),
      failed: z.array(answerSchema.extend({ atMs: z.int() })),
    }),
    /** From the signal until the last request that was not refused had ended; 0: before it. */
    drainedAfterMs: z.int(),
    /** Of the instance that carried the load. Null: it still ran when it was given up. */
    exit: exitSchema.nullable(),
  }),
})
export type Observation = z.infer<typeof observationSchema>
type Exit = z.infer<typeof exitSchema>
type BodyPhase = z.infer<typeof bodySchema>
const paramsSchema = z.strictObject({
  /** From SIGTERM to the exit with nothing but an idle connection; under load from the end of the last request. */
  idleExitMsMax: z.int().positive(),
  loadRatePerS: z.int().positive().max(200),
})
export type Params = z.infer<typeof paramsSchema>
const ASPECTS = ['body-phase-early', 'body-phase-late', 'database-wait', 'idle-exit', 'exit-code', 'load'] as const
type Aspect = (typeof ASPECTS)[number]
const LOAD_SAMPLES_MIN = 10
/** Runtimes that end by re-raising after their hooks ran, as the JVM does, exit with 128 + SIGTERM. */
const BAD_ANSWER_MIN = 400
const EXIT_CODES_RIGHT = [0, 143]
const FIX = 'On SIGTERM stop accepting, wait for the requests under way, and only then close the pools and exit.'

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 2,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation, params) {
    const verdicts = new Verdicts(ASPECTS)
    judgeBody(verdicts, 'body-phase-early', observation.early)
    judgeBody(verdicts, 'body-phase-late', observation.late)
    judgeDatabase(verdicts, observation)
    judgeExit(verdicts, observation, params)
    judgeLoad(verdicts, observation)
    judgeLoadedExit(verdicts, observation, params)
    return verdicts.done()
  },
  refutations: [
    {
      id: 'early-dropped',
      breaks: 'body-phase-early',
      code: 'request-dropped',
      apply: (o) => o.early && { ...o, early: { ...o.early, after: { status: 0, error: 'closed' } } },
    },
    {
      id: 'late-dropped',
      breaks: 'body-phase-late',
      code: 'request-dropped',
      apply: (o) => o.late && { ...o, late: { ...o.late, after: { status: 0, error: 'closed' } } },
    },
    {
      id: 'late-500',
      breaks: 'body-phase-late',
      code: 'request-failed',
      apply: (o) => o.late && { ...o, late: { ...o.late, after: { status: 500, error: '' } } },
    },
    {
      id: 'database-wait-dropped',
      breaks: 'database-wait',
      code: 'request-dropped',
      apply: (o) =>
        o.databaseWait && { ...o, databaseWait: { ...o.databaseWait, after: { status: 0, error: 'ECONNRESET' } } },
    },
    {
      id: 'database-fault-not-seen',
      breaks: 'database-wait',
      code: 'fault-not-seen',
      apply: (o) => o.databaseWait && { ...o, databaseWait: { ...o.databaseWait, held: 0 } },
    },
    {
      id: 'still-running',
      breaks: 'idle-exit',
      code: 'still-running',
      apply: (o) => ({ ...o, idle: { ...o.idle, exit: null } }),
    },
    {
      id: 'exits-late',
      breaks: 'idle-exit',
      code: 'still-running',
      apply: (o) => o.idle.exit && { ...o, idle: { ...o.idle, exit: { ...o.idle.exit, afterMs: 3_600_000 } } },
    },
    {
      id: 'exits-with-1',
      breaks: 'exit-code',
      code: 'wrong-exit-code',
      apply: (o) => o.idle.exit && { ...o, idle: { ...o.idle, exit: { ...o.idle.exit, code: 1, signal: null } } },
    },
    {
      id: 'no-handler',
      breaks: 'exit-code',
      code: 'ended-by-signal',
      apply: (o) =>
        o.idle.exit && { ...o, idle: { ...o.idle, exit: { ...o.idle.exit, code: null, signal: 'SIGTERM' } } },
    },
    {
      id: 'load-dropped',
      breaks: 'load',
      code: 'request-dropped',
      apply: (o) => ({
        ...o,
        load: { ...o.load, before: { ...o.load.before, failed: [{ status: 0, error: 'ECONNRESET', atMs: -200 }] } },
      }),
    },
    {
      id: 'load-500-after',
      breaks: 'load',
      code: 'request-failed',
      apply: (o) => ({
        ...o,
        load: { ...o.load, after: { ...o.load.after, failed: [{ status: 500, error: '', atMs: 700 }] } },
      }),
    },
    {
      id: 'loaded-still-running',
      breaks: 'load',
      code: 'still-running',
      apply: (o) => ({ ...o, load: { ...o.load, exit: null } }),
    },
    {
      id: 'loaded-exits-late',
      breaks: 'load',
      code: 'still-running',
      apply: (o) => o.load.exit && { ...o, load: { ...o.load, exit: { ...o.load.exit, afterMs: 3_600_000 } } },
    },
    {
      id: 'loaded-exits-with-1',
      breaks: 'exit-code',
      code: 'wrong-exit-code',
      apply: (o) => o.load.exit && { ...o, load: { ...o.load, exit: { ...o.load.exit, code: 1, signal: null } } },
    },
    {
      id: 'nothing-idle',
      breaks: 'idle-exit',
      code: 'no-idle-connection',
      apply: (o) => ({ ...o, idle: { ...o.idle, connectionOpen: false, announcedClose: false } }),
    },
    {
      id: 'without-keep-alive-still-running',
      breaks: 'idle-exit',
      code: 'still-running',
      apply: (o) => ({ ...o, idle: { ...o.idle, connectionOpen: false, announcedClose: true, exit: null } }),
    },
    {
      id: 'no-load',
      breaks: 'load',
      code: 'no-load',
      apply: (o) => ({ ...o, load: { ...o.load, before: { sent: 0, good: 0, failed: [] } } }),
    },
  ],
})

function judgeBody(verdicts: Verdicts<Aspect>, aspect: Aspect, phase: BodyPhase | null): void {
  if (phase === null || phase.before.status === 0 || phase.answeredEarly) {
    verdicts.inconclusive(aspect, {
      code:
        phase === null ? 'no-request-with-body' : phase.answeredEarly ? 'answered-before-its-body' : 'no-steady-state',
      message: 'No request could be held in its body phase.',
      where: phase?.request ?? 'requests',
      expected: 'a request with a body that is answered after its body ended',
      observed:
        phase === null
          ? 'none is declared or described'
          : `${phase.before.error || phase.before.status}${phase.answeredEarly ? ', answered before the body ended' : ''}`,
      fix: `Declare one: requests: { add: { method: 'POST', path: '/...', body: { ... }, effect: 'write', expect: 201 } }`,
    })
    return
  }
  const { after, before } = phase
  if (after.status === 0) {
    verdicts.fail(aspect, {
      code: 'request-dropped',
      message: `A request whose body ended ${phase.restAfterMs} ms after SIGTERM was never answered.`,
      where: phase.request,
      expected: 'an answer',
      observed: after.error || 'none',
      fix: FIX,
    })
  } else if (after.status >= 500 && before.status < 500) {
    verdicts.fail(aspect, {
      code: 'request-failed',
      message: `A request whose body ended ${phase.restAfterMs} ms after SIGTERM failed, which it did not without the signal.`,
      where: phase.request,
      expected: `as without the signal: ${before.status}`,
      observed: String(after.status),
      fix: FIX,
    })
  } else verdicts.pass(aspect)
}

function judgeDatabase(verdicts: Verdicts<Aspect>, observation: Observation): void {
  const wait = observation.databaseWait
  if (wait === null) {
    if (observation.databaseObject === 'absent') verdicts.notApplicable('database-wait', 'no-database')
    else {
      verdicts.inconclusive('database-wait', {
        code: 'no-request-on-database',
        message: 'No declared request that only reads is said to reach a database.',
        where: 'requests',
        expected: 'a request with `touches`',
        observed: 'none',
        fix: `Declare one: requests: { list: { path: '/...', touches: ['db'] } }, and the database in \`dependencies\`.`,
      })
    }
    return
  }
  if (wait.held === 0 || wait.before.status === 0) {
    verdicts.inconclusive('database-wait', {
      code: wait.held === 0 ? 'fault-not-seen' : 'no-steady-state',
      message: `Nothing shows that the request was waiting on ${wait.dependency} when SIGTERM was sent.`,
      where: wait.request,
      expected: 'data held at the proxy, and an answer to the same request without SIGTERM',
      observed: `${wait.held} chunks held; without SIGTERM: ${wait.before.error || wait.before.status}`,
      fix: 'Correct `touches`: name a request that asks the database each time.',
    })
    return
  }
  if (wait.after.status === 0 || (wait.after.status >= 500 && wait.before.status < 500)) {
    verdicts.fail('database-wait', {
      code: wait.after.status === 0 ? 'request-dropped' : 'request-failed',
      message: `A request that waited ${wait.waitMs} ms on ${wait.dependency} when SIGTERM came ${wait.after.status === 0 ? 'was never answered' : 'failed'}.`,
      where: wait.request,
      expected: `as without the signal: ${wait.before.status}`,
      observed: wait.after.error || String(wait.after.status),
      fix: FIX,
    })
  } else verdicts.pass('database-wait')
}

function judgeExit(verdicts: Verdicts<Aspect>, observation: Observation, params: Params): void {
  const { exit, connectionOpen, announcedClose, status } = observation.idle
  // Without keep-alive nothing is ever idle, and there is only the exit to look at; an error may end its own connection.
  const neverIdle = announcedClose && status > 0 && status < BAD_ANSWER_MIN
  if (!connectionOpen && !neverIdle) {
    verdicts.inconclusive('idle-exit', {
      code: 'no-idle-connection',
      message: 'No idle connection was open when SIGTERM was sent.',
      where: 'start.ready',
      expected: 'a connection that carried an answered request',
      observed: `${status === 0 ? 'no answer' : status}, or closed by the service`,
      fix: 'See why the service does not answer, or does not keep connections.',
    })
  } else if (exit === null || exit.afterMs > params.idleExitMsMax) {
    verdicts.fail('idle-exit', {
      code: 'still-running',
      message: `With nothing ${neverIdle ? 'under way' : 'but an idle keep-alive connection'} it did not exit in time, so the platform kills it.`,
      where: 'SIGTERM',
      expected: `an exit within ${params.idleExitMsMax} ms`,
      observed: exit === null ? 'still running' : `exit after ${exit.afterMs} ms`,
      fix: 'Close idle connections on SIGTERM (in Node: server.closeIdleConnections()), and clear timers.',
    })
  } else verdicts.pass('idle-exit')
  if (exit !== null) judgeExitCode(verdicts, exit, 'SIGTERM')
  else
    verdicts.fail('exit-code', {
      code: 'still-running',
      message: 'It did not exit.',
      where: 'SIGTERM',
      expected: 'exit code 0',
      observed: 'still running',
      fix: FIX,
    })
}

function judgeExitCode(verdicts: Verdicts<Aspect>, exit: Exit, where: string): void {
  if (exit.code !== null && EXIT_CODES_RIGHT.includes(exit.code)) {
    verdicts.pass('exit-code')
    return
  }
  verdicts.fail('exit-code', {
    code: exit.code === null ? 'ended-by-signal' : 'wrong-exit-code',
    message:
      exit.code === null ? 'It has no handler for SIGTERM: the signal ended it.' : 'It exited as if it had failed.',
    where,
    expected: 'exit code 0 (or 143)',
    observed: exit.code === null ? (exit.signal ?? 'unknown') : String(exit.code),
    fix: FIX,
  })
}

/** What is opened by real use, such as a pool of connections, keeps only a process alive that was really used. */
function judgeLoadedExit(verdicts: Verdicts<Aspect>, { load }: Observation, params: Params): void {
  const { exit, drainedAfterMs } = load
  if (exit !== null) judgeExitCode(verdicts, exit, 'SIGTERM under load')
  if (exit !== null && exit.afterMs - drainedAfterMs <= params.idleExitMsMax) return
  verdicts.fail('load', {
    code: 'still-running',
    message: 'After load it did not exit in time, so the platform kills it.',
    where: 'SIGTERM under load',
    expected: `an exit within ${params.idleExitMsMax} ms of the last answer, which came ${drainedAfterMs} ms after SIGTERM`,
    observed: exit === null ? 'still running' : `exit after ${exit.afterMs} ms`,
    fix: 'Close on SIGTERM what real use opened: pools of connections, clients with keep-alive, timers, workers.',
  })
}

function judgeLoad(verdicts: Verdicts<Aspect>, observation: Observation): void {
  const { before, after } = observation.load
  if (before.good < LOAD_SAMPLES_MIN) {
    verdicts.inconclusive('load', {
      code: 'no-load',
      message: 'Too few requests were answered as they should before SIGTERM.',
      where: 'requests',
      expected: `at least ${LOAD_SAMPLES_MIN} good answers before the signal`,
      observed: `${before.good} of ${before.sent}`,
      fix: `Declare requests that only read: requests: { list: { path: '/...', expect: 200 } }`,
    })
    return
  }
  verdicts.pass('load')
  for (const failure of [...before.failed, ...after.failed].slice(0, 5)) {
    verdicts.fail('load', {
      code: failure.status === 0 ? 'request-dropped' : 'request-failed',
      message: `A request sent ${Math.abs(failure.atMs)} ms ${failure.atMs < 0 ? 'before' : 'after'} SIGTERM failed.`,
      where: failure.atMs < 0 ? 'under load, sent before SIGTERM' : 'under load, accepted after SIGTERM',
      expected: 'an answer; after SIGTERM a refused connection or a 503 is right as well',
      observed: failure.error || String(failure.status),
      fix: FIX,
    })
  }
}
