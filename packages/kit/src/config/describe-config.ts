import type { Registry } from './variable.ts'

/** Where a value came from. */
export type ValueSource = 'environment' | 'file' | 'fallback' | 'unset'

/** One value as it may be shown. */
export interface DescribedValue {
  /** The parsed value; `***` for a secret; null when there is none. Passwords of URLs are `***` as well. */
  readonly value: string | number | boolean | readonly string[] | null
  readonly source: ValueSource
  readonly secret: boolean
}

interface Origin {
  readonly registry: Registry
  readonly sources: ReadonlyMap<string, ValueSource>
}

const origins = new WeakMap<object, Origin>()

/** Called by `loadConfig` alone. */
export function rememberSources<C extends object>(
  config: C,
  registry: Registry,
  sources: ReadonlyMap<string, ValueSource>,
): C {
  origins.set(config, { registry, sources })
  return config
}

/** The registry that a configuration was read through; undefined for any other object. */
export function registryOf(config: object): Registry | undefined {
  return origins.get(config)?.registry
}

const URL_CHARS_MAX = 2048

function shown(value: unknown): DescribedValue['value'] {
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map((one) => String(shown(one)))
  if (typeof value !== 'string') return null
  const url = value.length <= URL_CHARS_MAX && value.includes('://') ? URL.parse(value) : null
  if (!url || (url.password === '' && url.username === '' && url.search === '')) return value
  // What is not declared a secret may still hold one: a login, or a token in the query.
  const login = url.username || url.password ? '***@' : ''
  return `${url.protocol}//${login}${url.host}${url.pathname}${url.search ? '?***' : ''}`
}

/**
 * A configuration that may be printed or logged: every variable, sorted, with where its value came from, and no secret.
 *
 * @example
 * logger.log('info', 'configured', { configuration: describeConfig(config) })
 * // { DATABASE_URL: { value: '***', source: 'file', secret: true }, PORT: { value: 8080, source: 'environment', ... } }
 *
 * @throws TypeError for an object that `loadConfig` did not return, a copy of one included: nobody knows its secrets
 */
export function describeConfig(config: object): Record<string, DescribedValue> {
  const origin = origins.get(config)
  if (!origin)
    throw new TypeError('describeConfig needs the very object that loadConfig returned, not a copy or a part of it')
  const described: Record<string, DescribedValue> = {}
  for (const name of Object.keys(origin.registry).toSorted()) {
    const value: unknown = Reflect.get(config, name)
    const secret = origin.registry[name]?.secret ?? false
    const source = origin.sources.get(name) ?? 'unset'
    described[name] = { value: value === undefined ? null : secret ? '***' : shown(value), source, secret }
  }
  return described
}
