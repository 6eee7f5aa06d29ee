// Goal: every limit of the client, what it passes on, what it repeats and what it refuses. Method: real servers on
// loopback that answer, hang, drip, cut off or move; calls are counted at the server.
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createSocketServer, type LookupFunction, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { runInRequest } from '../context/index.ts'
import { testCertificate } from '../edge/testing-certificate.ts'
import { Deadline, HttpClient, type HttpClientOptions, UpstreamError } from './index.ts'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

function listening(
  server: { listen(port: number, host: string, done: () => void): unknown; address(): unknown },
  host = '127.0.0.1',
  port = 0,
): Promise<number> {
  return new Promise((resolve) => server.listen(port, host, () => resolve((server.address() as { port: number }).port)))
}

async function upstream(
  listener: RequestListener,
  host?: string,
  port?: number,
): Promise<{ origin: string; port: number; server: Server; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = []
  const server = createServer((request, response) => {
    seen.push(request)
    listener(request, response)
  })
  const bound = await listening(server, host, port)
  ends.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { origin: `http://127.0.0.1:${bound}`, port: bound, server, seen }
}

/** A server that speaks no HTTP. */
async function raw(talk: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = []
  const server = createSocketServer((socket) => {
    sockets.push(socket)
    talk(socket.on('error', () => {}))
  })
  const port = await listening(server)
  ends.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return port
}

/** Retries after a few milliseconds instead of seconds. */
const quick = { retry: { delayMinMs: 5, delayMaxMs: 2000 } }

function client(origin: string, options: Partial<HttpClientOptions> = {}): HttpClient {
  const made = new HttpClient({ name: 'rates', origin, ...quick, ...options })
  ends.push(() => made.close())
  return made
}

async function failure(work: Promise<unknown>): Promise<{ error: UpstreamError; ms: number }> {
  const startedMs = performance.now()
  const error = await work.then(
    () => new Error('it succeeded'),
    (caught: unknown) => caught,
  )
  expect(error).toBeInstanceOf(UpstreamError)
  return { error: error as UpstreamError, ms: performance.now() - startedMs }
}

