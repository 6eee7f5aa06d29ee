import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { runInRequest } from '../context/request-context.ts'
import { captureSpans, createTelemetry, ErrorTracker, type ErrorTrackerOptions, parseDsn, Redactor } from './index.ts'
import { limitedForS } from './error-tracker.ts'
import { CLIENT } from './sentry-envelope.ts'

interface Frame {
  readonly function: string
  readonly filename: string
  readonly lineno: number
  readonly in_app: boolean
}
interface Event {
  readonly event_id: string
  readonly timestamp: number
  readonly platform: string
  readonly level: string
  readonly release?: string
  readonly environment?: string
  readonly tags: Record<string, string>
  readonly contexts: { readonly trace?: { readonly trace_id: string; readonly span_id: string } }
  readonly exception: {
    readonly values: readonly {
      readonly type: string
      readonly value: string
      readonly stacktrace?: { readonly frames: readonly Frame[] }
    }[]
  }
  readonly extra?: Record<string, unknown>
}
interface Received {
  readonly path: string
  readonly auth: string
  readonly contentType: string
  readonly header: { readonly event_id: string; readonly sent_at: string }
  readonly event: Event
}

/** Reads an envelope as the protocol's grammar has it: headers, item headers, a payload of `length` bytes, line feeds between. */
function readEnvelope(bytes: Buffer): Pick<Received, 'header' | 'event'> {
  const first = bytes.indexOf(10)
  const second = bytes.indexOf(10, first + 1)
  const item = JSON.parse(bytes.subarray(first + 1, second).toString()) as {
    type: string
    length: number
    content_type: string
  }
  expect(item).toMatchObject({ type: 'event', content_type: 'application/json' })
  const end = second + 1 + item.length
  expect(bytes.subarray(end).toString()).toBe('\n')
  return {
    header: JSON.parse(bytes.subarray(0, first).toString()) as Received['header'],
    event: JSON.parse(bytes.subarray(second + 1, end).toString()) as Event,
  }
}

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** A store on loopback. */
async function store(answer: { status?: number; headers?: Record<string, string>; hangs?: boolean } = {}) {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      received.push({
        path: `${request.method} ${request.url}`,
        auth: String(request.headers['x-sentry-auth']),
        contentType: request.headers['content-type'] ?? '',
        ...readEnvelope(Buffer.concat(chunks)),
      })
      if (!answer.hangs) response.writeHead(answer.status ?? 200, answer.headers).end('{}')
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { dsn: `http://publickey@127.0.0.1:${(server.address() as AddressInfo).port}/prefix/42`, received, answer }
}

function tracker(dsn: string, options: Partial<ErrorTrackerOptions> = {}): ErrorTracker {
  return new ErrorTracker({ dsn, service: 'orders', release: 'orders@1.4.0', environment: 'test', ...options })
}

