/**
 * Goal: whatever a caller sends, the answer is the service's own: never a 5xx, a crash, a hang or a header that was not meant,
 * and one log line each. Method: generated methods, paths, headers and bodies over raw sockets, on a service whose handlers can't
 * fail.
 */
import { connect } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineErrors } from '../errors/index.ts'
import { Logger } from '../telemetry/index.ts'
import { type Actor, createService, routesFor, type Service } from './index.ts'

const RUNS = 400
const route = routesFor<Actor>()
let service: Service
let port = 0
let lines: string[] = []

beforeAll(async () => {
  const ok = { 200: { description: 'ok', schema: z.object({ ok: z.boolean() }) } }
  service = createService<Actor>({
    info: { title: 't', version: '1', description: 'd' },
    errors: defineErrors({}),
    logger: new Logger({ service: 's', write: (line) => lines.push(line) }),
    authenticate: () => Promise.resolve(null),
    ratePerMin: 500_000,
    trustedProxies: ['127.0.0.1'],
    corsOrigins: ['https://a.test'],
    limits: { headersTimeoutMs: 1000, requestTimeoutMs: 1000, checkEveryMs: 100 },
    stopAcceptMs: 10,
    routes: [
      route({
        id: 'read',
        method: 'GET',
        path: '/things/{id}',
        access: 'public',
        tag: 't',
        summary: 's',
        params: z.object({ id: z.string().max(30) }),
        query: z.object({ q: z.string().max(30).optional() }),
        answers: ok,
        errors: [],
        handler: () => ({ status: 200, body: { ok: true } }),
      }),
      route({
        id: 'write',
        method: 'POST',
        path: '/things',
        access: 'public',
        tag: 't',
        summary: 's',
        body: z.strictObject({ name: z.string().max(30) }),
        answers: ok,
        errors: [],
        handler: () => ({ status: 200, body: { ok: true } }),
      }),
    ],
  })
  port = await service.listen('127.0.0.1', 0)
})
afterAll(async () => {
  await service.stop()
})

/** Everything that comes back until the service closes, at most two seconds. */
function exchange(bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    const timer = setTimeout(() => {
      text += '\n[still open]'
      socket.destroy()
    }, 4000)
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(text)
    })
    socket.write(bytes)
  })
}

const token = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(..."abcXYZ019-_!#$%&'*+.^`|~".split('')) })
const value = fc.string({ maxLength: 60, unit: 'binary-ascii' }).map((text) => text.replaceAll(/[\0\r\n]/g, ' '))
const hex = fc.string({ maxLength: 60, unit: fc.constantFrom(...'0123456789abcdefABCDEFgz-_, ='.split('')) })
const known = fc.constantFrom(
  'traceparent',
  'tracestate',
  'x-forwarded-for',
  'forwarded',
  'x-request-id',
  'x-correlation-id',
  'authorization',
  'cookie',
  'origin',
  'accept',
  'expect',
  'access-control-request-method',
  'content-type',
  'host',
)
const header = fc.tuple(fc.oneof(known, token), fc.oneof(value, hex)).map(([name, text]) => `${name}: ${text}`)
const path = fc.oneof(
  fc.webPath(),
  fc.string({ maxLength: 40 }).map((text) => `/things/${encodeURIComponent(text)}`),
  fc.constantFrom('/things', '/errors/internal', '/%', '//', '/things/%ff', '*', '/things?q=%', '/__proto__'),
)
const method = fc.constantFrom('GET', 'POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE', 'PATCH', 'TRACE', 'QUERY', 'BREW')
const body = fc.oneof(
  fc.json({ maxDepth: 6 }),
  fc.string({ maxLength: 200 }),
  fc.constantFrom('{"name":"x"}', '{"name":', '{"__proto__":{}}', '['.repeat(200), '"\\ud800"'),
)

function expectOwnAnswer(text: string): void {
  expect(text).not.toContain('[still open]')
  // Nothing at all is an answer only to what was never a request.
  if (text === '') return
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1])
  expect(status).toBeGreaterThanOrEqual(200)
  expect(status).toBeLessThan(500)
  const head = (text.split('\r\n\r\n')[0] ?? '').toLowerCase()
  expect(head).toContain('x-content-type-options: nosniff')
  expect(head).toMatch(/\r\nx-correlation-id: [a-z0-9._-]{8,64}/)
  expect(head).not.toMatch(/\r\n(?:server|x-powered-by):/)
}

describe('a request that anything at all is in', () => {
  it('is answered as meant: method, path, headers and body', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        method,
        path,
        fc.array(header, { maxLength: 8 }),
        body,
        async (verb, where, headers, content) => {
          lines = []
          const bytes = Buffer.from(content)
          const head = [`${verb} ${where} HTTP/1.1`, 'connection: close', ...headers, `content-length: ${bytes.length}`]
          expectOwnAnswer(await exchange(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), bytes])))
          expect(lines.length).toBeLessThanOrEqual(2)
          for (const line of lines) expect(JSON.parse(line)).toMatchObject({ service: 's' })
        },
      ),
      { numRuns: RUNS },
    )
  })

  it('is answered when it is no HTTP at all', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
        expectOwnAnswer(await exchange(Buffer.concat([Buffer.from(bytes), Buffer.from('\r\n\r\n')])))
      }),
      { numRuns: 100 },
    )
  })

  it('leaves the service as it was', async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/things/1`)
    expect([answer.status, await answer.json()]).toEqual([200, { ok: true }])
  })
})
