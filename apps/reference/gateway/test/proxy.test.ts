/**
 * Goal: what is passed on, what is not, and what a caller gets when a backend fails in any way. Method: the gateway on a real
 * port with real servers behind it, spoken to by fetch and raw sockets.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { codeOf, metricsToken, startGateway, type TestGateway } from './harness.ts'

let gateway: TestGateway
beforeEach(async () => {
  gateway = await startGateway()
})
afterEach(() => gateway.stop())

const get = (path: string, init: RequestInit = {}) => fetch(`${gateway.base}${path}`, init)
const metrics = async () => (await get('/metrics', { headers: { authorization: `Bearer ${metricsToken}` } })).text()

describe('a request', () => {
  it.each([
    ['GET', '/v1/me?x=1', 'platform', '/v1/me?x=1'],
    ['POST', '/v1/usage-events', 'platform', '/v1/usage-events'],
    ['GET', '/v1/content/posts?limit=2', 'content', '/v1/content/posts?limit=2'],
    ['DELETE', '/v1/media/7', 'content', '/v1/media/7'],
    ['GET', '/media/posts/a.jpg?acl', 'media', '/bucket/media/posts/a.jpg'],
    ['GET', '/posts/one', 'web', '/posts/one'],
    ['POST', '/client-errors', 'web', '/client-errors'],
  ] as const)('%s %s goes to %s', async (method, path, backend, url) => {
    const answer = await get(path, { method })
    expect([answer.status, await answer.text()]).toEqual([200, `${backend} ${method} ${url}`])
    expect(answer.headers.get('x-backend')).toBe(backend)
  })

  it.each([
    ['GET', '/v1/maintenance/sweep', 404, 'not_found'],
    ['POST', '/v1/media/reap', 404, 'not_found'],
    ['POST', '/metrics', 405, 'method_not_allowed'],
    ['PUT', '/session', 405, 'method_not_allowed'],
    ['GET', '/metrics/', 404, 'not_found'],
    ['PUT', '/media/posts/a.jpg', 405, 'method_not_allowed'],
    ['POST', '/v1/media%2freap', 400, 'malformed_request'],
    ['GET', '/v1//maintenance', 400, 'malformed_request'],
  ])('%s %s is not passed on', async (method, path, status, code) => {
    const answer = await get(path, { method })
    expect([answer.status, codeOf(await answer.json())]).toEqual([status, code])
    for (const backend of Object.values(gateway.backends)) expect(backend.seen).toEqual([])
  })

  it('whose path a browser would resolve is refused as it came', async () => {
    for (const path of ['/v1/media/../maintenance/sweep', '/v1/media/%2e%2e/maintenance/sweep']) {
      const answer = await gateway.raw(`GET ${path} HTTP/1.1\r\nhost: gateway.test\r\nconnection: close\r\n\r\n`)
      expect(answer).toMatch(/^HTTP\/1.1 400 /)
    }
    expect(gateway.backends.content.seen).toEqual([])
  })

  it('carries its body and what the gateway says about it; a stranger says nothing of that', async () => {
    const body = randomBytes(300_000).toString('hex')
    await get('/v1/usage-events', {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/x-anything',
        authorization: 'Bearer own-token-1',
        'x-request-id': 'request-id-1',
        traceparent: '00-11111111111111111111111111111111-2222222222222222-01',
        'x-forwarded-for': '203.0.113.9',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'evil.test',
        'x-forwarded-port': '1',
        x_forwarded_for: '203.0.113.9',
        forwarded: 'for=203.0.113.9',
        'x-real-ip': '203.0.113.9',
        'x-original-url': '/v1/maintenance',
        'x-http-method-override': 'DELETE',
        'x-kept': 'yes',
      },
    })
    const [seen] = gateway.backends.platform.seen
    expect(seen?.body).toBe(body)
    expect(seen?.headers).toMatchObject({
      authorization: 'Bearer own-token-1',
      'content-type': 'application/x-anything',
      'x-correlation-id': 'request-id-1',
      'x-request-id': 'request-id-1',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': `127.0.0.1:${gateway.port}`,
      'x-kept': 'yes',
    })
    for (const name of [
      'forwarded',
      'x-real-ip',
      'x-original-url',
      'x-http-method-override',
      'x_forwarded_for',
      'x-forwarded-port',
    ])
      expect(seen?.headers).not.toHaveProperty(name)
  })

  it('loses what speaks about one connection, also what Connection lists', async () => {
    const text = await gateway.raw(
      'GET /v1/me HTTP/1.1\r\nhost: gateway.test\r\nconnection: close, x-private\r\nx-private: 1\r\nte: trailers\r\n' +
        'keep-alive: timeout=1\r\nproxy-authorization: Basic x\r\nupgrade: h2c\r\nhttp2-settings: AAA\r\n\r\n',
    )
    expect(text).toContain('200 OK')
    const headers = gateway.backends.platform.seen[0]?.headers
    for (const name of ['x-private', 'te', 'keep-alive', 'proxy-authorization', 'upgrade', 'http2-settings'])
      expect(headers).not.toHaveProperty(name)
  })

  it.each([
    ['a name that is not served', 'GET / HTTP/1.1\r\nhost: evil.test\r\nconnection: close\r\n\r\n', 421],
    ['no name', 'GET / HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    ['two names', 'GET / HTTP/1.1\r\nhost: gateway.test\r\nhost: gateway.test\r\nconnection: close\r\n\r\n', 400],
    [
      'an absolute address',
      'GET http://gateway.test/ HTTP/1.1\r\nhost: gateway.test\r\nconnection: close\r\n\r\n',
      400,
    ],
    [
      'a WebSocket',
      'GET / HTTP/1.1\r\nhost: gateway.test\r\nconnection: Upgrade, close\r\nupgrade: websocket\r\n\r\n',
      501,
    ],
    [
      'a body with GET',
      'GET / HTTP/1.1\r\nhost: gateway.test\r\ncontent-length: 3\r\nconnection: close\r\n\r\nabc',
      400,
    ],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nhost: gateway.test\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nhost: gateway.test\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nabcdef',
      400,
    ],
    [
      'two equal lengths',
      'POST / HTTP/1.1\r\nhost: gateway.test\r\ncontent-length: 3\r\ncontent-length: 3\r\n\r\nabc',
      400,
    ],
    ['a list as a length', 'POST / HTTP/1.1\r\nhost: gateway.test\r\ncontent-length: 3, 3\r\n\r\nabc', 400],
    [
      'chunks that are not last',
      'POST / HTTP/1.1\r\nhost: gateway.test\r\ntransfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n',
      400,
    ],
    [
      'chunks written otherwise',
      'POST / HTTP/1.1\r\nhost: gateway.test\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    [
      'chunks twice',
      'POST / HTTP/1.1\r\nhost: gateway.test\r\ntransfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['chunks of HTTP/1.0', 'POST / HTTP/1.0\r\nhost: gateway.test\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    [
      'a space before a colon',
      'POST / HTTP/1.1\r\nhost: gateway.test\r\ntransfer-encoding : chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a folded header', 'GET / HTTP/1.1\r\nhost: gateway.test\r\nx-a: 1\r\n b\r\nconnection: close\r\n\r\n', 400],
    [
      'a line break in a header',
      'GET / HTTP/1.1\r\nhost: gateway.test\r\nx-a: 1\rx-b: 2\r\nconnection: close\r\n\r\n',
      400,
    ],
    [
      'a chunk of no size',
      'POST / HTTP/1.1\r\nhost: gateway.test\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n\r\n',
      400,
    ],
  ])('with %s is refused with the envelope, and no backend sees it whole', async (_what, text, status) => {
    const answer = await gateway.raw(text)
    expect(answer.split('\r\n', 1)[0]).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(codeOf(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)))).toMatch(/^[a-z_]+$/)
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1)
    for (const backend of Object.values(gateway.backends)) expect(backend.seen).toEqual([])
  })

  it('is limited in its headers and its body', async () => {
    expect((await get('/', { headers: { 'x-large': 'x'.repeat(20_000) } })).status).toBe(431)
    expect((await get('/v1/x', { method: 'POST', body: 'x'.repeat(1_048_577) })).status).toBe(413)
    const chunked = await get('/v1/x', {
      method: 'POST',
      body: new Blob(['x'.repeat(3_000_000)]).stream(),
      duplex: 'half',
    } as RequestInit)
    expect([chunked.status, codeOf(await chunked.json())]).toEqual([413, 'body_too_large'])
    expect(gateway.backends.platform.seen).toEqual([])
    // None of it spoke against the backend.
    expect((await get('/v1/me')).status).toBe(200)
    expect(await metrics()).toContain('upstream_breaker_open{backend="platform"} 0')
  })
})

describe('an answer', () => {
  it('comes with what the backend said, and with what the gateway says itself', async () => {
    gateway.backends.web.answer = (_request, response) =>
      response
        .writeHead(201, {
          'content-type': 'text/html',
          'content-security-policy': "default-src 'self'",
          'cache-control': 'public, max-age=60',
          etag: '"1"',
          'set-cookie': ['theme=dark', 'session=planted', '__Host-session=planted; Path=/; Secure'],
          'x-request-id': 'of-the-backend',
          ratelimit: '"default";r=1',
          server: 'secret/1.2',
          'x-powered-by': 'secret',
          'access-control-allow-origin': '*',
          'strict-transport-security': 'max-age=1',
          connection: 'x-hop',
          'x-hop': '1',
        })
        .end('<p>')
    const { headers, status } = await get('/', { headers: { 'x-request-id': 'request-id-1' } })
    expect(status).toBe(201)
    expect(headers.get('content-security-policy')).toBe("default-src 'self'")
    expect(headers.get('cache-control')).toBe('public, max-age=60')
    expect(headers.get('etag')).toBe('"1"')
    expect(headers.getSetCookie()).toEqual(['theme=dark'])
    expect(headers.get('x-request-id')).toBe('request-id-1')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-frame-options')).toBe('DENY')
    for (const name of ['server', 'x-powered-by', 'access-control-allow-origin', 'strict-transport-security', 'x-hop'])
      expect(headers.get(name)).toBeNull()
    expect(headers.get('ratelimit')).not.toContain('r=1,')
  })

  it.each([204, 304])('without a body is one: %i', async (status) => {
    gateway.backends.web.answer = (_request, response) => response.writeHead(status, { etag: '"1"' }).end()
    const answer = await get('/')
    expect([answer.status, await answer.text(), answer.headers.get('etag')]).toEqual([status, '', '"1"'])
  })

  it('to HEAD has the length and no body', async () => {
    gateway.backends.media.answer = (_request, response) => response.writeHead(200, { 'content-length': '1234' }).end()
    const answer = await get('/media/posts/a.jpg', { method: 'HEAD' })
    expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([200, '1234', ''])
  })

  it('is streamed, and the backend waits for a caller that takes its time', async () => {
    let written = 0
    const size = 64 * 1_048_576
    gateway.backends.media.raw = (_request, response) => {
      response.writeHead(200, { 'content-length': String(size) })
      const more = (): void => {
        while (written < size) {
          written += 65_536
          if (!response.write(Buffer.alloc(65_536, 1))) {
            response.once('drain', more)
            return
          }
        }
        response.end()
      }
      more()
    }
    const answer = await get('/media/posts/film.mp4')
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
    let read = (await reader.read()).value?.length ?? 0
    let before = -1
    // It comes to rest although nobody took more than the first piece.
    while (before !== written) {
      before = written
      await pause(200)
    }
    expect(written).toBeLessThan(size / 2)
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) read += piece.value.length
    expect(read).toBe(size)
  })

  it.each([
    ['with a length', { 'content-length': '1000' }],
    ['in chunks', {}],
  ])('that ends half-way never looks whole: %s', async (_what, headers) => {
    gateway.backends.web.raw = (_request, response) => {
      response.writeHead(200, headers).write('half of it')
      setTimeout(() => response.destroy(), 50)
    }
    await expect(get('/').then((answer) => answer.text())).rejects.toThrow('terminated')
    await expect.poll(async () => metrics()).toContain('upstream_requests_total{backend="web",outcome="cut"} 1')
    expect(gateway.lines.find((line) => line['route'] === '/*')).toMatchObject({
      error: { code: 'upstream_unavailable' },
    })
  })

  it('that no caller waits for is not fetched any further', async () => {
    const closed = Promise.withResolvers<void>()
    gateway.backends.web.raw = (_request, response) => {
      response.writeHead(200).write('x')
      response.once('close', () => closed.resolve())
    }
    const caller = connect(gateway.port, '127.0.0.1')
    caller.write('GET / HTTP/1.1\r\nhost: gateway.test\r\n\r\n')
    await once(caller, 'data')
    caller.destroy()
    await closed.promise
    await expect.poll(() => gateway.lines.at(-1)).toMatchObject({ status: 499 })
  })

  it('for a caller that goes away while sending is not asked for', async () => {
    const caller = connect(gateway.port, '127.0.0.1')
    caller.write('POST /v1/x HTTP/1.1\r\nhost: gateway.test\r\ncontent-length: 100\r\n\r\nhalf')
    await expect.poll(() => gateway.underWay()).toBe(1)
    caller.destroy()
    await expect.poll(() => gateway.lines.some((line) => line['status'] === 499)).toBe(true)
    expect(gateway.backends.platform.seen).toEqual([])
  })

  it('for a caller that goes away in the middle of a large body is given up', async () => {
    const aborted = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    gateway.backends.platform.raw = (request) => {
      request.once('data', () => begun.resolve())
      request.on('error', () => aborted.resolve())
    }
    const caller = connect(gateway.port, '127.0.0.1')
    caller.write('POST /v1/x HTTP/1.1\r\nhost: gateway.test\r\ncontent-length: 500000\r\n\r\n')
    caller.write('x'.repeat(200_000))
    await begun.promise
    caller.destroy()
    await aborted.promise
    await expect.poll(() => gateway.lines.some((line) => line['status'] === 499)).toBe(true)
  })
})

describe('a backend', () => {
  it('that is down is answered for, then not asked for a while, and the others go on', async () => {
    await gateway.backends.content.close()
    const codes = []
    for (let i = 0; i < 6; i += 1) {
      const answer = await get('/v1/content/hero')
      codes.push([answer.status, codeOf(await answer.json()), answer.headers.get('retry-after')])
    }
    expect(codes).toEqual(Array(6).fill([503, 'upstream_unavailable', '5']))
    expect((await get('/v1/me')).status).toBe(200)
    const text = await metrics()
    expect(text).toContain('upstream_breaker_open{backend="content"} 1')
    expect(text).toContain('upstream_requests_total{backend="content",outcome="failed"} 4')
    expect(text).toContain('upstream_requests_total{backend="content",outcome="refused"} 2')
    expect(text).toContain('http_requests_total{method="GET",route="/v1/content/*",status="503"} 6')
    expect(gateway.lines).toContainEqual(
      expect.objectContaining({ event: 'backend_breaker', backend: 'content', to: 'open' }),
    )
    const ready = await get('/ready')
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready', degraded: ['content'] }])
    gateway.backends.content.server.listen(0)
  })

  it('that says nothing is answered for in time', async () => {
    gateway.backends.platform.raw = () => {}
    const answer = await get('/v1/me')
    expect([answer.status, codeOf(await answer.json())]).toEqual([504, 'upstream_timeout'])
  })

  it('is waited for longer where it checks an upload, and nowhere else', async () => {
    await gateway.stop()
    gateway = await startGateway({ env: { UPSTREAM_TIMEOUT_MS: '100' } })
    const { content } = gateway.backends
    const usual = fetch(`${gateway.base}/v1/media/one/complete/more`, { method: 'POST' })
    // It says nothing until the other one was given up.
    content.raw = (request, response) => {
      if (request.url === '/v1/media/one/complete') void usual.then(() => response.end('checked'))
    }
    const checked = await fetch(`${gateway.base}/v1/media/one/complete`, { method: 'POST', body: '{}' })
    expect([checked.status, await checked.text()]).toEqual([200, 'checked'])
    expect((await usual).status).toBe(504)
  })

  it('that fails by its own account comes through as it is and keeps its breaker closed', async () => {
    gateway.backends.platform.answer = (_request, response) =>
      response
        .writeHead(503, { 'content-type': 'application/json', 'retry-after': '7' })
        .end('{"error":{"code":"concierge_unavailable","request_id":"r"}}')
    for (let i = 0; i < 6; i += 1) {
      const answer = await get('/v1/concierge/weather')
      expect([answer.status, codeOf(await answer.json()), answer.headers.get('retry-after')]).toEqual([
        503,
        'concierge_unavailable',
        '7',
      ])
    }
    expect(gateway.backends.platform.seen).toHaveLength(6)
  })

  it.each(['GET', 'POST'])(
    'whose connection at rest died is asked again for what may be repeated: %s',
    async (method) => {
      let requests = 0
      gateway.backends.platform.raw = (request, response) => {
        requests += 1
        request.resume()
        // The second request on a connection finds it closed.
        if (requests === 2) request.socket.destroy()
        else response.end('fine')
      }
      expect(await (await get('/v1/me')).text()).toBe('fine')
      const second = await get('/v1/me', { method })
      expect([second.status, requests]).toEqual(method === 'GET' ? [200, 3] : [503, 2])
    },
  )

  it('that resets a fresh connection is not asked again', async () => {
    let requests = 0
    gateway.backends.platform.raw = (request) => {
      requests += 1
      request.socket.destroy()
    }
    expect((await get('/v1/me')).status).toBe(503)
    expect(requests).toBe(1)
  })

  it('that answers with more than headers may be, or with no HTTP, is answered for', async () => {
    gateway.backends.platform.raw = (_request, response) =>
      response.writeHead(200, { 'x-large': 'x'.repeat(60_000) }).end()
    expect((await get('/v1/me')).status).toBe(503)
    gateway.backends.platform.raw = (request) => request.socket.end('SSH-2.0-something\r\n')
    expect((await get('/v1/me')).status).toBe(503)
  })
})

describe('operational endpoints', () => {
  it('are the gateway’s own; metrics and the description ask for the token', async () => {
    for (const path of ['/metrics', '/openapi.json']) {
      expect((await get(path)).status).toBe(401)
      expect((await get(path, { headers: { authorization: `Bearer ${metricsToken}` } })).status).toBe(200)
    }
    expect(await (await get('/health')).json()).toEqual({ status: 'ok' })
    expect(await (await get('/ready')).json()).toEqual({ status: 'ready' })
    expect((await get('/errors/upgrade_unsupported')).status).toBe(200)
    expect(gateway.backends.web.seen.filter(({ url }) => url !== '/health')).toEqual([])
  })

  it('keep metrics to nobody in production without a token', async () => {
    const production = await startGateway({
      env: { APP_ENV: 'production', METRICS_TOKEN: '', PUBLIC_URL: 'https://gateway.test' },
    })
    try {
      expect((await fetch(`${production.base}/metrics`)).status).toBe(404)
      expect((await fetch(`${production.base}/`)).headers.get('strict-transport-security')).toMatch(/^max-age=\d{7,}/)
    } finally {
      await production.stop()
    }
  })
})

describe('a proxy in front', () => {
  it('is believed when it is named', async () => {
    const behind = await startGateway({ env: { TRUSTED_PROXIES: '127.0.0.1' } })
    try {
      await fetch(`${behind.base}/v1/me`, {
        headers: { 'x-forwarded-for': '198.51.100.1, 203.0.113.9', 'x-forwarded-proto': 'https' },
      })
      expect(behind.backends.platform.seen[0]?.headers).toMatchObject({
        'x-forwarded-for': '203.0.113.9',
        'x-forwarded-proto': 'https',
      })
    } finally {
      await behind.stop()
    }
  })
})
