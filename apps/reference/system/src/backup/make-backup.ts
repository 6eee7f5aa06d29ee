import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type ObjectClient, ObjectClientError } from '@greengate/object-store'
import type pg from 'pg'
import { BackupError } from './backup-error.ts'
import { copyOut } from './copy-protocol.ts'
import { type DatabaseBackup, type DatabaseName, type Manifest, type MediaBackup, writeManifest } from './manifest.ts'
import { sealFile } from './sealed-file.ts'
import { connect, copyOutText, countLines, sequencesOf, type Table, tablesOf } from './tables.ts'

/** Where everything is that belongs together. */
export interface Places {
  readonly databases: Readonly<Record<DatabaseName, string>>
  readonly store: ObjectClient
}

export interface BackupOptions extends Places {
  /** Made, or empty. */
  readonly folder: string
  readonly key: Buffer
  readonly nowMs?: () => number
  readonly onProgress?: (text: string) => void
}

const begin = { name: 'backup-begin', text: 'begin isolation level repeatable read read only' }
const appliedQuery = { name: 'backup-applied', text: 'select name, digest from public.schema_migrations order by name' }
const versionQuery = { name: 'backup-version', text: 'show server_version' }
const mediaQuery = {
  name: 'backup-media',
  text: `select object_key as key, size::text, sha256 from public.media where status = 'ready' order by object_key`,
}

interface KnownMedia {
  readonly key: string
  readonly size: string
  readonly sha256: string
}

async function backUpTable(client: pg.Client, name: DatabaseName, table: Table, options: BackupOptions) {
  const file = `${name}.${table.name.replaceAll('_', '-')}.sealed`
  let rows = 0
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const part of copyOut(client, copyOutText(table))) {
      rows += countLines(part)
      yield part
    }
  }
  const content = await sealFile(join(options.folder, file), file, options.key, counted())
  return { ...table, rows, file, ...content }
}

/** Everything of one database as it was at one moment. */
async function backUpDatabase(client: pg.Client, name: DatabaseName, options: BackupOptions): Promise<DatabaseBackup> {
  const { rows: migrations } = await client.query<{ name: string; digest: string }>(appliedQuery)
  const { rows: versions } = await client.query<{ server_version: string }>(versionQuery)
  const tables: DatabaseBackup['tables'] = []
  for (const table of await tablesOf(client)) tables.push(await backUpTable(client, name, table, options))
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  options.onProgress?.(`${name}: ${rows} rows of ${tables.length} tables`)
  return { server_version: versions[0]?.server_version ?? '', migrations, tables, sequences: await sequencesOf(client) }
}

/** What of the answer is kept: how it is shown, not how it was sent. */
const KEPT = ['content-type', 'cache-control', 'content-disposition', 'content-language', 'content-encoding']

async function backUpMedia(one: KnownMedia, at: number, options: BackupOptions): Promise<MediaBackup> {
  const file = `media.${at}.sealed`
  const object = await options.store.get(one.key).catch((error: unknown) => {
    if (!(error instanceof ObjectClientError)) throw error
    throw new BackupError('media_missing', `the store does not give ${one.key}: ${error.message}`, error)
  })
  const headers = Object.fromEntries(Object.entries(object.headers).filter(([name]) => KEPT.includes(name)))
  const content = await sealFile(join(options.folder, file), file, options.key, object.body)
  if (content.sha256 !== one.sha256 || content.bytes !== Number(one.size))
    throw new BackupError('media_missing', `the store's ${one.key} is not what the database says it is`)
  return { key: one.key, headers, file, ...content }
}

/**
 * Writes a sealed backup of both databases, each as it was at one moment, and of every picture and video that they show.
 * Writes may go on meanwhile.
 * @throws BackupError `target_not_empty`, `media_missing`; what the servers say
 */
export async function makeBackup(options: BackupOptions): Promise<Manifest> {
  const { folder, databases } = options
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if ((await readdir(folder)).length > 0) throw new BackupError('target_not_empty', `${folder} is not empty`)
  const createdMs = options.nowMs?.() ?? Date.now()
  const platform = await connect(databases.platform)
  const content = await connect(databases.content).catch(async (error: unknown) => {
    await platform.end()
    throw error
  })
  try {
    // Both moments as close as can be; the first statement of a transaction is what its snapshot is of.
    await Promise.all([platform, content].map((client) => client.query(begin)))
    await Promise.all([platform, content].map((client) => client.query('select 1')))
    const saved = {
      platform: await backUpDatabase(platform, 'platform', options),
      content: await backUpDatabase(content, 'content', options),
    }
    const { rows } = await content.query<KnownMedia>(mediaQuery)
    const media: MediaBackup[] = []
    for (const [at, one] of rows.entries()) media.push(await backUpMedia(one, at, options))
    options.onProgress?.(`${media.length} media`)
    const manifest: Manifest = {
      format: 1,
      created_at: new Date(createdMs).toISOString(),
      databases: saved,
      media,
    }
    await writeManifest(folder, options.key, manifest)
    return manifest
  } finally {
    await Promise.all([platform.end(), content.end()])
  }
}
