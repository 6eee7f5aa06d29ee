import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createTcpServer } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { runInRequest } from '../context/index.ts'
import { createSafeFetch, SafeFetchError, type SafeFetchOptions } from './index.ts'
import { pinnedConnector } from './pinned-connector.ts'
import { testCertificate } from './testing-certificate.ts'

/** A real listener on loopback that counts who connects. */
interface Target {
  readonly port: number
  readonly origin: string
  connections: number
  readonly requests: { url: string; method: string; headers: IncomingMessage['headers']; body: string }[]
}

const servers: Server[] = []
afterEach(async () => {
  await Promise.all(
    servers.splice(0).map(
      (server) =>
        new Promise((resolve) => {
          server.close(resolve)
          server.closeAllConnections()
        }),
    ),
  )
})

async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => response.end('inside'),
): Promise<Target> {
  const target: Target = { port: 0, origin: '', connections: 0, requests: [] }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { url = '', method = '', headers } = request
      target.requests.push({ url, method, headers, body: Buffer.concat(chunks).toString() })
      answer(request, response)
    })
  })
  server.on('connection', () => {
    target.connections += 1
  })
  servers.push(server)
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
  return Object.assign(target, { port, origin: `http://api.acme.test:${port}` })
}

/** Any name leads to loopback, which is allowed by its block and by nothing else. */
function inside(ports: readonly number[], options: Partial<SafeFetchOptions> = {}) {
  return createSafeFetch({
    protocols: ['http:'],
    ports,
    allowCidrs: ['127.0.0.0/8'],
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    ...options,
  })
}

async function codeOf(fetching: Promise<unknown>): Promise<string> {
  try {
    await fetching
    return 'ok'
  } catch (error) {
    if (error instanceof SafeFetchError) return error.code
    throw error
  }
}

describe('what is inside', () => {
  it('is reached when its block is allowed', async () => {
    const target = await listen()
    const answer = await inside([target.port])(`${target.origin}/a?b=c#d`, { headers: { 'X-Trace': '1' } })
    expect(answer).toMatchObject({ status: 200, redirects: 0, url: `${target.origin}/a?b=c` })
    expect(answer.body.toString()).toBe('inside')
    expect(target.requests[0]).toMatchObject({ url: '/a?b=c', method: 'GET' })
    expect(target.requests[0]?.headers).toMatchObject({ host: `api.acme.test:${target.port}`, 'x-trace': '1' })
    expect(target.connections).toBe(1)
  })

  // Without the block nobody even connects, whatever way leads there.
  it.each<[string, string, Partial<SafeFetchOptions>]>([
    ['by its address', '127.0.0.1', {}],
    ['by a short address', '127.1', {}],
    ['by a number', '2130706433', {}],
    ['by octal digits', '0177.0.0.1', {}],
    ['by IPv6', '[::1]', {}],
    ['by IPv4 in IPv6', '[::ffff:127.0.0.1]', {}],
    ['by a name of its own', 'localhost', {}],
    ['by a name that leads there', 'evil.test', { resolve: async () => [{ address: '127.0.0.1', family: 4 }] }],
    [
      'by a name that leads there, listed',
      'localhost',
      { allowHosts: ['localhost'], resolve: async () => [{ address: '127.0.0.1', family: 4 }] },
    ],
    ["by the machine's resolver", 'localhost', { allowHosts: ['localhost'] }],
    [
      'by one of several addresses',
      'evil.test',
      {
        resolve: async () => [
          { address: '93.184.215.14', family: 4 },
          { address: '127.0.0.1', family: 4 },
        ],
      },
    ],
    ['by a carried address', 'evil.test', { resolve: async () => [{ address: '::ffff:127.0.0.1', family: 6 }] }],
    ['by what is no address', 'evil.test', { resolve: async () => [{ address: 'localhost', family: 4 }] }],
  ])('sees no connection %s', async (_name, host, options) => {
    const target = await listen()
    const safeFetch = createSafeFetch({ protocols: ['http:'], ports: [target.port], ...options })
    expect(['address', 'host']).toContain(await codeOf(safeFetch(`http://${host}:${target.port}/`)))
    expect(target.connections).toBe(0)
  })

  // DNS rebinding: the name is public when it is first asked for and inside a moment later. Whoever checks one answer
  // and connects to the next is taken in.
  it('is not reached by a name that changes its mind', async () => {
    const target = await listen()
    const answers = ['192.0.2.1', '127.0.0.1', '127.0.0.1']
    let asked = 0
    const safeFetch = createSafeFetch({
      protocols: ['http:'],
      ports: [target.port],
      // The first address is a documentation block that leads nowhere: allowed here, so that it is connected to.
      allowCidrs: ['192.0.2.0/24'],
      connectTimeoutMs: 200,
      timeoutMs: 400,
      resolve: async () => [{ address: answers[asked++] ?? '127.0.0.1', family: 4 }],
    })
    expect(await codeOf(safeFetch(`http://evil.test:${target.port}/`))).not.toBe('ok')
    expect(asked).toBe(1)
    expect(await codeOf(safeFetch(`http://evil.test:${target.port}/`))).toBe('address')
    expect(target.connections).toBe(0)
  })

  // The last two lines of defence by themselves: an address that was given as such, and one that is not what was checked.
  it.each<[string, string, (text: string) => boolean, number]>([
    ['an address that nobody looked at', '127.0.0.1', () => false, 0],
    ['another address than was checked', 'evil.test', () => true, 1],
  ])('sees nothing of a client that is led to %s', async (_name, hostname, allows, connections) => {
    const target = await listen()
    let checks = 0
    const connect = pinnedConnector(
      // After the first check the mind is changed: as if the network led elsewhere.
      { allows: (text) => checks++ === 0 && allows(text) },
      { connectTimeoutMs: 1000, resolve: async () => [{ address: '127.0.0.1', family: 4 }], ca: undefined },
    )
    const failed = await new Promise<unknown>((resolve) => {
      connect({ hostname, protocol: 'http:', port: String(target.port) }, (error, socket) => resolve(error ?? socket))
    })
    expect(failed).toMatchObject({ name: 'SafeFetchError', code: 'address' })
    // A connection reaches the listener's side of this process a moment later.
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(target.connections).toBe(connections)
    expect(target.requests).toHaveLength(0)
  })

  it('is not reached by a redirect', async () => {
    const secret = await listen()
    const open = await listen((_request, response) => {
      response.writeHead(302, { location: `http://127.0.0.2:${secret.port}/` }).end()
    })
    const safeFetch = inside([open.port, secret.port], { allowCidrs: ['127.0.0.1/32'] })
    expect(await codeOf(safeFetch(`${open.origin}/`))).toBe('address')
    expect(open.connections).toBe(1)
    expect(secret.connections).toBe(0)
  })
})

