// Goal: what is repeated, when, how often, and for whom. Method: a fake clock and chosen randomness; a property over random
// outcomes for the number of attempts and the budget.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { currentRequest, runInRequest } from '../context/index.ts'
import { FakeClock } from '../testing/index.ts'
import {
  CallCancelledError,
  type CallPolicyOptions,
  callPolicy,
  Deadline,
  isInsideRetry,
  retry,
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

const never = (): Promise<never> => new Promise(() => {})

describe('retry', () => {
  it('makes 3 attempts in all, with full jitter between 1 s and a limit that doubles', async () => {
    const { policy, clock, calls, queued } = subject({ retry: {} })
    const startedMs = clock.nowMs()
    const begun: number[] = []
    const outcome = policy.run(() => {
      begun.push(clock.nowMs() - startedMs)
      return Promise.reject(busy())
    })
    await expect(clock.settle(outcome)).rejects.toThrow('busy')
    // Half of the way from 1 s to 2 s, then to 4 s.
    expect(begun).toEqual([0, 1500, 4000])
    expect(calls).toEqual(['1 error 0', '2 error 0', '3 error 0'])
    // What may be left is the shared timer, which finds nothing to do.
    expect([queued(), clock.pending <= 1]).toEqual([0, true])
  })

  it('waits at least 1 s and at most 10 s', async () => {
    for (const [chance, expected] of [
      [0, 1000],
      [0.9999, 10_000],
    ] as const) {
      const { policy, clock } = subject({ retry: { attemptsMax: 6 }, random: () => chance, breaker: null })
      const begun: number[] = []
      const outcome = policy.run(() => {
        begun.push(clock.nowMs())
        return Promise.reject(busy())
      })
      await clock.settle(outcome.catch(() => {}))
      expect(Math.round(((begun[5] ?? 0) - (begun[4] ?? 0)) / 10) * 10).toBe(expected)
    }
  })

  it('leaves alone what is not transient, not idempotent, or not declared', async () => {
    let attempts = 0
    const failing = (error: Error) => () => {
      attempts += 1
      return Promise.reject(error)
    }
    const { policy } = subject({ retry: {}, breaker: null })
    const own = Object.assign(new Error('yours'), { statusCode: 404 })
    await expect(policy.run(failing(own))).rejects.toBe(own)
    await expect(policy.run(failing(new TypeError('a defect')))).rejects.toThrow('a defect')
    await expect(policy.run(failing(busy()), { idempotent: false })).rejects.toThrow('busy')
    await expect(subject().policy.run(failing(busy()))).rejects.toThrow('busy')
    expect(attempts).toBe(4)
  })

  it('honours Retry-After, gives up when it is longer than it would wait, and never waits past the deadline', async () => {
    const { policy, clock } = subject({ retry: {}, breaker: null })
    const begun: number[] = []
    const failing = (retryAfterMs?: number) => () => {
      begun.push(clock.nowMs())
      return Promise.reject(busy(retryAfterMs))
    }
    await clock.settle(policy.run(failing(4000)).catch(() => {}))
    expect(begun.map((at) => at - (begun[0] ?? 0))).toEqual([0, 4500, 9000])
    begun.length = 0
    await expect(policy.run(failing(10_001))).rejects.toThrow('busy')
    const deadline = new Deadline(1500, { clock })
    await expect(policy.run(failing(), { deadline })).rejects.toThrow('busy')
    expect(begun).toHaveLength(2)
  })

  it('is cancelled while it waits', async () => {
    const { policy, clock, queued } = subject({ retry: {} })
    const deadline = new Deadline(60_000, { clock })
    const controller = new AbortController()
    const first = policy.run(() => Promise.reject(busy()), { deadline })
    const second = policy.run(() => Promise.reject(busy()), { signal: controller.signal })
    await clock.advance(500)
    deadline.cancel()
    controller.abort(new Error('navigated away'))
    await expect(first).rejects.toBeInstanceOf(CallCancelledError)
    await expect(second).rejects.toMatchObject({ cause: { message: 'navigated away' } })
    expect([queued(), clock.pending <= 1]).toEqual([0, true])
    await expect(policy.run(async () => 1, { signal: controller.signal })).rejects.toBeInstanceOf(CallCancelledError)
  })

  it('inside of a retry runs once: the outer one repeats the whole', async () => {
    const clock = new FakeClock()
    let attempts = 0
    const inner = () =>
      retry(
        () => {
          attempts += isInsideRetry() ? 1 : 100
          return Promise.reject(busy())
        },
        { clock },
      )
    const outer = retry(
      async () => {
        await Promise.resolve()
        return inner()
      },
      { clock },
    )
    await expect(clock.settle(outer)).rejects.toThrow('busy')
    expect(attempts).toBe(3)
    expect(isInsideRetry()).toBe(false)
  })

  it('does not take what runs beside it for inside', async () => {
    const clock = new FakeClock()
    let attempts = 0
    const work = (): Promise<never> => {
      attempts += 1
      return Promise.reject(busy())
    }
    const both = Promise.allSettled([retry(work, { clock }), retry(work, { clock })])
    await clock.settle(both)
    expect(attempts).toBe(6)
  })

  it('repeats for the same request, also when the timer of another one began it', async () => {
    const { policy, clock } = subject({ retry: {}, timeoutMs: 500, breaker: null })
    const seen: string[] = []
    const work = (): Promise<never> => {
      seen.push(currentRequest()?.correlationId ?? 'nobody')
      return never()
    }
    const run = (correlationId: string): Promise<unknown> =>
      runInRequest({ correlationId, trace: null, deadline: null }, () => policy.run(work).catch(() => {}))
    await clock.settle(Promise.all([run('first'), run('second')]))
    expect(seen).toEqual(['first', 'second', 'first', 'second', 'first', 'second'])
  })

  it('stops where the budget is spent, and a success gives a tenth back', async () => {
    const { policy, clock, budget } = subject({ retry: {}, breaker: null, budget: new RetryBudget({ tokensMax: 3 }) })
    let attempts = 0
    const failing = (): Promise<never> => {
      attempts += 1
      return Promise.reject(busy())
    }
    for (let i = 0; i < 50; i += 1) await clock.settle(policy.run(failing).catch(() => {}))
    expect([attempts, policy.budget.tokens]).toEqual([53, 0])
    expect(budget.tokens).toBe(10)
    for (let i = 0; i < 10; i += 1) await policy.run(async () => 1)
    expect(policy.budget.tokens).toBe(1)
  })

  it('never exceeds its attempts nor its budget, whatever happens', async () => {
    const outcome = fc.constantFrom('ok' as const, 'busy' as const, 'broken' as const, 'hang' as const)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(outcome, { minLength: 1, maxLength: 6 }), { maxLength: 30 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 5 }),
        async (plans, attemptsMax, tokensMax) => {
          const { policy, clock } = subject({
            retry: { attemptsMax },
            timeoutMs: 100,
            breaker: null,
            budget: new RetryBudget({ tokensMax }),
          })
          let retries = 0
          let successes = 0
          for (const plan of plans) {
            let attempt = 0
            const work = (): Promise<number> => {
              const now = plan[attempt % plan.length]
              attempt += 1
              if (now === 'hang') return never()
              if (now === 'ok') return Promise.resolve((successes += 1))
              return Promise.reject(now === 'busy' ? busy() : new Error('broken'))
            }
            await clock.settle(policy.run(work).catch(() => {}))
            expect(attempt).toBeLessThanOrEqual(attemptsMax)
            retries += attempt - 1
            expect(policy.budget.tokens).toBeGreaterThanOrEqual(0)
            expect(retries).toBeLessThanOrEqual(tokensMax + successes * 0.1 + 1e-9)
          }
          expect(timeoutsOf(clock).size).toBe(0)
        },
      ),
      { numRuns: 40 },
    )
  })
})
