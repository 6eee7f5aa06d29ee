import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { type LiveInstances, liveInstances } from './instances.ts'
import { concurrentIndexes } from './migration-check.ts'
import type { MigrationPhase } from './migration-directives.ts'
import {
  type AppliedMigration,
  type Migration,
  MigrationError,
  pendingOf,
  type PlannedMigration,
  phaseOf,
  planMigrations,
  refuseDangerous,
  selectPhase,
} from './migration-plan.ts'
import { compareVersions, parseVersion } from './semver.ts'
import { qualified } from './sql-client.ts'

export { type Migration, MigrationError, readMigrations } from './migration-plan.ts'

/** What a runner does, for its log. */
export type MigrationEvent =
  | { readonly kind: 'applied'; readonly name: string; readonly durationMs: number }
  | { readonly kind: 'lock_retry'; readonly name: string; readonly attempt: number; readonly waitMs: number }
  | { readonly kind: 'invalid_index_dropped'; readonly name: string; readonly index: string }

export interface MigrateOptions {
  /** A direct connection: the lock belongs to a session, which a pooler in transaction mode shares out. */
  readonly url: string
  /** Which migrations: those of one phase up to the first of the other, or all in order. Default `all`. */
  readonly phase?: MigrationPhase | 'all'
  /** Applies contract migrations whatever runs, or seems to run. For when instances say nothing in the database. Default false. */
  readonly allowContract?: boolean
  /** Table of live instances. Default `kit_instances`. */
  readonly instancesTable?: string
  /** How long after its last word an instance counts as alive; milliseconds. Default 60,000. */
  readonly liveForMs?: number
  /** First migration whose statements are checked, for services that had migrations before they had this. Default: all. */
  readonly checkedFrom?: string
  /** Table of applied migrations, which also keys the lock. Default `schema_migrations`. */
  readonly table?: string
  /** How long to wait for another runner to finish; milliseconds. Default 30,000. */
  readonly waitTimeoutMs?: number
  /** How long a statement may wait for a lock, so that a migration never queues up traffic; milliseconds. Default 3,000. */
  readonly lockTimeoutMs?: number
  /** Attempts at a migration whose lock was not to be had, with growing, jittered pauses up to 10 s. Default 5, at most 20. */
  readonly lockAttempts?: number
  /** Limit of one statement; milliseconds. Default 60,000. */
  readonly statementTimeoutMs?: number
  /** Limit of one statement without a transaction, which waits without blocking; milliseconds. Default 1,800,000. */
  readonly concurrentTimeoutMs?: number
  readonly connectTimeoutMs?: number
  readonly onEvent?: (event: MigrationEvent) => void
  readonly random?: () => number
}

/** How a migration stands. */
export interface MigrationState {
  readonly name: string
  readonly phase: MigrationPhase
  readonly state: 'applied' | 'pending'
  readonly appliedAt: Date | null
  /** Why a run would refuse it now; null for what is applied or would be. */
  readonly refusedBecause: string | null
}

const DEFAULT_TABLE = 'schema_migrations'
// Any constant will do as long as every runner uses it.
const DEFAULT_KEY = '7205759401318'
const LOCK_ATTEMPTS_MAX = 20
const LOCK_PAUSE_MS = 200
const LOCK_PAUSE_MAX_MS = 10_000

/** The advisory lock's key: one per table of migrations. Locks are per database already. */
function lockKey(table: string): string {
  if (table === DEFAULT_TABLE) return DEFAULT_KEY
  return createHash('sha256').update(`kit-migrations:${table}`).digest().readBigInt64BE(0).toString()
}

async function lock(client: Client, key: string, waitTimeoutMs: number): Promise<void> {
  const endMs = performance.now() + waitTimeoutMs
  // Asked for again and again instead of waited for: a waiting statement would itself hold a snapshot.
  for (;;) {
    const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [key])
    if (rows[0]?.locked) return
    if (performance.now() >= endMs) throw new MigrationError('migration_locked', 'another runner holds the lock')
    await sleep(100)
  }
}

/** What `run` of one connection needs. */
interface Run {
  readonly client: Client
  readonly options: MigrateOptions
  readonly table: string
  readonly tell: (event: MigrationEvent) => void
}

async function connected<T>(options: MigrateOptions, work: (run: Run) => Promise<T>): Promise<T> {
  const attempts = options.lockAttempts ?? 5
  if (!Number.isInteger(attempts) || attempts < 1 || attempts > LOCK_ATTEMPTS_MAX)
    throw new RangeError(`lockAttempts: expected 1 to ${LOCK_ATTEMPTS_MAX}, got ${attempts}`)
  const table = qualified(options.table ?? DEFAULT_TABLE)
  const client = new Client({
    connectionString: options.url,
    application_name: 'migrate',
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5000,
    statement_timeout: options.statementTimeoutMs ?? 60_000,
    lock_timeout: options.lockTimeoutMs ?? 3000,
    keepAlive: true,
  })
  // A connection that breaks while nothing is asked must not end the process past its error handling.
  client.on('error', () => {})
  await client.connect()
  try {
    return await work({ client, options, table, tell: options.onEvent ?? (() => {}) })
  } finally {
    // Ending the session gives the lock back.
    await client.end().catch(() => {})
  }
}

