import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Readable, Transform } from 'node:stream'
import { ServiceError } from '../errors/service-error.ts'
import type { LogFields } from '../telemetry/logger.ts'
import type { MountedRoute } from './mounted-route.ts'
import type { RequestState } from './request-state.ts'
import type { AnyRoute, Method, Priority } from './route.ts'

export type StreamMethod = Method | 'HEAD' | 'OPTIONS'

export interface StreamDescription {
  readonly path: string
  readonly methods: readonly StreamMethod[]
  readonly summary: string
}

/**
 * A route whose handler gets the request and the answer as Node has them, to stream both: a gateway's. Before the handler come
 * load shedding, the rate limit and the check against CSRF as for any route; around it are the correlation id, the trace, one
 * log line, metrics and the headers of the service. Who may call is decided behind it: such a route is public.
 */
export interface StreamRoute {
  readonly id: string
  /** A path, or a prefix with `/*` at its end: `/media/*`, or `/*` for whatever no other route takes. */
  readonly path: string
  readonly methods: readonly StreamMethod[]
  /** Every label that metrics and log lines may show for it, 1 to 100; the first unless the handler says another. */
  readonly labels: readonly [string, ...string[]]
  /**
   * What is known to be behind, for the description of the API; a path as OpenAPI writes it, or a prefix with `/*` at its end, which
   * is described with up to six segments. Default nothing.
   */
  readonly described?: readonly StreamDescription[]
  /** Bytes of a request's body. Default the service's `bodyBytesMax`. */
  readonly bodyBytesMax?: number
  /** Default `normal`. */
  readonly priority?: Priority
  /** For the head of the answer, unless its handler sets another; milliseconds. What follows has no limit but that it may not stand still. Default the service's. */
  readonly deadlineMs?: number
  /** Profile of the security headers that an answer gets where it has none itself. Default `api`. */
  readonly headers?: string
  /**
   * Resolves when the answer was ended. What it throws before the head was written is answered with the envelope; after that the
   * connection is cut, so that no caller takes the part for the whole.
   */
  readonly handler: (exchange: StreamExchange) => Promise<void>
}

const LABELS_MAX = 100
const PATH = /^\/(?:[A-Za-z0-9._~-]+(?:\/[A-Za-z0-9._~-]+)*(?:\/\*)?|\*)$/

/** @throws RangeError for a path, labels or a limit that cannot be */
export function checkStream(stream: StreamRoute): void {
  const { id, path, labels, bodyBytesMax = 1 } = stream
  if (!PATH.test(path)) throw new RangeError(`stream ${id}: expected a path, or a prefix that ends in /*, not ${path}`)
  if (stream.methods.length === 0) throw new RangeError(`stream ${id}: expected at least one method`)
  if (labels.length === 0 || labels.length > LABELS_MAX)
    throw new RangeError(`stream ${id}: expected 1 to ${LABELS_MAX} labels, not ${labels.length}`)
  if (!Number.isSafeInteger(bodyBytesMax) || bodyBytesMax < 0)
    throw new RangeError(`stream ${id}: bodyBytesMax is ${bodyBytesMax}: expected a whole number from 0`)
}

/** What the rest of the service takes a stream for. */
export function streamAsRoute(stream: StreamRoute, method: Method): AnyRoute {
  return {
    id: stream.id,
    method,
    path: stream.path,
    access: 'public',
    summary: stream.id,
    tag: 'stream',
    answers: {},
    errors: [],
    ...(stream.priority === undefined ? {} : { priority: stream.priority }),
    ...(stream.deadlineMs === undefined ? {} : { deadlineMs: stream.deadlineMs }),
    ...(stream.headers === undefined ? {} : { headers: stream.headers }),
    handler: () => ({ status: 204 }),
  }
}

/** One request of a stream route, and the answer to it. */
export class StreamExchange {
  /** As it came; its body has not been read. Read it through `body`, which keeps the limit. */
  readonly request: IncomingMessage
  /** Write the head with `writeHead`: it gets what every answer of the service has. Header names in lower case. */
  readonly response: ServerResponse
  /** Address of the caller: of the socket, or what a trusted proxy says. */
  readonly address: string
  /** Whether the other end of the connection is a trusted proxy, so that its forwarding headers may be believed. */
  readonly fromProxy: boolean
  readonly #state: RequestState
  readonly #labels: ReadonlyMap<string, MountedRoute>
  readonly #bodyBytesMax: number
  #body: Readable | null = null

  /** @throws ServiceError `body_too_large` for a body that says so itself */
  constructor(
    state: RequestState,
    caller: { readonly address: string; readonly fromProxy: boolean },
    labels: ReadonlyMap<string, MountedRoute>,
    bodyBytesMax: number,
  ) {
    this.request = state.request
    this.response = state.response
    this.address = caller.address
    this.fromProxy = caller.fromProxy
    this.#state = state
    this.#labels = labels
    this.#bodyBytesMax = bodyBytesMax
    state.streamed = true
    if (Number(this.request.headers['content-length'] ?? 0) > bodyBytesMax) throw new ServiceError('body_too_large')
  }

  get correlationId(): string {
    return this.#state.correlationId
  }

  /** Aborts when the time for the head is over, when the caller went away and when the answer is out. */
  get signal(): AbortSignal {
    return this.#state.signal
  }

  /** The body, or null for a request without one. It fails with `body_too_large` beyond the limit, and when the caller goes away. */
  get body(): Readable | null {
    const { request } = this
    if (request.headers['transfer-encoding'] === undefined && !(Number(request.headers['content-length']) > 0))
      return null
    this.#body ??= bounded(request, this.#bodyBytesMax)
    return this.#body
  }

  /** Adds fields to the one log line of this request. */
  note(fields: LogFields): void {
    this.#state.notes = { ...this.#state.notes, ...fields }
  }

  /** For the head of this answer instead of the route's; milliseconds since the request began. */
  limit(ms: number): void {
    if (!(ms > 0)) throw new RangeError(`the limit is ${ms} ms: it must be above 0`)
    this.#state.expiresMs = this.#state.startedMs + ms
  }

  /**
   * Which of the route's labels this request counts under.
   * @throws RangeError for one that the route did not declare: labels are bounded
   */
  label(name: string): void {
    const mounted = this.#labels.get(name)
    if (!mounted) throw new RangeError(`the label ${name} is not among those of the route`)
    this.#state.route = mounted
  }
}

/** A copy of the body that may be destroyed: destroying the request itself would close the connection under the answer. */
function bounded(request: IncomingMessage, bytesMax: number): Readable {
  let bytes = 0
  const copy = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes > bytesMax) done(new ServiceError('body_too_large'))
      else done(null, chunk)
    },
  })
  // Somebody always listens: a body that nobody reads any more must not end the process.
  copy.on('error', () => {})
  request.once('close', () => {
    if (!request.complete) copy.destroy(new Error('the caller went away'))
  })
  // What is not wanted any more is read and dropped, or the connection could not be used for the answer.
  copy.once('close', () => request.unpipe(copy).resume())
  return request.pipe(copy)
}

/** Ends a connection so that its other end sees a failure, and never a whole answer. */
export function cutOff(response: ServerResponse): void {
  const { socket } = response
  // With TLS the missing close_notify says it; without, an answer that ends with its connection would look complete.
  if (socket && !('encrypted' in socket)) socket.resetAndDestroy()
  else response.destroy()
}
