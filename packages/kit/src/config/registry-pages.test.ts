/** Goal: what is shown of a configuration is complete and holds no secret; nothing given to it can crash it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ConfigError,
  configurationReference,
  defineVariables,
  describeConfig,
  exampleEnv,
  loadConfig,
  type Registry,
  type Variable,
} from './index.ts'

const base = { reason: 'A reason.', supplier: 'platform' }
const registry = defineVariables({
  APP_ENV: { ...base, format: 'enum', values: ['local', 'production'], required: true },
  KEY: {
    ...base,
    format: 'string',
    secret: true,
    keyKinds: { live: 'k_live_', test: 'k_test_' },
    requiredIn: ['production'],
  },
  PEM: { ...base, format: 'string', secret: true, multiline: true },
  DB: { ...base, format: 'url', schemes: ['postgres'], secret: true },
  API: { ...base, format: 'url', restart: true },
  NAMES: { ...base, format: 'list', pattern: 'a|b', fallback: 'a' },
  SIZE: { ...base, format: 'int', min: 1, max: 9 },
  RATIO: { ...base, format: 'number' },
  WAIT: { ...base, format: 'duration' },
  HOST: { ...base, format: 'host', loopback: 'refused' },
  PORT: { ...base, format: 'port' },
  SQL_DEBUG: { ...base, format: 'boolean', refusedIn: ['production'], fallback: 'false' },
})
const lock = { declared: 'APP_ENV', envFile: 'ENV_FILE', runtimeMarker: 'RUNTIME_MARKER' }

describe('defineVariables', () => {
  it.each<[string, Partial<Variable>]>([
    ['values', { format: 'enum' }],
    ['regular expression', { pattern: '(' }],
    ['min of 5', { min: 5, max: 1 }],
    ['must not have a fallback', { secret: true, fallback: 'x' }],
    ['fallback could never', { required: true, fallback: 'x' }],
    ['keyKinds', { format: 'int', keyKinds: { live: 'a', test: 'b' } }],
    ['multiline', { format: 'int', multiline: true }],
    ['boolean', { refusedIn: ['production'] }],
    ['reason', { reason: '' }],
  ])('refuses what could never be read: %s', (words, change) => {
    expect(() => defineVariables({ A: { ...base, format: 'string', ...change } })).toThrow(words)
  })
  it('takes bounds that meet', () => {
    expect(defineVariables({ A: { ...base, format: 'int', min: 5, max: 5 } }).A.min).toBe(5)
  })
  it('refuses odd names', () => {
    for (const name of ['a', 'A-B', '', '1A', 'X'.repeat(65)])
      expect(() => defineVariables({ [name]: { ...base, format: 'string' } })).toThrow(RangeError)
  })
})

describe('pages', () => {
  it('cover every variable, sorted, the same each time', () => {
    const page = configurationReference(registry, 'Settings')
    const names = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1] ?? '')
    expect(names).toEqual(Object.keys(registry).toSorted())
    expect(page).toBe(configurationReference(Object.fromEntries(Object.entries(registry).toReversed()), 'Settings'))
    // A bar inside of a pattern does not end its cell.
    for (const line of page.split('\n').filter((one) => one.startsWith('| `')))
      expect(line.replaceAll('\\|', '').split('|')).toHaveLength(10)
    for (const words of ['`KEY_FILE`', 'in production', 'takes a restart', 'live keys in production only'])
      expect(page).toContain(words)
  })

  it('give every variable a line in the example', () => {
    const text = exampleEnv(registry, 'Title')
    for (const name of Object.keys(registry)) expect(text).toMatch(new RegExp(`^(?:# )?${name}=$`, 'm'))
    expect(text).toContain('required in production')
  })
})

describe('describeConfig', () => {
  it('shows every value with its source, and no secret', () => {
    const secret = 'Kq8ZpW2vN7xLmR4tYc9BdF6hJ1gQ'
    const config = loadConfig(
      registry,
      {
        APP_ENV: 'local',
        DB: 'postgres://u:s3cr3tpw@db.test/d',
        API: 'https://u:pw9@a.test/p?token=t',
        PEM_FILE: '/pem',
      },
      { lock, readFile: () => secret },
    )
    const described = describeConfig(config)
    expect(Object.keys(described)).toEqual(Object.keys(registry).toSorted())
    expect(described).toMatchObject({
      APP_ENV: { value: 'local', source: 'environment' },
      API: { value: 'https://***@a.test/p?***', source: 'environment' },
      DB: { value: '***', secret: true },
      PEM: { value: '***', source: 'file' },
      NAMES: { value: ['a'], source: 'fallback' },
      KEY: { value: null, source: 'unset' },
    })
    expect(JSON.stringify(described)).not.toMatch(/s3cr3tpw|pw9|Kq8Zp|token=t/)
    expect(Object.isFrozen(config)).toBe(true)
    expect(() => describeConfig({ ...config })).toThrow(TypeError)
    const named = loadConfig({ API: registry.API }, { API: 'https://onlyname@a.test/' })
    expect(describeConfig(named)['API']?.value).toBe('https://***@a.test/')
  })
})

describe('any environment', () => {
  const marker = 'mArK7zQx2LpW9vRt4'
  const value = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom(
      '',
      ' ',
      'true',
      '0',
      '-1',
      '1e9',
      'production',
      'local',
      'a,b',
      ',',
      'localhost',
      'k_live_',
      'http://',
      'postgres://u:%@h',
      'http://[::1]:x',
      '<',
      '${',
      '\0',
      '{{'.repeat(2000),
      '${'.repeat(40_000),
      '<a'.repeat(40_000),
      'your_'.repeat(20_000),
      'x'.repeat(200_000),
    ),
  )
  const env = fc.dictionary(
    fc.constantFrom(
      ...Object.keys(registry),
      'KEY_FILE',
      'PEM_FILE',
      'ENV_FILE',
      'RUNTIME_MARKER',
      'NODE_ENV',
      'NODE_OPTIONS',
    ),
    fc.tuple(value, fc.boolean()).map(([text, marked]) => (marked ? `${text}${marker}` : text)),
  )

  /** What loading throws; null when it loads. */
  function refusal(load: () => unknown): unknown {
    try {
      load()
      return null
    } catch (error) {
      return error
    }
  }

  it('is loaded or refused with a ConfigError that holds no value, quickly', () => {
    let loaded = 0
    fc.assert(
      fc.property(env, fc.boolean(), fc.boolean(), (given, strict, known) => {
        const begun = performance.now()
        const refused = refusal(() =>
          loadConfig(registry as Registry, known ? { ...given, APP_ENV: 'local' } : given, {
            lock,
            ...(strict ? { production: ['production'] } : {}),
            readFile: (path) => (path.length % 3 === 0 ? null : path),
          }),
        )
        if (refused === null) loaded += 1
        const text = refused instanceof Error ? `${refused.message}\n${refused.stack}` : ''
        expect(refused === null || refused instanceof ConfigError).toBe(true)
        expect(text).not.toContain(marker)
        expect(text.length).toBeLessThan(20_000)
        expect(performance.now() - begun).toBeLessThan(1000)
      }),
      { numRuns: 800 },
    )
    expect(loaded).toBeGreaterThan(0)
  })

  it('is refused where it is not text at all', () => {
    const odd = { APP_ENV: 5, KEY: {}, DB: null } as unknown as Record<string, string>
    expect(() => loadConfig(registry, odd, { lock })).toThrow(ConfigError)
  })

  it('names every problem once, up to a bound', () => {
    const many = Object.fromEntries(
      Array.from({ length: 900 }, (_, i) => [`V${i}`, { ...base, format: 'int', required: true } as const]),
    )
    const error = refusal(() => loadConfig(many, {})) as ConfigError
    expect(error.problems).toHaveLength(500)
    expect(error.message).toMatch(/^the configuration is wrong in 900 places/)
    expect(error.message.length).toBeLessThanOrEqual(16_384)
  })
})
