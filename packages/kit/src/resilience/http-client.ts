import { Pool } from 'undici'
import { currentRequest, type RequestContext } from '../context/index.ts'
import { Bulkhead } from './bulkhead.ts'
import type { CallSpan, TracePort } from './call-observer.ts'
import { CallPolicy, type PolicyCall } from './call-policy.ts'
import type { BreakerState } from './circuit-breaker.ts'
import { Deadline } from './deadline.ts'
import { outgoingBody, readBody } from './http-client-body.ts'
import { AnswerError, UpstreamError, upstreamError } from './http-client-error.ts'
import {
  headerFields,
  type HttpClientOptions,
  type HttpClientSettings,
  httpClientSettings,
} from './http-client-options.ts'
import { parseRetryAfter } from './retry-after.ts'

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'

export interface HttpRequest {
  /** Default GET. */
  readonly method?: HttpMethod
  /** Path and query within the origin, already encoded: begins with one `/`. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as it is. */
  readonly body?: string | Uint8Array
  /** Sent as JSON; instead of `body`. */
  readonly json?: unknown
  /**
   * Whether it may be repeated. Default: GET, HEAD, PUT, DELETE and OPTIONS (RFC 9110, section 9.2.2), and whatever
   * carries an `idempotency-key`.
   */
  readonly idempotent?: boolean
  /** The caller gives up when it aborts. */
  readonly signal?: AbortSignal
  /** Limit of this call with all its attempts, where it is less than the client's; milliseconds. */
  readonly totalTimeoutMs?: number
}

/** An answer with a status below 500 other than 408 and 429, its body read. */
export class HttpAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
  readonly #dependency: string

  constructor(dependency: string, status: number, headers: HttpAnswer['headers'], body: Buffer) {
    this.#dependency = dependency
    this.status = status
    this.headers = headers
    this.body = body
  }

  /** The body as UTF-8. */
  text(): string {
    return this.body.toString('utf8')
  }

  /** The body as JSON; parse it further before you trust it. @throws UpstreamError when it is none */
  json(): unknown {
    try {
      return JSON.parse(this.text()) as unknown
    } catch (cause) {
      throw new UpstreamError('upstream_unavailable', this.#dependency, 'the answer is no JSON', {
        cause,
        status: this.status,
      })
    }
  }
}

const IDEMPOTENT = new Set<HttpMethod>(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])
const METHODS = new Set<string>([...IDEMPOTENT, 'POST', 'PATCH'])
// An absolute path of visible ASCII; a second slash would make a host of what follows.
const PATH = /^\/(?!\/)[\x21-\x7e]{0,8191}$/

interface Prepared {
  readonly method: HttpMethod
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: Uint8Array | null
  readonly idempotent: boolean
}

/**
 * The way to one upstream: a bounded pool of connections with a time limit on every step, a breaker, and retries of what
 * is idempotent under a budget. It passes on the correlation id and the trace of the current request and ends with its
 * deadline. Names are resolved anew for each connection, and no connection is used for longer than a minute.
 *
 * @example
 * const rates = new HttpClient({ name: 'rates', origin: 'https://rates.example', thirdParty: true })
 * const answer = await rates.request({ path: '/v1/latest?base=EUR' })
 * if (answer.status === 200) show(ratesSchema.parse(answer.json()))
 */
export class HttpClient {
  readonly #settings: HttpClientSettings
  readonly #pool: Pool
  readonly #policy: CallPolicy
  readonly #bulkhead: Bulkhead
  readonly #trace: TracePort | null

