import { currentRequest, type RequestTrace } from '../context/request-context.ts'
import { RandomIds } from './random-ids.ts'
import { formatTraceparent, parseTraceparent, parseTracestate, type TraceParent } from './trace-context.ts'

/** What a span stands for, as OpenTelemetry names it. */
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer'

export type SpanAttributes = Record<string, string | number | boolean>

/** A span that has ended, as an exporter gets it. */
export interface FinishedSpan {
  readonly name: string
  readonly kind: SpanKind
  readonly traceId: string
  readonly spanId: string
  /** Empty for the first span of a trace. */
  readonly parentSpanId: string
  /** The parent is another process. */
  readonly parentIsRemote: boolean
  readonly tracestate: string
  /** Milliseconds since the epoch, with a fraction. */
  readonly startMs: number
  readonly endMs: number
  readonly attributes: Readonly<SpanAttributes>
  /** Text of what went wrong; null: nothing. */
  readonly error: string | null
}

/** Where ended spans go. A contract: `add` never throws nor waits, and drops what does not fit. */
export interface TraceExporter {
  add(span: FinishedSpan): void
  /** Never rejects. @param timeoutMs resolves at the latest then */
  flush(timeoutMs: number): Promise<void>
  /** The same, then lets go of timers and connections. */
  close(timeoutMs: number): Promise<void>
}

export interface TracingOptions {
  /** Share of the traces begun here that are recorded, 0 to 1. Default 0.1. A caller's decision is kept. */
  readonly sampleRatio?: number
  /**
   * Traces recorded in one second, callers' decisions included: whoever sets the flag on every request could make every
   * request cost more. What comes on top is handed on but not recorded. Default 500.
   */
  readonly recordedPerSecondMax?: number
  /** Default none: ids are handed on and nothing is recorded. */
  readonly exporter?: TraceExporter
  /** Takes secrets out of error texts before they leave. Default: only the name of the error is kept. */
  readonly errorText?: (error: unknown) => string
  /** 0 up to 1, excluded. Default `Math.random`. */
  readonly random?: () => number
  readonly ids?: RandomIds
  /** Milliseconds since the epoch. Default: the process's monotonic clock, set at its start. */
  readonly nowMs?: () => number
}

/** How an answered request ends its span. */
export interface ServerEnd {
  readonly method: string
  /** Pattern of the route; empty when none matched. */
  readonly route: string
  readonly status: number
  readonly error?: unknown
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'QUERY'])
const ATTRIBUTES_MAX = 64

interface TracingCore {
  readonly exporter: TraceExporter | null
  readonly ids: RandomIds
  readonly nowMs: () => number
  readonly errorText: (error: unknown) => string
}

/**
 * Traces by few spans that are made by hand: the request, the database, calls to others. Only sampled requests make
 * span objects; for the rest a trace costs one small object, and ids only when a call to another service needs them.
 *
 * @example
 * const trace = tracing.begin(request.headers.traceparent, request.headers.tracestate)
 * runInRequest({ correlationId, deadline: null, trace }, async () => {
 *   const span = tracing.startSpan('SELECT orders', 'client', { 'db.system.name': 'postgresql' })
 *   await query().finally(() => span?.end())
 * })
 * trace.end({ method: 'GET', route: '/v1/orders/{id}', status: 200 })
 */
export class Tracing {
  readonly #core: TracingCore
  readonly #ratio: number
  readonly #perSecondMax: number
  readonly #random: () => number
  #second = 0
  #inSecond = 0

