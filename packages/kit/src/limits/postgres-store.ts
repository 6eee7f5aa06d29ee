import type { LimitState, LimitTake } from './decision.ts'
import { checkedTable, type PostgresQuery } from './postgres-query.ts'
import { whole } from './rate-limit.ts'
import { checkTakes, type RateLimitStore } from './store.ts'
import { limitStateOf, storeKey } from './store-key.ts'

export interface PostgresRateLimitStoreOptions {
  /** Table made by {@link postgresRateLimitSchema}; may name its schema, `app.rate_limit`. Default `rate_limit`. */
  readonly table?: string
  /** Ended rows are removed after so many takes of this instance, 1 to 100,000. Default 500. */
  readonly cleanUpEvery?: number
  /** What a removal behind a take failed with; it will be tried again. Default: nobody is told. */
  readonly onCleanUpError?: (cause: unknown) => void
  /** Microseconds since 1970 in place of the server's clock: for tests and simulations only. */
  readonly nowUs?: () => number
}

type Mode = 'take' | 'peek' | 'refund'
/** Rows that one removal may take out: twice as many as came in since the last one. */
const ROWS_PER_TAKE = 2
const US_PER_MIN = 60_000_000

/**
 * The table and the function that {@link PostgresRateLimitStore} needs, for a migration; may be run again.
 *
 * The table is unlogged: counters need not survive a crash, and so cost no WAL. Rows are locked in one order, so takes
 * never deadlock, and the clock is read after the locks, so that waiting for one does not count as time gone by.
 * `expires_min` is coarse on purpose: an index on the exact moment would make every take write an index entry.
 *
 * @param table Default `rate_limit`.
 * @throws RangeError for a malformed name
 */
export function postgresRateLimitSchema(table = 'rate_limit'): string {
  const name = checkedTable(table)
  const index = name.replace('.', '_')
  return `
create unlogged table if not exists ${name} (
  key text primary key,
  arrival_us bigint not null,
  expires_min integer not null
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
create index if not exists ${index}_expires on ${name} (expires_min);
create or replace function ${name}_count(keys text[], increments bigint[], tolerances bigint[], mode text, at_us bigint)
returns table (fits boolean, used_us bigint) language plpgsql set lock_timeout = '1s' as $$
declare
  n constant int := cardinality(keys);
  now_us bigint := at_us;
  arrival bigint;
  arrivals bigint[] := '{}';
  used bigint[] := '{}';
  room boolean[] := '{}';
begin
  for i in 1..n loop
    if mode = 'peek' then
      select r.arrival_us into arrival from ${name} r where r.key = keys[i];
    else
      for attempt in 1..5 loop
        select r.arrival_us into arrival from ${name} r where r.key = keys[i] for update;
        exit when found or mode <> 'take';
        insert into ${name} values (keys[i], 0, 0) on conflict do nothing;
        if attempt = 5 then raise exception 'rate limit row came and went'; end if;
      end loop;
    end if;
    arrivals := arrivals || coalesce(arrival, 0);
    arrival := null;
  end loop;
  if now_us is null then now_us := (extract(epoch from clock_timestamp()) * 1000000)::bigint; end if;
  for i in 1..n loop
    used := used || greatest(0, least(arrivals[i] - now_us, tolerances[i]));
    room := room || (used[i] + increments[i] <= tolerances[i]);
  end loop;
  for i in 1..n loop
    if mode = 'take' and true = all (room) then
      used[i] := used[i] + increments[i];
      update ${name} r set arrival_us = now_us + used[i], expires_min = (now_us + used[i]) / ${US_PER_MIN} + 1
        where r.key = keys[i];
    elsif mode = 'take' and arrivals[i] > now_us + tolerances[i] then
      update ${name} r set arrival_us = now_us + used[i], expires_min = (now_us + used[i]) / ${US_PER_MIN} + 1
        where r.key = keys[i];
    elsif mode = 'refund' then
      used[i] := greatest(0, used[i] - increments[i]);
      room[i] := true;
      update ${name} r set arrival_us = now_us + used[i] where r.key = keys[i];
    end if;
    fits := room[i];
    used_us := used[i];
    return next;
  end loop;
end $$;
`
}

/**
 * Counters in PostgreSQL: one statement per take, on the server's clock. For services that have a database and no Redis
 * and some hundred takes a second; beyond it Redis is the better place.
 *
 * @example
 * await pool.query(postgresRateLimitSchema())
 * const store = new PostgresRateLimitStore(pool)
 */
