import { ConfigError, type ConfigProblem } from './config-error.ts'
import { rememberSources, type ValueSource } from './describe-config.ts'
import { checkEnvironmentLock, type EnvironmentLock } from './environment-lock.ts'
import { keyKindProblem, productionProblems, sharedSecretProblems } from './isolation.ts'
import { parseValue } from './parse.ts'
import { type ReadSmallFile, readSmallFile } from './small-file.ts'
import { type ConfigOf, fileVariableOf, type Registry, type Variable } from './variable.ts'

type Env = Readonly<Record<string, string | undefined>>

export interface LoadOptions<R extends Registry> {
  /** How the process knows its environment; without it nothing is compared, and `keyKinds` can't be. */
  readonly lock?: EnvironmentLock
  /**
   * Environments that count as production, where these are refused: URLs of this very machine, debug switches, default
   * passwords, `--inspect`, unchecked certificates. Needs `lock`. Default: none is held to these rules, and `production`
   * is the one where live keys belong. Give it: `production: ['production']`.
   */
  readonly production?: readonly string[]
  /** Checks across variables, run on whatever could be parsed. Their words must not hold values. Default none. */
  readonly check?: (config: Partial<ConfigOf<R>>) => readonly ConfigProblem[]
  /** How `<NAME>_FILE` and the files of the lock are read. Default: regular files of at most 64 KiB. */
  readonly readFile?: ReadSmallFile
}

const productionByDefault: readonly string[] = ['production']

interface Found {
  /** As it was written; undefined when there is none. */
  readonly text?: string
  readonly source: ValueSource
  readonly problem?: string
}

/** The text of a variable, from the environment or from the file that `<NAME>_FILE` names. */
function find(registry: Registry, name: string, env: Env, readFile: ReadSmallFile): Found {
  const text: unknown = env[name]
  if (text !== undefined && typeof text !== 'string') return { source: 'environment', problem: 'is no text' }
  const present = text !== undefined && text.trim() !== ''
  const fileVariable = fileVariableOf(registry, name)
  const path = fileVariable === null ? undefined : env[fileVariable]
  if (fileVariable === null || path === undefined || path === '')
    return present ? { text, source: 'environment' } : { source: 'unset' }
  if (present) return { source: 'file', problem: `is given twice, by itself and by ${fileVariable}` }
  const content = typeof path === 'string' && !path.includes('\0') ? readFile(path) : null
  if (content === null)
    return {
      source: 'file',
      problem: `can't be read from the file that ${fileVariable} names (at most 64 KiB of text)`,
    }
  // Editors, `echo` and `kubectl create secret --from-file` end a file with a line end that is not part of the secret.
  const secret = content.replace(/\r?\n$/, '')
  return secret.trim() === ''
    ? { source: 'file', problem: `is empty in the file that ${fileVariable} names` }
    : { text: secret, source: 'file' }
}

interface Reading {
  readonly values: Record<string, unknown>
  /** What was given and could be parsed, as it was written. */
  readonly texts: Map<string, string>
  readonly sources: Map<string, ValueSource>
  readonly problems: ConfigProblem[]
  /** Neither given nor replaced by a fallback. */
  readonly missing: string[]
}

function readAll(registry: Registry, env: Env, readFile: ReadSmallFile): Reading {
  const reading: Reading = { values: {}, texts: new Map(), sources: new Map(), problems: [], missing: [] }
  for (const [name, variable] of Object.entries(registry)) {
    const found = find(registry, name, env, readFile)
    const parsed = parseFound(variable, found)
    if ('problem' in parsed) reading.problems.push({ variable: name, problem: parsed.problem })
    const value = 'value' in parsed ? parsed.value : undefined
    reading.values[name] = value
    if (value === undefined && found.source === 'unset' && !('problem' in parsed)) reading.missing.push(name)
    if (value !== undefined && found.text !== undefined) reading.texts.set(name, found.text)
    reading.sources.set(name, found.source === 'unset' && value !== undefined ? 'fallback' : found.source)
  }
  return reading
}

type Value = string | number | boolean | readonly string[]

function parseFound(variable: Variable, found: Found): { value: Value } | { problem: string } | { missing: true } {
  if (found.problem !== undefined) return { problem: found.problem }
  if (found.text !== undefined) return parseValue(found.text, variable)
  if (variable.required) return { problem: 'is required and missing' }
  if (variable.fallback === undefined) return { missing: true }
  const parsed = parseValue(variable.fallback, variable)
  return 'problem' in parsed ? { problem: `falls back to a value that ${parsed.problem}` } : parsed
}

