/**
 * Goal: a browser's session is a cookie that scripts cannot read, strangers' pages cannot use, and backends never see.
 * Method: the gateway on a real port; the platform behind is a server that answers as the contract says.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { codeOf, startGateway, type TestGateway } from './harness.ts'

const token = 'gs_0123456789abcdefghij'
const now = Date.parse('2026-11-21T12:00:00Z')
const origin = 'http://127.0.0.1'
let gateway: TestGateway
beforeEach(async () => {
  gateway = await startGateway({ now: () => now })
})
afterEach(() => gateway.stop())

const session = (method: string, headers: Record<string, string> = {}, body?: unknown, path = '/session') =>
  fetch(`${gateway.base}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
const credentials = { email: 'a@b.test', password: 'a password' }
const own = { origin }

function platform(status: number, body: unknown, headers: Record<string, string> = {}): void {
  gateway.backends.platform.answer = (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}
const signedIn = { token, expires_at: '2026-11-22T00:00:00Z', user: { id: '1', email: 'a@b.test' } }

describe('signing in', () => {
  it('gives a cookie and not the token', async () => {
    platform(200, signedIn)
    const answer = await session(
      'POST',
      { ...own, 'user-agent': 'Browser/1', 'x-forwarded-for': '203.0.113.9' },
      credentials,
    )
    const text = await answer.text()
    expect([answer.status, JSON.parse(text)]).toEqual([200, { user: signedIn.user, expires_at: signedIn.expires_at }])
    expect(text).not.toContain(token)
    expect(answer.headers.getSetCookie()).toEqual([`session=${token}; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax`])
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const [seen] = gateway.backends.platform.seen
    expect([seen?.method, seen?.url, JSON.parse(seen?.body ?? '')]).toEqual(['POST', '/v1/sign-in', credentials])
    expect(seen?.headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'user-agent': 'Browser/1' })
    expect(JSON.stringify(gateway.lines)).not.toContain(token)
  })

  it.each([
    [401, 'sign_in_refused', {}],
    [403, 'email_unverified', {}],
    [429, 'sign_in_locked', { 'retry-after': '900' }],
  ] as const)('passes on what the platform says: %i %s', async (status, code, headers) => {
    platform(status, { error: { code, message: 'm', details: [], request_id: 'r', help: '/errors/x' } }, headers)
    const answer = await session('POST', own, credentials)
    expect([answer.status, codeOf(await answer.json()), answer.headers.getSetCookie()]).toEqual([status, code, []])
    expect(answer.headers.get('retry-after')).toBe(status === 429 ? '900' : null)
  })

  it.each([
    ['no JSON', 400, '{', own, 'malformed_request'],
    ['nothing', 422, {}, own, 'validation_failed'],
    ['another field', 422, { ...credentials, admin: true }, own, 'validation_failed'],
    ['no text', 422, { email: 1, password: [] }, own, 'validation_failed'],
    ['too much', 422, { email: 'a@b.test', password: 'x'.repeat(300) }, own, 'validation_failed'],
    ['another origin', 403, credentials, { origin: 'https://evil.test' }, 'csrf_refused'],
    ['another site', 403, credentials, { 'sec-fetch-site': 'cross-site' }, 'csrf_refused'],
    ['no word about where from', 403, credentials, {}, 'csrf_refused'],
  ] as const)('with %s is refused and nobody is asked', async (_what, status, body, headers, code) => {
    const answer = await session('POST', headers, body)
    expect([answer.status, codeOf(await answer.json())]).toEqual([status, code])
    expect(gateway.backends.platform.seen).toEqual([])
  })

  it.each([
    ['no JSON', 200, '<html>'],
    ['no token', 200, { user: signedIn.user }],
    ['a token that is none', 200, { ...signedIn, token: 'a b;c' }],
    ['an error that is none', 500, 'boom'],
    ['too much', 200, 'x'.repeat(100_000)],
  ])('is not possible when the platform answers %s', async (_what, status, body) => {
    platform(status, body)
    const answer = await session('POST', own, credentials)
    expect(answer.status).toBeGreaterThanOrEqual(500)
    expect(answer.headers.getSetCookie()).toEqual([])
  })

  it('is answered for when the platform is down', async () => {
    await gateway.backends.platform.close()
    const answer = await session('POST', own, credentials)
    expect([answer.status, codeOf(await answer.json())]).toEqual([503, 'upstream_unavailable'])
    gateway.backends.platform.server.listen(0)
  })
})

describe('a session', () => {
  const cookie = `session=${token}`

  it('is told from none, by the cookie alone', async () => {
    for (const [header, expected] of [
      [cookie, true],
      [`theme=dark; ${cookie}`, true],
      ['theme=dark', false],
      ['session=', false],
      ['session=a b', false],
      [`${cookie}; session=another-token-1`, false],
    ] as const)
      expect(await (await session('GET', { cookie: header })).json()).toEqual({ signed_in: expected })
  })

  it('becomes a bearer token behind, and the cookie stays here', async () => {
    for (const path of ['/v1/me', '/v1/content/entries', '/'])
      await session('GET', { cookie: `a=1; ${cookie}` }, undefined, path)
    for (const backend of ['platform', 'content', 'web'] as const) {
      const headers = gateway.backends[backend].seen[0]?.headers
      expect([headers?.authorization, headers?.cookie]).toEqual([`Bearer ${token}`, 'a=1'])
    }
    await session('GET', { cookie, authorization: 'Bearer stays-as-it-is' }, undefined, '/media/posts/a.jpg')
    expect(gateway.backends.media.seen[0]?.headers).not.toHaveProperty('authorization')
    expect(gateway.backends.media.seen[0]?.headers).not.toHaveProperty('cookie')
  })

  it('does not replace a token that the caller sends', async () => {
    await session('GET', { cookie, authorization: 'Bearer the-callers-own' }, undefined, '/v1/me')
    expect(gateway.backends.platform.seen[0]?.headers.authorization).toBe('Bearer the-callers-own')
  })

  it.each([
    [undefined, 'private, no-store'],
    ['max-age=60', 'private, max-age=60'],
    ['public, max-age=60', 'public, max-age=60'],
    ['no-store', 'no-store'],
  ])('keeps answers out of caches in front: %s', async (given, expected) => {
    platform(200, {}, given === undefined ? {} : { 'cache-control': given })
    expect((await session('GET', { cookie }, undefined, '/v1/me')).headers.get('cache-control')).toBe(expected)
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('changes nothing for a stranger’s page: %s', async (method) => {
    for (const headers of [
      { origin: 'https://evil.test' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      {},
    ]) {
      const answer = await session(method, { cookie, ...headers }, undefined, '/v1/organisations')
      expect([answer.status, codeOf(await answer.json())]).toEqual([403, 'csrf_refused'])
    }
    expect(gateway.backends.platform.seen).toEqual([])
    for (const headers of [own, { 'sec-fetch-site': 'same-origin' }])
      expect((await session(method, { cookie, ...headers }, undefined, '/v1/organisations')).status).toBe(200)
  })

  it('ends at the platform, and then the cookie goes', async () => {
    for (const status of [204, 401]) {
      gateway.backends.platform.answer = (_request, response) => response.writeHead(status).end()
      const answer = await session('DELETE', { cookie, ...own })
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([
        204,
        ['session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax'],
      ])
    }
    expect(gateway.backends.platform.seen[0]).toMatchObject({
      method: 'POST',
      url: '/v1/sign-out',
      headers: { authorization: `Bearer ${token}` },
    })
  })

  it('that could not be ended is kept, and can be ended again', async () => {
    platform(503, {})
    const answer = await session('DELETE', { cookie, ...own })
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([503, []])
  })

  it('that is none is ended without asking anybody', async () => {
    expect((await session('DELETE')).status).toBe(204)
    expect((await session('DELETE', { cookie })).status).toBe(403)
    expect(gateway.backends.platform.seen).toEqual([])
  })

  it('is Secure and bound to the host wherever there is TLS in front', async () => {
    const secure = await startGateway({ env: { PUBLIC_URL: 'https://gateway.test' }, now: () => now })
    try {
      secure.backends.platform.answer = (_request, response) => response.end(JSON.stringify(signedIn))
      const answer = await fetch(`${secure.base}/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
        body: JSON.stringify(credentials),
      })
      expect(answer.headers.getSetCookie()).toEqual([
        `__Host-session=${token}; Path=/; Max-Age=43200; Secure; HttpOnly; SameSite=Lax`,
      ])
    } finally {
      await secure.stop()
    }
  })
})
