// Goal: each guarantee of a policy, alone and together, and each refusal. Method: a fake clock; work whose end the test
// decides. Retries have a file of their own.
import { describe, expect, it } from 'vitest'
import { currentRequest, type RequestContext, runInRequest } from '../context/index.ts'
import { FakeClock } from '../testing/index.ts'
import {
  BreakerOpenError,
  Bulkhead,
  CallCancelledError,
  type CallPolicyOptions,
  callErrorCode,
  callPolicy,
  CallTimeoutError,
  CircuitBreaker,
  Deadline,
  DeadlineExceededError,
  isTransientError,
  type PolicyCall,
  RetryBudget,
} from './index.ts'
import { timeoutsOf } from './timeout-queue.ts'

const busy = (retryAfterMs?: number): Error => Object.assign(new Error('busy'), { statusCode: 503, retryAfterMs })

function subject(options: Partial<CallPolicyOptions> = {}) {
  const clock = new FakeClock()
  const calls: string[] = []
  const budget = new RetryBudget()
  const policy = callPolicy({
    name: 'rates',
    clock,
    random: () => 0.5,
    budget,
    onCall: ({ outcome, attempt, durationMs }) => calls.push(`${attempt} ${outcome} ${durationMs}`),
    ...options,
  })
  return { clock, calls, budget, policy, queued: () => timeoutsOf(clock).size }
}

const request = (deadline: RequestContext['deadline']): RequestContext => ({
  correlationId: 'c',
  trace: null,
  deadline,
})
const never = (): Promise<never> => new Promise(() => {})

describe('a call', () => {
  it('gives what the work gives, or throws what it throws, also at once', async () => {
    const { policy, calls, queued } = subject()
    expect(await policy.run(async () => 7)).toBe(7)
    await expect(policy.run(() => Promise.reject(new Error('a')))).rejects.toThrow('a')
    await expect(
      policy.run(() => {
        throw new Error('b')
      }),
    ).rejects.toThrow('b')
    expect(calls).toEqual(['1 ok 0', '1 error 0', '1 error 0'])
    expect(queued()).toBe(0)
  })

  it('ends at its limit although the work never looks at its signal, within 10 ms, and drops what comes late', async () => {
    const { policy, clock, calls, queued } = subject({ timeoutMs: 1003 })
    let late: (error: Error) => void = () => {}
    const outcome = policy.run(() => new Promise((_, reject) => (late = reject))).catch((error: unknown) => error)
    await clock.advance(1002)
    expect(calls).toEqual([])
    await clock.advance(11)
    expect(await outcome).toBeInstanceOf(CallTimeoutError)
    expect(await outcome).toMatchObject({ code: 'call_timeout', dependency: 'rates', timeoutMs: 1003 })
    late(new Error('nobody must see this as an unhandled rejection'))
    await clock.flush()
    expect(queued()).toBe(0)
    expect(calls).toEqual(['1 timeout 1010'])
  })

  it('aborts the signal it gave, with the reason, and leaves it alone after success', async () => {
    const { policy, clock } = subject({ timeoutMs: 100 })
    const signals: AbortSignal[] = []
    const work = ({ signal }: PolicyCall): Promise<never> => {
      signals.push(signal)
      return never()
    }
    const error = await clock.settle(policy.run(work).catch((caught: unknown) => caught))
    expect(signals[0]?.reason).toBe(error)
    await policy.run(async ({ signal }) => signals.push(signal))
    await clock.advance(1000)
    expect(signals[1]?.aborted).toBe(false)
  })

  it('can limit a step of it', async () => {
    const { policy, clock } = subject({ timeoutMs: 1000 })
    const left: number[] = []
    const outcome = policy
      .run(async (call) => {
        call.limitStep(50)
        left.push(call.remainingMs())
        call.limitStep(Infinity)
        left.push(call.remainingMs())
        call.limitStep(200)
        await never()
      })
      .catch((error: unknown) => error)
    await clock.advance(210)
    expect(await outcome).toMatchObject({ code: 'call_timeout', timeoutMs: 200 })
    expect(left).toEqual([50, 1000])
  })

  it('tells work that asks after the end that it was given up', async () => {
    const { policy, clock } = subject({ timeoutMs: 100 })
    let kept: PolicyCall | undefined
    const outcome = policy
      .run((call) => {
        kept = call
        return never()
      })
      .catch(() => {})
    await clock.advance(110)
    await outcome
    let reason: unknown
    kept?.onGivenUp((given) => (reason = given))
    expect(reason).toBeInstanceOf(CallTimeoutError)
    expect([kept?.signal.aborted, kept?.remainingMs()]).toEqual([true, 0])
  })
})

