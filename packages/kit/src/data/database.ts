import { Pool, type QueryResultRow } from 'pg'
import { durationMs, wholeWithin } from '../resilience/bounds.ts'
import {
  Bulkhead,
  CallPolicy,
  CircuitBreaker,
  type Clock,
  type PolicyCall,
  systemClock,
  type TracePort,
} from '../resilience/index.ts'
import { databaseError, isDatabaseFailure, isSerializationFailure } from './database-error.ts'
import type { DatabaseOptions, DatabaseStats, Statement, TransactionOptions } from './database-options.ts'
import { Lease } from './lease.ts'

export type { DatabaseOptions, DatabaseStats, Statement, TransactionOptions } from './database-options.ts'

/** Runs statements: the pool, or one transaction. */
export interface Queries {
  /**
   * All rows.
   * @throws ServiceError `database_timeout`, `database_unavailable` or `database_contention` for what comes from the way to
   * the server, or from other transactions;
   * CallCancelledError when the caller went away; for a refused statement whatever the driver throws, with the
   * server's SQLSTATE as `code`
   */
  rows<R extends QueryResultRow>(statement: Statement, values?: readonly unknown[]): Promise<R[]>
  /** The first row or null. @throws as `rows` */
  row<R extends QueryResultRow>(statement: Statement, values?: readonly unknown[]): Promise<R | null>
}

/** The client's own limit for an answer is this much above the server's: the server's message says more. */
const CLIENT_MARGIN_MS = 300
const TRANSACTION_ATTEMPTS = 3
/** Before a transaction is repeated: up to this, doubled each time. Those who collided must not do so again. */
const REPEAT_DELAY_MS = 20

/**
 * A PostgreSQL pool in which nothing waits without a limit. Each statement ends with the deadline of the current
 * request, and is then cancelled at the server as well; a server that does not answer is left alone by a breaker.
 *
 * @example
 * const database = new Database({ url: config.DATABASE_URL, name: 'orders' })
 * const order = await database.row<Order>({ name: 'order-by-id', text: 'select * from orders where id = $1' }, [id])
 */
export class Database implements Queries {
  readonly #pool: Pool
  readonly #probe: Pool
  readonly #policy: CallPolicy
  readonly #transactions: CallPolicy
  readonly #bulkhead: Bulkhead
  readonly #breaker: CircuitBreaker | null
  readonly #clock: Clock
  readonly #random: () => number
  readonly #trace: TracePort | null
  readonly #statementLimitMs: number
  #probing: Promise<boolean> | null = null

