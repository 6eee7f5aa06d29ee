// Goal: guessing is held up per account and per address, longer the longer it goes on, and says nothing about who exists.
import { describe, expect, it } from 'vitest'
import { MemoryRateLimitStore, type RateLimitStore, SignInLockout, type SignInLockoutOptions } from './index.ts'

function lockoutOf(options: Partial<SignInLockoutOptions> = {}) {
  const clock = { ms: 0 }
  const store = new MemoryRateLimitStore({ nowMs: () => clock.ms })
  const lockout = new SignInLockout({ store, whenStoreFails: 'closed', ...options })
  /** One wrong attempt; how long the lock is that it met, seconds, 0: none. */
  const wrong = async (account: string, address: string): Promise<number> => {
    const attempt = await lockout.attempt(account, address)
    return attempt.outcome === 'locked' ? attempt.retryAfterS : 0
  }
  return { clock, lockout, wrong }
}

describe('SignInLockout', () => {
  it('locks an account after 5 failures for a minute, after 10 for 15, after 20 for 4 hours', async () => {
    const { clock, wrong } = lockoutOf()
    const locks: number[] = []
    let from = 0
    for (let failures = 0; failures < 22;) {
      const lockS = await wrong('ada@example.test', `192.0.2.${(from += 1)}`)
      if (lockS === 0) failures += 1
      else {
        locks.push(lockS)
        clock.ms += lockS * 1000
      }
    }
    expect(locks.slice(0, 5)).toEqual([60, 60, 60, 60, 60])
    expect(locks.slice(5, 7).every((lockS) => lockS > 300 && lockS <= 900)).toBe(true)
    expect(locks.at(-1)).toBeGreaterThan(3600)
  })

  it('does not lengthen a lock for those who keep trying while it lasts', async () => {
    const { clock, wrong } = lockoutOf()
    for (let i = 0; i < 5; i += 1) await wrong('ada', `192.0.2.${i}`)
    for (let i = 0; i < 100; i += 1) expect(await wrong('ada', '198.51.100.1')).toBe(60)
    clock.ms = 60_000
    expect(await wrong('ada', '198.51.100.1')).toBe(0)
  })

  it('finds an account again however it is written, and keeps accounts apart', async () => {
    const { wrong } = lockoutOf()
    for (const account of ['ada', 'ADA', ' Ada ', 'ada\t', 'ａｄａ']) await wrong(account, `192.0.2.${account.length}`)
    expect(await wrong('ada', '192.0.2.99')).toBe(60)
    expect(await wrong('bob', '192.0.2.99')).toBe(0)
  })

  it('holds up one address over many accounts, and a success of its own does not free it', async () => {
    const { lockout, wrong } = lockoutOf()
    for (let i = 0; i < 29; i += 1) {
      await wrong(`u${i}`, '192.0.2.1')
      const own = await lockout.attempt('mallory', '192.0.2.1')
      if (own.outcome === 'allowed') await own.succeeded()
    }
    expect(await wrong('u30', '192.0.2.1')).toBe(0)
    expect(await wrong('u31', '192.0.2.1')).toBe(60)
    expect(await wrong('u31', '192.0.2.2')).toBe(0)
  })

  it('frees an account after a success', async () => {
    const { lockout, wrong } = lockoutOf()
    for (let i = 0; i < 4; i += 1) await wrong('ada', '192.0.2.1')
    const right = await lockout.attempt('ada', '192.0.2.1')
    expect(right.outcome).toBe('allowed')
    if (right.outcome === 'allowed') await right.succeeded()
    for (let i = 0; i < 5; i += 1) expect(await wrong('ada', '192.0.2.1')).toBe(0)
    expect(await wrong('ada', '192.0.2.1')).toBe(60)
  })

  it('lets no more through at once than one after another', async () => {
    const { lockout } = lockoutOf()
    const attempts = await Promise.all(Array.from({ length: 200 }, (_, i) => lockout.attempt('ada', `192.0.2.${i}`)))
    expect(attempts.filter((attempt) => attempt.outcome === 'allowed')).toHaveLength(5)
  })

  it('does as it was told while the store is down', async () => {
    const down = (): Promise<never> => Promise.reject(new Error('down'))
    const store: RateLimitStore = { take: down, peek: down, refund: down, reset: down }
    const outcomeOf = async (whenStoreFails: 'open' | 'closed' | 'local', tries = 1): Promise<string> => {
      const { lockout } = lockoutOf({ store, whenStoreFails })
      let outcome = ''
      for (let i = 0; i < tries; i += 1) ({ outcome } = await lockout.attempt('ada', '192.0.2.1'))
      return outcome
    }
    expect(await outcomeOf('closed')).toBe('store_unavailable')
    expect(await outcomeOf('open')).toBe('allowed')
    expect(await outcomeOf('local')).toBe('allowed')
    expect(await outcomeOf('local', 6)).toBe('locked')
  })

  it('refuses steps that do not rise', () => {
    for (const perAccount of [
      [],
      [{ failures: 0, lockS: 60 }],
      [{ failures: 5, lockS: 0 }],
      [
        { failures: 5, lockS: 60 },
        { failures: 5, lockS: 90 },
      ],
      [
        { failures: 5, lockS: 60 },
        { failures: 6, lockS: 60 },
      ],
    ])
      expect(() => lockoutOf({ perAccount })).toThrow(RangeError)
  })
})