async function appliedOn(run: Run): Promise<AppliedMigration[]> {
  const { rows } = await run.client.query<AppliedMigration>(
    `select name, digest, applied_at as "appliedAt" from ${run.table} order by name`,
  )
  return rows
}

/**
 * Applies what was not applied yet, each migration in a transaction of its own, one runner at a time. Everything that
 * is to be applied is checked before the first of it is.
 * @returns the names applied now
 * @throws MigrationError; what was applied before the failing one stays
 * @throws RangeError for options that can't be
 * @example await migrate(await readMigrations('migrations'), { url, phase: 'expand' })
 */
export async function migrate(migrations: readonly Migration[], options: MigrateOptions): Promise<string[]> {
  return connected(options, async (run) => {
    await lock(run.client, lockKey(options.table ?? DEFAULT_TABLE), options.waitTimeoutMs ?? 30_000)
    await run.client.query(
      `create table if not exists ${run.table} (name text primary key, digest text not null, applied_at timestamptz not null default now())`,
    )
    const applied = await appliedOn(run)
    const planned = planMigrations(migrations, pendingOf(migrations, applied), options.checkedFrom ?? '')
    const selected = selectPhase(planned, options.phase ?? 'all')
    refuseDangerous(selected)
    const gate = contractGate(run, applied.length === 0)
    for (const one of selected) await gate(one)
    const names: string[] = []
    for (const one of selected) {
      const startedMs = performance.now()
      // Asked again: applying the ones before may have taken a while, and an old replica may have come back.
      await gate(one)
      if (one.directives.isTransactional) await applyInTransaction(run, one)
      else await applyWithout(run, one)
      names.push(one.migration.name)
      run.tell({ kind: 'applied', name: one.migration.name, durationMs: performance.now() - startedMs })
    }
    return names
  })
}

/** Why a contract migration can't go now, or null. */
function contractProblem(one: PlannedMigration, live: LiveInstances): string | null {
  const required = parseVersion(one.directives.replicas ?? '')
  if (one.directives.phase === 'expand' || !required) return null
  if (!live.known)
    return 'it is not known which releases run: start instances with startInstanceHeartbeat, or allow it with allowContract'
  const oldest = parseVersion(live.oldest)
  return oldest && compareVersions(oldest, required) >= 0
    ? null
    : `release ${live.oldest} still runs (${live.count} instances alive), and this needs ${one.directives.replicas} or newer`
}

/** Refuses contract migrations while older releases run. On an empty database nobody can. */
function contractGate(run: Run, isFresh: boolean): (one: PlannedMigration) => Promise<void> {
  const { instancesTable, liveForMs, allowContract } = run.options
  return async (one) => {
    if (one.directives.phase === 'expand' || isFresh || allowContract === true) return
    const problem = contractProblem(one, await liveInstances(run.client, instancesTable, liveForMs))
    if (problem !== null) throw new MigrationError('migration_contract', `${one.migration.name}: ${problem}`)
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
}

/** 55P03: a lock was not to be had in time; 40P01: this transaction was the one to give way. */
const isLockProblem = (error: unknown): boolean => ['55P03', '40P01'].includes(codeOf(error))

async function applyInTransaction(run: Run, one: PlannedMigration): Promise<void> {
  const { name } = one.migration
  const attempts = run.options.lockAttempts ?? 5
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await applyOnce(run, one)
    } catch (error) {
      await run.client.query('rollback').catch(() => {})
      if (!isLockProblem(error) || attempt >= attempts)
        throw new MigrationError('migration_failed', `${name} failed`, error)
      // In between, traffic that queued behind the wait for the lock gets through; jitter keeps from meeting the same job again.
      const waitMs =
        (run.options.random ?? Math.random)() * Math.min(LOCK_PAUSE_MAX_MS, LOCK_PAUSE_MS * 2 ** (attempt - 1))
      run.tell({ kind: 'lock_retry', name, attempt, waitMs })
      await sleep(waitMs)
    }
  }
}

async function applyOnce({ client, table }: Run, { migration, directives }: PlannedMigration): Promise<void> {
  await client.query('begin')
  if (directives.lockTimeoutMs !== null) await client.query(`set local lock_timeout = ${directives.lockTimeoutMs}`)
  if (directives.statementTimeoutMs !== null)
    await client.query(`set local statement_timeout = ${directives.statementTimeoutMs}`)
  await client.query(migration.sql)
  await client.query(`insert into ${table} (name, digest) values ($1, $2)`, [migration.name, migration.digest])
  await client.query('commit')
}