  /** @throws RangeError for a ratio outside of 0 to 1, or a limit below 1 */
  constructor(options: TracingOptions = {}) {
    const ratio = options.sampleRatio ?? 0.1
    if (!(ratio >= 0 && ratio <= 1)) throw new RangeError(`sampleRatio must be from 0 to 1, not ${ratio}`)
    // Nobody would get them: recording would be work for nothing.
    this.#ratio = options.exporter === undefined ? 0 : ratio
    this.#perSecondMax = options.recordedPerSecondMax ?? 500
    if (!(this.#perSecondMax >= 1))
      throw new RangeError(`recordedPerSecondMax must be at least 1, not ${this.#perSecondMax}`)
    this.#random = options.random ?? Math.random
    this.#core = {
      exporter: options.exporter ?? null,
      ids: options.ids ?? new RandomIds(),
      nowMs: options.nowMs ?? (() => performance.timeOrigin + performance.now()),
      errorText: options.errorText ?? nameOf,
    }
  }

  /**
   * The trace of a request that came in. The caller's flag decides whether it is recorded, where there is one; never throws.
   * @param traceparent header as `node:http` gives it  @param tracestate the same
   */
  begin(traceparent: string | readonly string[] | undefined, tracestate?: string | readonly string[]): ServerTrace {
    const parent = traceparent === undefined ? null : parseTraceparent(traceparent)
    const sampled = parent === null ? this.#ratio > 0 && this.#random() < this.#ratio : parent.sampled
    // Without a valid traceparent, tracestate belongs to nothing: 3.3 of the standard.
    const recording = sampled && this.#core.exporter !== null && this.#isWithinCap()
    return new ServerTrace(this.#core, parent, parent === null ? undefined : tracestate, sampled, recording)
  }

  /**
   * A span below the request under way, or below `parent`; null where nothing is recorded.
   * @param name few different ones: `SELECT orders`, never with an id  @param attributes at most 64 are kept
   */
  startSpan(name: string, kind: SpanKind, attributes?: SpanAttributes, parent?: Span | null): Span | null {
    return parent ? parent.child(name, kind, attributes) : startSpan(name, kind, attributes)
  }

  /** @param timeoutMs default 2,000 */
  async flush(timeoutMs = 2000): Promise<void> {
    await this.#core.exporter?.flush(timeoutMs)
  }

  /** @param timeoutMs default 2,000 */
  async close(timeoutMs = 2000): Promise<void> {
    await this.#core.exporter?.close(timeoutMs)
  }

  #isWithinCap(): boolean {
    const second = Math.floor(this.#core.nowMs() / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#inSecond = 0
    }
    return this.#inSecond++ < this.#perSecondMax
  }
}

/**
 * A span below the request under way; null outside of one, and where nothing is recorded. For libraries, which have no
 * `Tracing` at hand.
 *
 * @example
 * const span = startSpan('SELECT orders', 'client', { 'db.system.name': 'postgresql' })
 */
export function startSpan(name: string, kind: SpanKind, attributes?: SpanAttributes): Span | null {
  const trace = currentRequest()?.trace
  return trace instanceof ServerTrace ? trace.startSpan(name, kind, attributes) : null
}

/** The trace of one request: what `RequestContext.trace` holds. */
export class ServerTrace implements RequestTrace {
  /** Also the flag that calls caused by this request carry. */
  readonly sampled: boolean
  readonly #recording: boolean
  readonly #core: TracingCore
  readonly #parent: TraceParent | null
  readonly #rawState: string | readonly string[] | undefined
  readonly #startMs: number
  #traceId = ''
  #spanId = ''
  #state: string | null = null
  #ended = false

  /** Use `tracing.begin`. */
  constructor(
    core: TracingCore,
    parent: TraceParent | null,
    tracestate: string | readonly string[] | undefined,
    sampled: boolean,
    recording: boolean,
  ) {
    this.sampled = sampled
    this.#recording = recording
    this.#core = core
    this.#parent = parent
    this.#rawState = tracestate
    // Only a span needs its start.
    this.#startMs = this.#recording ? core.nowMs() : 0
  }

  /** Whether spans are made: sampled, there is an exporter, and the second's share is not used up. */
  get recording(): boolean {
    return this.#recording
  }