describe('redirects', () => {
  it('are followed by hand, and what is meant for one origin stays there', async () => {
    const other = await listen()
    const first = await listen((request, response) => {
      if (request.url === '/1') response.writeHead(307, { location: '/2' }).end('ignored')
      else response.writeHead(302, { location: `http://other.test:${other.port}/3` }).end()
    })
    const answer = await inside([first.port, other.port])(`${first.origin}/1`, {
      headers: { authorization: 'Bearer secret', cookie: 'a=b', 'x-api-key': 'secret', accept: 'text/plain' },
    })
    expect(answer).toMatchObject({ status: 200, redirects: 2, url: `http://other.test:${other.port}/3` })
    expect(first.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer secret', 'Bearer secret'])
    expect(other.requests[0]?.headers.accept).toBe('text/plain')
    for (const name of ['authorization', 'cookie', 'x-api-key'])
      expect(other.requests[0]?.headers[name]).toBeUndefined()
  })

  it.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [303, 'PUT', 'GET', ''],
    [307, 'POST', 'POST', 'x'],
    [308, 'PUT', 'PUT', 'x'],
  ] as const)('%d of %s goes on with %s', async (status, method, next, body) => {
    const target = await listen((request, response) => {
      if (request.url === '/1') response.writeHead(status, { location: '/2' }).end()
      else response.end()
    })
    await inside([target.port])(`${target.origin}/1`, { method, body: 'x', headers: { 'content-type': 'text/plain' } })
    expect(target.requests[1]).toMatchObject({ method: next, body })
    expect(target.requests[1]?.headers['content-type']).toBe(body === '' ? undefined : 'text/plain')
  })

  it.each([
    ['file:///etc/passwd', 'scheme'],
    ['http://user@api.acme.test/', 'url'],
    ['http://api.acme.test:22/', 'port'],
    ['http://[', 'url'],
    ['//other.test:PORT/', 'redirect'],
  ])('to %s: %s', async (location, code) => {
    const target = await listen((_request, response) => {
      response.writeHead(307, { location: location.replace('PORT', String(target.port)) }).end()
    })
    expect(await codeOf(inside([target.port])(`${target.origin}/`, { method: 'POST', body: 'x' }))).toBe(code)
    expect(target.requests).toHaveLength(1)
  })

  it('end', async () => {
    const target = await listen((_request, response) => response.writeHead(302, { location: '/again' }).end())
    expect(await codeOf(inside([target.port], { redirectsMax: 4 })(`${target.origin}/`))).toBe('too_many_redirects')
    expect(target.requests).toHaveLength(5)
    expect(await codeOf(inside([target.port], { redirectsMax: 0 })(`${target.origin}/`))).toBe('too_many_redirects')
    expect(target.requests).toHaveLength(6)
  })

  it('without an address are answers', async () => {
    const target = await listen((_request, response) => response.writeHead(304).end())
    expect((await inside([target.port])(`${target.origin}/`)).status).toBe(304)
  })
})

