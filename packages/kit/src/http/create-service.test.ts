/**
 * Goal: every path an answer can take has the envelope, the headers, the correlation id and its log line; limits of time
 * are enforced; a stop loses nothing. Method: a service on a real port, spoken to through raw sockets.
 */
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineErrors, ServiceError } from '../errors/index.ts'
import { Logger } from '../telemetry/index.ts'
import { type Actor, createService, routesFor, type Service, type ServiceOptions } from './index.ts'

interface Line {
  event: string
  correlation_id: string
  status: number
  actor: string
  error?: { code: string; cause?: unknown }
  [key: string]: unknown
}

const route = routesFor<Actor>()
const common = { access: 'public', tag: 't', summary: 's', errors: [] } as const
let release: () => void = () => {}
const routes = [
  route({
    ...common,
    id: 'echo',
    method: 'POST',
    path: '/echo/{id}',
    params: z.object({ id: z.string() }),
    query: z.object({ q: z.string().optional() }),
    body: z.object({ n: z.int() }),
    answers: { 200: { description: 'ok', schema: z.object({ n: z.int() }), example: { n: 1 } } },
    handler: ({ body, note }) => {
      note({ noted: true })
      return { status: 200, body: { n: body.n, extra: 'dropped' } }
    },
  }),
  route({
    ...common,
    id: 'private',
    method: 'GET',
    path: '/private',
    access: ['user'],
    answers: { 204: { description: 'ok' } },
    handler: () => ({ status: 204 }),
  }),
  route({
    ...common,
    id: 'wait',
    method: 'GET',
    path: '/wait',
    answers: { 204: { description: 'ok' } },
    handler: async () => {
      await new Promise<void>((resolve) => (release = resolve))
      return { status: 204 }
    },
  }),
  route({
    ...common,
    id: 'fail',
    method: 'GET',
    path: '/fail',
    answers: { 204: { description: 'ok' } },
    handler: () => {
      throw new Error('select secret from /etc/passwd')
    },
  }),
]

let service: Service | null = null
let lines: Line[] = []
let port = 0
const sockets: Socket[] = []

async function start(options: Partial<ServiceOptions<Actor>> = {}): Promise<void> {
  lines = []
  service = createService<Actor>({
    info: { title: 't', version: '1', description: 'd' },
    routes,
    errors: defineErrors({}),
    logger: new Logger({ service: 's', write: (line) => lines.push(JSON.parse(line) as Line) }),
    authenticate: (token) =>
      Promise.resolve(
        token === 'right-token'
          ? { kind: 'user', id: '1' }
          : token === 'other-kind'
            ? { kind: 'robot', id: '2' }
            : null,
      ),
    ratePerMin: 1000,
    stopAcceptMs: 50,
    corsOrigins: ['https://a.test'],
    ...options,
  })
  port = await service.listen('127.0.0.1', 0)
}

function open(): Promise<{ socket: Socket; received: () => string; closed: Promise<number> }> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    sockets.push(socket)
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
    socket.on('error', () => {})
    const begun = performance.now()
    const closed = new Promise<number>((done) => socket.once('close', () => done(performance.now() - begun)))
    socket.once('connect', () => resolve({ socket, received: () => text, closed }))
  })
}

async function raw(
  text: string,
): Promise<{ status: number; head: string; body: { error: { code: string; request_id: string } } }> {
  const { socket, received, closed } = await open()
  socket.write(text)
  await closed
  const [head = '', body = ''] = received().split('\r\n\r\n')
  return { status: Number(head.split(' ')[1]), head: head.toLowerCase(), body: JSON.parse(body || 'null') as never }
}

const until = async (yes: () => boolean): Promise<void> => {
  for (let i = 0; i < 300 && !yes(); i += 1) await new Promise((resolve) => setTimeout(resolve, 10))
}

afterEach(async () => {
  release()
  for (const socket of sockets.splice(0)) socket.destroy()
  await service?.stop()
  service = null
})

const H = 'host: x\r\nconnection: close\r\n'
const J = 'content-type: application/json\r\n'

