import { type ConfigOf, ConfigError, loadConfig, secretsOf } from '@greengate/kit/config'
import { createTelemetry, type LogDestination, Logger, Redactor, type Telemetry } from '@greengate/kit/telemetry'
import { variables } from './variables.ts'

/** What is deployed. */
export const VERSION = '0.1.0'

export type Env = Readonly<Record<string, string | undefined>>
export type Config = ConfigOf<typeof variables>

/** @throws ConfigError with everything that is wrong */
export function readConfig(env: Env): Config {
  return loadConfig(variables, env, {
    lock: { declared: 'APP_ENV', envFile: 'ENV_FILE', runtimeMarker: 'RUNTIME_MARKER' },
    production: ['production'],
  })
}

export interface BootstrapConfig {
  readonly organisation: string
  readonly email: string
  readonly password: string
}

/** What the bootstrap command needs on top. @throws ConfigError */
export function bootstrapConfig(config: Config): BootstrapConfig {
  const { BOOTSTRAP_ORGANISATION, BOOTSTRAP_EMAIL, BOOTSTRAP_PASSWORD } = config
  if (BOOTSTRAP_ORGANISATION === undefined || BOOTSTRAP_EMAIL === undefined || BOOTSTRAP_PASSWORD === undefined) {
    const needed = { BOOTSTRAP_ORGANISATION, BOOTSTRAP_EMAIL, BOOTSTRAP_PASSWORD }
    const missing = Object.entries(needed).filter(([, value]) => value === undefined)
    throw new ConfigError(missing.map(([variable]) => ({ variable, problem: 'is required and missing' })))
  }
  return { organisation: BOOTSTRAP_ORGANISATION, email: BOOTSTRAP_EMAIL.toLowerCase(), password: BOOTSTRAP_PASSWORD }
}

/** A logger that hides every secret of this environment; works before the configuration is known to be right. */
export function createLogger(env: Env, config?: Config, write?: (line: string) => void): Logger {
  return new Logger({
    service: 'reference-platform',
    level: config?.DEBUG ? 'debug' : (config?.LOG_LEVEL ?? 'info'),
    redactor: new Redactor(secretsOf(variables, env)),
    ...(write ? { write } : {}),
  })
}

/**
 * Logs, metrics, traces and error tracking, as configured.
 * @param write takes the log lines instead of standard output
 */
export async function openTelemetry(env: Env, config: Config, write?: (line: string) => void): Promise<Telemetry> {
  return createTelemetry({
    service: 'reference-platform',
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
