/** Goal: the kit's migration runner on a real server, in every way it must refuse. It lives here because the server does. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Migration, migrate, readMigrations } from '@greengate/kit/data'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startPostgres, type TestPostgres } from './postgres.ts'

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
