import { type ConfigOf, ConfigError } from '@greengate/kit/config'
import type { Logger } from '@greengate/kit/telemetry'
import { earlyLogger, type Env, readEnvironment } from '@greengate/reference-base'
import { variables } from './variables.ts'

/** What this process is called in logs, traces and the database's list of connections. */
export const SERVICE = 'reference-platform'

export type Config = ConfigOf<typeof variables>

/** @throws ConfigError with everything that is wrong */
export function readConfig(env: Env): Config {
  return readEnvironment(variables, env)
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
export function createLogger(env: Env, write?: (line: string) => void): Logger {
  return earlyLogger(SERVICE, variables, env, write)
}
