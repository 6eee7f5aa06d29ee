import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FACT_NAMES, type FactName, type TreePort, serviceConfigSchema } from '@greengate/contracts'
import { afterEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { contradict, detectFacts, discover, hints, renderConfig, writeConfig } from './index.ts'

/** A tree in memory: facts only list and read. */
function treeOf(files: Readonly<Record<string, string>>, unreadable: TreePort['unreadable'] = []): TreePort {
  return {
    root: '/tree',
    files: Object.entries(files).map(([path, text]) => ({ path, sizeBytes: text.length, executable: false })),
    unreadable,
    commit: '',
    gitDir: null,
    has: (path) => Object.hasOwn(files, path),
    read: (path) => Promise.resolve(files[path] ?? ''),
    run: () => Promise.reject(new Error('facts run nothing')),
    fork: () => Promise.reject(new Error('facts fork nothing')),
  }
}

async function fact(files: Readonly<Record<string, string>>, name: FactName, config: object | null = null) {
  const facts = await detectFacts({
    tree: treeOf(files),
    config: config && serviceConfigSchema.parse({ service: 'shop', ...config }),
    target: 'shop',
  })
  const found = facts.find((candidate) => candidate.name === name)
  if (!found) throw new Error(`no fact ${name}`)
  return { state: found.state, how: found.how }
}

const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

const PACKAGE =
  '{\n  "name": "shop",\n  "scripts": { "start": "node src/main.js", "test": "node --test" },\n  "dependencies": {\n    "pg": "8.0.0"\n  }\n}\n'
const LOCK = '{\n  "packages": {\n    "node_modules/pg": {}\n  }\n}\n'

it('says present with the place', async () => {
  expect(await fact({ 'package.json': PACKAGE }, 'database')).toEqual({
    state: 'present',
    how: 'package.json:5 depends on pg',
  })
  expect(await fact({ 'app.py': 'import os\nimport asyncpg\n' }, 'database')).toEqual({
    state: 'present',
    how: 'app.py:2 imports asyncpg',
  })
  expect(await fact({ 'a.js': `const r = await fetch('https://x.example')\n` }, 'upstream')).toMatchObject({
    state: 'present',
  })
})

it('says absent only where it could have seen it', async () => {
  const files = { 'package.json': PACKAGE, 'package-lock.json': LOCK, 'src/main.js': `import http from 'node:http'\n` }
  expect((await fact(files, 'queue')).state).toBe('absent')
  expect((await fact({ ...files, 'go.mod': 'module x\n' }, 'queue')).state).toBe('unknown')
  expect((await fact({ 'package.json': PACKAGE }, 'queue')).state).toBe('unknown')
  expect((await fact({ 'main.go': 'package main\n', 'go.mod': 'module x\n' }, 'database')).state).toBe('unknown')
  expect((await fact({ 'README.md': 'nothing' }, 'database')).state).toBe('unknown')
  expect((await fact({ ...files, 'package.json': '{ broken' }, 'queue')).state).toBe('unknown')
  const unreadable = await detectFacts({
    tree: treeOf(files, [{ path: 'src/big.js', reason: 'too large' }]),
    config: null,
    target: 'shop',
  })
  expect(unreadable.filter((found) => found.state === 'absent').map((found) => found.name)).toEqual(['git'])
})

it('does not call absent what is read by a name that is not written', async () => {
  const files = { 'package.json': '{}', 'main.js': 'start(process.env)\n' }
  expect((await fact(files, 'third-party-credential')).state).toBe('unknown')
  expect((await fact(files, 'required-variables')).state).toBe('unknown')
  expect((await fact({ 'main.js': `import x from 'some-client'\n` }, 'queue')).state).toBe('unknown')
})

describe('a registry of variables in the tree', () => {
  const files = { 'package.json': '{}', 'main.js': 'start(process.env)\n' }
  const entry = { required: true, secret: true, format: 'string', supplier: 'vault', reason: 'test', thirdParty: false }
  const state = async (registry: unknown, config: Record<string, unknown> = { variables: './env.registry.json' }) =>
    (await fact({ ...files, 'env.registry.json': JSON.stringify(registry) }, 'third-party-credential', config)).state

  it('answers for names that the source does not write', async () => {
    expect(await state({ OWN_TOKEN: entry })).toBe('absent')
    expect(await state({ variables: { OWN_TOKEN: entry } })).toBe('absent')
    expect(await state({ OWN_TOKEN: entry, MAIL: { ...entry, thirdParty: true } })).toBe('present')
  })

  it('does not answer for what it leaves open, nor against a usual name', async () => {
    const { thirdParty: _, ...silent } = entry
    expect(await state({ OWN_TOKEN: entry, OTHER: silent })).toBe('unknown')
    expect(await state({})).toBe('unknown')
    expect(await state('broken')).toBe('unknown')
    expect(await state({ STRIPE_SECRET_KEY: entry })).toBe('present')
  })

  it('counts as a file of the tree that the configuration names, and not inside the configuration', async () => {
    expect(await state({ OWN_TOKEN: entry }, { variables: 'missing.json' })).toBe('unknown')
    expect(await state({ OWN_TOKEN: entry }, {})).toBe('unknown')
    expect(await state({}, { variables: { OWN_TOKEN: entry } })).toBe('unknown')
  })

  it('says that nobody hands a database to a driver which another package brings', async () => {
    const lock = JSON.stringify(
      {
        lockfileVersion: 3,
        packages: {
          '': { dependencies: { kit: '1' } },
          'node_modules/kit': { dependencies: { pg: '8' } },
          'node_modules/pg': {},
        },
      },
      null,
      2,
    )
    const url = { ...entry, format: 'url', secret: false }
    const database = async (registry: unknown, more: Record<string, string> = {}) => {
      const all = {
        'package.json': '{"dependencies":{"kit":"1"}}',
        'package-lock.json': lock,
        'main.js': "import { start } from 'kit'\nstart(process.env)\n",
        'env.registry.json': JSON.stringify(registry),
        ...more,
      }
      return (await fact(all, 'database', { variables: 'env.registry.json' })).state
    }
    expect(await database({ CONTENT_URL: { ...url, pattern: '^(?:http|https)://.+$' } })).toBe('absent')
    expect(await database({ CONTENT_URL: url })).toBe('unknown')
    expect(await database({ LEDGER_URL: { ...url, pattern: '^(?:postgres)://.+$' } })).toBe('unknown')
    expect(await database({ LEDGER_DB_NAME: entry })).toBe('unknown')
    const http = { CONTENT_URL: { ...url, pattern: '^https://.+$' } }
    expect(await database(http, { 'more.js': "import pg from 'pg'\n" })).toBe('present')
  })

  it('takes nothing back that the source shows', async () => {
    const shown = {
      ...files,
      'pay.js': "import Stripe from 'stripe'\n",
      'env.registry.json': JSON.stringify({ A: entry }),
    }
    expect((await fact(shown, 'third-party-credential', { variables: 'env.registry.json' })).state).toBe('present')
  })
})

it('does not call absent what a lock file installs through another package', async () => {
  const files = { 'package.json': '{"dependencies":{"some-server":"1.0.0"}}', 'package-lock.json': LOCK }
  expect(await fact(files, 'database')).toMatchObject({
    state: 'unknown',
    how: expect.stringContaining('package-lock.json:3'),
  })
})

it('is added to by the configuration and never taken from', async () => {
  expect((await fact({ 'go.mod': '' }, 'database', { dependencies: { db: { kind: 'postgres' } } })).state).toBe(
    'present',
  )
  expect((await fact({ 'package.json': PACKAGE }, 'database', { dependencies: {} })).state).toBe('present')
  const none = await detectFacts({ tree: null, config: null, target: 'shop' })
  expect(new Set(none.map((found) => found.name)).size).toBe(none.length)
  expect(none.map((found) => found.name)).toEqual([...FACT_NAMES])
  expect(new Set(none.map((found) => found.state))).toEqual(new Set(['unknown']))
})

it('knows of no optional dependency only where every dependency is declared as required', async () => {
  const files = { 'package.json': PACKAGE, 'package-lock.json': LOCK }
  expect((await fact(files, 'optional-dependency')).state).toBe('unknown')
  expect((await fact(files, 'optional-dependency', { dependencies: { db: { kind: 'postgres' } } })).state).toBe(
    'absent',
  )
  expect(
    (await fact(files, 'optional-dependency', { dependencies: { prices: { kind: 'http', required: false } } })).state,
  ).toBe('present')
})

it('is contradicted by what was seen at run time', async () => {
  const facts = await detectFacts({ tree: treeOf({ 'a.js': '', 'package.json': '{}' }), config: null, target: 'shop' })
  expect(facts.find((found) => found.name === 'database')?.state).toBe('absent')
  const after = contradict(facts, [{ name: 'database', how: 'a connection to port 5432' }])
  expect(after.find((found) => found.name === 'database')).toMatchObject({
    state: 'present',
    how: expect.stringContaining('port 5432'),
  })
})

const SERVICE = {
  'package.json': PACKAGE,
  'src/main.js': `import http from 'node:http'\nhttp.createServer((q, s) => {\n  if (q.url === '/health') s.end()\n  if (q.url === '/ready') s.end()\n}).listen(process.env.PORT)\nconst url = process.env.DATABASE_URL\n`,
  '.github/workflows/ci.yml': 'on: push\n',
}

it('discovers start, port, probes, dependencies and tests, each with its place', async () => {
  const found = await discover(treeOf(SERVICE))
  expect(found.start).toEqual({ value: ['node', 'src/main.js'], how: 'scripts.start', where: 'package.json:3' })
  expect(found.portVariable).toMatchObject({ value: 'PORT', where: 'src/main.js:5' })
  expect(found.live).toMatchObject({ value: '/health', where: 'src/main.js:3' })
  expect(found.ready).toMatchObject({ value: '/ready' })
  expect(found.dependencies[0]).toMatchObject({
    value: { name: 'db', kind: 'postgres', variable: 'DATABASE_URL' },
    where: 'package.json:5',
  })
  expect(found.tests?.value).toEqual(['npm', 'run', 'test'])
  expect(found.pipelines.map((pipeline) => pipeline.value)).toEqual(['.github/workflows/ci.yml'])
})

it('discovers what a container and a Python project say', async () => {
  const found = await discover(
    treeOf({
      'pyproject.toml':
        '[project]\nname = "api"\ndependencies = ["fastapi>=0.100", "asyncpg"]\n[tool.pytest.ini_options]\n',
      Dockerfile:
        'FROM python:3\nEXPOSE 8000\nHEALTHCHECK CMD curl -f http://localhost:8000/up\nCMD ["uvicorn", "app:app"]\n',
    }),
  )
  expect(found.service.value).toBe('api')
  expect(found.start).toMatchObject({ value: ['uvicorn', 'app:app'], where: 'Dockerfile:4' })
  expect(found.live?.value).toBe('/up')
  expect(found.openapi?.value).toBe('/openapi.json')
  expect(found.port?.value).toBe(8000)
})

it('writes a configuration that says how it knew, loads again and is never overwritten', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'greengate-init-'))
  folders.push(folder)
  const found = await discover(treeOf(SERVICE))
  const path = await writeConfig(found, 'yaml', folder)
  const text = await readFile(path, 'utf8')
  expect(text).toContain('command: ["node","src/main.js"] # package.json:3: scripts.start')
  expect(
    text
      .trim()
      .split('\n')
      .filter((line) => !line.includes('#')),
  ).toEqual([])
  const config = serviceConfigSchema.parse(parse(text))
  expect(config.start?.env).toEqual({ PORT: '{port}', DATABASE_URL: '{db.url}' })
  await expect(writeConfig(found, 'yaml', folder)).rejects.toMatchObject({ code: 'USAGE' })
  expect(renderConfig(found, 'ts')).toContain('export default defineConfig({')
})

