// Goal: a deadline is cheap until it is asked for a signal, ends on time, and is cancelled from above, never from below.
// Method: a fake clock; the number of its timers shows what is held.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { currentRequest, runInRequest } from '../context/index.ts'
import { FakeClock } from '../testing/index.ts'
import { CallCancelledError, Deadline, DeadlineExceededError, remainingOf, withDeadline } from './index.ts'
import { NOT_QUEUED, type Timed, TimeoutQueue, timeoutsOf } from './timeout-queue.ts'

describe('Deadline', () => {
  it('counts down without a timer, and makes one when its signal is asked for', async () => {
    const clock = new FakeClock()
    const deadline = new Deadline(1000, { clock })
    await clock.advance(400)
    expect([deadline.remainingMs(), clock.pending]).toEqual([600, 0])
    deadline.check()
    const { signal } = deadline
    expect([clock.pending, deadline.signal === signal]).toEqual([1, true])
    await clock.advance(599)
    expect(signal.aborted).toBe(false)
    await clock.advance(11)
    expect(signal.reason).toBeInstanceOf(DeadlineExceededError)
    expect(deadline.remainingMs()).toBeLessThanOrEqual(0)
    expect(() => deadline.check()).toThrow(DeadlineExceededError)
  })

  it('is over from the start with no budget, and after a cancellation, for whoever asks', () => {
    expect(new Deadline(0).signal.reason).toBeInstanceOf(DeadlineExceededError)
    const deadline = new Deadline(1000)
    const before = deadline.signal
    const reason = new Error('client closed')
    deadline.cancel(reason)
    deadline.cancel(new Error('again'))
    expect([before.reason, deadline.remainingMs(), deadline.cancelled]).toEqual([reason, 0, reason])
    expect(() => deadline.check()).toThrow('client closed')
    const other = new Deadline(1000)
    other.cancel('a string')
    expect(other.signal.reason).toBeInstanceOf(CallCancelledError)
  })

  it('gives its timer back when the work is done', async () => {
    const clock = new FakeClock()
    const deadline = new Deadline(1000, { clock })
    const { signal } = deadline
    deadline.dispose()
    await clock.advance(5000)
    expect([signal.aborted, clock.pending, timeoutsOf(clock).size]).toEqual([false, 0, 0])
    {
      using scoped = new Deadline(1000, { clock })
      void scoped.signal
    }
    expect(timeoutsOf(clock).size).toBe(0)
  })

  it('gives parts of it that end no later and are cancelled with it, but not the other way round', async () => {
    const clock = new FakeClock()
    const parent = new Deadline(1000, { clock })
    const short = parent.within(200)
    const long = parent.within(9000)
    expect([short.remainingMs(), long.remainingMs()]).toEqual([200, 1000])
    const signals = [short.signal, long.signal]
    short.cancel()
    expect([parent.cancelled, long.signal.aborted]).toEqual([null, false])
    parent.cancel(new Error('gone'))
    expect(signals.map((signal) => signal.aborted)).toEqual([true, true])
    expect(long.signal.reason).toMatchObject({ message: 'gone' })
    const late = parent.within(100)
    expect([late.remainingMs(), late.signal.aborted]).toEqual([0, true])
  })

  it('forgets the parts that were given back', () => {
    const parent = new Deadline(1000)
    let told = 0
    for (let i = 0; i < 100; i += 1) {
      const part = parent.within(500)
      part.signal.addEventListener('abort', () => (told += 1))
      part.dispose()
    }
    parent.cancel()
    expect(told).toBe(0)
  })

  it('refuses a budget that is none', () => {
    for (const wrong of [-1, Number.NaN, Infinity, 2 ** 31]) expect(() => new Deadline(wrong)).toThrow(RangeError)
  })
})

describe('withDeadline', () => {
  it('shows the deadline to what it calls and ends work that ignores its signal', async () => {
    const clock = new FakeClock()
    const seen: unknown[] = []
    const value = await withDeadline(
      500,
      async (deadline) => {
        seen.push(currentRequest()?.deadline === deadline, remainingOf(currentRequest()))
        return 7
      },
      { clock },
    )
    expect([value, seen]).toEqual([7, [true, 500]])
    const work = withDeadline(500, () => new Promise(() => {}), { clock })
    await expect(clock.settle(work)).rejects.toBeInstanceOf(DeadlineExceededError)
    expect(timeoutsOf(clock).size).toBe(0)
  })

  it('never gives more than the request has left, and is cancelled with it', async () => {
    const clock = new FakeClock()
    const outer = new Deadline(300, { clock })
    const context = { correlationId: 'abc', trace: null, deadline: outer }
    const work = runInRequest(context, () =>
      withDeadline(5000, (deadline) => {
        expect([deadline.remainingMs(), currentRequest()?.correlationId]).toEqual([300, 'abc'])
        return new Promise(() => {})
      }),
    )
    outer.cancel(new Error('gone'))
    await expect(work).rejects.toThrow('gone')
    const foreign = new AbortController()
    const other = { correlationId: 'abc', trace: null, deadline: { remainingMs: () => 50, signal: foreign.signal } }
    const followed = runInRequest(other, () => withDeadline(5000, () => new Promise(() => {}), { clock }))
    foreign.abort(new Error('gone too'))
    await expect(followed).rejects.toThrow('gone too')
    await expect(runInRequest(other, () => withDeadline(5000, async () => 1))).rejects.toThrow('gone too')
  })

  it('has no end where there is no request', () => {
    expect(remainingOf(undefined)).toBe(Infinity)
    expect(remainingOf({ correlationId: '', trace: null, deadline: null })).toBe(Infinity)
  })
})

describe('TimeoutQueue', () => {
  it('ends each no earlier than its limit and within 10 ms after, whatever is added and removed', async () => {
    const step = fc.record({
      limitMs: fc.integer({ min: 0, max: 30_000 }),
      waitMs: fc.integer({ min: 0, max: 500 }),
      removed: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const clock = new FakeClock()
        const queue = new TimeoutQueue(clock)
        const ended: [number, number][] = []
        let expected = 0
        for (const { limitMs, waitMs, removed } of steps) {
          const dueMs = clock.nowMs() + limitMs
          const timed: Timed = {
            dueTick: NOT_QUEUED,
            earlier: null,
            later: null,
            onDue: () => ended.push([dueMs, clock.nowMs()]),
          }
          queue.add(timed, dueMs, clock.nowMs())
          if (removed) queue.remove(timed)
          else expected += 1
          await clock.advance(waitMs)
        }
        await clock.advance(31_000)
        expect(ended).toHaveLength(expected)
        for (const [dueMs, atMs] of ended) {
          expect(atMs).toBeGreaterThanOrEqual(dueMs)
          expect(atMs).toBeLessThanOrEqual(dueMs + 20)
        }
        expect([queue.size, clock.pending]).toEqual([0, 0])
      }),
      { numRuns: 40 },
    )
  })
})
