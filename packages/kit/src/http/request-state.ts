import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ServiceError } from '../errors/service-error.ts'
import { databaseErrorCode } from '../errors/classify.ts'
import type { ErrorAnswers } from '../errors/envelope.ts'
import { correlationHeaders, correlationId } from '../telemetry/correlation.ts'
import type { LogFields, Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Actor } from './route.ts'

/** What is known about one request while it is under way. */
export interface RequestState {
  readonly correlationId: string
  readonly startedMs: number
  actor: Actor | null
  token: string
  error: ServiceError | null
  notes: LogFields
}

/** nginx's status for a caller that went away; only ever logged. */
const CLIENT_GONE = 499

/** Begins every request and ends it with one log line and one sample, whatever path it takes through the framework. */
export class RequestStates {
  readonly #states = new WeakMap<object, RequestState>()
  readonly #logger: Logger
  readonly #metrics: Metrics
  readonly #headers: readonly (readonly [string, string])[]
  readonly #errors: ErrorAnswers

  constructor(logger: Logger, metrics: Metrics, errors: ErrorAnswers, headers: Readonly<Record<string, string>>) {
    this.#logger = logger
    this.#metrics = metrics
    this.#errors = errors
    this.#headers = Object.entries(headers)
  }

  /** Idempotent: hooks and the framework's own error paths both call it. */
  begin(request: FastifyRequest, reply: FastifyReply): RequestState {
    const known = this.#states.get(request.raw)
    if (known) return known
    const state: RequestState = {
      correlationId: correlationId(request.headers),
      startedMs: performance.now(),
      actor: null,
      token: '',
      error: null,
      notes: {},
    }
    this.#states.set(request.raw, state)
    // On the raw answer, so that they are there even when the framework starts its answer over for an error.
    for (const [name, value] of this.#headers) reply.raw.setHeader(name, value)
    for (const name of correlationHeaders) reply.raw.setHeader(name, state.correlationId)
    this.#metrics.started()
    let ended = false
    const end = (): void => {
      if (ended) return
      ended = true
      this.#end(request, reply, state)
    }
    reply.raw.once('finish', end)
    reply.raw.once('close', end)
    return state
  }

  #end(request: FastifyRequest, reply: FastifyReply, state: RequestState): void {
    const status = reply.raw.writableEnded ? reply.raw.statusCode : CLIENT_GONE
    const durationMs = performance.now() - state.startedMs
    const route = request.is404 ? '' : (request.routeOptions.url ?? '')
    this.#metrics.ended(request.method, route, status, durationMs)
    this.#logger.log(status >= 500 ? 'error' : 'info', 'http_request', {
      correlation_id: state.correlationId,
      actor: state.actor ? `${state.actor.kind}:${state.actor.id}` : 'anonymous',
      duration_ms: Math.round(durationMs * 100) / 100,
      method: request.method,
      route: route || 'unmatched',
      status,
      ...state.notes,
      ...(state.error && status !== CLIENT_GONE ? { error: this.#loggable(state.error, status) } : {}),
    })
  }

  /** A caller's mistake is its code; ours comes with what caused it. */
  #loggable(error: ServiceError, status: number): unknown {
    const code = Object.hasOwn(this.#errors.registry, error.code) ? error.code : 'internal'
    if (status < 500) return { name: error.name, code }
    // A database that is away explains itself: no stack for each request that finds it so.
    const cause =
      databaseErrorCode(error.cause) && error.cause instanceof Error ? { message: error.cause.message } : error.cause
    return { name: error.name, code, message: error.message, ...(cause === undefined ? {} : { cause }) }
  }
}
