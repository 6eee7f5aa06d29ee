// Goal: no more at once than allowed, no more waiting than allowed, nobody longer than allowed, and every place comes
// back. Method: a fake clock, and a property over random arrivals, departures and changes of mind.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FakeClock } from '../testing/index.ts'
import { Bulkhead, BulkheadFullError, CallCancelledError } from './index.ts'

describe('Bulkhead', () => {
  it('serves in order of arrival', async () => {
    const bulkhead = new Bulkhead(1, 3)
    await bulkhead.enter()
    const order: number[] = []
    const waiting = [1, 2, 3].map((id) => bulkhead.enter().then(() => order.push(id)))
    for (let i = 0; i < 3; i += 1) {
      bulkhead.leave()
      await waiting[i]
    }
    expect([order, bulkhead.running]).toEqual([[1, 2, 3], 1])
    bulkhead.leave()
    expect(bulkhead.running).toBe(0)
  })

  it('refuses at once when the queue is full, and later when the wait was too long', async () => {
    const clock = new FakeClock()
    const bulkhead = new Bulkhead(1, 1, { queueTimeoutMs: 500, clock })
    expect([bulkhead.tryEnter(), bulkhead.tryEnter()]).toEqual([true, false])
    const waiting = bulkhead.enter().catch((error: unknown) => error)
    await expect(bulkhead.enter()).rejects.toMatchObject({ code: 'bulkhead_full', reason: 'queue_full' })
    await clock.advance(510)
    expect(await waiting).toMatchObject({ code: 'bulkhead_full', reason: 'waited' })
    const shorter = bulkhead.enter(100).catch((error: unknown) => error)
    await clock.advance(110)
    expect(await shorter).toBeInstanceOf(BulkheadFullError)
    bulkhead.leave()
    expect([bulkhead.running, bulkhead.queued]).toEqual([0, 0])
  })

  it('forgets one that gave up, before and while it waits', async () => {
    const bulkhead = new Bulkhead(1, 1)
    await bulkhead.enter()
    const controller = new AbortController()
    const waiting = bulkhead.enter(Infinity, controller.signal)
    controller.abort(new Error('gone'))
    await expect(waiting).rejects.toMatchObject({ code: 'call_cancelled', cause: { message: 'gone' } })
    await expect(bulkhead.run(async () => 1, controller.signal)).rejects.toBeInstanceOf(CallCancelledError)
    expect(bulkhead.queued).toBe(0)
    bulkhead.leave()
    expect(await bulkhead.run(async () => 1)).toBe(1)
  })

  it('serves the patient ones in order although hundreds gave up between them', async () => {
    const bulkhead = new Bulkhead(1, 1000)
    await bulkhead.enter()
    const served: number[] = []
    const controllers = Array.from({ length: 300 }, () => new AbortController())
    const waiting = controllers.map((controller, index) =>
      bulkhead.enter(Infinity, controller.signal).then(
        () => served.push(index),
        () => {},
      ),
    )
    controllers.forEach((controller, index) => index % 50 !== 7 && controller.abort())
    expect(bulkhead.queued).toBe(6)
    for (let i = 0; i < 6; i += 1) {
      bulkhead.leave()
      await new Promise((resolve) => setImmediate(resolve))
    }
    await Promise.all(waiting)
    expect(served).toEqual([7, 57, 107, 157, 207, 257])
    bulkhead.leave()
    expect([bulkhead.running, bulkhead.queued]).toEqual([0, 0])
  })

  it('holds its bounds and loses no place, whatever comes and goes', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('enter' as const), withinMs: fc.integer({ min: 1, max: 300 }) }),
      fc.record({ kind: fc.constant('leave' as const) }),
      fc.record({ kind: fc.constant('abort' as const), which: fc.nat({ max: 50 }) }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 100 }) }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 0, max: 40 }),
        fc.array(step, { maxLength: 150 }),
        async (places, queue, steps) => {
          const clock = new FakeClock()
          const bulkhead = new Bulkhead(places, queue, { queueTimeoutMs: 200, clock })
          const controllers: AbortController[] = []
          let inside = 0
          for (const one of steps) {
            if (one.kind === 'enter') {
              const controller = new AbortController()
              controllers.push(controller)
              void bulkhead.enter(one.withinMs, controller.signal).then(
                () => (inside += 1),
                () => {},
              )
            } else if (one.kind === 'abort') controllers[one.which % controllers.length]?.abort()
            else if (one.kind === 'wait') await clock.advance(one.ms)
            else if (inside > 0) {
              inside -= 1
              bulkhead.leave()
            }
            await clock.flush()
            expect(bulkhead.running).toBe(inside)
            expect(inside).toBeLessThanOrEqual(places)
            expect(bulkhead.queued).toBeLessThanOrEqual(queue)
            // Whoever waits has a reason to.
            expect(bulkhead.queued === 0 || inside === places).toBe(true)
          }
          await clock.advance(500)
          for (; inside > 0; inside -= 1) bulkhead.leave()
          expect([bulkhead.running, bulkhead.queued]).toEqual([0, 0])
        },
      ),
      { numRuns: 30 },
    )
  })

  it('refuses room for nothing and limits that are none', () => {
    for (const make of [
      () => new Bulkhead(0, 0),
      () => new Bulkhead(1, -1),
      () => new Bulkhead(1, 0, { queueTimeoutMs: 0 }),
    ])
      expect(make).toThrow(RangeError)
  })
})
