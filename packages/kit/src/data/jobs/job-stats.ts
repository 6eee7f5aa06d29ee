import type { PgPool } from '../sql-client.ts'
import type { ResolvedJobType } from './job-type.ts'
import type { JobCounters, JobWorker } from './worker.ts'

/** How a job type stands: the first four over all processes, the rest in this one since it started. */
export interface JobStats extends Readonly<JobCounters> {
  /** Jobs that wait, delayed ones and those between attempts included; counted up to 100,000. */
  readonly depth: number
  /** How long the oldest that may start has waited; milliseconds. 0 when none waits. */
  readonly oldestAgeMs: number
  /** Jobs that run in any process; counted up to 100,000. */
  readonly active: number
  /** Jobs among the dead letters; counted up to 100,000. */
  readonly deadLetters: number
  /** Jobs that run in this process. */
  readonly running: number
}

const COUNT_MAX = 100_000

/** Jobs that wait, counted up to a limit. */
export async function countWaiting(pool: PgPool, schema: string, name: string, limit: number): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int as count from (
       select 1 from ${schema}.job where name = $1 and state < 'active' limit $2) as waiting`,
    [name, limit],
  )
  return rows[0]?.count ?? 0
}

interface Row {
  readonly name: string
  readonly depth: number
  readonly active: number
  readonly deadLetters: number
  readonly oldestAgeMs: number
}

export async function readJobStats<Name extends string>(
  pool: PgPool,
  schema: string,
  types: readonly ResolvedJobType<unknown>[],
  workers: ReadonlyMap<string, JobWorker>,
): Promise<Readonly<Record<Name, JobStats>>> {
  const { rows } = await pool.query<Row>(
    `select t.name,
       (select count(*)::int from (select 1 from ${schema}.job where name = t.name and state < 'active' limit $3) w) as depth,
       (select count(*)::int from (select 1 from ${schema}.job where name = t.name and state = 'active' limit $3) a) as active,
       (select count(*)::int from (select 1 from ${schema}.job where name = t.dead and state < 'active' limit $3) d) as "deadLetters",
       coalesce((select greatest(0, extract(epoch from clock_timestamp() - min(start_after)) * 1000)::float8
         from ${schema}.job where name = t.name and state < 'active' and start_after <= now()), 0) as "oldestAgeMs"
     from unnest($1::text[], $2::text[]) as t (name, dead)`,
    [types.map((type) => type.name), types.map((type) => type.deadQueue), COUNT_MAX],
  )
  const none: JobCounters = { completed: 0, failed: 0, dead: 0, givenBack: 0, slaMissed: 0 }
  return Object.fromEntries(
    rows.map(({ name, ...counts }) => {
      const worker = workers.get(name)
      return [name, { ...counts, ...(worker?.counters ?? none), running: worker?.running ?? 0 }]
    }),
  ) as Record<Name, JobStats>
}
