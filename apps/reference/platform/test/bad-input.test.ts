/**
 * Goal: whatever is sent to a route of organisations, usage, settings and the concierge gets the envelope and the right code, and
 * leaves nothing half done. Method: each route that the service describes is sent every kind of bad request; then the tables are
 * compared with what they were.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serviceToken } from './environment.ts'
import { codeOf, type Method, type Person, type StartedPlatform, startPlatform } from './started-platform.ts'

interface Case {
  readonly method: Method
  readonly path: string
  /** Right in all but what the test makes wrong. */
  readonly body?: object
  readonly public?: true
}

const ID = '5b1f3d52-64c5-4b0e-9a56-3f1f7a0c2d11'
const event = { idempotency_key: 'key:00000001', meter: 'api_calls', quantity: 1 }
const cases: readonly Case[] = [
  { method: 'GET', path: '/v1/organisations' },
  { method: 'POST', path: '/v1/organisations', body: { slug: 'new-one', name: 'New' } },
  { method: 'GET', path: '/v1/organisations/{slug}' },
  { method: 'PATCH', path: '/v1/organisations/{slug}', body: { name: 'New' } },
  { method: 'GET', path: '/v1/organisations/{slug}/members' },
  { method: 'PATCH', path: '/v1/organisations/{slug}/members/{user_id}', body: { role: 'viewer' } },
  { method: 'DELETE', path: '/v1/organisations/{slug}/members/{user_id}' },
  { method: 'GET', path: '/v1/organisations/{slug}/invitations' },
  { method: 'POST', path: '/v1/organisations/{slug}/invitations', body: { email: 'a@b.test', role: 'viewer' } },
  { method: 'DELETE', path: '/v1/organisations/{slug}/invitations/{id}' },
  {
    method: 'POST',
    path: '/v1/invitations/accept',
    body: { token: 'gi_x', password: 'a long pass phrase' },
    public: true,
  },
  { method: 'POST', path: '/v1/usage-events', body: { organisation: 'first-org', ...event } },
  { method: 'POST', path: '/v1/usage-events/batch', body: { organisation: 'first-org', events: [event] } },
  { method: 'GET', path: '/v1/usage?organisation=first-org' },
  { method: 'GET', path: '/v1/usage/valuation?organisation=first-org' },
  { method: 'GET', path: '/v1/currency-rates' },
  { method: 'GET', path: '/v1/settings' },
  { method: 'PATCH', path: '/v1/settings', body: { version: 1, tagline: 'New' } },
  { method: 'GET', path: '/v1/settings/public', public: true },
  { method: 'GET', path: '/v1/concierge/recommendations', public: true },
  { method: 'GET', path: '/v1/concierge/weather', public: true },
]
const withBody = cases.filter((one) => one.body)
const guarded = cases.filter((one) => !one.public)

let platform: StartedPlatform
let owner: Person
let stranger: Person
let slug = ''
let before = ''

const urlOf = ({ path }: Case): string =>
  path.replace('{slug}', slug).replace('{user_id}', owner.id).replace('{id}', ID).replace('first-org', slug)

/** Everything that these routes write, as text. */
async function written(): Promise<string> {
  const { rows } = await platform.admin.query(
    `select (select json_agg(o order by id) from organisations o) as organisations,
      (select json_agg(m order by organisation_id, user_id) from memberships m) as memberships,
      (select json_agg(u order by id) from users u) as users, (select json_agg(i order by id) from invitations i) as invitations,
      (select json_agg(e order by id) from usage_events e) as events, (select json_agg(p) from platform_settings p) as settings,
      (select json_agg(b order by id) from kit_outbox b) as mails`,
  )
  return JSON.stringify(rows)
}

async function send(one: Case, token: string, payload: string | undefined, contentType = 'application/json') {
  const answer = await platform.service.app.inject({
    method: one.method,
    url: urlOf(one),
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(payload === undefined ? {} : { 'content-type': contentType }),
    },
    ...(payload === undefined ? {} : { payload }),
  })
  return { status: answer.statusCode, body: (answer.body ? answer.json() : null) as Record<string, never> }
}
const named = (list: readonly Case[]) => list.map((one) => [`${one.method} ${one.path}`, one] as const)

beforeAll(async () => {
  platform = await startPlatform()
  const organisation = await platform.organisation()
  slug = organisation.slug
  owner = await platform.person(organisation, 'owner')
  stranger = await platform.person(await platform.organisation(), 'owner')
  before = await written()
})
afterAll(() => platform.stop())

it('knows every route there is, the accounts aside', () => {
  const document = platform.service.document as { paths: Record<string, Record<string, { tags?: string[] }>> }
  const own = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) =>
        ['organisations', 'members', 'invitations', 'usage', 'settings', 'concierge'].includes(
          operation.tags?.[0] ?? '',
        ),
      )
      .map(([method]) => `${method.toUpperCase()} ${path}`),
  )
  expect(cases.map((one) => `${one.method} ${one.path.split('?')[0]}`).toSorted()).toEqual(own.toSorted())
})

