import { hash } from 'node:crypto'
import type { Pool, QueryResultRow } from 'pg'
import type { Queries } from './database.ts'

/** What a pool has to be able to do: `pg.Pool`, or anything that behaves like it. */
export type PgPool = Pick<Pool, 'query' | 'connect'>

/** A client of `pg` (or anything like it) inside a transaction of the caller. */
export interface SqlClient {
  query<R extends QueryResultRow>(text: string, values?: unknown[]): Promise<{ rows: R[] }>
}

/** The caller's transaction: a client of `pg`, or what `Database.transaction` hands out. */
export type TransactionClient = SqlClient | Queries

/** Runs a statement in the caller's transaction, whichever kind it is. */
export async function rowsOn<R extends QueryResultRow>(
  client: TransactionClient,
  text: string,
  values: readonly unknown[],
): Promise<R[]> {
  if ('rows' in client) return client.rows<R>({ name: `kit-${hash('sha1', text).slice(0, 16)}`, text }, values)
  return (await client.query<R>(text, [...values])).rows
}

const NAME = /^[a-z_][a-z0-9_]{0,47}$/

/**
 * A table's name, quoted, with its schema when it has one.
 * @throws RangeError for a name that is not lower case letters, digits and underscores
 */
export function qualified(table: string, option = 'table'): string {
  const parts = table.split('.')
  if (parts.length > 2 || !parts.every((part) => NAME.test(part)))
    throw new RangeError(
      `${option}: expected a name like "outbox" or "app.outbox" in lower case, got ${JSON.stringify(table)}`,
    )
  return parts.map((part) => `"${part}"`).join('.')
}

/** A name for indexes, functions and channels that belong to a table: `app_outbox`. */
export function flatName(table: string): string {
  return table.replaceAll('.', '_')
}
