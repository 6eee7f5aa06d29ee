import { databaseErrorCode } from '../errors/classify.ts'
import type { ErrorAnswers } from '../errors/envelope.ts'
import type { ServiceError } from '../errors/service-error.ts'
import type { ErrorTracker } from '../telemetry/error-tracker.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { RequestLine } from '../telemetry/request-line.ts'
import type { RouteMetrics } from '../telemetry/route-metrics.ts'
import type { RequestState } from './request-state.ts'

/** nginx's status for a caller that went away; only ever logged. */
const CLIENT_GONE = 499

/** What is prepared for a route, so that its requests cost little to account for. */
export interface RouteAccount {
  readonly metrics: RouteMetrics
  readonly line: RequestLine
}

const METHODS_MAX = 16

/** Ends every request with one log line, one sample and, where it is recorded, one span. */
export class RequestLog {
  readonly #logger: Logger
  readonly #metrics: Metrics
  readonly #errors: ErrorAnswers
  /** For what matched nothing, and for a method that a route answers besides its own. */
  readonly #others = new Map<string, RouteAccount>()

  readonly #tracker: ErrorTracker | null

  constructor(logger: Logger, metrics: Metrics, errors: ErrorAnswers, tracker: ErrorTracker | null) {
    this.#tracker = tracker
    this.#logger = logger
    this.#metrics = metrics
    this.#errors = errors
  }

  account(method: string, label: string): RouteAccount {
    return { metrics: this.#metrics.route(method, label), line: this.#logger.requestLine(method, label || 'unmatched') }
  }

  ended(state: RequestState, answered: boolean, nowMs: number): void {
    const { route, actor, error, trace } = state
    const status = answered ? state.response.statusCode : CLIENT_GONE
    const method = state.request.method ?? ''
    const durationMs = nowMs - state.startedMs
    const label = route?.label ?? ''
    const account = route !== null && route.route.method === method ? route.account : this.#other(method, label)
    const traceId = trace?.recording === true ? trace.traceId : undefined
    account.metrics.observe(status, durationMs / 1000, traceId)
    const failure = error !== null && status !== CLIENT_GONE ? { error: this.#loggable(error, status) } : null
    account.line.log(
      state.correlationId,
      actor === null ? 'anonymous' : `${actor.kind}:${actor.id}`,
      durationMs,
      status,
      state.notes !== null && failure !== null ? { ...state.notes, ...failure } : (state.notes ?? failure),
      traceId,
    )
    // What a dependency does is an alert's business; a bug is reported.
    if (error?.code === 'internal' && failure !== null)
      this.#tracker?.capture(error.cause ?? error, {
        correlationId: state.correlationId,
        transaction: `${method} ${label || 'unmatched'}`,
      })
    trace?.end({ method, route: label, status, error: status >= 500 ? error : undefined })
  }

  #other(method: string, label: string): RouteAccount {
    const key = `${method} ${label}`
    const known = this.#others.get(key)
    if (known) return known
    const made = this.account(method, label)
    // Methods are the parser's, which knows some 35; the labels are ours.
    if (label !== '' || this.#others.size < METHODS_MAX) this.#others.set(key, made)
    return made
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
