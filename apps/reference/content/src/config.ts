import type { ConfigOf } from '@greengate/kit/config'
import { type Env, readEnvironment } from '@greengate/reference-base'
import { variables } from './variables.ts'

export const SERVICE = 'reference-content'

export type Config = ConfigOf<typeof variables>

/** @throws ConfigError with everything that is wrong */
export function readConfig(env: Env): Config {
  return readEnvironment(variables, env)
}
