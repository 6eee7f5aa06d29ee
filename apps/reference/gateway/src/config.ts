import { type ConfigOf, ConfigError } from '@greengate/kit/config'
import { type Env, readEnvironment } from '@greengate/reference-base'
import { variables } from './variables.ts'

export type Config = ConfigOf<typeof variables>

/** @throws ConfigError with everything that is wrong */
export function readConfig(env: Env): Config {
  const config = readEnvironment(variables, env)
  const { TLS_CERT_FILE: cert, TLS_KEY_FILE: key, HTTP_REDIRECT_PORT: redirect, PUBLIC_URL: url } = config
  const problems = [
    ...((cert === undefined) === (key === undefined)
      ? []
      : [{ variable: cert === undefined ? 'TLS_CERT_FILE' : 'TLS_KEY_FILE', problem: 'is missing beside the other' }]),
    ...(cert !== undefined && !url.startsWith('https:')
      ? [{ variable: 'PUBLIC_URL', problem: 'must be https where there is a certificate' }]
      : []),
    ...(redirect !== undefined && !url.startsWith('https:')
      ? [{ variable: 'HTTP_REDIRECT_PORT', problem: 'needs a PUBLIC_URL with https to send callers to' }]
      : []),
    ...(new URL(url).pathname === '/' ? [] : [{ variable: 'PUBLIC_URL', problem: 'must be an origin without a path' }]),
    ...(['PLATFORM_URL', 'CONTENT_URL', 'WEB_URL'] as const)
      .filter((name) => new URL(config[name]).pathname !== '/')
      .map((variable) => ({ variable, problem: 'must be an origin without a path' })),
  ]
  if (problems.length > 0) throw new ConfigError(problems)
  return config
}
