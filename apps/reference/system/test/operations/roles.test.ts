// Goal: the logins that roles.sql makes are enough for the real processes, for backups and for restores, and too little to undo what
// protects the data.
// Method: psql (Debian: postgresql-client) runs the file on a real PostgreSQL; migrations, platform, content, worker and the scripts of the
// image of backups are started with those logins.
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres, type TestPostgres } from '@greengate/kit/testing'
import { ObjectClient, startObjectStore } from '@greengate/object-store'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dump, fillContent, fillPlatform, STORE_KEYS, withClient } from '../backup-world.ts'
import { type DatabaseWithLogins, databaseWithLogins, ROLES } from './database-logins.ts'
import { compose, operations, reference, type ServiceName } from './operations-files.ts'
import { runUntilServing } from './service-run.ts'

let postgres: TestPostgres
let folder = ''
const databases: Record<string, DatabaseWithLogins> = {}

/** The address of a database for one of its logins. */
const urlOf = (service: string, role: string): string => databases[service]?.urlOf(role) ?? 'postgres://none'

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roles-'))
  execFileSync('sh', [join(operations, 'compose', 'make-secrets.sh'), join(folder, 'secrets')])
  postgres = await startPostgres()
  for (const service of ['platform', 'content'] as const)
    databases[service] = await databaseWithLogins(postgres, service)
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
  const text = readFileSync(ROLES, 'utf8')
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

/** Runs a script of the image of backups, with secrets in files. */
async function runScript(script: string, args: readonly string[], environment: Readonly<Record<string, string>>) {
  const child = spawn('sh', [join(operations, 'backup', script), ...args], {
    cwd: join(reference, 'system'),
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += String(part)))
  const code = await new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject))
  return { code, output }
}

describe('the scripts of the image of backups', () => {
  const BUCKETS = ['lived', 'restored']

  it('back up with the logins that only read, and restore with those that own', async () => {
    const home = mkdtempSync(join(folder, 'backups-'))
    const store = await startObjectStore({ folder: join(home, 'objects'), port: 0, ...STORE_KEYS, buckets: BUCKETS })
    try {
      const clientOf = (bucket: string) => new ObjectClient({ endpoint: store.url, bucket, ...STORE_KEYS })
      await withClient(urlOf('platform', 'app'), fillPlatform)
      await withClient(urlOf('content', 'app'), (client) => fillContent(client, clientOf('lived')))
      // On a server that has the logins already, as after a loss of one database.
      const empty = {
        platform: await databaseWithLogins(postgres, 'platform'),
        content: await databaseWithLogins(postgres, 'content'),
      }
      const secrets = join(home, 'secrets')
      mkdirSync(secrets)
      const files = {
        platform_backup_url: urlOf('platform', 'backup'),
        content_backup_url: urlOf('content', 'backup'),
        platform_owner_url: empty.platform.urlOf('owner'),
        content_owner_url: empty.content.urlOf('owner'),
        s3_secret_access_key: STORE_KEYS.secretAccessKey,
        backup_key: '5e'.repeat(32),
      }
      for (const [name, value] of Object.entries(files)) writeFileSync(join(secrets, name), value)
      const environment = (bucket: string) => ({
        SECRETS_DIR: secrets,
        BACKUPS_DIR: join(home, 'made'),
        S3_ENDPOINT: store.url,
        S3_REGION: STORE_KEYS.region,
        S3_BUCKET: bucket,
        S3_ACCESS_KEY_ID: STORE_KEYS.accessKeyId,
      })

      const saved = await runScript('run-backup.sh', [], environment('lived'))
      expect([saved.code, saved.output]).toEqual([0, expect.stringContaining('backed up as of')])
      const [name = ''] = readdirSync(join(home, 'made'))
      expect(name).toMatch(/^\d{8}T\d{6}Z$/)

      const asked = await runScript('run-restore.sh', [], environment('restored'))
      expect([asked.code, asked.output]).toEqual([64, expect.stringContaining(name)])
      // One that fails in the second database can take away what it made in the first: the next one finds both empty.
      const inTheWay = 'create function live_entries(moment timestamptz) returns integer language sql as $$ select 1 $$'
      await withClient(empty.content.urlOf('owner'), (database) => database.query(inTheWay))
      const failed = await runScript('run-restore.sh', [name], environment('restored'))
      expect([failed.code, failed.output]).toEqual([1, expect.stringContaining('0002-entries failed')])
      await withClient(empty.content.urlOf('owner'), (database) => database.query('drop function live_entries'))
      const restored = await runScript('run-restore.sh', [name], environment('restored'))
      expect([restored.code, restored.output]).toEqual([0, expect.stringContaining('restored as of')])
      for (const service of ['platform', 'content'] as const) {
        const before = await dump(urlOf(service, 'owner'))
        expect(await dump(empty[service].urlOf('owner'))).toEqual(before)
        // What the owner made is the process's to read, too.
        expect(await dump(empty[service].urlOf('app'))).toEqual(before)
      }
      expect(await clientOf('restored').any('media/')).toBe(true)

      // The picture is lost: the next backup has everything else, and its end says that somebody has to look.
      const client = clientOf('lived')
      const { rows } = await withClient(urlOf('content', 'app'), (database) =>
        database.query<{ object_key: string }>('select object_key from media'),
      )
      await client.delete(rows[0]?.object_key ?? '')
      const again = { ...environment('lived'), BACKUPS_DIR: join(home, 'again') }
      const poorer = await runScript('run-backup.sh', [], again)
      expect([poorer.code, poorer.output]).toEqual([65, expect.stringContaining(rows[0]?.object_key ?? '')])
      const [second = ''] = readdirSync(join(home, 'again'))
      expect(readdirSync(join(home, 'again', second))).toContain('manifest.sealed')
    } finally {
      await store.close()
    }
  }, 180_000)
})