describe('ErrorTracker', () => {
  it('sends an envelope that a store understands, with causes, frames, correlation id and trace', async () => {
    const { dsn, received } = await store()
    const errors = tracker(dsn)
    const trace = captureSpans().tracing.begin('00-12345678901234567890123456789012-1234567890123456-01')
    const cause = Object.assign(new RangeError('inner \u00e4\u{1f600}'), { code: 'E_INNER' })
    const id = runInRequest({ correlationId: 'corr-12345', deadline: null, trace }, () =>
      errors.capture(new Error('outer', { cause }), {
        transaction: '/v1/orders/{id}',
        tags: { tenant: 't-1' },
        extra: { n: 1 },
      }),
    )
    await errors.flush()
    expect(received).toHaveLength(1)
    const [{ path, auth, contentType, header, event }] = received as [Received]
    expect(path).toBe('POST /prefix/api/42/envelope/')
    expect(auth).toBe(`Sentry sentry_version=7, sentry_client=${CLIENT.name}/${CLIENT.version}, sentry_key=publickey`)
    expect(contentType).toBe('application/x-sentry-envelope')
    expect(header.event_id).toBe(id)
    expect(Math.abs(Date.parse(header.sent_at) - Date.now())).toBeLessThan(10_000)
    expect(event).toMatchObject({
      event_id: id,
      platform: 'node',
      level: 'error',
      release: 'orders@1.4.0',
      environment: 'test',
      transaction: '/v1/orders/{id}',
      tags: { service: 'orders', tenant: 't-1', correlation_id: 'corr-12345' },
      contexts: { trace: { trace_id: '12345678901234567890123456789012', span_id: trace.spanId } },
      extra: { n: 1 },
    })
    expect(id).toMatch(/^[0-9a-f]{32}$/)
    expect(Math.abs(event.timestamp - Date.now() / 1000)).toBeLessThan(10)
    // The protocol has the innermost first, and the outermost call of each stack first.
    expect(event.exception.values.map(({ type, value }) => `${type}: ${value}`)).toEqual([
      'RangeError: E_INNER: inner \u00e4\u{1f600}',
      'Error: outer',
    ])
    const frame = event.exception.values[1]?.stacktrace?.frames.at(-1)
    expect(frame?.filename).toContain('error-tracker.test.ts')
    expect(frame?.in_app).toBe(true)
    expect(frame?.lineno).toBeGreaterThan(10)
    expect(errors.sent).toBe(1)
  })

  it('reports an error once and takes its secrets out', async () => {
    const { dsn, received } = await store()
    const errors = tracker(dsn, { redactor: new Redactor(['known-secret']) })
    const error = new Error('password=hunter2 at known-secret')
    errors.capture(error, {
      tags: { token: 'hunter2' },
      extra: { headers: { cookie: 'hunter2' } },
      transaction: 'known-secret',
    })
    expect(errors.capture(error)).toBeNull()
    expect(errors.capture(new Error('wrapped', { cause: error }))).toBeNull()
    errors.capture({ password: 'hunter2', plain: 1 })
    errors.capture('thrown text token=hunter2')
    await errors.flush()
    expect(received).toHaveLength(3)
    expect(JSON.stringify(received)).not.toMatch(/hunter2|known-secret/)
    expect(received[1]?.event.exception.values[0]).toMatchObject({
      type: 'NonError',
      value: '{"password":"[redacted]","plain":1}',
    })
  })

  it('holds back as long as the store asks', async () => {
    const answer: Parameters<typeof store>[0] = {
      status: 429,
      headers: { 'x-sentry-rate-limits': '30:transaction:key, 60:default;error:organization' },
    }
    const { dsn, received } = await store(answer)
    let nowMs = 1_000_000
    const errors = tracker(dsn, { nowMs: () => nowMs })
    errors.capture(new Error('1'))
    await errors.flush()
    nowMs += 59_000
    expect(errors.capture(new Error('2'))).toBeNull()
    expect(errors.dropped.rate_limited).toBe(2)
    nowMs += 1_000
    answer.status = 200
    delete answer.headers
    errors.capture(new Error('3'))
    await errors.flush()
    expect(received).toHaveLength(2)
    expect(errors.sent).toBe(1)
  })

  it.each([
    ['no limit', {}, 200, 0],
    ['a limit of others', { 'x-sentry-rate-limits': '60:transaction;session:organization' }, 429, 0],
    ['of all', { 'x-sentry-rate-limits': '45::organization' }, 200, 45],
    [
      'the longest of several',
      { 'x-sentry-rate-limits': ' 10:error:key , 2700:default;error;security:organization:reason' },
      200,
      2700,
    ],
    ['unreadable', { 'x-sentry-rate-limits': 'soon' }, 200, 60],
    ['Retry-After in seconds', { 'retry-after': '120' }, 429, 120],
    ['Retry-After as a date', { 'retry-after': 'Thu, 01 Jan 1970 00:01:30 GMT' }, 429, 90],
    ['Retry-After that is neither', { 'retry-after': 'later' }, 429, 60],
    ['a 429 without a word', {}, 429, 60],
    ['Retry-After of something else', { 'retry-after': '120' }, 503, 0],
  ] as [string, Record<string, string>, number, number][])(
    'reads rate limits: %s',
    (_name, headers, status, expected) => {
      expect(limitedForS(new Headers(headers), status, 0)).toBe(expected)
    },
  )

  it('bounds what waits, what is sent a minute, and the time of a stop', async () => {
    const { dsn } = await store({ hangs: true })
    let nowMs = 0
    const errors = tracker(dsn, { queueMax: 3, perMinuteMax: 5, timeoutMs: 5000, nowMs: () => nowMs })
    // One is on its way, three wait, one more does not fit; the sixth is above the minute's share.
    const ids = Array.from({ length: 6 }, (_, n) => errors.capture(new Error(String(n))))
    expect(ids.filter((id) => id !== null)).toHaveLength(4)
    expect(errors.dropped).toMatchObject({ queue_full: 2, over_cap: 0 })
    nowMs = 60_000
    const startedMs = performance.now()
    await errors.close(100)
    expect(performance.now() - startedMs).toBeLessThan(2000)
    expect(errors.dropped.closed).toBe(3)
    expect(errors.capture(new Error('late'))).toBeNull()
    const capped = tracker('http://k@127.0.0.1:1/1', { perMinuteMax: 2, nowMs: () => nowMs })
    for (let n = 0; n < 10; n++) capped.capture(new Error(String(n)))
    expect(capped.dropped.over_cap).toBe(8)
    nowMs += 60_000
    expect(capped.capture(new Error('next minute'))).not.toBeNull()
  })

  it('survives a store that is away, refuses, or redirects', async () => {
    const away = tracker('http://k@127.0.0.1:1/1')
    away.capture(new Error('x'))
    await away.flush()
    expect(away.dropped.unreachable).toBe(1)
    const refusing = tracker((await store({ status: 403 })).dsn)
    refusing.capture(new Error('x'))
    await refusing.flush()
    expect(refusing.dropped.refused).toBe(1)
    const redirecting = tracker((await store({ status: 307, headers: { location: 'http://127.0.0.1:1/' } })).dsn)
    redirecting.capture(new Error('x'))
    await redirecting.flush()
    expect(redirecting.dropped.unreachable).toBe(1)
    const slow = tracker((await store({ hangs: true })).dsn, { timeoutMs: 50 })
    slow.capture(new Error('x'))
    await slow.flush()
    expect(slow.dropped.unreachable).toBe(1)
  })

  it('never throws, whatever was thrown', async () => {
    const bodies: string[] = []
    const errors = tracker('http://k@store.test/1', {
      perMinuteMax: 1e6,
      queueMax: 1e6,
      send: async (_url, init) => {
        bodies.push(typeof init.body === 'string' ? init.body : '')
        return new Response('{}')
      },
    })
    const hostile = Object.defineProperties(new Error('x'), {
      message: {
        get: () => {
          throw new Error('no')
        },
      },
      stack: {
        get: () => {
          throw new Error('no')
        },
      },
      cause: {
        get: () => {
          throw new Error('no')
        },
      },
    })
    expect(errors.capture(hostile)).not.toBeNull()
    fc.assert(
      fc.property(fc.anything(), fc.string(), (thrown, stack) => {
        errors.capture(thrown)
        const error = new Error(String(stack))
        error.stack = stack
        errors.capture(error)
      }),
      { numRuns: 200 },
    )
    await errors.flush()
    expect(bodies.length).toBeGreaterThan(200)
    for (const body of bodies) expect(() => readEnvelope(Buffer.from(body))).not.toThrow()
    expect(errors.dropped.refused).toBe(0)
  })
})

