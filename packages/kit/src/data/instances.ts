import { randomUUID } from 'node:crypto'
import { createPause } from './pg-listener.ts'
import { compareVersions, parseVersion } from './semver.ts'
import { type PgPool, qualified, type SqlClient } from './sql-client.ts'

/** Rows of instances that ended without a word are removed after this long. */
const FORGET_AFTER_S = 86_400

/**
 * The SQL of the table of live instances, for a migration of the service.
 * @throws RangeError for a malformed name
 */
export function instancesSchemaSql(table = 'kit_instances'): string {
  return `create table ${qualified(table)} (
  id uuid primary key,
  version text not null check (length(version) between 5 and 256),
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now()
);
`
}

export interface InstanceHeartbeatOptions {
  readonly pool: PgPool
  /** Version of the release that runs, as Semantic Versioning writes it. */
  readonly version: string
  /** Default `kit_instances`. */
  readonly table?: string
  /** How often the instance says that it lives; milliseconds, spread by a tenth. Default 10,000. */
  readonly intervalMs?: number
  /** Told of beats that failed; the next one is tried all the same. */
  readonly onError?: (error: unknown) => void
  readonly random?: () => number
}

export interface InstanceHeartbeat {
  /** Ends it and takes the instance out of the table. */
  stop(): Promise<void>
}

/**
 * Says in the database that an instance of this version lives, so that a contract migration can wait for older ones to
 * be gone. Resolves after the first beat was written, or has failed.
 * @throws RangeError for a version that is none, or an interval that is not above zero
 */
export async function startInstanceHeartbeat(options: InstanceHeartbeatOptions): Promise<InstanceHeartbeat> {
  const intervalMs = options.intervalMs ?? 10_000
  if (!parseVersion(options.version))
    throw new RangeError(`version: expected a version like "1.4.0", got ${JSON.stringify(options.version)}`)
  if (!(intervalMs > 0)) throw new RangeError(`intervalMs: expected milliseconds above 0, got ${intervalMs}`)
  const table = qualified(options.table ?? 'kit_instances')
  const id = randomUUID()
  const pause = createPause()
  const random = options.random ?? Math.random
  let isStopping = false
  const attempt = (text: string, values: unknown[]): Promise<void> =>
    options.pool.query(text, values).then(
      () => {},
      (error: unknown) => options.onError?.(error),
    )
  const beat = async (): Promise<void> => {
    await attempt(`insert into ${table} (id, version) values ($1, $2) on conflict (id) do update set seen_at = now()`, [
      id,
      options.version,
    ])
    await attempt(`delete from ${table} where seen_at < now() - make_interval(secs => $1)`, [FORGET_AFTER_S])
  }
  await beat()
  const run = async (): Promise<void> => {
    while (!isStopping) {
      await pause.wait(intervalMs * (0.9 + 0.2 * random()))
      if (!isStopping) await beat()
    }
  }
  const running = run()
  return {
    stop: async () => {
      isStopping = true
      pause.end()
      await running
      await attempt(`delete from ${table} where id = $1`, [id])
    },
  }
}

/** What is known of the instances that run. */
export type LiveInstances =
  { readonly known: false } | { readonly known: true; readonly count: number; readonly oldest: string }

/**
 * The oldest version among the instances that were seen within `liveForMs`, by the database's clock. Unknown when the
 * table is not there, nobody is in it, or a version can't be read: never taken for "nobody runs".
 */
export async function liveInstances(
  client: SqlClient,
  table = 'kit_instances',
  liveForMs = 60_000,
): Promise<LiveInstances> {
  const name = qualified(table)
  const found = await client.query<{ found: boolean }>('select to_regclass($1) is not null as found', [name])
  if (!found.rows[0]?.found) return { known: false }
  const { rows } = await client.query<{ version: string; count: number }>(
    `select version, count(*)::int as count from ${name}
     where seen_at > now() - make_interval(secs => $1) group by version limit 1000`,
    [liveForMs / 1000],
  )
  let oldest: { text: string; version: NonNullable<ReturnType<typeof parseVersion>> } | null = null
  for (const row of rows) {
    const version = parseVersion(row.version)
    if (!version) return { known: false }
    if (!oldest || compareVersions(version, oldest.version) < 0) oldest = { text: row.version, version }
  }
  if (!oldest) return { known: false }
  return { known: true, count: rows.reduce((sum, row) => sum + row.count, 0), oldest: oldest.text }
}
