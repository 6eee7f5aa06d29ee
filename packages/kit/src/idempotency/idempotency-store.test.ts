// Goal: a key means the same wherever it is kept. Method: one suite over memory, a real PostgreSQL and a real Redis, each as
// two replicas; time is real and short, because it is the servers' own.
import pg from 'pg'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startPostgres, startRedis, type TestPostgres, type TestRedis } from '../testing/index.ts'
import {
  createReplayStore,
  Idempotency,
  type IdempotencyStore,
  MemoryIdempotencyStore,
  nodeRedis,
  postgresIdempotencySchema,
  PostgresIdempotencyStore,
  RedisIdempotencyStore,
} from './index.ts'

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
  await pool.query(postgresIdempotencySchema())
  await pool.query(postgresIdempotencySchema())
  client = await connectedClient(redis.url)
}, 60_000)

afterAll(async () => {
  client.destroy()
  await Promise.all([pool.end(), otherPool.end()])
  await Promise.all([postgres.stop(), redis.stop()])
})

const memory = new MemoryIdempotencyStore()
const kinds: readonly { name: string; replicas: () => readonly [IdempotencyStore, IdempotencyStore] }[] = [
  { name: 'memory', replicas: () => [memory, memory] },
  {
    name: 'PostgreSQL',
    replicas: () => [new PostgresIdempotencyStore(pool), new PostgresIdempotencyStore(otherPool, { cleanUpEvery: 3 })],
  },
  {
    name: 'Redis',
    replicas: () => [new RedisIdempotencyStore(nodeRedis(client)), new RedisIdempotencyStore(nodeRedis(client))],
  },
]
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
let ids = 0
const entryOf = (fields: { token?: string; fingerprint?: string; leaseMs?: number } = {}) => {
  ids += 1
  return { id: `id-${ids}`, fingerprint: 'f', token: 't', leaseMs: 10_000, ...fields }
}

describe.each(kinds)('idempotency store: $name', ({ replicas }) => {
  it('starts one of a hundred at the same time, on two replicas', async () => {
    const stores = replicas()
    const entry = entryOf()
    const states = await Promise.all(
      Array.from({ length: 100 }, (_, i) => stores[i % 2]!.begin({ ...entry, token: `t${i}` })),
    )
    expect(states.filter(({ state }) => state === 'started')).toHaveLength(1)
    const held = states.find(({ state }) => state === 'held')
    expect(held).toMatchObject({ state: 'held', fingerprint: 'f' })
    expect(held?.state === 'held' && held.remainingMs).toBeGreaterThan(1000)
    expect(held?.state === 'held' && held.remainingMs).toBeLessThanOrEqual(10_000)
  })

  it('keeps the answer for the other replica, byte for byte', async () => {
    const [one, other] = replicas()
    const entry = entryOf()
    const answer = JSON.stringify({ text: 'ünïcode \u0000 \ud83d\ude00 "quoted"' })
    await one.begin(entry)
    expect(await one.complete({ id: entry.id, token: 'wrong', answer: 'x', ttlMs: 1000 })).toBe(false)
    expect(await one.complete({ id: entry.id, token: 't', answer, ttlMs: 10_000 })).toBe(true)
    expect(await other.begin(entryOf({ fingerprint: 'g' }))).toEqual({ state: 'started' })
    expect(await other.begin({ ...entry, token: 'u', fingerprint: 'g' })).toEqual({
      state: 'completed',
      fingerprint: 'f',
      answer,
    })
    // It is over: nothing about it changes any more.
    expect(await one.complete({ id: entry.id, token: 't', answer: 'again', ttlMs: 1000 })).toBe(false)
    expect(await one.release({ id: entry.id, token: 't' })).toBe(false)
  })

  it('frees what is released by its holder, and by nobody else', async () => {
    const [one, other] = replicas()
    const entry = entryOf()
    await one.begin(entry)
    expect(await other.release({ id: entry.id, token: 'wrong' })).toBe(false)
    expect((await other.begin(entry)).state).toBe('held')
    expect(await one.release({ id: entry.id, token: 't' })).toBe(true)
    expect(await one.release({ id: entry.id, token: 't' })).toBe(false)
    expect((await other.begin({ ...entry, token: 'u' })).state).toBe('started')
  })

  it('gives the id to the next one when a holder died, and the dead one has no say any more', async () => {
    const [one, other] = replicas()
    const entry = entryOf({ leaseMs: 60 })
    await one.begin(entry)
    await pause(90)
    expect(await one.complete({ id: entry.id, token: 't', answer: 'late', ttlMs: 1000 })).toBe(false)
    expect(await other.begin({ ...entry, token: 'u', leaseMs: 10_000, fingerprint: 'g' })).toEqual({ state: 'started' })
    expect(await one.complete({ id: entry.id, token: 't', answer: 'late', ttlMs: 1000 })).toBe(false)
    expect(await one.release({ id: entry.id, token: 't' })).toBe(false)
    expect(await other.complete({ id: entry.id, token: 'u', answer: 'mine', ttlMs: 1000 })).toBe(true)
  })

  it('forgets an answer when its time is over', async () => {
    const [store] = replicas()
    const entry = entryOf()
    await store.begin(entry)
    await store.complete({ id: entry.id, token: 't', answer: 'short', ttlMs: 60 })
    await pause(90)
    expect(await store.begin({ ...entry, token: 'u' })).toEqual({ state: 'started' })
  })

  it('runs a request once, however many send it at the same time', async () => {
    let runs = 0
    const guards = replicas().map((store) => new Idempotency({ store }))
    const request = {
      key: `pay-${(ids += 1)}`,
      actor: 'user:1',
      method: 'POST',
      route: '/v1/payments',
      body: '{"a":1}',
    }
    const found = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        guards[i % 2]!.run(request, async () => {
          runs += 1
          await pause(20)
          return { status: 201, headers: { location: '/v1/payments/7' }, body: 'paid' }
        }),
      ),
    )
    expect(runs).toBe(1)
    expect(found.filter(({ state }) => state === 'done')).toHaveLength(1)
    expect(found.every(({ state }) => ['done', 'in_progress', 'replay'].includes(state))).toBe(true)
    expect(await guards[1]!.begin(request)).toEqual({
      state: 'replay',
      status: 201,
      headers: { location: '/v1/payments/7' },
      body: 'paid',
    })
  })

  it('is a replay store: one of many deliveries is the first, until it is forgotten or over', async () => {
    const [one, other] = replicas().map((store) => createReplayStore(store))
    const id = `evt_${(ids += 1)} with spaces and ünïcode`
    const first = await Promise.all(Array.from({ length: 30 }, (_, i) => (i % 2 ? one : other)!.once(id, 60)))
    expect(first.filter(Boolean)).toHaveLength(1)
    await other!.forget(id)
    expect([await one!.once(id, 1), await other!.once(id, 1)]).toEqual([true, false])
    await pause(1050)
    expect(await other!.once(id, 1)).toBe(true)
    expect(await createReplayStore(replicas()[0], 'other-sender').once(id, 60)).toBe(true)
  })
})