describe('the shared timer', () => {
  it('belongs to no request: what it ends is told outside of any, not inside of the one that started it', async () => {
    const seen: unknown[] = []
    const policy = callPolicy({ name: 'rates', timeoutMs: 30, onCall: () => seen.push(currentRequest()) })
    const run = (correlationId: string): Promise<unknown> =>
      runInRequest({ correlationId, trace: null, deadline: null }, () => policy.run(never).catch(() => {}))
    // The timer keeps no process alive; this does.
    const alive = setTimeout(() => {}, 1000)
    await Promise.all([run('first'), run('second')])
    clearTimeout(alive)
    expect(seen).toEqual([undefined, undefined])
  })
})

describe('the deadline of the request', () => {
  it('ends a call earlier than its own limit', async () => {
    const { policy, clock } = subject({ timeoutMs: 5000 })
    const deadline = new Deadline(300, { clock })
    const outcome = runInRequest(request(deadline), () => policy.run(never)).catch((error: unknown) => error)
    await clock.advance(310)
    expect(await outcome).toBeInstanceOf(DeadlineExceededError)
  })

  it('that is over, or was cancelled, lets nothing begin', async () => {
    const { policy, clock, calls } = subject()
    let begun = 0
    const work = async (): Promise<void> => void (begun += 1)
    const over = new Deadline(10, { clock })
    const cancelled = new Deadline(10_000, { clock })
    cancelled.cancel()
    await clock.advance(10)
    await expect(policy.run(work, { deadline: over })).rejects.toBeInstanceOf(DeadlineExceededError)
    await expect(policy.run(work, { deadline: cancelled })).rejects.toBeInstanceOf(CallCancelledError)
    const foreign = { remainingMs: () => 0, signal: AbortSignal.abort() }
    await expect(policy.run(work, { deadline: foreign })).rejects.toBeInstanceOf(DeadlineExceededError)
    expect([begun, calls]).toEqual([0, ['1 refused 0', '1 cancelled 0', '1 refused 0']])
    await policy.run(work, { deadline: null })
    expect(begun).toBe(1)
  })

  it('that is cancelled ends the call, whether it looks at its signal or not, and blames nobody', async () => {
    const { policy, clock, calls, queued } = subject()
    const deadline = new Deadline(10_000, { clock })
    let aborted: unknown
    const outcome = runInRequest(request(deadline), () =>
      Promise.allSettled([
        policy.run(never),
        policy.run(({ signal }) => {
          signal.addEventListener('abort', () => (aborted = signal.reason))
          return never()
        }),
      ]),
    )
    deadline.cancel(new Error('socket closed'))
    expect(await outcome).toMatchObject([
      { reason: { code: 'call_cancelled', cause: { message: 'socket closed' } } },
      { reason: { code: 'call_cancelled' } },
    ])
    expect(aborted).toBeInstanceOf(CallCancelledError)
    expect(calls).toEqual(['1 cancelled 0', '1 cancelled 0'])
    expect([policy.breaker?.state, queued()]).toEqual([{ kind: 'closed', consecutiveFailures: 0 }, 0])
  })

  it('of another kind is followed through its signal', async () => {
    const { policy } = subject()
    const controller = new AbortController()
    const deadline = { remainingMs: () => 5000, signal: controller.signal }
    const outcome = policy.run(
      ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
      { deadline },
    )
    controller.abort()
    await expect(outcome).rejects.toBeInstanceOf(CallCancelledError)
  })

  it('blames the dependency only if it had a fair chance', async () => {
    const { policy, clock } = subject({ timeoutMs: 5000, retry: null })
    const spend = async (budgetMs: number): Promise<void> => {
      const outcome = policy.run(never, { deadline: new Deadline(budgetMs, { clock }) }).catch(() => {})
      await clock.advance(budgetMs + 10)
      await outcome
    }
    for (let i = 0; i < 6; i += 1) await spend(900)
    expect(policy.breaker?.state.kind).toBe('closed')
    for (let i = 0; i < 4; i += 1) await spend(1000)
    expect(policy.breaker?.state.kind).toBe('open')
  })

  it('is not looked at where the policy says so', async () => {
    const { policy, clock } = subject({ deadline: 'none' })
    const over = new Deadline(0, { clock })
    expect(await runInRequest(request(over), () => policy.run(async () => 1))).toBe(1)
  })
})

