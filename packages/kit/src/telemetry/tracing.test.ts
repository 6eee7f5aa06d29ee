import { describe, expect, it } from 'vitest'
import { runInRequest } from '../context/request-context.ts'
import { captureSpans } from './capture.ts'
import { RandomIds } from './random-ids.ts'
import { type FinishedSpan, type ServerTrace, startSpan, Tracing } from './tracing.ts'

const PARENT = '00-12345678901234567890123456789012-1234567890123456-01'
const UNSAMPLED = PARENT.replace(/01$/, '00')

function inRequest<T>(trace: ServerTrace, work: () => T): T {
  return runInRequest({ correlationId: 'test-0001', deadline: null, trace }, work)
}

describe('Tracing', () => {
  it('makes one connected trace of the request, the database and the call to another service', () => {
    const { tracing, spans } = captureSpans()
    const trace = tracing.begin(PARENT, 'vendor=1')
    const headers = inRequest(trace, () => {
      const query = tracing.startSpan('SELECT orders', 'client', { 'db.system.name': 'postgresql' })
      query?.end()
      query?.end()
      const outbound = tracing.startSpan('GET', 'client', { 'http.request.method': 'GET' })
      const inner = tracing.startSpan('tls', 'internal', {}, outbound)
      inner?.end(new TypeError('no'))
      const sent = outbound?.headers()
      outbound?.set('http.response.status_code', 200)
      outbound?.end()
      return sent
    })
    trace.end({ method: 'GET', route: '/v1/orders/{id}', status: 200 })
    trace.end({ method: 'GET', route: '/v1/orders/{id}', status: 200 })
    const byName = new Map(spans.map((span) => [span.name, span]))
    const server = byName.get('GET /v1/orders/{id}') as FinishedSpan
    expect(spans).toHaveLength(4)
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set(['12345678901234567890123456789012']))
    expect(server).toMatchObject({
      kind: 'server',
      parentSpanId: '1234567890123456',
      parentIsRemote: true,
      tracestate: 'vendor=1',
      error: null,
    })
    expect(server.attributes).toEqual({
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'http.route': '/v1/orders/{id}',
    })
    expect(byName.get('SELECT orders')?.parentSpanId).toBe(server.spanId)
    expect(byName.get('tls')).toMatchObject({ parentSpanId: byName.get('GET')?.spanId, error: 'TypeError' })
    expect(headers).toEqual({
      traceparent: `00-${server.traceId}-${byName.get('GET')?.spanId}-01`,
      tracestate: 'vendor=1',
    })
    for (const span of spans) expect(span.endMs).toBeGreaterThanOrEqual(span.startMs)
  })

  it('makes nothing for a request that is not recorded, and says so to those it calls', () => {
    const { tracing, spans } = captureSpans(1)
    const trace = tracing.begin(UNSAMPLED)
    expect(inRequest(trace, () => tracing.startSpan('x', 'client'))).toBeNull()
    trace.end({ method: 'GET', route: '/', status: 500 })
    expect(trace.sampled).toBe(false)
    expect(trace.traceparent).toMatch(/^00-12345678901234567890123456789012-[0-9a-f]{16}-00$/)
    expect(spans).toEqual([])
    expect(tracing.startSpan('outside', 'internal')).toBeNull()
  })

  it("keeps the caller's decision without an exporter, and records nothing", () => {
    const tracing = new Tracing({ sampleRatio: 1 })
    const trace = tracing.begin(PARENT)
    expect(trace.traceparent).toMatch(/-01$/)
    expect(inRequest(trace, () => tracing.startSpan('x', 'client'))).toBeNull()
    expect(tracing.begin(undefined).sampled).toBe(false)
  })

  it('draws a tenth of the traces that begin here', () => {
    const { exporter } = captureSpans()
    let next = 0
    const tracing = new Tracing({ exporter, random: () => (next++ % 100) / 100 })
    const sampled = Array.from({ length: 100 }, () => tracing.begin(undefined)).filter((trace) => trace.sampled)
    expect(sampled).toHaveLength(10)
    expect(() => new Tracing({ sampleRatio: 1.1 })).toThrow(RangeError)
    expect(() => new Tracing({ sampleRatio: Number.NaN })).toThrow('sampleRatio must be from 0 to 1')
  })

  it('records no more in a second than its share, whatever callers ask for', () => {
    const { exporter, spans } = captureSpans()
    let nowMs = 10_000
    const tracing = new Tracing({ exporter, recordedPerSecondMax: 3, nowMs: () => nowMs })
    for (let n = 0; n < 10; n++) {
      const trace = tracing.begin(PARENT)
      expect([trace.sampled, trace.recording]).toEqual([true, n < 3])
      expect(trace.traceparent).toMatch(/-01$/)
      trace.end({ method: 'GET', route: '/', status: 200 })
    }
    nowMs += 1000
    expect(tracing.begin(PARENT).recording).toBe(true)
    expect(spans).toHaveLength(3)
    expect(() => new Tracing({ recordedPerSecondMax: 0 })).toThrow(RangeError)
  })

  it('has a way in for libraries', () => {
    const { tracing, spans } = captureSpans()
    expect(startSpan('outside', 'client')).toBeNull()
    inRequest(tracing.begin(PARENT), () => startSpan('inside', 'client')?.end())
    expect(spans.map((span) => span.name)).toEqual(['inside'])
  })

  it('names errors, unknown methods and unmatched routes as the conventions do', () => {
    const { exporter, spans } = captureSpans()
    const tracing = new Tracing({
      sampleRatio: 1,
      exporter,
      errorText: () => {
        throw new Error('broken')
      },
    })
    tracing.begin(undefined).end({ method: 'BREW', route: '', status: 500, error: new RangeError('secret') })
    tracing.begin(undefined).end({ method: 'GET', route: '', status: 503 })
    expect(spans[0]).toMatchObject({ name: 'HTTP', parentSpanId: '', error: '' })
    expect(spans[0]?.attributes).toMatchObject({ 'http.request.method': '_OTHER', 'error.type': 'RangeError' })
    expect(spans[1]?.attributes['error.type']).toBe('503')
  })

  it('bounds the attributes of a span', () => {
    const { tracing, spans } = captureSpans()
    const trace = tracing.begin(undefined)
    const span = trace.startSpan('x', 'internal')
    for (let index = 0; index < 100; index++) span?.set(`a${index}`, index)
    span?.end()
    expect(Object.keys(spans[0]?.attributes ?? {})).toHaveLength(64)
  })
})

describe('RandomIds', () => {
  it("makes ids of the standard's form that differ, and none of zeros", () => {
    const ids = new RandomIds()
    const made = Array.from({ length: 2000 }, () => ids.traceId())
    expect(new Set(made).size).toBe(2000)
    for (const id of made) expect(id).toMatch(/^[0-9a-f]{32}$/)
    expect(new RandomIds((bytes) => void bytes.fill(0)).spanId()).toBe('0000000000000001')
  })
})
