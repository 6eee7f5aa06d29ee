import { describe, expect, it } from 'vitest'
import { rateLimitHeaders, WindowLimiter } from './index.ts'

const policy = { name: 'default', limit: 2, windowS: 60 }

describe('WindowLimiter', () => {
  it('allows the limit, refuses above it, and starts afresh after the window', () => {
    const limiter = new WindowLimiter(policy)
    expect([0, 1, 2].map((at) => limiter.take('a', at).allowed)).toEqual([true, true, false])
    expect(limiter.take('b', 3).allowed).toBe(true)
    expect(limiter.take('a', 59_999)).toEqual({ allowed: false, remaining: 0, resetS: 1 })
    expect(limiter.take('a', 60_000)).toEqual({ allowed: true, remaining: 1, resetS: 60 })
  })
  it('never names more than its window, whatever fraction of a millisecond it is', () => {
    const limiter = new WindowLimiter(policy)
    // Of these, one in eight is rounded up when a minute is added and taken away again.
    const moments = Array.from({ length: 500 }, (_, i) => 5000 + i * Math.PI)
    expect(moments.some((at) => Math.ceil((at + 60_000 - at) / 1000) === 61)).toBe(true)
    expect([...new Set(moments.map((at, i) => limiter.take(`k${i}`, at).resetS))]).toEqual([60])
  })
  it('keeps a bounded number of keys and forgets ended windows', () => {
    const limiter = new WindowLimiter({ ...policy, keysMax: 10 })
    for (let i = 0; i < 1000; i += 1) limiter.take(`k${i}`, i)
    expect(limiter.size).toBe(10)
    limiter.take('late', 1_000_000)
    expect(limiter.size).toBe(1)
  })
  it('shows itself in the RateLimit fields', () => {
    expect(rateLimitHeaders(policy, { allowed: true, remaining: 1, resetS: 9 })).toEqual({
      'ratelimit-policy': '"default";q=2;w=60',
      ratelimit: '"default";r=1;t=9',
    })
  })
  it('refuses a limit that is none', () => expect(() => new WindowLimiter({ ...policy, limit: 0 })).toThrow(RangeError))
})
