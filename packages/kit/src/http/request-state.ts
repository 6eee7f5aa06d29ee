import type { IncomingMessage, OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { RequestContext, RequestDeadline } from '../context/index.ts'
import type { ServiceError } from '../errors/service-error.ts'
import type { ServerTrace } from '../telemetry/tracing.ts'
import type { LogFields } from '../telemetry/logger.ts'
import type { MountedRoute } from './mounted-route.ts'
import type { Actor } from './route.ts'

type GivenHeaders = OutgoingHttpHeaders | OutgoingHttpHeader[] | undefined

/** The service, as its requests know it. */
export interface RequestOwner {
  readonly monotonicMs: () => number
  /** Told as the head of the answer is written: the work is done, and how long a caller takes to fetch it is none. */
  readonly headWritten: (state: RequestState) => void
}

/** Everything known about one request while it is under way; also what `currentRequest()` gives. */
export class RequestState implements RequestContext, RequestDeadline {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly correlationId: string
  readonly startedMs: number
  readonly trace: ServerTrace | null
  route: MountedRoute | null = null
  reply: FastifyReply | null = null
  /** Milliseconds on the service's monotonic clock from when on the request is answered for its handler. */
  expiresMs = Number.POSITIVE_INFINITY
  /** Whether its handler was reached: what was turned away before says nothing of how long work takes. */
  handled = false
  /** Whether the answer was given because that time was over. */
  expired = false
  /** When the answer was seen to be ready and not yet taken; 0 before. */
  answeredMs = 0
  /** Whether its answer is streamed by a handler that writes it itself. */
  streamed = false
  /** Whether its connection was cut because the answer could not be finished. */
  cut = false
  /** Bytes that had gone out to the caller when that was last seen to move, and when. */
  sentBytes = -1
  sentMs = 0
  /** Whether the load shedder counts it. */
  admitted = false
  /** Whether it was admitted and is not counted until its body is here. */
  awaitsBody = false
  /** When the work for it could begin: at its arrival, or when its body was here; on the service's monotonic clock. */
  workMs: number
  /** Whether the connection is closed after the answer. */
  closing = false
  actor: Actor | null = null
  token = ''
  error: ServiceError | null = null
  notes: LogFields | null = null
  /** Headers that every answer has, flat, from the edge; replaced when the origin or the route is known. */
  common: readonly string[]
  rateLimit: string | null = null
  rateLimitPolicy = ''
  readonly #owner: RequestOwner
  #abort: AbortController | null = null
  #over: Error | null = null

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    correlationId: string,
    startedMs: number,
    trace: ServerTrace | null,
    common: readonly string[],
    owner: RequestOwner,
  ) {
    this.request = request
    this.response = response
    this.correlationId = correlationId
    this.startedMs = startedMs
    this.trace = trace
    this.common = common
    this.workMs = startedMs
    this.#owner = owner
  }

  /** The request is its own deadline; before its route is known there is none. */
  get deadline(): RequestDeadline | null {
    return this.expiresMs === Number.POSITIVE_INFINITY ? null : this
  }

  remainingMs(): number {
    return this.expiresMs - this.#owner.monotonicMs()
  }

  /** Made when first asked for: most requests never do. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.#over) this.#abort.abort(this.#over)
    return this.#abort.signal
  }

  /** The request is over: whatever still works for it is to stop. */
  cancel(reason: Error): void {
    this.#over ??= reason
    this.#abort?.abort(this.#over)
  }

  /** All headers of the answer, flat: what every answer has, unless the handler says otherwise, and what was given. */
  head(statusCode: number, given: GivenHeaders): OutgoingHttpHeader[] {
    this.#owner.headWritten(this)
    const pairs = flat(given)
    const all: OutgoingHttpHeader[] = overrides(pairs) ? without(this.common, pairs) : (this.common.slice() as string[])
    // Names come in lower case, and a handler that says nothing means that nothing is kept.
    if (!pairs.includes('cache-control')) all.push('cache-control', 'no-store')
    all.push('x-correlation-id', this.correlationId, 'x-request-id', this.correlationId)
    if (this.rateLimit !== null) all.push('ratelimit', this.rateLimit, 'ratelimit-policy', this.rateLimitPolicy)
    if (this.closing) all.push('connection', 'close')
    for (let index = 0; index < pairs.length; index += 2) {
      const name = pairs[index] as string
      // Whether the connection stays is decided here: the framework closes it under a body that it refuses, and the
      // caller, still sending, would see a reset instead of the answer.
      if (name === 'connection' && statusCode !== 101) continue
      all.push(name, pairs[index + 1] ?? '')
    }
    return all
  }
}

function flat(given: GivenHeaders): OutgoingHttpHeader[] {
  if (given === undefined) return []
  if (Array.isArray(given)) return given.map((one, index) => (index % 2 === 0 ? String(one).toLowerCase() : one))
  const pairs: OutgoingHttpHeader[] = []
  for (const name in given) {
    const value = given[name]
    if (value !== undefined) pairs.push(name, value)
  }
  return pairs
}

/** Names that both every answer and a handler may set. */
const SHARED = new Set([
  'vary',
  'content-security-policy',
  'strict-transport-security',
  'x-content-type-options',
  'x-frame-options',
  'referrer-policy',
  'permissions-policy',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
])

function overrides(pairs: readonly OutgoingHttpHeader[]): boolean {
  for (let index = 0; index < pairs.length; index += 2) if (SHARED.has(pairs[index] as string)) return true
  return false
}

/** The common headers without those that are given; `Vary` is added to instead, a cache must not mix origins. */
function without(common: readonly string[], pairs: OutgoingHttpHeader[]): OutgoingHttpHeader[] {
  const kept: OutgoingHttpHeader[] = []
  for (let index = 0; index < common.length; index += 2) {
    const name = common[index] as string
    const value = common[index + 1] as string
    const at = pairs.findIndex((one, place) => place % 2 === 0 && one === name)
    if (at < 0) kept.push(name, value)
    else if (name === 'vary') pairs[at + 1] = `${value}, ${String(pairs[at + 1])}`
  }
  return kept
}
