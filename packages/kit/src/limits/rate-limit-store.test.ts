// Goal: one meaning of a limit, wherever its counters are. Method: one suite over memory, a real PostgreSQL and a real
// Redis; a model of the algorithm in a few lines says what each step must answer, for random steps on a fake clock; what
// only a real server can show (its clock, parallel takes, expiry, a lost script) runs against the real ones.
import fc from 'fast-check'
import pg from 'pg'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startPostgres, startRedis, type TestPostgres, type TestRedis } from '../testing/index.ts'
import {
  defineRateLimit,
  type LimitState,
  type LimitTake,
  MemoryRateLimitStore,
  nodeRedis,
  postgresRateLimitSchema,
  PostgresRateLimitStore,
  type PostgresStatement,
  RateLimiter,
  type RateLimitStore,
  RedisRateLimitStore,
  rowsQuery,
} from './index.ts'

const START_US = 1_790_000_000_000_000
const clock = { us: START_US }
const nowUs = (): number => clock.us

let postgres: TestPostgres
let redis: TestRedis
let pool: pg.Pool
let otherPool: pg.Pool
let client: Awaited<ReturnType<typeof connectedClient>>

async function connectedClient(url: string) {
  const made = createClient({ url, disableOfflineQueue: true })
  made.on('error', () => {})
  await made.connect()
  return made
}

beforeAll(async () => {
  ;[postgres, redis] = await Promise.all([startPostgres(), startRedis()])
  const url = await postgres.database()
  pool = new pg.Pool({ connectionString: url, max: 10 })
  otherPool = new pg.Pool({ connectionString: url, max: 10 })
  await pool.query(postgresRateLimitSchema())
  // May be run again, as a migration that was interrupted is.
  await pool.query(postgresRateLimitSchema())
  client = await connectedClient(redis.url)
}, 60_000)

afterAll(async () => {
  client.destroy()
  await Promise.all([pool.end(), otherPool.end()])
  await Promise.all([postgres.stop(), redis.stop()])
})

interface Kind {
  readonly name: string
  readonly faked: () => RateLimitStore
  /** Two instances over the same counters, as two replicas have, on the server's own clock. */
  readonly replicas: () => readonly [RateLimitStore, RateLimitStore]
}

/** A database that answers rows and nothing else. */
const rowsOnly = {
  rows: async (statement: PostgresStatement, values: readonly unknown[]) =>
    (await otherPool.query(statement, [...values])).rows,
}
const memory = new MemoryRateLimitStore()
const kinds: readonly Kind[] = [
  {
    name: 'memory',
    faked: () => new MemoryRateLimitStore({ nowMs: () => clock.us / 1000 }),
    replicas: () => [memory, memory],
  },
  {
    name: 'PostgreSQL',
    faked: () => new PostgresRateLimitStore(pool, { nowUs }),
    replicas: () => [new PostgresRateLimitStore(pool), new PostgresRateLimitStore(rowsQuery(rowsOnly))],
  },
  {
    name: 'Redis',
    faked: () => new RedisRateLimitStore(nodeRedis(client), { nowUs }),
    replicas: () => [new RedisRateLimitStore(nodeRedis(client)), new RedisRateLimitStore(nodeRedis(client))],
  },
]

const limits = [
  defineRateLimit({ name: 'even', limit: 4, windowS: 60 }),
  // A seventh of a minute is no whole number of microseconds.
  defineRateLimit({ name: 'odd', limit: 7, windowS: 60, burst: 3 }),
  defineRateLimit({ name: 'slow', limit: 1, windowS: 3600, burst: 10 }),
]

/** The algorithm, said as simply as it can be. */
class Model {
  readonly #arrivals = new Map<string, number>()

  #used({ limit, key }: Pick<LimitTake, 'limit' | 'key'>): number {
    const ahead = (this.#arrivals.get(`${limit.name} ${key}`) ?? 0) - clock.us
    return Math.max(0, Math.min(ahead, limit.toleranceUs))
  }

