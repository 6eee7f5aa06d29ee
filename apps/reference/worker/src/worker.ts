import { type Database, type PgPool } from '@greengate/kit/data'
import { defineErrors } from '@greengate/kit/errors'
import { type Actor, createService, type Service } from '@greengate/kit/http'
import { HttpClient } from '@greengate/kit/resilience'
import { type Logger, Metrics, type Telemetry } from '@greengate/kit/telemetry'
import { databaseGauges, isServiceToken, VERSION } from '@greengate/reference-base'
import type { Config } from './config.ts'
import { Connections } from './connections.ts'
import { createWork, type Work, type WorkOptions } from './work.ts'
import { workGauges } from './work-gauges.ts'
import { workRoutes } from './work-routes.ts'

export interface WorkerParts {
  readonly database: Database
  readonly pool: PgPool & { end(): Promise<void> }
  readonly telemetry: { readonly logger: Logger } & Partial<Telemetry>
  readonly relay?: WorkOptions['relay']
  readonly schedules?: boolean
}

export interface Worker {
  readonly service: Service
  readonly work: Work
  /** Takes nothing more at once, finishes what is under way, then closes everything. */
  stop(): Promise<number>
}

const MAIL_TIMEOUT_MS = 10_000
const REAP_TIMEOUT_MS = 60_000
/** For the work that is under way when a stop begins. */
const STOP_MS = 8000

function callerOf(token: string, { SERVICE_TOKEN, WATCH_TOKEN }: Config): Actor | null {
  if (isServiceToken(token, SERVICE_TOKEN)) return { kind: 'service', id: 'platform' }
  if (WATCH_TOKEN !== undefined && isServiceToken(token, WATCH_TOKEN)) return { kind: 'watcher', id: 'watcher' }
  return null
}

/** Puts the worker together; `work.start()` begins. */
export function createWorker(config: Config, { database, pool, telemetry, relay, schedules }: WorkerParts): Worker {
  const { logger, metrics = new Metrics(), tracing } = telemetry
  databaseGauges(metrics, database)
  const mailUrl = new URL(config.MAIL_API_URL)
  const traced = tracing ? { trace: tracing } : {}
  // One attempt each: the outbox comes back to it, and knows what it was.
  const provider = new HttpClient({
    name: 'mail',
    origin: mailUrl.origin,
    timeoutMs: MAIL_TIMEOUT_MS,
    totalTimeoutMs: MAIL_TIMEOUT_MS,
    connectionsMax: 4,
    answerBytesMax: 65_536,
    retry: null,
    ...traced,
  })
  const content = new HttpClient({
    name: 'content',
    origin: new URL(config.CONTENT_URL).origin,
    timeoutMs: REAP_TIMEOUT_MS,
    totalTimeoutMs: REAP_TIMEOUT_MS,
    readTimeoutMs: REAP_TIMEOUT_MS,
    connectionsMax: 2,
    retry: null,
    ...traced,
  })
  const work = createWork({
    pool,
    database,
    mail: {
      client: provider,
      apiPath: mailUrl.pathname.replace(/\/+$/, ''),
      apiKey: config.MAIL_API_KEY,
      from: config.MAIL_FROM,
      publicUrl: config.PUBLIC_URL.replace(/\/+$/, ''),
      productName: config.PRODUCT_NAME,
    },
    content,
    serviceToken: config.SERVICE_TOKEN,
    logger,
    metrics,
    ...(relay ? { relay } : {}),
    ...(schedules === undefined ? {} : { schedules }),
  })
  workGauges(metrics, work)
  const connections = new Connections(
    [
      { name: 'mail', origin: mailUrl.origin, path: `${mailUrl.pathname.replace(/\/+$/, '')}/emails` },
      { name: 'content', origin: new URL(config.CONTENT_URL).origin, path: '/health' },
    ],
    traced,
  )
  let stopped: Promise<void> | null = null
  const stopWork = (): Promise<void> => (stopped ??= work.stop(STOP_MS))
  const service = createService<Actor>({
    info: {
      title: 'Greengate worker',
      version: VERSION,
      description: 'Work that nobody waits for: mail, clean-up. How it stands, for whoever operates it.',
    },
    errors: defineErrors({}),
    logger,
    authenticate: (token) => Promise.resolve(callerOf(token, config)),
    notReady: async () => ((await database.answers()) ? [] : ['database']),
    degraded: () => Promise.resolve(work.mailIsDown() ? ['mail'] : []),
    ratePerMin: config.RATE_LIMIT_PER_MIN,
    corsOrigins: config.CORS_ORIGINS ?? [],
    trustedProxies: config.TRUSTED_PROXIES ?? [],
    metrics,
    ...(tracing ? { tracing } : {}),
    ...(telemetry.errors ? { errorTracker: telemetry.errors } : {}),
    routes: workRoutes({ relay: work.relay, jobs: work.jobs, connections }),
    onStop: [
      stopWork,
      () => provider.close(),
      () => content.close(),
      () => connections.close(),
      () => pool.end(),
      () => database.close(),
      () => telemetry.close?.() ?? Promise.resolve(),
    ],
  })
  return {
    service,
    work,
    stop: async () => {
      const [code] = await Promise.all([service.stop(), stopWork()])
      return code
    },
  }
}
