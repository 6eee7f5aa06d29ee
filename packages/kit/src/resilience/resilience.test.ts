import { describe, expect, it } from 'vitest'
import { Bulkhead, BulkheadFullError, LastKnownGood } from './index.ts'

describe('Bulkhead', () => {
  it('runs so many at once, queues so many, refuses the rest, and hands places on', async () => {
    const bulkhead = new Bulkhead(1, 1)
    const gates: (() => void)[] = []
    const work = () => new Promise<number>((resolve) => gates.push(() => resolve(1)))
    const first = bulkhead.run(work)
    const second = bulkhead.run(work)
    await expect(bulkhead.run(work)).rejects.toBeInstanceOf(BulkheadFullError)
    expect([bulkhead.running, bulkhead.queued]).toEqual([1, 1])
    gates[0]?.()
    await first
    await new Promise((resolve) => setImmediate(resolve))
    gates[1]?.()
    await second
    expect([bulkhead.running, bulkhead.queued]).toEqual([0, 0])
  })
  it('frees the place of work that throws', async () => {
    const bulkhead = new Bulkhead(1, 0)
    await expect(bulkhead.run(() => Promise.reject(new Error('x')))).rejects.toThrow('x')
    expect(bulkhead.running).toBe(0)
  })
  it('refuses room for nothing', () => expect(() => new Bulkhead(0, 0)).toThrow(RangeError))
})

describe('LastKnownGood', () => {
  it('answers current, then known, then initial values, marked, with one fetch for all', async () => {
    let now = 0
    let calls = 0
    let fails = true
    const failures: unknown[] = []
    const cache = new LastKnownGood({
      load: async () => {
        calls += 1
        if (fails) throw new Error('down')
        return 'fresh'
      },
      initial: 'initial',
      freshMs: 10,
      cooldownMs: 100,
      nowMs: () => now,
      onFailure: (error) => failures.push(error),
    })
    expect(await Promise.all([cache.get(), cache.get()])).toEqual(
      Array(2).fill({ value: 'initial', isFallback: true, ageMs: null }),
    )
    expect([calls, failures.length]).toEqual([1, 1])
    expect(await cache.get()).toMatchObject({ isFallback: true })
    expect(calls).toBe(1)
    now = 200
    fails = false
    expect(await cache.get()).toEqual({ value: 'fresh', isFallback: false, ageMs: 0 })
    now = 205
    expect(await cache.get()).toEqual({ value: 'fresh', isFallback: false, ageMs: 5 })
    now = 300
    fails = true
    expect(await cache.get()).toEqual({ value: 'fresh', isFallback: true, ageMs: 100 })
  })
  it('is not held by a load that ignores its signal', async () => {
    const cache = new LastKnownGood({ load: () => new Promise<number>(() => {}), initial: 7, timeoutMs: 20 })
    expect(await cache.get()).toEqual({ value: 7, isFallback: true, ageMs: null })
  })
})
