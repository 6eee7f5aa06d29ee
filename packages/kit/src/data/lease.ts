import type { PoolClient, QueryResultRow } from 'pg'
import type { PolicyCall } from '../resilience/index.ts'
import { cancelStatement } from './cancel-statement.ts'
import { breaksConnection, databaseError } from './database-error.ts'
import type { Statement, TransactionOptions } from './database-options.ts'

/** How long the server has to end a cancelled statement before its connection is closed; milliseconds. */
const CANCEL_GRACE_MS = 1000
const CANCELLED = '57014'

const BEGIN = {
  default: 'BEGIN',
  'read committed': 'BEGIN ISOLATION LEVEL READ COMMITTED',
  'repeatable read': 'BEGIN ISOLATION LEVEL REPEATABLE READ',
  serializable: 'BEGIN ISOLATION LEVEL SERIALIZABLE',
} as const

/**
 * One connection for one call. When the call is given up the statement that is running is cancelled at the server, so that
 * it does not go on working for nobody; the connection goes back to the pool only if it is known to be at rest.
 */
export class Lease {
  readonly #client: PoolClient
  readonly #call: PolicyCall
  readonly #statementLimitMs: number
  #running: Promise<unknown> | null = null
  #givenUp: Error | null = null
  #broken = false
  #released = false
  #inTransaction = false

  constructor(client: PoolClient, call: PolicyCall, statementLimitMs: number) {
    this.#client = client
    this.#call = call
    this.#statementLimitMs = statementLimitMs
    call.onGivenUp((reason) => {
      this.#givenUp = reason
      void this.#cancel()
    })
  }

  /** @throws as `Queries.rows` */
  async query<R extends QueryResultRow>(statement: Statement, values: readonly unknown[]): Promise<R[]> {
    const { name, text } = statement
    const { rows } = await this.#run(() => this.#client.query<R>({ name, text, values: [...values] }))
    return rows
  }

  /** A command without a name or a result; the tag that it was completed with. */
  async command(text: string): Promise<string> {
    return (await this.#run(() => this.#client.query(text))).command
  }

  /** From here on a call that is given up costs the connection: closing it is what rolls back. */
  begin(options: TransactionOptions): Promise<string> {
    this.#inTransaction = true
    return this.command(`${BEGIN[options.isolation ?? 'default']}${options.readOnly ? ' READ ONLY' : ''}`)
  }

  /** Gives the connection back, for others to use if nothing is wrong with it. */
  release(): void {
    if (this.#released || this.#givenUp) return
    this.#end(this.#broken)
  }

  /** Closes the connection: nobody knows what state it is in. */
  drop(): void {
    this.#broken = true
    this.release()
  }

  async #run<T>(send: () => Promise<T>): Promise<T> {
    if (this.#givenUp) throw databaseError(this.#givenUp)
    if (this.#released) throw new Error('this transaction is over: nothing can be asked in it any more')
    const answer = send()
    this.#running = answer
    this.#call.limitStep(this.#statementLimitMs)
    try {
      return await answer
    } catch (error) {
      if (breaksConnection(error)) this.#broken = true
      throw databaseError(error)
    } finally {
      this.#running = null
      this.#call.limitStep(Infinity)
    }
  }

  async #cancel(): Promise<void> {
    const running = this.#running
    if (this.#released) return
    // In a transaction between two statements: closing the connection rolls it back.
    if (!running) return this.#end(true)
    let timer: NodeJS.Timeout | undefined
    const grace = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, CANCEL_GRACE_MS, false)))
    // Only this error proves that it was this statement that was cancelled, and that nothing is on its way to hit the next.
    const ended = running.then(
      () => false,
      (error: unknown) => (error as { code?: unknown } | null)?.code === CANCELLED,
    )
    await cancelStatement(this.#client, CANCEL_GRACE_MS)
    const atRest = await Promise.race([ended, grace])
    clearTimeout(timer)
    this.#end(!atRest || this.#inTransaction)
  }

  #end(drop: boolean): void {
    if (this.#released) return
    this.#released = true
    this.#client.release(drop)
  }
}