it('hints at what one line more would add, and no more once it is there', async () => {
  const found = await discover(treeOf(SERVICE))
  const without = hints(null, found)
  expect(without[0]).toContain('start: { command: ["node","src/main.js"] }')
  const config = serviceConfigSchema.parse({
    service: 'shop',
    start: { command: ['node'] },
    dependencies: { db: { kind: 'postgres' } },
  })
  expect(hints(config, found).length).toBe(without.length - 2)
})

it('takes a Python project that declares no dependencies at its word, and urllib.parse for no upstream', async () => {
  const app = 'from http.server import HTTPServer\nfrom urllib.parse import urlsplit\n'
  const states = async (files: Record<string, string>): Promise<unknown> =>
    Object.fromEntries(
      (await detectFacts({ tree: treeOf(files), config: null, target: 'x' }))
        .filter((fact) => fact.name === 'database' || fact.name === 'upstream')
        .map((fact) => [fact.name, fact.state]),
    )
  const manifest = '[project]\nname = "x"\ndependencies = []\n'
  expect(await states({ 'app.py': app, 'pyproject.toml': manifest })).toEqual({
    database: 'absent',
    upstream: 'absent',
  })
  expect(await states({ 'app.py': app })).toEqual({ database: 'unknown', upstream: 'unknown' })
  expect(await states({ 'app.py': app, 'pyproject.toml': '[tool.black]\nline-length = 100\n' })).toMatchObject({
    database: 'unknown',
  })
  const dynamic = '[project]\nname = "x"\ndynamic = ["dependencies"]\n'
  expect(await states({ 'app.py': app, 'pyproject.toml': dynamic })).toMatchObject({ database: 'unknown' })
  const calls = `${app}from urllib.request import urlopen\n`
  expect(await states({ 'app.py': calls, 'pyproject.toml': manifest })).toMatchObject({ upstream: 'present' })
})
