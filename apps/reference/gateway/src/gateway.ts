import { CsrfProtection } from '@greengate/kit/edge'
import { type Certificate, createService, type HttpLimits, type Service } from '@greengate/kit/http'
import type { RateLimiter } from '@greengate/kit/limits'
import { type Logger, Metrics, type Telemetry } from '@greengate/kit/telemetry'
import { VERSION } from '@greengate/reference-base'
import { Backend } from './backend.ts'
import { BackendMetrics } from './backend-metrics.ts'
import type { Config } from './config.ts'
import { Degraded } from './degraded.ts'
import { errorCodes } from './error-codes.ts'
import { errorsBehind } from './errors-behind.ts'
import { proxyStream } from './proxy.ts'
import { PublicHosts } from './public-hosts.ts'
import { requestPath } from './request-path.ts'
import type { BackendName } from './routing.ts'
import { SessionCookie } from './session-cookie.ts'
import { sessionRoutes } from './session-routes.ts'

export interface GatewayParts {
  readonly telemetry: { readonly logger: Logger } & Partial<Telemetry>
  /** Null: plain HTTP. */
  readonly certificate: Certificate | null
  /** Counters that all replicas share; null: this process's own. */
  readonly limiter: RateLimiter<'address'> | null
  /** Run in order after the last answer of a stop. */
  readonly onStop?: readonly (() => Promise<void>)[]
  /** Milliseconds since 1970. */
  readonly now?: () => number
  readonly limits?: Partial<HttpLimits>
}

const ANSWER_BYTES_MAX = 64 * 1_048_576
const MEDIA_BYTES_MAX = 2 * 1024 * 1_048_576
/** For a request to arrive, and for a connection to a backend; on top of the backend's own time. */
const ARRIVAL_MS = 10_000
const CONNECT_MS = 3000

/** A header that says for years that a name has TLS is for names that have it. */
function securityHeaders(publicUrl: string) {
  const without = publicUrl.startsWith('https:') ? {} : { unsafeWithout: ['strict-transport-security'] }
  return { profiles: { api: without, document: without, download: without } }
}

/** Who may read metrics: whoever has the token; without one in production nobody. */
function operationsAccess({ METRICS_TOKEN, APP_ENV }: Config) {
  if (METRICS_TOKEN !== undefined) return { token: METRICS_TOKEN }
  return APP_ENV === 'production' ? 'nobody' : 'public'
}

/** What the gateway and its redirecting listener have in common. */
function commonOptions(config: Config, { logger, tracing }: GatewayParts['telemetry']) {
  return {
    errors: errorCodes,
    logger,
    // Who a token belongs to is known behind.
    authenticate: () => Promise.resolve(null),
    ratePerMin: config.RATE_LIMIT_PER_MIN,
    trustedProxies: config.TRUSTED_PROXIES ?? [],
    publicUrl: config.PUBLIC_URL,
    headers: securityHeaders(config.PUBLIC_URL),
    ...(tracing ? { tracing } : {}),
  }
}

/** Puts the gateway together; opens nothing but pools. Stopping it closes them and hands over the telemetry. */
export function createGateway(config: Config, parts: GatewayParts): Service {
  const { telemetry, certificate, limiter, onStop = [] } = parts
  const { logger, metrics = new Metrics() } = telemetry
  const list: Backend[] = []
  const counted = new BackendMetrics(metrics, () => list)
  const backend = (name: BackendName, url: string, answerBytesMax = ANSWER_BYTES_MAX): Backend => {
    const made = new Backend({
      name,
      url,
      answerBytesMax,
      connectionsMax: config.UPSTREAM_CONNECTIONS_MAX,
      headTimeoutMs: config.UPSTREAM_TIMEOUT_MS,
      metrics: counted,
      logger,
    })
    list.push(made)
    return made
  }
  const backends = {
    platform: backend('platform', config.PLATFORM_URL),
    content: backend('content', config.CONTENT_URL),
    web: backend('web', config.WEB_URL),
    media: backend('media', config.MEDIA_URL, MEDIA_BYTES_MAX),
  }
  const degraded = new Degraded(list)
  const hosts = new PublicHosts(config.PUBLIC_URL, config.PUBLIC_HOSTS)
  const { origin, protocol } = new URL(config.PUBLIC_URL)
  // Browsers drop a Secure cookie that comes without TLS; only one's own machine goes without.
  const cookie = new SessionCookie(!(config.APP_ENV === 'local' && protocol === 'http:'))
  const csrf = new CsrfProtection({ origins: [origin], cookieNames: [cookie.name] })
  return createService({
    ...commonOptions(config, telemetry),
    info: {
      title: 'Greengate gateway',
      version: VERSION,
      description: 'Sessions of browsers. Everything else is passed on: see the descriptions of the services behind.',
    },
    degraded: () => degraded.names(),
    errorsBehind: errorsBehind([backends.platform, backends.content, backends.web]),
    operationsAccess: operationsAccess(config),
    corsOrigins: config.CORS_ORIGINS ?? [],
    csrf,
    metrics,
    ...(certificate ? { tls: certificate } : {}),
    ...(limiter ? { sharedRate: limiter } : {}),
    ...(telemetry.errors ? { errorTracker: telemetry.errors } : {}),
    limits: { requestTimeoutMs: ARRIVAL_MS, ...parts.limits },
    routes: sessionRoutes({ platform: backends.platform, cookie, csrf, hosts, now: parts.now ?? Date.now }),
    streams: [
      proxyStream({
        backends,
        metrics: counted,
        cookie,
        hosts,
        tls: certificate !== null,
        arrivalMs: ARRIVAL_MS + CONNECT_MS,
        headMs: config.UPSTREAM_TIMEOUT_MS,
      }),
    ],
    onStop: [
      async () => void (await Promise.all(list.map((one) => one.close()))),
      ...onStop,
      () => telemetry.close?.() ?? Promise.resolve(),
    ],
  })
}

/** A listener that sends whoever comes without TLS to PUBLIC_URL. */
export function createRedirect(config: Config, telemetry: GatewayParts['telemetry']): Service {
  const hosts = new PublicHosts(config.PUBLIC_URL, config.PUBLIC_HOSTS)
  const { origin } = new URL(config.PUBLIC_URL)
  return createService({
    ...commonOptions(config, telemetry),
    info: { title: 'Greengate gateway, plain HTTP', version: VERSION, description: 'Sends everybody to TLS.' },
    operationsAccess: 'nobody',
    limits: { bodyBytesMax: 1 },
    routes: [],
    streams: [
      {
        id: 'redirect',
        path: '/*',
        methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
        labels: ['/*'],
        // What was sent without TLS is not taken: the caller sends it again.
        bodyBytesMax: Number.MAX_SAFE_INTEGER,
        handler: ({ request, response }) => {
          hosts.check(request.headersDistinct['host'])
          const { path, search } = requestPath(request.url)
          response.writeHead(308, { location: `${origin}${path}${search}`, 'content-length': '0' }).end()
          return Promise.resolve()
        },
      },
    ],
  })
}