describe('the breaker', () => {
  it('opens at the 4th failure, refuses without calling and without retrying', async () => {
    const { policy, calls } = subject({ retry: {} })
    for (let i = 0; i < 4; i += 1) await policy.run(() => Promise.reject(new Error('defect'))).catch(() => {})
    let called = false
    await expect(policy.run(async () => (called = true))).rejects.toBeInstanceOf(BreakerOpenError)
    expect([called, calls.at(-1)]).toEqual([false, '1 refused 0'])
  })

  it('takes the mistakes of the caller for an answer', async () => {
    const { policy } = subject()
    for (let i = 0; i < 9; i += 1)
      await policy.run(() => Promise.reject(Object.assign(new Error('no'), { statusCode: 422 }))).catch(() => {})
    expect(policy.breaker?.state).toEqual({ kind: 'closed', consecutiveFailures: 0 })
  })

  it('is not held by a probe that hangs: others are refused at once, and it fails at the limit', async () => {
    const { policy, clock } = subject({ timeoutMs: 1000 })
    for (let i = 0; i < 4; i += 1) await policy.run(() => Promise.reject(new Error('down'))).catch(() => {})
    await clock.advance(6000)
    const probe = policy.run(never).catch((error: unknown) => error)
    for (let i = 0; i < 20; i += 1) await expect(policy.run(async () => 1)).rejects.toBeInstanceOf(BreakerOpenError)
    await clock.advance(1010)
    expect(await probe).toBeInstanceOf(CallTimeoutError)
    expect(policy.breaker?.state.kind).toBe('open')
    await clock.advance(6000)
    expect(await policy.run(async () => 1)).toBe(1)
    expect(policy.breaker?.state.kind).toBe('recovering')
  })

  it('frees the probe of a caller that went away', async () => {
    const { policy, clock } = subject()
    for (let i = 0; i < 4; i += 1) await policy.run(() => Promise.reject(new Error('down'))).catch(() => {})
    await clock.advance(6000)
    const deadline = new Deadline(5000, { clock })
    const probe = policy.run(never, { deadline }).catch(() => {})
    deadline.cancel()
    await probe
    expect(await policy.run(async () => 1)).toBe(1)
  })
})

