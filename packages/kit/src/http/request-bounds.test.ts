/**
 * Goal: no request stays longer, nests deeper or enters by another way than it may. Method: a service on a real port with a
 * clock of its own for deadlines, spoken to through fetch and raw sockets.
 */
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { currentRequest } from '../context/index.ts'
import { defineErrors } from '../errors/index.ts'
import { Logger } from '../telemetry/index.ts'
import {
  type Actor,
  type AnyRoute,
  createService,
  httpLimits,
  routesFor,
  type Service,
  type ServiceOptions,
} from './index.ts'
import { isDeeperThan } from './json-body.ts'

const route = routesFor<Actor>()
const common = { method: 'GET', access: 'public', tag: 't', summary: 's', errors: [] } as const
const ok = { 200: { description: 'ok', schema: z.object({ ok: z.boolean() }) } }

let service: Service | null = null
let base = ''
let lines: Record<string, unknown>[] = []

async function start(routes: readonly AnyRoute[], options: Partial<ServiceOptions<Actor>> = {}): Promise<Service> {
  lines = []
  service = createService<Actor>({
    info: { title: 't', version: '1', description: 'd' },
    routes,
    errors: defineErrors({}),
    logger: new Logger({ service: 's', write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) }),
    authenticate: (token) => Promise.resolve({ kind: 'user', id: token }),
    stopAcceptMs: 10,
    ...options,
  })
  base = `http://127.0.0.1:${await service.listen('127.0.0.1', 0)}`
  return service
}

const until = async (yes: () => boolean): Promise<void> => {
  for (let turn = 0; turn < 500 && !yes(); turn += 1) await new Promise((resolve) => setTimeout(resolve, 10))
}
const codeOf = async (answer: Response): Promise<string> =>
  ((await answer.json()) as { error: { code: string } }).error.code

afterEach(async () => {
  await service?.stop()
  service = null
})

describe('deadline', () => {
  it('answers for a handler that takes too long, cancels its work and logs one line', async () => {
    let aborted: unknown = null
    let late = (): void => {}
    const slow = route({
      ...common,
      id: 'slow',
      path: '/slow',
      deadlineMs: 150,
      answers: ok,
      handler: async ({ signal }) => {
        signal.addEventListener('abort', () => (aborted = signal.reason))
        await new Promise<void>((resolve) => (late = resolve))
        return { status: 200, body: { ok: true } }
      },
    })
    await start([slow])
    const answer = await fetch(`${base}/slow`)
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('5')
    expect(await codeOf(answer)).toBe('deadline_exceeded')
    expect(aborted).toMatchObject({ code: 'deadline_exceeded' })
    // What the handler says afterwards is too late and hurts nobody.
    late()
    await until(() => lines.length > 0)
    expect(lines.filter((line) => line['event'] === 'http_request')).toHaveLength(1)
    expect((await fetch(`${base}/health`)).status).toBe(200)
  })

  it('is there for everything that the request starts, and is over when the caller goes away', async () => {
    let left = 0
    let reason: unknown = null
    const wait = route({
      ...common,
      id: 'wait',
      path: '/wait',
      answers: ok,
      handler: async () => {
        await Promise.resolve()
        const deadline = currentRequest()?.deadline
        left = deadline?.remainingMs() ?? 0
        await new Promise<void>((resolve) =>
          deadline?.signal.addEventListener('abort', () => {
            reason = deadline.signal.reason
            resolve()
          }),
        )
        return { status: 200, body: { ok: true } }
      },
    })
    await start([wait], { limits: { deadlineMs: 8000 } })
    const socket = connect(Number(new URL(base).port), '127.0.0.1')
    socket.write('GET /wait HTTP/1.1\r\nhost: x\r\n\r\n')
    await until(() => left > 0)
    expect(left).toBeGreaterThan(1000)
    expect(left).toBeLessThanOrEqual(8000)
    socket.destroy()
    await until(() => reason !== null)
    expect(reason).toMatchObject({ name: 'AbortError' })
    await until(() => lines.length > 0)
    expect(lines[0]).toMatchObject({ event: 'http_request', status: 499 })
  })

  it('ends an answer that nobody fetches', async () => {
    const large = route({
      ...common,
      id: 'large',
      path: '/large',
      answers: { 200: { description: 'ok', schema: z.string(), contentType: 'text/plain' } },
      handler: () => ({ status: 200, body: 'x'.repeat(30_000_000), headers: { 'content-type': 'text/plain' } }),
    })
    await start([large], { limits: { answerTimeoutMs: 300 } })
    const socket = connect(Number(new URL(base).port), '127.0.0.1')
    let closed = false
    socket.on('close', () => (closed = true))
    socket.on('error', () => undefined)
    socket.pause()
    socket.write('GET /large HTTP/1.1\r\nhost: x\r\n\r\n')
    await until(() => lines.length > 0)
    expect(lines).toHaveLength(1)
    socket.resume()
    await until(() => closed)
    expect(closed).toBe(true)
  })
})

describe('limits', () => {
  it.each([
    [{ headersTimeoutMs: 6000, requestTimeoutMs: 5000 }, 'headers are a part of the request'],
    [{ keepAliveTimeoutMs: 60_000 }, 'the proxy would send into a connection that is being closed'],
    [{ bodyBytesMax: 0 }, 'bodyBytesMax is 0'],
    [{ deadlineMs: Number.NaN }, 'deadlineMs is NaN'],
    [{ bodyDepthMax: 1.5 }, 'bodyDepthMax is 1.5'],
  ])('%j are refused: %s', (limits, reason) => {
    expect(() => httpLimits(limits)).toThrow(RangeError)
    expect(() => httpLimits(limits)).toThrow(reason)
  })
  it('without a proxy in front let a connection rest as long as one likes', () =>
    expect(httpLimits({ keepAliveTimeoutMs: 5000, proxyKeepAliveMs: 0 }).keepAliveTimeoutMs).toBe(5000))
})

