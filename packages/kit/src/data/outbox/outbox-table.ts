import type { PgPool } from '../sql-client.ts'

/** What gauges show. */
export interface OutboxStats {
  /** Messages that wait, counted up to 100,000. */
  readonly pending: number
  /** Age of the oldest waiting one: how far the outside is behind; milliseconds. 0 when none waits. */
  readonly lagMs: number
  /** Dead messages, counted up to 100,000. */
  readonly dead: number
}

const COUNT_MAX = 100_000
const CHUNK = 1000
const CHUNKS_MAX = 10

export async function readStats(pool: PgPool, table: string): Promise<OutboxStats> {
  const { rows } = await pool.query<OutboxStats>(
    `select
       (select count(*)::int from (select 1 from ${table} where delivered_at is null and dead_at is null limit $1) p) as pending,
       (select count(*)::int from (select 1 from ${table} where dead_at is not null limit $1) d) as dead,
       coalesce((select greatest(0, extract(epoch from clock_timestamp() - min(created_at)) * 1000)::float8 from ${table}
         where delivered_at is null and dead_at is null), 0) as "lagMs"`,
    [COUNT_MAX],
  )
  return rows[0] ?? { pending: 0, lagMs: 0, dead: 0 }
}

/** Removes old messages in chunks, at most 10,000 of each kind a time: the next round goes on. */
export async function cleanUp(
  pool: PgPool,
  table: string,
  keep: { readonly keepDeliveredMs: number; readonly keepDeadMs: number },
): Promise<void> {
  const kinds = [
    ['delivered_at', keep.keepDeliveredMs],
    ['dead_at', keep.keepDeadMs],
  ] as const
  for (const [column, keepMs] of kinds) {
    for (let chunk = 0; chunk < CHUNKS_MAX; chunk += 1) {
      const { rowCount } = await pool.query(
        `delete from ${table} where id in (
           select id from ${table} where ${column} < now() - make_interval(secs => $1)
           order by ${column} limit $2 for update skip locked)`,
        [keepMs / 1000, CHUNK],
      )
      if ((rowCount ?? 0) < CHUNK) break
    }
  }
}

/**
 * Puts dead messages back as new ones with their old dedupe ids: at the end of their order, since the ones behind them
 * went on long ago.
 */
export async function replayDead(pool: PgPool, table: string, limit: number): Promise<number> {
  const columns = 'dedupe_id, topic, stream, payload, correlation_id, traceparent, tracestate'
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
    throw new RangeError(`limit: expected 1 to 10,000, got ${limit}`)
  const client = await pool.connect()
  try {
    await client.query('begin')
    const { rows } = await client.query<{ id: string }>(
      `select id from ${table} where dead_at is not null order by id limit $1 for update skip locked`,
      [limit],
    )
    const ids = rows.map((row) => row.id)
    // Away first: a dedupe id is there once.
    await client.query(
      `create temporary table kit_replayed on commit drop as
         select id, ${columns} from ${table} where id = any($1::bigint[])`,
      [ids],
    )
    await client.query(`delete from ${table} where id = any($1::bigint[])`, [ids])
    await client.query(`insert into ${table} (${columns}) select ${columns} from kit_replayed order by id`)
    await client.query('commit')
    return ids.length
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  } finally {
    client.release()
  }
}
