/**
 * Goal: everybody sees the public settings, and nobody but the holder of the current founder key sees or changes the rest.
 * Method: requests injected into the service on a real database; the key is rotated by the real command in a process.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Queries } from '@greengate/kit/data'
import { Logger } from '@greengate/kit/telemetry'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rotateKey } from '../src/rotate-key.ts'
import { CurrentSettings } from '../src/settings.ts'
import { environment, serviceToken } from './environment.ts'
import { codeOf, type Method, type Person, type StartedPlatform, startPlatform } from './started-platform.ts'

let platform: StartedPlatform
let owner: Person
let key = ''

beforeAll(async () => {
  platform = await startPlatform()
  owner = await platform.person(await platform.organisation(), 'owner')
  key = await platform.founderKey()
})
afterAll(() => platform.stop())

const versionNow = async (): Promise<number> =>
  Number((await platform.call('GET', '/v1/settings', key)).body['version'])
const patch = (body: object, token = key) => platform.callUntilServed('PATCH', '/v1/settings', token, body)

async function rotateByCommand(url: string): Promise<{ code: number | null; out: string; err: string }> {
  const script = join(import.meta.dirname, '..', 'src', 'rotate-founder-key.ts')
  const child = spawn(process.execPath, [script], { env: environment(url), stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, out, err }
}

describe('settings', () => {
  it('are public in part, and whole for the founder', async () => {
    const open = await platform.call('GET', '/v1/settings/public', '')
    expect([open.status, Object.keys(open.body).toSorted()]).toEqual([
      200,
      ['accent', 'concierge_enabled', 'sign_up_enabled', 'site_title', 'support_email', 'tagline'],
    ])
    const whole = await platform.call('GET', '/v1/settings', key)
    expect(whole.body).toMatchObject({ ...open.body, version: 1 })
  })

  it('that were never known say neither yes nor no to signing up', async () => {
    let answer: () => Promise<object | null> = () => Promise.reject(new Error('away'))
    const queries = { row: () => answer() } as unknown as Queries
    const unknown = new CurrentSettings(queries, new Logger({ service: 'test', write: () => {} }))
    await expect(unknown.signUpOpen()).rejects.toMatchObject({ code: 'database_unavailable' })
    for (const sign_up_enabled of [true, false]) {
      answer = () => Promise.resolve({ sign_up_enabled })
      const known = new CurrentSettings(queries, new Logger({ service: 'test', write: () => {} }))
      expect(await known.signUpOpen()).toBe(sign_up_enabled)
      answer = () => Promise.reject(new Error('away'))
      expect(await known.signUpOpen()).toBe(sign_up_enabled)
    }
  })

  it('change one version at a time, and only what is said', async () => {
    const version = await versionNow()
    const { body: before } = await platform.call('GET', '/v1/settings/public', '')
    const changed = await patch({ version, tagline: '', accent: '#aa00cc' })
    expect(changed.body).toMatchObject({ ...before, version: version + 1, tagline: '', accent: '#aa00cc' })
    expect((await platform.call('GET', '/v1/settings/public', '')).body).toMatchObject({ accent: '#aa00cc' })
    const late = await patch({ version, accent: '#000000' })
    expect([late.status, codeOf(late)]).toEqual([409, 'conflict'])
    expect(await versionNow()).toBe(version + 1)
  })

  it('of one version are changed by one of 50 at the same moment', async () => {
    const version = await versionNow()
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, at) => patch({ version, site_title: `Title ${at}` })),
    )
    expect(answers.filter((one) => one.status === 200)).toHaveLength(1)
    expect(answers.filter((one) => one.status === 409)).toHaveLength(49)
    expect(await versionNow()).toBe(version + 1)
  })

  it('leave a line for an audit: who and which, not what', async () => {
    const version = await versionNow()
    await patch({ version, support_email: 'quiet@example.com', sign_up_enabled: true })
    const line = platform.lines.filter((one) => one.includes('"settings_changed"')).at(-1) ?? '{}'
    expect(JSON.parse(line)).toMatchObject({
      actor: 'founder',
      fields: ['support_email', 'sign_up_enabled'],
      version: version + 1,
    })
    expect(line).not.toContain('quiet@')
    expect(platform.lines.join('')).not.toContain(key)
  })

  it.each([
    ['no version', { tagline: 'x' }],
    ['nothing to change', { version: 1 }],
    ['a colour in words', { version: 1, accent: 'red' }],
    ['an address that is none', { version: 1, support_email: 'nobody' }],
    ['control characters', { version: 1, site_title: 'a\u0000b' }],
    ['another type', { version: 1, concierge_enabled: 'no' }],
    ['null', { version: 1, tagline: null }],
    ['a field that there is not', { version: 1, prices: 'free' }],
    ['a version that is none', { version: 1.5, tagline: 'x' }],
  ])('are not changed by %s', async (_what, body) => {
    const version = await versionNow()
    expect((await patch(body)).status).toBe(422)
    expect(await versionNow()).toBe(version)
  })

  it('are one row, which stays', async () => {
    await expect(platform.admin.query('delete from platform_settings')).rejects.toMatchObject({ code: '23001' })
    await expect(platform.admin.query('truncate platform_settings')).rejects.toMatchObject({ code: '23001' })
    await expect(
      platform.admin.query(
        `insert into platform_settings (site_title, tagline, accent, support_email, concierge_enabled, sign_up_enabled)
          values ('x', '', '#000000', 'a@b', true, true)`,
      ),
    ).rejects.toMatchObject({ code: '23505' })
  })

  it('close the sign-up', async () => {
    const signUp = () =>
      platform.callUntilServed('POST', '/v1/sign-up', '', {
        email: 'new@settings.test',
        password: 'a long pass phrase',
        name: 'New',
        organisation: { slug: 'new-settings', name: 'New' },
      })
    await patch({ version: await versionNow(), sign_up_enabled: false })
    expect([
      (await signUp()).status,
      (await platform.admin.query('select 1 from users where email like $1', ['new@%'])).rows,
    ]).toEqual([403, []])
    await patch({ version: await versionNow(), sign_up_enabled: true })
    expect((await signUp()).status).toBe(202)
  })
})

describe('the founder key', () => {
  it('is the only thing that opens the settings', async () => {
    for (const token of [owner.token, serviceToken]) {
      expect((await platform.call('GET', '/v1/settings', token)).status).toBe(403)
      expect((await patch({ version: 1, tagline: 'x' }, token)).status).toBe(403)
    }
    for (const token of ['', `fk_${randomBytes(32).toString('base64url')}`, `${key}x`, key.slice(0, -1)])
      expect((await platform.call('GET', '/v1/settings', token)).status).toBe(401)
  })

  it('opens nothing else', async () => {
    const document = platform.service.document as { paths: Record<string, Record<string, { security?: object[] }>> }
    const guarded = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, operation]) => (operation.security ?? []).length > 0)
        .map(([method]) => ({ path, method: method.toUpperCase() as Method })),
    )
    expect(guarded.length).toBeGreaterThan(15)
    const answers = await Promise.all(
      guarded
        .filter(({ path }) => path !== '/v1/settings')
        .map(async ({ path, method }) => {
          const url = path.replace('{slug}', 'acme').replaceAll(/\{[^}]+\}/g, '5b1f3d52-64c5-4b0e-9a56-3f1f7a0c2d11')
          const { status } = await platform.call(method, url, key, method === 'GET' ? undefined : {})
          return { path, method, status }
        }),
    )
    expect(answers.filter((one) => one.status !== 403)).toEqual([])
  })

  it('is rotated by a command that shows it once; the old one is dead at once', async () => {
    const { code, out, err } = await rotateByCommand(platform.url)
    expect(code).toBe(0)
    expect(out).toMatch(/^fk_[A-Za-z0-9_-]{43}\n$/)
    const next = out.trim()
    expect(err).toContain('rotate_founder_key_done')
    expect(err).not.toContain(next)
    expect((await platform.call('GET', '/v1/settings', key)).status).toBe(401)
    expect((await platform.call('GET', '/v1/settings', next)).status).toBe(200)
    const { rows } = await platform.admin.query<{ all: string }>(
      `select string_agg(f::text, ' ') as all from founder_key f`,
    )
    expect(rows[0]?.all).not.toContain(next)
    key = next
  })

  it.each([
    ['without a database', () => 'postgres://a:bcdefg@127.0.0.1:1/x', 'does not answer'],
    ['before the migrations', (url: string) => url.replace(/\/[^/]+$/, '/postgres'), 'run the migrations first'],
  ])('is not rotated %s', async (_what, urlOf, message) => {
    const { code, out, err } = await rotateByCommand(urlOf(platform.url))
    expect([code, out]).toEqual([69, ''])
    expect(err).toContain(message)
    expect((await platform.call('GET', '/v1/settings', key)).status).toBe(200)
  })

  it('of several rotations at once is the last one, and there is one', async () => {
    const keys: string[] = []
    await Promise.all(Array.from({ length: 5 }, () => rotateKey(environment(platform.url), (one) => keys.push(one))))
    const statuses = []
    for (const [at, one] of keys.entries())
      statuses.push((await platform.call('GET', '/v1/settings', one, undefined, `10.8.0.${at}`)).status)
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 401, 401, 401, 401])
    key = keys[statuses.indexOf(200)] ?? ''
    await expect(rotateKey({ ...environment(platform.url), DATABASE_URL: '' }, () => {})).rejects.toThrow(
      'DATABASE_URL',
    )
  })

  it('is not guessed: an address with 5 wrong ones is locked out, others are not', async () => {
    const wrong = () =>
      platform.call('GET', '/v1/settings', `fk_${randomBytes(32).toString('base64url')}`, undefined, '10.9.9.9')
    const statuses = []
    for (let i = 0; i < 7; i += 1) statuses.push((await wrong()).status)
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429])
    expect(codeOf(await platform.call('GET', '/v1/settings', key, undefined, '10.9.9.9'))).toBe('sign_in_locked')
    expect((await platform.call('GET', '/v1/settings', key, undefined, '10.9.9.8')).status).toBe(200)
  })
})

it('the public settings are as last known while the database is away', async () => {
  const other = await startPlatform()
  try {
    const founder = await other.founderKey()
    await other.call('PATCH', '/v1/settings', founder, { version: 1, site_title: 'Known' })
    expect((await other.call('GET', '/v1/settings/public', '')).body).toMatchObject({ site_title: 'Known' })
    await other.database.close()
    const answer = await other.call('GET', '/v1/settings/public', '')
    expect([answer.status, answer.body['site_title']]).toEqual([200, 'Known'])
    expect((await other.call('GET', '/v1/settings', founder)).status).toBe(503)
  } finally {
    await other.stop()
  }
})
