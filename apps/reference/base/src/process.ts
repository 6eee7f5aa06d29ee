import { type ConfigOf, loadConfig, type Registry, secretsOf } from '@greengate/kit/config'
import { Database, type Queries, readMigrations } from '@greengate/kit/data'
import { StartError } from '@greengate/kit/lifecycle'
import { createTelemetry, type LogDestination, Logger, Redactor, type Telemetry } from '@greengate/kit/telemetry'
import type { baseVariables } from './variables.ts'

/** What is deployed: all processes of the platform are released together. */
export const VERSION = '0.1.0'

/** How long content may take to check an upload. Whoever is in front of it has to wait longer; milliseconds. */
export const MEDIA_CHECK_MS = 60_000

export type Env = Readonly<Record<string, string | undefined>>

/** What the telemetry of a process goes by; every configuration made with `baseVariables` has it. */
export type BaseConfig = ConfigOf<typeof baseVariables>

/**
 * Reads and checks the environment, which must agree with itself about which one it is.
 * @throws ConfigError with everything that is wrong
 */
export function readEnvironment<const R extends Registry>(variables: R, env: Env): ConfigOf<R> {
  return loadConfig(variables, env, {
    lock: { declared: 'APP_ENV', envFile: 'ENV_FILE', runtimeMarker: 'RUNTIME_MARKER' },
    production: ['production'],
  })
}

/** A logger that hides every secret of this environment; works before the configuration is known to be right. */
export function earlyLogger(service: string, variables: Registry, env: Env, write?: (line: string) => void): Logger {
  return new Logger({
    service,
    level: 'info',
    redactor: new Redactor(secretsOf(variables, env)),
    ...(write ? { write } : {}),
  })
}

/**
 * Logs, metrics, traces and error tracking, as configured.
 * @param write takes the log lines instead of standard output
 */
export function openTelemetry(
  service: string,
  variables: Registry,
  env: Env,
  config: Pick<
    BaseConfig,
    'APP_ENV' | 'DEBUG' | 'LOG_LEVEL' | 'TRACE_SAMPLE_RATIO' | 'OTLP_TRACES_URL' | 'ERROR_TRACKING_DSN'
  >,
  write?: (line: string) => void,
): Promise<Telemetry> {
  return createTelemetry({
    service,
    version: VERSION,
    environment: config.APP_ENV,
    level: config.DEBUG ? 'debug' : config.LOG_LEVEL,
    secrets: secretsOf(variables, env),
    sampleRatio: config.TRACE_SAMPLE_RATIO,
    ...(config.OTLP_TRACES_URL === undefined ? {} : { otlpUrl: config.OTLP_TRACES_URL }),
    ...(config.ERROR_TRACKING_DSN === undefined ? {} : { sentryDsn: config.ERROR_TRACKING_DSN }),
    ...(write ? { destination: linesTo(write) } : {}),
  })
}

function linesTo(write: (line: string) => void): LogDestination {
  return {
    write: (lines) => {
      for (const line of lines.split('\n')) if (line !== '') write(`${line}\n`)
    },
    flushSync: () => {},
    flush: () => Promise.resolve(),
    dropped: 0,
  }
}

const WAITING_MAX = 400

/** The pool of a process. */
export function openDatabase(
  service: string,
  config: { readonly DATABASE_URL: string; readonly DATABASE_CONNECTIONS_MAX: number },
  { logger, tracing }: Pick<Telemetry, 'logger'> & Partial<Telemetry>,
): Database {
  return new Database({
    url: config.DATABASE_URL,
    name: service,
    connectionsMax: config.DATABASE_CONNECTIONS_MAX,
    // A burst waits, each caller within its own time limit; whoever comes after that many is told to come again.
    waitingMax: WAITING_MAX,
    onIdleError: (error) => logger.log('warn', 'database_connection_lost', { reason: error.message }),
    ...(tracing ? { trace: tracing } : {}),
  })
}

const applied = { name: 'migrations-applied', text: 'select name from schema_migrations' }

/** @throws StartError `schema_outdated` when a migration of this release was not applied */
export async function checkSchema(database: Queries, migrationsFolder: string): Promise<void> {
  const rows = await database.rows<{ name: string }>(applied).catch((error: unknown) => {
    throw new StartError('schema_outdated', 'the migrations table cannot be read: run the migrations first', error)
  })
  const names = new Set(rows.map((row) => row.name))
  const missing = (await readMigrations(migrationsFolder)).filter((one) => !names.has(one.name))
  if (missing.length > 0)
    throw new StartError('schema_outdated', `${missing.map((one) => one.name).join(', ')} not applied`)
}