describe('without a right', () => {
  it.each(named(guarded))('%s says so', async (_name, one) => {
    const payload = one.body && JSON.stringify(one.body)
    for (const token of ['', 'short', 'gs_of-nobody-at-all', `${serviceToken}x`]) {
      const answer = await send(one, token, payload)
      expect([answer.status, codeOf(answer)]).toEqual([401, 'unauthenticated'])
    }
  })
})

describe('for another organisation', () => {
  const foreign = guarded.filter((one) => /\{slug\}|first-org/.test(`${one.path} ${JSON.stringify(one.body ?? {})}`))

  it.each(named(foreign))('%s finds nothing', async (_name, one) => {
    const answer = await send(one, stranger.token, one.body && JSON.stringify(one.body).replace('first-org', slug))
    expect([answer.status, codeOf(answer)]).toEqual([404, 'not_found'])
  })
})

describe('with a body that is wrong', () => {
  it.each(named(withBody))('%s refuses it', async (_name, one) => {
    const right = JSON.stringify(one.body).replace('first-org', slug)
    const token = one.path.startsWith('/v1/settings') ? await platform.founderKey() : one.public ? '' : owner.token
    const expected: [what: string, payload: string | undefined, status: number, contentType?: string][] = [
      ['none', undefined, 422],
      ['empty', '', 400],
      ['cut off', right.slice(0, -1), 400],
      ['no JSON', '<xml/>', 400],
      ['another type', right, 415, 'text/plain'],
      ['a list', '[]', 422],
      ['null', 'null', 422],
      ['a text', '"x"', 422],
      ['nothing in it', '{}', 422],
      ['more than there is', `${right.slice(0, -1)},"surprise":1}`, 422],
      ['a prototype', `${right.slice(0, -1)},"__proto__":{"admin":true}}`, 400],
      ['too deep', `${right.slice(0, -1)},"deep":${'['.repeat(40)}${']'.repeat(40)}}`, 400],
      ['too large', `${right.slice(0, -1)},"large":"${'x'.repeat(1_100_000)}"}`, 413],
    ]
    for (const [what, payload, status, contentType] of expected) {
      const answer = await send(one, token, payload, contentType)
      expect({ what, status: answer.status }).toEqual({ what, status })
      expect(answer.body['error']).toMatchObject({ code: expect.any(String), request_id: expect.any(String) })
    }
    // Each field with something that it can't be.
    for (const field of Object.keys(one.body ?? {})) {
      for (const value of [null, {}, [], 1e300, 'x'.repeat(5000), 'a\u0000b', 'a\ud800b']) {
        const body = { ...(JSON.parse(right) as object), [field]: value }
        // A password is checked, whatever it is made of; and a token that is none is refused as one.
        const answer = await send(one, token, JSON.stringify(body))
        expect({ field, value: JSON.stringify(value).slice(0, 20), status: answer.status }).toMatchObject({
          status: 422,
        })
      }
    }
  })
})

describe('with a path or a query that is wrong', () => {
  it.each([
    ['GET', '/v1/organisations/UPPER'],
    ['GET', '/v1/organisations/..%2f..%2fetc'],
    ['GET', '/v1/organisations/a%00b'],
    ['GET', `/v1/organisations/${'a'.repeat(200)}`],
    ['DELETE', '/v1/organisations/{slug}/members/1'],
    ['PATCH', '/v1/organisations/{slug}/members/not-a-uuid'],
    ['DELETE', `/v1/organisations/{slug}/invitations/' or 1=1`],
    ['GET', '/v1/organisations/{slug}/members?limit=0'],
    ['GET', '/v1/organisations/{slug}/members?limit=201'],
    ['GET', '/v1/organisations/{slug}/members?limit=ten'],
    ['GET', '/v1/organisations/{slug}/members?after=1'],
    ['GET', '/v1/organisations/{slug}/members?surprise=1'],
    ['GET', '/v1/organisations/{slug}/invitations?limit=1e9'],
    ['GET', '/v1/organisations?after=UPPER'],
    ['GET', '/v1/usage'],
    ['GET', '/v1/usage/valuation?organisation={slug}&currency=euro'],
  ] as const)('%s %s is refused', async (method, path) => {
    const body = method === 'PATCH' ? { role: 'viewer' } : undefined
    const { status } = await platform.call(
      method,
      encodeURI(decodeURI(path)).replace('%7Bslug%7D', slug),
      owner.token,
      body,
    )
    expect([400, 404, 414, 422]).toContain(status)
  })
})

describe('in the wrong order', () => {
  it('finds nothing to change, revoke or accept', async () => {
    const base = `/v1/organisations/${slug}`
    expect((await platform.call('DELETE', `${base}/invitations/${ID}`, owner.token)).status).toBe(404)
    expect((await platform.call('DELETE', `${base}/members/${ID}`, owner.token)).status).toBe(404)
    expect((await platform.call('PATCH', `${base}/members/${ID}`, owner.token, { role: 'viewer' })).status).toBe(404)
    const accepted = await platform.call('POST', '/v1/invitations/accept', '', { token: 'gi_none', password: 'x' })
    expect([accepted.status, codeOf(accepted)]).toEqual([422, 'token_refused'])
  })
})

it('has left everything as it was', async () => {
  expect(await written()).toBe(before)
})
