import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { migrate, type Migration, readMigrations } from '@greengate/kit/data'
import pg from 'pg'
import { BackupError } from './backup-error.ts'
import { copyIn, copyOut } from './copy-protocol.ts'
import type { Places } from './make-backup.ts'
import { type DatabaseBackup, type DatabaseName, DATABASES, type Manifest, readManifest } from './manifest.ts'
import { openFile } from './sealed-file.ts'
import { connect, copyInText, copyOutText, countLines, tablesOf } from './tables.ts'

export interface RestoreOptions extends Places {
  readonly folder: string
  readonly key: Buffer
  /** Folders of the migrations of this release. */
  readonly migrations?: Readonly<Record<DatabaseName, string>>
  readonly onProgress?: (text: string) => void
}

const REFERENCE = join(import.meta.dirname, '..', '..', '..')
const MIGRATIONS = {
  platform: join(REFERENCE, 'platform', 'migrations'),
  content: join(REFERENCE, 'content', 'migrations'),
} as const

const anythingQuery = {
  name: 'restore-anything',
  text: `select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.relkind in ('r', 'p', 'v', 'm', 'S') limit 1`,
}
const appliedQuery = {
  name: 'restore-applied',
  text: 'select name, digest from public.schema_migrations order by name',
}
const triggersOffQuery = {
  name: 'restore-triggers-off',
  text: `select tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = 'public'::regnamespace and t.tgenabled <> 'O'`,
}
const setSequence = { name: 'restore-sequence', text: 'select setval($1::regclass, $2::bigint, $3::boolean)' }

/** Reads every byte once, before anything is changed: a damaged backup changes nothing. */
async function verify(folder: string, key: Buffer, manifest: Manifest): Promise<void> {
  const { platform, content } = manifest.databases
  for (const one of [...platform.tables, ...content.tables, ...manifest.media]) {
    const sha256 = createHash('sha256')
    for await (const part of openFile(join(folder, one.file), one.file, key)) sha256.update(part)
    if (sha256.digest('hex') !== one.sha256)
      throw new BackupError('backup_damaged', `${one.file} is not the one of this backup`)
  }
}

async function requireEmpty(client: pg.Client, name: DatabaseName): Promise<void> {
  const { rows } = await client.query<{ name: string }>(anythingQuery)
  if (rows[0]) throw new BackupError('target_not_empty', `the database ${name} is not empty: it has ${rows[0].name}`)
}

/** The migrations that the backup was made with, which this release must have unchanged. */
async function migrationsFor(name: DatabaseName, folder: string, backup: DatabaseBackup): Promise<Migration[]> {
  const all = await readMigrations(folder)
  return backup.migrations.map((wanted) => {
    const found = all.find((one) => one.name === wanted.name)
    if (found) return found
    throw new BackupError('release_differs', `${name}: this release has no migration ${wanted.name}`)
  })
}

async function requireSameMigrations(client: pg.Client, name: DatabaseName, backup: DatabaseBackup): Promise<void> {
  const { rows } = await client.query<{ name: string; digest: string }>(appliedQuery)
  const different = backup.migrations.find(
    (wanted) => !rows.some((one) => one.name === wanted.name && one.digest === wanted.digest),
  )
  if (different || rows.length !== backup.migrations.length)
    throw new BackupError(
      'release_differs',
      `${name}: the migration ${different?.name ?? ''} is not the one of the backup`,
    )
}

/** Takes out what the migrations themselves put in; tables that refuse that are told to look away for this one statement. */
async function clear(client: pg.Client, backup: DatabaseBackup): Promise<void> {
  for (const { name } of backup.tables.toReversed()) {
    const table = `public.${pg.escapeIdentifier(name)}`
    const { rows } = await client.query<{ some: boolean }>(`select exists (select from ${table}) as some`)
    if (rows[0]?.some !== true) continue
    await client.query(`alter table ${table} disable trigger user`)
    await client.query(`delete from ${table}`)
    await client.query(`alter table ${table} enable trigger user`)
  }
}

