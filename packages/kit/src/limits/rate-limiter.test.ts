// Goal: quota used and store down are never mixed up, and a dead store costs next to nothing. Method: a store that does
// what the test says, on a fake clock for the breaker; a real Redis that is frozen for the real thing.
import pg from 'pg'
import { createClient } from 'redis'
import { describe, expect, it } from 'vitest'
import { startRedis } from '../testing/index.ts'
import {
  admits,
  MemoryRateLimitStore,
  nodeRedis,
  PostgresRateLimitStore,
  RateLimiter,
  type RateLimiterEvent,
  type RateLimiterOptions,
  type RateLimitStore,
  RedisRateLimitStore,
  StoreUnavailableError,
} from './index.ts'

const address = { name: 'address', limit: 3, windowS: 60 } as const
const account = { name: 'account', limit: 2, windowS: 3600 } as const

class Fallible implements RateLimitStore {
  mode: 'works' | 'fails' | 'hangs' = 'works'
  asked = 0
  readonly #inner = new MemoryRateLimitStore({ nowMs: () => 0 })

  #through<T>(work: () => Promise<T>): Promise<T> {
    this.asked += 1
    if (this.mode === 'fails') return Promise.reject(new Error('connection refused'))
    return this.mode === 'hangs' ? new Promise<T>(() => {}) : work()
  }
  take: RateLimitStore['take'] = (takes) => this.#through(() => this.#inner.take(takes))
  peek: RateLimitStore['peek'] = (takes) => this.#through(() => this.#inner.peek(takes))
  refund: RateLimitStore['refund'] = (takes) => this.#through(() => this.#inner.refund(takes))
  reset: RateLimitStore['reset'] = (takes) => this.#through(() => this.#inner.reset(takes))
}

function limiterOf(options: Partial<RateLimiterOptions<'address' | 'account'>> = {}) {
  const store = new Fallible()
  const events: RateLimiterEvent[] = []
  const clock = { ms: 0 }
  const limiter = new RateLimiter({
    limits: [address, account],
    store,
    whenStoreFails: 'closed',
    storeTimeoutMs: 20,
    nowMs: () => clock.ms,
    random: () => 0.5,
    onEvent: (event) => void events.push(event),
    ...options,
  })
  const types = (): string[] => events.map((event) => event.type).filter((type) => type !== 'decided')
  return { store, events, clock, limiter, types }
}

