/** Goal: how the process starts, refuses to and ends. Method: the real command as a child, on a real database. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { serviceConfigSchema, variableSchema } from '@greengate/contracts'
import { startPostgres, type TestPostgres } from '@greengate/kit/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import config from '../greengate.config.ts'
import { generatedFiles } from '../src/generated-files.ts'
import { variables } from '../src/variables.ts'
import { environment, type Line, openBench, verifyMail } from './harness.ts'
import { applyPlatformSchema } from './platform-schema.ts'

const root = join(import.meta.dirname, '..')
const away = { mail: 'http://127.0.0.1:1', content: 'http://127.0.0.1:1' }
let postgres: TestPostgres
let port = 18_900 + (process.pid % 300)
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.stop())

function run(env: Record<string, string>) {
  const child = spawn(process.execPath, [join(root, 'src', 'main.ts')], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  const lines = (): Line[] =>
    out
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Line)
  return { child, lines, exit: new Promise<number | null>((resolve) => child.once('exit', resolve)) }
}

function env(databaseUrl: string, changes: Record<string, string | undefined> = {}): Record<string, string> {
  port += 1
  const all = { ...environment(databaseUrl, away), PORT: String(port), ...changes }
  return Object.fromEntries(Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined))
}

describe('generated files', () => {
  const meaning = (name: string, text: string): unknown => (name.endsWith('.json') ? JSON.parse(text) : text)
  it.each(Object.entries(generatedFiles()))('%s is current', (name, text) =>
    expect(meaning(name, readFileSync(join(root, name), 'utf8'))).toEqual(meaning(name, text)),
  )
})

describe('gate configuration', () => {
  it('is valid, and starts the service with declared variables alone', () => {
    const declared = serviceConfigSchema.parse(config).start?.env ?? {}
    expect(Object.keys(declared).filter((name) => !(name in variables))).toEqual([])
    const required = Object.entries(variables).filter(([, variable]) => 'required' in variable && variable.required)
    expect(required.map(([name]) => name).filter((name) => !(name in declared))).toEqual([])
    const json: unknown = JSON.parse(readFileSync(join(root, 'env.registry.json'), 'utf8'))
    expect(Object.keys(z.record(z.string(), variableSchema).parse(json)).length).toBe(Object.keys(variables).length)
  })
})

describe('a start', () => {
  const nowhere = 'postgres://a:bcdefg@127.0.0.1:1/x'
  it.each([
    [
      'everything missing',
      { APP_ENV: undefined, DATABASE_URL: undefined, MAIL_API_KEY: undefined, MAIL_FROM: undefined },
      4,
    ],
    ['a malformed key', { MAIL_API_KEY: 'mk_live_abc' }, 1],
    ['a sender that is none', { MAIL_FROM: 'nobody' }, 1],
    ['two senders', { MAIL_FROM: 'a@b.test, c@d.test' }, 1],
    ['a public address with a path', { PUBLIC_URL: 'https://a.test/x' }, 1],
    ['a weak token', { SERVICE_TOKEN: 'changeme-changeme-changeme-changeme' }, 1],
  ])('is refused with %s: one line, exit 78', async (_what, changes, problems) => {
    const { exit, lines } = run(env(nowhere, changes))
    expect(await exit).toBe(78)
    expect(lines()).toHaveLength(1)
    expect(lines()[0]).toMatchObject({ level: 'fatal', event: 'config_error' })
    expect(lines()).toHaveProperty('[0].error.problems.length', problems)
  })

  it('is refused without the database, and before the migrations of the platform', async () => {
    const without = run(env(nowhere))
    expect(await without.exit).toBe(69)
    expect(without.lines().at(-1)).toMatchObject({ error: { code: 'dependency_unavailable' } })
    const empty = run(env(await postgres.database()))
    expect(await empty.exit).toBe(69)
    expect(empty.lines().at(-1)).toMatchObject({ error: { code: 'schema_outdated' } })
  })
})

describe('a life', () => {
  it('begins with nothing but the database there, works, and ends with exit 0', async () => {
    const url = await postgres.database()
    await applyPlatformSchema(url)
    const bench = await openBench(url)
    const settings = env(url, { MAIL_API_URL: 'http://127.0.0.1:1' })
    const { child, exit, lines } = run(settings)
    try {
      await bench.enqueue(verifyMail('a@example.test'))
      while (!lines().some((line) => line['event'] === 'mail_publisher_unavailable')) await pause(50)
      while (!lines().some((line) => line['event'] === 'started')) await pause(50)
      const ready = await fetch(`http://127.0.0.1:${settings['PORT']}/ready`)
      expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready', degraded: ['mail'] }])
      child.kill('SIGTERM')
      expect(await exit).toBe(0)
      expect(lines().at(-1)).toMatchObject({ event: 'stopped', exit_code: 0 })
      expect((await bench.pool.query('select 1 from kit_outbox where delivered_at is null')).rowCount).toBe(1)
    } finally {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      await bench.close()
    }
  })
})