export class PostgresRateLimitStore implements RateLimitStore {
  readonly #database: PostgresQuery
  readonly #table: string
  readonly #cleanUpEvery: number
  readonly #onCleanUpError: (cause: unknown) => void
  readonly #nowUs: (() => number) | undefined
  #sinceCleanUp = 0
  #cleaning = false

  /** @throws RangeError for a malformed table name or `cleanUpEvery` outside 1 to 100,000 */
  constructor(database: PostgresQuery, options: PostgresRateLimitStoreOptions = {}) {
    this.#database = database
    this.#table = checkedTable(options.table ?? 'rate_limit')
    this.#cleanUpEvery = options.cleanUpEvery ?? 500
    whole(this.#cleanUpEvery, 1, 100_000, 'cleanUpEvery')
    this.#onCleanUpError = options.onCleanUpError ?? (() => {})
    this.#nowUs = options.nowUs
  }

  async take(takes: readonly LimitTake[]): Promise<readonly LimitState[]> {
    const states = await this.#count('take', takes)
    this.#sinceCleanUp += takes.length
    if (this.#sinceCleanUp >= this.#cleanUpEvery && !this.#cleaning) void this.#cleanUpBehind()
    return states
  }

  peek(takes: readonly LimitTake[]): Promise<readonly LimitState[]> {
    return this.#count('peek', takes)
  }

  refund(takes: readonly LimitTake[]): Promise<readonly LimitState[]> {
    return this.#count('refund', takes)
  }

  async reset(takes: readonly Pick<LimitTake, 'limit' | 'key'>[]): Promise<void> {
    const keys = takes.map((take) => storeKey('', take)).sort()
    await this.#database.query(
      {
        name: `${this.#table}_reset`,
        text: `delete from ${this.#table} where key in (select key from ${this.#table} where key = any($1::text[]) order by key for update)`,
      },
      [keys],
    )
  }

  /**
   * Removes up to `rowsMax` rows whose quota has come back; rows in use are passed over. Happens behind takes anyway;
   * for a job of one's own.
   * @param rowsMax 1 to 100,000.
   * @returns rows removed
   */
  async cleanUp(rowsMax: number): Promise<number> {
    whole(rowsMax, 1, 100_000, 'rowsMax')
    const { rows } = await this.#database.query(
      {
        name: `${this.#table}_clean_up`,
        text: `delete from ${this.#table} where ctid = any(array(
          select ctid from ${this.#table}
          where expires_min < coalesce($2::int, floor(extract(epoch from clock_timestamp()) / 60)::int)
          order by expires_min limit $1 for update skip locked)) returning 1`,
      },
      [rowsMax, this.#nowUs === undefined ? null : Math.floor(this.#nowUs() / US_PER_MIN)],
    )
    return rows.length
  }

  async #count(mode: Mode, takes: readonly LimitTake[]): Promise<readonly LimitState[]> {
    checkTakes(takes)
    const keyed = takes.map((take, index) => ({ ...take, index, stored: storeKey('', take) }))
    // One order everywhere: two takes of the same keys never wait for each other in a circle.
    keyed.sort((a, b) => (a.stored < b.stored ? -1 : 1))
    const { rows } = await this.#database.query(
      {
        name: `${this.#table}_count`,
        text: `select fits, used_us from ${this.#table}_count($1::text[], $2::bigint[], $3::bigint[], $4, $5)`,
      },
      [
        keyed.map((take) => take.stored),
        keyed.map((take) => take.cost * take.limit.intervalUs),
        keyed.map((take) => take.limit.toleranceUs),
        mode,
        this.#nowUs?.() ?? null,
      ],
    )
    const states = new Map<number, LimitState>()
    for (const [position, { index }] of keyed.entries()) {
      const row = rows[position]
      if (typeof row !== 'object' || row === null || !('fits' in row) || !('used_us' in row))
        throw new Error('the table of the rate limits answered fewer rows than it was asked for')
      states.set(index, limitStateOf(row.fits, row.used_us))
    }
    return takes.map((_, index) => states.get(index) ?? { fits: false, usedUs: 0 })
  }

  async #cleanUpBehind(): Promise<void> {
    this.#cleaning = true
    const rowsMax = Math.min(100_000, this.#sinceCleanUp * ROWS_PER_TAKE)
    this.#sinceCleanUp = 0
    try {
      await this.cleanUp(rowsMax)
    } catch (cause) {
      this.#onCleanUpError(cause)
    } finally {
      this.#cleaning = false
    }
  }
}