  peek(takes: readonly LimitTake[]): LimitState[] {
    return takes.map((take) => {
      const usedUs = this.#used(take)
      return { fits: usedUs + take.cost * take.limit.intervalUs <= take.limit.toleranceUs, usedUs }
    })
  }

  take(takes: readonly LimitTake[]): LimitState[] {
    const states = this.peek(takes)
    if (states.some((state) => !state.fits)) return states
    return takes.map((take) => this.#set(take, this.#used(take) + take.cost * take.limit.intervalUs))
  }

  refund(takes: readonly LimitTake[]): LimitState[] {
    return takes.map((take) => this.#set(take, Math.max(0, this.#used(take) - take.cost * take.limit.intervalUs)))
  }

  reset(takes: readonly LimitTake[]): void {
    for (const { limit, key } of takes) this.#arrivals.delete(`${limit.name} ${key}`)
  }

  #set({ limit, key }: LimitTake, usedUs: number): LimitState {
    this.#arrivals.set(`${limit.name} ${key}`, clock.us + usedUs)
    return { fits: true, usedUs }
  }
}

const [even, odd] = limits
const step = fc.record({
  act: fc.constantFrom('take', 'take', 'take', 'peek', 'refund', 'reset'),
  forwardUs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 60_000_000 })),
  takes: fc.uniqueArray(
    fc.record({
      limit: fc.constantFrom(...limits),
      key: fc.constantFrom('a', 'b', 'Ünïcode, with spaces', 'long'.repeat(100)),
      cost: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 1, maxLength: 4, selector: ({ limit, key }) => `${limit.name} ${key}` },
  ),
})

