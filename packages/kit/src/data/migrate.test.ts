/**
 * Goal: whatever happens to a runner, a database ends up with each migration applied wholly or not at all, once, and
 * traffic never waits for long. Method: real runners against a real server that is made to fail them.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startPostgres, type TestPostgres } from '../testing/index.ts'
import { createBackgroundPool } from './background-pool.ts'
import { instancesSchemaSql, startInstanceHeartbeat } from './instances.ts'
import { migrate, type MigrateOptions, type Migration, type MigrationEvent, migrationStatus } from './migrate.ts'

let postgres: TestPostgres
let url = ''
let admin: pg.Client
/** A connection of its own for what holds a transaction open: views of activity are frozen in one. */
let holder: pg.Client
const one = (name: string, sql: string): Migration => ({ name, sql, digest: `${name}:${sql}` })
const base = one('0001-base', 'create table t (id int primary key, a int); insert into t values (1, 1), (2, 1)')
const contract = (name: string, version: string, sql = 'alter table t drop column a'): Migration =>
  one(name, `-- kit: phase contract\n-- kit: replicas >= ${version}\n${sql}`)
const run = (migrations: readonly Migration[], options: Partial<MigrateOptions> = {}): Promise<string[]> =>
  migrate(migrations, { url, ...options })
/** What a run is refused with; null when it is not. */
const refusal = (run: Promise<unknown>): Promise<unknown> => run.then(() => null).catch((error: unknown) => error)
const rows = async (text: string): Promise<Record<string, unknown>[]> =>
  (await admin.query<Record<string, unknown>>(text)).rows
const waitUntil = async (text: string): Promise<void> => {
  for (let i = 0; i < 500; i += 1) {
    if ((await rows(text)).length > 0) return
    await sleep(10)
  }
  throw new Error(`never: ${text}`)
}
const appliedNames = async (): Promise<unknown[]> =>
  (await rows('select name from schema_migrations order by name')).map((row) => row['name'])

beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.stop())
beforeEach(async () => {
  url = await postgres.database()
  admin = new pg.Client({ connectionString: url })
  admin.on('error', () => {})
  holder = new pg.Client({ connectionString: url })
  await Promise.all([admin.connect(), holder.connect()])
  return () => Promise.all([admin.end(), holder.end()])
})

