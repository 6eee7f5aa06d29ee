/** A statement and the name under which a connection may keep it prepared. */
export interface PostgresStatement {
  readonly name: string
  readonly text: string
}

/** What is needed of a database: `pg`'s `Pool` is one as it is. */
export interface PostgresQuery {
  query(statement: PostgresStatement, values: readonly unknown[]): Promise<{ readonly rows: readonly unknown[] }>
}

/** The port for what answers rows, the kit's own `Database` for instance. */
export function rowsQuery(database: {
  rows(statement: PostgresStatement, values: readonly unknown[]): Promise<readonly unknown[]>
}): PostgresQuery {
  return { query: async (statement, values) => ({ rows: await database.rows(statement, values) }) }
}

/**
 * Short enough for the names of statements made of it: PostgreSQL keeps 63 characters.
 * @throws RangeError for a name that is not one or two identifiers of `[a-z_][a-z0-9_]*`, 25 characters each at most
 */
export function checkedTable(table: string): string {
  if (!/^(?:[a-z_][a-z0-9_]{0,24}\.)?[a-z_][a-z0-9_]{0,24}$/.test(table))
    throw new RangeError(
      `table ${JSON.stringify(table)}: expected name or schema.name, each of up to 25 of a-z, 0-9 and "_"`,
    )
  return table
}