describe.each(kinds)('rate limit store: $name', ({ faked, replicas }) => {
  it('answers as the algorithm does, step by step, whatever the steps', async () => {
    const store = faked()
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
        clock.us += 10 * 3600 * 1_000_000 + 7
        const model = new Model()
        const answered: unknown[] = []
        const wanted: unknown[] = []
        for (const { act, forwardUs, takes } of steps) {
          clock.us += forwardUs
          if (act === 'reset') {
            await store.reset(takes)
            model.reset(takes)
            continue
          }
          answered.push(await store[act](takes))
          wanted.push(model[act](takes))
        }
        expect(answered).toEqual(wanted)
      }),
      { numRuns: 40, seed: 7 },
    )
  })

  it('allows a burst, then one per interval, and refuses without taking', async () => {
    const store = faked()
    const take = [{ limit: even!, key: 'paced', cost: 1 }]
    const fits = async (): Promise<boolean | undefined> => (await store.take(take))[0]?.fits
    expect([await fits(), await fits(), await fits(), await fits(), await fits()]).toEqual([
      true,
      true,
      true,
      true,
      false,
    ])
    clock.us += even!.intervalUs - 1
    expect(await fits()).toBe(false)
    clock.us += 1
    expect([await fits(), await fits()]).toEqual([true, false])
  })

  it('takes from all limits or from none', async () => {
    const store = faked()
    const wide = { limit: even!, key: 'both', cost: 1 }
    const narrow = { limit: odd!, key: 'both', cost: 3 }
    expect((await store.take([wide, narrow])).map((state) => state.fits)).toEqual([true, true])
    expect((await store.take([wide, narrow])).map((state) => state.fits)).toEqual([true, false])
    expect((await store.peek([wide]))[0]?.usedUs).toBe(even!.intervalUs)
  })

  it('counts a moment too far ahead as the tolerance: a clock set back locks nobody out', async () => {
    const store = faked()
    const take = [{ limit: even!, key: 'back', cost: 4 }]
    await store.take(take)
    clock.us -= 300_000_000
    expect((await store.peek(take))[0]).toEqual({ fits: false, usedUs: even!.toleranceUs })
    expect((await store.take(take))[0]).toEqual({ fits: false, usedUs: even!.toleranceUs })
    clock.us += even!.toleranceUs
    expect((await store.take(take))[0]?.fits).toBe(true)
  })

  it('refuses what could never be right', async () => {
    const store = faked()
    const take = { limit: even!, key: 'x', cost: 1 }
    for (const takes of [
      [],
      [take, take],
      [{ ...take, cost: 5 }],
      [{ ...take, cost: 0 }],
      [{ ...take, cost: 1.5 }],
      Array.from({ length: 17 }, (_, i) => ({ ...take, key: `${i}` })),
    ])
      await expect(store.take(takes)).rejects.toThrow(RangeError)
  })

  it('holds one quota over two replicas under 200 parallel takes, to the unit', async () => {
    const limit = { name: 'shared', limit: 50, windowS: 3600 }
    const limiters = replicas().map(
      (store) => new RateLimiter({ limits: [limit], store, whenStoreFails: 'closed', storeTimeoutMs: 10_000 }),
    )
    const decisions = await Promise.all(
      Array.from({ length: 200 }, (_, i) => limiters[i % 2]!.take({ shared: 'everybody' })),
    )
    const outcomes = decisions.map((decision) => decision.outcome)
    expect(outcomes.filter((outcome) => outcome === 'allowed')).toHaveLength(50)
    expect(outcomes.filter((outcome) => outcome === 'refused')).toHaveLength(150)
  })

  it('never waits in a circle: parallel takes of the same keys in opposite order', async () => {
    const stores = replicas()
    const a = { limit: defineRateLimit({ name: 'cross', limit: 1000, windowS: 3600 }), key: 'a', cost: 1 }
    const b = { ...a, key: 'b' }
    await Promise.all(Array.from({ length: 60 }, (_, i) => stores[i % 2]!.take(i % 3 === 0 ? [b, a] : [a, b])))
    const states = await stores[0].peek([a, b])
    for (const { usedUs } of states) {
      expect(usedUs).toBeLessThanOrEqual(60 * a.limit.intervalUs)
      // Time goes by while they run: a unit comes back every 3.6 s.
      expect(usedUs).toBeGreaterThan(55 * a.limit.intervalUs)
    }
  })

  it('gives units back as real time goes by', async () => {
    const [store] = replicas()
    const take = [{ limit: defineRateLimit({ name: 'quick', limit: 4, windowS: 1 }), key: 'k', cost: 4 }]
    expect((await store.take(take))[0]?.fits).toBe(true)
    expect((await store.take(take))[0]?.fits).toBe(false)
    await new Promise((resolve) => setTimeout(resolve, 1050))
    expect((await store.take(take))[0]?.fits).toBe(true)
  })
})