describe('PostgreSQL', () => {
  it('removes a bounded number of rows that ran out, and leaves the others', async () => {
    const store = new PostgresIdempotencyStore(pool, { cleanUpEvery: 100_000 })
    await pool.query('truncate idempotency_key')
    for (let i = 0; i < 12; i += 1) await store.begin(entryOf({ leaseMs: 1 }))
    await store.begin(entryOf())
    await pause(10)
    expect([await store.cleanUp(10), await store.cleanUp(10), await store.cleanUp(10)]).toEqual([10, 2, 0])
    await expect(store.cleanUp(0)).rejects.toThrow(RangeError)
  })

  it('cleans up behind begins, and tells when that fails', async () => {
    const problems: unknown[] = []
    const broken = new PostgresIdempotencyStore(
      {
        query: (statement, values) =>
          statement.text.startsWith('delete') ? Promise.reject(new Error('no')) : pool.query(statement, [...values]),
      },
      { cleanUpEvery: 1, onCleanUpError: (cause) => problems.push(cause) },
    )
    expect((await broken.begin(entryOf())).state).toBe('started')
    await expect.poll(() => problems.length).toBe(1)
  })

  it('believes no answer that is none', async () => {
    for (const row of [{}, { fingerprint: 1, answer: 'x', remaining_ms: 1 }, null]) {
      const store = new PostgresIdempotencyStore({
        query: async (statement) => ({ rows: statement.text.startsWith('insert') ? [] : [row] }),
      })
      await expect(store.begin(entryOf())).rejects.toMatchObject({ code: 'store_malformed' })
    }
    const vanishing = new PostgresIdempotencyStore({ query: async () => ({ rows: [] }) })
    await expect(vanishing.begin(entryOf())).rejects.toMatchObject({ code: 'store_malformed' })
    expect(() => postgresIdempotencySchema('a; drop')).toThrow(RangeError)
  })
})

describe('Redis', () => {
  it('believes no answer that is none', async () => {
    for (const answer of [null, [], ['held'], ['held', 'f', 'x'], ['completed', 'f'], ['other', 'f', 'x']]) {
      const store = new RedisIdempotencyStore({ command: async () => answer })
      await expect(store.begin(entryOf())).rejects.toMatchObject({ code: 'store_malformed' })
    }
    expect(() => new RedisIdempotencyStore(nodeRedis(client), { prefix: 'x'.repeat(65) })).toThrow(RangeError)
  })
})
