import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { currentRequest } from '@greengate/kit/context'
import { ServiceError } from '@greengate/kit/errors'
import type { StreamExchange, StreamRoute } from '@greengate/kit/http'
import { startSpan } from '@greengate/kit/telemetry'
import { errorOf } from './backend-error.ts'
import type { Backend, BackendAnswer } from './backend.ts'
import type { BackendMetrics } from './backend-metrics.ts'
import { answerHeaders, requestHeaders } from './forwarded-headers.ts'
import { heldBody } from './held-body.ts'
import { passedOn } from './passed-on.ts'
import type { PublicHosts } from './public-hosts.ts'
import { requestPath } from './request-path.ts'
import { type BackendName, LABELS, targetOf } from './routing.ts'
import type { SessionCookie } from './session-cookie.ts'

export interface ProxyOptions {
  readonly backends: Readonly<Record<BackendName, Backend>>
  readonly metrics: BackendMetrics
  readonly cookie: SessionCookie
  readonly hosts: PublicHosts
  /** Whether the gateway itself ends TLS. */
  readonly tls: boolean
  /** For a request to arrive and to be sent on; milliseconds. */
  readonly arrivalMs: number
  /** For the head of an answer after that, unless the target takes longer; milliseconds. */
  readonly headMs: number
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
/** Of a body, before a backend is asked: more than what a form or an event of usage takes. */
const HELD_BYTES = 65_536
const BODILESS = new Set(['GET', 'HEAD'])

/** The route for everything that the gateway does not answer itself. */
export function proxyStream(options: ProxyOptions): StreamRoute {
  return {
    id: 'proxy',
    path: '/*',
    methods: METHODS,
    labels: LABELS,
    described: passedOn,
    deadlineMs: options.arrivalMs + options.headMs,
    handler: (exchange) => forward(exchange, options),
  }
}

/** @throws ServiceError for a request that is not to be passed on, whatever its path */
function checkRequest({ request }: StreamExchange, hosts: PublicHosts): void {
  const { headers, httpVersion, method = '' } = request
  // The parser refuses two lengths, a length beside chunks, and chunks that are not last. HTTP/1.0 knows no chunks at all.
  if (httpVersion === '1.0' && headers['transfer-encoding'] !== undefined)
    throw new ServiceError('malformed_request', { stack: false })
  hosts.check(request.headersDistinct['host'])
  if (headers.upgrade?.toLowerCase().includes('websocket'))
    throw new ServiceError('upgrade_unsupported', { stack: false })
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  // It would mean nothing (RFC 9110, 9.3.1), and servers differ in whether they read it.
  if (hasBody && BODILESS.has(method)) throw new ServiceError('malformed_request', { stack: false })
}

async function forward(exchange: StreamExchange, options: ProxyOptions): Promise<void> {
  const { request, response, signal } = exchange
  const { cookie, metrics } = options
  checkRequest(exchange, options.hosts)
  const { method = '', headers } = request
  const { path, search } = requestPath(request.url)
  const target = targetOf(method, path)
  exchange.label(target.label)
  exchange.note({ backend: target.backend })
  // The object store gets neither tokens nor questions: a query there can mean another operation.
  const isStore = target.backend === 'media'
  const token = isStore || headers.authorization !== undefined ? null : cookie.tokenOf(headers.cookie)
  const span = startSpan(`${method} ${target.backend}`, 'client', { 'http.request.method': method })
  const backend = options.backends[target.backend]
  const headTimeoutMs = Math.max(options.headMs, target.headMs ?? 0)
  exchange.limit(options.arrivalMs + headTimeoutMs)
  const { body } = exchange
  let answer: BackendAnswer
  try {
    answer = await backend.send({
      method,
      path: isStore ? path : `${path}${search}`,
      headers: requestHeaders(headers, {
        address: exchange.address,
        proto: protoOf(exchange, options.tls),
        host: headers.host ?? '',
        correlationId: exchange.correlationId,
        trace: span?.headers() ?? traceOf(),
        token,
        credentials: !isStore,
      }),
      body: body && (await heldBody(body, HELD_BYTES)),
      signal,
      headTimeoutMs,
    })
    span?.end()
  } catch (error) {
    span?.end(error)
    // What nobody takes is read and dropped, so that the answer can be.
    body?.destroy()
    throw error
  }
  if (signal.aborted) {
    answer.body.destroy()
    return
  }
  const answered = answerHeaders(answer.headers, token !== null)
  const error = method === 'HEAD' ? null : await errorOf(answer, target.backend === 'web')
  if (error !== null) {
    response.writeHead(answer.status, { ...answered, 'content-length': String(error.length) }).end(error)
    return
  }
  response.writeHead(answer.status, answered)
  try {
    await pump(answer.body, response)
  } catch (cause) {
    if (!response.destroyed) metrics.cut(backend.name)
    throw new ServiceError('upstream_unavailable', { cause, stack: false })
  }
}

function protoOf({ request, fromProxy }: StreamExchange, tls: boolean): 'http' | 'https' {
  if (tls) return 'https'
  return fromProxy && request.headers['x-forwarded-proto'] === 'https' ? 'https' : 'http'
}

/** The trace of the request under way, for a call that has no span of its own. */
function traceOf(): Record<string, string> {
  const trace = currentRequest()?.trace
  if (!trace) return {}
  const { traceparent, tracestate } = trace
  return tracestate === '' ? { traceparent } : { traceparent, tracestate }
}

/** Passes a body on at the speed at which it is taken. @throws whatever the body failed with: then it is not whole */
function pump(body: Readable, response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = (): void => {
      body.destroy()
      reject(new Error('the caller went away'))
    }
    response.once('close', gone)
    body.once('error', reject)
    body.once('end', () => {
      response.off('close', gone)
      response.end()
      resolve()
    })
    body.once('close', () => reject(new Error('the answer ended before its end')))
    body.pipe(response, { end: false })
  })
}
