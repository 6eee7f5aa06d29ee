import { Readable } from 'node:stream'
import { ServiceError } from '@greengate/kit/errors'
import { BreakerOpenError, CircuitBreaker } from '@greengate/kit/resilience'
import type { Logger } from '@greengate/kit/telemetry'
import { type Dispatcher, Pool } from 'undici'
import type { BackendMetrics } from './backend-metrics.ts'

export interface BackendOptions {
  readonly name: string
  /** Scheme, host and port; a path is put before the path of each request. */
  readonly url: string
  /** Connections; as many requests may wait for one. */
  readonly connectionsMax: number
  /** For the head of an answer; milliseconds. */
  readonly headTimeoutMs: number
  /** Bytes of an answer's body. */
  readonly answerBytesMax: number
  readonly metrics: BackendMetrics
  readonly logger: Logger
  /** Told of a breaker that should know another time than the process's. */
  readonly nowMs?: () => number
}

export interface BackendRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readable | Buffer | string | null
  readonly signal: AbortSignal
  /** For the head of the answer instead of the backend's own; milliseconds. */
  readonly headTimeoutMs?: number
}

export interface BackendAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Readable
}

type Outcome = 'answered' | 'failed' | 'timeout' | 'refused' | 'cancelled'

const CONNECT_TIMEOUT_MS = 2000
/** Below the backends' own 72 s, so that the gateway is the one that closes. */
const KEEP_ALIVE_MS = 20_000
/** Between two pieces of an answer. */
const PIECE_TIMEOUT_MS = 30_000
const HEADER_BYTES_MAX = 32_768
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])
const SLOW = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT'])
const GONE = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

/** A service behind: a bounded pool of connections and a breaker. Bodies stream through; nothing is repeated that may have been done. */
export class Backend {
  readonly name: string
  readonly #pool: Pool
  readonly #breaker: CircuitBreaker
  readonly #prefix: string
  readonly #options: BackendOptions
  #underWay = 0

  /** @throws RangeError for a limit that is none */
  constructor(options: BackendOptions) {
    const { name, connectionsMax, headTimeoutMs, logger, nowMs } = options
    const { origin, pathname } = new URL(options.url)
    this.name = name
    this.#options = options
    this.#prefix = pathname.replace(/\/+$/, '')
    this.#pool = new Pool(origin, {
      connections: connectionsMax,
      pipelining: 1,
      headersTimeout: headTimeoutMs,
      bodyTimeout: PIECE_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
      maxResponseSize: options.answerBytesMax,
      connect: { timeout: CONNECT_TIMEOUT_MS, allowH2: false },
    })
    this.#breaker = new CircuitBreaker({
      name,
      ...(nowMs ? { nowMs } : {}),
      onTransition: ({ from, to }) =>
        logger.log('warn', 'backend_breaker', { backend: name, from: from.kind, to: to.kind }),
    })
  }

  /** For gauges. */
  stats(): { readonly underWay: number; readonly connections: number; readonly refusing: boolean } {
    const { kind } = this.#breaker.state
    return {
      underWay: this.#underWay,
      connections: this.#pool.stats.connected,
      refusing: kind === 'open' || kind === 'half-open',
    }
  }

  /**
   * Sends a request and resolves at the head of its answer. The body that it gives must be read or destroyed.
   * @throws ServiceError `upstream_unavailable`, `upstream_timeout`, or that of the request's body; an AbortError for a caller
   * that went away
   */
  async send(request: BackendRequest): Promise<BackendAnswer> {
    const { connectionsMax, metrics } = this.#options
    const startedMs = performance.now()
    const done = (outcome: Outcome): void => metrics.answered(this.name, outcome, performance.now() - startedMs)
    if (this.#underWay >= 2 * connectionsMax) {
      done('refused')
      throw this.#unavailable('too many requests are under way')
    }
    const ticket = this.#enter(done)
    this.#underWay += 1
    try {
      const answer = await this.#attempts(request)
      this.#breaker.succeeded(ticket)
      done('answered')
      answer.body.once('close', () => (this.#underWay -= 1))
      // Whoever reads it is told as well; without a reader an error of it would end the process.
      answer.body.on('error', () => {})
      return { status: answer.statusCode, headers: answer.headers, body: answer.body }
    } catch (error) {
      this.#underWay -= 1
      throw this.#failure(error, request, ticket, done)
    }
  }

  /** Whether it answers anything at all in this time; says nothing to the breaker. Never throws. @param timeoutMs */
  async answers(timeoutMs: number): Promise<boolean> {
    try {
      const { body } = await this.#pool.request({
        method: 'GET',
        path: '/health',
        signal: AbortSignal.timeout(timeoutMs),
      })
      await body.dump()
      return true
    } catch {
      return false
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }

  #enter(done: (outcome: Outcome) => void): number {
    try {
      return this.#breaker.enter()
    } catch (error) {
      if (!(error instanceof BreakerOpenError)) throw error
      done('refused')
      throw this.#unavailable(error)
    }
  }

  /** Twice at most: a connection at rest may be closed just when it is used again. */
  async #attempts(request: BackendRequest): Promise<Dispatcher.ResponseData> {
    try {
      return await this.#attempt(request)
    } catch (error) {
      if (request.signal.aborted || request.body !== null || !IDEMPOTENT.has(request.method) || !diedUnused(error))
        throw error
      this.#options.metrics.repeated(this.name)
      return this.#attempt(request)
    }
  }

  #attempt(request: BackendRequest): Promise<Dispatcher.ResponseData> {
    const { method, path, headers, body, signal, headTimeoutMs } = request
    return this.#pool.request({
      method: method as Dispatcher.HttpMethod,
      path: `${this.#prefix}${path}`,
      headers: { ...headers },
      body,
      signal,
      ...(headTimeoutMs === undefined ? {} : { headersTimeout: headTimeoutMs }),
    })
  }

  #failure(error: unknown, request: BackendRequest, ticket: number, done: (outcome: Outcome) => void): unknown {
    const { signal, body } = request
    // The caller, or what it sent: neither says anything about the backend.
    const sent = body instanceof Readable ? body.errored : null
    if (sent instanceof ServiceError || signal.aborted) {
      // A head that did not come in the caller's whole time is the backend's doing.
      const late = signal.aborted && codeOf(signal.reason) === 'deadline_exceeded'
      if (late) this.#breaker.failed(ticket)
      else this.#breaker.abandoned(ticket)
      done(late ? 'timeout' : 'cancelled')
      return sent ?? error
    }
    this.#breaker.failed(ticket)
    const slow = SLOW.has(codeOf(error))
    done(slow ? 'timeout' : 'failed')
    return slow ? new ServiceError('upstream_timeout', { cause: error, stack: false }) : this.#unavailable(error)
  }

  #unavailable(cause: unknown): ServiceError {
    return new ServiceError('upstream_unavailable', {
      cause:
        cause instanceof Error
          ? new Error(`${this.name}: ${cause.message}`)
          : new Error(`${this.name}: ${String(cause)}`),
      stack: false,
    })
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : ''
}

/** A connection that had served before and was closed without a byte of this answer. */
function diedUnused(error: unknown): boolean {
  if (!GONE.has(codeOf(error))) return false
  const socket: unknown = typeof error === 'object' && error !== null && 'socket' in error ? error.socket : null
  const bytesRead: unknown =
    typeof socket === 'object' && socket !== null ? Reflect.get(socket, 'bytesRead') : undefined
  // Without that knowledge (a reset while writing): a method that may be repeated is.
  return bytesRead === undefined || (typeof bytesRead === 'number' && bytesRead > 0)
}