describe('bounds', () => {
  it('stop an answer that goes on and on', async () => {
    let sent = 0
    const target = await listen((_request, response) => {
      const write = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536))) sent += 65_536
        response.once('drain', write)
      }
      write()
    })
    expect(await codeOf(inside([target.port], { bytesMax: 100_000 })(`${target.origin}/`))).toBe('too_large')
    expect(sent).toBeLessThan(20_000_000)
  })

  it('stop what grows when it is decompressed', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000))
    const target = await listen((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    )
    expect(bomb.length).toBeLessThan(100_000)
    expect(await codeOf(inside([target.port], { bytesMax: 1_000_000 })(`${target.origin}/`))).toBe('too_large')
  })

  it('count what is sent as well', async () => {
    const body = randomBytes(1000)
    const target = await listen((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(body)),
    )
    expect((await inside([target.port], { bytesMax: 2000 })(`${target.origin}/`)).body).toEqual(body)
    expect(await codeOf(inside([target.port], { bytesMax: 1005 })(`${target.origin}/`))).toBe('too_large')
  })

  it.each([
    ['gzip', gzipSync('text')],
    ['deflate', deflateSync('text')],
    ['br', brotliCompressSync('text')],
    ['identity', Buffer.from('text')],
  ])('%s is read', async (encoding, body) => {
    const target = await listen((_request, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(body),
    )
    expect((await inside([target.port])(`${target.origin}/`)).body.toString()).toBe('text')
  })

  it.each([
    ['gzip, gzip', gzipSync(gzipSync('text'))],
    ['compress', Buffer.from('text')],
    ['gzip', Buffer.from('not compressed')],
    ['br', Buffer.from('not compressed at all')],
    ['gzip', gzipSync('text').subarray(0, 12)],
  ])('%s, broken or stacked, is not: %#', async (encoding, body) => {
    const target = await listen((_request, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(body),
    )
    expect(await codeOf(inside([target.port])(`${target.origin}/`))).toBe('encoding')
  })

  it('stop an answer that does not come, or does not end', async () => {
    const silent = await listen(() => undefined)
    expect(await codeOf(inside([silent.port], { timeoutMs: 100 })(`${silent.origin}/`))).toBe('timeout')
    const drip = await listen((_request, response) => {
      const timer = setInterval(() => response.write('x'), 20)
      response.on('close', () => clearInterval(timer))
    })
    expect(await codeOf(inside([drip.port], { timeoutMs: 150 })(`${drip.origin}/`))).toBe('timeout')
  })

  it('stop a resolver that does not answer', async () => {
    const target = await listen()
    const safeFetch = inside([target.port], { timeoutMs: 100, resolve: () => new Promise(() => undefined) })
    const started = performance.now()
    expect(await codeOf(safeFetch(`${target.origin}/`))).toBe('timeout')
    expect(performance.now() - started).toBeLessThan(1500)
    expect(target.connections).toBe(0)
  })

  it('refuse more than may be under way, and let go of what failed', async () => {
    const target = await listen(() => undefined)
    const safeFetch = inside([target.port], { inFlightMax: 1, timeoutMs: 100 })
    const first = codeOf(safeFetch(`${target.origin}/`))
    expect(await codeOf(safeFetch(`${target.origin}/`))).toBe('busy')
    expect(await first).toBe('timeout')
    await expect.poll(() => codeOf(safeFetch(`${target.origin}/`))).toBe('timeout')
  })

  it('end with the caller', async () => {
    const target = await listen(() => undefined)
    const controller = new AbortController()
    const fetching = codeOf(inside([target.port])(`${target.origin}/`, { signal: controller.signal }))
    setTimeout(() => controller.abort(), 50)
    expect(await fetching).toBe('aborted')
    const gone = AbortSignal.abort()
    expect(await codeOf(inside([target.port])(`${target.origin}/`, { signal: gone }))).toBe('aborted')
  })

  it('end with the request they belong to', async () => {
    const target = await listen(() => undefined)
    const signal = AbortSignal.timeout(50)
    const deadline = { remainingMs: () => 50, signal }
    const fetching = runInRequest({ correlationId: 'c', deadline, trace: null }, () =>
      codeOf(inside([target.port])(`${target.origin}/`)),
    )
    expect(await fetching).toBe('aborted')
  })

  it.each(['identity', 'gzip'])('tell an answer in %s that breaks off', async (encoding) => {
    const target = await listen((_request, response) => {
      response.writeHead(200, { 'content-encoding': encoding, 'content-length': 1000 })
      response.write(gzipSync('text'.repeat(100)).subarray(0, 15), () => response.destroy())
    })
    expect(await codeOf(inside([target.port])(`${target.origin}/`))).toBe('network')
  })

  it('tell what is no HTTP, and nobody there', async () => {
    const tcp = createTcpServer((socket) => {
      socket.on('error', () => undefined).resume()
      socket.end('220 smtp ready\r\n')
    })
    const port = await new Promise<number>((resolve) => {
      tcp.listen(0, '127.0.0.1', () => {
        const address = tcp.address()
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
    expect(await codeOf(inside([port])(`http://api.acme.test:${port}/`))).toBe('network')
    await new Promise((resolve) => tcp.close(resolve))
    expect(await codeOf(inside([port])(`http://api.acme.test:${port}/`))).toBe('network')
    const lost = inside([port], { resolve: () => Promise.reject(new Error('ENOTFOUND')) })
    expect(await codeOf(lost(`http://api.acme.test:${port}/`))).toBe('dns')
    expect(await codeOf(inside([port], { resolve: async () => [] })(`http://api.acme.test:${port}/`))).toBe('dns')
  })
})

describe('TLS', () => {
  // The connection goes to an address that was checked, the certificate is still that of the name.
  it('is verified for the name, not the address', async () => {
    const { key, cert } = testCertificate('api.acme.test')
    const names: string[] = []
    const SNICallback = (name: string, done: (error: Error | null) => void): void => {
      names.push(name)
      done(null)
    }
    const server = createTlsServer({ key, cert, SNICallback }, (_request, response) => response.end('inside'))
    servers.push(server)
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
    const options = { protocols: ['https:'] } as const
    const trusting = inside([port], { ...options, ca: cert })
    expect((await trusting(`https://api.acme.test:${port}/`)).body.toString()).toBe('inside')
    expect(names).toEqual(['api.acme.test'])
    expect(await codeOf(trusting(`https://other.acme.test:${port}/`))).toBe('network')
    expect(await codeOf(inside([port], options)(`https://api.acme.test:${port}/`))).toBe('network')
  })

  it('is not given up by a redirect', async () => {
    const plain = await listen()
    const { key, cert } = testCertificate('api.acme.test')
    const server = createTlsServer({ key, cert }, (_request, response) =>
      response.writeHead(302, { location: `${plain.origin}/` }).end(),
    )
    servers.push(server)
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
    const both = inside([port, plain.port], { protocols: ['https:', 'http:'], ca: cert })
    expect(await codeOf(both(`https://api.acme.test:${port}/`))).toBe('redirect')
    expect(plain.connections).toBe(0)
  })
})

describe('programmer errors', () => {
  it.each<SafeFetchOptions>([
    { timeoutMs: 0 },
    { bytesMax: -1 },
    { redirectsMax: 21 },
    { inFlightMax: 0 },
    { connectTimeoutMs: 0.5 },
    { ports: [0] },
  ])('%j', (options) => expect(() => createSafeFetch(options)).toThrow(RangeError))

  it.each([{ Host: 'a' }, { 'content-length': '1' }, { 'x-a': 'b\r\nc: d' }, { 'x a': 'b' }])(
    'headers %j',
    async (headers) => {
      await expect(createSafeFetch()('https://api.acme.test/', { headers: { ...headers } })).rejects.toThrow(RangeError)
    },
  )

  it('too many headers', async () => {
    const headers = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`x-${i}`, '1']))
    await expect(createSafeFetch()('https://api.acme.test/', { headers })).rejects.toThrow(RangeError)
  })

  it('another method', async () => {
    const method = 'CONNECT' as unknown as 'GET'
    await expect(createSafeFetch()('https://api.acme.test/', { method })).rejects.toThrow(RangeError)
  })
})