describe('RateLimiter', () => {
  it('lets the tightest of several limits decide, and takes from none when one refuses', async () => {
    const { limiter } = limiterOf()
    const both = { address: '192.0.2.1', account: 'u1' }
    expect(await limiter.take(both)).toMatchObject({ outcome: 'allowed', remaining: 1, limit: { name: 'account' } })
    await limiter.take(both)
    expect(await limiter.take(both)).toMatchObject({
      outcome: 'refused',
      limit: { name: 'account' },
      retryAfterS: 1800,
    })
    expect(await limiter.peek({ address: '192.0.2.1' })).toMatchObject({ outcome: 'allowed', remaining: 1 })
    // Refused by both: the one that takes longest is named.
    await limiter.take({ address: '192.0.2.1' })
    expect(await limiter.take(both)).toMatchObject({ retryAfterS: 1800 })
  })

  it('peeks, refunds and resets', async () => {
    const { limiter } = limiterOf()
    const keys = { account: 'u1' }
    await limiter.take(keys, 2)
    expect((await limiter.peek(keys)).outcome).toBe('refused')
    expect(await limiter.refund(keys)).toBe(true)
    expect((await limiter.peek(keys)).outcome).toBe('allowed')
    await limiter.take(keys)
    expect(await limiter.reset(keys)).toBe(true)
    expect(await limiter.peek(keys, 2)).toMatchObject({ outcome: 'allowed' })
  })

  it.each([
    ['open', true],
    ['closed', false],
  ] as const)('tells a store that is down from quota used: %s', async (whenStoreFails, admitted) => {
    const { limiter, store, events } = limiterOf({ whenStoreFails })
    store.mode = 'fails'
    const decision = await limiter.take({ address: 'a' })
    expect(decision).toMatchObject({ outcome: 'store_unavailable', policy: whenStoreFails })
    expect(admits(decision)).toBe(admitted)
    expect(await limiter.refund({ address: 'a' })).toBe(false)
    expect(await limiter.reset({ address: 'a' })).toBe(false)
    const failed = events.find((event) => event.type === 'store_failed')
    expect(failed?.type === 'store_failed' && failed.error).toMatchObject({ code: 'store_error' })
    expect(failed?.type === 'store_failed' && failed.error.cause).toMatchObject({ message: 'connection refused' })
  })

  it('counts its share by itself while the store is down: local', async () => {
    const { limiter, store } = limiterOf({ whenStoreFails: 'local', replicas: 2 })
    store.mode = 'fails'
    const outcomes: unknown[] = []
    for (let i = 0; i < 3; i += 1) {
      const decision = await limiter.take({ address: 'a' })
      expect(decision).toMatchObject({ outcome: 'store_unavailable', policy: 'local' })
      outcomes.push(admits(decision))
    }
    // Half of three, rounded up.
    expect(outcomes).toEqual([true, true, false])
    await limiter.refund({ address: 'a' })
    expect(admits(await limiter.peek({ address: 'a' }))).toBe(true)
    await limiter.reset({ address: 'a' })
    expect(admits(await limiter.take({ address: 'a' }, 2))).toBe(true)
  })

  it('waits no longer than its time limit, then leaves a dead store alone, tries once, and comes back', async () => {
    const { limiter, store, clock, types } = limiterOf()
    store.mode = 'hangs'
    const first = await limiter.take({ address: 'a' })
    expect(first).toMatchObject({ outcome: 'store_unavailable', cause: { code: 'store_timeout' } })
    await Promise.all([limiter.take({ address: 'a' }), limiter.take({ address: 'a' })])
    expect(types()).toEqual(['store_failed', 'store_failed', 'store_failed', 'store_suspended'])
    const asked = store.asked
    for (let i = 0; i < 100; i += 1)
      expect(await limiter.take({ address: 'a' })).toMatchObject({
        cause: { code: 'store_suspended', cause: { code: 'store_timeout' } },
      })
    expect(store.asked).toBe(asked)
    // After the pause one call tries it, the others don't wait behind it.
    clock.ms = 1000
    const [tried, beside] = await Promise.all([limiter.take({ address: 'a' }), limiter.take({ address: 'a' })])
    expect(tried).toMatchObject({ cause: { code: 'store_timeout' } })
    expect(beside).toMatchObject({ cause: { code: 'store_suspended' } })
    expect(store.asked).toBe(asked + 1)
    store.mode = 'works'
    clock.ms = 1999
    expect((await limiter.take({ address: 'a' })).outcome).toBe('store_unavailable')
    clock.ms = 2000
    expect((await limiter.take({ address: 'a' })).outcome).toBe('allowed')
    expect(types().at(-1)).toBe('store_resumed')
  })

  it('forgives single failures', async () => {
    const { limiter, store, types } = limiterOf()
    for (let i = 0; i < 5; i += 1) {
      store.mode = 'fails'
      await limiter.take({ address: 'a' })
      await limiter.take({ address: 'a' })
      store.mode = 'works'
      await limiter.take({ address: 'a' })
    }
    expect(types()).not.toContain('store_suspended')
  })

  it('fails closed on a limit that is not there, and is not stopped by whoever watches', async () => {
    const { limiter } = limiterOf({
      onEvent: () => {
        throw new Error('watcher broke')
      },
    })
    // @ts-expect-error: no such limit; from JavaScript it must not mean that nothing is limited
    await expect(limiter.take({ adress: 'a' })).rejects.toThrow('expected address, account')
    await expect(limiter.take({})).rejects.toThrow(RangeError)
    await expect(limiter.take({ address: 'a' }, 9)).rejects.toThrow('never fits')
    expect((await limiter.take({ address: 'a' })).outcome).toBe('allowed')
  })

  it('refuses options that are none', () => {
    const base = { limits: [address], store: new MemoryRateLimitStore(), whenStoreFails: 'open' } as const
    expect(() => new RateLimiter({ ...base, limits: [] })).toThrow('number of limits')
    expect(() => new RateLimiter({ ...base, limits: [address, address] })).toThrow('given twice')
    // @ts-expect-error: as it would come from a configuration file
    expect(() => new RateLimiter({ ...base, whenStoreFails: 'maybe' })).toThrow('open, closed or local')
    for (const wrong of [{ storeTimeoutMs: 0 }, { suspendAfter: 0 }, { suspendMs: 0 }, { replicas: 0 }])
      expect(() => new RateLimiter({ ...base, ...wrong })).toThrow(Object.keys(wrong)[0])
  })

  it('tells a PostgreSQL that can not be reached from quota used', async () => {
    // Nothing listens on port 1.
    const pool = new pg.Pool({ connectionString: 'postgres://nobody@127.0.0.1:1/nowhere' })
    const limiter = new RateLimiter({
      limits: [address],
      store: new PostgresRateLimitStore(pool),
      whenStoreFails: 'closed',
      storeTimeoutMs: 2000,
    })
    expect(await limiter.take({ address: 'a' })).toMatchObject({
      outcome: 'store_unavailable',
      cause: { code: 'store_error', cause: { code: 'ECONNREFUSED' } },
    })
    await pool.end()
  })

  it('keeps its time limit on a frozen Redis and counts on when it thaws', async () => {
    const redis = await startRedis()
    const client = createClient({ url: redis.url, disableOfflineQueue: true })
    client.on('error', () => {})
    await client.connect()
    try {
      const limiter = new RateLimiter({
        limits: [address],
        store: new RedisRateLimitStore(nodeRedis(client)),
        whenStoreFails: 'closed',
        storeTimeoutMs: 400,
        suspendMs: 50,
      })
      expect((await limiter.take({ address: 'a' })).outcome).toBe('allowed')
      redis.freeze()
      const startedMs = performance.now()
      const down = await limiter.take({ address: 'a' })
      expect(down).toMatchObject({ outcome: 'store_unavailable', policy: 'closed' })
      expect(down.outcome === 'store_unavailable' && down.cause).toBeInstanceOf(StoreUnavailableError)
      // A frozen server would keep it for ever.
      expect(performance.now() - startedMs).toBeLessThan(5000)
      for (let i = 0; i < 50; i += 1) await limiter.take({ address: 'b' })
      redis.thaw()
      await expect.poll(async () => (await limiter.take({ address: 'c' })).outcome).toBe('allowed')
    } finally {
      redis.thaw()
      client.destroy()
      await redis.stop()
    }
  })
})