  /** @throws RangeError for an option outside of its bounds */
  constructor(options: DatabaseOptions) {
    const statementMs = durationMs('statementTimeoutMs', options.statementTimeoutMs ?? 2500)
    const connectMs = durationMs('connectTimeoutMs', options.connectTimeoutMs ?? 2000)
    const connectionsMax = wholeWithin('connectionsMax', options.connectionsMax ?? 10, 1, 10_000)
    const waitingMax = wholeWithin('waitingMax', options.waitingMax ?? 100, 0, 100_000)
    const idleMin = wholeWithin('connectionsIdleMin', options.connectionsIdleMin ?? 0, 0, connectionsMax)
    const idleMs = durationMs('idleTimeoutMs', options.idleTimeoutMs ?? 30_000)
    const lifetimeMs = durationMs('connectionLifetimeMs', options.connectionLifetimeMs ?? 300_000, 1000)
    const idleInMs = durationMs('idleInTransactionTimeoutMs', options.idleInTransactionTimeoutMs ?? 10_000)
    this.#statementLimitMs = statementMs + CLIENT_MARGIN_MS
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? Math.random
    this.#trace = options.trace ?? null
    this.#breaker = options.breaker === undefined ? breakerFor(this.#clock, this.#random) : options.breaker
    this.#bulkhead = new Bulkhead(connectionsMax, waitingMax, {
      queueTimeoutMs: options.poolTimeoutMs ?? connectMs,
      clock: this.#clock,
    })
    const common = {
      name: 'database',
      breaker: this.#breaker,
      bulkhead: this.#bulkhead,
      isFailure: isDatabaseFailure,
      clock: this.#clock,
      random: this.#random,
      ...(options.onCall && { onCall: options.onCall }),
    }
    this.#policy = new CallPolicy({ ...common, timeoutMs: connectMs + this.#statementLimitMs })
    this.#transactions = new CallPolicy({ ...common, timeoutMs: options.transactionTimeoutMs ?? 30_000 })
    const connection = { connectionString: options.url, application_name: options.name, keepAlive: true }
    this.#pool = new Pool({
      ...connection,
      max: connectionsMax,
      min: idleMin,
      connectionTimeoutMillis: connectMs,
      statement_timeout: statementMs,
      idle_in_transaction_session_timeout: idleInMs,
      idleTimeoutMillis: idleMs,
      maxLifetimeSeconds: Math.ceil(lifetimeMs / 1000),
    })
    // A connection of its own: readiness does not depend on how busy the others are.
    this.#probe = new Pool({
      ...connection,
      max: 1,
      connectionTimeoutMillis: 600,
      query_timeout: 600,
      statement_timeout: 600,
    })
    const onIdleError = options.onIdleError ?? (() => {})
    for (const pool of [this.#pool, this.#probe]) {
      pool.on('error', onIdleError)
      // While somebody has it the pool does not listen: a connection that breaks between two statements of a
      // transaction would end the process. The next statement fails, which is told to whoever asks it.
      pool.on('connect', (client) => client.on('error', () => {}))
    }
  }

  /** As {@link Queries.rows}, on any connection of the pool. */
  rows<R extends QueryResultRow>(statement: Statement, values: readonly unknown[] = []): Promise<R[]> {
    return this.#call(statement.name, this.#policy, async (lease) => {
      try {
        return await lease.query<R>(statement, values)
      } finally {
        lease.release()
      }
    })
  }

  /** As {@link Queries.row}, on any connection of the pool. */
  async row<R extends QueryResultRow>(statement: Statement, values: readonly unknown[] = []): Promise<R | null> {
    return (await this.rows<R>(statement, values))[0] ?? null
  }

  /**
   * Commits what `work` did, or rolls it back when it throws, when time is over, or when the caller goes away. A connection
   * whose rollback fails is dropped.
   * @throws as `rows`, or whatever `work` throws; Error when the server rolled back although `work` swallowed the failure of a
   * statement
   */
  async transaction<T>(work: (queries: Queries) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const attemptsMax = options.repeatable ? TRANSACTION_ATTEMPTS : 1
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#call('transaction', this.#transactions, (lease) => this.#transact(lease, work, options))
      } catch (error) {
        if (attempt >= attemptsMax || !isSerializationFailure(error)) throw error
        const delayMs = this.#random() * REPEAT_DELAY_MS * 2 ** attempt
        // A deadline that is over by then ends the next attempt before it begins.
        await new Promise<void>((resolve) => void this.#clock.setTimeout(resolve, delayMs))
      }
    }
  }

  /** Whether the database answers, within `timeoutMs` (default 800). Never throws; concurrent callers share one question. */
  async answers(timeoutMs = 800): Promise<boolean> {
    this.#probing ??= this.#probe
      .query('select 1')
      .then(() => {
        // No caller has to be refused any more to find out.
        this.#breaker?.hint()
        return true
      })
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
    const { total, idle, waiting } = this.stats()
    return { total, idle, waiting }
  }

  /** The pool and its breaker, for gauges. */
  stats(): DatabaseStats {
    return {
      total: this.#pool.totalCount,
      idle: this.#pool.idleCount,
      inUse: this.#bulkhead.running,
      waiting: this.#bulkhead.queued,
      connectionsMax: this.#bulkhead.concurrentMax,
      breaker: this.#breaker?.state.kind ?? null,
    }
  }

  /** Closes the connections as soon as they are given back. */
  async close(): Promise<void> {
    await Promise.allSettled([this.#pool.end(), this.#probe.end()])
  }

  async #call<T>(name: string, policy: CallPolicy, work: (lease: Lease) => Promise<T>): Promise<T> {
    const span = this.#trace?.startSpan(name, 'client', { 'db.system.name': 'postgresql' }) ?? null
    // What the work threw is not ours to translate: in a transaction it may come from anywhere.
    let thrown: unknown
    try {
      const value = await policy.run(async (call) => {
        const lease = await this.#lease(call)
        return work(lease).catch((error: unknown) => {
          thrown = error
          throw error
        })
      })
      span?.end()
      return value
    } catch (error) {
      const known = error === thrown ? error : databaseError(error)
      span?.end(known)
      throw known
    }
  }

  async #lease(call: PolicyCall): Promise<Lease> {
    let givenUp = false
    call.onGivenUp(() => (givenUp = true))
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw databaseError(error)
    })
    if (!givenUp) return new Lease(client, call, this.#statementLimitMs)
    client.release()
    throw new Error('given up while the connection was made')
  }

  async #transact<T>(lease: Lease, work: (queries: Queries) => Promise<T>, options: TransactionOptions): Promise<T> {
    const rows = <R extends QueryResultRow>(statement: Statement, values: readonly unknown[] = []): Promise<R[]> =>
      lease.query<R>(statement, values)
    const queries: Queries = {
      rows,
      row: async <R extends QueryResultRow>(...asked: Parameters<typeof rows>) => (await rows<R>(...asked))[0] ?? null,
    }
    try {
      await lease.begin(options)
      const result = await work(queries)
      // A transaction in which a statement failed is rolled back by COMMIT, without an error.
      const done = await lease.command('COMMIT')
      if (done !== 'COMMIT') throw new Error('the transaction was rolled back: a statement in it had failed')
      return result
    } catch (error) {
      await lease.command('ROLLBACK').catch(() => lease.drop())
      throw error
    } finally {
      lease.release()
    }
  }
}

/** A database comes back in an instant, and each refused call is an error to somebody: it is asked again soon. */
function breakerFor(clock: Clock, random: () => number): CircuitBreaker {
  return new CircuitBreaker({
    name: 'database',
    openMs: 1000,
    probeTimeoutMs: 3000,
    recoveryMs: 2000,
    recoverySuccesses: 5,
    recoveryShare: 0.5,
    nowMs: clock.nowMs,
    random,
  })
}
