/**
 * Goal: what a committed transaction enqueued is delivered, in order per key; what a rolled back one enqueued never is.
 * Method: a real server, real relays in this process and in others that are killed while they deliver.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { runInRequest } from '../../context/index.ts'
import { startPostgres, type TestPostgres } from '../../testing/index.ts'
import { createBackgroundPool } from '../background-pool.ts'
import { Database } from '../database.ts'
import {
  createOutbox,
  createOutboxRelay,
  type OutboxDelivery,
  OutboxError,
  type OutboxEvent,
  type OutboxMessage,
  type OutboxRelayOptions,
  outboxSchemaSql,
  PoisonMessageError,
  PublisherUnavailable,
} from './index.ts'

let postgres: TestPostgres
let url = ''
let pool: pg.Pool
const outbox = createOutbox()
const opened: { stop: () => Promise<void> }[] = []
const children: ChildProcess[] = []

beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.stop())
beforeEach(async () => {
  url = await postgres.database()
  pool = createBackgroundPool({ url, name: 'outbox-test', connectionsMax: 12 })
  await pool.query(outboxSchemaSql())
  await pool.query(
    'create table received (n bigserial, dedupe_id uuid, topic text, key text, payload jsonb, process int)',
  )
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await Promise.all(opened.splice(0).map((one) => one.stop()))
  await pool.end()
})

async function commit(messages: readonly OutboxMessage[], end: 'commit' | 'rollback' = 'commit'): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    for (const message of messages) await outbox.enqueue(client, message)
    await client.query(end)
  } finally {
    client.release()
  }
}

function relay(options: Partial<OutboxRelayOptions> = {}) {
  const received: OutboxDelivery[] = []
  const events: OutboxEvent[] = []
  const one = createOutboxRelay({
    pool,
    pollMs: 20,
    publish: (message) => {
      received.push(message)
      return Promise.resolve()
    },
    onEvent: (event) => events.push(event),
    ...options,
  })
  opened.push(one)
  return { relay: one, received, events }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1000; i += 1) {
    if (await condition()) return
    await sleep(10)
  }
  throw new Error('it never happened')
}
const numbers = (messages: readonly { payload: unknown }[]): unknown[] => messages.map((one) => one.payload)

describe('enqueue', () => {
  it('delivers what was committed with its request, and nothing of what was rolled back', async () => {
    const { relay: one, received, events } = relay()
    const dedupeId = randomUUID()
    await commit([{ topic: 'a', payload: 'never' }], 'rollback')
    const trace = { traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`, tracestate: 'a=b', sampled: true }
    await runInRequest({ correlationId: 'request-1', deadline: null, trace }, () =>
      commit([{ topic: 'a', key: 'k', payload: { amount: 1 }, dedupeId }]),
    )
    expect(await one.runOnce()).toBe(1)
    expect(await one.runOnce()).toBe(0)
    expect(received).toMatchObject([
      {
        topic: 'a',
        key: 'k',
        payload: { amount: 1 },
        dedupeId,
        attempt: 1,
        correlationId: 'request-1',
        traceparent: trace.traceparent,
        tracestate: 'a=b',
      },
    ])
    expect(events).toMatchObject([{ kind: 'delivered' }])
    await expect(commit([{ topic: 'a', payload: 1, dedupeId }])).rejects.toMatchObject({ code: '23505' })
  })

  it('takes the transaction of a Database as well', async () => {
    const database = new Database({ url, name: 'outbox' })
    await database.transaction((queries) => outbox.enqueue(queries, { topic: 'a', key: 'k', payload: [1] }))
    await expect(
      database.transaction(async (queries) => {
        await outbox.enqueue(queries, { topic: 'a', key: 'k', payload: [2] })
        throw new Error('on second thoughts')
      }),
    ).rejects.toThrow('on second thoughts')
    const { relay: one, received } = relay()
    await one.runOnce()
    expect(numbers(received)).toEqual([[1]])
    await database.close()
  })

  const circular: { self?: unknown } = {}
  circular.self = circular
  it.each([
    ['outbox_message_malformed', { topic: '', payload: 1 }],
    ['outbox_message_malformed', { topic: "a'; drop table kit_outbox; --", payload: 1 }],
    ['outbox_message_malformed', { topic: 'a', key: '', payload: 1 }],
    ['outbox_message_malformed', { topic: 'a', key: 'x'.repeat(257), payload: 1 }],
    ['outbox_message_malformed', { topic: 'a', key: 'a\0b', payload: 1 }],
    ['outbox_message_malformed', { topic: 'a', payload: undefined }],
    ['outbox_message_malformed', { topic: 'a', payload: 'a\0b' }],
    ['outbox_message_malformed', { topic: 'a', key: 'a\ud800b', payload: 1 }],
    ['outbox_message_malformed', { topic: 'a', payload: { name: 'a\ud800b' } }],
    ['outbox_message_malformed', { topic: 'a', payload: { 'a\udfff': 1 } }],
    ['outbox_message_malformed', { topic: 'a', payload: '\\\ud800' }],
    ['outbox_message_malformed', { topic: 'a', payload: 1n }],
    ['outbox_message_malformed', { topic: 'a', payload: circular }],
    ['outbox_message_malformed', { topic: 'a', payload: 1, dedupeId: 'once' }],
    ['outbox_payload_too_large', { topic: 'a', payload: 'x'.repeat(262_145) }],
  ] as const)('refuses with %s, case %#', async (code, message) => {
    const refused = await commit([message]).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(OutboxError)
    expect(refused).toMatchObject({ code })
  })

  it('takes text that only looks like what it refuses', async () => {
    const { relay: one, received } = relay()
    const payloads = ['\\u0000', '\\ud800', '\\\\udc00 and \\u0000', '\u{1f600}', { '\\u0000': '\u0001' }]
    await commit(payloads.map((payload) => ({ topic: 'a', key: 'k \u{1f600}', payload })))
    await one.runOnce()
    expect(received.map((message) => message.payload)).toEqual(payloads)
  })

  it('refuses more than may wait, and takes them again when they were delivered', async () => {
    let nowMs = 0
    const small = createOutbox({ pool, pendingMax: 2, now: () => nowMs })
    const put = (): Promise<string> => small.enqueue(pool, { topic: 'a', payload: 1 })
    await put()
    await put()
    await expect(put()).rejects.toMatchObject({ code: 'outbox_full' })
    await relay().relay.runOnce()
    nowMs = 60
    await put()
    expect(() => createOutbox({ pendingMax: 0 })).toThrow('pendingMax: expected')
    expect(() => createOutbox({ table: 'no; drop' })).toThrow('table: expected a name')
    expect(() => createOutboxRelay({ pool, publish: () => Promise.resolve(), batchMax: 1001 })).toThrow('batchMax')
    expect(() => createOutboxRelay({ pool, publish: () => Promise.resolve(), pollMs: 0 })).toThrow('pollMs')
  })
})

describe('the relay', () => {
  it('is woken by a commit, long before it would poll', async () => {
    const { relay: one, received } = relay({ pollMs: 60_000 })
    one.start()
    await until(
      async () => (await pool.query(`select 1 from pg_stat_activity where query like 'listen%'`)).rowCount === 1,
    )
    await sleep(50)
    const before = performance.now()
    await commit([{ topic: 'a', payload: 1 }])
    await until(() => received.length === 1)
    expect(performance.now() - before).toBeLessThan(2000)
  })

  it('keeps the order of commits per key, over several relays and many writers', async () => {
    const relays = [relay(), relay(), relay()]
    for (const one of relays) one.relay.start()
    const committed = new Map<string, number[]>()
    const order: { key: string; payload: unknown }[] = []
    for (const one of relays) {
      const push = one.received.push.bind(one.received)
      one.received.push = (...messages) => {
        for (const message of messages) order.push({ key: message.key ?? '', payload: message.payload })
        return push(...messages)
      }
    }
    await Promise.all(
      Array.from({ length: 6 }, async (_, writer) => {
        for (let i = 0; i < 15; i += 1) {
          const client = await pool.connect()
          const key = `key-${(writer + i) % 3}`
          const number = writer * 1000 + i
          await client.query('begin')
          await outbox.enqueue(client, { topic: 'a', key, payload: number })
          await sleep((writer * 7 + i) % 5)
          if (i % 4 === 3) await client.query('rollback')
          else {
            // The lock of the key is held: nobody else of this key can come in between.
            committed.set(key, [...(committed.get(key) ?? []), number])
            await client.query('commit')
          }
          client.release()
        }
      }),
    )
    const expected = [...committed.values()].reduce((sum, list) => sum + list.length, 0)
    await until(() => order.length >= expected)
    await sleep(60)
    expect(order).toHaveLength(expected)
    for (const [key, list] of committed)
      expect(order.filter((one) => one.key === key).map((one) => one.payload)).toEqual(list)
  })

  it('tries again with growing pauses, holds back what is behind, goes on after the last attempt, and replays', async () => {
    let isBroken = true
    const seen: unknown[] = []
    const { relay: one, events } = relay({
      attemptsMax: 3,
      backoffMs: 40,
      random: () => 1,
      publish: (message) => {
        if (message.payload === 'poison' && isBroken) return Promise.reject(new Error('no\0 good'))
        seen.push(message.payload)
        return Promise.resolve()
      },
    })
    await commit(['first', 'poison', 'behind'].map((payload) => ({ topic: 'a', key: 'k', payload })))
    await commit([{ topic: 'a', key: 'other', payload: 'elsewhere' }])
    one.start()
    await until(() => events.some((event) => event.kind === 'dead'))
    await until(() => seen.includes('behind'))
    expect(seen).toEqual(['first', 'elsewhere', 'behind'])
    expect(events.filter((event) => event.kind === 'attempt_failed')).toMatchObject([
      { retryInMs: 40, message: { attempt: 1 } },
      { retryInMs: 80, message: { attempt: 2 } },
    ])
    expect(await one.stats()).toMatchObject({ pending: 0, dead: 1, lagMs: 0 })
    isBroken = false
    expect(await one.replayDead()).toBe(1)
    await until(() => seen.includes('poison'))
    // Delivered is one thing, written down that it was another.
    await until(async () => (await one.stats()).pending === 0)
    expect(await one.stats()).toMatchObject({ pending: 0, dead: 0 })
    await expect(one.replayDead(0)).rejects.toThrow('limit: expected')
  })

  it('lets a message die at once that no attempt can deliver, and goes on', async () => {
    const seen: unknown[] = []
    const { relay: one, events } = relay({
      publish: ({ payload }) => {
        if (payload === 'poison') return Promise.reject(new PoisonMessageError('nobody understands it'))
        seen.push(payload)
        return Promise.resolve()
      },
    })
    await commit(['poison', 'behind'].map((payload) => ({ topic: 'a', key: 'k', payload })))
    one.start()
    await until(() => seen.includes('behind'))
    await until(() => events.some((event) => event.kind === 'dead'))
    expect(events.find((event) => event.kind === 'dead')).toMatchObject({
      message: { attempt: 1 },
      error: { code: 'message_poison' },
    })
  })

  it('pauses as a whole while the receiver is away, and no message dies of it', async () => {
    let isAway = true
    const { relay: one, received, events } = relay({ attemptsMax: 1, backoffMs: 10, backoffMaxMs: 30 })
    const publish = relay({
      attemptsMax: 1,
      backoffMs: 10,
      backoffMaxMs: 30,
      publish: (message) => {
        if (isAway) return Promise.reject(new PublisherUnavailable('the broker is down'))
        received.push(message)
        return Promise.resolve()
      },
      onEvent: (event) => events.push(event),
    })
    await commit([1, 2, 3].map((payload) => ({ topic: 'a', key: `${payload}`, payload })))
    publish.relay.start()
    await until(() => events.filter((event) => event.kind === 'publisher_unavailable').length >= 4)
    expect(await one.stats()).toMatchObject({ pending: 3, dead: 0 })
    isAway = false
    await until(() => received.length === 3)
    expect(received.map((message) => message.attempt)).toEqual([1, 1, 1])
  })

  it('does not wait for a publisher that hangs, and aborts its signal', async () => {
    const signals: AbortSignal[] = []
    const { relay: one, events } = relay({
      publishTimeoutMs: 30,
      publish: (message) => {
        signals.push(message.signal)
        return new Promise(() => {})
      },
    })
    await commit([{ topic: 'a', payload: 1 }])
    expect(await one.runOnce()).toBe(0)
    expect(signals[0]?.aborted).toBe(true)
    expect(events).toMatchObject([
      { kind: 'attempt_failed', error: { message: 'the publisher did not finish within 30 ms' } },
    ])
  })

  it('gives back at once what it held when it is stopped, and counts nothing against it', async () => {
    const { relay: one } = relay({ publish: () => new Promise(() => {}), publishTimeoutMs: 20_000 })
    await commit([{ topic: 'a', key: 'k', payload: 1 }])
    one.start()
    await until(
      async () =>
        (await pool.query(`select 1 from pg_locks where locktype = 'transactionid' and mode = 'ExclusiveLock'`))
          .rowCount === 1,
    )
    await one.stop(20)
    const other = relay()
    expect(await other.relay.runOnce()).toBe(1)
    expect(other.received).toMatchObject([{ attempt: 1 }])
  })

  it('goes on after the server ended all of its connections', async () => {
    const { relay: one, received, events } = relay({ pollMs: 30, backoffMs: 10 })
    one.start()
    await commit([{ topic: 'a', payload: 1 }])
    await until(() => received.length === 1)
    const killer = createBackgroundPool({ url, name: 'killer' })
    await killer.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'outbox-test'`)
    await killer.end()
    await until(() =>
      commit([{ topic: 'a', payload: 2 }]).then(
        () => true,
        () => false,
      ),
    )
    await until(() => received.some((message) => message.payload === 2))
    // Told after it was published and marked, so a moment later.
    await until(() => events.filter((event) => event.kind === 'delivered').length >= 2)
    expect(events.filter((event) => event.kind === 'delivered').length).toBeGreaterThanOrEqual(2)
  })

  it('removes what is old, keeps what is not, and measures how far it is behind', async () => {
    const { relay: one } = relay({ keepDeliveredMs: 50, keepDeadMs: 1000 * 60, cleanUpEveryMs: 1 })
    await commit([{ topic: 'a', payload: 1 }])
    await pool.query(`update kit_outbox set created_at = now() - interval '5 s'`)
    const { lagMs, pending } = await one.stats()
    expect(pending).toBe(1)
    expect(lagMs).toBeGreaterThan(4900)
    expect(lagMs).toBeLessThan(9000)
    await pool.query(
      `insert into kit_outbox (dedupe_id, topic, stream, dead_at) values (gen_random_uuid(), 'a', 'ka', now() - interval '1 h'), (gen_random_uuid(), 'a', 'ka', now())`,
    )
    one.start()
    await until(async () => (await pool.query('select 1 from kit_outbox')).rowCount === 1)
    expect(await one.stats()).toMatchObject({ pending: 0, dead: 1 })
  })

  it('visits every stream, however many wait for a later attempt', async () => {
    await pool.query(
      `insert into kit_outbox (dedupe_id, topic, stream, payload, available_at)
       select gen_random_uuid(), 'a', 'k' || lpad(n::text, 6, '0'), to_jsonb(n), now() + interval '1 h' from generate_series(1, 2500) n`,
    )
    await commit([{ topic: 'b', key: 'last', payload: 'through' }])
    const { relay: one, received } = relay()
    one.start()
    await until(() => received.length === 1)
    expect(received).toMatchObject([{ payload: 'through' }])
  })
})

describe('a relay that is killed while it delivers', () => {
  it('loses nothing, delivers nothing that was rolled back, and keeps the order of first deliveries', async () => {
    const start = (delayMs: number): ChildProcess => {
      const child = spawn(
        process.execPath,
        [join(import.meta.dirname, 'testing', 'relay-process.ts'), url, String(delayMs)],
        { stdio: ['ignore', 'ignore', 'inherit'] },
      )
      children.push(child)
      return child
    }
    const receivedCount = async (): Promise<number> => (await pool.query('select 1 from received')).rowCount ?? 0
    const first = start(8)
    const committed: string[] = []
    const rolledBack: string[] = []
    const write = async (n: number): Promise<void> => {
      const dedupeId = randomUUID()
      const isKept = n % 5 !== 4
      await commit([{ topic: 'a', key: `k${n % 4}`, payload: n, dedupeId }], isKept ? 'commit' : 'rollback')
      ;(isKept ? committed : rolledBack).push(dedupeId)
    }
    for (let n = 0; n < 60; n += 1) await write(n)
    await until(async () => (await receivedCount()) >= 10)
    const gone = new Promise((resolve) => first.once('exit', resolve))
    first.kill('SIGKILL')
    await gone
    for (let n = 60; n < 90; n += 1) await write(n)
    start(0)
    const { rows } = await (async () => {
      const delivered = () =>
        pool.query<{ dedupe_id: string; key: string; payload: number; first: string }>(
          'select dedupe_id, key, payload, min(n) as first from received group by 1, 2, 3 order by min(n)',
        )
      await until(async () => ((await delivered()).rowCount ?? 0) >= committed.length)
      await sleep(100)
      return delivered()
    })()
    expect(new Set(rows.map((row) => row.dedupe_id))).toEqual(new Set(committed))
    expect(rows.filter((row) => rolledBack.includes(row.dedupe_id))).toEqual([])
    for (const key of ['k0', 'k1', 'k2', 'k3']) {
      const payloads = rows.filter((row) => row.key === key).map((row) => row.payload)
      expect(payloads).toEqual(payloads.toSorted((a, b) => a - b))
    }
    // At least once: what was delivered twice is no more than what one batch held.
    expect((await receivedCount()) - committed.length).toBeLessThanOrEqual(20)
    expect(
      new Set((await pool.query<{ process: number }>('select process from received')).rows.map((row) => row.process))
        .size,
    ).toBe(2)
  })
})
