import type { Database } from '@greengate/kit/data'
import { createService, type Service } from '@greengate/kit/http'
import { HttpClient } from '@greengate/kit/resilience'
import { type Logger, Metrics, type Telemetry } from '@greengate/kit/telemetry'
import { Callers, databaseGauges, VERSION } from '@greengate/reference-base'
import { authenticator, type ContentActor, permissions } from './actor.ts'
import type { Config } from './config.ts'
import { Entries } from './entries.ts'
import { entryRoutes } from './entry-routes.ts'
import { errorCodes } from './error-codes.ts'
import { Markdown } from './markdown.ts'
import { mediaRoutes } from './media-routes.ts'
import { MediaRows } from './media-rows.ts'
import { MediaAddresses } from './media-view.ts'
import type { ObjectStore } from './object-store.ts'
import { publicRoutes } from './public-routes.ts'
import { publishRoutes } from './publish-routes.ts'
import { Published } from './published.ts'
import { Reaper } from './reaper.ts'
import { storeOf } from './s3-store.ts'
import { Uploads } from './uploads.ts'

export interface ContentOptions {
  /** Decides what is scheduled, pending or old. Default `Date.now`. */
  readonly nowMs?: () => number
  /** Default: the one of the configuration. Closed with the service. */
  readonly store?: ObjectStore
}

const PLATFORM_TIMEOUT_MS = 2000

/** The way to the platform: nobody edits without it, and it is asked on every tenth second of an editor's work. */
function platformClient(config: Config, { tracing }: Partial<Telemetry>): HttpClient {
  return new HttpClient({
    name: 'platform',
    origin: new URL(config.PLATFORM_URL).origin,
    timeoutMs: PLATFORM_TIMEOUT_MS,
    totalTimeoutMs: PLATFORM_TIMEOUT_MS * 2,
    connectionsMax: 20,
    answerBytesMax: 262_144,
    retry: { attemptsMax: 2, delayMinMs: 50, delayMaxMs: 500 },
    ...(tracing ? { trace: tracing } : {}),
  })
}

function storeGauges(metrics: Metrics, store: ObjectStore): void {
  metrics.gauge('store_calls', 'Calls to the object store under way and waiting', () => {
    const { running, waiting } = store.stats()
    return [
      { labels: { state: 'running' }, value: running },
      { labels: { state: 'waiting' }, value: waiting },
    ]
  })
  metrics.gauge('store_breaker_open', 'Whether the object store is left alone', () =>
    store.stats().breaker === 'open' ? 1 : 0,
  )
}

/** Puts the service together; opens nothing. Stopping it closes what it was given. */
export function createContent(
  config: Config,
  database: Database,
  telemetry: { readonly logger: Logger } & Partial<Telemetry>,
  options: ContentOptions = {},
): Service {
  const { logger, metrics = new Metrics(), tracing } = telemetry
  const { nowMs = Date.now, store = storeOf(config, nowMs) } = options
  const platform = platformClient(config, telemetry)
  const addresses = new MediaAddresses(config.MEDIA_PUBLIC_URL)
  const markdown = new Markdown()
  const rows = new MediaRows(database)
  const parts = { rows, store, logger, nowMs }
  const entries = { entries: new Entries(database, nowMs), markdown, media: addresses }
  databaseGauges(metrics, database)
  storeGauges(metrics, store)
  return createService<ContentActor>({
    info: {
      title: 'Greengate content',
      version: VERSION,
      description: 'Hero, posts and docs: drafts, versions, publishing, and the metadata of media.',
    },
    errors: errorCodes,
    logger,
    authenticate: authenticator(new Callers(platform, config.SERVICE_TOKEN), config.OPERATOR_ORGANISATION),
    permits: (actor, permission) => permissions.permits(actor, permission),
    // Readers need the database alone: without platform or store the service goes on serving them.
    notReady: async () => ((await database.answers()) ? [] : ['database']),
    ratePerMin: config.RATE_LIMIT_PER_MIN,
    corsOrigins: config.CORS_ORIGINS ?? [],
    trustedProxies: config.TRUSTED_PROXIES ?? [],
    publicUrl: config.PUBLIC_URL ?? '',
    metrics,
    ...(tracing ? { tracing } : {}),
    ...(telemetry.errors ? { errorTracker: telemetry.errors } : {}),
    onStop: [
      () => markdown.close(),
      () => platform.close(),
      async () => store.close(),
      () => database.close(),
      () => telemetry.close?.() ?? Promise.resolve(),
    ],
    routes: [
      ...publicRoutes(new Published(database, addresses, nowMs)),
      ...entryRoutes(entries),
      ...publishRoutes(entries, nowMs),
      ...mediaRoutes({ rows, uploads: new Uploads(parts), reaper: new Reaper(parts), addresses }),
    ],
  })
}
