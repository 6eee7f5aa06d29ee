import { MigrationError } from '@greengate/kit/data'
import type { ObjectClient } from '@greengate/object-store'
import type pg from 'pg'
import { BackupError } from './backup-error.ts'
import { applyMigrations, requireEmpty, type Target } from './restore-database.ts'
import { connect } from './tables.ts'

/** Something of a database that migrations can make. */
interface Made {
  readonly oid: string
  readonly kind: 'table' | 'view' | 'materialized view' | 'sequence' | 'routine' | 'type'
  /** Quoted, with its schema or its parameters. */
  readonly name: string
}

// What belongs to an extension comes and goes with it.
const objectsQuery = {
  name: 'undo-objects',
  text: `select * from (
      select c.oid, format('public.%I', c.relname) as name, case c.relkind when 'v' then 'view'
        when 'm' then 'materialized view' when 'S' then 'sequence' else 'table' end as kind
      from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'S')
      union all
      select p.oid, p.oid::regprocedure::text, 'routine' from pg_proc p where p.pronamespace = 'public'::regnamespace
      union all
      select t.oid, format('public.%I', t.typname), 'type' from pg_type t left join pg_class c on c.oid = t.typrelid
      where t.typnamespace = 'public'::regnamespace and (t.typtype in ('e', 'd', 'r') or c.relkind = 'c')
    ) as made
    where not exists (select from pg_depend d where d.objid = made.oid and d.deptype = 'e')
    order by array_position(array['table', 'view', 'materialized view', 'sequence', 'routine', 'type'], kind), name`,
}
const migrationsTableQuery = {
  name: 'undo-migrations-table',
  text: `select to_regclass('public.schema_migrations') is not null as found`,
}
const appliedQuery = { name: 'undo-applied', text: 'select name from public.schema_migrations' }

const objectsOf = async (client: pg.Client): Promise<Made[]> => (await client.query<Made>(objectsQuery)).rows

async function withDatabase<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connect(url)
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** What a restore made, to be taken away when it fails. */
export class MadeByRestore {
  readonly #store: ObjectClient
  readonly #keys: string[] = []
  readonly #databases: { target: Target; before: ReadonlySet<string>; applied: Set<string> }[] = []

  constructor(store: ObjectClient) {
    this.#store = store
  }

  /** Before it is put: whether it arrived is not known when the answer does not. */
  object(key: string): void {
    this.#keys.push(key)
  }

  /** Makes the tables of an empty database. @throws BackupError `target_not_empty`; MigrationError */
  async tables(target: Target): Promise<void> {
    const before = await withDatabase(target.url, async (client) => {
      await requireEmpty(client, target.name)
      return new Set((await objectsOf(client)).map((one) => one.oid))
    })
    const made = { target, before, applied: new Set<string>() }
    this.#databases.push(made)
    try {
      await applyMigrations(target, (name) => made.applied.add(name))
    } catch (error) {
      // Somebody else is at it, and nothing was done here.
      if (error instanceof MigrationError && error.code === 'migration_locked' && made.applied.size === 0)
        this.#databases.pop()
      throw error
    }
  }

  /**
   * Takes everything away, as far as that is possible.
   * @returns what has to be thrown instead: why it failed, and what of it is left, if anything
   */
  async undo(failure: unknown): Promise<unknown> {
    const left: string[] = []
    const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
      await work().catch((error: unknown) =>
        left.push(`${what} (${error instanceof Error ? error.message : String(error)})`),
      )
    }
    for (const { target, before, applied } of this.#databases)
      await attempt(`the tables of ${target.name}`, () =>
        withDatabase(target.url, (client) => dropMade(client, before, applied)),
      )
    for (const key of this.#keys) await attempt(`the object ${key}`, () => this.#store.delete(key))
    if (left.length === 0) return failure
    const why = failure instanceof Error ? failure.message : String(failure)
    const places = left.join(', ')
    return new BackupError('restore_left', `${why}; empty this before you try again: ${places}`, failure)
  }
}

/** Drops what was not there before, all of it or nothing. */
async function dropMade(client: pg.Client, before: ReadonlySet<string>, applied: ReadonlySet<string>): Promise<void> {
  await client.query('begin')
  const { rows: found } = await client.query<{ found: boolean }>(migrationsTableQuery)
  if (found[0]?.found === true) {
    const { rows } = await client.query<{ name: string }>(appliedQuery)
    if (rows.some((one) => !applied.has(one.name))) throw new Error('somebody else applied migrations there')
  }
  for (const { oid, kind, name } of await objectsOf(client))
    if (!before.has(oid)) await client.query(`drop ${kind} if exists ${name} cascade`)
  await client.query('commit')
}
