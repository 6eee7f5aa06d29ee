/** What is dangerous in a migration, why, and what to write instead. */

export interface MigrationRule {
  /**
   * `compatibility`: the release that still runs breaks, so only a contract migration may. `blocking`: traffic stands
   * still behind a lock, in every phase. `form`: the runner can't run it safely, so no reason is accepted for it.
   */
  readonly kind: 'compatibility' | 'blocking' | 'form'
  /** What to do instead. */
  readonly fix: string
}

export const migrationRules = {
  'drop-column': {
    kind: 'compatibility',
    fix: 'drop it in a contract migration, after no running release reads or writes it',
  },
  'drop-table': { kind: 'compatibility', fix: 'drop it in a contract migration, after no running release uses it' },
  'drop-object': { kind: 'compatibility', fix: 'drop it in a contract migration, after no running release uses it' },
  truncate: { kind: 'compatibility', fix: 'delete what is not needed in small batches, with a job' },
  rename: {
    kind: 'compatibility',
    fix: 'add the new name beside the old one, write both, move the readers, drop the old one in a contract migration',
  },
  'alter-type': {
    kind: 'compatibility',
    fix: 'add a column of the new type, write both, copy in batches, drop the old one in a contract migration',
  },
  'add-column-not-null': {
    kind: 'compatibility',
    fix: 'give it a constant default, or add it nullable: the running release inserts without it',
  },
  'table-rewrite': {
    kind: 'blocking',
    fix: 'add the column without a default, set the default afterwards, and fill old rows in batches: this one rewrites the table under a lock',
  },
  'index-not-concurrent': {
    kind: 'blocking',
    fix: 'create index concurrently if not exists, in a migration of its own with "-- kit: no-transaction"',
  },
  'drop-index-not-concurrent': {
    kind: 'blocking',
    fix: 'drop index concurrently if exists, in a migration of its own with "-- kit: no-transaction"',
  },
  'constraint-not-valid': {
    kind: 'blocking',
    fix: 'add constraint … not valid, and validate constraint in a later migration: that one does not block writes',
  },
  'constraint-builds-index': {
    kind: 'blocking',
    fix: 'create unique index concurrently first, then add constraint … using index',
  },
  'set-not-null': {
    kind: 'blocking',
    fix: 'add constraint … check (<column> is not null) not valid, validate it in a later migration, then set not null: it skips the scan',
  },
  'lock-table': { kind: 'blocking', fix: 'leave the lock out: each statement takes the one it needs' },
  'blocking-rewrite': {
    kind: 'blocking',
    fix: 'use the form with concurrently where there is one; vacuum full and cluster need a maintenance window',
  },
  'do-block': {
    kind: 'blocking',
    fix: 'write the statements themselves: what a do block, a procedure or a prepared statement runs can not be checked',
  },
  'not-repeatable': {
    kind: 'blocking',
    fix: 'use if not exists or if exists and name the index: without a transaction it may have to be run again after it half happened',
  },
  'concurrently-in-transaction': {
    kind: 'form',
    fix: 'add "-- kit: no-transaction", and put other statements into another migration',
  },
  'timeout-override': {
    kind: 'form',
    fix: 'say "-- kit: lock-timeout-ms 500" or "-- kit: statement-timeout-ms 600000": those have bounds',
  },
  'transaction-control': { kind: 'form', fix: 'leave it out: the runner begins and commits' },
} as const satisfies Record<string, MigrationRule>

export type MigrationRuleName = keyof typeof migrationRules

export function isRuleName(name: string): name is MigrationRuleName {
  return Object.hasOwn(migrationRules, name)
}

/** Something dangerous that was found. */
export interface MigrationFinding {
  readonly rule: MigrationRuleName
  /** First line of the statement. */
  readonly line: number
  /** The beginning of the statement. */
  readonly statement: string
  readonly fix: string
}
