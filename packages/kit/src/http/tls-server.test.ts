/**
 * Goal: a service with TLS speaks TLS 1.2 or later and nothing else, takes a renewed certificate without a restart, and stops
 * in order. Method: a service on a real port with certificates made on the spot.
 */
import { request } from 'node:https'
import { connect as connectPlain } from 'node:net'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { testCertificate } from '../edge/testing-certificate.ts'
import { defineErrors } from '../errors/index.ts'
import { Logger } from '../telemetry/index.ts'
import { createService, type Service, type ServiceOptions } from './index.ts'
import type { Actor } from './route.ts'

const lines: string[] = []
const open: Service[] = []
afterEach(async () => {
  for (const service of open.splice(0)) await service.stop()
  lines.length = 0
})

function create(changes: Partial<ServiceOptions<Actor>>): Service {
  const service = createService({
    info: { title: 'x', version: '1', description: 'x' },
    errors: defineErrors({}),
    logger: new Logger({ service: 'x', write: (line) => lines.push(line) }),
    authenticate: () => Promise.resolve(null),
    routes: [],
    stopAcceptMs: 1,
    stopDeadlineMs: 2000,
    ...changes,
  })
  open.push(service)
  return service
}

async function handshake(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ...options })
  await once(socket, 'secureConnect')
  return socket
}

function get(port: number, ca: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', servername: 'localhost', ca, path: '/health', agent: false }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
      .on('error', reject)
      .end()
  })
}

describe('a service with TLS', () => {
  it('serves, over TLS 1.2 and 1.3, HTTP/1.1 alone', async () => {
    const pair = testCertificate('localhost')
    const service = create({ tls: pair })
    const port = await service.listen('127.0.0.1', 0)
    expect(await get(port, pair.cert)).toBe(200)
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await handshake(port, {
        ca: pair.cert,
        minVersion: version,
        maxVersion: version,
        ALPNProtocols: ['h2', 'http/1.1'],
      })
      expect([socket.getProtocol(), socket.alpnProtocol]).toEqual([version, 'http/1.1'])
      socket.destroy()
    }
    await expect(
      handshake(port, { ca: pair.cert, minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }),
    ).rejects.toBeInstanceOf(Error)
  })

  it('drops what is no TLS without a word and without a log line', async () => {
    const port = await create({ tls: testCertificate('localhost') }).listen('127.0.0.1', 0)
    const socket = connectPlain(port, '127.0.0.1')
    let answer = ''
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')))
    socket.on('error', () => {})
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    await once(socket, 'close')
    expect(answer).not.toContain('HTTP/1.1')
    expect(lines).toEqual([])
  })

  it('uses a renewed certificate for new connections, and keeps the old one when the new is none', async () => {
    const [before, after] = [testCertificate('localhost'), testCertificate('localhost')]
    const service = create({ tls: before })
    const port = await service.listen('127.0.0.1', 0)
    expect(() => service.renewCertificate({ key: before.key, cert: after.cert })).toThrow(RangeError)
    expect(await get(port, before.cert)).toBe(200)
    service.renewCertificate(after)
    expect(await get(port, after.cert)).toBe(200)
    await expect(get(port, before.cert)).rejects.toBeInstanceOf(Error)
  })

  it('closes a connection at rest when it stops, and does not wait for it', async () => {
    const pair = testCertificate('localhost')
    const service = create({ tls: pair, stopDeadlineMs: 60_000 })
    const port = await service.listen('127.0.0.1', 0)
    const idle = await handshake(port, { ca: pair.cert })
    const used = await handshake(port, { ca: pair.cert })
    used.write('GET /health HTTP/1.1\r\nhost: a\r\n\r\n')
    await once(used, 'data')
    const closed = Promise.all([once(idle.resume(), 'close'), once(used.resume(), 'close')])
    expect(await service.stop()).toBe(0)
    await closed
  })

  it('is refused with a key that does not belong to the certificate, and renewing without TLS is a mistake', () => {
    const [one, other] = [testCertificate('localhost'), testCertificate('localhost')]
    expect(() => create({ tls: { key: one.key, cert: other.cert } })).toThrow('do not belong together')
    expect(() => create({}).renewCertificate(one)).toThrow('no TLS')
  })
})

describe('operational endpoints', () => {
  const token = 'a token of some length'
  it.each([
    ['public', 200, 200],
    ['nobody', 404, 404],
    [{ token }, 401, 200],
  ] as const)('are for %o', async (operationsAccess, stranger, holder) => {
    const { app } = create({ operationsAccess })
    for (const url of ['/metrics', '/openapi.json']) {
      const statuses = []
      for (const authorization of ['', 'Bearer another token', `Bearer ${token}`])
        statuses.push((await app.inject({ url, headers: authorization === '' ? {} : { authorization } })).statusCode)
      expect(statuses).toEqual([stranger, stranger, holder])
    }
    for (const url of ['/health', '/ready', '/errors']) expect((await app.inject({ url })).statusCode).toBe(200)
  })

  it('take no token that keeps nobody out', () => {
    expect(() => create({ operationsAccess: { token: 'short' } })).toThrow(RangeError)
  })

  it('say what is done without, and are ready all the same', async () => {
    const { app } = create({ degraded: () => Promise.resolve(['content']) })
    const answer = await app.inject({ url: '/ready' })
    expect([answer.statusCode, answer.json()]).toEqual([200, { status: 'ready', degraded: ['content'] }])
  })
})