describe('a request', () => {
  it('carries what it was given and who it is for', async () => {
    const { origin, seen } = await upstream((request, response) => {
      request.resume().on('end', () => response.setHeader('x-kind', 'test').end('{"rate":1.5}'))
    })
    const http = client(origin, { headers: { 'User-Agent': 'kit' }, deadlineHeader: 'X-Timeout-Ms' })
    const trace = {
      traceparent: '00-11111111111111111111111111111111-2222222222222222-01',
      tracestate: 'a=b',
      sampled: true,
    }
    const answer = await runInRequest({ correlationId: 'abc', trace, deadline: new Deadline(5000) }, () =>
      http.request({ method: 'POST', path: '/v1/rates?base=EUR', json: { a: 'ü' }, headers: { 'X-Own': 'yes' } }),
    )
    expect([answer.status, answer.json(), answer.text(), answer.headers['x-kind']]).toEqual([
      200,
      { rate: 1.5 },
      '{"rate":1.5}',
      'test',
    ])
    expect(seen[0]).toMatchObject({ method: 'POST', url: '/v1/rates?base=EUR' })
    expect(seen[0]?.headers).toMatchObject({
      'user-agent': 'kit',
      'x-own': 'yes',
      'content-type': 'application/json',
      'content-length': '10',
      'x-correlation-id': 'abc',
      traceparent: trace.traceparent,
      tracestate: 'a=b',
    })
    expect(Number(seen[0]?.headers['x-timeout-ms'])).toBeGreaterThan(4000)
    expect(http.stats()).toMatchObject({ running: 0, waiting: 0, breaker: 'closed' })
  })

  it('outside of one carries no ids, and 4xx and redirects are answers', async () => {
    const { origin, seen } = await upstream((_, response) => response.writeHead(302, { location: '/elsewhere' }).end())
    const answer = await client(origin).request({ path: '/' })
    expect([answer.status, seen.length]).toEqual([302, 1])
    expect(Object.keys(seen[0]?.headers ?? {}).toSorted()).toEqual(['connection', 'host'])
    const missing = await upstream((_, response) => response.writeHead(404).end('no'))
    expect((await client(missing.origin).request({ path: '/' })).status).toBe(404)
    expect(missing.seen).toHaveLength(1)
    await expect(
      client(missing.origin)
        .request({ path: '/' })
        .then((one) => one.json()),
    ).rejects.toMatchObject({ code: 'upstream_unavailable', status: 404 })
  })

  it('follows redirects only where that is allowed, and only to the same origin', async () => {
    const other = await upstream((_, response) => response.end('secret place'))
    const { origin, seen } = await upstream((request, response) => {
      if (request.url === '/a') response.writeHead(302, { location: 'b?x=1' }).end()
      else if (request.url === '/b?x=1') response.end('here')
      else if (request.url === '/loop') response.writeHead(307, { location: '/loop' }).end()
      else response.writeHead(302, { location: `${other.origin}/` }).end()
    })
    const http = client(origin, { redirectsMax: 2 })
    expect((await http.request({ path: '/a' })).text()).toBe('here')
    expect((await http.request({ path: '/out' })).status).toBe(302)
    expect((await http.request({ method: 'POST', path: '/a' })).status).toBe(302)
    const before = seen.length
    expect((await http.request({ path: '/loop' })).status).toBe(307)
    expect([seen.length - before, other.seen.length]).toEqual([3, 0])
  })

  it('has a span for each attempt, whose fields go along', async () => {
    const { origin, seen } = await upstream((_, response) => response.writeHead(seen.length < 2 ? 503 : 200).end())
    const spans: string[] = []
    const calls: string[] = []
    const http = client(origin, {
      trace: {
        startSpan: (name, kind, attributes) => ({
          headers: () => ({ traceparent: `span-${attributes['http.request.resend_count']}` }),
          end: (error) => spans.push(`${name} ${kind} ${error ? 'failed' : 'ok'}`),
        }),
      },
      onCall: ({ dependency, outcome, attempt }) => calls.push(`${dependency} ${attempt} ${outcome}`),
    })
    await http.request({ path: '/' })
    expect(spans).toEqual(['GET client failed', 'GET client ok'])
    expect(calls).toEqual(['rates 1 error', 'rates 2 ok'])
    expect(seen.map(({ headers }) => headers['traceparent'])).toEqual(['span-0', 'span-1'])
  })
})

describe('repetition', () => {
  it('makes 3 attempts of what is idempotent and one of what is not', async () => {
    const { origin, seen } = await upstream((request, response) => {
      request.resume()
      response.writeHead(503).end()
    })
    const http = client(origin, { breaker: null })
    const { error } = await failure(http.request({ path: '/' }))
    expect([error.code, error.status, error.dependency, seen.length]).toEqual(['upstream_unavailable', 503, 'rates', 3])
    await failure(http.request({ method: 'POST', path: '/', body: 'x' }))
    expect(seen).toHaveLength(4)
    await failure(http.request({ method: 'POST', path: '/', body: 'x', headers: { 'Idempotency-Key': 'k' } }))
    expect(seen).toHaveLength(7)
    await failure(http.request({ path: '/', idempotent: false }))
    expect(seen).toHaveLength(8)
  })

  it('waits as long as it is asked to, and not at all when that is too long', async () => {
    const at: number[] = []
    const { origin } = await upstream((request, response) => {
      at.push(performance.now())
      const wish = request.url === '/long' ? '3600' : '1'
      response.writeHead(at.length === 1 || request.url === '/long' ? 429 : 200, { 'retry-after': wish }).end()
    })
    const http = client(origin)
    expect((await http.request({ path: '/short' })).status).toBe(200)
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(995)
    const { error, ms } = await failure(http.request({ path: '/long' }))
    expect([error.status, error.retryAfterMs]).toEqual([429, 3_600_000])
    expect(ms).toBeLessThan(500)
    expect(http.stats().breaker).toBe('closed')
  })

  it('leaves a dead upstream alone: 4 failures, then refusals without a call', async () => {
    const { origin, seen } = await upstream((_, response) => response.writeHead(500).end())
    const http = client(origin)
    for (let i = 0; i < 4; i += 1) await failure(http.request({ path: '/' }))
    const { error, ms } = await failure(http.request({ path: '/' }))
    expect([seen.length, error.code, (error.cause as { code: string }).code]).toEqual([
      4,
      'upstream_unavailable',
      'breaker_open',
    ])
    expect(error.retryAfterMs).toBeGreaterThan(0)
    expect(ms).toBeLessThan(50)
  })
})

