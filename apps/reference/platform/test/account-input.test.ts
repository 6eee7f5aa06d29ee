/**
 * Goal: whatever is sent to an account route is answered with the error envelope and the right code, and nothing is half
 * done. Method: every route with bodies that are malformed, oversized, too much, too little, of the wrong type or hostile, with
 * tokens that are nobody's and in the wrong order; the tables are compared before and after.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountCalls, type AccountCalls, OTHER_PASSWORD, PASSWORD } from './account-calls.ts'
import { codeOf, type Method, type StartedPlatform, startPlatform } from './started-platform.ts'

let platform: StartedPlatform
let on: AccountCalls

beforeAll(async () => {
  platform = await startPlatform()
  on = accountCalls(platform)
})
afterAll(() => platform.stop())

const organisation = { slug: 'fine-slug', name: 'Acme' }
const right = { email: 'ada@people.test', password: PASSWORD, name: 'Ada', organisation }
const SIGN_UP = '/v1/sign-up'
const CONFIRM = '/v1/email-verifications/confirm'
const RESET = '/v1/password-resets/confirm'

const tables = async (): Promise<number[]> =>
  Promise.all(
    ['users', 'organisations', 'memberships', 'sessions', 'one_time_tokens', 'sign_ups', 'kit_outbox'].map((table) =>
      on.count(table),
    ),
  )

describe('a body', () => {
  it.each<[string, unknown]>([
    [SIGN_UP, {}],
    [SIGN_UP, []],
    [SIGN_UP, null],
    [SIGN_UP, { ...right, email: 'no address' }],
    [SIGN_UP, { ...right, email: `${'a'.repeat(250)}@x.test` }],
    [SIGN_UP, { ...right, email: 'a\u0000b@people.test' }],
    [SIGN_UP, { ...right, email: ['ada@people.test'] }],
    [SIGN_UP, { ...right, password: 'short' }],
    [SIGN_UP, { ...right, password: 'x'.repeat(257) }],
    [SIGN_UP, { ...right, password: { $gt: '' } }],
    [SIGN_UP, { ...right, name: '' }],
    [SIGN_UP, { ...right, name: 'x'.repeat(121) }],
    [SIGN_UP, { ...right, name: 'a\nb' }],
    // Half of a surrogate pair: JSON can say it, PostgreSQL can't hold it.
    [SIGN_UP, { ...right, name: '\ud800' }],
    [SIGN_UP, { ...right, name: 'a\udc00b' }],
    [SIGN_UP, { ...right, email: 'a\ud800@people.test' }],
    [SIGN_UP, { ...right, password: `${PASSWORD}\ud800` }],
    [SIGN_UP, { ...right, organisation: { ...organisation, name: 'a\ud800' } }],
    [SIGN_UP, { ...right, organisation: 'acme' }],
    [SIGN_UP, { ...right, organisation: { ...organisation, slug: '../../etc' } }],
    [SIGN_UP, { ...right, organisation: { ...organisation, slug: 'UPPER' } }],
    [SIGN_UP, { ...right, organisation: { ...organisation, id: 'mine' } }],
    [SIGN_UP, { ...right, role: 'owner' }],
    [SIGN_UP, { ...right, verified_at: '2026-01-01T00:00:00Z' }],
    ['/v1/email-verifications', { email: 'nobody' }],
    ['/v1/email-verifications', {}],
    [CONFIRM, {}],
    [CONFIRM, { token: '' }],
    [CONFIRM, { token: 'x'.repeat(257) }],
    [CONFIRM, { token: { a: 1 } }],
    [CONFIRM, { token: 'a\u0000' }],
    [CONFIRM, { token: 'a\ud800' }],
    ['/v1/password-resets', { email: 5 }],
    ['/v1/password-resets', { email: 'ada@people.test', password: PASSWORD }],
    [RESET, { token: 'gr_x' }],
    [RESET, { token: 'gr_x', password: 'short' }],
    ['/v1/sign-in', { email: 'ada@people.test' }],
    ['/v1/sign-in', { email: '', password: PASSWORD }],
    ['/v1/sign-in', { email: 'ada@people.test', password: 'x'.repeat(257) }],
  ])('%s %j is refused, and nothing is done', async (url, body) => {
    const before = await tables()
    const hashes = await on.hashes()
    const answer = await on.send('POST', url, {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    })
    expect([answer.status, codeOf(answer)]).toEqual([422, 'validation_failed'])
    expect(await tables()).toEqual(before)
    expect(await on.hashes()).toBe(hashes)
  })

  it.each([
    ['broken JSON', '{"email":', 'application/json', 400, 'malformed_request'],
    ['none', '', 'application/json', 400, 'malformed_request'],
    ['another type', 'email=ada', 'application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
    [
      'more than a MiB',
      JSON.stringify({ ...right, name: 'x'.repeat(1_100_000) }),
      'application/json',
      413,
      'body_too_large',
    ],
    ['too deep', `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`, 'application/json', 400, 'payload_too_deep'],
  ])('that is %s is refused by every route that takes one', async (_what, payload, type, status, code) => {
    const who = await on.someone()
    const before = await tables()
    for (const url of [SIGN_UP, '/v1/email-verifications', CONFIRM, '/v1/password-resets', RESET, '/v1/sign-in']) {
      const answer = await on.send('POST', url, { body: payload, headers: { 'content-type': type } })
      expect([url, answer.status, codeOf(answer)]).toEqual([url, status, code])
    }
    const answer = await on.send('PUT', '/v1/me/password', {
      body: payload,
      token: who.token,
      headers: { 'content-type': type },
    })
    expect([answer.status, codeOf(answer)]).toEqual([status, code])
    expect(await tables()).toEqual(before)
  })
})

describe('a caller', () => {
  const routes: [Method, string, unknown?][] = [
    ['GET', '/v1/me'],
    ['GET', '/v1/sessions'],
    ['DELETE', '/v1/sessions'],
    ['DELETE', '/v1/sessions/0d9d1f5e-6f4e-4a53-8d5c-0f5b7a1e9c22'],
    ['POST', '/v1/sign-out'],
    ['PUT', '/v1/me/password', { current_password: PASSWORD, new_password: OTHER_PASSWORD }],
  ]
  it.each(routes)('without a session is refused by %s %s', async (method, url, body) => {
    const who = await on.someone()
    const before = await tables()
    await on.askReset(who.email)
    const foreign = [
      undefined,
      '',
      'gs_'.padEnd(46, 'a'),
      `${who.token}a`,
      await on.lastToken(who.email),
      'x'.repeat(8000),
    ]
    for (const token of foreign) {
      const answer = await on.send(method, url, {
        ...(token === undefined ? {} : { token }),
        ...(body ? { body } : {}),
      })
      expect([answer.status, codeOf(answer)]).toEqual([401, 'unauthenticated'])
    }
    expect((await tables()).slice(0, 4)).toEqual(before.slice(0, 4))
    expect((await on.me(who.token)).status).toBe(200)
  })

  it('names sessions by identifiers that are some', async () => {
    const who = await on.someone()
    for (const id of ['1', 'x'.repeat(64), '%27%20or%201=1'])
      expect((await on.send('DELETE', `/v1/sessions/${id}`, { token: who.token })).status).toBe(422)
    expect((await on.me(who.token)).status).toBe(200)
  })

  it('in the wrong order gets nowhere', async () => {
    const who = on.fresh()
    // Everything before there is an account.
    expect((await on.confirm('gv_'.padEnd(46, 'a'))).status).toBe(422)
    expect((await on.askVerification(who.email)).status).toBe(202)
    expect((await on.askReset(who.email)).status).toBe(202)
    expect((await on.signIn(who)).status).toBe(401)
    expect(await platform.mailsTo(who.email)).toEqual([])
    // A reset before the address is confirmed: whoever reads the mail has shown whose it is.
    await on.signUp(who)
    const link = await on.lastToken(who.email)
    await on.askReset(who.email)
    expect((await on.reset(await on.lastToken(who.email))).status).toBe(204)
    expect((await on.confirm(link)).status).toBe(422)
    expect((await on.signIn(who, OTHER_PASSWORD)).status).toBe(200)
  })
})

it('nothing of it breaks in the middle: when the outbox refuses the mail there is no account', async () => {
  const who = on.fresh()
  const before = await tables()
  await platform.admin.query(`alter table kit_outbox add constraint no_mail check (topic <> 'mail') not valid`)
  const answer = await platform.call('POST', SIGN_UP, '', {
    ...right,
    email: who.email,
    organisation: { slug: who.slug, name: 'A' },
  })
  await platform.admin.query('alter table kit_outbox drop constraint no_mail')
  expect([answer.status, codeOf(answer)]).toEqual([500, 'internal'])
  expect(await tables()).toEqual(before)
  expect((await on.signUp(who)).status).toBe(202)
})
