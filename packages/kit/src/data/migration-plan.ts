import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CheckContext, checkMigration } from './migration-check.ts'
import { directivesOf, type MigrationDirectives, type MigrationPhase } from './migration-directives.ts'
import type { MigrationFinding } from './migration-rules.ts'
import { type SqlStatement, statementsOf, SqlSyntaxError, tokenize } from './sql-tokens.ts'

/** A migration can't be applied, or the files and the database tell different stories. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'
  readonly code:
    | 'migration_failed'
    | 'migration_changed'
    | 'migration_missing'
    | 'migration_order'
    | 'migration_locked'
    /** A directive is unknown, malformed, repeated or missing, or the SQL has a quote that does not end. */
    | 'migration_malformed'
    /** A dangerous statement that is not acknowledged. */
    | 'migration_dangerous'
    /** A contract migration while releases run, or may run, that still need what it takes away. */
    | 'migration_contract'
    /** The asked-for phase can't go on before a migration of the other one. */
    | 'migration_blocked'
    /** An index that was built concurrently is not valid. */
    | 'migration_invalid_index'

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

export interface AppliedMigration {
  readonly name: string
  readonly digest: string
  readonly appliedAt: Date
}

/** A migration that was not applied, read and checked. */
export interface PlannedMigration {
  readonly migration: Migration
  readonly directives: MigrationDirectives
  readonly statements: readonly SqlStatement[]
  readonly findings: readonly MigrationFinding[]
}

const FILE = /^(\d{4}-[a-z0-9-]+)\.sql$/

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

/** What still has to be applied. @throws MigrationError when files and database tell different stories */
export function pendingOf(
  migrations: readonly Migration[],
  applied: readonly Pick<AppliedMigration, 'name' | 'digest'>[],
): Migration[] {
  const byName = new Map(migrations.map((one) => [one.name, one]))
  if (byName.size !== migrations.length)
    throw new MigrationError('migration_order', 'two migrations have the same name')
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

function planOne(migration: Migration, notNullChecks: Set<string>): PlannedMigration {
  try {
    const tokens = tokenize(migration.sql)
    const statements = statementsOf(migration.sql, tokens)
    const directives = directivesOf(tokens)
    const context: CheckContext = { newTables: new Set(), notNullChecks }
    return {
      migration,
      directives,
      statements,
      findings: checkMigration(migration.sql, statements, directives, context),
    }
  } catch (error) {
    if (error instanceof RangeError || error instanceof SqlSyntaxError)
      throw new MigrationError('migration_malformed', `${migration.name}: ${error.message}`, error)
    throw error
  }
}

/**
 * Reads and checks every migration from `checkedFrom` on; what earlier ones say and do counts as history, as it does
 * for applied ones.
 * @throws MigrationError `migration_malformed`
 */
export function planMigrations(
  migrations: readonly Migration[],
  pending: readonly Migration[],
  checkedFrom: string,
): PlannedMigration[] {
  const names = new Set(pending.map((one) => one.name))
  const notNullChecks = new Set<string>()
  const planned: PlannedMigration[] = []
  for (const migration of migrations) {
    if (names.has(migration.name) && migration.name >= checkedFrom) planned.push(planOne(migration, notNullChecks))
    else {
      const history = historyOf(migration, notNullChecks)
      if (names.has(migration.name)) planned.push(history)
    }
  }
  return planned
}

const NO_DIRECTIVES: MigrationDirectives = {
  phase: 'expand',
  replicas: null,
  isTransactional: true,
  lockTimeoutMs: null,
  statementTimeoutMs: null,
  allowed: new Map(),
}

/** An old migration: whatever is in it may be, but its checks count for later ones and its directives are kept. */
function historyOf(migration: Migration, notNullChecks: Set<string>): PlannedMigration {
  try {
    const planned = planOne(migration, notNullChecks)
    return { ...planned, findings: [] }
  } catch {
    return { migration, directives: NO_DIRECTIVES, statements: [], findings: [] }
  }
}

/** The phase that a migration declares; expand for what can't be read. */
export function phaseOf(migration: Migration): MigrationPhase {
  return historyOf(migration, new Set()).directives.phase
}

/**
 * What a run of this phase applies: everything, or the migrations of one phase up to the first of the other.
 * @throws MigrationError `migration_blocked` when migrations of this phase wait behind one of the other
 */
export function selectPhase(planned: readonly PlannedMigration[], phase: MigrationPhase | 'all'): PlannedMigration[] {
  if (phase === 'all') return [...planned]
  const end = planned.findIndex((one) => one.directives.phase !== phase)
  if (end === -1) return [...planned]
  const behind = planned.slice(end).find((one) => one.directives.phase === phase)
  const other = planned[end]
  if (behind && other)
    throw new MigrationError(
      'migration_blocked',
      `${behind.migration.name} waits behind ${other.migration.name}: run phase ${other.directives.phase} first`,
    )
  return planned.slice(0, end)
}

/** @throws MigrationError `migration_dangerous` with every finding of every migration */
export function refuseDangerous(planned: readonly PlannedMigration[]): void {
  const lines = planned.flatMap((one) =>
    one.findings.map(
      (finding) => `${one.migration.name}:${finding.line} ${finding.rule}: ${finding.statement}\n  ${finding.fix}`,
    ),
  )
  if (lines.length === 0) return
  throw new MigrationError(
    'migration_dangerous',
    `${lines.slice(0, 50).join('\n')}\nOr say why it is safe here: -- kit: allow <rule> because <reason>`,
  )
}
