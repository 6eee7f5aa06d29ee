/** Fastify with the plugins that people usually take, and OpenTelemetry spans by hand for 10 % of the requests. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import underPressure from '@fastify/under-pressure'
import { defaultTextMapGetter, ROOT_CONTEXT, type Span, SpanKind } from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  BatchSpanProcessor,
  InMemorySpanExporter,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import Fastify from 'fastify'
import { Counter, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import { answerJsonSchema, thing } from './thing.ts'
import { serve } from './serve.ts'

const memory = new InMemorySpanExporter()
const provider = new TracerProvider({
  sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(0.1) }),
  spanProcessors: [new BatchSpanProcessor({ exporter: memory })],
})
setInterval(() => memory.reset(), 1000).unref()
const propagator = new W3CTraceContextPropagator()
const tracer = provider.getTracer('things')

const registry = new Registry()
collectDefaultMetrics({ register: registry })
const labelNames = ['method', 'route', 'status'] as const
const requests = new Counter({ name: 'http_requests_total', help: 'requests', labelNames, registers: [registry] })
const duration = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'durations',
  labelNames,
  registers: [registry],
})

const storage = new AsyncLocalStorage<{ correlationId: string; span: Span }>()
const spans = new WeakMap<object, { span: Span; startedMs: number }>()
const app = Fastify({
  logger: { redact: ['req.headers.authorization', 'req.headers.cookie'] },
  genReqId: (request) => {
    const given = request.headers['x-request-id']
    return typeof given === 'string' && /^[A-Za-z0-9._-]{8,64}$/.test(given) ? given : randomUUID()
  },
})
await app.register(helmet)
await app.register(cors, { origin: ['https://app.example.test'] })
await app.register(rateLimit, { max: 1_000_000_000, timeWindow: '1 minute' })
await app.register(underPressure, { maxEventLoopDelay: 1000 })
app.addHook('onRequest', (request, reply, done) => {
  reply.header('x-request-id', request.id)
  const parent = propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter)
  const span = tracer.startSpan(
    `${request.method} ${request.routeOptions.url ?? ''}`,
    { kind: SpanKind.SERVER },
    parent,
  )
  spans.set(request, { span, startedMs: performance.now() })
  storage.run({ correlationId: request.id, span }, done)
})
app.addHook('onResponse', (request, reply, done) => {
  const known = spans.get(request)
  if (known) {
    const labels = { method: request.method, route: request.routeOptions.url ?? '', status: String(reply.statusCode) }
    requests.inc(labels)
    duration.observe(labels, (performance.now() - known.startedMs) / 1000)
    known.span.setAttribute('http.request.method', request.method)
    known.span.setAttribute('http.route', request.routeOptions.url ?? '')
    known.span.setAttribute('http.response.status_code', reply.statusCode)
    known.span.end()
  }
  done()
})
app.setErrorHandler((error, request, reply) => {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
  return reply.code(status).send({ error: { code: 'internal', message: 'failed', request_id: request.id } })
})
const params = { type: 'object', required: ['id'], properties: { id: { type: 'string', minLength: 1, maxLength: 40 } } }
app.get<{ Params: { id: string } }>(
  '/things/:id',
  { schema: { params, response: { 200: answerJsonSchema } } },
  async (request) => Promise.resolve(thing(request.params.id)),
)
await serve(async () => {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return app.server
})
