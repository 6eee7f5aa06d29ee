/** Goal: how the process starts, refuses to and ends. Method: the real commands as children, on a real database. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '@greengate/reference-base'
import { bootstrap, runMigrations, startService } from '../src/commands.ts'
import { createLogger } from '../src/config.ts'
import { generatedFiles } from '../src/generated-files.ts'
import { environment, ownerEmail, ownerPassword, serviceToken } from './environment.ts'
import { startPostgres, type TestPostgres } from '@greengate/kit/testing'

const root = join(import.meta.dirname, '..')
let postgres: TestPostgres
let url = ''
let folder = ''
let port = 18_500 + (process.pid % 400)

function run(script: string, env: Record<string, string>) {
  const child = spawn(process.execPath, [join(root, 'src', script)], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()))
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return {
    child,
    exit,
    lines: () =>
      out
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, never>),
  }
}
async function until(yes: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200 && !(await yes()); i += 1) await new Promise((resolve) => setTimeout(resolve, 25))
}
function env(changes: Record<string, string | undefined> = {}): Record<string, string> {
  port += 1
  const all = { ...environment(url), PORT: String(port), ...changes }
  return Object.fromEntries(Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined))
}

beforeAll(async () => {
  postgres = await startPostgres()
  url = await postgres.database()
  folder = mkdtempSync(join(tmpdir(), 'platform-lock-'))
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await postgres.stop()
})

describe('generated files', () => {
  // As JSON where it is JSON: the formatter may break its lines elsewhere.
  const meaning = (name: string, text: string): unknown => (name.endsWith('.json') ? JSON.parse(text) : text)
  it.each(Object.entries(generatedFiles()))('%s is current', (name, text) =>
    expect(meaning(name, readFileSync(join(root, name), 'utf8'))).toEqual(meaning(name, text)),
  )
})

describe('start', () => {
  it('is refused before the migrations, with one line', async () => {
    const { exit, lines } = run('main.ts', env())
    expect(await exit).toBe(69)
    expect(lines()).toMatchObject([{ level: 'fatal', event: 'start_failed', error: { code: 'schema_outdated' } }])
  })

  it('is prepared by the commands', async () => {
    for (const script of ['migrate.ts', 'bootstrap.ts']) expect(await run(script, env()).exit).toBe(0)
    await expect(bootstrap(env({ BOOTSTRAP_PASSWORD: undefined }))).rejects.toThrow('BOOTSTRAP_PASSWORD is required')
    const logger = createLogger({}, () => {})
    expect(await runCommand('migrate', () => runMigrations({}), logger)).toBe(78)
    expect(
      await runCommand(
        'migrate',
        () => runMigrations(env({ DATABASE_URL: 'postgres://a:bcdefg@127.0.0.1:1/x' })),
        logger,
      ),
    ).toBe(69)
  })

  it.each([
    [
      'everything missing',
      {
        APP_ENV: undefined,
        HOST: undefined,
        DATABASE_URL: undefined,
        MAIL_API_KEY: undefined,
        SERVICE_TOKEN: undefined,
      },
      5,
    ],
    ['a placeholder', { SERVICE_TOKEN: 'changeme-changeme-changeme-changeme' }, 1],
    ['a malformed credential', { MAIL_API_KEY: 'mk_live_abc' }, 1],
    ['a value out of range', { RATE_LIMIT_PER_MIN: '0' }, 1],
    ['debug in production', { DEBUG: 'true' }, 1],
    ['another env file', { ENV_FILE: 'env-file' }, 1],
    ['another runtime', { RUNTIME_MARKER: 'marker' }, 1],
  ])('is refused with %s: one line, exit 78', async (_what, changes, problems) => {
    writeFileSync(join(folder, 'env-file'), 'APP_ENV=staging\n')
    writeFileSync(join(folder, 'marker'), 'local\n')
    const paths = Object.fromEntries(
      Object.entries(changes).map(([name, value]) => [
        name,
        ['env-file', 'marker'].includes(value ?? '') ? join(folder, value ?? '') : value,
      ]),
    )
    const { exit, lines } = run('main.ts', env(paths))
    expect(await exit).toBe(78)
    expect(lines()).toHaveLength(1)
    expect(lines()[0]).toMatchObject({ level: 'fatal', event: 'config_error', error: { name: 'ConfigError' } })
    expect(lines()).toHaveProperty('[0].error.problems.length', problems)
  })

  it('is given up in time without the database, in an orderly way', async () => {
    const { exit, lines } = run('main.ts', env({ DATABASE_URL: 'postgres://a:bcdefg@127.0.0.1:1/x' }))
    expect(await exit).toBe(69)
    expect(lines()).toMatchObject([{ error: { code: 'dependency_unavailable' } }])
  }, 15_000)

  it('refuses a port that is taken', async () => {
    const first = await startService(env(), () => {})
    await expect(startService(env({ PORT: String(first.port) }), () => {})).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
    expect(await first.stop()).toBe(0)
  })
})

describe('stop', () => {
  it('answers a half-sent body and a request that waits on the database, then exits 0', async () => {
    const settings = env()
    const { child, exit, lines } = run('main.ts', settings)
    await until(() => lines().some((line) => line['event'] === ('started' as never)))
    const send = (
      method: string,
      path: string,
      headers: Record<string, string>,
      body: string,
      delayMs: number,
    ): Promise<number> =>
      new Promise((resolve, reject) => {
        const sent = request({
          host: '127.0.0.1',
          port: Number(settings['PORT']),
          method,
          path,
          headers: { ...headers, 'content-type': 'application/json', 'content-length': String(body.length) },
        })
        sent.once('response', (response) => resolve(response.resume().statusCode ?? 0)).once('error', reject)
        sent.write(body.slice(0, 5))
        setTimeout(() => sent.end(body.slice(5)), delayMs)
      })
    const locker = new pg.Client({ connectionString: url })
    await locker.connect()
    await locker.query('begin; lock table usage_events')
    const service = { authorization: `Bearer ${serviceToken}` }
    const body = send('POST', '/v1/sign-in', {}, JSON.stringify({ email: ownerEmail, password: ownerPassword }), 1200)
    const event = JSON.stringify({
      organisation: 'first-org',
      idempotency_key: 'drain-0001',
      meter: 'api_calls',
      quantity: 1,
    })
    const waiting = send('POST', '/v1/usage-events', service, event, 0)
    await new Promise((resolve) => setTimeout(resolve, 300))
    child.kill('SIGTERM')
    setTimeout(() => void locker.query('rollback').then(() => locker.end()), 1500)
    expect(await Promise.all([body, waiting])).toEqual([200, 201])
    expect(await exit).toBe(0)
    expect(lines().at(-1)).toMatchObject({ event: 'stopped', exit_code: 0 })
  })
})