describe('every error path', () => {
  it.each([
    ['unknown path', `GET /nope HTTP/1.1\r\n${H}\r\n`, 404, 'not_found'],
    ['wrong method', `DELETE /private HTTP/1.1\r\n${H}\r\n`, 405, 'method_not_allowed'],
    ['malformed JSON', `POST /echo/1 HTTP/1.1\r\n${H}${J}content-length: 4\r\n\r\n{bad`, 400, 'malformed_request'],
    [
      'wrong type',
      `POST /echo/1 HTTP/1.1\r\n${H}content-type: text/plain\r\ncontent-length: 1\r\n\r\nx`,
      415,
      'unsupported_media_type',
    ],
    ['wrong fields', `POST /echo/1 HTTP/1.1\r\n${H}${J}content-length: 9\r\n\r\n{"n":"1"}`, 422, 'validation_failed'],
    [
      'announced size',
      `POST /echo/1 HTTP/1.1\r\n${H}${J}content-length: 3000\r\n\r\n${'x'.repeat(3000)}`,
      413,
      'body_too_large',
    ],
    [
      'chunked size',
      `POST /echo/1 HTTP/1.1\r\n${H}${J}transfer-encoding: chunked\r\n\r\nbb8\r\n${'x'.repeat(3000)}\r\n0\r\n\r\n`,
      413,
      'body_too_large',
    ],
    ['no token', `GET /private HTTP/1.1\r\n${H}\r\n`, 401, 'unauthenticated'],
    ['wrong kind', `GET /private HTTP/1.1\r\n${H}authorization: Bearer other-kind\r\n\r\n`, 403, 'forbidden'],
    ['a bug', `GET /fail HTTP/1.1\r\n${H}\r\n`, 500, 'internal'],
    ['undecodable path', `GET /%zz HTTP/1.1\r\n${H}\r\n`, 400, 'malformed_request'],
    ['long parameter', `GET /errors/${'a'.repeat(300)} HTTP/1.1\r\n${H}\r\n`, 414, 'uri_too_long'],
    ['no host', `GET /health HTTP/1.1\r\nconnection: close\r\n\r\n`, 400, 'malformed_request'],
    ['no HTTP', `garbage\r\n\r\n`, 400, 'malformed_request'],
    ['large headers', `GET /health HTTP/1.1\r\n${H}x: ${'a'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'],
  ])('%s', async (_name, request, status, code) => {
    await start({ limits: { bodyBytesMax: 1000 } })
    const answer = await raw(request)
    expect({ status: answer.status, code: answer.body.error.code }).toEqual({ status, code })
    expect(answer.head).toContain("content-security-policy: default-src 'none'")
    expect(answer.head).toContain('x-content-type-options: nosniff')
    expect(answer.head).toContain(`x-correlation-id: ${answer.body.error.request_id}`)
    expect(JSON.stringify(answer.body)).not.toContain('passwd')
    await until(() => lines.length > 0)
    expect(lines.map((line) => [line.event, line.correlation_id, line.status, line.error?.code])).toEqual([
      ['http_request', answer.body.error.request_id, status, code],
    ])
  })

  it('logs the cause of a bug, and only there', async () => {
    await start()
    await raw(`GET /fail HTTP/1.1\r\n${H}\r\n`)
    await until(() => lines.length > 0)
    expect(JSON.stringify(lines[0]?.error?.cause)).toContain('passwd')
  })
})

describe('an ordinary request', () => {
  it("is validated, answered by its schema, noted, and keeps the caller's id", async () => {
    await start()
    const answer = await service?.app.inject({
      method: 'POST',
      url: '/echo/1',
      payload: { n: 3 },
      headers: { 'x-request-id': 'caller-id-1' },
    })
    expect(answer?.json()).toEqual({ n: 3 })
    expect(answer?.headers).toMatchObject({ 'x-request-id': 'caller-id-1', ratelimit: '"default";r=999;t=1' })
    expect(lines[0]).toMatchObject({ noted: true, route: '/echo/:id', status: 200, actor: 'anonymous' })
    const authorized = await service?.app.inject({ url: '/private', headers: { authorization: 'Bearer right-token' } })
    expect([authorized?.statusCode, lines[1]?.actor]).toEqual([204, 'user:1'])
  })

  it('is limited per address, probes are not, and forwarding headers change nothing', async () => {
    await start({ ratePerMin: 2 })
    const get = (url: string, address: string) => service?.app.inject({ url, headers: { 'x-forwarded-for': address } })
    for (const address of ['1.1.1.1', '2.2.2.2']) expect((await get('/errors', address))?.statusCode).toBe(200)
    const refused = await get('/errors', '3.3.3.3')
    expect([refused?.statusCode, refused?.headers['retry-after']]).toEqual([429, '60'])
    expect((await get('/%zz', '3.3.3.3'))?.statusCode).toBe(429)
    for (const probe of ['/health', '/ready', '/metrics']) expect((await get(probe, '1.1.1.1'))?.statusCode).toBe(200)
  })

  it('believes trusted proxies', async () => {
    await start({ ratePerMin: 1, trustedProxies: ['127.0.0.1'] })
    for (const address of ['1.1.1.1', '2.2.2.2']) {
      expect((await service?.app.inject({ url: '/errors', headers: { 'x-forwarded-for': address } }))?.statusCode).toBe(
        200,
      )
    }
  })

  it('answers preflights by the list', async () => {
    await start()
    const preflight = (origin: string) =>
      service?.app.inject({
        method: 'OPTIONS',
        url: '/private',
        headers: { origin, 'access-control-request-method': 'GET' },
      })
    expect((await preflight('https://a.test'))?.headers['access-control-allow-origin']).toBe('https://a.test')
    expect((await preflight('https://b.test'))?.headers['access-control-allow-origin']).toBeUndefined()
  })
})

describe('description', () => {
  it('holds every route and refuses unregistered errors', async () => {
    await start()
    const { openapi, paths } = (service?.document ?? {}) as { openapi: string; paths: Record<string, unknown> }
    expect(openapi).toBe('3.1.0')
    expect(Object.keys(paths)).toEqual([
      '/health',
      '/ready',
      '/metrics',
      '/openapi.json',
      '/errors',
      '/errors/{code}',
      '/echo/{id}',
      '/private',
      '/wait',
      '/fail',
    ])
    await expect(
      start({ routes: [{ ...(routes[0] as never as object), errors: ['unheard_of'] } as never] }),
    ).rejects.toThrow('unheard_of')
  })

  it('has help links that resolve', async () => {
    await start()
    const codes = (await service?.app.inject('/errors'))?.json() as { codes: Record<string, { help: string }> }
    for (const { help } of Object.values(codes.codes)) expect((await service?.app.inject(help))?.statusCode).toBe(200)
    expect((await service?.app.inject('/errors/constructor'))?.statusCode).toBe(404)
  })

  it('asks whoever is behind for codes that are none of its own', async () => {
    const asked: string[] = []
    const help = 'https://api.acme.test/errors/last_owner'
    await start({
      errorsBehind: (code) => {
        asked.push(code)
        if (code === 'nobody_there') return Promise.reject(new ServiceError('upstream_unavailable'))
        const entry = {
          class: 'Conflict',
          status: 409,
          retriable: false,
          retryAfterS: null,
          message: 'x',
          fix: 'y',
        } as const
        return Promise.resolve(code === 'last_owner' ? { code, ...entry, help } : null)
      },
    })
    const statuses: unknown[] = []
    for (const code of ['rate_limited', 'last_owner', 'no_such_code', 'nobody_there'])
      statuses.push((await service?.app.inject(`/errors/${code}`))?.statusCode)
    expect(statuses).toEqual([200, 200, 404, 503])
    expect(asked).toEqual(['last_owner', 'no_such_code', 'nobody_there'])
  })
})

describe('slow clients', () => {
  it.each([
    ['headers', 'GET /health HTTP/1.1\r\nhost: x\r\n'],
    ['a body', `POST /echo/1 HTTP/1.1\r\nhost: x\r\n${J}content-length: 9\r\n\r\n{`],
  ])('are told and cut off when %s do not come', async (_what, text) => {
    await start({ limits: { headersTimeoutMs: 150, requestTimeoutMs: 300, checkEveryMs: 50 } })
    const { socket, received, closed } = await open()
    socket.write(text)
    expect(await closed).toBeLessThan(2500)
    expect(received()).toContain('408')
    expect(received()).toContain('request_timeout')
  })
})

describe('stop', () => {
  it('is not ready at once, answers what is under way or half arrived, closes the rest, refuses new ones', async () => {
    await start()
    const idle = await open()
    const rested = await open()
    rested.socket.write('GET /health HTTP/1.1\r\nhost: x\r\n\r\n')
    const waiting = await open()
    waiting.socket.write('GET /wait HTTP/1.1\r\nhost: x\r\n\r\n')
    const body = await open()
    body.socket.write(`POST /echo/1 HTTP/1.1\r\nhost: x\r\n${J}content-length: 7\r\n\r\n{"n"`)
    await until(() => rested.received().includes('ok') && service?.app.server.listening === true)
    await new Promise((resolve) => setTimeout(resolve, 50))
    const stopped = service?.stop()
    expect((await service?.app.inject('/ready'))?.statusCode).toBe(503)
    await Promise.all([idle.closed, rested.closed])
    expect(
      await new Promise((resolve) =>
        connect(port, '127.0.0.1')
          .once('error', () => resolve('refused'))
          .once('connect', () => resolve('accepted')),
      ),
    ).toBe('refused')
    body.socket.write(':5}')
    release()
    await Promise.all([body.closed, waiting.closed])
    expect(body.received()).toContain('200 OK')
    expect(body.received().toLowerCase()).toContain('connection: close')
    expect(waiting.received()).toContain('204')
    expect(await stopped).toBe(0)
  })

  it('cuts off at the deadline and says so', async () => {
    let closedPool = false
    await start({ stopDeadlineMs: 100, onStop: [() => Promise.resolve(void (closedPool = true))] })
    const waiting = await open()
    waiting.socket.write('GET /wait HTTP/1.1\r\nhost: x\r\n\r\n')
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await service?.stop()).toBe(1)
    expect(closedPool).toBe(true)
  })

  it('says what is not ready', async () => {
    await start({ notReady: () => Promise.resolve(['database']) })
    const answer = await service?.app.inject('/ready')
    expect([answer?.statusCode, answer?.json().error.details]).toEqual([
      503,
      [{ field: 'database', problem: 'is not available' }],
    ])
    expect(new ServiceError('not_ready').message).toBe('not_ready')
  })
})
