import type { CallHook, CircuitBreaker, Clock, TracePort } from '../resilience/index.ts'

export interface DatabaseOptions {
  readonly url: string
  /** Shown in the server's activity view. */
  readonly name: string
  /** Connections at most. Default 10. */
  readonly connectionsMax?: number
  /** Connections that are kept open although nobody uses them. Default 0. */
  readonly connectionsIdleMin?: number
  /** After how long an unused connection beyond those is closed; milliseconds. Default 30,000. */
  readonly idleTimeoutMs?: number
  /** After how long a connection is replaced, so that the name is resolved again; milliseconds. Default 300,000. */
  readonly connectionLifetimeMs?: number
  /** Limit for making a connection; milliseconds. Default 2,000. */
  readonly connectTimeoutMs?: number
  /** Limit for the wait for a free connection; milliseconds. Default: `connectTimeoutMs`. */
  readonly poolTimeoutMs?: number
  /** Callers that may wait for a connection; more are refused at once. Default 100. */
  readonly waitingMax?: number
  /** Limit the server enforces for one statement; the client gives up 300 ms later. Milliseconds. Default 2,500. */
  readonly statementTimeoutMs?: number
  /** Limit for a whole transaction, the wait for a connection not included; milliseconds. Default 30,000. */
  readonly transactionTimeoutMs?: number
  /** Limit the server enforces for a transaction in which nothing is asked; milliseconds. Default 10,000. */
  readonly idleInTransactionTimeoutMs?: number
  /**
   * Counts connections that break and time limits, never a statement that the server refuses. Default: one of its own
   * that opens at the 4th failure in a row for 1 s and recovers within 2 s or 5 successes. Null for none.
   */
  readonly breaker?: CircuitBreaker | null
  /** Told about errors of idle connections: they are replaced, nobody waits for them. */
  readonly onIdleError?: (error: Error) => void
  /** Told once per statement outside of a transaction, and once per transaction. */
  readonly onCall?: CallHook
  /** Makes a span per statement and per transaction. */
  readonly trace?: TracePort
  readonly clock?: Clock
  /** From 0 up to 1. */
  readonly random?: () => number
}

/** A statement with a name is prepared once per connection. */
export interface Statement {
  readonly name: string
  readonly text: string
}

export interface TransactionOptions {
  /** Default `read committed`. */
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable'
  readonly readOnly?: boolean
  /**
   * `work` may run more than once: it changes nothing but the database. Then a serialization failure (40001) or a
   * deadlock (40P01) is answered by running it again, 3 times in all. Default false.
   */
  readonly repeatable?: boolean
}

/** What the pool is doing, for gauges. */
export interface DatabaseStats {
  /** Connections that are open or being made. */
  readonly total: number
  readonly idle: number
  /** Callers that have a connection or get one now. */
  readonly inUse: number
  /** Callers that wait for one. */
  readonly waiting: number
  readonly connectionsMax: number
  readonly breaker: 'closed' | 'open' | 'half-open' | 'recovering' | null
}
