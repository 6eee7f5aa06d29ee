import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { type Migration, readMigrations } from '@greengate/kit/data'
import { BackupError } from './backup-error.ts'
import type { Places } from './make-backup.ts'
import { type DatabaseBackup, type DatabaseName, DATABASES, type Manifest, readManifest } from './manifest.ts'
import { fill, requireEmpty, type Target, withClients } from './restore-database.ts'
import { openFile } from './sealed-file.ts'
import { stoppable, UNSTOPPED } from './stop-signal.ts'
import { MadeByRestore } from './undo-restore.ts'

export interface RestoreOptions extends Places {
  readonly folder: string
  readonly key: Buffer
  /** Folders of the migrations of this release. */
  readonly migrations?: Readonly<Record<DatabaseName, string>>
  /** Gives it up; its reason is thrown. Default: never. */
  readonly signal?: AbortSignal
  readonly onProgress?: (text: string) => void
}

const REFERENCE = join(import.meta.dirname, '..', '..', '..')
/** Where a release has its migrations: an image that restores holds both. */
export const MIGRATIONS = {
  platform: join(REFERENCE, 'platform', 'migrations'),
  content: join(REFERENCE, 'content', 'migrations'),
} as const

/** Reads every byte once, before anything is changed: a damaged backup changes nothing. */
async function verify(folder: string, key: Buffer, manifest: Manifest, signal: AbortSignal): Promise<void> {
  const { platform, content } = manifest.databases
  for (const one of [...platform.tables, ...content.tables, ...manifest.media]) {
    const sha256 = createHash('sha256')
    for await (const part of stoppable(openFile(join(folder, one.file), one.file, key), signal)) sha256.update(part)
    if (sha256.digest('hex') !== one.sha256)
      throw new BackupError('backup_damaged', `${one.file} is not the one of this backup`)
  }
}

/** The migrations that the backup was made with, which this release must have unchanged. */
async function migrationsFor(name: DatabaseName, folder: string, backup: DatabaseBackup): Promise<Migration[]> {
  const all = await readMigrations(folder)
  return backup.migrations.map((wanted) => {
    const found = all.find((one) => one.name === wanted.name)
    if (!found) throw new BackupError('release_differs', `${name}: this release has no migration ${wanted.name}`)
    if (found.digest === wanted.digest) return found
    throw new BackupError('release_differs', `${name}: the migration ${wanted.name} is not the one of the backup`)
  })
}

async function requireEmptyPlaces(targets: readonly Target[], { store }: Places): Promise<void> {
  await withClients(targets, async (clients) => {
    for (const { target, client } of clients) await requireEmpty(client, target.name)
  })
  if (await store.any('media/')) throw new BackupError('target_not_empty', 'the bucket holds media already')
}

async function putMedia(manifest: Manifest, options: RestoreOptions, signal: AbortSignal, made: MadeByRestore) {
  const { folder, key, store } = options
  for (const { key: object, headers, file, bytes, sha256 } of manifest.media) {
    made.object(object)
    const body = stoppable(openFile(join(folder, file), file, key), signal)
    await store.put({ key: object, size: bytes, sha256, headers, body })
  }
  options.onProgress?.(`${manifest.media.length} media`)
}

/** Fills both, each in one transaction, and commits when both are the same as then. */
async function fillDatabases(targets: readonly Target[], onProgress?: (text: string) => void): Promise<void> {
  await withClients(targets, async (clients) => {
    for (const { target, client } of clients) {
      await fill(client, target)
      onProgress?.(`${target.name}: ${target.backup.tables.reduce((sum, table) => sum + table.rows, 0)} rows`)
    }
    for (const { client } of clients) await client.query('commit')
  })
}

/** Helps the first queries after a restore; by itself it comes a little later. */
async function analyze(targets: readonly Target[], onProgress?: (text: string) => void): Promise<void> {
  await withClients(targets, (clients) => Promise.all(clients.map(({ client }) => client.query('analyze')))).catch(
    (error: unknown) => onProgress?.(`not analyzed: ${error instanceof Error ? error.message : String(error)}`),
  )
}

/** What a restore brought back, and how long it took. */
export interface Restored {
  readonly manifest: Manifest
  /** From the first byte that was read to the last that was compared; milliseconds. */
  readonly durationMs: number
}

/**
 * Brings a backup back into empty databases and a bucket without media, with logins that own the databases.
 *
 * Before anything is changed the whole backup is read, its migrations are compared with those of this release, and the places are
 * looked at. Both databases are committed at the end, one right after the other. When it fails after that, or is told to stop, the
 * objects that it put are deleted and what its migrations made is dropped, so that it can be run again. What it can't take away,
 * it names (`restore_left`); a process that is killed takes nothing away.
 * @throws BackupError; MigrationError; what the servers say; the signal's reason
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const begunMs = performance.now()
  const { folder, key, databases, store, signal = UNSTOPPED, onProgress } = options
  const manifest = await readManifest(folder, key)
  await verify(folder, key, manifest, signal)
  onProgress?.('the backup is whole')
  const targets: Target[] = []
  for (const name of DATABASES) {
    const backup = manifest.databases[name]
    const migrations = await migrationsFor(name, (options.migrations ?? MIGRATIONS)[name], backup)
    targets.push({ name, url: databases[name], backup, migrations, folder, key, signal })
  }
  await requireEmptyPlaces(targets, options)
  const made = new MadeByRestore(store)
  try {
    // Media first: no row ever shows a picture that is not there.
    await putMedia(manifest, options, signal, made)
    for (const target of targets) await made.tables(target)
    await fillDatabases(targets, onProgress)
  } catch (error) {
    throw await made.undo(error)
  }
  await analyze(targets, onProgress)
  return { manifest, durationMs: performance.now() - begunMs }
}
