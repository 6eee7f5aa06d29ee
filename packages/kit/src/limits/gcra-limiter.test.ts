// Goal: the memory limiter keeps its bounds and forgets in the right order. What it decides is proved, beside the other
// stores, in rate-limit-store.test.ts.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GcraLimiter } from './index.ts'

const options = { name: 'default', limit: 2, windowS: 60 }

describe('GcraLimiter', () => {
  it('says what is left, when it is back, and when to come again', () => {
    const limiter = new GcraLimiter(options)
    expect(limiter.take('a', 0)).toEqual({ outcome: 'allowed', limit: limiter.limit, remaining: 1, resetS: 30 })
    expect(limiter.take('a', 0)).toEqual({ outcome: 'allowed', limit: limiter.limit, remaining: 0, resetS: 60 })
    expect(limiter.take('a', 500)).toEqual({
      outcome: 'refused',
      limit: limiter.limit,
      remaining: 0,
      retryAfterS: 30,
      resetS: 60,
    })
    expect(limiter.take('b', 500).outcome).toBe('allowed')
    expect(limiter.take('a', 30_000)).toMatchObject({ outcome: 'allowed', remaining: 0 })
  })

  it('takes the cost of a request, and refuses one that never fits', () => {
    const limiter = new GcraLimiter({ name: 'exports', limit: 10, windowS: 10, burst: 5, cost: 3 })
    expect(limiter.take('a', 0)).toMatchObject({ outcome: 'allowed', remaining: 2 })
    expect(limiter.take('a', 0)).toMatchObject({ outcome: 'refused', retryAfterS: 1 })
    expect(limiter.take('a', 0, 2)).toMatchObject({ outcome: 'allowed', remaining: 0 })
    expect(limiter.take('fresh', 0, 6).outcome).toBe('refused')
    expect(limiter.size).toBe(1)
    for (const cost of [0, -1, 1.5, Number.NaN]) expect(() => limiter.take('a', 0, cost)).toThrow('cost')
  })

  it('never grants the last unit of a burst too early or too late, whatever the fractions of the clock', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), fc.integer({ min: 1, max: 1000 }), (nowMs, limit) => {
        const limiter = new GcraLimiter({ name: 'x', limit, windowS: 7 })
        for (let i = 0; i < limit; i += 1) if (limiter.take('a', nowMs).outcome !== 'allowed') return false
        return limiter.take('a', nowMs).outcome === 'refused'
      }),
      { numRuns: 100 },
    )
  })

  it('keeps a bounded number of keys and forgets the one that was quiet for longest', () => {
    const limiter = new GcraLimiter({ ...options, windowS: 1000, keysMax: 16 })
    for (let i = 0; i < 16; i += 1) limiter.take(`k${i}`, i)
    // Asked for again, refused or not, it is not the quietest any more.
    limiter.take('k0', 20)
    limiter.take('new', 21)
    expect(limiter.size).toBe(16)
    expect(limiter.usedUs('k0', 21)).toBeGreaterThan(0)
    expect(limiter.usedUs('k1', 21)).toBe(0)
    for (let i = 0; i < 10_000; i += 1) limiter.take(`flood${i}`, 30)
    expect(limiter.size).toBe(16)
  })

  it('lets ended keys go as new ones come, two for one, and uses their places again', () => {
    const limiter = new GcraLimiter({ ...options, keysMax: 100_000 })
    for (let i = 0; i < 1000; i += 1) limiter.take(`k${i}`, 0)
    for (let i = 0; i < 999; i += 1) limiter.take(`later${i}`, 60_000)
    expect(limiter.size).toBe(999)
    for (let i = 0; i < 999; i += 1) expect(limiter.usedUs(`later${i}`, 60_000)).toBeGreaterThan(0)
  })

  it('forgets on request, and gives back no more than was used', () => {
    const limiter = new GcraLimiter(options)
    expect(limiter.refund('nobody', 0)).toBe(0)
    limiter.take('a', 0, 2)
    expect(limiter.refund('a', 0, 1)).toBe(30_000_000)
    expect(limiter.refund('a', 0, 2)).toBe(0)
    expect(limiter.size).toBe(0)
    limiter.take('a', 0, 2)
    limiter.reset('a')
    limiter.reset('a')
    expect(limiter.take('a', 0, 2).outcome).toBe('allowed')
  })

  it('keeps its list whole under any order of steps', () => {
    const act = fc.tuple(
      fc.constantFrom('take', 'reset', 'refund'),
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 0, max: 50_000 }),
    )
    fc.assert(
      fc.property(fc.array(act, { maxLength: 400 }), (acts) => {
        const limiter = new GcraLimiter({ ...options, keysMax: 16 })
        let nowMs = 0
        for (const [kind, key, forwardMs] of acts) {
          nowMs += forwardMs
          limiter[kind](`k${key}`, nowMs)
          if (limiter.size > 16) return false
        }
        // Every key can still be pushed out: no place was lost, none is there twice.
        for (let i = 0; i < 64; i += 1) limiter.take(`end${i}`, nowMs)
        return limiter.size === 16 && limiter.usedUs('k0', nowMs) === 0
      }),
      { numRuns: 100 },
    )
  })

  it('refuses limits that are none, and says which part', () => {
    for (const [wrong, part] of [
      [{ limit: 0 }, 'limit'],
      [{ limit: 1.5 }, 'limit'],
      [{ limit: Number.NaN }, 'limit'],
      [{ windowS: 0 }, 'windowS'],
      [{ windowS: 31_536_001 }, 'windowS'],
      [{ burst: 0 }, 'burst'],
      [{ cost: 3 }, 'cost'],
      [{ keysMax: 1 }, 'keysMax'],
      [{ name: 'Ü' }, 'name'],
      [{ limit: 10_001, windowS: 1 }, '10000 a second'],
      [{ limit: 1, windowS: 31_536_000, burst: 2 }, 'a year'],
    ] as const)
      expect(() => new GcraLimiter({ ...options, ...wrong })).toThrow(part)
  })
})