/**
 * One statement after the other, since several in one message would be one transaction. Waiting does not block anybody
 * here, so no lock timeout counts unless the migration asks for one.
 */
async function applyWithout(run: Run, one: PlannedMigration): Promise<void> {
  const { client, options, table } = run
  const { migration, directives, statements } = one
  const timeoutMs = directives.statementTimeoutMs ?? options.concurrentTimeoutMs ?? 1_800_000
  await client.query(`set statement_timeout = ${timeoutMs}`)
  await client.query(`set lock_timeout = ${directives.lockTimeoutMs ?? 0}`)
  try {
    await dropInvalid(run, one)
    for (const statement of statements) await client.query(migration.sql.slice(statement.start, statement.end))
  } catch (error) {
    if (error instanceof MigrationError) throw error
    // An invalid index costs every write and helps no read. When this fails as well, the next run does it.
    await dropInvalid(run, one).catch(() => {})
    throw new MigrationError('migration_failed', `${migration.name} failed`, error)
  } finally {
    await client.query('reset statement_timeout; reset lock_timeout').catch(() => {})
  }
  const invalid = await invalidIndexes(run, one)
  if (invalid.length > 0)
    throw new MigrationError(
      'migration_invalid_index',
      `${migration.name}: ${invalid.map((index) => index.name).join(', ')} is not valid; run it again`,
    )
  await client.query(`insert into ${table} (name, digest) values ($1, $2)`, [migration.name, migration.digest])
}

interface InvalidIndex {
  readonly name: string
  readonly isBeingBuilt: boolean
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Indexes with the names of this migration, on the tables it names, that a build which did not finish left behind. */
async function invalidIndexes(run: Run, one: PlannedMigration): Promise<InvalidIndex[]> {
  const wanted = concurrentIndexes(one.statements)
  if (wanted.length === 0) return []
  const { rows } = await run.client.query<InvalidIndex>(
    `select i.indexrelid::regclass::text as name,
       exists (select 1 from pg_stat_progress_create_index p where p.index_relid = i.indexrelid) as "isBeingBuilt"
     from pg_index i join pg_class c on c.oid = i.indexrelid
     join unnest($1::text[], $2::text[]) as wanted (index, tab)
       on c.relname = wanted.index and i.indrelid = to_regclass(wanted.tab)
     where not i.indisvalid`,
    [
      wanted.map(({ index }) => index.split('.').at(-1)),
      wanted.map(({ table }) => table.split('.').map(quote).join('.')),
    ],
  )
  return rows
}

async function dropInvalid(run: Run, one: PlannedMigration): Promise<void> {
  for (const { name, isBeingBuilt } of await invalidIndexes(run, one)) {
    if (isBeingBuilt)
      throw new MigrationError('migration_locked', `${one.migration.name}: somebody is building ${name} right now`)
    await run.client.query(`drop index concurrently if exists ${name}`)
    run.tell({ kind: 'invalid_index_dropped', name: one.migration.name, index: name })
  }
}

/**
 * How every migration stands and what a run would do now. Changes nothing and takes no lock: a dry run.
 * @throws MigrationError when files and database tell different stories, or a migration is malformed
 */
export async function migrationStatus(
  migrations: readonly Migration[],
  options: MigrateOptions,
): Promise<MigrationState[]> {
  return connected(options, async (run) => {
    const found = await run.client.query<{ found: boolean }>('select to_regclass($1) is not null as found', [run.table])
    const applied = found.rows[0]?.found ? await appliedOn(run) : []
    const planned = planMigrations(migrations, pendingOf(migrations, applied), options.checkedFrom ?? '')
    const live = await liveInstances(run.client, options.instancesTable, options.liveForMs)
    const isFree = applied.length === 0 || options.allowContract === true
    const pending = new Map(planned.map((one) => [one.migration.name, one]))
    const dates = new Map(applied.map((one) => [one.name, one.appliedAt]))
    return migrations.map((migration): MigrationState => {
      const { name } = migration
      const one = pending.get(name)
      const phase = phaseOf(migration)
      if (!one) return { name, phase, state: 'applied', appliedAt: dates.get(name) ?? null, refusedBecause: null }
      const dangerous = one.findings.map((finding) => `${finding.rule} in line ${finding.line}: ${finding.fix}`)
      const contract = isFree ? null : contractProblem(one, live)
      const reasons = contract === null ? dangerous : [...dangerous, contract]
      const refusedBecause = reasons.length === 0 ? null : reasons.join('; ')
      return { name, phase, state: 'pending', appliedAt: null, refusedBecause }
    })
  })
}
