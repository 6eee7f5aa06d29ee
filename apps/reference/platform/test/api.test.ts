/** Goal: what the API promises, on a real database. Method: requests injected into the service. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { Database, readMigrations } from '@greengate/kit/data'
import type { Service } from '@greengate/kit/http'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bootstrap, migrationsFolder, runMigrations } from '../src/commands.ts'
import { createLogger, readConfig } from '../src/config.ts'
import { Passwords } from '../src/passwords.ts'
import { createPlatform } from '../src/platform.ts'
import { environment, ownerEmail, ownerPassword, serviceToken } from './environment.ts'
import { startPostgres, type TestPostgres } from '@greengate/kit/testing'

let postgres: TestPostgres
let service: Service
let database: Database
let admin: pg.Client
let rates: Server
let ratesAnswer: { status: number; body: string } = { status: 200, body: '' }
let ownerToken = ''
let prepared: unknown[] = []
const lines: string[] = []
// Two weeks after the events: late is what comes more than 90 days after its time.
const nowMs = (): number => Date.UTC(2026, 2, 15)
const ratesAsked: IncomingHttpHeaders[] = []

type Method = 'GET' | 'POST' | 'DELETE'
async function call(method: Method, url: string, token: string, payload?: object, remoteAddress = '127.0.0.1') {
  const headers = token ? { authorization: `Bearer ${token}` } : {}
  const answer = await service.app.inject({ method, url, headers, remoteAddress, ...(payload ? { payload } : {}) })
  return {
    status: answer.statusCode,
    body: (answer.body ? answer.json() : null) as Record<string, never>,
    headers: answer.headers,
  }
}
const codeOf = (answer: { body: Record<string, { code: string }> }): string | undefined => answer.body['error']?.code
async function signIn(email: string, password: string, address?: string) {
  return call('POST', '/v1/sign-in', '', { email, password }, address)
}
const memberPassword = 'right password 1'
/** Somebody who accepted an invitation, without the mail: test/invitations.test.ts is about those. */
async function addMember(organisation: string, email: string, role = 'member'): Promise<string> {
  const { rows } = await admin.query<{ id: string }>(
    `with u as (insert into users (email, password_hash, verified_at) values ($2, $3, now()) returning id),
      m as (insert into memberships (organisation_id, user_id, role)
        select o.id, u.id, $4 from organisations o, u where o.slug = $1)
    select id from u`,
    [organisation, email, await new Passwords().hash(memberPassword), role],
  )
  return rows[0]?.id ?? ''
}

