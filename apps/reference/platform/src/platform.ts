import type { Database } from '@greengate/kit/data'
import { createService, type Service } from '@greengate/kit/http'
import { PostgresRateLimitStore, rowsQuery } from '@greengate/kit/limits'
import { type Logger, Metrics, type Telemetry } from '@greengate/kit/telemetry'
import { databaseGauges, isServiceToken, VERSION } from '@greengate/reference-base'
import { accountRoutes } from './account-routes.ts'
import type { PlatformActor } from './actor.ts'
import { callerAddress, knowCallerAddress } from './caller-address.ts'
import { Concierge } from './concierge.ts'
import { conciergeRoutes } from './concierge-routes.ts'
import { ConciergeSwitch } from './concierge-switch.ts'
import type { Config } from './config.ts'
import { currencyRates } from './currency-rates.ts'
import { errorCodes } from './error-codes.ts'
import { FounderKeys, looksLikeFounderKey } from './founder-key.ts'
import { invitationRoutes } from './invitation-routes.ts'
import { meRoutes } from './me-routes.ts'
import { memberRoutes } from './member-routes.ts'
import { organisationRoutes } from './organisation-routes.ts'
import { OutsideAnswers } from './outside-answers.ts'
import { passwordGauges, Passwords } from './passwords.ts'
import { permits } from './permissions.ts'
import { sessionRoutes } from './session-routes.ts'
import { Sessions } from './sessions.ts'
import { CurrentSettings } from './settings.ts'
import { settingsRoutes } from './settings-routes.ts'
import { SignInGuard } from './sign-in-guard.ts'
import { SignUps } from './sign-ups.ts'
import { usageEventRoutes } from './usage-event-routes.ts'
import { usageRoutes } from './usage-routes.ts'

// A burst of sign-ups, which mostly wait for their hash, is not an overload: what they wait in has bounds of its own.
const IN_FLIGHT_MIN = 250

/** The session's user, another process of the platform when the token is theirs, or whoever has the founder key. */
export function authenticator(
  sessions: Sessions,
  serviceToken: string,
  founderKeys: Pick<FounderKeys, 'isCurrent'>,
): (token: string) => Promise<PlatformActor | null> {
  return async (token) => {
    if (isServiceToken(token, serviceToken)) return { kind: 'service', id: 'metering' }
    if (looksLikeFounderKey(token))
      return (await founderKeys.isCurrent(token)) ? { kind: 'founder', id: 'founder' } : null
    const userId = await sessions.userOf(token)
    return userId === null ? null : { kind: 'user', id: userId }
  }
}

/** Puts the service together; opens nothing. Stopping it closes the database and hands over the telemetry. */
export function createPlatform(
  config: Config,
  database: Database,
  telemetry: { readonly logger: Logger } & Partial<Telemetry>,
  nowMs: () => number = Date.now,
): Service {
  const { logger, metrics = new Metrics(), tracing } = telemetry
  databaseGauges(metrics, database)
  const sessions = new Sessions(database, config.SESSION_TTL_S)
  const passwords = new Passwords()
  passwordGauges(metrics, passwords)
  const guard = new SignInGuard(new PostgresRateLimitStore(rowsQuery(database)))
  const signUps = new SignUps(database, passwords, guard)
  const settings = new CurrentSettings(database, logger)
  const signUpOpen = (): Promise<boolean> => settings.signUpOpen()
  const answers = new OutsideAnswers(metrics)
  const rates = currencyRates(config.CURRENCY_RATES_URL, config.OUTSIDE_FRESH_MS, { logger, answers, tracing })
  const concierge = new Concierge({
    recommendationsUrl: config.CONCIERGE_RECOMMENDATIONS_URL,
    weatherUrl: config.CONCIERGE_WEATHER_URL,
    freshMs: config.OUTSIDE_FRESH_MS,
    logger,
    answers,
    tracing,
  })
  const conciergeSwitch = new ConciergeSwitch(settings, config.CONCIERGE_ENABLED)
  const founderKeys = new FounderKeys(database, guard, callerAddress)
  const service = createService<PlatformActor>({
    info: {
      title: 'Greengate reference platform',
      version: VERSION,
      description: 'Organisations, their members, and what they use. Errors are explained at /errors.',
    },
    errors: errorCodes,
    logger,
    authenticate: authenticator(sessions, config.SERVICE_TOKEN, founderKeys),
    permits,
    notReady: async () => ((await database.answers()) ? [] : ['database']),
    ratePerMin: config.RATE_LIMIT_PER_MIN,
    corsOrigins: config.CORS_ORIGINS ?? [],
    trustedProxies: config.TRUSTED_PROXIES ?? [],
    publicUrl: config.PUBLIC_URL ?? '',
    overload: { inFlightMin: IN_FLIGHT_MIN, inFlightInitial: IN_FLIGHT_MIN },
    metrics,
    ...(tracing ? { tracing } : {}),
    ...(telemetry.errors ? { errorTracker: telemetry.errors } : {}),
    onStop: [
      () => rates.close(),
      () => concierge.close(),
      () => database.close(),
      () => telemetry.close?.() ?? Promise.resolve(),
    ],
    routes: [
      ...accountRoutes({ database, passwords, guard, signUps, signUpOpen, nowMs }),
      ...sessionRoutes({ database, sessions, passwords, guard }),
      ...meRoutes({ database, passwords, guard, nowMs }),
      ...organisationRoutes(database),
      ...memberRoutes(database, logger),
      ...invitationRoutes({ database, passwords, guard, logger }),
      ...usageEventRoutes(database, nowMs),
      ...usageRoutes(database, rates, nowMs),
      ...settingsRoutes({ database, current: settings, logger }),
      ...conciergeRoutes(concierge, conciergeSwitch),
    ],
  })
  knowCallerAddress(service, config.TRUSTED_PROXIES ?? [])
  return service
}
