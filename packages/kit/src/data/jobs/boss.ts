import { getConstructionPlans, PgBoss } from 'pg-boss'
import type { PgPool } from '../sql-client.ts'
import type { ResolvedJobType } from './job-type.ts'

/** What pg-boss asks of a database. */
export interface BossDatabase {
  executeSql(text: string, values?: unknown[]): Promise<{ rows: never[] }>
}

/** Between the deadline here and the one in the database, so that a living process always speaks first. */
const EXPIRY_MARGIN_S = 2

const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000))

/** Only pg-boss reads the rows: nothing here depends on their shape. */
export function bossDatabase(client: Pick<PgPool, 'query'>): BossDatabase {
  return { executeSql: (text, values) => client.query<never>(text, values) }
}

/**
 * The SQL of pg-boss's tables, for a migration of the service where the running role may not create them.
 * @throws RangeError for a malformed schema name
 */
export function jobsSchemaSql(schema = 'kit_jobs'): string {
  return getConstructionPlans(checkedSchema(schema))
}

export function checkedSchema(schema: string): string {
  if (!/^[a-z_][a-z0-9_]{0,47}$/.test(schema))
    throw new RangeError(`schema: expected lower case letters, digits and underscores, got ${JSON.stringify(schema)}`)
  return schema
}

export interface BossOptions {
  readonly pool: PgPool
  readonly schema: string
  readonly installSchema: boolean
  readonly superviseMs: number
  readonly withSchedules: boolean
  readonly scheduleCheckMs: number
  readonly onError: (error: unknown) => void
}

/** pg-boss on the given pool; it keeps no connection of its own. */
export function createBoss(options: BossOptions): PgBoss {
  const superviseSeconds = Math.min(3600, seconds(options.superviseMs))
  const boss = new PgBoss({
    db: bossDatabase(options.pool),
    schema: options.schema,
    migrate: options.installSchema,
    createSchema: options.installSchema,
    supervise: true,
    superviseIntervalSeconds: superviseSeconds,
    monitorIntervalSeconds: superviseSeconds,
    // What is over is deleted this often.
    maintenanceIntervalSeconds: 300,
    schedule: options.withSchedules,
    cronMonitorIntervalSeconds: Math.min(45, seconds(options.scheduleCheckMs)),
    cronWorkerIntervalSeconds: 1,
  })
  boss.on('error', options.onError)
  return boss
}

/** Makes the queues of a job type, or gives them their new settings. */
export async function prepareQueues(boss: PgBoss, type: ResolvedJobType<unknown>): Promise<void> {
  const dead = {
    retentionSeconds: seconds(type.keepDeadMs),
    deleteAfterSeconds: seconds(type.keepDeadMs),
    retryLimit: 0,
  }
  const live = {
    retryLimit: type.retryLimit,
    retryDelay: seconds(type.backoffMs),
    retryBackoff: true,
    retryDelayMax: seconds(type.backoffMaxMs),
    expireInSeconds: seconds(type.expireInMs) + EXPIRY_MARGIN_S,
    retentionSeconds: seconds(type.keepQueuedMs),
    deleteAfterSeconds: seconds(type.keepFinishedMs),
    deadLetter: type.deadQueue,
    warningQueueSize: type.depthMax,
  }
  await boss.createQueue(type.deadQueue, dead)
  await boss.createQueue(type.name, live)
  await boss.updateQueue(type.deadQueue, dead)
  await boss.updateQueue(type.name, live)
}
