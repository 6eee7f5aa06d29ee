import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ConfigError,
  defineVariables,
  exampleEnv,
  loadConfig,
  type LoadOptions,
  type Registry,
  registryJson,
  secretsOf,
  weakness,
} from './index.ts'

const base = { reason: 'A reason.', supplier: 'platform' }
const strong = 'Kq8ZpW2vN7xLmR4tYc9BdF6hJ1gQ'
const lock = { declared: 'APP_ENV', envFile: 'ENV_FILE', runtimeMarker: 'RUNTIME_MARKER' }

function problemsOf<R extends Registry>(
  registry: R,
  env: Record<string, string>,
  options: LoadOptions<R> = {},
): string[] {
  try {
    loadConfig(registry, env, options)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((one) => `${one.variable} ${one.problem}`)
    throw error
  }
  return []
}

describe('loadConfig', () => {
  const registry = defineVariables({
    APP_ENV: { ...base, format: 'enum', values: ['local', 'production'], required: true },
    PORT: { ...base, format: 'port', required: true },
    RATIO: { ...base, format: 'number', min: 0, max: 1, fallback: '0.5' },
    DEBUG: { ...base, format: 'boolean', fallback: 'false', refusedIn: ['production'] },
    ORIGINS: { ...base, format: 'list', pattern: 'https://[a-z.]+' },
    KEY: { ...base, format: 'string', pattern: 'mk_[A-Za-z0-9]{24}', secret: true },
    DB: { ...base, format: 'url', schemes: ['postgres'], secret: true },
    HOST: { ...base, format: 'host', fallback: '127.0.0.1' },
    NAME: { ...base, format: 'string', min: 3, max: 5 },
  })
  const good = { APP_ENV: 'local', PORT: '8080' }

  it('parses what is there and falls back where it may', () => {
    const config = loadConfig(registry, { ...good, ORIGINS: 'https://a.test, https://b.test', DEBUG: 'true' })
    expect(config).toMatchObject({
      PORT: 8080,
      RATIO: 0.5,
      DEBUG: true,
      ORIGINS: ['https://a.test', 'https://b.test'],
      HOST: '127.0.0.1',
    })
    expect(config.KEY).toBeUndefined()
  })

  it('names everything that is missing in one message, and counts blank as missing', () => {
    expect(() => loadConfig(registry, { PORT: '  ' })).toThrow(
      'APP_ENV is required and missing; PORT is required and missing',
    )
  })

  it.each([
    ['PORT', '0', 'is below 1'],
    ['PORT', '65536', 'is above 65535'],
    ['PORT', '80a', 'is not a whole number'],
    ['RATIO', '1e3', 'is not a number'],
    ['RATIO', '1.5', 'is above 1'],
    ['DEBUG', 'yes', 'is neither true nor false'],
    ['APP_ENV', 'prod', 'is not one of local, production'],
    ['ORIGINS', 'https://a.test,', 'holds an empty item'],
    ['ORIGINS', 'nope', 'holds an item that is not well formed'],
    ['DB', 'mysql://u:p@h/d', 'is not a URL of postgres'],
    ['DB', 'not a url', 'is not a URL with a host'],
    ['DB', 'postgres://u:%zz@h/d', 'holds a malformed percent escape'],
    ['DB', 'postgres://u:changeme@h/d', 'is a placeholder'],
    ['DB', 'postgres://u:xxxx@h/d', 'holds a placeholder'],
    ['HOST', 'a b', 'is not a host name or address'],
    ['HOST', 'TODO', 'is a placeholder'],
    ['DB', 'postgres://<user>:<password>@h/d', 'is a placeholder'],
    ['NAME', 'ab', 'is shorter than 3 characters'],
    ['NAME', 'abcdef', 'is longer than 5 characters'],
    ['NAME', 'a\nb', 'holds a control character'],
    ['KEY', strong, 'is not well formed'],
  ])('refuses %s=%j: it %s', (name, value, problem) => {
    expect(problemsOf(registry, { ...good, [name]: value })).toEqual([`${name} ${problem}`])
  })

  it('bounds every value before it looks at it, and by its own bound where there is one', () => {
    const long = { A: { ...base, format: 'string', max: 20_000 }, B: { ...base, format: 'url' } } as const
    const problems = (A: string, B: string) => problemsOf(long, { A, B })
    expect(problems('a b'.repeat(5000), `http://h.test/${'p'.repeat(8000)}`)).toEqual([])
    expect(problems('a b'.repeat(7000), `http://h.test/${'p'.repeat(8192)}`)).toEqual([
      'A is longer than 20000 characters',
      'B is longer than 8192 characters',
    ])
  })

  it('never repeats a value', () => {
    expect(problemsOf(registry, { ...good, KEY: `${strong}-marker` }).join()).not.toContain('marker')
  })

  it('refuses what an environment does not allow, and a fallback that is wrong itself', () => {
    const wrong = defineVariables({ A: { ...base, format: 'int', max: 1, fallback: '2' } })
    expect(problemsOf(registry, { APP_ENV: 'production', PORT: '1', DEBUG: 'true' }, { lock })).toEqual([
      'DEBUG must not be on in production',
    ])
    expect(problemsOf(wrong, {})).toEqual(['A falls back to a value that is above 1'])
  })

  it('runs checks across variables', () => {
    const check = () => [{ variable: 'A', problem: 'needs B' }]
    expect(problemsOf({ A: { ...base, format: 'string' } }, {}, { check })).toEqual(['A needs B'])
  })

  it('lists secrets with the passwords in URLs, for the redactor', () => {
    expect(secretsOf(registry, { KEY: strong, DB: 'postgres://u:s3cr3tpw@h/d', NAME: 'plain' })).toEqual([
      strong,
      'postgres://u:s3cr3tpw@h/d',
      's3cr3tpw',
    ])
  })
})

