import { checkedTable, type PostgresQuery } from '../limits/postgres-query.ts'
import { whole } from '../limits/rate-limit.ts'
import { type IdempotencyStore, IdempotencyStoreError, type StoredState } from './store.ts'

export interface PostgresIdempotencyStoreOptions {
  /** Table made by {@link postgresIdempotencySchema}; may name its schema. Default `idempotency_key`. */
  readonly table?: string
  /** Rows that ran out are removed after so many begins of this instance, 1 to 100,000. Default 200. */
  readonly cleanUpEvery?: number
  /** What a removal behind a begin failed with; it will be tried again. Default: nobody is told. */
  readonly onCleanUpError?: (cause: unknown) => void
}

/** A row can run out between two statements; more often than this it is no coincidence. */
const TRIES = 5

/**
 * The table that {@link PostgresIdempotencyStore} needs, for a migration; may be run again. It is logged, unlike that of
 * rate limits: a key that a crash forgets is a payment made twice.
 *
 * @param table Default `idempotency_key`.
 * @throws RangeError for a malformed name
 */
export function postgresIdempotencySchema(table = 'idempotency_key'): string {
  const name = checkedTable(table)
  return `
create table if not exists ${name} (
  id text primary key,
  fingerprint text not null,
  token text not null,
  answer text,
  expires_at timestamptz not null
);
create index if not exists ${name.replace('.', '_')}_expires on ${name} (expires_at);
`
}

/**
 * Keys in PostgreSQL, on the server's clock.
 *
 * @example
 * await pool.query(postgresIdempotencySchema())
 * const store = new PostgresIdempotencyStore(pool)
 */
export class PostgresIdempotencyStore implements IdempotencyStore {
  readonly #database: PostgresQuery
  readonly #table: string
  readonly #cleanUpEvery: number
  readonly #onCleanUpError: (cause: unknown) => void
  #begun = 0
  #cleaning = false

  /** @throws RangeError for a malformed table name or `cleanUpEvery` outside 1 to 100,000 */
  constructor(database: PostgresQuery, options: PostgresIdempotencyStoreOptions = {}) {
    this.#database = database
    this.#table = checkedTable(options.table ?? 'idempotency_key')
    this.#cleanUpEvery = options.cleanUpEvery ?? 200
    whole(this.#cleanUpEvery, 1, 100_000, 'cleanUpEvery')
    this.#onCleanUpError = options.onCleanUpError ?? (() => {})
  }

  async begin(entry: { id: string; fingerprint: string; token: string; leaseMs: number }): Promise<StoredState> {
    this.#begun += 1
    if (this.#begun >= this.#cleanUpEvery && !this.#cleaning) void this.#cleanUpBehind()
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const taken = await this.#database.query(
        {
          name: `${this.#table}_begin`,
          text: `insert into ${this.#table} as k (id, fingerprint, token, answer, expires_at)
         values ($1, $2, $3, null, clock_timestamp() + $4 * interval '1 millisecond')
         on conflict (id) do update set fingerprint = excluded.fingerprint, token = excluded.token, answer = null,
           expires_at = excluded.expires_at
         where k.expires_at <= clock_timestamp() returning 1`,
        },
        [entry.id, entry.fingerprint, entry.token, entry.leaseMs],
      )
      if (taken.rows.length > 0) return { state: 'started' }
      const { rows } = await this.#database.query(
        {
          name: `${this.#table}_look`,
          text: `select fingerprint, answer,
           (extract(epoch from expires_at - clock_timestamp()) * 1000)::float8 as remaining_ms
         from ${this.#table} where id = $1 and expires_at > clock_timestamp()`,
        },
        [entry.id],
      )
      const [row] = rows
      if (row !== undefined) return stateOf(row)
    }
    throw new IdempotencyStoreError('store_malformed', 'a key ran out again and again while it was asked for')
  }

  async complete(entry: { id: string; token: string; answer: string; ttlMs: number }): Promise<boolean> {
    const { rows } = await this.#database.query(
      {
        name: `${this.#table}_complete`,
        text: `update ${this.#table} set answer = $3, expires_at = clock_timestamp() + $4 * interval '1 millisecond'
       where id = $1 and token = $2 and answer is null and expires_at > clock_timestamp() returning 1`,
      },
      [entry.id, entry.token, entry.answer, entry.ttlMs],
    )
    return rows.length > 0
  }

  async release(entry: { id: string; token: string }): Promise<boolean> {
    const { rows } = await this.#database.query(
      {
        name: `${this.#table}_release`,
        text: `delete from ${this.#table}
       where id = $1 and token = $2 and answer is null and expires_at > clock_timestamp() returning 1`,
      },
      [entry.id, entry.token],
    )
    return rows.length > 0
  }

  /**
   * Removes up to `rowsMax` rows that ran out. Happens behind begins anyway; for a job of one's own.
   * @param rowsMax 1 to 100,000.
   * @returns rows removed
   */
  async cleanUp(rowsMax: number): Promise<number> {
    whole(rowsMax, 1, 100_000, 'rowsMax')
    const { rows } = await this.#database.query(
      {
        name: `${this.#table}_clean_up`,
        text: `delete from ${this.#table} where ctid = any(array(select ctid from ${this.#table}
       where expires_at <= clock_timestamp() order by expires_at limit $1 for update skip locked)) returning 1`,
      },
      [rowsMax],
    )
    return rows.length
  }

  async #cleanUpBehind(): Promise<void> {
    this.#cleaning = true
    // Twice what came in: what has run out never piles up.
    const rowsMax = Math.min(100_000, 2 * this.#begun)
    this.#begun = 0
    try {
      await this.cleanUp(rowsMax)
    } catch (cause) {
      this.#onCleanUpError(cause)
    } finally {
      this.#cleaning = false
    }
  }
}

function stateOf(row: unknown): StoredState {
  if (typeof row === 'object' && row !== null && 'fingerprint' in row && 'answer' in row && 'remaining_ms' in row) {
    const { fingerprint, answer, remaining_ms: remainingMs } = row
    if (typeof fingerprint === 'string' && typeof answer === 'string')
      return { state: 'completed', fingerprint, answer }
    if (typeof fingerprint === 'string' && answer === null && typeof remainingMs === 'number')
      return { state: 'held', fingerprint, remainingMs: Math.max(0, remainingMs) }
  }
  throw new IdempotencyStoreError('store_malformed', 'the table of idempotency keys answered something else')
}
