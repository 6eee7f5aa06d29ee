/**
 * Goal: a stream route has the raw request and answer, and still everything that every route has around it; what fails half-way
 * never looks whole. Method: a service on a real port, spoken to through raw sockets and fetch.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { defineErrors, ServiceError } from '../errors/index.ts'
import { Logger } from '../telemetry/index.ts'
import { createService, type Service, type StreamExchange, type StreamRoute } from './index.ts'

const lines: Record<string, unknown>[] = []
const open: Service[] = []
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const service of open.splice(0)) await service.stop()
  lines.length = 0
})

async function serve(
  handler: (exchange: StreamExchange) => Promise<void>,
  changes: Partial<StreamRoute> = {},
  limits: Record<string, number> = {},
): Promise<{ base: string; port: number; service: Service }> {
  const service = createService({
    info: { title: 'Streams', version: '1', description: 'x' },
    errors: defineErrors({}),
    logger: new Logger({ service: 'streams', write: (line) => lines.push(JSON.parse(line) as (typeof lines)[number]) }),
    authenticate: () => Promise.resolve(null),
    routes: [],
    streams: [
      { id: 'all', path: '/*', methods: ['GET', 'HEAD', 'POST'], labels: ['rest', '/api/*'], handler, ...changes },
    ],
    ratePerMin: 10_000,
    corsOrigins: ['https://app.acme.test'],
    stopAcceptMs: 1,
    stopDeadlineMs: 500,
    limits: { requestTimeoutMs: 5000, ...limits },
  })
  open.push(service)
  const port = await service.listen('127.0.0.1', 0)
  return { base: `http://127.0.0.1:${port}`, port, service }
}

const requestLines = () => lines.filter((line) => line['event'] === 'http_request')
async function logged(count: number): Promise<Record<string, unknown>[]> {
  while (requestLines().length < count) await pause(5)
  return requestLines()
}

describe('a stream', () => {
  it('gets the request as it came, the declared label, and what every answer has', async () => {
    const { base, service } = await serve(async (exchange) => {
      exchange.label('/api/*')
      exchange.note({ backend: 'one' })
      const chunks: Buffer[] = []
      for await (const chunk of exchange.body ?? []) chunks.push(chunk as Buffer)
      exchange.response.writeHead(201, { 'x-frame-options': 'SAMEORIGIN', 'set-cookie': ['a=1', 'b=2'] })
      exchange.response.end(Buffer.concat(chunks).toString().toUpperCase() + exchange.address)
    })
    const answer = await fetch(`${base}/api/x?q=1`, {
      method: 'POST',
      body: 'some text',
      headers: { 'content-type': 'text/anything', 'x-request-id': 'given-id-1' },
    })
    expect([answer.status, await answer.text()]).toEqual([201, 'SOME TEXT127.0.0.1'])
    expect(answer.headers.get('x-request-id')).toBe('given-id-1')
    expect(answer.headers.get('x-frame-options')).toBe('SAMEORIGIN')
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(answer.headers.get('ratelimit')).not.toBeNull()
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(await logged(1)).toMatchObject([
      { route: '/api/*', status: 201, backend: 'one', correlation_id: 'given-id-1' },
    ])
    expect(await service.metrics.text()).toContain('http_requests_total{method="POST",route="/api/*",status="201"} 1')
  })

  it('leaves the routes of the service alone, and tells other methods and preflights what there is', async () => {
    const { base } = await serve(async ({ response }) => void response.writeHead(204).end())
    expect((await fetch(`${base}/`)).status).toBe(204)
    expect(await (await fetch(`${base}/health`)).json()).toEqual({ status: 'ok' })
    const refused = await fetch(`${base}/x`, { method: 'DELETE' })
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST'])
    const preflight = await fetch(`${base}/x`, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.acme.test', 'access-control-request-method': 'POST' },
    })
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([
      204,
      'https://app.acme.test',
    ])
  })

  it.each([
    [
      'thrown before the head',
      () => Promise.reject(new ServiceError('upstream_unavailable')),
      503,
      'upstream_unavailable',
    ],
    ['unknown', () => Promise.reject(new Error('boom')), 500, 'internal'],
    ['nothing at all', () => Promise.resolve(), 500, 'internal'],
  ] as const)('answers a failure with the envelope: %s', async (_what, handler, status, code) => {
    const { base } = await serve(handler)
    const answer = await fetch(`${base}/x`)
    expect([answer.status, await answer.json()]).toMatchObject([status, { error: { code } }])
  })

  it('is over with deadline_exceeded when the head does not come in time, and its signal aborts', async () => {
    const aborted = Promise.withResolvers<unknown>()
    const { base } = await serve(
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            aborted.resolve(signal.reason)
            reject(new Error('given up'))
          })
        }),
      { deadlineMs: 50 },
    )
    const answer = await fetch(`${base}/x`)
    expect([answer.status, await answer.json()]).toMatchObject([503, { error: { code: 'deadline_exceeded' } }])
    expect(await aborted.promise).toMatchObject({ code: 'deadline_exceeded' })
  })

  it('may take longer where its handler says so', async () => {
    const usualIsOver = Promise.withResolvers<void>()
    const { base } = await serve(
      async (exchange) => {
        if (exchange.request.url === '/usual') return once(exchange.signal, 'abort').then(() => {})
        expect(() => exchange.limit(0)).toThrow(RangeError)
        exchange.limit(60_000)
        await usualIsOver.promise
        exchange.response.writeHead(200).end()
      },
      { deadlineMs: 50 },
    )
    const longer = fetch(`${base}/longer`)
    expect((await fetch(`${base}/usual`)).status).toBe(503)
    usualIsOver.resolve()
    expect((await longer).status).toBe(200)
  })

  it('cuts the connection when it fails after the head: nobody takes a part for the whole', async () => {
    const { port, base } = await serve(async ({ request, response }) => {
      response.writeHead(200, request.headers['x-length'] === undefined ? {} : { 'content-length': '100' })
      response.write('half of')
      await pause(20)
      throw new ServiceError('upstream_unavailable')
    })
    for (const headers of [{}, { 'x-length': '1' }] as Record<string, string>[])
      await expect(fetch(`${base}/x`, { headers }).then((answer) => answer.text())).rejects.toBeInstanceOf(Error)
    // An answer without a length to a caller of HTTP/1.0 ends with its connection: only a reset tells that it is not whole.
    const old = connect(port, '127.0.0.1')
    sockets.push(old)
    old.write('GET /x HTTP/1.0\r\nhost: a\r\n\r\n')
    old.resume()
    const [error] = (await once(old, 'error')) as [NodeJS.ErrnoException]
    expect(error.code).toBe('ECONNRESET')
    expect((await logged(3)).map((line) => (line['error'] as { code: string }).code)).toEqual(
      Array(3).fill('upstream_unavailable'),
    )
  })

  it('refuses bodies above its limit, declared or not, and the answer arrives', async () => {
    const { base } = await serve(
      async ({ body, response }) => {
        for await (const _ of body ?? []) void _
        response.writeHead(204).end()
      },
      { bodyBytesMax: 1000 },
    )
    const declared = await fetch(`${base}/x`, { method: 'POST', body: 'x'.repeat(1001) })
    const chunked = await fetch(`${base}/x`, {
      method: 'POST',
      body: new Blob(['y'.repeat(500_000)]).stream(),
      duplex: 'half',
    } as RequestInit)
    for (const answer of [declared, chunked])
      expect([answer.status, await answer.json()]).toMatchObject([413, { error: { code: 'body_too_large' } }])
    expect((await fetch(`${base}/x`, { method: 'POST', body: 'x'.repeat(1000) })).status).toBe(204)
  })

  it('learns that the caller went away, whether it was sending or receiving', async () => {
    const seen: string[] = []
    const { port } = await serve(async ({ body, signal, response }) => {
      if (body) {
        try {
          for await (const _ of body) seen.push('piece')
        } catch (error) {
          seen.push(String(error))
        }
        return
      }
      response.writeHead(200).write('x')
      await once(signal, 'abort')
      seen.push('aborted')
    })
    const sender = connect(port, '127.0.0.1')
    sender.write('POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf')
    while (!seen.includes('piece')) await pause(5)
    sender.destroy()
    const receiver = connect(port, '127.0.0.1')
    receiver.write('GET /x HTTP/1.1\r\nhost: a\r\n\r\n')
    await once(receiver, 'data')
    receiver.destroy()
    while (seen.length < 3) await pause(5)
    expect(seen).toEqual(['piece', 'Error: the caller went away', 'aborted'])
    while (requestLines().filter((line) => line['status'] === 499).length < 2) await pause(5)
    expect(requestLines().filter((line) => line['route'] === 'rest')).toHaveLength(2)
  })

  it('is given up when the caller takes nothing of the answer any more', async () => {
    const { port } = await serve(
      async ({ response, signal }) => {
        response.writeHead(200)
        while (!signal.aborted) {
          if (!response.write(Buffer.alloc(65_536)))
            await Promise.race([once(response, 'drain'), once(signal, 'abort')])
        }
      },
      {},
      { answerTimeoutMs: 200 },
    )
    const caller = connect(port, '127.0.0.1')
    sockets.push(caller)
    caller.on('error', () => {})
    caller.write('GET /x HTTP/1.1\r\nhost: a\r\n\r\n')
    caller.pause()
    expect(await logged(1)).toMatchObject([{ status: 499 }])
  })

  it.each([
    ['a path that is none', { path: 'x/*' }],
    ['a star elsewhere', { path: '/*/x' }],
    ['no methods', { methods: [] }],
    ['a limit that is none', { bodyBytesMax: -1 }],
    ['no label', { labels: [] as unknown as readonly [string] }],
  ])('is refused with %s', async (_what, changes) => {
    await expect(serve(() => Promise.resolve(), changes)).rejects.toThrow(RangeError)
  })
})