describe('the bulkhead', () => {
  it('bounds attempts, is free again after a time limit, and refuses the rest', async () => {
    const clock = new FakeClock()
    const bulkhead = new Bulkhead(1, 1, { queueTimeoutMs: 5000, clock })
    const { policy, calls } = subject({ clock, bulkhead, timeoutMs: 200 })
    const hung = policy.run(never).catch((error: unknown) => error)
    const waiting = policy.run(async () => 1)
    await expect(policy.run(async () => 2)).rejects.toMatchObject({ code: 'bulkhead_full', reason: 'queue_full' })
    await clock.advance(210)
    expect(await hung).toBeInstanceOf(CallTimeoutError)
    expect(await waiting).toBe(1)
    expect([bulkhead.running, bulkhead.queued, calls]).toEqual([0, 0, ['1 refused 0', '1 timeout 200', '1 ok 200']])
  })

  it('lets nobody wait past the deadline, nor for a caller that went away', async () => {
    const clock = new FakeClock()
    const bulkhead = new Bulkhead(1, 5, { queueTimeoutMs: 5000, clock })
    const { policy } = subject({ clock, bulkhead })
    const deadline = new Deadline(9000, { clock })
    void policy.run(never).catch(() => {})
    const short = policy.run(async () => 1, { deadline: new Deadline(300, { clock }) }).catch((error: unknown) => error)
    const gone = policy.run(async () => 1, { deadline }).catch((error: unknown) => error)
    deadline.cancel()
    expect(await gone).toBeInstanceOf(CallCancelledError)
    await clock.advance(310)
    expect(await short).toBeInstanceOf(DeadlineExceededError)
    expect([bulkhead.running, bulkhead.queued]).toEqual([1, 0])
  })

  it('gets its place back from a caller that went away in the very turn that it got it', async () => {
    const clock = new FakeClock()
    const bulkhead = new Bulkhead(1, 1, { clock })
    const { policy } = subject({ clock, bulkhead })
    await bulkhead.enter()
    const deadline = new Deadline(5000, { clock })
    const outcome = policy.run(async () => 1, { deadline }).catch((error: unknown) => error)
    bulkhead.leave()
    deadline.cancel()
    expect(await outcome).toBeInstanceOf(CallCancelledError)
    expect([bulkhead.running, bulkhead.queued]).toEqual([0, 0])
  })

  it('gets its place back from a call that the breaker refuses', async () => {
    const bulkhead = new Bulkhead(1, 0)
    const breaker = new CircuitBreaker({ name: 'rates', failuresMax: 0 })
    const { policy } = subject({ bulkhead, breaker })
    await policy.run(() => Promise.reject(new Error('down'))).catch(() => {})
    await expect(policy.run(async () => 1)).rejects.toBeInstanceOf(BreakerOpenError)
    expect(bulkhead.running).toBe(0)
  })
})

describe('names of errors', () => {
  it('say what to answer with', () => {
    const { breaker } = subject().policy
    expect(breaker).not.toBeNull()
    expect(
      [
        new CallTimeoutError('x', 1),
        new DeadlineExceededError(),
        new CallCancelledError(),
        new BreakerOpenError('x', 1),
        new Error('x'),
        null,
      ].map((error) => callErrorCode(error)),
    ).toEqual(['upstream_timeout', 'deadline_exceeded', 'deadline_exceeded', 'upstream_unavailable', null, null])
  })
  it('are transient where another attempt may help', () => {
    const transient = [busy(), { status: 429 }, { code: 'ECONNRESET' }, new Error('x', { cause: { code: 'EPIPE' } })]
    const lasting = [{ statusCode: 500 }, { statusCode: 404, code: 'ECONNRESET' }, { code: 'ENOTFOUND' }, null, 'x']
    expect(transient.map((error) => isTransientError(error))).toEqual([true, true, true, true])
    expect(lasting.map((error) => isTransientError(error))).toEqual([false, false, false, false, false])
    const loop: { cause?: unknown } = {}
    loop.cause = loop
    expect(isTransientError(loop)).toBe(false)
  })
})

describe('construction', () => {
  it.each([
    { name: 'a b' },
    { timeoutMs: 0 },
    { timeoutMs: Infinity },
    { fairTimeMs: -1 },
    { retry: { attemptsMax: 0 } },
    { retry: { attemptsMax: 11 } },
    { retry: { delayMinMs: 500, delayMaxMs: 100 } },
    { retry: { delayMaxMs: Number.NaN } },
  ])('refuses %j', (wrong) => {
    expect(() => callPolicy({ name: 'rates', ...wrong })).toThrow(RangeError)
  })
  it('of a budget refuses no tokens and no refund', () => {
    expect(() => new RetryBudget({ tokensMax: 0 })).toThrow(RangeError)
    expect(() => new RetryBudget({ tokensPerSuccess: 0 })).toThrow(RangeError)
  })
})