describe('parseDsn', () => {
  it('reads what Sentry and others give out', () => {
    expect(parseDsn('https://abc123@o1.ingest.sentry.io/42')).toEqual({
      url: 'https://o1.ingest.sentry.io/api/42/envelope/',
      publicKey: 'abc123',
    })
    expect(parseDsn('http://abc:secret@glitchtip.internal:8000/sub/path/7/').url).toBe(
      'http://glitchtip.internal:8000/sub/path/api/7/envelope/',
    )
  })
  it.each([
    '',
    'nothing',
    'ftp://k@host/1',
    'https://host/1',
    'https://k@host/',
    'https://k@host/a b',
    'https://k%20x@host/1',
  ])('refuses %j without telling the key', (dsn) => {
    expect(() => parseDsn(dsn)).toThrow('the DSN must look like')
    expect(() => parseDsn(dsn)).toThrow(RangeError)
  })
  it('tells its own version', () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
      version: string
    }
    expect(CLIENT.version).toBe(version)
  })
})

describe('createTelemetry', () => {
  it('makes one record and one event of one error, and counts what was lost', async () => {
    const { dsn, received } = await store()
    const lines: string[] = []
    const telemetry = await createTelemetry({
      service: 'orders',
      version: '1.4.0',
      environment: 'test',
      secrets: ['known-secret'],
      sentryDsn: dsn,
      metrics: { processMetrics: false },
      destination: {
        write: (text) => void lines.push(text),
        flushSync: () => undefined,
        flush: async () => undefined,
        dropped: 0,
      },
    })
    const error = new Error('known-secret')
    expect(
      telemetry.report('job_failed', error, {
        correlationId: 'corr-1234',
        transaction: 'sweep',
        tags: { tenant: 't' },
        level: 'warning',
      }),
    ).toBe(true)
    expect(telemetry.report('job_failed', new Error('again', { cause: error }))).toBe(false)
    await telemetry.flush()
    const records = lines.join('').split('\n').slice(0, -1)
    expect(records).toHaveLength(1)
    expect(JSON.parse(records[0] ?? '')).toMatchObject({
      event: 'job_failed',
      level: 'warn',
      correlation_id: 'corr-1234',
      transaction: 'sweep',
      tenant: 't',
    })
    expect(received).toHaveLength(1)
    expect(received[0]?.event).toMatchObject({
      release: 'orders@1.4.0',
      level: 'warning',
      tags: { correlation_id: 'corr-1234' },
    })
    const text = await telemetry.metrics.text()
    expect(text).toContain('service_build{version="1.4.0",environment="test"} 1')
    expect(text).toContain('error_events_sent_total 1')
    expect(text).toContain('error_events_dropped_total{reason="unreachable"} 0')
    expect(text).toContain('log_lines_dropped_total 0')
    await telemetry.close()
    expect(`${records.join('')}${JSON.stringify(received)}`).not.toContain('known-secret')
  })

  it('needs nothing of what is optional', async () => {
    const telemetry = await createTelemetry({ service: 's', metrics: { processMetrics: false } })
    expect(telemetry.errors).toBeNull()
    expect(telemetry.tracing.begin(undefined).sampled).toBe(false)
    await telemetry.close()
    await expect(createTelemetry({ service: 's', sentryDsn: 'x' })).rejects.toThrow(RangeError)
    await expect(createTelemetry({ service: 's', otlpUrl: 'x:1' })).rejects.toThrow(TypeError)
  })
})