describe('runners side by side', () => {
  it('apply each migration once, and those of different tables do not wait for each other', async () => {
    const slow = one('0002-slow', 'alter table t add column b int; select pg_sleep(0.3)')
    const runs = await Promise.all(Array.from({ length: 5 }, () => run([base, slow])))
    expect(runs.flat().toSorted((a, b) => a.localeCompare(b))).toEqual(['0001-base', '0002-slow'])
    await admin.query('select pg_advisory_lock(7205759401318)')
    await expect(run([base, slow], { waitTimeoutMs: 50 })).rejects.toMatchObject({ code: 'migration_locked' })
    await admin.query('create schema app')
    const other = one('0001-other', 'create table app.u (id int)')
    expect(await run([other], { table: 'app.migrations', waitTimeoutMs: 50 })).toEqual(['0001-other'])
  })

  it('leave nothing of a migration whose server process was killed, and the next one applies it', async () => {
    const slow = one('0002-slow', 'alter table t add column b int; select pg_sleep(30)')
    await run([base])
    const failure = refusal(run([base, slow]))
    await waitUntil(`select 1 from pg_stat_activity where query like '%pg_sleep(30)%' and pid <> pg_backend_pid()`)
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'migrate'`)
    expect(await failure).toMatchObject({ code: 'migration_failed', cause: { code: '57P01' } })
    expect(await rows(`select 1 from information_schema.columns where table_name = 't' and column_name = 'b'`)).toEqual(
      [],
    )
    expect(await run([base, one('0002-slow', 'alter table t add column b int')])).toEqual(['0002-slow'])
  })
})

describe('locks and limits', () => {
  it('tries again while somebody holds the table, and gets it when it is free', async () => {
    await run([base])
    await admin.query('begin; lock table t in access share mode')
    const events: MigrationEvent[] = []
    const running = run([base, one('0002-b', 'alter table t add column b int')], {
      lockTimeoutMs: 50,
      random: () => 0.5,
      onEvent: (event) => {
        events.push(event)
        if (event.kind === 'lock_retry' && event.attempt === 2) void admin.query('commit')
      },
    })
    expect(await running).toEqual(['0002-b'])
    expect(events.map((event) => event.kind)).toEqual(['lock_retry', 'lock_retry', 'applied'])
    expect(events).toMatchObject([{ waitMs: 100 }, { waitMs: 200 }, { name: '0002-b' }])
  })

  it('gives up after its attempts, and others could use the table in between', async () => {
    await run([base])
    await admin.query('begin; lock table t in access share mode')
    const reader = new pg.Client({ connectionString: url, statement_timeout: 1000 })
    await reader.connect()
    const events: MigrationEvent[] = []
    const alter = one('0002-b', '-- kit: lock-timeout-ms 40\nalter table t add column b int')
    const running = refusal(
      run([base, alter], { lockAttempts: 3, random: () => 0.3, onEvent: (event) => events.push(event) }),
    )
    for (let i = 0; i < 10; i += 1) expect((await reader.query('select count(*) from t')).rowCount).toBe(1)
    expect(await running).toMatchObject({ code: 'migration_failed', cause: { code: '55P03' } })
    expect(events).toHaveLength(2)
    await reader.end()
    await admin.query('rollback')
  })

  it('ends a statement at the limit of the runner, or of the migration', async () => {
    await run([base])
    const slow = (header: string): Migration => one('0002-slow', `${header}update t set a = 2; select pg_sleep(20)`)
    const failed = { code: 'migration_failed', cause: { code: '57014' } }
    await expect(run([base, slow('')], { statementTimeoutMs: 100 })).rejects.toMatchObject(failed)
    await expect(run([base, slow('-- kit: statement-timeout-ms 80\n')])).rejects.toMatchObject(failed)
    expect(await rows('select a from t where id = 1')).toEqual([{ a: 1 }])
    expect(await appliedNames()).toEqual(['0001-base'])
    await expect(run([base], { lockAttempts: 0 })).rejects.toThrow('lockAttempts: expected 1 to 20, got 0')
  })
})

describe('without a transaction', () => {
  const header = '-- kit: no-transaction\n'
  const index = (sql = 'create index concurrently if not exists t_a on t (a)'): Migration =>
    one('0002-index', `${header}${sql}`)
  const validity = `select c.relname as name, i.indisvalid as valid from pg_index i join pg_class c on c.oid = i.indexrelid where c.relname = 't_a'`

  it('builds an index concurrently, while somebody writes', async () => {
    await run([base])
    await holder.query('begin; insert into t values (3, 3)')
    const running = run([base, index()])
    await waitUntil(
      `select 1 from pg_stat_activity where query like 'create index concurrently%' and wait_event_type = 'Lock'`,
    )
    await holder.query('insert into t values (4, 4); commit')
    expect(await running).toEqual(['0002-index'])
    expect(await rows(validity)).toEqual([{ name: 't_a', valid: true }])
  })

  it('drops what a build that failed left behind, at once', async () => {
    await run([base])
    const unique = index('create unique index concurrently if not exists t_a on t (a)')
    const events: MigrationEvent[] = []
    await expect(run([base, unique], { onEvent: (event) => events.push(event) })).rejects.toMatchObject({
      code: 'migration_failed',
      cause: { code: '23505' },
    })
    expect(events).toEqual([{ kind: 'invalid_index_dropped', name: '0002-index', index: 't_a' }])
    expect(await rows(validity)).toEqual([])
    expect(await appliedNames()).toEqual(['0001-base'])
  })

  it('finds the invalid index of a runner that was killed, drops it and builds it again', async () => {
    await run([base])
    await holder.query('begin; insert into t values (3, 3)')
    const failure = refusal(run([base, index()]))
    await waitUntil(
      `select 1 from pg_stat_activity where query like 'create index concurrently%' and wait_event_type = 'Lock'`,
    )
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'migrate'`)
    expect(await failure).toMatchObject({ code: 'migration_failed' })
    await holder.query('commit')
    expect(await rows(validity)).toEqual([{ name: 't_a', valid: false }])
    const events: MigrationEvent[] = []
    expect(await run([base, index()], { onEvent: (event) => events.push(event) })).toEqual(['0002-index'])
    expect(events.map((event) => event.kind)).toEqual(['invalid_index_dropped', 'applied'])
    expect(await rows(validity)).toEqual([{ name: 't_a', valid: true }])
  })

  it('leaves an index alone that somebody else is building', async () => {
    await run([base])
    const builder = new pg.Client({ connectionString: url })
    await builder.connect()
    await holder.query('begin; insert into t values (3, 3)')
    const building = builder.query('create index concurrently t_a on t (a)')
    await waitUntil(`select 1 from pg_stat_progress_create_index where phase like 'waiting%'`)
    await expect(run([base, index()])).rejects.toMatchObject({ code: 'migration_locked' })
    await holder.query('commit')
    await building
    expect(await rows(validity)).toEqual([{ name: 't_a', valid: true }])
    await builder.end()
  })
})

