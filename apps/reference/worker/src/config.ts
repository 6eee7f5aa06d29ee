import { type ConfigOf, ConfigError } from '@greengate/kit/config'
import { type Env, readEnvironment } from '@greengate/reference-base'
import { variables } from './variables.ts'

export type Config = ConfigOf<typeof variables>

/** @throws ConfigError with everything that is wrong */
export function readConfig(env: Env): Config {
  const config = readEnvironment(variables, env)
  const problems: { variable: string; problem: string }[] = (['PUBLIC_URL', 'CONTENT_URL'] as const)
    .filter((name) => new URL(config[name]).pathname !== '/')
    .map((variable) => ({ variable, problem: 'must be an origin without a path' }))
  if (config.WATCH_TOKEN !== undefined && config.WATCH_TOKEN === config.SERVICE_TOKEN)
    problems.push({ variable: 'WATCH_TOKEN', problem: 'must not be the token of the processes: it may do less' })
  if (problems.length > 0) throw new ConfigError(problems)
  return config
}