  /** @throws RangeError, TypeError for an option outside of its bounds */
  constructor(options: HttpClientOptions) {
    const settings = httpClientSettings(options)
    const { clock, timeoutMs, name } = settings
    this.#settings = settings
    this.#trace = options.trace ?? null
    this.#pool = new Pool(settings.origin.origin, {
      connections: settings.connectionsMax,
      pipelining: 1,
      headersTimeout: settings.readTimeoutMs,
      bodyTimeout: settings.readTimeoutMs,
      keepAliveTimeout: settings.keepAliveMs,
      keepAliveMaxTimeout: Math.max(settings.keepAliveMs, settings.connectionLifetimeMs),
      clientTtl: settings.connectionLifetimeMs,
      connect: {
        timeout: settings.connectTimeoutMs,
        allowH2: false,
        ...(options.lookup && { lookup: options.lookup }),
        ...(options.ca !== undefined && { ca: options.ca }),
      },
    })
    this.#bulkhead = new Bulkhead(settings.connectionsMax, settings.waitingMax, {
      queueTimeoutMs: settings.poolTimeoutMs,
      clock,
    })
    this.#policy = new CallPolicy({
      name,
      timeoutMs,
      bulkhead: this.#bulkhead,
      retry: options.retry === undefined ? {} : options.retry,
      clock,
      ...(options.breaker !== undefined && { breaker: options.breaker }),
      ...(options.budget && { budget: options.budget }),
      ...(options.onCall && { onCall: options.onCall }),
      ...(options.random && { random: options.random }),
    })
  }

  /**
   * Sends a request and reads its answer.
   * @throws UpstreamError `upstream_timeout` or `upstream_unavailable` (no answer, 408, 429 or 5xx after all attempts, an open
   * breaker, no free connection, a body that is too large); CallCancelledError when the caller gave up; TypeError for a
   * path, header or method that is none, RangeError for a body that is too large
   */
  async request(request: HttpRequest): Promise<HttpAnswer> {
    const prepared = this.#prepare(request)
    const { clock, totalTimeoutMs, name } = this.#settings
    const context = currentRequest()
    const outer = context?.deadline ?? null
    const budgetMs = Math.min(request.totalTimeoutMs ?? totalTimeoutMs, totalTimeoutMs)
    const follows = outer instanceof Deadline && outer.clock === clock
    const deadline = follows
      ? outer.within(budgetMs)
      : new Deadline(Math.min(budgetMs, Math.max(0, outer?.remainingMs() ?? Infinity)), { clock })
    const signals = [request.signal, outer && !follows ? outer.signal : undefined].filter((one) => one !== undefined)
    const signal = signals.length > 1 ? AbortSignal.any(signals) : signals[0]
    try {
      return await this.#policy.run((call) => this.#attempt(prepared, call, context, deadline), {
        deadline,
        idempotent: prepared.idempotent,
        ...(signal && { signal }),
      })
    } catch (error) {
      throw upstreamError(name, error)
    }
  }

  /** Calls under way and waiting for a connection, connections, and the breaker, for gauges. */
  stats(): { running: number; waiting: number; connections: number; breaker: BreakerState['kind'] | null } {
    return {
      running: this.#bulkhead.running,
      waiting: this.#bulkhead.queued,
      connections: this.#pool.stats.connected,
      breaker: this.#policy.breaker?.state.kind ?? null,
    }
  }

  /** Answers what is under way and closes the connections. */
  async close(): Promise<void> {
    await this.#pool.close()
  }

  async #attempt(
    prepared: Prepared,
    call: PolicyCall,
    context: RequestContext | undefined,
    deadline: Deadline,
  ): Promise<HttpAnswer> {
    const { origin, redirectsMax } = this.#settings
    const span =
      this.#trace?.startSpan(prepared.method, 'client', {
        'http.request.method': prepared.method,
        'server.address': origin.hostname,
        'http.request.resend_count': call.attempt - 1,
      }) ?? null
    try {
      let path = prepared.path
      for (let redirects = 0; ; redirects += 1) {
        const answer = await this.#send({ ...prepared, path }, call, context, deadline, span)
        const next = redirects < redirectsMax ? this.#redirect(prepared, path, answer) : null
        if (next === null) {
          span?.end()
          return answer
        }
        path = next
      }
    } catch (error) {
      span?.end(error)
      throw error
    }
  }

  async #send(
    prepared: Prepared,
    call: PolicyCall,
    context: RequestContext | undefined,
    deadline: Deadline,
    span: CallSpan | null,
  ): Promise<HttpAnswer> {
    const { name, writeTimeoutMs, answerBytesMax, clock } = this.#settings
    const { method, path, bytes } = prepared
    const out = outgoingBody(bytes, writeTimeoutMs, call.signal, clock)
    try {
      const answer = await this.#pool.request({
        method,
        path,
        headers: this.#headers(prepared, context, deadline, span),
        body: out.body,
        signal: out.signal,
      })
      const { statusCode, headers } = answer
      const body = await readBody(
        answer.body,
        method === 'HEAD' ? undefined : headers['content-length'],
        answerBytesMax,
      )
      if (statusCode >= 500 || statusCode === 429 || statusCode === 408) {
        const wish = headers['retry-after']
        throw new AnswerError(statusCode, parseRetryAfter(typeof wish === 'string' ? wish : null))
      }
      return new HttpAnswer(name, statusCode, headers, body)
    } finally {
      out.done()
    }
  }

  #headers(
    prepared: Prepared,
    context: RequestContext | undefined,
    deadline: Deadline,
    span: CallSpan | null,
  ): Record<string, string> {
    const headers: Record<string, string> = { ...prepared.headers }
    if (context && context.correlationId !== '') headers['x-correlation-id'] = context.correlationId
    // A span of this very call is the nearer parent.
    if (span) Object.assign(headers, span.headers())
    else if (context?.trace) {
      headers['traceparent'] = context.trace.traceparent
      const { tracestate } = context.trace
      if (tracestate !== '') headers['tracestate'] = tracestate
    }
    const { deadlineHeader } = this.#settings
    if (deadlineHeader !== null) headers[deadlineHeader] = String(Math.max(0, Math.floor(deadline.remainingMs())))
    return headers
  }

  /** Where to go on, or null: only to the same origin, where the request's headers were meant for. */
  #redirect(prepared: Prepared, path: string, answer: HttpAnswer): string | null {
    const { location } = answer.headers
    const moved = [301, 302, 303, 307, 308].includes(answer.status)
    const safe = prepared.method === 'GET' || prepared.method === 'HEAD'
    if (!moved || !safe || typeof location !== 'string') return null
    const here = new URL(path, this.#settings.origin)
    const url = URL.canParse(location, here.href) ? new URL(location, here) : null
    const next = url && url.origin === here.origin ? `${url.pathname}${url.search}` : null
    return next !== null && PATH.test(next) ? next : null
  }

  #prepare(request: HttpRequest): Prepared {
    const { method = 'GET', path } = request
    if (!METHODS.has(method)) throw new TypeError(`${String(method)} is no method that this client sends`)
    if (!PATH.test(path))
      throw new TypeError(`a path begins with one / and is encoded, but it is ${JSON.stringify(path.slice(0, 100))}`)
    if (request.body !== undefined && request.json !== undefined)
      throw new TypeError('a request has a body or JSON, not both')
    const headers = { ...this.#settings.headers, ...headerFields(request.headers ?? {}) }
    const text = request.json === undefined ? request.body : JSON.stringify(request.json)
    if (request.json !== undefined) headers['content-type'] ??= 'application/json'
    const bytes = typeof text === 'string' ? Buffer.from(text) : (text ?? null)
    if (bytes) {
      if (bytes.length > this.#settings.requestBytesMax)
        throw new RangeError(`the body has ${bytes.length} bytes, and ${this.#settings.requestBytesMax} may be sent`)
      headers['content-length'] = String(bytes.length)
    }
    const idempotent = request.idempotent ?? (IDEMPOTENT.has(method) || 'idempotency-key' in headers)
    return { method, path, headers, bytes, idempotent }
  }
}
