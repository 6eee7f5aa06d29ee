import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { migrate, type Migration } from '@greengate/kit/data'
import pg from 'pg'
import { BackupError } from './backup-error.ts'
import { copyIn, copyOut } from './copy-protocol.ts'
import type { DatabaseBackup, DatabaseName } from './manifest.ts'
import { openFile } from './sealed-file.ts'
import { stoppable } from './stop-signal.ts'
import { connect, copyInText, copyOutText, countLines, tablesOf } from './tables.ts'

/** A database to be filled, and with what. */
export interface Target {
  readonly name: DatabaseName
  readonly url: string
  readonly backup: DatabaseBackup
  /** Those that the backup was made with, in order. */
  readonly migrations: readonly Migration[]
  /** Folder of the backup. */
  readonly folder: string
  readonly key: Buffer
  readonly signal: AbortSignal
}

const anythingQuery = {
  name: 'restore-anything',
  text: `select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.relkind in ('r', 'p', 'v', 'm', 'S') limit 1`,
}
const triggersOffQuery = {
  name: 'restore-triggers-off',
  text: `select tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = 'public'::regnamespace and t.tgenabled <> 'O'`,
}
const setSequence = { name: 'restore-sequence', text: 'select setval($1::regclass, $2::bigint, $3::boolean)' }

/** @throws BackupError `target_not_empty` */
export async function requireEmpty(client: pg.Client, name: DatabaseName): Promise<void> {
  const { rows } = await client.query<{ name: string }>(anythingQuery)
  if (rows[0]) throw new BackupError('target_not_empty', `the database ${name} is not empty: it has ${rows[0].name}`)
}

/**
 * Applies the migrations of the backup to the empty database.
 * @param onApplied told of each once it is applied
 * @throws BackupError `target_not_empty` when somebody else applied some in the meantime; MigrationError
 */
export async function applyMigrations(
  { name, url, migrations }: Target,
  onApplied: (migration: string) => void,
): Promise<void> {
  const applied = await migrate(migrations, {
    url,
    allowContract: true,
    onEvent: (event) => {
      if (event.kind === 'applied') onApplied(event.name)
    },
  })
  if (applied.length !== migrations.length)
    throw new BackupError('target_not_empty', `${name}: somebody else applied migrations meanwhile`)
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
async function requireSame(client: pg.Client, { name, backup, signal }: Target): Promise<void> {
  for (const table of backup.tables) {
    const sha256 = createHash('sha256')
    let rows = 0
    for await (const part of stoppable(copyOut(client, copyOutText(table)), signal)) {
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
 * Fills a database in one transaction, which is left open. All triggers and foreign keys are on while rows come in, so the
 * database itself checks every one of them; what is checked at commit is checked before the comparison.
 * @throws BackupError `release_differs`, `restore_differs`; what the server says; the signal's reason
 */
export async function fill(client: pg.Client, target: Target): Promise<void> {
  const { name, backup, folder, key, signal } = target
  const known = new Map((await tablesOf(client)).map((table) => [table.name, table.columns.join()]))
  const strange = backup.tables.find((table) => known.get(table.name) !== table.columns.join())
  if (strange || known.size !== backup.tables.length)
    throw new BackupError('release_differs', `${name}: the table ${strange?.name ?? ''} is another one in this release`)
  await client.query('begin')
  await client.query('set constraints all deferred')
  await clear(client, backup)
  for (const table of backup.tables)
    await copyIn(client, copyInText(table), stoppable(openFile(join(folder, table.file), table.file, key), signal))
  for (const { name: sequence, value, is_called } of backup.sequences)
    await client.query({ ...setSequence, values: [`public.${pg.escapeIdentifier(sequence)}`, value, is_called] })
  await client.query('set constraints all immediate')
  await requireSame(client, target)
}

/** A connection for each, ended whatever happens: what was not committed then is rolled back. */
export async function withClients<T>(
  targets: readonly Target[],
  work: (clients: readonly { readonly target: Target; readonly client: pg.Client }[]) => Promise<T>,
): Promise<T> {
  const clients: { target: Target; client: pg.Client }[] = []
  try {
    for (const target of targets) clients.push({ target, client: await connect(target.url) })
    return await work(clients)
  } finally {
    await Promise.all(clients.map(({ client }) => client.end()))
  }
}