/** What is in a table now has to be, byte for byte, what was in it then. */
async function requireSame(client: pg.Client, name: DatabaseName, backup: DatabaseBackup): Promise<void> {
  for (const table of backup.tables) {
    const sha256 = createHash('sha256')
    let rows = 0
    for await (const part of copyOut(client, copyOutText(table))) {
      sha256.update(part)
      rows += countLines(part)
    }
    if (rows !== table.rows || sha256.digest('hex') !== table.sha256)
      throw new BackupError(
        'restore_differs',
        `${name}.${table.name} has ${rows} rows that are not those of the backup`,
      )
  }
  const { rows: off } = await client.query<{ tgname: string }>(triggersOffQuery)
  if (off[0]) throw new BackupError('restore_differs', `${name}: the trigger ${off[0].tgname} is switched off`)
}

/**
 * Fills a database in one transaction. All triggers and foreign keys are on while rows come in, so the database itself
 * checks every one of them; what is checked at commit is checked before the comparison.
 */
async function fill(
  client: pg.Client,
  name: DatabaseName,
  backup: DatabaseBackup,
  options: RestoreOptions,
): Promise<void> {
  const known = new Map((await tablesOf(client)).map((table) => [table.name, table.columns.join()]))
  const strange = backup.tables.find((table) => known.get(table.name) !== table.columns.join())
  if (strange || known.size !== backup.tables.length)
    throw new BackupError('release_differs', `${name}: the table ${strange?.name ?? ''} is another one in this release`)
  await client.query('begin')
  try {
    await client.query('set constraints all deferred')
    await clear(client, backup)
    for (const table of backup.tables)
      await copyIn(client, copyInText(table), openFile(join(options.folder, table.file), table.file, options.key))
    for (const { name: sequence, value, is_called } of backup.sequences)
      await client.query({ ...setSequence, values: [`public.${pg.escapeIdentifier(sequence)}`, value, is_called] })
    await client.query('set constraints all immediate')
    await requireSame(client, name, backup)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
  await client.query('analyze')
  options.onProgress?.(`${name}: ${backup.tables.reduce((sum, table) => sum + table.rows, 0)} rows`)
}

async function restoreDatabase(name: DatabaseName, backup: DatabaseBackup, options: RestoreOptions): Promise<void> {
  const url = options.databases[name]
  const migrations = await migrationsFor(name, (options.migrations ?? MIGRATIONS)[name], backup)
  await migrate(migrations, { url, allowContract: true })
  const client = await connect(url)
  try {
    await requireSameMigrations(client, name, backup)
    await fill(client, name, backup, options)
  } finally {
    await client.end()
  }
}

async function requireEmptyPlaces({ databases, store }: Places): Promise<void> {
  for (const name of DATABASES) {
    const client = await connect(databases[name])
    try {
      await requireEmpty(client, name)
    } finally {
      await client.end()
    }
  }
  if (await store.any('media/')) throw new BackupError('target_not_empty', 'the bucket holds media already')
}

/** What a restore brought back, and how long it took. */
export interface Restored {
  readonly manifest: Manifest
  /** From the first byte that was read to the last that was compared; milliseconds. */
  readonly durationMs: number
}

/**
 * Brings a backup back into empty databases and a bucket without media.
 * @throws BackupError; nothing was changed then, but for `restore_differs` and `release_differs`, where the migrations may
 * have been applied
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const begunMs = performance.now()
  const { folder, key, store } = options
  const manifest = await readManifest(folder, key)
  await verify(folder, key, manifest)
  options.onProgress?.('the backup is whole')
  await requireEmptyPlaces(options)
  // Media first: no row ever shows a picture that is not there.
  for (const { key: object, headers, file, bytes, sha256 } of manifest.media)
    await store.put({ key: object, size: bytes, sha256, headers, body: openFile(join(folder, file), file, key) })
  options.onProgress?.(`${manifest.media.length} media`)
  for (const name of DATABASES) await restoreDatabase(name, manifest.databases[name], options)
  return { manifest, durationMs: performance.now() - begunMs }
}