describe('PostgreSQL', () => {
  it('keeps the table out of the write ahead log and removes a bounded number of ended rows', async () => {
    const store = new PostgresRateLimitStore(pool, { table: 'rate_limit', nowUs, cleanUpEvery: 100_000 })
    await pool.query('truncate rate_limit')
    for (let i = 0; i < 30; i += 1) await store.take([{ limit: even!, key: `k${i}`, cost: 1 }])
    expect(await store.cleanUp(100)).toBe(0)
    clock.us += 180_000_000
    await store.take([{ limit: even!, key: 'live', cost: 1 }])
    expect(await store.cleanUp(20)).toBe(20)
    expect(await store.cleanUp(20)).toBe(10)
    const { rows } = await pool.query<{ key: string }>('select key from rate_limit')
    expect(rows).toEqual([{ key: 'even=live' }])
    const kind = await pool.query(`select relpersistence from pg_class where relname = 'rate_limit'`)
    expect(kind.rows).toEqual([{ relpersistence: 'u' }])
  })

  it('cleans up behind takes, and tells when that fails', async () => {
    await pool.query('truncate rate_limit')
    const problems: unknown[] = []
    const failing = {
      query: (statement: PostgresStatement, values: readonly unknown[]) =>
        statement.text.startsWith('delete') && values[0] !== 8
          ? Promise.reject(new Error('no'))
          : pool.query(statement, [...values]),
    }
    const store = new PostgresRateLimitStore(failing, {
      nowUs,
      cleanUpEvery: 4,
      onCleanUpError: (cause) => problems.push(cause),
    })
    for (let i = 0; i < 8; i += 1) {
      await store.take([{ limit: even!, key: `behind${i}`, cost: 1 }])
      clock.us += 120_000_000
    }
    // A removal still under way when the next is due puts it off to a later take, so that one has to come.
    const again = [{ limit: even!, key: 'behind7', cost: 1 }]
    await expect
      .poll(async () => {
        await store.take(again)
        return (await pool.query('select 1 from rate_limit')).rows.length
      })
      .toBeLessThanOrEqual(2)
    expect(problems).toEqual([])
    const broken = new PostgresRateLimitStore(
      {
        query: (statement, values) =>
          statement.text.startsWith('delete') ? Promise.reject(new Error('no')) : pool.query(statement, [...values]),
      },
      { nowUs, cleanUpEvery: 1, onCleanUpError: (cause) => problems.push(cause) },
    )
    await broken.take([{ limit: even!, key: 'x', cost: 1 }])
    await expect.poll(() => problems.length).toBe(1)
  })

  it('refuses a table name that is none, and believes no answer that is none', async () => {
    for (const table of ['', 'a b', 'a;drop', 'A', 'a.b.c', '1a'])
      expect(() => new PostgresRateLimitStore(pool, { table })).toThrow(RangeError)
    for (const rows of [[], [{}], [{ fits: 'yes', used_us: 1 }], [{ fits: true, used_us: '-1' }], [null]]) {
      const store = new PostgresRateLimitStore({ query: async () => ({ rows }) })
      await expect(store.take([{ limit: even!, key: 'x', cost: 1 }])).rejects.toThrow('rate limits')
    }
  })
})

describe('Redis', () => {
  it('sends the script again after the server forgot it', async () => {
    const store = new RedisRateLimitStore(nodeRedis(client), { prefix: 'forgot:' })
    const take = [{ limit: even!, key: 'x', cost: 1 }]
    await store.take(take)
    await client.sendCommand(['SCRIPT', 'FLUSH'])
    expect((await store.take(take))[0]?.fits).toBe(true)
    expect(Number((await store.peek(take))[0]?.usedUs)).toBeGreaterThan(even!.intervalUs)
  })

  it('lets every key expire when its quota is back, and keeps none that is unused', async () => {
    const store = new RedisRateLimitStore(nodeRedis(client), { prefix: 'ttl:' })
    const take = [{ limit: even!, key: 'x', cost: 2 }]
    await store.take(take)
    const left = Number(await client.sendCommand(['PTTL', 'ttl:even=x']))
    expect(left).toBeGreaterThan(29_000)
    expect(left).toBeLessThanOrEqual(30_000)
    await store.refund(take)
    expect(await client.sendCommand(['EXISTS', 'ttl:even=x'])).toBe(0)
  })

  it('rejects for a key that is something else, and for answers that are no states', async () => {
    await client.sendCommand(['SET', 'odd:even=x', 'not a number'])
    const store = new RedisRateLimitStore(nodeRedis(client), { prefix: 'odd:' })
    await expect(store.take([{ limit: even!, key: 'x', cost: 1 }])).rejects.toThrow('not a rate limit')
    for (const answer of [null, [], [1], [2, 0], [1, 'x'], [1, -1]]) {
      const strange = new RedisRateLimitStore({ command: async () => answer })
      await expect(strange.take([{ limit: even!, key: 'x', cost: 1 }])).rejects.toThrow('rate limits')
    }
    expect(() => new RedisRateLimitStore(nodeRedis(client), { prefix: 'x'.repeat(65) })).toThrow(RangeError)
  })
})
