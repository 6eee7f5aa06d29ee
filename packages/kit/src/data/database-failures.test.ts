// Goal: whatever happens to the database or to the caller, nothing waits past its limit, nothing keeps running at the
// server for nobody, and service returns by itself. Method: a real server; statements that sleep, backends that are
// frozen or killed by signal, ports where nobody listens.
import { readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { runInRequest } from '../context/index.ts'
import { type BreakerTransition, CircuitBreaker, Deadline } from '../resilience/index.ts'
import { startPostgres, type TestPostgres } from '../testing/index.ts'
import { Database, type DatabaseOptions } from './database.ts'

let postgres: TestPostgres
let url = ''
let observer: pg.Client
const opened: Database[] = []
const open = (options: Partial<DatabaseOptions> = {}): Database => {
  const database = new Database({ url, name: 'subject', ...options })
  opened.push(database)
  return database
}
const sleep = { name: 'sleep', text: 'select pg_sleep($1::float8)' }
const one = { name: 'one', text: 'select 1 as one' }
const pid = { name: 'pid', text: 'select pg_backend_pid() as pid' }
const insert = { name: 'insert', text: 'insert into kept values ($1)' }

const within = <T>(deadline: Deadline, work: () => Promise<T>): Promise<T> =>
  runInRequest({ correlationId: 'test', trace: null, deadline }, work)

async function until(what: string, holds: () => Promise<boolean>, limitMs = 8000): Promise<void> {
  const endMs = performance.now() + limitMs
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`still not: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Sessions of the pool under test that are executing something. */
async function active(): Promise<number> {
  const { rows } = await observer.query<{ count: number }>(
    `select count(*)::int as count from pg_stat_activity where application_name = 'subject' and state = 'active'`,
  )
  return rows[0]?.count ?? -1
}

async function observe(): Promise<void> {
  observer = new pg.Client({ connectionString: url, application_name: 'observer' })
  observer.on('error', () => {})
  await observer.connect()
}

async function timed<T>(work: Promise<T>): Promise<{ ms: number; outcome: PromiseSettledResult<T> }> {
  const startedMs = performance.now()
  const [outcome] = await Promise.allSettled([work])
  return { ms: performance.now() - startedMs, outcome }
}

beforeAll(async () => {
  postgres = await startPostgres()
  url = await postgres.database()
  await observe()
  await observer.query('create table kept (id int primary key)')
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.close()))
})
afterAll(async () => {
  await observer.end()
  await postgres.stop()
})

describe('a deadline', () => {
  it('ends the caller in time and the statement at the server, and keeps the connection', async () => {
    const database = open()
    const { ms, outcome } = await timed(within(new Deadline(200), () => database.rows(sleep, [30])))
    expect(outcome).toMatchObject({
      status: 'rejected',
      reason: { code: 'database_timeout', cause: { code: 'deadline_exceeded' } },
    })
    expect(ms).toBeLessThan(700)
    await until('the statement is gone', async () => (await active()) === 0, 1500)
    await until('the connection is back', async () => database.stats().idle === 1, 1500)
    expect(await database.rows(one)).toEqual([{ one: 1 }])
    expect(database.stats()).toMatchObject({ total: 1, idle: 1, inUse: 0, waiting: 0 })
  })

  it('that is over sends nothing', async () => {
    const database = open()
    await expect(within(new Deadline(0), () => database.rows(one))).rejects.toMatchObject({ code: 'database_timeout' })
    expect(database.stats().total).toBe(0)
  })

  it('that ends while the connection is being made leaves that to the next caller', async () => {
    const { hostname, port } = new URL(url)
    const slow = createServer((socket) => {
      const server = connect(Number(port), hostname).on('error', () => {})
      socket.on('error', () => {}).on('close', () => server.destroy())
      setTimeout(() => socket.pipe(server).pipe(socket), 250)
    })
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve))
    const address = slow.address()
    const database = open({ url: url.replace(port, String(typeof address === 'object' ? address?.port : 0)) })
    const { ms } = await timed(within(new Deadline(60), () => database.rows(one)))
    expect(ms).toBeLessThan(220)
    await until('the connection is there', async () => database.stats().idle === 1, 3000)
    expect(database.stats()).toMatchObject({ total: 1, inUse: 0, breaker: 'closed' })
    expect(await database.rows(one)).toEqual([{ one: 1 }])
    await Promise.all(opened.splice(0).map((each) => each.close()))
    slow.close()
  })

  it('that is cancelled, because the caller went away, cancels the statement as well', async () => {
    const database = open()
    const deadline = new Deadline(20_000)
    const work = timed(within(deadline, () => database.rows(sleep, [30])))
    await until('the statement runs', async () => (await active()) === 1)
    deadline.cancel()
    expect((await work).outcome).toMatchObject({ status: 'rejected', reason: { code: 'call_cancelled' } })
    await until('the statement is gone', async () => (await active()) === 0, 1500)
    expect(database.stats().breaker).toBe('closed')
  })

  it('ends a transaction: nothing of it is kept, no lock is left, and it can ask nothing more', async () => {
    const database = open()
    let late: unknown
    const over = new Promise<void>((resolve) => {
      void within(new Deadline(250), () =>
        database.transaction(async (queries) => {
          await queries.rows(insert, [100])
          await queries.rows(sleep, [30]).catch(() => {})
          late = await queries.rows(one).catch((error: unknown) => error)
          resolve()
        }),
      ).catch(() => {})
    })
    await over
    expect(late).toMatchObject({ code: 'database_timeout' })
    await until('the session is gone', async () => (await active()) === 0, 1500)
    expect(await database.rows(insert, [100])).toEqual([])
  })
})

describe('the time limits', () => {
  it('end a statement at the server, and a backend that does not answer at the client', async () => {
    const database = open({ statementTimeoutMs: 200 })
    await expect(database.rows(sleep, [30])).rejects.toMatchObject({
      code: 'database_timeout',
      cause: { code: '57014' },
    })
    const backend = (await database.row<{ pid: number }>(pid))?.pid ?? 0
    process.kill(backend, 'SIGSTOP')
    try {
      const { ms, outcome } = await timed(database.rows(one))
      expect(outcome).toMatchObject({
        reason: { code: 'database_timeout', cause: { code: 'call_timeout', timeoutMs: 500 } },
      })
      expect(ms).toBeLessThan(1200)
      // The frozen backend is given up after its grace; others go on meanwhile.
      expect(await database.rows(one)).toEqual([{ one: 1 }])
      await until('the frozen connection is closed', async () => database.stats().total === 1, 3000)
    } finally {
      process.kill(backend, 'SIGCONT')
    }
  })

  it('end the wait for a server that listens and says nothing', async () => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const address = silent.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const database = open({ url: `postgres://a:b@127.0.0.1:${port}/x`, connectTimeoutMs: 200 })
    const { ms, outcome } = await timed(database.rows(one))
    expect(outcome).toMatchObject({ reason: { code: 'database_timeout' } })
    expect(ms).toBeLessThan(1000)
    await Promise.all(opened.splice(0).map((each) => each.close()))
    silent.close()
  })

  it('end a transaction', async () => {
    const database = open({ transactionTimeoutMs: 250 })
    const never = database.transaction(() => new Promise<never>(() => {}))
    await expect(never).rejects.toMatchObject({ code: 'database_timeout' })
    expect(database.stats()).toMatchObject({ inUse: 0 })
  })
})

