/** Goal: the kit's pool and migration runner on a real server, in every way they must refuse. They are tested here because the server is. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database, type Migration, migrate, readMigrations } from '@greengate/kit/data'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startPostgres, type TestPostgres } from '@greengate/kit/testing'

let postgres: TestPostgres
let url = ''
let folder = ''
const one = (name: string, sql: string): Migration => ({ name, sql, digest: `${name}:${sql}` })
const first = one('0001-first', 'create table first (id int)')
const third = one('0003-third', 'create table third (id int)')

beforeAll(async () => {
  postgres = await startPostgres()
  url = await postgres.database()
  folder = mkdtempSync(join(tmpdir(), 'migrations-'))
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await postgres.stop()
})

describe('migrate', () => {
  it('applies each once, whoever runs it at the same time', async () => {
    const runs = await Promise.all([1, 2, 3].map(() => migrate([first, third], { url })))
    expect(runs.flat().toSorted((a, b) => a.localeCompare(b))).toEqual(['0001-first', '0003-third'])
  })

  it.each([
    ['migration_changed', [one('0001-first', 'select 1'), third]],
    ['migration_missing', [first]],
    ['migration_order', [first, one('0002-late', 'select 1'), third]],
    ['migration_failed', [first, third, one('0004-bad', 'create table fourth (id int); select nonsense')]],
  ] as const)('refuses with %s', async (code, migrations) => {
    await expect(migrate(migrations, { url })).rejects.toMatchObject({ code })
  })

  it('leaves nothing of a migration that failed', async () => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    const { rows } = await client.query(`select to_regclass('fourth') as found`)
    await client.end()
    expect(rows).toEqual([{ found: null }])
  })

  it('gives up on a table lock and on another runner in time', async () => {
    const holder = new pg.Client({ connectionString: url })
    await holder.connect()
    await holder.query('begin; lock table first')
    const alter = one('0005-alter', 'alter table first add column x int')
    await expect(migrate([first, third, alter], { url, lockTimeoutMs: 100 })).rejects.toMatchObject({
      code: 'migration_failed',
      cause: { code: '55P03' },
    })
    await holder.query('rollback; select pg_advisory_lock(7205759401318)')
    await expect(migrate([first, third], { url, waitTimeoutMs: 150 })).rejects.toMatchObject({
      code: 'migration_locked',
    })
    await holder.end()
  })
})

describe('readMigrations', () => {
  it('reads in order, and refuses names and numbers that are wrong', async () => {
    writeFileSync(join(folder, '0002-b.sql'), 'select 2')
    writeFileSync(join(folder, '0001-a.sql'), 'select 1')
    expect((await readMigrations(folder)).map((migration) => migration.name)).toEqual(['0001-a', '0002-b'])
    writeFileSync(join(folder, '0002-c.sql'), 'select 3')
    await expect(readMigrations(folder)).rejects.toMatchObject({ code: 'migration_order' })
    writeFileSync(join(folder, 'wrong.sql'), 'select 3')
    await expect(readMigrations(folder)).rejects.toMatchObject({ code: 'migration_order' })
  })
})

describe('Database', () => {
  const opened: Database[] = []
  const open = (options: Partial<ConstructorParameters<typeof Database>[0]> = {}): Database => {
    const database = new Database({ url, name: 'kit-data', ...options })
    opened.push(database)
    return database
  }
  const sleep = { name: 'sleep', text: 'select pg_sleep($1::float8)' }
  const insert = { name: 'insert', text: 'insert into kept values ($1)' }
  const count = { name: 'count', text: 'select count(*)::int as count from kept' }
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((database) => database.close()))
  })

  it('keeps what a transaction did, and nothing of one that threw', async () => {
    const database = open()
    await database.rows({ name: 'create', text: 'create table kept (id int)' })
    await database.transaction((queries) => queries.rows(insert, [1]))
    await expect(
      database.transaction(async (queries) => {
        await queries.rows(insert, [2])
        throw new Error('on second thoughts')
      }),
    ).rejects.toThrow('on second thoughts')
    expect(await database.row(count)).toEqual({ count: 1 })
    expect(await database.row({ name: 'none', text: 'select 1 where false' })).toBeNull()
    expect(database.usage()).toMatchObject({ total: 1, idle: 1, waiting: 0 })
  })

  it('ends a statement, and the wait for a connection, at its limit', async () => {
    await expect(open({ statementTimeoutMs: 100 }).rows(sleep, [30])).rejects.toMatchObject({
      code: 'database_timeout',
      cause: { code: '57014' },
    })
    const narrow = open({ connectionsMax: 1, connectTimeoutMs: 800 })
    const holder = narrow.rows(sleep, [1.5])
    await expect(narrow.rows(sleep, [0])).rejects.toMatchObject({
      code: 'database_unavailable',
      cause: { code: 'bulkhead_full' },
    })
    expect(await holder).toHaveLength(1)
  })

  it('replaces a connection that the server ended, and says so', async () => {
    const seen: Error[] = []
    const database = open({ name: 'ended', onIdleError: (error) => seen.push(error) })
    await database.rows(sleep, [0])
    const terminate = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'ended'`
    await open().rows({ name: 'terminate', text: terminate })
    for (let i = 0; i < 100 && seen.length === 0; i += 1) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(seen).toMatchObject([{ code: '57P01' }])
    expect(await database.rows(sleep, [0])).toHaveLength(1)
  })

  it('knows in time whether the server answers, also where somebody listens and says nothing', async () => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const address = silent.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const dead = open({ url: `postgres://a:b@127.0.0.1:${port}/x` })
    const alive = open()
    // The first question makes the connection, which may take its time beside other tests.
    await alive.answers()
    expect(await Promise.all([alive.answers(), dead.answers(150), dead.answers(150)])).toEqual([true, false, false])
    await Promise.all(opened.splice(0).map((database) => database.close()))
    silent.close()
  })
})
