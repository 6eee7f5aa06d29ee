/**
 * Goal: whatever is thrown gets one registered code, a caller is never blamed for what a dependency did, and a new code of
 * the framework can't go by unnoticed. Method: real errors where the library can be made to throw them, the lists that
 * the installed libraries export, and fuzzing with values made to break the one who looks at them.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRequire } from 'node:module'
import fc from 'fast-check'
import Fastify, { errorCodes } from 'fastify'
import { request } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { SafeFetchError } from '../edge/safe-fetch-error.ts'
import {
  BreakerOpenError,
  BulkheadFullError,
  CallCancelledError,
  CallTimeoutError,
  DeadlineExceededError,
} from '../resilience/call-errors.ts'
import { fastifyCallerCodes, fastifyDefectCodes, upstreamCodes } from './framework-codes.ts'
import {
  classifyError,
  classifyParserError,
  databaseErrorCode,
  ErrorAnswers,
  kitErrors,
  ServiceError,
} from './index.ts'

async function thrownBy(work: () => unknown): Promise<unknown> {
  try {
    await work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

const withCode = (code: string, more: object = {}) => Object.assign(new Error('x'), { code, ...more })

describe('classifyError', () => {
  it.each([
    [withCode('FST_ERR_CTP_BODY_TOO_LARGE'), 'body_too_large'],
    [withCode('HPE_HEADER_OVERFLOW'), 'headers_too_large'],
    [withCode('HPE_INVALID_METHOD'), 'malformed_request'],
    [withCode('HPE_INVALID_CONSTANT', { name: 'HTTPParserError' }), 'upstream_unavailable'],
    [withCode('ERR_HTTP_HEADERS_SENT'), 'internal'],
    [Object.assign(new SyntaxError('x'), { statusCode: 400 }), 'malformed_request'],
    [withCode('ECONNRESET', { statusCode: 400 }), 'malformed_request'],
    [withCode('Z_DATA_ERROR', { statusCode: 400 }), 'malformed_request'],
    [Object.assign(new Error('x'), { statusCode: 404, expose: true }), 'not_found'],
    [withCode('FST_FILES_LIMIT', { statusCode: 413 }), 'body_too_large'],
    [withCode('FST_OTHER', { statusCode: 418 }), 'malformed_request'],
    // What an SDK says of its own upstream.
    [Object.assign(new Error('card declined'), { statusCode: 402, type: 'StripeCardError' }), 'internal'],
    [withCode('UND_ERR_RESPONSE', { statusCode: 404 }), 'upstream_unavailable'],
    [{ code: '57014' }, 'database_timeout'],
    [{ message: 'Query read timeout' }, 'database_timeout'],
    [{ code: 'ECONNREFUSED' }, 'database_unavailable'],
    [{ code: '08006' }, 'database_unavailable'],
    [{ code: '53100' }, 'database_unavailable'],
    [{ code: '40P01' }, 'database_contention'],
    [{ message: 'Connection terminated unexpectedly' }, 'database_unavailable'],
    [{ code: '23505' }, 'internal'],
    [{ code: 'deadline_exceeded' }, 'deadline_exceeded'],
    [{ code: 'not_found' }, 'internal'],
    [new TypeError('x'), 'internal'],
    [new DOMException('x', 'TimeoutError'), 'deadline_exceeded'],
    [AbortSignal.abort().reason, 'deadline_exceeded'],
    ['text', 'internal'],
    [undefined, 'internal'],
    [Symbol('x'), 'internal'],
    [10n, 'internal'],
  ])('makes %s (%#) a %s', (thrown, code) => {
    const error = classifyError(thrown)
    expect([error.code, error.cause]).toEqual([code, thrown])
  })

  it('leaves service errors alone', () => {
    const error = new ServiceError('conflict')
    expect(classifyError(error)).toBe(error)
    expect(databaseErrorCode(error)).toBeNull()
  })

  it('knows every code of the installed Fastify, as a caller error or as a defect', () => {
    const listed = [...Object.keys(fastifyCallerCodes), ...fastifyDefectCodes]
    expect(listed.toSorted()).toEqual(Object.keys(errorCodes).toSorted())
    expect(new Set(listed).size).toBe(listed.length)
    for (const [code, Thrown] of Object.entries(errorCodes)) {
      const { status } = kitErrors[classifyError(new Thrown()).code as keyof typeof kitErrors]
      expect([code, status >= 500]).toEqual([code, code === 'FST_ERR_HANDLER_TIMEOUT' || fastifyDefectCodes.has(code)])
    }
  })

  it('knows every code of the installed undici, or calls it a defect on purpose', () => {
    const source = readFileSync(createRequire(import.meta.url).resolve('undici/lib/core/errors.js'), 'utf8')
    const all = [...source.matchAll(/this\.code = '(UND_ERR[A-Z_]*)'/g)].map((match) => match[1] ?? '')
    expect(all.length).toBeGreaterThan(20)
    expect(all.filter((code) => !(code in upstreamCodes)).toSorted()).toEqual([
      'UND_ERR',
      'UND_ERR_BPL_MISSING_UPSTREAM',
      'UND_ERR_INVALID_ARG',
      'UND_ERR_INVALID_RETURN_VALUE',
      'UND_ERR_MAX_ORIGINS_REACHED',
      'UND_ERR_NOT_SUPPORTED',
      'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
    ])
  })

  it("turns Fastify's validation into details", async () => {
    const app = Fastify()
    const seen: unknown[] = []
    app.setErrorHandler((error, _request, reply) => {
      seen.push(error)
      return reply.send('')
    })
    const schema = { body: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] } }
    app.post('/', { schema }, () => '')
    await app.inject({ method: 'POST', url: '/', payload: { n: 'x' } })
    await app.inject({ method: 'POST', url: '/', payload: '{', headers: { 'content-type': 'application/json' } })
    await app.inject({ method: 'POST', url: '/', payload: '<a/>', headers: { 'content-type': 'text/xml' } })
    await app.inject({
      method: 'POST',
      url: '/',
      payload: '{"__proto__":{}}',
      headers: { 'content-type': 'application/json' },
    })
    await app.close()
    const errors = seen.map((one) => classifyError(one))
    expect(errors.map((one) => one.code)).toEqual([
      'validation_failed',
      'malformed_request',
      'unsupported_media_type',
      'malformed_request',
    ])
    expect(errors[0]?.details).toEqual([{ field: 'body.n', problem: 'must be integer' }])
  })

  it('blames nobody for data that does not fit: whose it was is not known', async () => {
    const thrown = await thrownBy(() => z.object({ a: z.string() }).parse({}))
    expect(classifyError(thrown).code).toBe('internal')
  })
})

describe('upstream errors', () => {
  const closers: (() => void)[] = []
  afterEach(() => {
    for (const close of closers.splice(0)) close()
  })
  async function upstream(handler: Parameters<typeof createServer>[1]): Promise<string> {
    const server = createServer({}, handler)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closers.push(() => {
      server.closeAllConnections()
      server.close()
    })
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  }
  const codeOf = async (work: () => unknown) => classifyError(await thrownBy(work)).code

  it('tells a refused, a broken, a slow and a garbled upstream from the database', async () => {
    const gone = await upstream(() => {})
    closers.splice(0).forEach((close) => close())
    expect(await codeOf(() => fetch(gone))).toBe('upstream_unavailable')

    const cut = await upstream((incoming) => incoming.socket.destroy())
    expect(await codeOf(() => fetch(cut))).toBe('upstream_unavailable')
    expect(await codeOf(() => request(cut))).toBe('upstream_unavailable')

    const silent = await upstream(() => {})
    expect(await codeOf(() => request(silent, { headersTimeout: 10 }))).toBe('upstream_timeout')
    expect(await codeOf(() => fetch(silent, { signal: AbortSignal.timeout(10) }))).toBe('deadline_exceeded')
    expect(await codeOf(() => request(silent, { signal: AbortSignal.timeout(10) }))).toBe('deadline_exceeded')

    const garbled = await upstream(
      (incoming) => void incoming.socket.end('HTTP/1.1 200 OK\r\ncontent length 3\r\n\r\n'),
    )
    expect(await codeOf(() => fetch(garbled))).toBe('upstream_unavailable')
    expect(await codeOf(() => request(garbled))).toBe('upstream_unavailable')
  })
})

describe("the kit's other rooms", () => {
  it.each([
    [new CallTimeoutError('billing', 10), 'upstream_timeout'],
    [new DeadlineExceededError(), 'deadline_exceeded'],
    [new CallCancelledError(), 'deadline_exceeded'],
    [new BreakerOpenError('billing', 10), 'upstream_unavailable'],
    [new BulkheadFullError('full'), 'overloaded'],
    [new SafeFetchError('timeout', 'x'), 'upstream_timeout'],
    [new SafeFetchError('address', 'x'), 'internal'],
  ])('%s is %s', (thrown, code) => expect(classifyError(thrown).code).toBe(code))
})

describe('nested errors', () => {
  const refused = withCode('ECONNREFUSED')
  const wrap = (cause: unknown, times: number): unknown =>
    times === 0 ? cause : new Error('wrapped', { cause: wrap(cause, times - 1) })

  it('finds what failed behind 15 wrappers and gives up there', () => {
    expect(classifyError(wrap(refused, 15)).code).toBe('database_unavailable')
    expect(classifyError(wrap(refused, 16)).code).toBe('internal')
  })

  it('never makes a cause the fault of the caller', () => {
    expect(classifyError(wrap(new ServiceError('not_found'), 1)).code).toBe('internal')
    expect(classifyError(wrap(withCode('FST_ERR_CTP_BODY_TOO_LARGE'), 1)).code).toBe('internal')
    expect(classifyError(wrap(new ServiceError('upstream_timeout'), 1)).code).toBe('upstream_timeout')
  })

  it('asks of several errors at once that all are known', () => {
    expect(classifyError(new AggregateError([refused, withCode('57P01')])).code).toBe('database_unavailable')
    expect(classifyError(new AggregateError([refused, new TypeError('a defect')])).code).toBe('internal')
    expect(classifyError(new AggregateError([])).code).toBe('internal')
    // Node's own, when every address of a name refused.
    expect(classifyError(Object.assign(new AggregateError([refused]), { code: 'ECONNREFUSED' })).code).toBe(
      'database_unavailable',
    )
  })

  it('is not caught in a cycle', () => {
    const one = new Error('one') as Error & { cause?: unknown }
    one.cause = new AggregateError([one, one])
    expect(classifyError(one).code).toBe('internal')
  })
})

describe('classifyParserError', () => {
  it.each([
    ['HPE_HEADER_OVERFLOW', 'headers_too_large'],
    ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 'body_too_large'],
    ['ERR_HTTP_REQUEST_TIMEOUT', 'request_timeout'],
    ['HPE_INVALID_EOF_STATE', 'malformed_request'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'malformed_request'],
    ['57014', 'malformed_request'],
  ])('makes %s a %s', (code, expected) => expect(classifyParserError(withCode(code)).code).toBe(expected))
})

describe('anything thrown', () => {
  const marker = 'sk_live_LEAKMARKER'
  const fields = fc.constantFrom(
    'code',
    'statusCode',
    'message',
    'name',
    'cause',
    'errors',
    'stack',
    'expose',
    'details',
  )
  const thrower = () => {
    throw new Error(marker)
  }
  // Made when needed: fast-check would look at the values, and some of them don't stand that.
  const hostile: fc.Arbitrary<() => unknown> = fc.oneof(
    fc
      .anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, maxDepth: 3 })
      .map((value) => () => value),
    fc.constantFrom<() => unknown>(
      () => new Proxy({}, { get: thrower, has: thrower, getPrototypeOf: thrower, ownKeys: thrower }),
      () => new Proxy(new Error(marker), { get: thrower }),
      () => new Proxy(() => {}, { get: () => marker.repeat(1e4) }),
      () => Object.freeze(new Error(marker)),
      () => new Error(marker.repeat(1e4)),
      () => Object.create(ServiceError.prototype) as unknown,
      () => marker,
    ),
    fc.uniqueArray(fields).map((names) => () => {
      const getters = Object.fromEntries(names.map((name) => [name, { get: thrower }]))
      return Object.defineProperties({}, getters)
    }),
    fc
      .dictionary(
        fields,
        fc.oneof(fc.constantFrom<unknown>(400, 499, '404', 'FST_X', 'UND_ERR', marker), fc.anything()),
      )
      .map((value) => () => value),
    // A ServiceError that somebody has put nonsense into.
    fc
      .record({ details: fc.anything(), headers: fc.anything(), publicMessage: fc.anything() })
      .map((nonsense) => () => Object.assign(new ServiceError('conflict'), nonsense)),
  )
  const answers = new ErrorAnswers(kitErrors)

  it('gives a valid, small envelope with a registered code that tells nothing of what was thrown', () => {
    fc.assert(
      fc.property(hostile, fc.boolean(), (make, problem) => {
        const error = classifyError(make())
        const accept = problem ? 'application/problem+json' : undefined
        const answer = answers.of(error, '4be1c4de-6c1c-4cbc-8d57-8b1e2b7f0f6c', accept)
        const parsed = JSON.parse(answer.payload) as { error: object } & Record<string, unknown>
        const { code, details } = (problem ? parsed : parsed.error) as { code: string; details: unknown }
        expect(Object.keys(kitErrors)).toContain(code)
        expect(Array.isArray(details)).toBe(true)
        expect(answer.status).toBe(kitErrors[code as keyof typeof kitErrors].status)
        expect(answer.payload.length).toBeLessThan(50_000)
        expect(answer.payload).not.toContain('LEAKMARKER')
        for (const value of Object.values(answer.headers)) expect(value).toMatch(/^[\t\x20-\x7e\x80-\xff]*$/)
      }),
      { numRuns: 2000 },
    )
  })

  it('treats the errors of the parser the same', () => {
    fc.assert(
      fc.property(hostile, (make) => {
        expect(kitErrors[classifyParserError(make()).code as keyof typeof kitErrors].status).toBeLessThan(500)
      }),
      { numRuns: 300 },
    )
  })
})