describe('the pool', () => {
  it('refuses at once what does not fit into its queue, what waits too long after its limit, and recovers', async () => {
    const database = open({ connectionsMax: 1, waitingMax: 1, poolTimeoutMs: 150 })
    const holder = database.rows(sleep, [0.6])
    const waiter = timed(database.rows(one))
    const refused = await timed(database.rows(one))
    expect(refused.outcome).toMatchObject({
      reason: { code: 'database_unavailable', cause: { code: 'bulkhead_full', reason: 'queue_full' } },
    })
    expect(refused.ms).toBeLessThan(60)
    expect(database.stats()).toMatchObject({ inUse: 1, waiting: 1, connectionsMax: 1 })
    expect((await waiter).outcome).toMatchObject({ reason: { cause: { reason: 'waited' } } })
    await holder
    expect(await database.rows(one)).toEqual([{ one: 1 }])
    expect(database.stats().breaker).toBe('closed')
  })

  it('keeps a connection after a refused statement, and prepares a named one once', async () => {
    const database = open({ connectionsMax: 1 })
    const before = await database.row<{ pid: number }>(pid)
    await database.rows(insert, [1])
    for (let i = 0; i < 6; i += 1)
      await expect(database.rows(insert, [1])).rejects.toMatchObject({ code: '23505', table: 'kept' })
    expect(await database.row<{ pid: number }>(pid)).toEqual(before)
    expect(database.stats().breaker).toBe('closed')
    const prepared = {
      name: 'prepared',
      text: `select name, generic_plans + custom_plans as uses from pg_prepared_statements where name = 'pid'`,
    }
    expect(await database.rows<{ uses: string }>(prepared)).toMatchObject([{ name: 'pid', uses: '2' }])
  })
})

