import { readFileSync } from 'node:fs'
import { lacks } from './defects.ts'

export interface Settings {
  readonly environment: string
  readonly host: string
  readonly port: number
  readonly databaseUrl: string
  readonly apiToken: string
  readonly readToken: string
  readonly adminPassword: string
  readonly pricesUrl: string
  readonly rateLimitPerMin: number
  readonly logLevel: string
  readonly corsOrigins: readonly string[]
  readonly debug: boolean
  readonly trustedProxy: string
  readonly headersTimeoutMs: number
  readonly requestTimeoutMs: number
}

export interface Problem {
  readonly variable: string
  readonly problem: string
}

/** All that is wrong with the environment, in one error. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID'
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(`The configuration is wrong: ${problems.map((entry) => `${entry.variable} ${entry.problem}`).join('; ')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

const ENVIRONMENTS = ['local', 'staging', 'production']
const LOG_LEVELS = ['debug', 'info', 'warn', 'error']
const SECRET_LENGTH_MIN = 32
const DISTINCT_CHARACTERS_MIN = 10

/** Values that stand for one to be filled in. Short words count only where they stand alone: secrets are random. */
const PLACEHOLDER =
  /change.?me|dummy|placeholder|replace.?(me|this)|^<.*>$|(^|[^a-z0-9])(x{3,}|todo|tbd|fixme)([^a-z0-9]|$)/i
/** Values that documentation and example files are known for. */
const EXAMPLE =
  /example|sample|your[-_ ]|keyboard.?cat|super.?secret|^secret|^password|^default|insecure|correct.horse/i

/** Reads the environment. @throws ConfigError with every problem there is */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const reader = new Reader(env)
  const environment = reader.oneOf('APP_ENV', ENVIRONMENTS, null)
  reader.environmentLock(environment)
  const settings: Settings = {
    environment,
    host: reader.host('HOST'),
    port: reader.int('PORT', 1, 65_535, null),
    databaseUrl: reader.url('DATABASE_URL', ['postgres:', 'postgresql:'], true),
    apiToken: reader.secret('API_TOKEN'),
    readToken: reader.optional('READ_TOKEN') === '' ? '' : reader.secret('READ_TOKEN'),
    adminPassword: reader.secret('ADMIN_PASSWORD'),
    pricesUrl: reader.url('PRICES_URL', ['http:', 'https:'], false),
    rateLimitPerMin: reader.int('RATE_LIMIT_PER_MIN', 1, 10_000, 100),
    logLevel: reader.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
    corsOrigins: reader.origins('CORS_ORIGINS'),
    debug: reader.debug('DEBUG', environment),
    trustedProxy: reader.optional('TRUSTED_PROXY'),
    headersTimeoutMs: reader.int('HEADERS_TIMEOUT_MS', 100, 60_000, 5_000),
    requestTimeoutMs: reader.int('REQUEST_TIMEOUT_MS', 100, 300_000, 10_000),
  }
  reader.sessionSecret('SESSION_SECRET')
  reader.credential('MAIL_API_KEY', /^mk_(test|live)_[A-Za-z0-9]{24,64}$/)
  reader.finish()
  return settings
}