/** Everything that depends on which environment this is. */
function environmentProblems(
  registry: Registry,
  reading: Reading,
  env: Env,
  options: LoadOptions<never>,
): ConfigProblem[] {
  const { values, texts, missing } = reading
  const { lock } = options
  if (!lock) return []
  const environment = values[lock.declared]
  if (typeof environment !== 'string') return []
  const problems: ConfigProblem[] = []
  const production = (options.production ?? productionByDefault).includes(environment)
  const strict = options.production !== undefined && production
  for (const [name, variable] of Object.entries(registry)) {
    const text = texts.get(name)
    if (variable.requiredIn?.includes(environment) && missing.includes(name))
      problems.push({ variable: name, problem: `is required in ${environment} and missing` })
    if (values[name] === true && variable.refusedIn?.includes(environment))
      problems.push({ variable: name, problem: `must not be on in ${environment}` })
    if (text !== undefined) problems.push(...keyKindProblem(name, variable, text, production))
  }
  if (strict) {
    const known = new Set(problems.map((one) => one.variable))
    problems.push(...productionProblems(registry, texts, values, env).filter((one) => !known.has(one.variable)))
  }
  return problems
}

/**
 * Options that could never take effect pass for protection that is not there.
 * @throws RangeError for the first of them
 */
function checkOptions(registry: Registry, { lock, production }: LoadOptions<never>): void {
  const kinds = Object.entries(registry).find(([, variable]) => variable.keyKinds)?.[0]
  if (!lock) {
    if (kinds !== undefined)
      throw new RangeError(
        `variable ${kinds} has live and test keys: give a lock, so that it is known which belong here`,
      )
    if (production) throw new RangeError('production needs a lock that says which environment this is')
    return
  }
  const declared = Object.hasOwn(registry, lock.declared) ? registry[lock.declared] : undefined
  if (!declared) throw new RangeError(`the lock asks for ${lock.declared}, which the registry does not declare`)
  const known = declared.format === 'enum' ? declared.values : undefined
  if (!known) return
  const check = (what: string, names: readonly string[]): void => {
    const unknown = names.find((name) => !known.includes(name))
    if (unknown !== undefined)
      throw new RangeError(`${what} names ${unknown}, which is no value of ${lock.declared} (${known.join(', ')})`)
  }
  if (production ?? kinds !== undefined) check('production', production ?? productionByDefault)
  for (const [name, variable] of Object.entries(registry)) {
    check(`requiredIn of ${name}`, variable.requiredIn ?? [])
    check(`refusedIn of ${name}`, variable.refusedIn ?? [])
  }
}

/**
 * Reads the environment through the registry, once, when called: everything is parsed and range-checked here and
 * nothing at first use. The object that it returns is frozen.
 *
 * @example
 * const config = loadConfig(variables, process.env, {
 *   lock: { declared: 'APP_ENV', envFile: 'ENV_FILE', runtimeMarker: 'RUNTIME_MARKER', runtime: { versionFile: '.nvmrc' } },
 *   production: ['production'],
 * })
 *
 * @throws ConfigError with every problem at once and no value: what is missing, malformed, weak, a placeholder, given
 * twice, the same secret as another, of another environment, or must not be in production
 * @throws RangeError for what could never take effect: `keyKinds` or `production` without a lock, a lock on a variable
 * that is not declared, an environment's name that is none of its values
 */
export function loadConfig<const R extends Registry>(registry: R, env: Env, options: LoadOptions<R> = {}): ConfigOf<R> {
  const { lock, check, readFile = readSmallFile } = options
  checkOptions(registry, options as LoadOptions<never>)
  const reading = readAll(registry, env, readFile)
  const { problems, values } = reading
  problems.push(...environmentProblems(registry, reading, env, options as LoadOptions<never>))
  problems.push(...sharedSecretProblems(registry, reading.texts))
  if (lock) problems.push(...checkEnvironmentLock(env, lock, readFile))
  if (check) problems.push(...check(values as Partial<ConfigOf<R>>))
  if (problems.length > 0) throw new ConfigError(problems)
  return rememberSources(Object.freeze(values as ConfigOf<R>), registry, reading.sources)
}

const HIDDEN_CHARS_MIN = 6

/** Every secret there is with its name; one that is given twice comes twice. Of a URL its password. */
export function secretsByName(registry: Registry, env: Env, readFile: ReadSmallFile): [name: string, secret: string][] {
  const found: [string, string][] = []
  for (const { name, text, password } of secretTexts(registry, env, readFile)) found.push([name, password || text])
  return found
}

function* secretTexts(
  registry: Registry,
  env: Env,
  readFile: ReadSmallFile,
): Generator<{ name: string; text: string; password: string }> {
  for (const [name, variable] of Object.entries(registry)) {
    if (!variable.secret) continue
    // The environment's own also where it is refused because there is a file as well.
    const texts = new Set([env[name], find(registry, name, env, readFile).text])
    for (const text of texts) {
      if (typeof text !== 'string' || text === '') continue
      yield { name, text, password: variable.format === 'url' ? (URL.parse(text)?.password ?? '') : '' }
    }
  }
}

/**
 * Values of all secrets, for the logger to take out wherever they turn up; those in files (`<NAME>_FILE`) and the
 * passwords of URLs are among them. Of less than 6 characters none is listed: half of every line would go.
 */
export function secretsOf(registry: Registry, env: Env, readFile: ReadSmallFile = readSmallFile): string[] {
  const found: string[] = []
  for (const { text, password } of secretTexts(registry, env, readFile)) {
    if (text.length >= HIDDEN_CHARS_MIN) found.push(text)
    if (password.length >= HIDDEN_CHARS_MIN) found.push(password)
  }
  return found
}
