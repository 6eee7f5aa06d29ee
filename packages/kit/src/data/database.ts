import { Pool, type PoolClient, type QueryResultRow } from 'pg'

export interface DatabaseOptions {
  readonly url: string
  /** Shown in the server's activity view. */
  readonly name: string
  /** Connections at most. Default 10. */
  readonly connectionsMax?: number
  /** Limit for getting a connection, the wait in the pool included; milliseconds. Default 2,000. */
  readonly connectTimeoutMs?: number
  /** Limit the server enforces for one statement; milliseconds. Default 2,500. */
  readonly statementTimeoutMs?: number
  /** Told about errors of idle connections: they are replaced, nobody waits for them. */
  readonly onIdleError?: (error: Error) => void
}

/** A statement with a name is prepared once per connection. */
export interface Statement {
  readonly name: string
  readonly text: string
}

/** Runs statements: the pool, or one transaction. */
export interface Queries {
  /** All rows. @throws whatever the driver throws; `databaseErrorCode` tells what it means */
  rows<R extends QueryResultRow>(statement: Statement, values?: readonly unknown[]): Promise<R[]>
  /** The first row or null. */
  row<R extends QueryResultRow>(statement: Statement, values?: readonly unknown[]): Promise<R | null>
}

/** The client's own limit for an answer is this much above the server's: the server's message says more. */
const CLIENT_MARGIN_MS = 300

type Runner = Pick<Pool, 'query'> | Pick<PoolClient, 'query'>

function queriesOn(runner: Runner): Queries {
  const rows = async <R extends QueryResultRow>(statement: Statement, values: readonly unknown[] = []): Promise<R[]> =>
    (await runner.query<R>({ name: statement.name, text: statement.text, values: [...values] })).rows
  return {
    rows,
    row: async <R extends QueryResultRow>(...args: Parameters<typeof rows>) => (await rows<R>(...args))[0] ?? null,
  }
}

/** A PostgreSQL pool in which nothing waits without a limit. */
export class Database implements Queries {
  readonly #pool: Pool
  readonly #probe: Pool
  readonly #queries: Queries
  #probing: Promise<boolean> | null = null

  constructor(options: DatabaseOptions) {
    const statementMs = options.statementTimeoutMs ?? 2500
    const common = { connectionString: options.url, application_name: options.name, keepAlive: true }
    this.#pool = new Pool({
      ...common,
      max: options.connectionsMax ?? 10,
      connectionTimeoutMillis: options.connectTimeoutMs ?? 2000,
      statement_timeout: statementMs,
      query_timeout: statementMs + CLIENT_MARGIN_MS,
      idle_in_transaction_session_timeout: 10_000,
      idleTimeoutMillis: 30_000,
    })
    // A connection of its own: readiness does not depend on how busy the others are.
    this.#probe = new Pool({
      ...common,
      max: 1,
      connectionTimeoutMillis: 600,
      query_timeout: 600,
      statement_timeout: 600,
    })
    const ignore = options.onIdleError ?? (() => {})
    this.#pool.on('error', ignore)
    this.#probe.on('error', ignore)
    this.#queries = queriesOn(this.#pool)
  }

  rows<R extends QueryResultRow>(statement: Statement, values: readonly unknown[] = []): Promise<R[]> {
    return this.#queries.rows<R>(statement, values)
  }

  row<R extends QueryResultRow>(statement: Statement, values: readonly unknown[] = []): Promise<R | null> {
    return this.#queries.row<R>(statement, values)
  }

  /** Commits what `work` did, or rolls it back when it throws. A connection whose rollback fails is dropped. */
  async transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect()
    let broken: Error | undefined
    try {
      await client.query('BEGIN')
      const result = await work(queriesOn(client))
      await client.query('COMMIT')
      return result
    } catch (error) {
      await client.query('ROLLBACK').catch((failed: unknown) => {
        broken = failed instanceof Error ? failed : new Error('rollback failed')
      })
      throw error
    } finally {
      client.release(broken)
    }
  }

  /** Whether the database answers, within `timeoutMs` (default 800). Never throws; concurrent callers share one question. */
  async answers(timeoutMs = 800): Promise<boolean> {
    this.#probing ??= this.#probe
      .query('select 1')
      .then(() => true)
      .catch(() => false)
      .finally(() => (this.#probing = null))
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, timeoutMs, false)))
    try {
      return await Promise.race([this.#probing, limit])
    } finally {
      clearTimeout(timer)
    }
  }

  /** Connections in use, idle and asked for. */
  usage(): { total: number; idle: number; waiting: number } {
    return { total: this.#pool.totalCount, idle: this.#pool.idleCount, waiting: this.#pool.waitingCount }
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#pool.end(), this.#probe.end()])
  }
}
