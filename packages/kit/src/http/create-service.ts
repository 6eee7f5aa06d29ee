import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import fastJson from 'fast-json-stringify'
import { Cors } from '../edge/cors.ts'
import { securityHeaders } from '../edge/security-headers.ts'
import { classifyError } from '../errors/classify.ts'
import { ErrorAnswers } from '../errors/envelope.ts'
import type { ErrorRegistry } from '../errors/registry.ts'
import { ServiceError } from '../errors/service-error.ts'
import { Drain } from '../lifecycle/drain.ts'
import { exitCodes } from '../lifecycle/exit-codes.ts'
import { rateLimitHeaders, type WindowLimit, WindowLimiter } from '../limits/window-limiter.ts'
import type { Logger } from '../telemetry/logger.ts'
import { Metrics } from '../telemetry/metrics.ts'
import { clientErrorHandler } from './client-error.ts'
import { defaultHttpLimits, type HttpLimits } from './limits.ts'
import { MethodTable } from './method-table.ts'
import { type ApiInfo, jsonSchemaOf, openApiOf } from './openapi.ts'
import { operationalRoutes } from './operational-routes.ts'
import { type RequestState, RequestStates } from './request-state.ts'
import type { Actor, AnyRoute } from './route.ts'
import { validatePart } from './validate.ts'

export interface ServiceOptions<A extends Actor> {
  readonly info: ApiInfo
  readonly routes: readonly AnyRoute[]
  readonly errors: ErrorRegistry
  readonly logger: Logger
  /** Who a bearer token belongs to, or null. Asked only on routes that are not public. */
  readonly authenticate: (token: string) => Promise<A | null>
  /** Required parts that do not answer now, by name. Must not throw and end within a second. Default none. */
  readonly notReady?: () => Promise<readonly string[]>
  /** Requests a minute per address. Default 100. */
  readonly ratePerMin?: number
  /** Origins that browsers may call from. Default none. */
  readonly corsOrigins?: readonly string[]
  /** Addresses or CIDR blocks of proxies whose forwarding headers are believed. Default none: the socket's address counts. */
  readonly trustedProxies?: readonly string[]
  /** Put before links in errors, as `https://api.acme.test`. Default empty: links are relative. */
  readonly publicUrl?: string
  readonly limits?: Partial<HttpLimits>
  /** Run in order after the last answer of a stop: close pools, flush. */
  readonly onStop?: readonly (() => Promise<void>)[]
  /** Limit for answers under way when a stop begins; milliseconds. Default 8,000. */
  readonly stopDeadlineMs?: number
  /** How long a stopping service still accepts connections; milliseconds. Default 200. */
  readonly stopAcceptMs?: number
}

/** A service that can listen and stop. */
export interface Service {
  /** For tests: `inject`. */
  readonly app: FastifyInstance
  /** The OpenAPI description that is served. */
  readonly document: Readonly<Record<string, unknown>>
  readonly metrics: Metrics
  /** Resolves to the port. */
  listen(host: string, port: number): Promise<number>
  /** Not ready at once, answers what is under way, closes the rest; resolves to the exit code. */
  stop(): Promise<number>
}

const MINUTE_S = 60

/**
 * A Fastify service with everything on: error envelope on every path, correlation id, one log line, metrics, headers,
 * CORS, limits, probes, OpenAPI, orderly stop.
 * @throws RangeError for a route that names an unregistered error, or an origin that is not one
 */
export function createService<A extends Actor>(options: ServiceOptions<A>): Service {
  return new Assembly(options)
}

class Assembly<A extends Actor> implements Service {
  readonly app: FastifyInstance
  readonly document: Readonly<Record<string, unknown>>
  readonly metrics = new Metrics()
  readonly #options: ServiceOptions<A>
  readonly #errors: ErrorAnswers
  readonly #states: RequestStates
  readonly #methods = new MethodTable()
  readonly #cors: Cors
  readonly #limit: WindowLimit
  readonly #limiter: WindowLimiter
  readonly #drain: Drain
  readonly #routes = new Map<string, AnyRoute>()
  #stopped: Promise<number> | null = null

  constructor(options: ServiceOptions<A>) {
    this.#options = options
    this.#errors = new ErrorAnswers(options.errors, options.publicUrl)
    this.#states = new RequestStates(options.logger, this.metrics, this.#errors, securityHeaders)
    this.#cors = new Cors({ origins: options.corsOrigins ?? [] })
    this.#limit = { name: 'default', limit: options.ratePerMin ?? 100, windowS: MINUTE_S }
    this.#limiter = new WindowLimiter(this.#limit)
    this.app = this.#framework()
    this.#drain = new Drain(this.app.server)
    this.#hooks()
    const all = [
      ...operationalRoutes({
        metrics: this.metrics,
        errors: this.#errors,
        notReady: () => this.#notReady(),
        document: () => this.document,
      }),
      ...options.routes,
    ]
    this.document = openApiOf(options.info, all, this.#errors)
    for (const route of all) this.#add(route)
  }

  async listen(host: string, port: number): Promise<number> {
    await this.app.listen({ host, port })
    const address = this.app.server.address()
    return typeof address === 'object' && address !== null ? address.port : port
  }

  stop(): Promise<number> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<number> {
    // Not Fastify's own close: it answers 503 to what is under way on kept-alive connections.
    const complete = await this.#drain.finish({
      acceptMs: this.#options.stopAcceptMs ?? 200,
      deadlineMs: this.#options.stopDeadlineMs ?? 8000,
    })
    for (const close of this.#options.onStop ?? []) await close()
    return complete ? exitCodes.ok : exitCodes.cutOff
  }

