// Goal: the limit finds what a service can do at once, also when it starts in the middle of an overload. Method: a service of
// ten places that each take 20 ms, so that what n under way take follows from Little's law.
import { describe, expect, it } from 'vitest'
import { AdaptiveLimit } from './index.ts'

const meanMs = (inFlight: number, places: number, serviceMs: number): number =>
  Math.max(1, inFlight / places) * serviceMs

function saturate(limit: AdaptiveLimit, windows: number, places = 10, serviceMs = 20): void {
  for (let i = 0; i < windows; i += 1) limit.observe(meanMs(limit.limit, places, serviceMs), limit.limit)
}

describe('AdaptiveLimit', () => {
  it('comes down to about twice the unloaded duration and stays there, however long the overload lasts', () => {
    const limit = new AdaptiveLimit({ inFlightMin: 5 })
    // From the first window on: it has never seen the service unloaded.
    saturate(limit, 400)
    for (let round = 0; round < 20; round += 1) {
      saturate(limit, 500)
      expect(meanMs(limit.limit, 10, 20)).toBeLessThan(80)
      // Not in the moment in which it is drained.
      let most = 0
      for (let i = 0; i < 20; i += 1) {
        saturate(limit, 1)
        most = Math.max(most, limit.limit)
      }
      expect(most).toBeGreaterThanOrEqual(10)
    }
  })

  it('grows when the service can do more', () => {
    const limit = new AdaptiveLimit({ inFlightMin: 5 })
    saturate(limit, 1000)
    const before = limit.limit
    saturate(limit, 2000, 100)
    expect(limit.limit).toBeGreaterThan(3 * before)
  })

  it('gets used to a service that became slower', () => {
    const limit = new AdaptiveLimit({ inFlightMin: 5 })
    saturate(limit, 1000)
    saturate(limit, 3005, 10, 60)
    expect(limit.limit).toBeGreaterThanOrEqual(8)
    expect(limit.limit).toBeLessThan(60)
  })

  it('learns nothing from light load', () => {
    const limit = new AdaptiveLimit()
    for (let i = 0; i < 1000; i += 1) limit.observe(i % 7 === 0 ? 900 : 1, 3)
    expect(limit.limit).toBe(100)
  })

  it('takes what was asked last for normal, not what was asked an hour ago', () => {
    const limit = new AdaptiveLimit()
    for (let i = 0; i < 5000; i += 1) limit.observe(0.3, 3)
    for (let i = 0; i < 60; i += 1) limit.observe(50, 10)
    for (let i = 0; i < 9; i += 1) limit.observe(70, 100)
    expect(limit.limit).toBeGreaterThanOrEqual(100)
  })

  it('stays within its bounds and ignores what is no duration', () => {
    const limit = new AdaptiveLimit({ inFlightMin: 20, inFlightMax: 200 })
    for (const ms of [Number.NaN, -1, Number.POSITIVE_INFINITY]) limit.observe(ms, 500)
    expect(limit.limit).toBe(100)
    for (let i = 0; i < 500; i += 1) limit.observe(0, 500)
    expect(limit.limit).toBeGreaterThanOrEqual(20)
    expect(limit.limit).toBeLessThanOrEqual(200)
    const hit = new AdaptiveLimit({ inFlightMin: 20 })
    hit.observe(1, 100)
    for (let i = 0; i < 9; i += 1) hit.observe(10_000, 100)
    expect(hit.limit).toBe(20)
  })

  it('gives a measurement up when nothing finishes: what is long is no queue', () => {
    const limit = new AdaptiveLimit({ inFlightMin: 5 })
    let before = 0
    for (let i = 0; i < 100 && !(limit.limit < before / 2); i += 1) {
      before = limit.limit
      saturate(limit, 1, 100)
    }
    expect(limit.limit).toBeLessThan(before / 2)
    limit.unobserved()
    const after = limit.limit
    expect(after).toBeGreaterThanOrEqual(before)
    limit.unobserved()
    expect(limit.limit).toBe(after)
  })

  it('refuses options out of range', () => {
    for (const wrong of [
      { inFlightMin: 0 },
      { inFlightMax: 100_001 },
      { inFlightMin: 50, inFlightMax: 40 },
      { inFlightInitial: 10 },
      { latencyTolerance: 1 },
      { latencyTolerance: Number.NaN },
    ])
      expect(() => new AdaptiveLimit(wrong)).toThrow(RangeError)
  })
})