  /** 32 hexadecimal digits; made when first asked for. */
  get traceId(): string {
    if (this.#traceId === '') this.#traceId = this.#parent?.traceId ?? this.#core.ids.traceId()
    return this.#traceId
  }

  /** 16 hexadecimal digits of the request's own span; made when first asked for. */
  get spanId(): string {
    if (this.#spanId === '') this.#spanId = this.#core.ids.spanId()
    return this.#spanId
  }

  /**
   * For a call that has no span of its own. Recorded, it hangs below the request's span; else each call gets another id,
   * as 3.2.2.4 of the standard wants calls told apart.
   */
  get traceparent(): string {
    const spanId = this.#recording ? this.spanId : this.#core.ids.spanId()
    return formatTraceparent(this.traceId, spanId, this.sampled, this.#parent?.random)
  }

  get tracestate(): string {
    this.#state ??= parseTracestate(this.#rawState)
    return this.#state
  }

  /** The caller said that the trace id is random. */
  get random(): boolean {
    return this.#parent?.random ?? false
  }

  /** A span below the request's own; null when nothing is recorded. */
  startSpan(name: string, kind: SpanKind, attributes?: SpanAttributes): Span | null {
    return this.#recording ? new Span(this.#core, this, this.spanId, name, kind, attributes) : null
  }

  /** Ends the request's own span, once. Costs nothing for a trace that is not recorded. */
  end(end: ServerEnd): void {
    if (!this.#recording || this.#ended) return
    this.#ended = true
    const known = METHODS.has(end.method)
    const attributes: SpanAttributes = {
      'http.request.method': known ? end.method : '_OTHER',
      'http.response.status_code': end.status,
    }
    if (end.route !== '') attributes['http.route'] = end.route
    const failed = end.status >= 500 || (end.error !== undefined && end.error !== null)
    // error.type of the semantic conventions: the status where nothing better is known.
    if (failed) attributes['error.type'] = end.error instanceof Error ? end.error.name : String(end.status)
    this.#core.exporter?.add({
      name: `${known ? end.method : 'HTTP'}${end.route === '' ? '' : ` ${end.route}`}`,
      kind: 'server',
      traceId: this.traceId,
      spanId: this.spanId,
      parentSpanId: this.#parent?.parentId ?? '',
      parentIsRemote: this.#parent !== null,
      tracestate: this.tracestate,
      startMs: this.#startMs,
      endMs: this.#core.nowMs(),
      attributes,
      error: failed ? (end.error === undefined || end.error === null ? '' : safely(this.#core, end.error)) : null,
    })
  }
}

/** A piece of work inside a recorded request. */
export class Span {
  readonly #core: TracingCore
  readonly #trace: ServerTrace
  readonly #parentSpanId: string
  readonly #name: string
  readonly #kind: SpanKind
  readonly #attributes: SpanAttributes
  readonly #startMs: number
  readonly spanId: string
  #ended = false

  /** Use `tracing.startSpan`. */
  constructor(
    core: TracingCore,
    trace: ServerTrace,
    parentSpanId: string,
    name: string,
    kind: SpanKind,
    attributes: SpanAttributes = {},
  ) {
    this.#core = core
    this.#trace = trace
    this.#parentSpanId = parentSpanId
    this.#name = name
    this.#kind = kind
    this.#attributes = { ...attributes }
    this.#startMs = core.nowMs()
    this.spanId = core.ids.spanId()
  }

  /** Replaces or adds one attribute; beyond 64 of them it is ignored. */
  set(name: string, value: string | number | boolean): void {
    if (name in this.#attributes || Object.keys(this.#attributes).length < ATTRIBUTES_MAX)
      this.#attributes[name] = value
  }

  /** A span below this one. */
  child(name: string, kind: SpanKind, attributes?: SpanAttributes): Span {
    return new Span(this.#core, this.#trace, this.spanId, name, kind, attributes)
  }

  /** Headers for a call that this span stands for; the other service's spans hang below it. */
  headers(): Record<string, string> {
    const traceparent = formatTraceparent(this.#trace.traceId, this.spanId, true, this.#trace.random)
    const { tracestate } = this.#trace
    return tracestate === '' ? { traceparent } : { traceparent, tracestate }
  }

  /** Ends it, once. @param error what went wrong, if anything */
  end(error?: unknown): void {
    if (this.#ended) return
    this.#ended = true
    const failed = error !== undefined && error !== null
    if (failed) this.set('error.type', nameOf(error))
    this.#core.exporter?.add({
      name: this.#name,
      kind: this.#kind,
      traceId: this.#trace.traceId,
      spanId: this.spanId,
      parentSpanId: this.#parentSpanId,
      parentIsRemote: false,
      tracestate: this.#trace.tracestate,
      startMs: this.#startMs,
      endMs: this.#core.nowMs(),
      attributes: this.#attributes,
      error: failed ? safely(this.#core, error) : null,
    })
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error
}

function safely(core: TracingCore, error: unknown): string {
  try {
    return core.errorText(error)
  } catch {
    return ''
  }
}