describe('bodies', () => {
  const echo = route({
    ...common,
    id: 'echo',
    method: 'POST',
    path: '/echo',
    body: z.looseObject({}),
    answers: ok,
    handler: () => ({ status: 200, body: { ok: true } }),
  })
  const post = (body: string): Promise<Response> =>
    fetch(`${base}/echo`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })

  it('may nest as deep as allowed and no deeper', async () => {
    await start([echo], { limits: { bodyDepthMax: 4 } })
    expect((await post('{"a":{"b":{"c":{}}}}')).status).toBe(200)
    const refused = await post('{"a":{"b":{"c":{"d":{}}}}}')
    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({
      error: { code: 'payload_too_deep', details: [{ field: 'body', problem: 'nests deeper than 4' }] },
    })
  })

  it('come as bytes, of any type, where a route asks for them, and within the limit', async () => {
    const got: string[] = []
    const hook = route({
      ...common,
      id: 'hook',
      method: 'POST',
      path: '/hook',
      rawBody: true,
      answers: ok,
      handler: ({ rawBody, header }) => {
        got.push(`${header('x-signature')} ${rawBody.toString('latin1')}`)
        return { status: 200, body: { ok: true } }
      },
    })
    await start([hook, echo], { limits: { bodyBytesMax: 100 } })
    const send = (body: string, type: string): Promise<Response> =>
      fetch(`${base}/hook`, { method: 'POST', headers: { 'content-type': type, 'x-signature': 's1' }, body })
    expect((await send('{"a" : 1}', 'application/json')).status).toBe(200)
    expect((await send('a=1', 'application/x-www-form-urlencoded')).status).toBe(200)
    expect(got).toEqual(['s1 {"a" : 1}', 's1 a=1'])
    expect((await send('x'.repeat(101), 'text/plain')).status).toBe(413)
    // The other routes take JSON as ever.
    expect((await post('{"a":{}}')).status).toBe(200)
    expect(
      (await fetch(`${base}/echo`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' })).status,
    ).toBe(415)
    await expect(start([{ ...hook, body: z.object({}) } as AnyRoute])).rejects.toThrow(
      'bytes that nobody read fit none',
    )
  })

  it('may not change what objects inherit', async () => {
    await start([echo])
    expect(await codeOf(await post('{"__proto__":{"admin":true}}'))).toBe('malformed_request')
    expect(await codeOf(await post('{"constructor":{"prototype":{"admin":true}}}'))).toBe('malformed_request')
  })

  it.each([
    ['{"a":"[[[[[[[["}', false],
    [String.raw`{"a":"\"[[[[[["}`, false],
    [String.raw`{"a":"\\","b":[[[[1]]]]}`, true],
    ['[[[]]]', false],
    ['[[[[]]]]', true],
    ['[],[],[],[],[]', false],
    ['"unterminated [[[[[', false],
  ])('nesting of %s', (text, deeper) => expect(isDeeperThan(text, 3)).toBe(deeper))

  it('is looked through in time that grows with its length', () => {
    const startedMs = performance.now()
    isDeeperThan(String.raw`"\\\\\\\\`.repeat(100_000), 3)
    isDeeperThan('{"a":'.repeat(100_000), 3)
    expect(performance.now() - startedMs).toBeLessThan(2000)
  })
})

describe('permissions', () => {
  const guarded = route({
    ...common,
    id: 'guarded',
    path: '/guarded',
    access: ['user'],
    permission: 'things:read',
    answers: ok,
    handler: () => ({ status: 200, body: { ok: true } }),
  })
  const ask = (): Promise<Response> =>
    fetch(`${base}/guarded`, { headers: { authorization: 'Bearer token-of-somebody' } })

  it('are asked for, and nobody has one by default', async () => {
    await start([guarded])
    expect((await ask()).status).toBe(403)
    await service?.stop()
    await start([guarded], { permits: (actor, permission) => actor.kind === 'user' && permission === 'things:read' })
    expect((await ask()).status).toBe(200)
  })

  it.each([
    ['none', { access: undefined }],
    ['an empty list', { access: [] }],
    ['a word nobody knows', { access: 'everybody' }],
    ['public, and a permission', { access: 'public', permission: 'things:read' }],
  ])('a route that declares %s does not start', async (_what, wrong) => {
    const made = { ...guarded, permission: undefined, ...wrong } as unknown as AnyRoute
    await expect(start([made])).rejects.toThrow(RangeError)
  })

  it('hold for routes of plugins, which declare it or do not start', async () => {
    const fresh = createService<Actor>({
      info: { title: 't', version: '1', description: 'd' },
      routes: [],
      errors: defineErrors({}),
      logger: new Logger({ service: 's', write: () => undefined }),
      authenticate: () => Promise.resolve(null),
    })
    expect(() => fresh.app.get('/silent', () => 'x')).toThrow('does not declare who may call it')
    fresh.app.get('/open', { config: { access: 'public' } as object }, () => 'x')
    const answer = await fresh.app.inject('/open')
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['x-content-type-options']).toBe('nosniff')
    expect(answer.headers['x-correlation-id']).toMatch(/^[0-9a-f-]{36}$/)
  })
})