describe('time limits', () => {
  const once = { retry: null }

  it('end an upstream that says nothing, drips its answer, or stops in the middle', async () => {
    const { origin } = await upstream((request, response) => {
      if (request.url === '/drip') {
        response.writeHead(200)
        const timer = setInterval(() => response.write('x'), 20)
        response.on('close', () => clearInterval(timer))
      } else if (request.url === '/stop') response.writeHead(200).write('x')
    })
    const http = client(origin, { ...once, timeoutMs: 200, breaker: null })
    for (const path of ['/silent', '/drip', '/stop']) {
      const { error, ms } = await failure(http.request({ path }))
      expect([path, error.code]).toEqual([path, 'upstream_timeout'])
      expect(ms).toBeLessThan(600)
    }
  })

  it('end the wait for a head, and a body that is not taken', async () => {
    const { origin } = await upstream(() => {})
    const { error } = await failure(client(origin, { ...once, readTimeoutMs: 100 }).request({ path: '/' }))
    expect(error).toMatchObject({ code: 'upstream_timeout', cause: { code: 'UND_ERR_HEADERS_TIMEOUT' } })
    const port = await raw((socket) => socket.pause())
    const http = client(`http://127.0.0.1:${port}`, { ...once, writeTimeoutMs: 150 })
    const slow = await failure(http.request({ method: 'PUT', path: '/', body: Buffer.alloc(9_000_000) }))
    expect(slow.error).toMatchObject({ code: 'upstream_timeout', cause: { name: 'WriteTimeoutError' } })
    expect(slow.ms).toBeLessThan(700)
  })

  it('end a call with the request it is for, at 3.5 s for a third party, and when the caller gives up', async () => {
    const { origin, seen } = await upstream(() => {})
    const http = client(origin, { thirdParty: true })
    const { error, ms } = await failure(
      runInRequest({ correlationId: 'a', trace: null, deadline: new Deadline(150) }, () => http.request({ path: '/' })),
    )
    expect([error.code, ms < 500, seen.length]).toEqual(['upstream_timeout', true, 1])
    const short = await failure(http.request({ path: '/', totalTimeoutMs: 100 }))
    expect([short.error.code, short.ms < 500]).toEqual(['upstream_timeout', true])
    const controller = new AbortController()
    const given = http.request({ path: '/', signal: controller.signal })
    controller.abort()
    await expect(given).rejects.toMatchObject({ code: 'call_cancelled' })
    const third = await failure(http.request({ path: '/' }))
    expect(third.ms).toBeGreaterThan(3400)
    expect(third.ms).toBeLessThan(4500)
  })

  it('end the wait for a connection of the pool, and refuse at once what may not even wait', async () => {
    const { origin, seen } = await upstream((_, response) => void setTimeout(() => response.end(), 400))
    const http = client(origin, { ...once, connectionsMax: 1, waitingMax: 1, poolTimeoutMs: 100 })
    const first = http.request({ path: '/' })
    const waiting = failure(http.request({ path: '/' }))
    const refused = await failure(http.request({ path: '/' }))
    expect(refused.error).toMatchObject({
      code: 'upstream_unavailable',
      cause: { code: 'bulkhead_full', reason: 'queue_full' },
    })
    expect(refused.ms).toBeLessThan(50)
    expect((await waiting).error).toMatchObject({ cause: { reason: 'waited' } })
    expect((await first).status).toBe(200)
    expect((await http.request({ path: '/' })).status).toBe(200)
    expect(seen).toHaveLength(2)
  })
})

