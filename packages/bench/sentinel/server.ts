import { randomUUID } from 'node:crypto'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { lacks } from './defects.ts'
import { answerError, HttpError } from './errors.ts'
import { correlationIdOf, type Exchange } from './exchange.ts'
import { corsHeaders, securityHeaders } from './headers.ts'
import { clientAddress, RateLimit } from './limits.ts'
import { logRequest } from './log.ts'
import { pricesAnswer, ROUTES, type Answer, type Route, type Services } from './routes.ts'

const KEEP_ALIVE_MS = 72_000

export interface SentinelServer {
  readonly server: http.Server
  /** Exchanges that were begun and not answered. */
  readonly active: ReadonlySet<Exchange>
  /** Connections on which nothing is under way. */
  idleSockets(): readonly Socket[]
}

/** The HTTP side of the sentinel. */
export function createSentinelServer(services: Services): SentinelServer {
  const { settings } = services
  const limit = new RateLimit(settings.rateLimitPerMin)
  const active = new Set<Exchange>()
  const sockets = new Map<Socket, number>()
  const server = http.createServer(
    {
      headersTimeout: lacks('no-header-timeout') ? 0 : settings.headersTimeoutMs,
      // Node's limit of the whole request holds for its head as well: without a limit of the head it must go, too.
      requestTimeout: lacks('no-request-timeout') || lacks('no-header-timeout') ? 0 : settings.requestTimeoutMs,
      keepAliveTimeout: lacks('keepalive-shorter-than-proxy') ? 2_000 : KEEP_ALIVE_MS,
      connectionsCheckingInterval: 250,
      maxHeaderSize: 16_384,
    },
    (request, response) => void handle(request, response),
  )
  server.on('connection', (socket: Socket) => {
    sockets.set(socket, 0)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('clientError', (error: Error, socket: Socket) => answerBrokenRequest(error, socket, services))

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedMs = performance.now()
    if (lacks('no-header-timeout')) limitBody(request, settings.requestTimeoutMs)
    const exchange: Exchange = {
      request,
      response,
      url: new URL(`http://sentinel${safePath(request.url)}`),
      correlationId: correlationIdOf(request),
      actor: 'anonymous',
      route: 'unknown',
      phase: 'work',
    }
    active.add(exchange)
    sockets.set(request.socket, (sockets.get(request.socket) ?? 0) + 1)
    response.on('close', () => {
      active.delete(exchange)
      if (sockets.has(request.socket)) sockets.set(request.socket, (sockets.get(request.socket) ?? 1) - 1)
      const durationMs = performance.now() - startedMs
      logRequest(exchange, response.statusCode, durationMs)
      services.metrics.observe(request.method ?? '', exchange.route, response.statusCode, durationMs)
    })
    const common: Record<string, string> = corsHeaders(request, settings.corsOrigins)
    if (!lacks('no-correlation-echo')) Object.assign(common, correlationHeaders(exchange.correlationId))
    try {
      send(exchange, services, common, await route(exchange, services, limit, common))
    } catch (error) {
      sendError(exchange, services, common, error)
    }
  }

  return {
    server,
    active,
    idleSockets: () => [...sockets].filter(([, count]) => count === 0).map(([socket]) => socket),
  }
}

async function route(
  exchange: Exchange,
  services: Services,
  limit: RateLimit,
  common: Record<string, string>,
): Promise<Answer> {
  const { request, url } = exchange
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET')
  const matches = ROUTES.flatMap((candidate) => {
    const id = matchPath(candidate, url.pathname)
    return id === null ? [] : [{ candidate, id }]
  })
  const found = matches.find(({ candidate }) => candidate.method === method)
  const template = (found ?? matches[0])?.candidate
  if (template) exchange.route = template.path
  if (!template?.probe) {
    const rate = limit.take(clientAddress(request, services.settings.trustedProxy))
    Object.assign(common, rate.headers)
    if (!rate.allowed) throw new HttpError('rate_limited')
    // A limiter whose counters are elsewhere, and which lets nobody in without them.
    if (lacks('optional-dependency-refuses-requests') && !(await pricesAnswer(services)))
      throw new HttpError('rate_limited')
  }
  if (!template) {
    if (lacks('probe-answers-below') && url.pathname.startsWith('/health/'))
      return { status: 200, json: { status: 'ok' } }
    if (lacks('catch-all-200'))
      return { status: 200, text: '<!doctype html><title>app</title>', type: 'text/html; charset=utf-8' }
    throw new HttpError('not_found')
  }
  const allow = [
    ...new Set(matches.flatMap(({ candidate }) => (candidate.method === 'GET' ? ['GET', 'HEAD'] : [candidate.method]))),
  ]
  if (request.method === 'OPTIONS') return { status: 204, headers: { allow: [...allow, 'OPTIONS'].join(', ') } }
  if (!found) throw new HttpError('method_not_allowed', {}, { allow: [...allow, 'OPTIONS'].join(', ') })
  return found.candidate.handle(exchange, services, found.id)
}

function send(exchange: Exchange, services: Services, common: Record<string, string>, answer: Answer): void {
  const body = answer.text ?? (answer.json === undefined ? '' : JSON.stringify(answer.json))
  const type = answer.type ?? 'application/json; charset=utf-8'
  write(
    exchange,
    services,
    answer.status,
    { ...common, ...(body === '' ? {} : { 'content-type': type }), ...answer.headers },
    body,
  )
}

function sendError(exchange: Exchange, services: Services, common: Record<string, string>, error: unknown): void {
  const known = error instanceof HttpError ? error : new HttpError('internal')
  const requestId = lacks('correlation-not-in-error') ? randomUUID() : exchange.correlationId
  const answer = answerError(known, requestId, services.base, services.settings.debug)
  write(exchange, services, answer.status, { ...common, ...answer.headers }, answer.body)
}

function write(
  exchange: Exchange,
  services: Services,
  status: number,
  headers: Record<string, string>,
  body: string,
): void {
  const { response, request } = exchange
  if (response.headersSent || response.destroyed) return
  // A connection is not kept for a process that is about to go.
  const closing = services.accepting() && !lacks('no-keep-alive') ? {} : { connection: 'close' }
  const length = status === 204 ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  response.writeHead(status, { ...securityHeaders(status, request), ...headers, ...length, ...closing })
  response.end(request.method === 'HEAD' ? '' : body)
}

/** The limit of a body where Node's own is off. */
function limitBody(request: IncomingMessage, limitMs: number): void {
  const timer = setTimeout(() => {
    if (!request.complete) request.socket.destroy()
  }, limitMs)
  request.on('close', () => clearTimeout(timer))
}

/** What is not HTTP, or came too slowly, has no request to hang an answer on: it is written by hand. */
function answerBrokenRequest(error: Error, socket: Socket, services: Services): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const reason = 'code' in error ? String(error.code) : ''
  const code =
    reason === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? 'request_timeout'
      : reason === 'HPE_HEADER_OVERFLOW'
        ? 'headers_too_large'
        : 'malformed_request'
  const requestId = randomUUID()
  const answer = answerError(new HttpError(code), requestId, services.base, false)
  const headers = {
    ...securityHeaders(answer.status),
    ...correlationHeaders(requestId),
    ...answer.headers,
    'content-length': String(Buffer.byteLength(answer.body)),
    connection: 'close',
  }
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.end(
    `HTTP/1.1 ${answer.status} ${http.STATUS_CODES[answer.status] ?? ''}\r\n${head.join('\r\n')}\r\n\r\n${answer.body}`,
    () => socket.destroy(),
  )
}

function correlationHeaders(id: string): Record<string, string> {
  return { 'x-request-id': id, 'x-correlation-id': id }
}

/** The value of {id}, empty for a path without one, null if the path is another. */
function matchPath(candidate: Route, path: string): string | null {
  if (!candidate.path.endsWith('/{id}')) return candidate.path === path ? '' : null
  const prefix = candidate.path.slice(0, -'{id}'.length)
  const rest = path.slice(prefix.length)
  return path.startsWith(prefix) && rest !== '' && !rest.includes('/') ? rest : null
}

/** What a client sends as a path may be anything: `*`, an absolute URL, `//`. */
function safePath(url: string | undefined): string {
  const path = url?.startsWith('/') ? `/${url.replace(/^\/+/, '')}` : '/not-a-path'
  return URL.canParse(`http://sentinel${path}`) ? path : '/not-a-path'
}
