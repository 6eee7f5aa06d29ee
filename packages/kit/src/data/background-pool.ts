import { Pool } from 'pg'

export interface BackgroundPoolOptions {
  readonly url: string
  /** Shown in the server's activity view. */
  readonly name: string
  /** Connections at most. Default 4. A relay and a source of flags each keep one for notifications. */
  readonly connectionsMax?: number
  /** Limit for getting a connection; milliseconds. Default 5,000. */
  readonly connectTimeoutMs?: number
  /** Limit the server enforces for one statement; milliseconds. Default 15,000. */
  readonly statementTimeoutMs?: number
  /** How long a statement may wait for a lock; milliseconds. Default 5,000. */
  readonly lockTimeoutMs?: number
  /** Told about errors of idle connections, which are replaced. Default: nobody. */
  readonly onIdleError?: (error: Error) => void
}

/**
 * A pool for what runs beside the requests: jobs, the outbox relay, flags. Of its own, so that neither takes
 * connections away from the other. Close it with `end()`.
 * @throws RangeError for a limit that is not above zero
 */
export function createBackgroundPool(options: BackgroundPoolOptions): Pool {
  const limits = {
    connectionsMax: options.connectionsMax ?? 4,
    connectTimeoutMs: options.connectTimeoutMs ?? 5000,
    statementTimeoutMs: options.statementTimeoutMs ?? 15_000,
    lockTimeoutMs: options.lockTimeoutMs ?? 5000,
  }
  for (const [name, value] of Object.entries(limits))
    if (!(value > 0)) throw new RangeError(`${name}: expected a number above 0, got ${value}`)
  const pool = new Pool({
    connectionString: options.url,
    application_name: options.name,
    max: limits.connectionsMax,
    connectionTimeoutMillis: limits.connectTimeoutMs,
    statement_timeout: limits.statementTimeoutMs,
    // A server that went away without a word answers nothing: the client has a limit of its own, above the server's.
    query_timeout: limits.statementTimeoutMs + 1000,
    lock_timeout: limits.lockTimeoutMs,
    keepAlive: true,
  })
  // Without a listener an idle connection's error would end the process.
  pool.on('error', options.onIdleError ?? (() => {}))
  return pool
}