describe('answers', () => {
  it('that are too large, declared or not, are refused before they are in memory', async () => {
    let sent = 0
    const { origin } = await upstream((request, response) => {
      if (request.url === '/declared') return void response.writeHead(200, { 'content-length': '99999999' }).write('x')
      const piece = Buffer.alloc(65_536)
      const more = (): void => {
        while (!response.destroyed && response.write(piece)) sent += piece.length
      }
      response.on('drain', more)
      more()
    })
    const http = client(origin, { answerBytesMax: 100_000, breaker: null })
    for (const path of ['/declared', '/endless']) {
      const { error } = await failure(http.request({ path }))
      expect(error).toMatchObject({ code: 'upstream_unavailable', cause: { code: 'answer_too_large' } })
    }
    expect(sent).toBeLessThan(20_000_000)
  })

  it('that are cut off or garbled are no answers, and a large body arrives whole', async () => {
    const cut = await upstream((_, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('12345', () => response.destroy())
    })
    expect((await failure(client(cut.origin).request({ path: '/' }))).error.code).toBe('upstream_unavailable')
    const port = await raw((socket) => socket.end('SMTP 1.0 hello\r\n\r\n'))
    expect((await failure(client(`http://127.0.0.1:${port}`).request({ path: '/' }))).error.code).toBe(
      'upstream_unavailable',
    )
    const echo = await upstream((request, response) => void request.pipe(response))
    const body = Buffer.alloc(900_000, 'abc')
    const answer = await client(echo.origin).request({ method: 'PUT', path: '/', body })
    expect(answer.body.equals(body)).toBe(true)
  })

  it('of a HEAD have no body whatever they declare', async () => {
    const { origin } = await upstream((_, response) => response.writeHead(200, { 'content-length': '99999999' }).end())
    const answer = await client(origin).request({ method: 'HEAD', path: '/' })
    expect([answer.status, answer.body.length]).toEqual([200, 0])
  })
})

describe('an upstream that moves', () => {
  it('is found at its new address, by the end of a connection and by its age', async () => {
    let address = '127.0.0.1'
    let asked = 0
    const lookup: LookupFunction = (_name, options, done) => {
      asked += 1
      if (options.all) done(null, [{ address, family: 4 }])
      else done(null, address, 4)
    }
    const first = await upstream((_, response) => response.end('first'))
    const second = await upstream((_, response) => response.end('second'), '127.0.0.2', first.port)
    const http = client(`http://rates.test:${first.port}`, { lookup, connectionLifetimeMs: 200, connectionsMax: 1 })
    expect((await http.request({ path: '/' })).text()).toBe('first')
    address = '127.0.0.2'
    expect((await http.request({ path: '/' })).text()).toBe('first')
    await new Promise((resolve) => setTimeout(resolve, 300))
    // The old server still answers: only age ends its connection.
    expect((await http.request({ path: '/' })).text()).toBe('second')
    address = '127.0.0.1'
    second.server.closeAllConnections()
    await new Promise((resolve) => second.server.close(resolve))
    expect((await http.request({ path: '/' })).text()).toBe('first')
    expect(asked).toBeGreaterThanOrEqual(3)
  })

  it('is unavailable when its name or its port is gone', async () => {
    const lookup: LookupFunction = (_name, _options, done) =>
      done(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }), '', 4)
    const nameless = client('http://rates.test', { lookup })
    expect((await failure(nameless.request({ path: '/' }))).error).toMatchObject({
      code: 'upstream_unavailable',
      cause: { code: 'ENOTFOUND' },
    })
    const gone = client('http://127.0.0.1:1')
    expect((await failure(gone.request({ path: '/' }))).error).toMatchObject({
      code: 'upstream_unavailable',
      cause: { code: 'ECONNREFUSED' },
    })
  })
})

