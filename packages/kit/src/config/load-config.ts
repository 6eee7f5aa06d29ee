import { ConfigError, type ConfigProblem } from './config-error.ts'
import { checkEnvironmentLock, type EnvironmentLock } from './environment-lock.ts'
import { parseValue } from './parse.ts'
import type { ConfigOf, Registry, Variable } from './variable.ts'

type Env = Readonly<Record<string, string | undefined>>

export interface LoadOptions<R extends Registry> {
  /** How the process knows its environment; without it nothing is compared. */
  readonly lock?: EnvironmentLock
  /** Checks across variables, run on whatever could be parsed. Default none. */
  readonly check?: (config: Partial<ConfigOf<R>>) => readonly ConfigProblem[]
}

function parseOne(
  name: string,
  variable: Variable,
  env: Env,
): { value?: string | number | boolean | readonly string[]; problem?: ConfigProblem } {
  const text = env[name]
  if (text === undefined || text.trim() === '') {
    if (variable.required) return { problem: { variable: name, problem: 'is required and missing' } }
    if (variable.fallback === undefined) return {}
    const parsed = parseValue(variable.fallback, variable)
    return 'problem' in parsed
      ? { problem: { variable: name, problem: `falls back to a value that ${parsed.problem}` } }
      : parsed
  }
  const parsed = parseValue(text, variable)
  return 'problem' in parsed ? { problem: { variable: name, problem: parsed.problem } } : parsed
}

/**
 * Reads the environment through the registry, once, when called: everything is parsed and range-checked here and
 * nothing at first use.
 * @throws ConfigError with every problem at once
 */
export function loadConfig<const R extends Registry>(registry: R, env: Env, options: LoadOptions<R> = {}): ConfigOf<R> {
  const problems: ConfigProblem[] = []
  const values: Record<string, unknown> = {}
  for (const [name, variable] of Object.entries(registry)) {
    const { value, problem } = parseOne(name, variable, env)
    if (problem) problems.push(problem)
    values[name] = value
  }
  const environment = options.lock && values[options.lock.declared]
  for (const [name, variable] of Object.entries(registry)) {
    if (values[name] === true && typeof environment === 'string' && variable.refusedIn?.includes(environment)) {
      problems.push({ variable: name, problem: `must not be on in ${environment}` })
    }
  }
  if (options.lock) problems.push(...checkEnvironmentLock(env, options.lock))
  if (options.check) problems.push(...options.check(values as Partial<ConfigOf<R>>))
  if (problems.length > 0) throw new ConfigError(problems)
  return values as ConfigOf<R>
}

/** Values of all secrets, for the logger to take out wherever they turn up. The passwords of URLs are among them. */
export function secretsOf(registry: Registry, env: Env): string[] {
  const found: string[] = []
  for (const [name, variable] of Object.entries(registry)) {
    const text = env[name]
    if (!variable.secret || text === undefined || text.length < 6) continue
    found.push(text)
    const password = variable.format === 'url' ? (URL.parse(text)?.password ?? '') : ''
    if (password.length >= 6) found.push(password)
  }
  return found
}