describe('what is dangerous', () => {
  it('is refused before anything is applied, with all findings and their fixes', async () => {
    const bad = one('0003-bad', 'select 1;\nalter table t drop column a, rename id to key;\ncreate index on t (id)')
    await run([base])
    const refused = await run([base, one('0002-good', 'alter table t add column b int'), bad]).catch((e: unknown) => e)
    expect(refused).toMatchObject({ code: 'migration_dangerous' })
    const { message } = refused as Error
    for (const part of [
      '0003-bad:2 drop-column',
      '0003-bad:2 rename',
      '0003-bad:3 index-not-concurrent',
      'concurrently',
    ])
      expect(message).toContain(part)
    expect(await appliedNames()).toEqual(['0001-base'])
  })

  it('is history before `checkedFrom`, and malformed files are refused', async () => {
    const old = one('0002-old', 'alter table t rename a to b')
    expect(await run([base, old], { checkedFrom: '0003' })).toEqual(['0001-base', '0002-old'])
    await expect(run([base, old, one('0003-c', "select 'open")])).rejects.toMatchObject({ code: 'migration_malformed' })
    await expect(run([base, old, one('0003-c', '-- kit: phase never')])).rejects.toMatchObject({
      code: 'migration_malformed',
    })
    await expect(run([base, base])).rejects.toMatchObject({ code: 'migration_order' })
  })
})

