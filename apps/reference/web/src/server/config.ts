import type { ConfigOf } from '@greengate/kit/config'
import { type Env, readEnvironment } from '@greengate/reference-base'
import { variables } from './variables.ts'

/** In logs, metrics and traces. */
export const SERVICE = 'reference-web'

export type Config = ConfigOf<typeof variables>

/** @throws ConfigError with everything that is wrong */
export function readConfig(env: Env): Config {
  return readEnvironment(variables, env)
}