describe('transactions', () => {
  it('repeat what was in the way of another, and only if that is allowed', async () => {
    const database = open()
    await observer.query('create table counter (n int); insert into counter values (0)')
    const read = { name: 'counter-read', text: 'select n from counter' }
    const write = { name: 'counter-write', text: 'update counter set n = $1' }
    let runs = 0
    const both = (repeatable: boolean): Promise<PromiseSettledResult<void>[]> => {
      let arrived = 0
      let open = (): void => {}
      const gate = new Promise<void>((resolve) => (open = resolve))
      const increment = (): Promise<void> =>
        database.transaction(
          async (queries) => {
            runs += 1
            const row = await queries.row<{ n: number }>(read)
            arrived += 1
            if (arrived >= 2) open()
            await gate
            await queries.rows(write, [(row?.n ?? 0) + 1])
          },
          { isolation: 'serializable', repeatable },
        )
      return Promise.allSettled([increment(), increment()])
    }
    const failed = (await both(false)).filter((outcome) => outcome.status === 'rejected')
    expect(failed).toMatchObject([{ reason: { code: 'database_contention', cause: { code: '40001' } } }])
    expect((await both(true)).map((outcome) => outcome.status)).toEqual(['fulfilled', 'fulfilled'])
    expect(runs).toBeGreaterThanOrEqual(5)
    expect(await database.row(read)).toEqual({ n: 3 })
  })

  it('say so when the server rolled back what the work took for done', async () => {
    const database = open()
    const work = database.transaction(async (queries) => {
      await queries.rows(insert, [200])
      await queries.rows({ name: 'broken', text: 'select 1 / 0' }).catch(() => {})
    })
    await expect(work).rejects.toThrow('rolled back')
    expect(await database.rows(insert, [200])).toEqual([])
  })

  it('take nothing more when they are over, and honour read only', async () => {
    const database = open()
    const kept = await database.transaction(async (queries) => queries)
    await expect(kept.rows(one)).rejects.toThrow('over')
    await expect(
      database.transaction((queries) => queries.rows(insert, [300]), { readOnly: true }),
    ).rejects.toMatchObject({ cause: { code: '25006' } })
  })

  it('leave alone what the work throws, and blame the database for none of it', async () => {
    const database = open()
    for (let i = 0; i < 6; i += 1) {
      const own = Object.assign(new Error('an upstream is away'), { code: 'ECONNREFUSED' })
      await expect(database.transaction(() => Promise.reject(own))).rejects.toBe(own)
    }
    expect(database.stats()).toMatchObject({ total: 1, idle: 1, breaker: 'closed' })
  })

  it('survive a connection that breaks between two statements', async () => {
    const database = open()
    const work = database.transaction(async (queries) => {
      const row = await queries.row<{ pid: number }>(pid)
      await observer.query('select pg_terminate_backend($1)', [row?.pid])
      await new Promise((resolve) => setTimeout(resolve, 100))
      await queries.rows(one)
    })
    await expect(work).rejects.toMatchObject({ code: 'database_unavailable' })
    expect(await database.rows(one)).toEqual([{ one: 1 }])
  })
})