describe('expand and contract', () => {
  it('applies one phase up to the first migration of the other', async () => {
    const all = [base, one('0002-b', 'alter table t add column b int'), contract('0003-drop', '2.0.0')]
    expect(await run(all, { phase: 'expand' })).toEqual(['0001-base', '0002-b'])
    expect(await run(all, { phase: 'contract', allowContract: true })).toEqual(['0003-drop'])
    const next = [...all, contract('0004-drop', '2.1.0', 'drop table t'), one('0005-u', 'create table u (id int)')]
    await expect(run(next, { phase: 'expand' })).rejects.toMatchObject({ code: 'migration_blocked' })
    expect(await run(next, { phase: 'contract', allowContract: true })).toEqual(['0004-drop'])
    expect(await run(next, { phase: 'contract' })).toEqual([])
    expect(await run(next, { phase: 'expand' })).toEqual(['0005-u'])
  })

  it('goes through on an empty database, where no release can run', async () => {
    expect(await run([base, contract('0002-drop', '2.0.0')])).toEqual(['0001-base', '0002-drop'])
  })

  it('waits until no older release runs: unknown, old, mixed, gone, new', async () => {
    const all = [base, one('0002-instances', instancesSchemaSql()), contract('0003-drop', '2.0.0')]
    await run(all.slice(0, 1))
    const refused = { code: 'migration_contract' }
    // No table of instances, and an empty one: nobody knows.
    await expect(run(all)).rejects.toMatchObject(refused)
    expect(await run(all, { phase: 'expand' })).toEqual(['0002-instances'])
    await expect(run(all)).rejects.toThrow('it is not known which releases run')
    const pool = createBackgroundPool({ url, name: 'instance' })
    const old = await startInstanceHeartbeat({ pool, version: '1.9.0', intervalMs: 50 })
    const current = await startInstanceHeartbeat({ pool, version: '2.0.0', intervalMs: 50 })
    await expect(run(all)).rejects.toThrow('release 1.9.0 still runs (2 instances alive), and this needs 2.0.0')
    await old.stop()
    // One that died without a word counts until its last word is too old.
    await admin.query(`insert into kit_instances values (gen_random_uuid(), '1.8.0', now(), now() - interval '20 s')`)
    await expect(run(all)).rejects.toMatchObject(refused)
    expect(await migrationStatus(all, { url, liveForMs: 10_000 })).toMatchObject([
      { name: '0001-base', phase: 'expand', state: 'applied', appliedAt: expect.any(Date), refusedBecause: null },
      { name: '0002-instances', state: 'applied' },
      { name: '0003-drop', phase: 'contract', state: 'pending', appliedAt: null, refusedBecause: null },
    ])
    expect((await migrationStatus(all, { url }))[2]?.refusedBecause).toContain('release 1.8.0 still runs')
    expect(await run(all, { liveForMs: 10_000 })).toEqual(['0003-drop'])
    await current.stop()
    expect(await rows(`select version from kit_instances`)).toEqual([{ version: '1.8.0' }])
    await pool.end()
  })

  it('does not take an unreadable version for a new one', async () => {
    const all = [base, one('0002-instances', instancesSchemaSql()), contract('0003-drop', '2.0.0')]
    await run(all, { phase: 'expand' })
    await admin.query(`insert into kit_instances values (gen_random_uuid(), 'newest', now(), now())`)
    await expect(run(all)).rejects.toMatchObject({ code: 'migration_contract' })
    expect(await run(all, { allowContract: true })).toEqual(['0003-drop'])
  })

  it('beats on after the database was away, and refuses a version that is none', async () => {
    await admin.query(instancesSchemaSql())
    const pool = createBackgroundPool({ url, name: 'beating', lockTimeoutMs: 50 })
    await expect(startInstanceHeartbeat({ pool, version: 'new' })).rejects.toThrow('version: expected')
    const errors: unknown[] = []
    await admin.query(`begin; lock table kit_instances`)
    const options = { pool, version: '1.0.0', intervalMs: 30, onError: (error: unknown) => errors.push(error) }
    const instance = await startInstanceHeartbeat(options)
    expect(errors.length).toBeGreaterThan(0)
    await admin.query('commit')
    await waitUntil(`select 1 from kit_instances where version = '1.0.0'`)
    await instance.stop()
    await pool.end()
  })
})

describe('migrationStatus', () => {
  it('changes nothing, and says what would be refused', async () => {
    const bad = one('0002-bad', 'truncate t')
    expect(await migrationStatus([base, bad], { url })).toMatchObject([
      { name: '0001-base', state: 'pending', refusedBecause: null },
      { name: '0002-bad', state: 'pending', refusedBecause: expect.stringContaining('truncate in line 1') },
    ])
    expect(await rows(`select to_regclass('schema_migrations') as found`)).toEqual([{ found: null }])
  })
})
