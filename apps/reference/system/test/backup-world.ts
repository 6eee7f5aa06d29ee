import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate, readMigrations } from '@greengate/kit/data'
import { startPostgres, type TestPostgres } from '@greengate/kit/testing'
import { ObjectClient, startObjectStore } from '@greengate/object-store'
import type pg from 'pg'
import { copyOut } from '../src/backup/copy-protocol.ts'
import { makeBackup, type Places } from '../src/backup/make-backup.ts'
import { connect, copyOutText, tablesOf } from '../src/backup/tables.ts'

export const REFERENCE = join(import.meta.dirname, '..', '..')
export const KEY = randomBytes(32)
export const USERS = 30
export const EVENTS = 3000
export const PICTURE = randomBytes(150_000)
/** Of the tests' store. */
export const STORE_KEYS = {
  accessKeyId: 'tests-access-key',
  secretAccessKey: 'tests-secret-key-of-nobody',
  region: 'eu-test-1',
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connect(url)
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

export const addUser = `with made as (insert into users (email, password_hash, name, verified_at) values ($1, '$argon2id$x', $2, now()) returning id)
  insert into memberships (organisation_id, user_id, role) select $3::uuid, id, 'member' from made`
export const addEvents = `insert into usage_events (organisation_id, meter, quantity, occurred_at, recorded_by, idempotency_key)
  select $1::uuid, 'api_calls', n, '2026-10-01'::timestamptz + n * interval '1 minute', 'service', $2 || n from generate_series(1, $3::int) n`

export async function fillPlatform(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `insert into organisations (slug, name) values ('acme', E'Ac\\tme \\\\ "Größe"\\n😀') returning id`,
  )
  const id = rows[0]?.id ?? ''
  for (let at = 0; at < USERS; at += 1) await client.query(addUser, [`user-${at}@acme.test`, at === 3 ? '\\N' : '', id])
  await client.query(addEvents, [id, 'filled:', EVENTS])
  await client.query(`update platform_settings set site_title = 'Restored', version = 7`)
  await client.query(`insert into kit_outbox (dedupe_id, topic, stream, payload)
    select gen_random_uuid(), 'mail', 'u' || n, jsonb_build_object('n', n) from generate_series(1, 5) n`)
  return id
}

/** A picture in the table and in the store. @returns its id and its key */
export async function addPicture(
  client: pg.Client,
  store: ObjectClient,
  bytes: Buffer,
): Promise<{ media_id: string; object_key: string }> {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const { rows } = await client.query<{ media_id: string; object_key: string }>(
    `insert into media (media_id, folder, file_name, type, content_type, size, sha256, width, height, status, created_by, created_at, ready_at)
     values (gen_random_uuid(), 'posts', 'a.png', 'image', 'image/png', $1, $2, 10, 10, 'ready', 'tests', now(), now()) returning media_id, object_key`,
    [bytes.length, sha256],
  )
  const media = rows[0]
  if (!media) throw new Error('the picture was not added')
  const headers = { 'content-type': 'image/png', 'cache-control': 'public, max-age=60' }
  async function* body(): AsyncGenerator<Buffer> {
    yield bytes.subarray(0, 1000)
    yield bytes.subarray(1000)
  }
  await store.put({ key: media.object_key, size: bytes.length, sha256, headers, body: body() })
  return media
}

export async function fillContent(client: pg.Client, store: ObjectClient): Promise<void> {
  const media = await addPicture(client, store, PICTURE)
  // The two need each other: checked at commit.
  await client.query('begin')
  await client.query(
    `insert into entries (id, kind, slug, version, published_version, published_at, released_at, created_at, updated_at)
     select gen_random_uuid(), 'post', 'post-' || n, 2, 1, now(), now(), now(), now() from generate_series(1, 20) n`,
  )
  await client.query(
    `insert into entry_versions (entry_id, version, title, summary, body_markdown, body_html, media_id, alt, created_by, created_at)
     select id, v, 'Title ' || v, '', repeat('text ', 500), '<p>', $1::uuid, '', 'tests', now() from entries, generate_series(1, 2) v`,
    [media.media_id],
  )
  await client.query('commit')
}

/** Everything in the tables, as the server writes it. */
export const dump = (url: string): Promise<Record<string, string>> =>
  withClient(url, async (client) => {
    const texts: Record<string, string> = {}
    for (const table of await tablesOf(client)) {
      const parts: Buffer[] = []
      for await (const part of copyOut(client, copyOutText(table))) parts.push(part)
      texts[table.name] = Buffer.concat(parts).toString()
    }
    return texts
  })

/** Servers, places that are full, and a backup of them. */
export interface BackupWorld {
  readonly postgres: TestPostgres
  readonly folder: string
  readonly source: Places
  /** Id of the organisation in the source. */
  readonly organisation: string
  /** Folder of the backup of the source, sealed with `KEY`. */
  readonly backup: string
  /** Of a bucket of its own. */
  bucket(): ConstructorParameters<typeof ObjectClient>[0]
  /** Databases and a bucket with nothing in them. */
  emptyPlaces(): Promise<Places>
  end(): Promise<void>
}

export async function startBackupWorld(): Promise<BackupWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'system-backup-'))
  const postgres = await startPostgres()
  const store = await startObjectStore({
    folder: join(folder, 'objects'),
    port: 0,
    ...STORE_KEYS,
    buckets: Array.from({ length: 30 }, (_, at) => `bucket-${at + 1}`),
  })
  let bucketCount = 0
  const bucket = () => {
    bucketCount += 1
    return { endpoint: store.url, bucket: `bucket-${bucketCount}`, ...STORE_KEYS }
  }
  const emptyPlaces = async (): Promise<Places> => ({
    databases: { platform: await postgres.database(), content: await postgres.database() },
    store: new ObjectClient(bucket()),
  })
  const source = await emptyPlaces()
  for (const name of ['platform', 'content'] as const)
    await migrate(await readMigrations(join(REFERENCE, name, 'migrations')), { url: source.databases[name] })
  const organisation = await withClient(source.databases.platform, fillPlatform)
  await withClient(source.databases.content, (client) => fillContent(client, source.store))
  const backup = join(folder, 'backup')
  await makeBackup({ ...source, folder: backup, key: KEY })
  const end = async (): Promise<void> => {
    await store.close()
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { postgres, folder, source, organisation, backup, bucket, emptyPlaces, end }
}
