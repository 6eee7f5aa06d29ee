import pg from 'pg'
import { z } from 'zod'

/** A table that is backed up, with the columns that are its own: those that are computed come by themselves. */
export const tableSchema = z.object({ name: z.string(), columns: z.array(z.string()).min(1) })
export type Table = z.output<typeof tableSchema>

/** The migrations have a table of their own, which applying them fills. */
const MIGRATIONS = 'schema_migrations'

// Unlogged tables are empty after a crash anyway: nothing in them is meant to last.
const tablesQuery = {
  name: 'backup-tables',
  text: `select c.relname as name,
      array_agg(a.attname::text order by a.attnum) filter (where a.attgenerated = '') as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relpersistence = 'p' and c.relname <> $1
    group by c.relname order by c.relname`,
}

// What a row needs at once; what is checked at commit does not matter for the order.
const needsQuery = {
  name: 'backup-needs',
  text: `select distinct t.relname as name, r.relname as needs
    from pg_constraint f join pg_class t on t.oid = f.conrelid join pg_class r on r.oid = f.confrelid
    where f.contype = 'f' and not f.condeferrable and f.conrelid <> f.confrelid
      and t.relnamespace = 'public'::regnamespace`,
}

const sequencesQuery = {
  name: 'backup-sequences',
  text: `select relname as name from pg_class where relkind = 'S' and relnamespace = 'public'::regnamespace order by relname`,
}

/** In an order in which no row comes before one that it needs. */
export function inOrder(tables: readonly Table[], needs: readonly { name: string; needs: string }[]): Table[] {
  const ordered: Table[] = []
  const left = new Map(tables.map((table) => [table.name, table]))
  while (left.size > 0) {
    const next = [...left.values()].find(
      (table) => !needs.some((one) => one.name === table.name && left.has(one.needs)),
    )
    if (!next) throw new Error(`tables need each other in a circle: ${[...left.keys()].join(', ')}`)
    ordered.push(next)
    left.delete(next.name)
  }
  return ordered
}

/** The tables of a database in an order in which they can be filled. */
export async function tablesOf(client: pg.Client): Promise<Table[]> {
  const { rows: tables } = await client.query<Table>({ ...tablesQuery, values: [MIGRATIONS] })
  const { rows: needs } = await client.query<{ name: string; needs: string }>(needsQuery)
  return inOrder(tables, needs)
}

export const sequenceSchema = z.object({ name: z.string(), value: z.string(), is_called: z.boolean() })
export type Sequence = z.output<typeof sequenceSchema>

export async function sequencesOf(client: pg.Client): Promise<Sequence[]> {
  const { rows } = await client.query<{ name: string }>(sequencesQuery)
  const sequences: Sequence[] = []
  for (const { name } of rows) {
    const of = await client.query<{ value: string; is_called: boolean }>(
      `select last_value::text as value, is_called from public.${pg.escapeIdentifier(name)}`,
    )
    const [row] = of.rows
    if (row) sequences.push({ name, ...row })
  }
  return sequences
}

const copyOf = ({ name, columns }: Table): string =>
  `public.${pg.escapeIdentifier(name)} (${columns.map((column) => pg.escapeIdentifier(column)).join(', ')})`

export const copyOutText = (table: Table): string => `copy ${copyOf(table)} to stdout`
export const copyInText = (table: Table): string => `copy ${copyOf(table)} from stdin`

/**
 * Texts that mean the same on any server, and no limit that ends a snapshot: one transaction waits while the other database is
 * copied. Limits are asked for by name, because not every server has all of them.
 */
const EXACT =
  "set datestyle = 'ISO, YMD'; set intervalstyle = 'postgres'; set timezone = 'UTC'; set extra_float_digits = 1; " +
  "set bytea_output = 'hex'; set client_encoding = 'UTF8'; set lock_timeout = '10s'; " +
  "select set_config(name, '0', false) from pg_settings where name in " +
  "('statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout')"

/** Rows of a COPY in text format: each ends with a line break, and none has one inside. */
export function countLines(part: Buffer): number {
  let count = 0
  for (let at = part.indexOf(10); at >= 0; at = part.indexOf(10, at + 1)) count += 1
  return count
}

/** A connection that says what went wrong where it was used, and nowhere else. */
export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'platform-backup',
    connectionTimeoutMillis: 10_000,
  })
  client.on('error', () => {})
  await client.connect()
  await client.query(EXACT)
  return client
}
