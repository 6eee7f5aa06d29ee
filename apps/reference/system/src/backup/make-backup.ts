import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ObjectClient } from '@greengate/object-store'
import type pg from 'pg'
import { BackupError } from './backup-error.ts'
import { backUpMedia } from './backup-media.ts'
import { copyOut } from './copy-protocol.ts'
import { type DatabaseBackup, type DatabaseName, type Manifest, writeManifest } from './manifest.ts'
import { sealFile } from './sealed-file.ts'
import { stoppable, UNSTOPPED } from './stop-signal.ts'
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
  /** Gives it up; its reason is thrown. Default: never. */
  readonly signal?: AbortSignal
  readonly nowMs?: () => number
  readonly onProgress?: (text: string) => void
}

/** A backup that is being made. */
interface Making extends BackupOptions {
  readonly signal: AbortSignal
  /** Files that are whole. */
  readonly files: string[]
}

const begin = { name: 'backup-begin', text: 'begin isolation level repeatable read read only' }
const appliedQuery = { name: 'backup-applied', text: 'select name, digest from public.schema_migrations order by name' }
const versionQuery = { name: 'backup-version', text: 'show server_version' }

async function backUpTable(client: pg.Client, name: DatabaseName, table: Table, making: Making) {
  const file = `${name}.${table.name.replaceAll('_', '-')}.sealed`
  let rows = 0
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const part of copyOut(client, copyOutText(table))) {
      rows += countLines(part)
      yield part
    }
  }
  const content = await sealFile(join(making.folder, file), file, making.key, stoppable(counted(), making.signal))
  making.files.push(file)
  return { ...table, rows, file, ...content }
}

/** Everything of one database as it was at one moment. */
async function backUpDatabase(client: pg.Client, name: DatabaseName, making: Making): Promise<DatabaseBackup> {
  const { rows: migrations } = await client.query<{ name: string; digest: string }>(appliedQuery)
  const { rows: versions } = await client.query<{ server_version: string }>(versionQuery)
  const tables: DatabaseBackup['tables'] = []
  for (const table of await tablesOf(client)) tables.push(await backUpTable(client, name, table, making))
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  making.onProgress?.(`${name}: ${rows} rows of ${tables.length} tables`)
  return { server_version: versions[0]?.server_version ?? '', migrations, tables, sequences: await sequencesOf(client) }
}

async function writeBackup(making: Making): Promise<Manifest> {
  const { folder, key, databases, store, signal } = making
  const createdMs = making.nowMs?.() ?? Date.now()
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
      platform: await backUpDatabase(platform, 'platform', making),
      content: await backUpDatabase(content, 'content', making),
    }
    const onFile = (file: string): void => void making.files.push(file)
    const media = await backUpMedia(content, { store, url: databases.content, folder, key, signal, onFile })
    making.onProgress?.(`${media.media.length} media`)
    const created_at = new Date(createdMs).toISOString()
    const manifest: Manifest = { format: 1, created_at, databases: saved, ...media }
    await writeManifest(folder, key, manifest)
    return manifest
  } finally {
    await Promise.all([platform.end(), content.end()])
  }
}

/**
 * Writes a sealed backup of both databases, each as it was at one moment, and of every picture and video that they show.
 * Writes may go on meanwhile. Media that the store does not give are left out and named in what is returned, `media_missing`
 * those that somebody has to look at: everything else is in the backup all the same. When it fails, the files that it made are
 * gone, and so is the folder if it made that.
 * @throws BackupError `target_not_empty`; what the servers say; the signal's reason
 */
export async function makeBackup(options: BackupOptions): Promise<Manifest> {
  const { folder, signal = UNSTOPPED } = options
  const isNew = (await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined
  if ((await readdir(folder)).length > 0) throw new BackupError('target_not_empty', `${folder} is not empty`)
  const making: Making = { ...options, signal, files: [] }
  try {
    return await writeBackup(making)
  } catch (error) {
    for (const file of making.files) await rm(join(folder, file), { force: true })
    if (isNew) await rm(folder, { recursive: true, force: true })
    throw error
  }
}
