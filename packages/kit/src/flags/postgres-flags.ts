import { createPause, PgListener } from '../data/pg-listener.ts'
import { flatName, type PgPool, qualified } from '../data/sql-client.ts'
import { FlagStore, type FlagStoreOptions } from './flag-store.ts'

/** A set of flags that is kept up to date, and how that is begun and ended. */
export interface FlagSource {
  readonly store: FlagStore
  /** Loads the flags for the first time. Resolves when there are some, or rejects after a bounded time; loading goes on. */
  start(): Promise<void>
  stop(): Promise<void>
}

export interface PostgresFlagsOptions extends FlagStoreOptions {
  /** A `pg.Pool` for background work; one of its connections listens. See `createBackgroundPool`. */
  readonly pool: PgPool
  /** Default `kit_flags`. `flagsSchemaSql` makes it. */
  readonly table?: string
  /** How often the table is read without a notification; milliseconds, spread by a tenth. Default 30,000. */
  readonly pollMs?: number
  /** How long `start` waits for the first load; milliseconds. Default 3,000. */
  readonly startTimeoutMs?: number
  /** Without a successful load for this long, answers carry the reason STALE; milliseconds. Default 90,000; 0: at the first failure. */
  readonly staleAfterMs?: number
  /** Whether to listen for changes, which takes a connection. Default true. */
  readonly listen?: boolean
  /** Told of loads that failed. */
  readonly onError?: (error: unknown) => void
  readonly random?: () => number
}

/** Bytes of one definition at most; the table refuses longer ones. */
const DEFINITION_BYTES_MAX = 65_536

/**
 * The SQL of the table, for a migration of the service. A trigger notifies at every change, also one made by hand.
 * @throws RangeError for a malformed name
 */
export function flagsSchemaSql(table = 'kit_flags'): string {
  const name = qualified(table)
  const flat = flatName(table)
  return `create table ${name} (
  key text primary key check (key ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'),
  definition jsonb not null check (octet_length(definition::text) <= ${DEFINITION_BYTES_MAX}),
  updated_at timestamptz not null default now()
);
create function ${flat}_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('${flat}', '');
  return null;
end $$;
create trigger ${flat}_changed after insert or update or delete or truncate on ${name}
  for each statement execute function ${flat}_changed();
`
}

/**
 * Flags from a table, evaluated from memory: the database is never asked while a flag is evaluated, and when it is down
 * the last known good flags answer, with the reason STALE.
 * @throws RangeError for a limit that is not above zero
 * @example
 * const source = createPostgresFlags({ pool })
 * await source.start().catch(report) // the service starts without flags: kill switches have defaults
 */
export function createPostgresFlags(options: PostgresFlagsOptions): FlagSource {
  const limits = { pollMs: options.pollMs ?? 30_000, startTimeoutMs: options.startTimeoutMs ?? 3000 }
  for (const [name, value] of Object.entries(limits))
    if (!(value > 0)) throw new RangeError(`${name}: expected milliseconds above 0, got ${value}`)
  const store = new FlagStore(options)
  const table = qualified(options.table ?? 'kit_flags')
  const flagsMax = options.flagsMax ?? 2000
  const staleAfterMs = options.staleAfterMs ?? 90_000
  const now = options.now ?? (() => performance.now())
  const random = options.random ?? Math.random
  const pause = createPause()
  let isStopping = false
  let loadedAtMs = Number.NEGATIVE_INFINITY
  let running: Promise<void> | null = null
  const first = Promise.withResolvers<void>()
  first.promise.catch(() => {})

  const load = async (): Promise<void> => {
    try {
      // One more than allowed tells "too many" from "exactly that many".
      const { rows } = await options.pool.query<{ key: string; definition: unknown }>(
        `select key, definition from ${table} order by key limit $1`,
        [flagsMax + 1],
      )
      store.replace(new Map(rows.map((row) => [row.key, row.definition])))
      loadedAtMs = now()
      first.resolve()
    } catch (error) {
      options.onError?.(error)
      if (now() - loadedAtMs >= staleAfterMs) store.markStale('the flags could not be read from the database')
    }
  }
  const listener = new PgListener({
    pool: options.pool,
    channel: flatName(options.table ?? 'kit_flags'),
    onWake: () => pause.end(),
    ...(options.onError && { onError: options.onError }),
    random,
  })
  const run = async (): Promise<void> => {
    while (!isStopping) {
      await load()
      if (isStopping) return
      await pause.wait(limits.pollMs * (0.9 + 0.2 * random()))
    }
  }
  return {
    store,
    start: async () => {
      running ??= run()
      if (options.listen ?? true) listener.start()
      const timer = setTimeout(() => {
        first.reject(new Error(`no flags could be read within ${limits.startTimeoutMs} ms; loading goes on`))
      }, limits.startTimeoutMs)
      try {
        await first.promise
      } finally {
        clearTimeout(timer)
      }
    },
    stop: async () => {
      isStopping = true
      pause.end()
      first.resolve()
      await Promise.all([listener.stop(), running])
    },
  }
}