describe('environment lock', () => {
  let folder = ''
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kit-lock-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  const registry = defineVariables({
    APP_ENV: { ...base, format: 'enum', values: ['local', 'production'], required: true },
  })
  const problems = (env: Record<string, string>) => problemsOf(registry, { APP_ENV: 'production', ...env }, { lock })

  it('accepts sources that agree, quoted and exported too', () => {
    const env = {
      ENV_FILE: file('a.env', '# x\nexport APP_ENV="production"\n'),
      RUNTIME_MARKER: file('a.mark', 'production\n'),
    }
    expect(problems(env)).toEqual([])
  })

  it('refuses every source that disagrees, says nothing or contradicts itself', () => {
    expect(problems({ ENV_FILE: file('b.env', 'APP_ENV=local') })).toEqual([
      'ENV_FILE belongs to another environment than APP_ENV declares',
    ])
    expect(problems({ RUNTIME_MARKER: file('b.mark', 'local') })).toHaveLength(1)
    expect(problems({ ENV_FILE: file('c.env', 'OTHER=1') })).toEqual([
      'ENV_FILE names a file that does not say its environment',
    ])
    expect(problems({ ENV_FILE: file('d.env', 'APP_ENV=production\nAPP_ENV=local') })).toHaveLength(1)
    expect(problems({ ENV_FILE: join(folder, 'absent') })).toEqual([`ENV_FILE names a file that can't be read`])
    expect(problems({ RUNTIME_MARKER: file('big', 'x'.repeat(70_000)) })).toHaveLength(1)
  })
})

describe('weakness', () => {
  it.each([
    'changeme',
    '<your-key>',
    '${SECRET}',
    'example-secret-please-replace-me',
    'dummy-9f8a7b6c5d4e3f2a1b0c9d8e',
    'secretsecretsecretsecretsecret',
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    'abcabcabcabcabcabcabcabcabcabcabc',
    '12345678901234567890123456789012',
    'short',
    'todo',
    'your_api_key_here_1234567890',
    'mk_live_xxxxxxxxxxxxxxxxxxxxxxxx',
    'aabbaabababbaabbabababbbaabababb',
    'keyboard-cat-keyboard-cat-keyboard-cat',
    'supersecret-supersecret-supersecret-1',
    'your-256-bit-secret-for-signing-tokens',
    'Kq8Zabcdefgh4tYc9BdF',
    'Kq8Z87654321tYc9BdF6',
    'Kq8Z!!!!!!!!tYc9BdF6',
    'Kq8ZpW2vN7Kq8ZpW2vN7',
    'wP5pOiUyTr-Kq8ZpW2v',
  ])('refuses %s', (value) => expect(weakness(value)).not.toBe(''))

  it.each([
    strong,
    '0f8fad5bd9cb469fa16570867728950e',
    'mk_live_9fQ2mZ7tKx4Lb8WvR3nYc6Hd',
    'xxx9ZpW2vN7xLmR4tYc9BdF6hJ1gQtodo',
    'Kq8Zabcdefg-4tYc9BdF',
    'Kq8ZpW2vNqwerty4tYc9',
    'Kq8ZpW2vN-Kq8ZpW2vN4',
    // Random, with hardly a letter of their own besides those of the prefix.
    'mk_test_17211a106424186137482020',
    'mk_test_afa102e3a9a6afa82427475a',
    '172aa1c80996af58a9227854768838dfa76aa0a2',
  ])('accepts %s', (value) => expect(weakness(value)).toBe(''))
})

describe('exports', () => {
  const registry = defineVariables({
    B_KEY: { ...base, format: 'string', secret: true, required: true, pattern: 'k_[a-z]+', thirdParty: true },
    A_LIST: { ...base, format: 'list', fallback: '' },
    C_MODE: { ...base, format: 'enum', values: ['x', 'y'], fallback: 'x' },
    D_SIZE: { ...base, format: 'int', min: 1, max: 9 },
  })

  it('writes the registry sorted, patterns anchored', () => {
    const json = JSON.parse(registryJson(registry)) as Record<string, Record<string, unknown>>
    expect(Object.keys(json)).toEqual(['A_LIST', 'B_KEY', 'C_MODE', 'D_SIZE'])
    expect(json['B_KEY']).toMatchObject({ required: true, secret: true, thirdParty: true, pattern: '^(?:k_[a-z]+)$' })
    expect(json['A_LIST']).toMatchObject({ format: 'string', required: false })
  })

  it('writes an example with a description for every variable and no value', () => {
    const text = exampleEnv(registry, 'Title')
    const assignments = text.split('\n').filter((line) => /^(?:# )?[A-Z_]+=/.test(line))
    expect(assignments).toEqual(['B_KEY=', '# A_LIST=', '# C_MODE=', '# D_SIZE='])
    expect(text).toContain('# required, string, secret, matches k_[a-z]+; supplied by platform')
    expect(text).toContain('# optional, int, 1..9; supplied by platform')
  })
})
