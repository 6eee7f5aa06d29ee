import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http'
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type onRequestHookHandler,
} from 'fastify'
import { runInRequest } from '../context/index.ts'
import { classifyError } from '../errors/classify.ts'
import { ErrorAnswers } from '../errors/envelope.ts'
import { ServiceError } from '../errors/service-error.ts'
import { Drain } from '../lifecycle/drain.ts'
import { exitCodes } from '../lifecycle/exit-codes.ts'
import { correlationId } from '../telemetry/correlation.ts'
import { Metrics } from '../telemetry/metrics.ts'
import { clientErrorHandler } from './client-error.ts'
import { CommonHeaders } from './common-headers.ts'
import { Entrance } from './entrance.ts'
import { isDeeperThan } from './json-body.ts'
import { type HttpLimits, httpLimits } from './limits.ts'
import { MethodTable } from './method-table.ts'
import type { MountedRoute } from './mounted-route.ts'
import { jsonSchemaOf, openApiOf } from './openapi.ts'
import { operationalRoutes } from './operational-routes.ts'
import { RequestLog } from './request-log.ts'
import { type RequestOwner, RequestState } from './request-state.ts'
import { Requests } from './requests.ts'
import { bindState, KitResponse, stateOf } from './response.ts'
import type { Actor, AnyRoute } from './route.ts'
import type { ServiceOptions } from './service-options.ts'
import { HandlerRequest } from './handler-request.ts'
import { checkStream, cutOff, streamAsRoute, StreamExchange, type StreamRoute } from './stream-route.ts'
import { type Certificate, createTlsServer, renewCertificate } from './tls-server.ts'

/** A service that can listen and stop. */
export interface Service {
  /** For tests: `inject`; for plugins of one's own. A route added here must declare `config: { access: 'public' }`. */
  readonly app: FastifyInstance
  /** The OpenAPI description that is served. */
  readonly document: Readonly<Record<string, unknown>>
  readonly metrics: Metrics
  /** Resolves to the port. */
  listen(host: string, port: number): Promise<number>
  /**
   * Another certificate for new connections, of a service with `tls`.
   * @throws RangeError for one that cannot be used; then the old one stays
   */
  renewCertificate(certificate: Certificate): void
  /** Not ready at once, answers what is under way, closes the rest; resolves to the exit code. */
  stop(): Promise<number>
}

/**
 * A Fastify service with everything on: error envelope on every path, correlation id, trace context, one log line, metrics,
 * headers, CORS, rate limit, load shedding, deadlines, probes, OpenAPI, orderly stop.
 * @throws RangeError for a route that does not declare who may call it, one that names an unregistered error, or an origin
 * that is not one
 */
export function createService<A extends Actor>(options: ServiceOptions<A>): Service {
  return new Assembly(options)
}

// Made once: nobody reads where they come from.
const ANSWERED = new DOMException('the request was answered', 'AbortError')
const CALLER_GONE = new DOMException('the caller went away', 'AbortError')

class Assembly<A extends Actor> implements Service {
  readonly app: FastifyInstance
  readonly document: Readonly<Record<string, unknown>>
  readonly metrics: Metrics
  readonly #options: ServiceOptions<A>
  readonly #limits: HttpLimits
  readonly #errors: ErrorAnswers
  readonly #common: CommonHeaders
  readonly #entrance: Entrance<A>
  readonly #log: RequestLog
  readonly #requests: Requests
  readonly #methods = new MethodTable()
  readonly #drain: Drain
  readonly #monotonicMs: () => number
  readonly #owner: RequestOwner
  #mounting: MountedRoute | null = null
  #stopped: Promise<number> | null = null

