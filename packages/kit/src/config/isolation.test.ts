/**
 * Goal: what belongs to one environment does not get into another (CFG-01, CFG-02, CFG-04, CFG-08, CFG-10).
 * Method: one registry loaded in production and outside of it, with each kind of mistake.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ConfigError,
  defineVariables,
  loadConfig,
  type LoadOptions,
  nodeVersionSatisfies,
  type Registry,
  secretFingerprints,
  secretsOf,
  weakness,
} from './index.ts'
import { isLoopback } from './isolation.ts'

const base = { reason: 'A reason.', supplier: 'platform' }
const lock = { declared: 'APP_ENV', envFile: 'ENV_FILE', runtimeMarker: 'RUNTIME_MARKER' }
const environment = {
  ...base,
  format: 'enum',
  values: ['local', 'staging', 'production'],
  required: true,
} as const
const liveKey = `sk_live_${'9fQ2mZ7tKx4Lb8WvR3nYc6Hd'}`
const testKey = `sk_test_${'7gP1nY6sJw3Ka9VuQ2mXb5Ge'}`

function problems<R extends Registry>(
  registry: R,
  env: Record<string, string>,
  options: LoadOptions<R> = {},
): string[] {
  try {
    const known = Object.hasOwn(registry, 'APP_ENV') ? { lock, production: ['production'] } : {}
    loadConfig(registry, env, { ...known, ...options })
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((one) => `${one.variable} ${one.problem}`)
    throw error
  }
  return []
}

describe('live and test keys', () => {
  const registry = defineVariables({
    APP_ENV: environment,
    STRIPE_KEY: {
      ...base,
      format: 'string',
      secret: true,
      keyKinds: { live: 'sk_live_', test: 'sk_test_' },
    },
  })
  const withKey = (APP_ENV: string, STRIPE_KEY: string, options = {}) =>
    problems(registry, { APP_ENV, STRIPE_KEY }, options)

  it('are kept to their environments', () => {
    expect(withKey('production', liveKey)).toEqual([])
    expect(withKey('staging', testKey)).toEqual([])
    expect(withKey('production', testKey)).toEqual(['STRIPE_KEY is a test key, which production must not have'])
    expect(withKey('local', liveKey)).toEqual(['STRIPE_KEY is a live key, which only production may have'])
    expect(withKey('production', `rk_${liveKey}`)).toEqual(['STRIPE_KEY is neither a live nor a test key'])
  })

  it('are told apart without the option too, and where several environments are production', () => {
    expect(
      problems(registry, { APP_ENV: 'local', STRIPE_KEY: liveKey }, { production: undefined as never }),
    ).toHaveLength(1)
    expect(withKey('staging', liveKey, { production: ['production', 'staging'] })).toEqual([])
  })

  it('are not protected by options that could never take effect, so those are refused', () => {
    const load =
      (change: object, more: object = {}) =>
      () =>
        loadConfig({ ...registry, ...more }, { APP_ENV: 'local' }, { lock, ...change })
    expect(load({ production: ['prod'] })).toThrow('production names prod, which is no value of APP_ENV')
    expect(load({ lock: undefined, production: ['production'] }, { STRIPE_KEY: environment })).toThrow('needs a lock')
    expect(load({ lock: { ...lock, declared: 'STAGE' } })).toThrow('asks for STAGE')
    expect(load({}, { APP_ENV: { ...environment, values: ['dev', 'live'] } })).toThrow('production names production')
    expect(load({}, { A: { ...base, format: 'string', requiredIn: ['prod'] } })).toThrow('requiredIn of A names prod')
    expect(load({}, { A: { ...base, format: 'boolean', refusedIn: ['prod'] } })).toThrow('refusedIn of A names prod')
  })

  it('cannot be judged without knowing the environment, so that is refused', () => {
    expect(() => loadConfig(registry, { APP_ENV: 'local' })).toThrow(RangeError)
    expect(withKey('elsewhere', liveKey)).toEqual(['APP_ENV is not one of local, staging, production'])
  })
})

describe('production', () => {
  const registry = defineVariables({
    APP_ENV: environment,
    DB: { ...base, format: 'url', schemes: ['postgres'], secret: true },
    API: { ...base, format: 'url' },
    SIDECAR: { ...base, format: 'url', loopback: 'allowed' },
    HOST: { ...base, format: 'host' },
    CACHE_HOST: { ...base, format: 'host', loopback: 'refused' },
    ORIGINS: { ...base, format: 'list' },
    SQL_DEBUG: { ...base, format: 'boolean' },
    PROFILER: { ...base, format: 'boolean', debug: true },
    SENTRY_DSN: { ...base, format: 'url', requiredIn: ['production'] },
  })
  const good = { APP_ENV: 'production', SENTRY_DSN: 'https://errors.acme.test/1' }

  it.each([
    ['API', 'http://localhost:3000/', 'names this very machine, which production must not'],
    ['API', 'http://127.1/', 'names this very machine, which production must not'],
    ['API', 'http://[::ffff:127.0.0.1]/', 'names this very machine, which production must not'],
    ['DB', 'postgres://u:Kq8ZpW2vN7xL@127.0.0.1/d', 'names this very machine, which production must not'],
    ['CACHE_HOST', 'cache.localhost', 'names this very machine, which production must not'],
    ['ORIGINS', 'https://a.test,http://localhost:5173', 'names this very machine, which production must not'],
    ['SQL_DEBUG', 'true', 'must not be on in production'],
    ['PROFILER', 'true', 'must not be on in production'],
    ['DB', 'postgres://u:postgres@db.test/d', 'holds a password that everybody tries first'],
    ['DB', 'postgres://orders:orders@db.test/d', 'holds a password that everybody tries first'],
    ['NODE_TLS_REJECT_UNAUTHORIZED', '0', 'switches the check of certificates off'],
    ['NODE_OPTIONS', '--max-old-space-size=200 --inspect=0.0.0.0', 'opens the debugger, which production must not'],
    ['NODE_ENV', 'development', 'must be production, or unset, in production'],
  ])('refuses %s=%s: it %s; elsewhere that is fine', (name, value, problem) => {
    expect(problems(registry, { ...good, [name]: value })).toEqual([`${name} ${problem}`])
    expect(problems(registry, { ...good, APP_ENV: 'local', [name]: value })).toEqual([])
    expect(problems(registry, { ...good, [name]: value }, { production: undefined as never })).toEqual([])
  })

  it('lets through what is meant to be there', () => {
    const env = {
      SIDECAR: 'http://127.0.0.1:9000/',
      HOST: '0.0.0.0',
      SQL_DEBUG: 'false',
      API: 'https://localhost.acme.test/',
    }
    expect(problems(registry, { ...good, ...env })).toEqual([])
  })

  it('asks for what only some environments need', () => {
    expect(problems(registry, { APP_ENV: 'production' })).toEqual(['SENTRY_DSN is required in production and missing'])
    expect(problems(registry, { APP_ENV: 'local' })).toEqual([])
    expect(problems(registry, { APP_ENV: 'production', SENTRY_DSN: 'nonsense' })).toHaveLength(1)
  })

  it.each([
    'localhost',
    '127.0.0.1',
    '127.255.0.3',
    '0.0.0.0',
    '::1',
    '[::1]',
    '::',
    '0x7f.1',
    '::ffff:127.0.0.1',
    'LOCALHOST.',
  ])('knows %s as this machine', (host) => expect(isLoopback(host)).toBe(true))
  it.each(['db.test', '10.0.0.1', '128.0.0.1', 'localhost.acme.test', '::2', 'mylocalhost', 'a b'])(
    'does not take %s for it',
    (host) => expect(isLoopback(host)).toBe(false),
  )
})

describe('secrets', () => {
  const secret = { ...base, format: 'string', secret: true } as const
  const registry = defineVariables({
    A: secret,
    B: secret,
    DB: { ...base, format: 'url', schemes: ['redis'], secret: true },
  })
  const strong = 'Kq8ZpW2vN7xLmR4tYc9BdF6hJ1gQ'

  it('are used for one thing each', () => {
    expect(problems(registry, { A: strong, B: strong })).toEqual(['B holds the same secret as A'])
    expect(problems(registry, { A: strong, DB: `redis://u:${strong}@cache.test` })).toEqual([
      'DB holds the same secret as A',
    ])
    expect(problems(registry, { A: strong, B: `${strong}x` })).toEqual([])
  })

  it.each([
    ['qwertyuiop-1X9-zwrt-8Lq', 'keys side by side'],
    ['pOiUyTr8-Zx92-Lw7c-Qa', 'keys side by side'],
    ['Zk3!1qaz2wsx3edc-8Ly', 'keys side by side'],
    ['correct horse battery staple', 'known from documentation'],
    ['django-insecure-8h$2k!x9@qz', 'known from documentation'],
    ['wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', 'known from documentation'],
    [`sk_test_${'4eC39HqLyjWDarjtT1zdp7dc'}`, 'known from documentation'],
  ])('%s is refused: %s', (value, problem) => expect(weakness(value)).toContain(problem))

  it('can be compared between environments without being shown', () => {
    const key = 'k'.repeat(32)
    const production = secretFingerprints(registry, { A: strong, DB: `redis://u:${strong}@one.test` }, key)
    const staging = secretFingerprints(registry, { B: strong }, key)
    expect(production['A']).toBe(staging['B'])
    expect(production['DB']).toBe(production['A'])
    expect(secretFingerprints(registry, { A: strong }, 'l'.repeat(32))['A']).not.toBe(production['A'])
    expect(JSON.stringify(production)).not.toContain(strong)
    expect(() => secretFingerprints(registry, {}, 'short')).toThrow(RangeError)
  })
})

describe('files', () => {
  let folder = ''
  const file = (name: string, content: string | Buffer): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kit-config-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  const secret = 'Kq8ZpW2vN7xLmR4tYc9BdF6hJ1gQ'
  const registry = defineVariables({
    TOKEN: { ...base, format: 'string', secret: true, required: true },
    PEM: { ...base, format: 'string', secret: true, multiline: true },
    PLAIN: { ...base, format: 'string' },
    OPEN: { ...base, format: 'string', fromFile: true },
  })

  it('hold secrets, with or without a line end, and the redactor learns them', () => {
    for (const content of [secret, `${secret}\n`, `${secret}\r\n`]) {
      const env = { TOKEN_FILE: file('token', content) }
      expect(loadConfig(registry, env).TOKEN).toBe(secret)
      expect(secretsOf(registry, env)).toEqual([secret])
    }
    expect(loadConfig(registry, { TOKEN: secret, OPEN_FILE: file('open', 'x\n') }).OPEN).toBe('x')
  })

  it.each([
    ['both', { TOKEN: secret, TOKEN_FILE: '/nowhere' }, 'TOKEN is given twice, by itself and by TOKEN_FILE'],
    ['absent', { TOKEN_FILE: '/nowhere' }, "can't be read from the file"],
    ['nul', { TOKEN_FILE: 'a\0b' }, "can't be read from the file"],
    ['endless', { TOKEN_FILE: '/dev/zero' }, "can't be read from the file"],
  ])('%s: refused', (_, env, problem) => {
    expect(problems(registry, env)).toEqual([expect.stringContaining(problem)])
  })

  it('are bounded, text, not empty, and judged as the environment is', () => {
    const given = (content: string | Buffer) => problems(registry, { TOKEN_FILE: file('given', content) })
    expect(given(secret.repeat(4000))).toEqual([expect.stringContaining('at most 64 KiB')])
    expect(given(Buffer.from([0xff, 0xfe, 0x41]))).toEqual([expect.stringContaining('at most 64 KiB of text')])
    expect(given('\n')).toEqual(['TOKEN is empty in the file that TOKEN_FILE names'])
    expect(given('changeme\n')).toEqual(['TOKEN is a placeholder'])
    expect(given(`${secret}\n\n`)).toEqual(['TOKEN holds a control character'])
    expect(problems(registry, { TOKEN: secret, PLAIN_FILE: '/nowhere' })).toEqual([])
  })

  it('may hold a key of several lines', () => {
    const body = Buffer.from(Array.from({ length: 120 }, (_, i) => (i * 73 + 41) % 251)).toString('base64')
    const pem = `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----`
    const load = (content: string) => problems(registry, { TOKEN: secret, PEM_FILE: file('pem', content) })
    expect(load(`${pem}\n`)).toEqual([])
    expect(load('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n')).toEqual([
      'PEM has too little entropy',
    ])
    expect(load(`${pem}\u0007`)).toEqual(['PEM holds a control character'])
  })

  it('do not shadow a variable that is declared under that name', () => {
    const declared = defineVariables({
      KEY: { ...base, format: 'string', secret: true },
      KEY_FILE: { ...base, format: 'string' },
    })
    expect(problems(declared, { KEY: secret, KEY_FILE: '/etc/key' })).toEqual([])
  })

  it('pin the version of Node', () => {
    const pinned = (runtime: object) =>
      problems(defineVariables({ APP_ENV: environment }), { APP_ENV: 'local' }, { lock: { ...lock, runtime } })
    const version = 'v24.21.0'
    expect(pinned({ version, versionFile: file('nvmrc', 'v24.21.0\n') })).toEqual([])
    expect(pinned({ version, versionFile: file('nvmrc', '24.20.0\n') })).toEqual([
      'node is v24.21.0 but the version file wants 24.20.0',
    ])
    expect(pinned({ version, versionFile: file('lts', 'lts/*') })).toEqual([
      "node can't be compared: the version file names no version",
    ])
    expect(pinned({ version, versionFile: '/nowhere' })).toEqual([
      "node can't be compared: the version file can't be read",
    ])
    expect(pinned({ packageFile: file('a.json', JSON.stringify({ engines: { node: '>=1' } })) })).toEqual([])
    expect(pinned({ version, packageFile: file('b.json', JSON.stringify({ engines: { node: '^22' } })) })).toHaveLength(
      1,
    )
    for (const text of ['{}', 'null', '{', '{"engines":{"node":24}}'])
      expect(pinned({ version, packageFile: file('c.json', text) })).toHaveLength(1)
  })
})

describe('nodeVersionSatisfies', () => {
  it.each([
    ['24', true],
    ['24.x', true],
    ['v24.21', true],
    ['24.21.0', true],
    ['24.21.1', false],
    ['>=24', true],
    ['>=24 <25', true],
    ['>= 24.0.0 < 24.21.0', false],
    ['>24', false],
    ['>24.20', true],
    ['<=24', true],
    ['<24.21.1', true],
    ['^24.3.1', true],
    ['^24.21.0', true],
    ['~24.21.0', true],
    ['>=24.21.0', true],
    ['<=24.21.0', true],
    ['<24.21.0', false],
    ['>24.21.0', false],
    ['^23', false],
    [`^24${' || ^24'.repeat(40)}`, null],
    ['^24.22', false],
    ['~24.21', true],
    ['~24', true],
    ['~24.20.0', false],
    ['^20 || ^22 || ^24', true],
    ['^20 || ^22', false],
    ['*', true],
    ['=24.21.0', true],
    ['lts/jod', null],
    ['20 - 24', null],
    ['', null],
    ['node', null],
    ['^24 || latest', null],
  ])('v24.21.0 and %j: %s', (wanted, expected) => expect(nodeVersionSatisfies('v24.21.0', wanted)).toBe(expected))
})
