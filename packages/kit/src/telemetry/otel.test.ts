import { execFile } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { runInRequest } from '../context/request-context.ts'
import { createOtlpExporter, createTelemetry, type OtlpOptions, Tracing } from './index.ts'

/** What a collector decodes of OTLP over HTTP in JSON (opentelemetry-proto, ExportTraceServiceRequest). */
interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue?: string; readonly intValue?: number; readonly boolValue?: boolean }
}
interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly traceState?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly Attribute[]
  readonly status: { readonly code: number; readonly message?: string }
}
interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] }
    readonly scopeSpans: readonly { readonly scope: { readonly name: string }; readonly spans: readonly OtlpSpan[] }[]
  }[]
}

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** A collector on loopback that keeps what it is sent; `answer` null: it never answers. */
async function collector(answer: number | null = 200) {
  const received: { path: string; contentType: string; authorization: string; body: Export }[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      received.push({
        path: request.url ?? '',
        contentType: request.headers['content-type'] ?? '',
        authorization: request.headers.authorization ?? '',
        body: JSON.parse(Buffer.concat(chunks).toString()) as Export,
      })
      if (answer !== null) response.writeHead(answer, { 'content-type': 'application/json' }).end('{}')
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`
  const spans = (): OtlpSpan[] =>
    received.flatMap(({ body }) => body.resourceSpans.flatMap((one) => one.scopeSpans.flatMap((scope) => scope.spans)))
  return { url, received, spans }
}

const plain = (attributes: readonly Attribute[]): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? value.boolValue]))

async function tracingTo(url: string, options: Partial<OtlpOptions> = {}) {
  const exporter = await createOtlpExporter({
    url,
    service: 'orders',
    version: '1.4.0',
    environment: 'test',
    delayMs: 10,
    ...options,
  })
  return { exporter, tracing: new Tracing({ sampleRatio: 1, exporter }) }
}

describe('OTLP export', () => {
  it('arrives at a collector: spans, their tree, attributes and times', async () => {
    const { url, received, spans } = await collector()
    const { tracing, exporter } = await tracingTo(url, { headers: { authorization: 'Bearer abc' } })
    const beforeMs = Date.now()
    const trace = tracing.begin('00-12345678901234567890123456789012-1234567890123456-01', 'vendor=1,other=2')
    runInRequest({ correlationId: 'test-0001', deadline: null, trace }, () => {
      tracing
        .startSpan('SELECT orders', 'client', { 'db.system.name': 'postgresql', 'db.rows': 3, cached: false })
        ?.end(new Error('no'))
    })
    trace.end({ method: 'GET', route: '/v1/orders/{id}', status: 200 })
    await tracing.flush()
    expect(spans()).toHaveLength(2)
    const [query, server] = spans()
    expect(server).toMatchObject({
      traceId: '12345678901234567890123456789012',
      parentSpanId: '1234567890123456',
      traceState: 'vendor=1,other=2',
      name: 'GET /v1/orders/{id}',
      kind: 2,
      status: { code: 0 },
    })
    expect(query).toMatchObject({
      traceId: server?.traceId,
      parentSpanId: server?.spanId,
      kind: 3,
      status: { code: 2, message: 'Error' },
    })
    expect(plain(query?.attributes ?? [])).toEqual({
      'db.system.name': 'postgresql',
      'db.rows': 3,
      cached: false,
      'error.type': 'Error',
    })
    expect(plain(server?.attributes ?? [])).toMatchObject({ 'http.response.status_code': 200 })
    for (const span of spans()) {
      const startMs = Number(BigInt(span.startTimeUnixNano) / 1_000_000n)
      expect(startMs).toBeGreaterThan(beforeMs - 1000)
      expect(startMs).toBeLessThan(Date.now() + 1000)
      expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano))
    }
    expect(received[0]).toMatchObject({
      path: '/v1/traces',
      contentType: 'application/json',
      authorization: 'Bearer abc',
    })
    expect(plain(received[0]?.body.resourceSpans[0]?.resource.attributes ?? [])).toMatchObject({
      'service.name': 'orders',
      'service.version': '1.4.0',
      'deployment.environment.name': 'test',
    })
    expect(exporter.dropped).toBe(0)
    await tracing.close()
  })

  it('is part of all telemetry, with the secrets taken out of errors', async () => {
    const { url, spans } = await collector()
    const telemetry = await createTelemetry({
      service: 'orders',
      version: '1.4.0',
      environment: 'test',
      secrets: ['known-secret'],
      otlpUrl: url,
      otlpHeaders: { authorization: 'x' },
      sampleRatio: 1,
      level: 'error',
      metrics: { processMetrics: false },
    })
    const error = new Error('refused known-secret')
    telemetry.tracing.begin(undefined).end({ method: 'GET', route: '/', status: 500, error })
    telemetry.tracing.begin(undefined).end({ method: 'GET', route: '/', status: 500, error: 'thrown text' })
    await telemetry.flush()
    expect(spans().map((span) => span.status.message)).toEqual(['refused [redacted]', 'string'])
    expect(await telemetry.metrics.text()).toContain('trace_spans_dropped_total 0')
    await telemetry.close()
  })

  it('sends by itself, in batches', async () => {
    const { url, received, spans } = await collector()
    const { tracing } = await tracingTo(url, { batchMax: 10 })
    for (let n = 0; n < 25; n++) tracing.begin(undefined).end({ method: 'GET', route: '/', status: 200 })
    await expect.poll(() => spans().length).toBe(25)
    expect(received.length).toBe(3)
    expect(new Set(spans().map((span) => span.traceId)).size).toBe(25)
    await tracing.close()
  })

  it('bounds what waits for a collector that never answers, and the time of a stop', async () => {
    const { url } = await collector(null)
    const { tracing, exporter } = await tracingTo(url, { queueMax: 50, batchMax: 10, timeoutMs: 300 })
    const startedMs = performance.now()
    for (let n = 0; n < 500; n++) tracing.begin(undefined).end({ method: 'GET', route: '/', status: 200 })
    expect(performance.now() - startedMs).toBeLessThan(200)
    expect(exporter.queued).toBe(50)
    expect(exporter.dropped).toBe(450)
    await tracing.close(200)
    expect(performance.now() - startedMs).toBeLessThan(2000)
    tracing.begin(undefined).end({ method: 'GET', route: '/', status: 200 })
    await expect.poll(() => exporter.dropped).toBeGreaterThanOrEqual(491)
  })

  it('counts what a collector that is away, or refuses, does not take', async () => {
    const refusing = await collector(400)
    for (const url of ['http://127.0.0.1:1/v1/traces', refusing.url]) {
      const { tracing, exporter } = await tracingTo(url, { timeoutMs: 500 })
      tracing.begin(undefined).end({ method: 'GET', route: '/', status: 200 })
      await tracing.flush(1500)
      expect(exporter.dropped).toBe(1)
      await tracing.close(100)
    }
  })

  it('is missed by nobody who does not use it, and says what to install', async () => {
    // A process in which the optional packages can't be found, as where nobody installed them.
    const script = `
      import { registerHooks } from 'node:module'
      registerHooks({ resolve(name, context, next) {
        if (/^@opentelemetry\\/(?!api)/.test(name)) throw Object.assign(new Error('not installed'), { code: 'ERR_MODULE_NOT_FOUND' })
        return next(name, context)
      } })
      const { createTelemetry } = await import(${JSON.stringify(join(import.meta.dirname, 'index.ts'))})
      const telemetry = await createTelemetry({ service: 's' })
      telemetry.logger.log('info', 'works', { traceparent: telemetry.tracing.begin(undefined).traceparent })
      await createTelemetry({ service: 's', otlpUrl: 'http://127.0.0.1:1/' }).catch((error) => telemetry.logger.log('error', 'refused', { text: error.message }))
      process.exit()
    `
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
    const [works, refused] = stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(works).toMatchObject({ event: 'works', traceparent: expect.stringMatching(/-00$/) as string })
    expect(refused).toMatchObject({ event: 'refused', text: expect.stringContaining('install them') as string })
  })

  it('refuses an address that is none', async () => {
    await expect(createOtlpExporter({ url: 'collector:4318', service: 's' })).rejects.toThrow('must begin with http://')
    await expect(createOtlpExporter({ url: 'no address', service: 's' })).rejects.toThrow(TypeError)
    await expect(createOtlpExporter({ url: 'http://x', service: 's', queueMax: 0 })).rejects.toThrow(RangeError)
  })
})
