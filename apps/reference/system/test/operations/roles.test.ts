// Goal: the logins that roles.sql makes are enough for the real processes, and too little to undo what protects the data.
// Method: psql (Debian: postgresql-client) runs the file on a real PostgreSQL; migrations, platform, content and worker are started with those
// logins.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres, type TestPostgres } from '@greengate/kit/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compose, operations, programOf, type ServiceName } from './operations-files.ts'
import { runUntilServing } from './service-run.ts'

const psql = programOf('psql', 'postgresql-client')
const roles = join(operations, 'compose/postgres/roles.sql')
const password = 'only-7Ga-for-2Qx-this-9Zt-test'

let postgres: TestPostgres
let folder = ''
const databases: Record<string, URL> = {}

/** The address of a database for one of its logins. */
const urlOf = (service: string, role: string): string => {
  const url = new URL(databases[service]?.href ?? 'postgres://none')
  url.username = `${service}_${role}`
  url.password = password
  return url.href
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roles-'))
  execFileSync('sh', [join(operations, 'compose', 'make-secrets.sh'), join(folder, 'secrets')])
  postgres = await startPostgres()
  for (const service of ['platform', 'content']) {
    databases[service] = new URL(await postgres.database())
    const settings = ['ON_ERROR_STOP=1', `service=${service}`, `worker=${service === 'platform' ? 'on' : 'off'}`]
    const options = settings.flatMap((one) => ['-v', one])
    execFileSync(psql, ['--no-psqlrc', '--quiet', '--tuples-only', ...options, '-f', roles, databases[service].href])
    const admin = new pg.Client({ connectionString: databases[service].href })
    await admin.connect()
    for (const role of ['owner', 'app', 'backup', ...(service === 'platform' ? ['worker'] : [])])
      await admin.query(`alter role ${service}_${role} password '${password}'`)
    await admin.end()
  }
}, 180_000)
afterAll(async () => {
  await postgres.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Runs a program of a service with what compose.yaml says and another database; one that serves is ended once it does. */
async function run(
  service: ServiceName,
  main: string,
  databaseUrl: string,
): Promise<{ code: number | null; log: string }> {
  const given = Object.entries(compose().services[service]?.environment ?? {}).filter(
    ([name]) => name !== 'DATABASE_URL_FILE',
  )
  const environment = Object.fromEntries(
    given.map(([name, value]) => [name, value.replace('/run/secrets', join(folder, 'secrets'))]),
  )
  const { code, output } = await runUntilServing(service, main, { ...environment, DATABASE_URL: databaseUrl })
  return { code, log: output }
}

it('roles.sql makes a login for each purpose', () => {
  const text = readFileSync(roles, 'utf8')
  for (const role of ['_owner', '_app', '_worker', '_backup']) expect(text).toContain(role)
})

describe('the logins', () => {
  it('are enough: the owner migrates, the processes start as themselves', async () => {
    for (const service of ['platform', 'content'] as const) {
      const refused = await run(service, 'src/migrate.ts', urlOf(service, 'app'))
      expect([service, refused.code === 0]).toEqual([service, false])
      const migrated = await run(service, 'src/migrate.ts', urlOf(service, 'owner'))
      expect([service, migrated.code, migrated.log]).toEqual([service, 0, expect.stringContaining('migrate')])
      const started = await run(service, 'src/main.ts', urlOf(service, 'app'))
      expect([service, started.code, started.log]).toEqual([service, 0, expect.stringContaining('"event":"started"')])
    }
    const worker = await run('worker', 'src/main.ts', urlOf('platform', 'worker'))
    expect([worker.code, worker.log]).toEqual([0, expect.stringContaining('"event":"started"')])
  }, 180_000)

  it('are too little to undo what protects the data', async () => {
    for (const role of ['app', 'worker', 'backup']) {
      const client = new pg.Client({ connectionString: urlOf('platform', role) })
      await client.connect()
      try {
        const { rows } = await client.query<{ count: number }>('select count(*)::int as count from usage_events')
        expect(rows).toEqual([{ count: 0 }])
        for (const statement of [
          'alter table usage_events disable trigger all',
          'truncate usage_events',
          'drop table memberships cascade',
          'create table public.of_mine (id int)',
          'create role of_mine',
          ...(role === 'backup' ? ['delete from sessions'] : []),
        ])
          await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' })
      } finally {
        await client.end()
      }
    }
  })
})
