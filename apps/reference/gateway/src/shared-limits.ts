import { setTimeout as pause } from 'node:timers/promises'
import { createBackgroundPool } from '@greengate/kit/data'
import {
  nodeRedis,
  PostgresRateLimitStore,
  postgresRateLimitSchema,
  RateLimiter,
  type RateLimiterEvent,
  type RateLimitStore,
  RedisRateLimitStore,
} from '@greengate/kit/limits'
import type { Logger } from '@greengate/kit/telemetry'
import { createClient } from 'redis'

/** Counters that all replicas share. */
export interface SharedLimits {
  readonly limiter: RateLimiter<'address'>
  close(): Promise<void>
}

interface OpenStore {
  readonly store: RateLimitStore
  close(): Promise<void>
}

export interface SharedLimitOptions {
  /** redis, rediss, postgres or postgresql. */
  readonly url: string
  readonly perMin: number
  /** How many count to their part while the store is away. */
  readonly replicas: number
  readonly logger: Logger
}

const TABLE = 'gateway_rate_limit'
/** Any number: whoever prepares the table holds it. */
const PREPARE_LOCK = 4_207_001
const RETRY_MS = 5000
/** A start does not wait for the store: without it each replica counts for itself. */
const READY_MS = 2000
const STORE_TIMEOUT_MS = 250
const CONNECTIONS_MAX = 8

/** Connects to the store, in the background if it is not there now. */
export async function sharedLimits(options: SharedLimitOptions): Promise<SharedLimits> {
  const { url, perMin, replicas, logger } = options
  const opened = /^rediss?:/.test(url) ? await openRedis(url, logger) : await openPostgres(url, logger)
  const limiter = new RateLimiter({
    limits: [{ name: 'address', limit: perMin, windowS: 60 }],
    store: opened.store,
    whenStoreFails: 'local',
    replicas,
    storeTimeoutMs: STORE_TIMEOUT_MS,
    onEvent: (event) => tell(event, logger),
  })
  return { limiter, close: () => opened.close() }
}

function tell(event: RateLimiterEvent, logger: Logger): void {
  if (event.type === 'store_suspended') logger.log('warn', 'rate_limit_store_away', { for_ms: Math.round(event.forMs) })
  if (event.type === 'store_resumed') logger.log('info', 'rate_limit_store_back', {})
}

async function openRedis(url: string, logger: Logger): Promise<OpenStore> {
  let told = false
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: { connectTimeout: 2000, reconnectStrategy: (retries) => Math.min(100 * (retries + 1), 2000) },
  })
  client.on('error', (error: unknown) => {
    if (!told) logger.log('warn', 'rate_limit_store_lost', { reason: error instanceof Error ? error.name : 'unknown' })
    told = true
  })
  client.on('ready', () => (told = false))
  const connected = client.connect().catch(() => {})
  await within(connected)
  return {
    store: new RedisRateLimitStore(nodeRedis(client), { prefix: 'gateway:rl:' }),
    close: () => {
      client.destroy()
      return Promise.resolve()
    },
  }
}

async function openPostgres(url: string, logger: Logger): Promise<OpenStore> {
  const pool = createBackgroundPool({
    url,
    name: 'gateway-limits',
    connectionsMax: CONNECTIONS_MAX,
    connectTimeoutMs: 1000,
    statementTimeoutMs: 1000,
    lockTimeoutMs: 500,
  })
  const stopping = new AbortController()
  const prepared = prepare(pool, stopping.signal, logger)
  await within(prepared)
  return {
    store: new PostgresRateLimitStore(
      { query: ({ name, text }, values) => pool.query({ name, text, values: [...values] }) },
      { table: TABLE },
    ),
    close: async () => {
      stopping.abort()
      await prepared
      await pool.end()
    },
  }
}

/** Makes the table where there is none; again and again until it could be looked. */
async function prepare(
  pool: ReturnType<typeof createBackgroundPool>,
  stopping: AbortSignal,
  logger: Logger,
): Promise<void> {
  while (!stopping.aborted) {
    try {
      const { rows } = await pool.query<{ found: boolean }>(
        `select to_regclass($1) is not null and to_regproc($2) is not null as found`,
        [TABLE, `${TABLE}_count`],
      )
      // One after the other: two that make the same table at once fail.
      if (rows[0]?.found !== true)
        await pool.query(
          `begin; select pg_advisory_xact_lock(${PREPARE_LOCK}); ${postgresRateLimitSchema(TABLE)}; commit`,
        )
      return
    } catch (error) {
      logger.log('warn', 'rate_limit_store_unprepared', { reason: error instanceof Error ? error.message : 'unknown' })
      await pause(RETRY_MS, undefined, { signal: stopping }).catch(() => {})
    }
  }
}

async function within(work: Promise<unknown>): Promise<void> {
  const limit = new AbortController()
  await Promise.race([work, pause(READY_MS, undefined, { signal: limit.signal }).catch(() => {})])
  limit.abort()
}