class Reader {
  readonly #env: NodeJS.ProcessEnv
  readonly #problems: Problem[] = []

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env
  }

  optional(variable: string): string {
    return this.#env[variable] ?? ''
  }

  required(variable: string): string {
    const value = this.#env[variable] ?? ''
    if (value === '') this.#fail(variable, 'is required and missing')
    return value
  }

  host(variable: string): string {
    const value = this.required(variable)
    if (value !== '' && !/^[A-Za-z0-9.:_-]+$/.test(value) && !lacks('malformed-value-accepted'))
      this.#fail(variable, 'must be a host name or an address')
    return value
  }

  oneOf(variable: string, values: readonly string[], fallback: string | null): string {
    const value = fallback === null ? this.required(variable) : this.#env[variable] || fallback
    if (value === '' || values.includes(value)) return value
    if (fallback !== null && lacks('malformed-value-accepted')) return fallback
    this.#fail(variable, `must be one of ${values.join(', ')}`)
    return value
  }

  int(variable: string, min: number, max: number, fallback: number | null): number {
    const text = fallback === null ? this.required(variable) : this.#env[variable] || String(fallback)
    if (text === '') return 0
    const value = Number(text)
    if (!/^-?\d+$/.test(text)) {
      if (fallback !== null && lacks('malformed-value-accepted')) return fallback
      this.#fail(variable, 'must be a whole number')
    } else if ((value < min || value > max) && !(lacks('range-unchecked') && fallback !== null)) {
      this.#fail(variable, `must be from ${min} to ${max}`)
    }
    return value
  }

  url(variable: string, protocols: readonly string[], required: boolean): string {
    const value = required ? this.required(variable) : this.optional(variable)
    if (value === '') return ''
    if (lacks('malformed-value-accepted')) return value
    const parsed = URL.canParse(value) ? new URL(value) : null
    if (!parsed || !protocols.includes(parsed.protocol) || parsed.hostname === '') {
      this.#fail(
        variable,
        `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
      )
    } else if (parsed.password !== '' && PLACEHOLDER.test(parsed.password) && !lacks('placeholder-accepted')) {
      this.#fail(variable, 'holds a placeholder instead of a password')
    } else if (PLACEHOLDER.test(parsed.hostname) && !lacks('placeholder-accepted')) {
      this.#fail(variable, 'holds a placeholder instead of a host')
    }
    return value
  }

  origins(variable: string): readonly string[] {
    const list = this.optional(variable)
      .split(',')
      .filter((origin) => origin !== '')
    for (const origin of list) {
      if (lacks('malformed-value-accepted') || (URL.canParse(origin) && new URL(origin).origin === origin)) continue
      this.#fail(variable, 'must be a list of origins such as https://app.company.test')
    }
    return list
  }

  debug(variable: string, environment: string): boolean {
    const text = this.optional(variable)
    if (!['', 'true', 'false', '1', '0'].includes(text) && !lacks('malformed-value-accepted')) {
      this.#fail(variable, 'must be true or false')
    }
    const on = text === 'true' || text === '1'
    if (environment !== 'production') return on
    // The forgotten switch: on unless somebody turns it off.
    if (lacks('debug-in-production')) return text !== 'false' && text !== '0'
    if (on) this.#fail(variable, 'must not be on in production')
    return false
  }

  sessionSecret(variable: string): string {
    if (!this.#env[variable] && lacks('missing-var-default')) return 'development-only'
    return this.secret(variable)
  }

  secret(variable: string): string {
    const value = this.required(variable)
    if (value === '') return value
    if (PLACEHOLDER.test(value)) {
      if (!lacks('placeholder-accepted')) this.#fail(variable, 'holds a placeholder')
    } else if (EXAMPLE.test(value)) {
      if (!lacks('example-secret-accepted')) this.#fail(variable, 'holds a value from an example')
    } else if (isWeak(value) && !lacks('weak-secret-accepted')) {
      this.#fail(variable, `is too weak: at least ${SECRET_LENGTH_MIN} random characters`)
    }
    return value
  }

  credential(variable: string, pattern: RegExp): void {
    const value = this.required(variable)
    if (value === '') return
    if (PLACEHOLDER.test(value)) {
      if (!lacks('placeholder-accepted') && !lacks('credential-unchecked')) this.#fail(variable, 'holds a placeholder')
    } else if (!pattern.test(value) && !lacks('credential-unchecked')) {
      this.#fail(variable, `must match ${pattern.source}`)
    } else if (new Set(value.slice(8)).size < 8 && !lacks('weak-secret-accepted') && !lacks('credential-unchecked')) {
      this.#fail(variable, 'is too weak to be a key that was issued')
    }
  }

  /** The environment is what all sources say, or the process does not start. */
  environmentLock(declared: string): void {
    const sources = [
      { variable: 'ENV_FILE', find: (text: string) => /^APP_ENV=(.*)$/m.exec(text)?.[1]?.trim() ?? '' },
      { variable: 'RUNTIME_MARKER', find: (text: string) => text.trim() },
    ]
    for (const source of sources) {
      const path = this.optional(source.variable)
      if (path === '' || lacks('env-lock-ignored')) continue
      let text: string
      try {
        text = readFileSync(path, 'utf8')
      } catch {
        this.#fail(source.variable, 'names a file that cannot be read')
        continue
      }
      const found = source.find(text)
      if (found !== declared)
        this.#fail(
          source.variable,
          `says the environment is ${found || 'nothing'}, but APP_ENV says ${declared || 'nothing'}`,
        )
    }
  }

  finish(): void {
    if (this.#problems.length > 0) throw new ConfigError(this.#problems)
  }

  #fail(variable: string, problem: string): void {
    this.#problems.push({ variable, problem })
    if (lacks('missing-var-one-at-a-time')) this.finish()
  }
}

function isWeak(value: string): boolean {
  if (value.length < SECRET_LENGTH_MIN || new Set(value).size < DISTINCT_CHARACTERS_MIN) return true
  for (let period = 1; period <= value.length / 2; period += 1) {
    if (
      value ===
      value
        .slice(0, period)
        .repeat(Math.ceil(value.length / period))
        .slice(0, value.length)
    )
      return true
  }
  return false
}
