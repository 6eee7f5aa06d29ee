import { createSecurityHeaders, type SecurityHeaderOptions } from '@greengate/kit/edge'
import { defineErrors } from '@greengate/kit/errors'
import { createService, type Service } from '@greengate/kit/http'
import { CircuitBreaker, HttpClient } from '@greengate/kit/resilience'
import { type Logger, Metrics, type Telemetry } from '@greengate/kit/telemetry'
import { VERSION } from '@greengate/reference-base'
import type { Build } from '../build/build-description.ts'
import { ClientErrors, clientErrorRoute } from './client-error-route.ts'
import type { Config } from './config.ts'
import type { DiskStore } from './disk-store.ts'
import { addErrorPages } from './error-pages.ts'
import { feedRoutes } from './feed-routes.ts'
import { pageRoutes } from './page-routes.ts'
import { PageRenderer, type RenderModule } from './page-renderer.ts'
import { PublishedRound } from './published-round.ts'
import { Rounds, type RoundsOptions } from './rounds.ts'
import { SiteContent } from './site-content.ts'
import { type StaticFiles, staticRoutes } from './static-files.ts'

/** One attempt, and not for long: what is known from before is a better answer than a late one. */
const ATTEMPT_MS = 1000
/** Short: questions are few anyway, each is asked once for all who wait, and what is new should be seen soon after an outage. */
const BREAKER = { openMs: 1000, recoveryMs: 0 }
const ANSWER_BYTES_MAX = 8 << 20
/** What is known is compared with what is published soon after the start, and then this often; milliseconds. */
const ROUNDS = { firstMs: 500, everyMs: 10_000, pauseMaxMs: 30_000 }

export interface WebParts {
  readonly config: Config
  readonly telemetry: { readonly logger: Logger } & Partial<Telemetry>
  readonly build: Build
  readonly files: StaticFiles
  readonly module: RenderModule
  /** Null: what is known is kept in memory only. */
  readonly store: DiskStore | null
  /** Milliseconds since the epoch. Default the system's clock. */
  readonly nowMs?: () => number
  /** How often what is known is compared with what is published. Default half a second after the start, and every ten. */
  readonly rounds?: Pick<RoundsOptions, 'firstMs' | 'everyMs' | 'pauseMaxMs'>
}

/** The kit's codes: pages have none of their own. */
export const errorCodes = defineErrors({})

function originOf(url: string | undefined): string[] {
  return url === undefined ? [] : [new URL(url).origin]
}

/** The policy of pages: what carries the nonce, this origin, and the store of media. */
function headerOptions(config: Config): SecurityHeaderOptions {
  const media = originOf(config.MEDIA_PUBLIC_URL)
  const uploads = originOf(config.MEDIA_UPLOAD_ORIGIN ?? config.MEDIA_PUBLIC_URL)
  const lists = {
    'img-src': ["'self'", 'data:', 'blob:', ...media],
    'media-src': ["'self'", 'blob:', ...media],
    'connect-src': ["'self'", ...uploads],
  } as const
  // An object store on this machine speaks plain HTTP; each such address is named, none is let in by its scheme.
  const unsafeSources = Object.entries(lists).flatMap(([directive, sources]) =>
    sources
      .filter((source) => source.startsWith('http:'))
      .map((source) => `${directive as keyof typeof lists} ${source}` as const),
  )
  return { profiles: { document: { csp: { ...lists, 'worker-src': ["'self'"] }, unsafeSources } } }
}

/** Puts the web server together; opens nothing. Stopping it closes the connections and hands over the telemetry. */
export function createWeb(parts: WebParts): Service {
  const { config, telemetry, build, files, module, store, nowMs = Date.now } = parts
  const { logger, metrics = new Metrics(), tracing } = telemetry
  const client = (name: string, url: string): HttpClient =>
    new HttpClient({
      name,
      origin: new URL(url).origin,
      timeoutMs: ATTEMPT_MS,
      totalTimeoutMs: ATTEMPT_MS,
      answerBytesMax: ANSWER_BYTES_MAX,
      retry: null,
      breaker: new CircuitBreaker({ name, ...BREAKER }),
      ...(tracing ? { trace: tracing } : {}),
    })
  const contentClient = client('content', config.CONTENT_URL)
  const platformClient = client('platform', config.PLATFORM_URL)
  const onFailure = (name: string, error: unknown): void =>
    logger.log('warn', 'content_unavailable', {
      what: name,
      reason: error instanceof Error ? error.message : 'unknown',
    })
  const content = new SiteContent({
    content: contentClient,
    platform: platformClient,
    store,
    freshMs: config.CONTENT_FRESH_MS,
    onFailure,
  })
  const published = new PublishedRound({ content: contentClient, parts: content.parts })
  const rounds = new Rounds({
    ...(parts.rounds ?? ROUNDS),
    round: (signal) => published.run(signal),
    onFailure: (error) => onFailure('published', error),
  })
  const origin = config.PUBLIC_URL ?? `http://${config.HOST}:${config.PORT}`
  const headers = headerOptions(config)
  const renderer = new PageRenderer(build, module, createSecurityHeaders(headers).document, origin)
  const clientErrors = new ClientErrors({ logger, tracker: telemetry.errors ?? null, nowMs })
  const connect = ["'self'", ...originOf(config.MEDIA_PUBLIC_URL)].join(' ')
  const service = createService<never>({
    info: {
      title: 'Greengate web',
      version: VERSION,
      description: 'Public pages, rendered from what is published, and the client. Errors are explained at /errors.',
    },
    errors: errorCodes,
    logger,
    // There is nothing here that only some may see: persons are known to the gateway and the platform.
    authenticate: () => Promise.resolve(null),
    ratePerMin: config.RATE_LIMIT_PER_MIN,
    corsOrigins: config.CORS_ORIGINS ?? [],
    trustedProxies: config.TRUSTED_PROXIES ?? [],
    publicUrl: config.PUBLIC_URL ?? '',
    headers,
    metrics,
    ...(tracing ? { tracing } : {}),
    ...(telemetry.errors ? { errorTracker: telemetry.errors } : {}),
    onStop: [
      () => rounds.stop(),
      () => contentClient.close(),
      () => platformClient.close(),
      () => store?.flush() ?? Promise.resolve(),
      () => telemetry.close?.() ?? Promise.resolve(),
    ],
    routes: [
      ...pageRoutes({ content, renderer, module }),
      ...staticRoutes(files, `default-src 'none'; connect-src ${connect}`),
      ...feedRoutes(content, origin),
      clientErrorRoute(clientErrors),
    ],
  })
  addErrorPages(service, renderer, content)
  service.app.addHook('onListen', () => {
    rounds.start()
    return Promise.resolve()
  })
  return service
}
