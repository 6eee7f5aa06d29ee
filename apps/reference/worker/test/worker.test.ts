/**
 * Goal: every mail goes out, once, whatever fails around it; what can never go out is told; nothing of it stays. Method: workers on
 * a real PostgreSQL with the platform's tables, and a provider that answers as told.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Service } from '@greengate/kit/http'
import { startPostgres, type TestPostgres } from '@greengate/kit/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readConfig } from '../src/config.ts'
import { type Bench, environment, mailKey, openBench, serviceToken, verifyMail, watchToken } from './harness.ts'
import { applyPlatformSchema } from './platform-schema.ts'

let postgres: TestPostgres
let bench: Bench
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.stop())
beforeEach(async () => {
  const url = await postgres.database()
  await applyPlatformSchema(url)
  bench = await openBench(url)
})
afterEach(() => bench.close())

const rows = async (text: string): Promise<Record<string, unknown>[]> =>
  (await bench.pool.query<Record<string, unknown>>(text)).rows
const left = async (): Promise<number> => (await rows('select 1 from kit_outbox')).length
const until = async (yes: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await yes())) await pause(20)
}
// A machine that is busy may take longer to ask the database than a probe waits: then it is not ready for a moment.
const readiness = async ({ app }: Pick<Service, 'app'>): Promise<unknown> =>
  (await app.inject({ url: '/ready' })).json()
const events = (name: string) => bench.lines.filter((line) => line['event'] === name)
const ids = () => bench.mail.received.map(({ headers }) => headers['idempotency-key'])

describe('mail', () => {
  it('is rendered and handed to the provider, and then nothing of it is left', async () => {
    const [id] = await bench.enqueue(verifyMail('ada@example.test'))
    await bench.worker().work.start()
    await until(async () => (await left()) === 0)
    expect(bench.mail.received).toHaveLength(1)
    const [{ path, headers, body } = { path: '', headers: {}, body: {} }] = bench.mail.received
    expect(path).toBe('POST /api/emails')
    expect(headers).toMatchObject({
      authorization: `Bearer ${mailKey}`,
      'idempotency-key': id,
      'content-type': 'application/json',
    })
    expect(body).toMatchObject({
      from: 'Greengate <hello@acme.test>',
      to: ['ada@example.test'],
      subject: 'Confirm your address for Greengate',
    })
    expect(body['text']).toContain('https://www.acme.test/verify#token=token-of-ada-0123456789')
    expect(Object.keys(body).toSorted()).toEqual(['from', 'html', 'subject', 'text', 'to'])
    await until(() => events('mail_delivered').length === 1)
    const logged = JSON.stringify(bench.lines)
    for (const secret of ['token-of-ada', 'ada@example.test', mailKey]) expect(logged).not.toContain(secret)
  })

  it('goes out once each with two workers at once', async () => {
    const workers = [bench.worker(), bench.worker()]
    await Promise.all(workers.map(({ work }) => work.start()))
    const enqueued: string[] = []
    for (let i = 0; i < 10; i += 1)
      enqueued.push(
        ...(await bench.enqueue(...Array.from({ length: 10 }, (_, at) => verifyMail(`m${i}-${at}@example.test`)))),
      )
    await until(async () => (await left()) === 0)
    expect(ids()).toHaveLength(enqueued.length)
    expect(new Set(ids())).toEqual(new Set(enqueued))
  })

  it.each([
    ['says nothing', null],
    ['is busy', 429],
    ['is down', 503],
    ['does not know our key', 401],
  ])('waits while the provider %s, and no attempt is counted', async (_what, status) => {
    bench.mail.answer = () => status
    const enqueued = await bench.enqueue(...['a', 'b', 'c'].map((name) => verifyMail(`${name}@example.test`)))
    const { work, service } = bench.worker({ relay: { attemptsMax: 2 } })
    await work.start()
    await until(() => events('mail_publisher_unavailable').length >= 4)
    expect(await rows('select attempts, dead_at from kit_outbox')).toEqual(
      Array(3).fill({ attempts: 0, dead_at: null }),
    )
    await expect.poll(() => readiness(service)).toEqual({ status: 'ready', degraded: ['mail'] })
    bench.mail.answer = () => 200
    await until(async () => (await left()) === 0)
    expect(new Set(ids())).toEqual(new Set(enqueued))
    await expect.poll(() => readiness(service)).toEqual({ status: 'ready' })
  })

  it('that the provider fails at is tried again while others go on, and is dead in the end', async () => {
    bench.mail.answer = ({ body }) => (String(body['to']).startsWith('bad') ? 500 : 200)
    await bench.enqueue(verifyMail('bad@example.test'), verifyMail('good@example.test'))
    const { work } = bench.worker({ relay: { attemptsMax: 3 } })
    await work.start()
    await until(() => events('mail_dead').length === 1)
    expect(bench.mail.received.filter(({ body }) => String(body['to']).startsWith('bad'))).toHaveLength(3)
    expect(events('mail_delivered')).toHaveLength(1)
    expect(events('mail_dead')[0]).toMatchObject({ level: 'error' })
    bench.mail.answer = () => 200
    expect(await work.relay.replayDead()).toBe(1)
    await until(async () => (await left()) === 0)
  })

  it.each([
    ['a payload that is none', { template: 'advert' }, 0],
    ['an address that the provider refuses', verifyMail('refused@example.test'), 1],
  ])('that can never go out is dead at once: %s', async (_what, payload, asked) => {
    bench.mail.answer = ({ body }) => (String(body['to']).startsWith('refused') ? 422 : 200)
    await bench.enqueue(payload, verifyMail('good@example.test'))
    const { work, service } = bench.worker()
    await work.start()
    await until(async () => events('mail_dead').length === 1 && (await left()) === 1)
    expect(bench.mail.received).toHaveLength(asked + 1)
    expect(events('mail_dead')[0]).toMatchObject({ level: 'error', attempt: 1, error: { name: 'PoisonMessageError' } })
    expect(JSON.stringify(bench.lines)).not.toContain('refused@example.test')
    expect(String((await rows('select last_error from kit_outbox'))[0]?.['last_error'])).not.toContain('@')
    const metrics = (await service.app.inject({ url: '/metrics' })).body
    expect(metrics).toContain('outbox_messages{state="dead"} 1')
    expect(metrics).toContain('outbox_messages{state="waiting"} 0')
    expect(metrics).toContain('mails_total{outcome="dead"} 1')
  })

  it('under way is finished by a stop, and nothing more is begun', async () => {
    const held = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    bench.mail.answer = async () => {
      begun.resolve()
      await held.promise
      return 200
    }
    await bench.enqueue(verifyMail('a@example.test'), verifyMail('b@example.test'))
    const worker = bench.worker()
    await worker.work.start()
    await begun.promise
    const stopped = worker.stop()
    setTimeout(() => held.resolve(), 300)
    expect(await stopped).toBe(0)
    expect(bench.mail.received).toHaveLength(1)
    // The other one is whole, and the next worker's.
    expect(await rows('select delivered_at, attempts from kit_outbox')).toEqual([{ delivered_at: null, attempts: 0 }])
  })
})

describe('the sweep', () => {
  it('removes what has ended and nothing else, and accounts that nobody confirmed', async () => {
    await bench.pool.query(`
      begin;
      insert into organisations (id, slug, name) values
        ('00000000-0000-4000-8000-000000000001', 'kept', 'Kept'), ('00000000-0000-4000-8000-000000000002', 'never', 'Never'),
        ('00000000-0000-4000-8000-000000000003', 'used', 'Used');
      insert into users (id, email, password_hash, created_at, verified_at) values
        ('00000000-0000-4000-8000-00000000000a', 'kept@x.test', '$argon2id$x', now() - interval '9 days', now()),
        ('00000000-0000-4000-8000-00000000000b', 'never@x.test', '$argon2id$x', now() - interval '25 hours', null),
        ('00000000-0000-4000-8000-00000000000c', 'young@x.test', '$argon2id$x', now() - interval '23 hours', null),
        ('00000000-0000-4000-8000-00000000000d', 'used@x.test', '$argon2id$x', now() - interval '25 hours', null);
      insert into memberships (organisation_id, user_id, role) values
        ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000a', 'owner'),
        ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-00000000000b', 'owner'),
        ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000c', 'member'),
        ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-00000000000d', 'owner');
      insert into usage_events (organisation_id, meter, quantity, occurred_at, recorded_by, idempotency_key)
        values ('00000000-0000-4000-8000-000000000003', 'api_calls', 1, now(), 'service', 'sweep-test-1');
      insert into sessions (token_digest, user_id, expires_at) select sha256(n::text::bytea),
        '00000000-0000-4000-8000-00000000000a', now() + (n - 1200) * interval '1 minute' from generate_series(1, 1300) n;
      insert into one_time_tokens (token_digest, purpose, user_id, created_at, expires_at) values
        (sha256('a'), 'verify', '00000000-0000-4000-8000-00000000000a', now() - interval '2 days', now() - interval '1 day'),
        (sha256('b'), 'verify', '00000000-0000-4000-8000-00000000000a', now(), now() + interval '1 day');
      insert into invitations (organisation_id, email, role, token_digest, expires_at) values
        ('00000000-0000-4000-8000-000000000001', 'a@x.test', 'member', sha256('a'), now() - interval '1 second'),
        ('00000000-0000-4000-8000-000000000001', 'b@x.test', 'member', sha256('b'), now() + interval '1 day');
      insert into sign_ups (slug, holder, password_hash, created_at, expires_at) values
        ('old', sha256('a'), '$argon2id$x', now() - interval '2 days', now() - interval '1 day'),
        ('new', sha256('b'), '$argon2id$x', now(), now() + interval '1 day');
      insert into sign_in_attempts (key, failures, ends_at) values
        (sha256('a'), 1, now() - interval '1 second'), (sha256('b'), 1, now() + interval '1 minute');
      commit`)
    const { work, service } = bench.worker()
    await work.start()
    await work.jobs.enqueue('sweep', {})
    await until(() => events('swept').length === 1)
    expect(events('swept')[0]?.['removed']).toEqual({
      sessions: 1200,
      one_time_links: 1,
      invitations: 1,
      sign_ups: 1,
      sign_in_attempts: 1,
      unverified_accounts: 2,
    })
    expect(await rows('select email from users order by email')).toEqual([
      { email: 'kept@x.test' },
      { email: 'young@x.test' },
    ])
    // One that usage was recorded for is kept for its usage.
    expect(await rows('select slug from organisations order by slug')).toEqual([{ slug: 'kept' }, { slug: 'used' }])
    expect(await rows('select count(*)::int as n from sessions')).toEqual([{ n: 100 }])
    await until(async () =>
      (await service.app.inject({ url: '/metrics' })).body.includes('jobs_total{name="sweep",outcome="completed"} 1'),
    )
  })
})

describe('the media', () => {
  it('are tidied up by content, when it is told with the token of the processes', async () => {
    bench.content.body = '{"pending":2,"rows":1}'
    const { work } = bench.worker()
    await work.start()
    await work.jobs.enqueue('reap-media', {})
    await until(() => events('media_reaped').length === 1)
    expect(bench.content.received[0]).toMatchObject({
      path: 'POST /v1/media/reap',
      headers: { authorization: `Bearer ${serviceToken}` },
    })
    expect(events('media_reaped')[0]?.['removed']).toEqual({ pending: 2, rows: 1 })
  })

  it('are told again when content does not answer', async () => {
    let asked = 0
    bench.content.answer = () => ((asked += 1) === 1 ? 503 : 200)
    bench.content.body = '{}'
    const { work } = bench.worker()
    await work.start()
    await work.jobs.enqueue('reap-media', {})
    await until(() => events('media_reaped').length === 1)
    expect(events('job_failed')).toHaveLength(1)
  })
})

describe('operators', () => {
  const authorization = `Bearer ${serviceToken}`
  it('see how the work stands and have what was given up tried again', async () => {
    await bench.enqueue({ template: 'advert' })
    const { work, service } = bench.worker()
    await work.start()
    await until(() => events('mail_dead').length === 1)
    const state = await service.app.inject({ url: '/v1/work', headers: { authorization } })
    expect(state.json()).toMatchObject({
      work: [{ name: 'mail', waiting: 0, dead: 1 }, { name: 'sweep' }, { name: 'reap-media' }],
    })
    const replayed = await service.app.inject({
      method: 'POST',
      url: '/v1/work/mail/replay',
      headers: { authorization },
    })
    expect([replayed.statusCode, replayed.json()]).toEqual([200, { replayed: 1 }])
    await until(() => events('mail_dead').length === 2)
    const none = await service.app.inject({ method: 'POST', url: '/v1/work/sweep/replay', headers: { authorization } })
    expect(none.json()).toEqual({ replayed: 0 })
  })

  it('have a few tried again first when they say how many', async () => {
    await bench.enqueue({ template: 'advert' }, { template: 'advert' }, { template: 'advert' })
    const { work, service } = bench.worker()
    await work.start()
    await until(() => events('mail_dead').length === 3)
    const replay = (payload: object) =>
      service.app.inject({ method: 'POST', url: '/v1/work/mail/replay', headers: { authorization }, payload })
    expect((await replay({ limit: 2 })).json()).toEqual({ replayed: 2 })
    for (const wrong of [{ limit: 0 }, { limit: 1001 }, { limit: 'all' }, { limits: 2 }])
      expect((await replay(wrong)).statusCode).toBe(422)
  })

  it('see whether the provider and content answer, and nothing is sent there', async () => {
    const { service } = bench.worker()
    const look = async () =>
      (await service.app.inject({ url: '/v1/connections', headers: { authorization } })).json<{
        connections: Record<string, unknown>[]
      }>().connections
    bench.mail.answer = () => 401
    expect(await look()).toMatchObject([
      { name: 'mail', answers: true, status: 401 },
      { name: 'content', answers: true, status: 200 },
    ])
    expect(bench.mail.received.map(({ path }) => path)).toEqual(['HEAD /api/emails'])
    expect(bench.mail.received[0]?.headers).not.toHaveProperty('authorization')
    expect(bench.content.received.map(({ path }) => path)).toEqual(['HEAD /health'])
    bench.mail.answer = () => 503
    bench.content.answer = () => null
    // However often: each look asks anew.
    for (let looks = 0; looks < 12; looks += 1)
      expect(await look()).toMatchObject([
        { name: 'mail', answers: false, status: 503 },
        { name: 'content', answers: false, status: null },
      ])
    bench.mail.answer = () => 200
    bench.content.answer = () => 200
    expect(await look()).toMatchObject([{ answers: true }, { answers: true }])
  })

  it.each([
    ['GET', '/v1/work', 200],
    ['GET', '/v1/connections', 200],
    ['POST', '/v1/work/mail/replay', 403],
  ] as const)('who only watch may look and change nothing: %s %s', async (method, url, status) => {
    const { work, service } = bench.worker()
    await work.start()
    const answer = await service.app.inject({ method, url, headers: { authorization: `Bearer ${watchToken}` } })
    expect(answer.statusCode).toBe(status)
  })

  it('cannot have those who watch use the token of the processes', () => {
    const env = environment('postgres://u:p@127.0.0.1/db', {
      mail: 'http://127.0.0.1:1',
      content: 'http://127.0.0.1:2',
    })
    expect(() => readConfig({ ...env, WATCH_TOKEN: serviceToken })).toThrow('WATCH_TOKEN')
  })

  it.each([
    ['GET', '/v1/work', '', 401],
    ['GET', '/v1/work', 'Bearer some-other-token', 401],
    ['POST', '/v1/work/mail/replay', '', 401],
    ['POST', '/v1/work/nothing/replay', authorization, 422],
    ['DELETE', '/v1/work', authorization, 405],
  ] as const)('are told from strangers and mistakes: %s %s', async (method, url, token, status) => {
    const { service } = bench.worker()
    const headers = token === '' ? {} : { authorization: token }
    expect((await service.app.inject({ method, url, headers })).statusCode).toBe(status)
  })
})
