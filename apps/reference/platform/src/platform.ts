import { timingSafeEqual } from 'node:crypto'
import type { Database } from '@greengate/kit/data'
import { createService, type Service } from '@greengate/kit/http'
import { type Logger, Metrics, type Telemetry } from '@greengate/kit/telemetry'
import type { PlatformActor } from './actor.ts'
import { type Config, VERSION } from './config.ts'
import { currencyRates } from './currency-rates.ts'
import { errorCodes } from './error-codes.ts'
import { memberRoutes } from './member-routes.ts'
import { organisationRoutes } from './organisation-routes.ts'
import { Passwords } from './passwords.ts'
import { sessionRoutes } from './session-routes.ts'
import { Sessions, tokenDigest } from './sessions.ts'
import { SignInGuard } from './sign-in-guard.ts'
import { usageEventRoute } from './usage-event-route.ts'
import { usageRoutes } from './usage-routes.ts'

/** The session's user, or the metering pipeline when the token is its. */
export function authenticator(
  sessions: Sessions,
  serviceToken: string | undefined,
): (token: string) => Promise<PlatformActor | null> {
  const service = serviceToken === undefined ? null : tokenDigest(serviceToken)
  return async (token) => {
    // Digests are equally long, and comparing them takes equally long.
    if (service && timingSafeEqual(tokenDigest(token), service)) return { kind: 'service', id: 'metering' }
    const userId = await sessions.userOf(token)
    return userId === null ? null : { kind: 'user', id: userId }
  }
}

/** What is said of the pool where it is scraped. */
function poolGauges(metrics: Metrics, database: Database): void {
  metrics.gauge('database_connections', 'Connections to the database by what they do', () => {
    const { idle, inUse, connectionsMax } = database.stats()
    return [
      { labels: { state: 'idle' }, value: idle },
      { labels: { state: 'in_use' }, value: inUse },
      { labels: { state: 'max' }, value: connectionsMax },
    ]
  })
  metrics.gauge('database_callers_waiting', 'Callers that wait for a connection', () => database.stats().waiting)
}

/** Puts the service together; opens nothing. Stopping it closes the database and hands over the telemetry. */
export function createPlatform(
  config: Config,
  database: Database,
  telemetry: { readonly logger: Logger } & Partial<Telemetry>,
  nowMs: () => number = Date.now,
): Service {
  const { logger, metrics = new Metrics(), tracing } = telemetry
  poolGauges(metrics, database)
  const sessions = new Sessions(database, config.SESSION_TTL_S)
  const passwords = new Passwords()
  const rates = currencyRates(config.CURRENCY_RATES_URL, config.CURRENCY_RATES_FRESH_MS, { logger, tracing })
  return createService<PlatformActor>({
    info: {
      title: 'Greengate reference platform',
      version: VERSION,
      description: 'Organisations, their members, and what they use. Errors are explained at /errors.',
    },
    errors: errorCodes,
    logger,
    authenticate: authenticator(sessions, config.SERVICE_TOKEN),
    notReady: async () => ((await database.answers()) ? [] : ['database']),
    ratePerMin: config.RATE_LIMIT_PER_MIN,
    corsOrigins: config.CORS_ORIGINS ?? [],
    trustedProxies: config.TRUSTED_PROXIES ?? [],
    publicUrl: config.PUBLIC_URL ?? '',
    metrics,
    ...(tracing ? { tracing } : {}),
    ...(telemetry.errors ? { errorTracker: telemetry.errors } : {}),
    onStop: [() => rates.close(), () => database.close(), () => telemetry.close?.() ?? Promise.resolve()],
    routes: [
      ...sessionRoutes({ database, sessions, passwords, guard: new SignInGuard(database) }),
      ...organisationRoutes(database),
      ...memberRoutes(database, passwords),
      usageEventRoute(database, nowMs),
      ...usageRoutes(database, rates, nowMs),
    ],
  })
}
