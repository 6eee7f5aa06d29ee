/** Goal: how the process starts, refuses to and ends. Method: the real commands as children, on a real database. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startPostgres, type TestPostgres } from '@greengate/kit/testing'
import { earlyLogger, runCommand } from '@greengate/reference-base'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runMigrations, startService } from '../src/commands.ts'
import { generatedFiles } from '../src/generated-files.ts'
import { environment, serve } from './environment.ts'

const root = join(import.meta.dirname, '..')
let postgres: TestPostgres
let url = ''

function run(script: string, env: Record<string, string>) {
  const child = spawn(process.execPath, [join(root, 'src', script)], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()))
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const lines = () =>
    out
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  return { child, exit, lines }
}
/** One that was free a moment ago: the variable takes no 0. */
async function freePort(): Promise<string> {
  const server = await serve((_request, response) => response.end())
  await server.close()
  return new URL(server.url).port
}
async function until(yes: () => boolean): Promise<void> {
  for (let n = 0; n < 1200 && !yes(); n += 1) await new Promise((resolve) => setTimeout(resolve, 50))
}

beforeAll(async () => {
  postgres = await startPostgres()
  url = await postgres.database()
})
afterAll(async () => {
  await postgres?.stop()
})

describe('generated files', () => {
  // As JSON where it is JSON: the formatter may break its lines elsewhere.
  const meaning = (name: string, text: string): unknown => (name.endsWith('.json') ? JSON.parse(text) : text)
  it.each(Object.entries(generatedFiles()))('%s is current', (name, text) => {
    expect(meaning(name, readFileSync(join(root, name), 'utf8'))).toEqual(meaning(name, text))
  })
})

describe('start', () => {
  it('is refused before the migrations, with one line; then they run once', async () => {
    const { exit, lines } = run('main.ts', environment(url))
    expect(await exit).toBe(69)
    expect(lines()).toMatchObject([{ level: 'fatal', event: 'start_failed', error: { code: 'schema_outdated' } }])
    const first = run('migrate.ts', environment(url))
    expect(await first.exit).toBe(0)
    expect(first.lines()).toMatchObject([{ event: 'migrate_done', result: ['0001-media', '0002-entries'] }])
    expect(await runMigrations(environment(url))).toEqual([])
  })

  it.each([
    ['no organisation', { OPERATOR_ORGANISATION: '' }],
    ['a placeholder', { SERVICE_TOKEN: 'changeme-changeme-changeme-changeme' }],
    ['a malformed secret of the store', { S3_SECRET_ACCESS_KEY: 'a b' }],
    ['a bucket that is none', { S3_BUCKET: 'A/B' }],
    ['an address that is none', { MEDIA_PUBLIC_URL: 'media' }],
  ])('is refused with %s: one line, exit 78', async (_what, changes) => {
    const { exit, lines } = run('main.ts', environment(url, changes))
    expect(await exit).toBe(78)
    const [variable] = Object.keys(changes)
    expect(lines()).toMatchObject([{ level: 'fatal', event: 'config_error', error: { problems: [{ variable }] } }])
    expect(JSON.stringify(lines())).not.toContain(environment(url)['S3_SECRET_ACCESS_KEY'])
  })

  it('is given up in time without the database', async () => {
    const { exit, lines } = run('main.ts', environment('postgres://a:bcdefg@127.0.0.1:1/x'))
    expect(await exit).toBe(69)
    expect(lines()).toMatchObject([{ error: { code: 'dependency_unavailable' } }])
  })

  it('waits for neither platform nor store, and stops in order', async () => {
    const service = await startService(environment(url, { PORT: await freePort() }), () => {})
    try {
      expect((await fetch(`http://127.0.0.1:${service.port}/ready`)).status).toBe(200)
      await expect(startService(environment(url, { PORT: String(service.port) }), () => {})).rejects.toMatchObject({
        code: 'EADDRINUSE',
      })
    } finally {
      expect(await service.stop()).toBe(0)
    }
  })

  it('of the process ends with SIGTERM and exit code 0', async () => {
    const port = await freePort()
    const { child, exit, lines } = run('main.ts', environment(url, { PORT: port }))
    try {
      await until(() => lines().some((line) => line['event'] === 'started') || child.exitCode !== null)
      expect(lines()).toMatchObject([{ event: 'started', port: Number(port) }])
    } finally {
      child.kill('SIGTERM')
    }
    expect(await exit).toBe(0)
    expect(lines().at(-1)).toMatchObject({ event: 'stopped', exit_code: 0 })
  })
})

describe('commands', () => {
  it('say by their exit code what was wrong', async () => {
    const codes: string[] = []
    const logger = earlyLogger('tests', {}, {}, (line) => codes.push((JSON.parse(line) as { event: string }).event))
    const work = (env: Record<string, string>) => () => runMigrations(env)
    expect(await runCommand('migrate', work({}), logger)).toBe(78)
    expect(await runCommand('migrate', work(environment('postgres://a:bcdefg@127.0.0.1:1/x')), logger)).toBe(69)
    expect(await runCommand('migrate', work(environment(url)), logger)).toBe(0)
    expect(codes).toEqual(['config_error', 'migrate_failed', 'migrate_done'])
  })

  it('audit an empty store as a process of its own, and cannot say without it', async () => {
    const { exit, lines } = run('media-audit.ts', environment(url))
    expect(await exit).toBe(69)
    expect(lines()).toMatchObject([{ event: 'media_audit_failed' }])
  })
})