describe('a database that is away', () => {
  it('is not asked any more after the 4th failure, and asked again when it is known to answer', async () => {
    const transitions: BreakerTransition[] = []
    const breaker = new CircuitBreaker({
      name: 'database',
      openMs: 60_000,
      onTransition: (one) => transitions.push(one),
    })
    const database = open({ url: 'postgres://a:b@127.0.0.1:1/x', breaker })
    for (let i = 0; i < 4; i += 1)
      await expect(database.rows(one)).rejects.toMatchObject({
        code: 'database_unavailable',
        cause: { code: 'ECONNREFUSED' },
      })
    const { ms, outcome } = await timed(database.rows(one))
    expect(outcome).toMatchObject({ reason: { code: 'database_unavailable', cause: { code: 'breaker_open' } } })
    expect(ms).toBeLessThan(50)
    expect(await database.answers()).toBe(false)
    expect(transitions.map(({ to }) => to.kind)).toEqual(['open'])
    // The same breaker, the database at its right place: what the readiness probe learns ends the refusals.
    const back = open({ breaker })
    await expect(back.rows(one)).rejects.toMatchObject({ cause: { code: 'breaker_open' } })
    expect(await back.answers()).toBe(true)
    expect(await back.rows(one)).toEqual([{ one: 1 }])
    expect(back.stats().breaker).toBe('recovering')
  })

  it('that is frozen, as behind a partition, holds nobody past the limits, and is used again when it is back', async () => {
    const database = open({ connectionsMax: 3, connectTimeoutMs: 300, statementTimeoutMs: 200 })
    await Promise.all([1, 2, 3].map(() => database.rows(sleep, [0.05])))
    const { rows } = await observer.query<{ pid: number }>(
      `select pid from pg_stat_activity where application_name = 'subject'`,
    )
    const sessions = rows.map((row) => row.pid)
    const server = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${sessions[0]}/status`, 'utf8'))?.[1])
    const all = [server, ...sessions]
    for (const each of all) process.kill(each, 'SIGSTOP')
    try {
      const outcomes = await Promise.all(Array.from({ length: 12 }, () => timed(database.rows(one))))
      const codes = outcomes.map(({ outcome }) => (outcome.status === 'rejected' ? outcome.reason.code : 'ok'))
      expect(new Set(codes)).toEqual(new Set(['database_timeout', 'database_unavailable']))
      expect(Math.max(...outcomes.map(({ ms }) => ms))).toBeLessThan(1500)
      // The 4th failure in a row, if it was not among those; from then on nobody waits any more.
      await timed(database.rows(one))
      const refused = await timed(database.rows(one))
      expect(refused.outcome).toMatchObject({ reason: { cause: { code: 'breaker_open' } } })
      expect(refused.ms).toBeLessThan(50)
    } finally {
      for (const each of all) process.kill(each, 'SIGCONT')
    }
    await until('it is used again', async () => (await database.rows(one).catch(() => [])).length === 1)
    await until('nothing is left over', async () => database.stats().inUse === 0 && (await active()) === 0)
  })

  it('is used again by itself after one of its processes was killed and it recovered from that', async () => {
    const database = open({ connectionsMax: 4 })
    await Promise.all([1, 2, 3, 4].map(() => database.rows(sleep, [0.05])))
    const backend = (await database.row<{ pid: number }>(pid))?.pid ?? 0
    // The server takes a killed backend for a crash: it ends every session and replays its log.
    process.kill(backend, 'SIGKILL')
    let acknowledged = 0
    await until('it is used again', async () => {
      const outcome = await database.rows(insert, [1000 + acknowledged]).then(
        () => true,
        (error: { code?: string }) => {
          expect(error.code).toMatch(/^database_(?:unavailable|timeout)$/)
          return false
        },
      )
      if (outcome) acknowledged += 1
      return acknowledged === 20
    })
    await observe()
    const { rows } = await observer.query('select count(*)::int as count from kept where id >= 1000')
    expect(rows).toEqual([{ count: 20 }])
    expect(database.stats()).toMatchObject({ inUse: 0, waiting: 0, breaker: 'closed' })
  })
})

describe('the ports', () => {
  it('are told of each statement and each transaction, once', async () => {
    const calls: string[] = []
    const spans: string[] = []
    const database = open({
      onCall: ({ dependency, outcome, attempt }) => calls.push(`${dependency} ${outcome} ${attempt}`),
      trace: {
        startSpan: (name, kind) => ({
          headers: () => ({}),
          end: (error) => spans.push(`${name} ${kind} ${error ? (error as { code: string }).code : 'ok'}`),
        }),
      },
    })
    await database.rows(one)
    await database.transaction((queries) => queries.rows(one))
    await within(new Deadline(150), () => database.rows(sleep, [30])).catch(() => {})
    expect(calls).toEqual(['database ok 1', 'database ok 1', 'database timeout 1'])
    expect(spans).toEqual(['one client ok', 'transaction client ok', 'sleep client database_timeout'])
  })

  it('refuses limits that are none', () => {
    for (const wrong of [
      { connectTimeoutMs: -5 },
      { transactionTimeoutMs: 0 },
      { statementTimeoutMs: 0 },
      { connectionsIdleMin: 99 },
      { waitingMax: -1 },
      { connectionsMax: 0 },
      { poolTimeoutMs: Number.NaN },
    ])
      expect(() => new Database({ url, name: 'wrong', ...wrong })).toThrow(RangeError)
  })
})