  async #notReady(): Promise<readonly string[]> {
    if (this.#drain.draining) return ['service']
    return (await this.#options.notReady?.()) ?? []
  }

  #framework(): FastifyInstance {
    const limits = { ...defaultHttpLimits, ...this.#options.limits }
    const proxies = this.#options.trustedProxies ?? []
    const app = Fastify({
      http: {
        headersTimeout: limits.headersTimeoutMs,
        connectionsCheckingInterval: limits.checkEveryMs,
        maxHeaderSize: limits.headerBytesMax,
        // Asked for below, where the answer gets its envelope.
        requireHostHeader: false,
      },
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      bodyLimit: limits.bodyBytesMax,
      trustProxy: proxies.length > 0 ? [...proxies] : false,
      logger: false,
      clientErrorHandler: clientErrorHandler(this.#errors, this.#options.logger, securityHeaders),
      frameworkErrors: (error, request, reply) =>
        this.#frameworkError(error, request as FastifyRequest, reply as FastifyReply),
    })
    // An Expect header that nobody knows is ignored instead of answered past us.
    app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
    app.removeContentTypeParser('text/plain')
    return app
  }

  #hooks(): void {
    const { app } = this
    app.addHook('onRequest', async (request, reply) => {
      const state = this.#states.begin(request, reply)
      if (this.#drain.draining) reply.header('connection', 'close')
      const origin = request.headers.origin
      const preflight =
        request.method === 'OPTIONS' && origin !== undefined && 'access-control-request-method' in request.headers
      for (const [name, value] of Object.entries(this.#cors.headers(origin, preflight)))
        reply.raw.setHeader(name, value)
      const method = request.method === 'HEAD' ? 'GET' : request.method
      const route = request.is404 ? undefined : this.#routes.get(`${method} ${request.routeOptions.config.url}`)
      if (!route?.probe) this.#rateLimit(request, reply)
      if (request.headers.host === undefined && request.raw.httpVersion === '1.1')
        throw new ServiceError('malformed_request')
      if (preflight) return reply.code(204).send()
      if (route && route.access !== 'public') await this.#authorize(route, request, state)
    })
    app.addHook('onSend', async (_request, reply, payload) => {
      if (this.#drain.draining) reply.header('connection', 'close')
      return payload
    })
    app.setErrorHandler((error, request, reply) => this.#fail(error, request, reply))
    app.setNotFoundHandler((request) => {
      const path = request.url.split('?', 1)[0] ?? ''
      const allow = this.#methods.allow(path)
      throw allow === null
        ? new ServiceError('not_found')
        : new ServiceError('method_not_allowed', { headers: { allow } })
    })
  }

  #rateLimit(request: FastifyRequest, reply: FastifyReply): void {
    const decision = this.#limiter.take(request.ip, performance.now())
    for (const [name, value] of Object.entries(rateLimitHeaders(this.#limit, decision)))
      reply.raw.setHeader(name, value)
    if (!decision.allowed) throw new ServiceError('rate_limited')
  }

  async #authorize(route: AnyRoute, request: FastifyRequest, state: RequestState): Promise<void> {
    const token = /^Bearer ([A-Za-z0-9._~+/=-]{8,512})$/i.exec(request.headers.authorization ?? '')?.[1]
    state.token = token ?? ''
    state.actor = token === undefined ? null : await this.#options.authenticate(token)
    if (!state.actor) throw new ServiceError('unauthenticated')
    if (!route.access.includes(state.actor.kind)) throw new ServiceError('forbidden')
  }

  /** What fails before there are hooks, an undecodable path for instance, counts towards the limit all the same. */
  #frameworkError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    try {
      this.#states.begin(request, reply)
      this.#rateLimit(request, reply)
      this.#fail(error, request, reply)
    } catch (limited) {
      this.#fail(limited, request, reply)
    }
  }

  #fail(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const state = this.#states.begin(request, reply)
    const error = classifyError(thrown)
    state.error = error
    const answer = this.#errors.of(error, state.correlationId)
    // The framework closes the connection under a body it refuses: the caller, still sending, would see a reset
    // instead of the answer. Kept open, the rest is read and dropped, until the request's time limit at most.
    if (!this.#drain.draining) reply.removeHeader('connection')
    return reply
      .code(answer.status)
      .headers(answer.headers)
      .type('application/json; charset=utf-8')
      .send(JSON.stringify(answer.body))
  }

  #add(route: AnyRoute): void {
    const serializers = new Map<number, (value: unknown) => string>()
    for (const [status, answer] of Object.entries(route.answers)) {
      if (answer.schema && answer.contentType === undefined)
        serializers.set(Number(status), fastJson(jsonSchemaOf(answer.schema, 'output')))
    }
    const url = route.path.replaceAll(/\{([^}]+)\}/g, ':$1')
    this.#routes.set(`${route.method} ${url}`, route)
    this.#methods.add(route.path, route.method)
    this.app.route({
      method: route.method,
      url,
      handler: async (request, reply) => {
        const state = this.#states.begin(request, reply)
        const answer = await route.handler({
          params: (route.params ? validatePart(route.params, 'params', request.params) : {}) as never,
          query: (route.query ? validatePart(route.query, 'query', request.query) : {}) as never,
          body: (route.body ? validatePart(route.body, 'body', request.body) : undefined) as never,
          actor: state.actor,
          token: state.token,
          address: request.ip,
          correlationId: state.correlationId,
          note: (fields) => {
            state.notes = { ...state.notes, ...fields }
          },
        })
        const serialize = serializers.get(answer.status)
        reply.code(answer.status).header('cache-control', 'no-store')
        if (serialize) reply.type('application/json; charset=utf-8')
        reply.headers(answer.headers ?? {})
        return reply.send(serialize ? serialize(answer.body) : answer.body)
      },
    })
  }
}
