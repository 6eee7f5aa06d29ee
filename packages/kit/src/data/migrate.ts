import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'

/** A migration can't be applied, or the files and the database tell different stories. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'
  readonly code: 'migration_failed' | 'migration_changed' | 'migration_missing' | 'migration_order' | 'migration_locked'

  constructor(code: MigrationError['code'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

export interface Migration {
  /** File name without `.sql`: `0001-organisations`. */
  readonly name: string
  readonly sql: string
  /** SHA-256 of the text, hex. */
  readonly digest: string
}

export interface MigrateOptions {
  readonly url: string
  /** How long to wait for another runner to finish; milliseconds. Default 30,000. */
  readonly waitTimeoutMs?: number
  /** How long a statement may wait for a lock, so that a migration never queues up traffic; milliseconds. Default 3,000. */
  readonly lockTimeoutMs?: number
  /** Limit of one statement; milliseconds. Default 60,000. */
  readonly statementTimeoutMs?: number
  readonly connectTimeoutMs?: number
}

const FILE = /^(\d{4}-[a-z0-9-]+)\.sql$/
// Any constant will do as long as every runner uses it.
const ADVISORY_KEY = 7_205_759_401_318

/** The migrations of a folder, in order. @throws MigrationError for a misnamed file or a number used twice */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted()
  const migrations: Migration[] = []
  for (const file of files) {
    const name = FILE.exec(file)?.[1]
    if (name === undefined)
      throw new MigrationError('migration_order', `${file} is not named like 0001-what-it-does.sql`)
    if (migrations.at(-1)?.name.slice(0, 4) === name.slice(0, 4))
      throw new MigrationError('migration_order', `number ${name.slice(0, 4)} is used twice`)
    const sql = await readFile(join(folder, file), 'utf8')
    migrations.push({ name, sql, digest: createHash('sha256').update(sql).digest('hex') })
  }
  return migrations
}

function pendingOf(
  migrations: readonly Migration[],
  applied: readonly { name: string; digest: string }[],
): Migration[] {
  const byName = new Map(migrations.map((one) => [one.name, one]))
  for (const { name, digest } of applied) {
    const file = byName.get(name)
    if (!file) throw new MigrationError('migration_missing', `${name} was applied and is not in the folder`)
    if (file.digest !== digest)
      throw new MigrationError('migration_changed', `${name} was changed after it was applied`)
  }
  const done = new Set(applied.map((one) => one.name))
  const pending = migrations.filter((one) => !done.has(one.name))
  const last = applied
    .map((one) => one.name)
    .toSorted()
    .at(-1)
  const late = last === undefined ? undefined : pending.find((one) => one.name < last)
  if (late)
    throw new MigrationError('migration_order', `${late.name} comes before ${String(last)}, which was applied already`)
  return pending
}

async function lock(client: Client, waitTimeoutMs: number): Promise<void> {
  const endMs = performance.now() + waitTimeoutMs
  // Asked for again and again instead of waited for: a waiting statement would itself hold a snapshot.
  for (;;) {
    const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [
      ADVISORY_KEY,
    ])
    if (rows[0]?.locked) return
    if (performance.now() >= endMs) throw new MigrationError('migration_locked', 'another runner holds the lock')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/**
 * Applies what was not applied yet, each migration in a transaction of its own, one runner at a time.
 * @returns the names applied now
 * @throws MigrationError; what was applied before the failing one stays
 */
export async function migrate(migrations: readonly Migration[], options: MigrateOptions): Promise<string[]> {
  const client = new Client({
    connectionString: options.url,
    application_name: 'migrate',
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5000,
    statement_timeout: options.statementTimeoutMs ?? 60_000,
    lock_timeout: options.lockTimeoutMs ?? 3000,
  })
  // A connection that breaks while nothing is asked must not end the process past its error handling.
  client.on('error', () => {})
  await client.connect()
  try {
    await lock(client, options.waitTimeoutMs ?? 30_000)
    await client.query(
      'create table if not exists schema_migrations (name text primary key, digest text not null, applied_at timestamptz not null default now())',
    )
    const { rows } = await client.query<{ name: string; digest: string }>('select name, digest from schema_migrations')
    const names: string[] = []
    for (const one of pendingOf(migrations, rows)) {
      await apply(client, one)
      names.push(one.name)
    }
    return names
  } finally {
    // Ending the session gives the lock back.
    await client.end().catch(() => {})
  }
}

async function apply(client: Client, one: Migration): Promise<void> {
  try {
    await client.query('begin')
    await client.query(one.sql)
    await client.query('insert into schema_migrations (name, digest) values ($1, $2)', [one.name, one.digest])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw new MigrationError('migration_failed', `${one.name} failed`, error)
  }
}