beforeAll(async () => {
  postgres = await startPostgres()
  rates = createServer((request, response) => {
    ratesAsked.push(request.headers)
    response.writeHead(ratesAnswer.status).end(ratesAnswer.body)
  })
  await new Promise<void>((resolve) => rates.listen(0, '127.0.0.1', resolve))
  const address = rates.address()
  const ratesUrl = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/latest`
  const env = { ...environment(await postgres.database()), CURRENCY_RATES_URL: ratesUrl, OUTSIDE_FRESH_MS: '0' }
  prepared = [await runMigrations(env), await runMigrations(env), await bootstrap(env), await bootstrap(env)]
  const config = readConfig(env)
  database = new Database({ url: config.DATABASE_URL, name: 'tests' })
  const logger = createLogger(env, (line) => lines.push(line))
  service = createPlatform(config, database, { logger }, nowMs)
  admin = new pg.Client({ connectionString: config.DATABASE_URL })
  await admin.connect()
  const signedIn = await signIn(ownerEmail.toUpperCase(), ownerPassword)
  ownerToken = signedIn.body['token'] ?? ''
})
afterAll(async () => {
  await admin.end()
  await database.close()
  rates.close()
  await postgres.stop()
})

it('is prepared once, however often the commands run', async () => {
  const names = (await readMigrations(migrationsFolder)).map((one) => one.name)
  expect(names.slice(0, 4)).toEqual(['0001-accounts', '0002-usage', '0003-sign-up', '0004-sign-up-checked'])
  expect(prepared).toEqual([names, [], true, false])
})

describe('sessions', () => {
  it('are opaque, stored as digests, and end with sign-out and with time', async () => {
    const token = String((await signIn(ownerEmail, ownerPassword)).body['token'])
    expect((await call('GET', '/v1/me', token)).body).toMatchObject({
      email: ownerEmail,
      organisations: [{ slug: 'first-org', role: 'owner' }],
    })
    const { rows } = await admin.query<{ all: string }>(`select string_agg(s::text, ' ') as all from sessions s`)
    expect(rows[0]?.all).not.toContain(token)
    expect((await call('POST', '/v1/sign-out', token)).status).toBe(204)
    expect((await call('GET', '/v1/me', token)).status).toBe(401)
    const second = String((await signIn(ownerEmail, ownerPassword)).body['token'])
    await admin.query(
      `update sessions set expires_at = now() - interval '1 second' where expires_at = (select max(expires_at) from sessions)`,
    )
    expect((await call('GET', '/v1/me', second)).status).toBe(401)
  })

  it('know the service token, which is nobody in particular', async () => {
    expect((await call('GET', '/v1/me', serviceToken)).body).toEqual({
      kind: 'service',
      id: 'metering',
      email: null,
      name: null,
      organisations: [],
    })
    expect((await call('GET', '/v1/me', `${serviceToken}x`)).status).toBe(401)
  })

  it('lock after 5 failures, the same for accounts that exist and that do not, even for the right password', async () => {
    await addMember('first-org', 'lock@first.test')
    for (const [email, address] of [
      ['lock@first.test', '10.0.0.1'],
      ['ghost@first.test', '10.0.0.2'],
    ] as const) {
      const answers = []
      for (let i = 0; i < 7; i += 1) answers.push(await signIn(email, 'wrong password', address))
      expect(answers.map((one) => one.status)).toEqual([401, 401, 401, 401, 401, 429, 429])
      expect(answers.map(codeOf)).toEqual([...Array(5).fill('sign_in_refused'), 'sign_in_locked', 'sign_in_locked'])
      expect(answers[6]?.headers['retry-after']).toBe('900')
    }
    expect((await signIn('lock@first.test', memberPassword, '10.0.0.3')).status).toBe(429)
    // A quarter of an hour later.
    await admin.query('update rate_limit set arrival_us = arrival_us - 900000000')
    expect((await signIn('lock@first.test', memberPassword, '10.0.0.3')).status).toBe(200)
  })

  it('take as much work to refuse for an account that is not there as for one that is', async () => {
    const took = { there: [] as number[], absent: [] as number[] }
    // Few attempts for each of several accounts: an account locks after five failures.
    for (const name of ['timed-a', 'timed-b', 'timed-c']) {
      const email = `${name}@first.test`
      await addMember('first-org', email)
      for (let i = 0; i < 4; i += 1) {
        for (const [kind, account] of [
          ['there', email],
          ['absent', `absent-${name}-${i}@first.test`],
        ] as const) {
          const before = process.cpuUsage()
          expect((await signIn(account, 'wrong password', `10.0.1.${i}`)).status).toBe(401)
          const { user, system } = process.cpuUsage(before)
          took[kind].push(user + system)
        }
      }
    }
    // The time of the processor, threads included, and the least of each: what else the machine does is not in it.
    const ratio = Math.min(...took.absent) / Math.min(...took.there)
    expect(ratio).toBeGreaterThan(0.5)
    expect(ratio).toBeLessThan(2)
  })

  it('lock an address that tries many accounts', async () => {
    let status = 0
    let attempts = 0
    for (; status !== 429 && attempts < 40; attempts += 1)
      status = (await signIn(`many${attempts}@first.test`, 'x', '10.0.0.9')).status
    expect(attempts).toBe(31)
  })
})

describe('organisations and members', () => {
  it('belong to who creates them, and do not exist for others', async () => {
    expect((await call('POST', '/v1/organisations', ownerToken, { slug: 'acme', name: 'Acme' })).status).toBe(201)
    expect(codeOf(await call('POST', '/v1/organisations', ownerToken, { slug: 'acme', name: 'Again' }))).toBe(
      'conflict',
    )
    expect((await call('POST', '/v1/organisations', serviceToken, { slug: 'other', name: 'x' })).status).toBe(403)
    expect((await call('GET', '/v1/organisations/acme', serviceToken)).status).toBe(200)
    await addMember('first-org', 'sam@first.test')
    const sam = String((await signIn('sam@first.test', memberPassword)).body['token'])
    expect((await call('GET', '/v1/organisations/first-org', sam)).status).toBe(200)
    expect((await call('GET', '/v1/organisations/acme', sam)).status).toBe(404)
    const invitation = { email: 'x@y.test', role: 'member' }
    expect((await call('POST', '/v1/organisations/first-org/invitations', sam, invitation)).status).toBe(403)
    expect((await call('GET', '/v1/organisations/acme/members', serviceToken)).status).toBe(403)
  })

  it('are listed in pages, removed with their account when it was the last organisation', async () => {
    const path = '/v1/organisations/acme/members'
    const kim = await addMember('acme', 'kim@acme.test')
    const first = await call('GET', `${path}?limit=1`, ownerToken)
    const rest = await call('GET', `${path}?limit=1&after=${String(first.body['next'])}`, ownerToken)
    expect([first.body['members'], rest.body['members']].flat()).toHaveLength(2)
    expect(rest.body['next']).toBeNull()
    const token = String((await signIn('kim@acme.test', memberPassword)).body['token'])
    expect((await call('DELETE', `${path}/${kim}`, ownerToken)).status).toBe(204)
    expect((await call('DELETE', `${path}/${kim}`, ownerToken)).status).toBe(404)
    expect((await call('GET', '/v1/me', token)).status).toBe(401)
    const me = String((await call('GET', '/v1/me', ownerToken)).body['id'])
    expect(codeOf(await call('DELETE', `${path}/${me}`, ownerToken))).toBe('last_owner')
  })

  it('are held together by the database: no user without an organisation', async () => {
    const insert = `insert into users (email, password_hash) values ('lost@x.test', '$argon2id$x')`
    await expect(admin.query(insert)).rejects.toMatchObject({ constraint: 'user_has_organisation' })
    await expect(
      admin.query(`delete from memberships where user_id = (select id from users where email = $1)`, [ownerEmail]),
    ).rejects.toMatchObject({ code: '23514' })
  })
})

describe('usage', () => {
  const event = {
    organisation: 'first-org',
    idempotency_key: 'event-0001',
    meter: 'api_calls',
    quantity: 25,
    occurred_at: '2026-03-01T10:00:00Z',
  }
  const span = 'organisation=first-org&from=2026-01-01T00:00:00Z&to=2026-12-31T00:00:00Z'

  it('is recorded once per key', async () => {
    const made = await call('POST', '/v1/usage-events', serviceToken, event)
    const again = await call('POST', '/v1/usage-events', serviceToken, event)
    expect([made.status, again.status]).toEqual([201, 200])
    expect(again.body).toEqual(made.body)
    expect(codeOf(await call('POST', '/v1/usage-events', ownerToken, { ...event, quantity: 26 }))).toBe(
      'idempotency_conflict',
    )
    expect(
      (
        await call('POST', '/v1/usage-events', ownerToken, {
          ...event,
          idempotency_key: 'event-0002',
          meter: 'unheard_of',
        })
      ).status,
    ).toBe(422)
    const at = { ...event, idempotency_key: 'event-0003', occurred_at: undefined, meter: 'compute_seconds' }
    expect(
      (await Promise.all(Array.from({ length: 5 }, () => call('POST', '/v1/usage-events', serviceToken, at))))
        .map((one) => one.status)
        .toSorted((a, b) => a - b),
    ).toEqual([200, 200, 200, 200, 201])
    await addMember('first-org', 'vic@first.test', 'viewer')
    const vic = String((await signIn('vic@first.test', memberPassword)).body['token'])
    expect((await call('POST', '/v1/usage-events', vic, event)).status).toBe(403)
  })

  it.each(['update usage_events set quantity = 1', 'delete from usage_events', 'truncate usage_events'])(
    'is never changed: %s',
    async (sql) => {
      await expect(admin.query(sql)).rejects.toMatchObject({ code: '23001' })
    },
  )

  it('is read by period and meter', async () => {
    await call('POST', '/v1/usage-events', serviceToken, {
      ...event,
      idempotency_key: 'event-0004',
      occurred_at: '2026-03-01T23:59:59+02:00',
    })
    const answer = await call('GET', `/v1/usage?${span}&period=month&meter=api_calls`, serviceToken)
    expect(answer.body['usage']).toEqual([
      {
        start: '2026-03-01T00:00:00.000Z',
        meter: 'api_calls',
        quantity: '50',
        events: 2,
        late_quantity: '0',
        late_events: 0,
      },
    ])
    expect((await call('GET', '/v1/usage?organisation=first-org', ownerToken)).status).toBe(200)
    expect((await call('GET', `/v1/usage?${span}&period=hour`, ownerToken)).status).toBe(422)
    expect(
      (
        await call(
          'GET',
          '/v1/usage?organisation=first-org&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
          ownerToken,
        )
      ).status,
    ).toBe(422)
    expect((await call('GET', '/v1/usage?organisation=first-org&from=0000-01-01T00:00:00Z', ownerToken)).status).toBe(
      422,
    )
  })

  it("is valued with the provider's rates, and with known ones when it is dead", async () => {
    const path = `/v1/usage/valuation?organisation=first-org&from=2026-01-01T00:00:00Z&to=2026-03-10T00:00:00Z`
    expect((await call('GET', path, serviceToken)).body).toMatchObject({
      currency: 'EUR',
      amount_micros: '2000',
      isFallback: true,
      rates_age_ms: null,
    })
    await new Promise((resolve) => setTimeout(resolve, 1100))
    ratesAnswer = { status: 200, body: JSON.stringify({ base: 'EUR', rates: { USD: 1.5 } }) }
    expect((await call('GET', `${path}&currency=USD`, serviceToken)).body).toMatchObject({
      amount_micros: '3000',
      isFallback: false,
    })
    for (const broken of [
      { status: 500, body: '' },
      { status: 200, body: 'x'.repeat(70_000) },
    ]) {
      ratesAnswer = broken
      expect((await call('GET', '/v1/currency-rates', serviceToken)).body).toMatchObject({
        isFallback: true,
        rates: { EUR: 1, USD: 1.5 },
      })
      await new Promise((resolve) => setTimeout(resolve, 1100))
    }
    expect((await call('GET', `${path}&currency=XXX`, serviceToken)).status).toBe(422)
    expect(lines.filter((line) => line.includes('currency_rates_unavailable')).length).toBeGreaterThan(0)
  })

  it('asks for rates under the id of the request that needs them', async () => {
    await new Promise((resolve) => setTimeout(resolve, 1100))
    ratesAnswer = { status: 200, body: JSON.stringify({ base: 'EUR', rates: { USD: 1.5 } }) }
    const headers = { authorization: `Bearer ${serviceToken}`, 'x-correlation-id': 'rates-0001' }
    const answer = await service.app.inject({ method: 'GET', url: '/v1/currency-rates', headers })
    expect(answer.json()).toMatchObject({ isFallback: false })
    expect(ratesAsked.at(-1)).toMatchObject({ 'x-correlation-id': 'rates-0001' })
  })
})

describe('odd input', () => {
  it.each([
    ['/v1/sign-in', { email: 'a\u0000b', password: 'x' }],
    ['/v1/sign-in', { email: ['a'], password: {} }],
    ['/v1/organisations', { slug: '../../etc', name: 'x' }],
    ['/v1/organisations', { slug: 'ok-slug', name: 'a\u0000' }],
    ['/v1/usage-events', { organisation: 'first-org', idempotency_key: 'k'.repeat(500), meter: 'x', quantity: 1e30 }],
  ])('%s %j is refused', async (url, payload) => {
    expect((await call('POST', url, ownerToken, payload)).status).toBe(422)
  })
  it('never reaches the log', () => {
    for (const secret of [ownerPassword, serviceToken, ownerToken]) expect(lines.join('')).not.toContain(secret)
  })
})

describe('database', () => {
  it('rolls back, and reports that it is away', async () => {
    await expect(database.transaction(() => Promise.reject(new Error('x')))).rejects.toThrow('x')
    expect(await database.answers()).toBe(true)
    expect(database.usage().waiting).toBe(0)
    const gone = new Database({ url: 'postgres://a:b@127.0.0.1:1/x', name: 'tests' })
    expect(await gone.answers()).toBe(false)
    await gone.close()
  })
})