  constructor(options: ServiceOptions<A>) {
    this.#options = options
    this.#limits = httpLimits(options.limits)
    this.#monotonicMs = options.monotonicMs ?? (() => performance.now())
    this.#owner = { monotonicMs: this.#monotonicMs, headWritten: (state) => this.#headWritten(state) }
    this.metrics = options.metrics ?? new Metrics()
    this.#errors = new ErrorAnswers(options.errors, options.publicUrl)
    this.#common = new CommonHeaders(options.corsOrigins ?? [], options.headers)
    this.#entrance = new Entrance(options, this.#monotonicMs)
    this.#log = new RequestLog(options.logger, this.metrics, this.#errors, options.errorTracker ?? null)
    this.app = this.#framework()
    this.#drain = new Drain(this.app.server)
    this.#requests = new Requests({
      drain: this.#drain,
      monotonicMs: this.#monotonicMs,
      answerTimeoutMs: this.#limits.answerTimeoutMs,
      ended: (state, answered) => this.#ended(state, answered),
      expired: (state) => this.#expired(state),
    })
    this.#hooks()
    const all = [
      ...operationalRoutes({
        metrics: this.metrics,
        errors: this.#errors,
        notReady: () => this.#notReady(),
        document: () => this.document,
        degraded: async () => (await options.degraded?.()) ?? [],
        access: options.operationsAccess ?? 'public',
        errorsBehind: options.errorsBehind ?? null,
      }),
      ...options.routes,
    ]
    this.document = openApiOf(options.info, all, this.#errors, options.streams)
    for (const route of all) this.#add(route)
    for (const stream of options.streams ?? []) this.#addStream(stream)
  }

  async listen(host: string, port: number): Promise<number> {
    await this.app.listen({ host, port })
    const address = this.app.server.address()
    return typeof address === 'object' && address !== null ? address.port : port
  }

  renewCertificate({ key, cert }: Certificate): void {
    renewCertificate(this.app.server, { ...this.#options.tls, key, cert })
  }

  stop(): Promise<number> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<number> {
    // Not Fastify's own close: it answers 503 to what is under way on kept-alive connections.
    this.#drain.begin()
    this.#requests.lastOnes()
    const complete = await this.#drain.finish({
      acceptMs: this.#options.stopAcceptMs ?? 200,
      deadlineMs: this.#options.stopDeadlineMs ?? 8000,
    })
    this.#requests.close()
    this.#entrance.close()
    for (const close of this.#options.onStop ?? []) await close()
    return complete ? exitCodes.ok : exitCodes.cutOff
  }

  async #notReady(): Promise<readonly string[]> {
    if (this.#drain.draining) return ['service']
    return (await this.#options.notReady?.()) ?? []
  }

  /** The server is ours, so that a request has its state, and its context, before the framework sees it. */
  #server(handler: (request: IncomingMessage, response: ServerResponse) => void): Server {
    const limits = this.#limits
    const options: ServerOptions<typeof IncomingMessage, typeof KitResponse> = {
      ServerResponse: KitResponse,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: limits.checkEveryMs,
      maxHeaderSize: limits.headerBytesMax,
      // Asked for below, where the answer gets its envelope.
      requireHostHeader: false,
    }
    const onRequest = (request: IncomingMessage, response: ServerResponse): void =>
      runInRequest(this.#begin(request, response), () => handler(request, response))
    const { tls } = this.#options
    const server = tls
      ? createTlsServer(tls, limits.headersTimeoutMs, options, onRequest)
      : createServer<typeof IncomingMessage, typeof KitResponse>(options, onRequest)
    server.maxRequestsPerSocket = 0
    // An Expect header that nobody knows is ignored instead of answered past us.
    server.on('checkExpectation', (request, response) => server.emit('request', request, response))
    server.on('clientError', clientErrorHandler(this.#errors, this.#options.logger, this.#common.api))
    return server as Server
  }

  #framework(): FastifyInstance {
    const app = Fastify({
      serverFactory: (handler) => this.#server(handler),
      requestTimeout: this.#limits.requestTimeoutMs,
      bodyLimit: this.#limits.bodyBytesMax,
      trustProxy: this.#options.trustedProxies?.length ? [...this.#options.trustedProxies] : false,
      logger: false,
      // The schemas are zod's and compiled here; the framework is not to look for validators of its own.
      exposeHeadRoutes: true,
      frameworkErrors: (error, request, reply) =>
        this.#frameworkError(error, request as FastifyRequest, reply as FastifyReply),
    })
    app.removeContentTypeParser('text/plain')
    app.removeContentTypeParser('application/json')
    const depthMax = this.#limits.bodyDepthMax
    // Refuses `__proto__` and `constructor.prototype`, which would change what objects inherit.
    const parse = app.getDefaultJsonParser('error', 'error')
    app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
      if (!isDeeperThan(body, depthMax)) return parse(request, body, done)
      const details = [{ field: 'body', problem: `nests deeper than ${depthMax}` }]
      done(new ServiceError('payload_too_deep', { details }))
    })
    return app
  }

  #begin(request: IncomingMessage, response: ServerResponse): RequestState {
    const known = stateOf(response)
    if (known) return known
    const { headers } = request
    const trace = this.#options.tracing?.begin(headers['traceparent'], headers['tracestate']) ?? null
    const state = new RequestState(
      request,
      response,
      correlationId(headers),
      this.#monotonicMs(),
      trace,
      this.#common.for(headers.origin),
      this.#owner,
    )
    state.closing = this.#drain.draining
    bindState(response, state)
    this.metrics.started()
    this.#requests.begin(state)
    return state
  }

  #ended(state: RequestState, answered: boolean): void {
    this.metrics.finished()
    const nowMs = this.#monotonicMs()
    // Without a head: nobody waited for what it took.
    this.#entrance.leave(state, Number.NaN)
    state.cancel(answered ? ANSWERED : CALLER_GONE)
    this.#log.ended(state, answered || state.cut, nowMs)
  }

  #headWritten(state: RequestState): void {
    if (!state.admitted && !state.awaitsBody) return
    const isWork = state.handled && !state.expired
    this.#entrance.leave(state, isWork ? this.#monotonicMs() - state.workMs : Number.NaN)
  }

  #expired(state: RequestState): void {
    const { reply } = state
    const error = new ServiceError('deadline_exceeded')
    state.cancel(error)
    if (reply) this.#fail(error, state, reply)
  }

  #hooks(): void {
    const { app } = this
    // What matches nothing has no hook of its own route: it is limited here, before its body is read.
    app.addHook('onRequest', (request, reply, done) => {
      if (!request.is404) {
        done()
        return
      }
      const state = this.#stateOf(request, reply)
      state.reply = reply
      const refused = this.#entrance.unmatched(request, state)
      if (refused) {
        done(refused)
        return
      }
      const allow = request.raw.method === 'OPTIONS' ? this.#allow(request) : null
      const preflight = allow === null ? null : this.#common.preflight(request.raw, allow)
      if (preflight) reply.code(204).headers(preflight).send()
      else done()
    })
    app.addHook('onRoute', (options) => {
      if (this.#mounting) return
      const access = (options.config as { access?: unknown } | undefined)?.access
      if (access !== 'public')
        throw new RangeError(
          `route ${String(options.method)} ${options.url} does not declare who may call it: pass it in routes, or say config: { access: 'public' }`,
        )
      const id = `${String(options.method)} ${options.url}`
      const mounted = this.#mount(pluginRoute(id, options.url), options.url)
      options.onRequest = [this.#enter(mounted), ...[options.onRequest ?? []].flat()]
      options.preHandler = [
        (request, reply, done) => {
          const fits = this.#entrance.bodyArrived(this.#stateOf(request, reply))
          done(fits ? undefined : this.#entrance.shedder.refusal())
        },
        ...[options.preHandler ?? []].flat(),
      ]
    })
    app.setErrorHandler((error, request, reply) => this.#fail(error, this.#stateOf(request, reply), reply))
    app.setNotFoundHandler((request) => {
      const allow = this.#allow(request)
      throw allow === null
        ? new ServiceError('not_found')
        : new ServiceError('method_not_allowed', { headers: { allow } })
    })
  }

  #allow(request: FastifyRequest): string | null {
    return this.#methods.allow(request.url.split('?', 1)[0] ?? '')
  }

  /** Through `app.inject` a request comes past the server: it begins here. */
  #stateOf(request: FastifyRequest, reply: FastifyReply): RequestState {
    return stateOf(reply.raw) ?? this.#begin(request.raw, reply.raw)
  }

  /** What fails before there are hooks, an undecodable path for instance, counts towards the limit all the same. */
  #frameworkError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const state = this.#stateOf(request, reply)
    this.#fail(this.#entrance.unmatched(request, state) ?? error, state, reply)
  }

  #fail(thrown: unknown, state: RequestState, reply: FastifyReply): FastifyReply {
    if (reply.sent) return reply
    const error = classifyError(thrown)
    state.error = error
    const answer = this.#errors.of(error, state.correlationId, state.request.headers.accept)
    return reply
      .code(answer.status)
      .headers(answer.headers)
      .header('vary', 'Accept')
      .type(answer.contentType)
      .send(answer.payload)
  }

  #add(route: AnyRoute): void {
    const url = route.path.replaceAll(/\{([^}]+)\}/g, ':$1')
    const mounted = this.#mount(route, url)
    const response: Record<string, unknown> = {}
    for (const [status, answer] of Object.entries(route.answers)) {
      if (answer.schema && answer.contentType === undefined) response[status] = jsonSchemaOf(answer.schema, 'output')
    }
    this.#methods.add(route.path, route.method)
    const add = (scope: FastifyInstance): void => {
      this.#mounting = mounted
      try {
        scope.route({
          method: route.method,
          url,
          schema: { response },
          onRequest: this.#enter(mounted),
          handler: (request, reply) => this.#handle(mounted, request, reply),
        })
      } finally {
        this.#mounting = null
      }
    }
    if (!route.rawBody) add(this.app)
    else
      this.app.register((scope, _options, done) => {
        scope.removeAllContentTypeParsers()
        scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body))
        add(scope)
        done()
      })
  }

  #addStream(stream: StreamRoute): void {
    checkStream(stream)
    const [method = 'GET'] = stream.methods.filter((one) => one !== 'HEAD' && one !== 'OPTIONS')
    const labels = new Map(stream.labels.map((label) => [label, this.#mount(streamAsRoute(stream, method), label)]))
    const first = labels.get(stream.labels[0])
    if (!first) throw new RangeError(`stream ${stream.id} has no label`)
    for (const one of stream.methods) this.#methods.add(stream.path, one)
    const bytesMax = stream.bodyBytesMax ?? this.#limits.bodyBytesMax
    this.app.register((scope, _options, done) => {
      scope.removeAllContentTypeParsers()
      // Nobody reads the body here: it is the handler's.
      scope.addContentTypeParser('*', (_request, _body, parsed) => parsed(null))
      this.#mounting = first
      scope.route({
        method: [...stream.methods],
        url: stream.path,
        onRequest: this.#enter(first),
        handler: (request, reply) => this.#stream(stream, labels, bytesMax, this.#stateOf(request, reply), reply),
      })
      this.#mounting = null
      done()
    })
  }

  #stream(
    stream: StreamRoute,
    labels: ReadonlyMap<string, MountedRoute>,
    bytesMax: number,
    state: RequestState,
    reply: FastifyReply,
  ): void {
    state.handled = true
    // Its handler is at work already: from then on it counts, whether there is a place or not.
    state.request.once('end', () => this.#entrance.bodyArrived(state))
    const work = async (): Promise<void> => {
      await stream.handler(new StreamExchange(state, this.#entrance.callerOf(state), labels, bytesMax))
      if (!state.response.writableEnded) throw new Error(`stream ${stream.id} returned without ending its answer`)
    }
    work().catch((error: unknown) => {
      const { response } = state
      if (response.destroyed || response.writableEnded) return
      if (!response.headersSent) {
        this.#fail(error, state, reply)
        return
      }
      state.error = classifyError(error)
      state.cut = true
      cutOff(response)
    })
  }

  #mount(route: AnyRoute, url: string): MountedRoute {
    return this.#entrance.mount(route, url, this.#limits.deadlineMs, this.#log.account(route.method, url), this.#common)
  }

  #enter(mounted: MountedRoute): onRequestHookHandler {
    return (request, reply, done) => {
      const state = this.#stateOf(request, reply)
      state.reply = reply
      if (reply.raw instanceof KitResponse) this.#entrance.enter(mounted, request, state, done)
      // Through `app.inject` nobody has set the context yet.
      else runInRequest(state, () => this.#entrance.enter(mounted, request, state, done))
    }
  }

  /** Answers itself: a promise given back to the framework would only cost another turn. */
  #handle(mounted: MountedRoute, request: FastifyRequest, reply: FastifyReply): void {
    const state = this.#stateOf(request, reply)
    const { route } = mounted
    if (!this.#entrance.bodyArrived(state)) {
      this.#fail(this.#entrance.shedder.refusal(), state, reply)
      return
    }
    state.handled = true
    try {
      const answer = route.handler(new HandlerRequest(route, request, state, this.#entrance.addressOf(state)) as never)
      if (answer instanceof Promise) {
        answer.then(
          (one) => this.#answer(one, state, reply),
          (error: unknown) => void this.#fail(error, state, reply),
        )
      } else this.#answer(answer, state, reply)
    } catch (error) {
      this.#fail(error, state, reply)
    }
  }

  #answer(answer: Awaited<ReturnType<AnyRoute['handler']>>, state: RequestState, reply: FastifyReply): void {
    // Too late: the request was answered when its time was over, or the caller has gone.
    if (reply.sent) return
    try {
      reply.code(answer.status)
      if (answer.headers) reply.headers(answer.headers)
      reply.send(answer.body)
    } catch (error) {
      this.#fail(error, state, reply)
    }
  }
}

/** A route that was added to the framework itself: public, and with everything that comes before a handler. */
function pluginRoute(id: string, path: string): AnyRoute {
  return {
    id,
    method: 'GET',
    path,
    access: 'public',
    summary: id,
    tag: 'plugin',
    answers: {},
    errors: [],
    handler: () => ({ status: 204 }),
  }
}