describe('TLS', () => {
  it('is verified: by the authority that was given, for the name that was asked for, and never not at all', async () => {
    const { key, cert } = testCertificate('rates.test')
    const server = createTlsServer({ key, cert }, (_, response) => response.end('private'))
    const port = await listening(server)
    ends.push(async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
    const lookup: LookupFunction = (_name, options, done) =>
      options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)
    const known = client(`https://rates.test:${port}`, { lookup, ca: cert })
    expect((await known.request({ path: '/' })).text()).toBe('private')
    const unknown = client(`https://rates.test:${port}`, { lookup })
    const other = client(`https://other.test:${port}`, { lookup, ca: cert })
    for (const http of [unknown, other])
      expect((await failure(http.request({ path: '/' }))).error.code).toBe('upstream_unavailable')
  })
})

describe('refusals', () => {
  const nowhere = client.bind(null, 'http://127.0.0.1:1')

  it('of requests that would go elsewhere or smuggle something', async () => {
    const http = nowhere()
    for (const path of ['', 'x', '//evil.test/', 'http://evil.test/', '/a b', '/\r\nx: y', '/ü'])
      await expect(http.request({ path })).rejects.toBeInstanceOf(TypeError)
    for (const headers of [{ 'x y': 'z' }, { x: 'a\r\nb: c' }, { '': 'x' }, { x: 'a\0' }])
      await expect(http.request({ path: '/', headers })).rejects.toBeInstanceOf(TypeError)
    await expect(http.request({ path: '/', body: 'a', json: {} })).rejects.toBeInstanceOf(TypeError)
    await expect(
      nowhere({ requestBytesMax: 3 }).request({ method: 'PUT', path: '/', body: 'abcd' }),
    ).rejects.toBeInstanceOf(RangeError)
  })

  it('of any path and header that the server would see as something else', async () => {
    const { origin, seen } = await upstream((_, response) => response.end())
    const http = client(origin, { retry: null, breaker: null })
    // Controls, Latin-1 and beyond, evenly.
    const character = fc.integer({ min: 0, max: 0x2ff }).map((code) => String.fromCharCode(code))
    const text = fc.string({ unit: character, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(text, text, async (path, value) => {
        const before = seen.length
        const outcome = await http.request({ path, headers: { 'x-fuzz': value } }).catch((error: unknown) => error)
        const refused = outcome instanceof TypeError
        const [last] = refused ? [] : seen.slice(-1)
        expect(seen.length).toBe(refused ? before : before + 1)
        expect(last?.url ?? path).toBe(path)
        expect(last?.headers['x-fuzz'] ?? value.trim()).toBe(value.trim())
      }),
      {
        numRuns: 60,
        examples: [
          ['/', 'a'],
          ['/%0d%0a', '\t'],
          ['/a#b', 'ÿ'],
        ],
      },
    )
  })

  it('of options that are none', () => {
    for (const origin of [
      '',
      'rates.test',
      'ftp://rates.test',
      'http://rates.test/path',
      'http://user:pass@rates.test',
      'http://rates.test?x',
    ])
      expect(() => new HttpClient({ name: 'rates', origin })).toThrow(RangeError)
    for (const wrong of [
      { timeoutMs: 0 },
      { connectionsMax: 0 },
      { answerBytesMax: -1 },
      { redirectsMax: 99 },
      { name: 'a b' },
      { totalTimeoutMs: Infinity },
    ])
      expect(() => new HttpClient({ name: 'rates', origin: 'http://rates.test', ...wrong })).toThrow(RangeError)
    expect(() => nowhere({ headers: { 'bad name': 'x' } })).toThrow(TypeError)
  })
})
