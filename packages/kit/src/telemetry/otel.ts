import type { HrTime, SpanContext, TraceState } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace'
import type { FinishedSpan, SpanKind, TraceExporter } from './tracing.ts'

export interface OtlpOptions {
  /** Where the collector takes traces, as `http://collector:4318/v1/traces`. */
  readonly url: string
  /** `service.name` of every span. */
  readonly service: string
  /** `service.version`. Default none. */
  readonly version?: string
  /** `deployment.environment.name`. Default none. */
  readonly environment?: string
  /** Headers of every export, `authorization` for instance. Default none. */
  readonly headers?: Readonly<Record<string, string>>
  /** Spans kept while the collector does not answer; what comes on top is dropped and counted. Default 2,048. */
  readonly queueMax?: number
  /** Spans of one export. Default 512. */
  readonly batchMax?: number
  /** Pause between two exports; milliseconds. Default 1,000. */
  readonly delayMs?: number
  /** Longest an export may take, the exporter's own retries included; milliseconds. Default 5,000. */
  readonly timeoutMs?: number
}

/** An exporter that says how it fares. */
export interface OtlpExporter extends TraceExporter {
  /** Spans given up since the start. */
  readonly dropped: number
  /** Spans that wait. */
  readonly queued: number
}

const SCOPE = { name: '@greengate/kit' }
// Numbers of `SpanKind` and `SpanStatusCode` of @opentelemetry/api: as values, so that it is not loaded for them.
const KINDS: Readonly<Record<SpanKind, number>> = { internal: 0, server: 1, client: 2, producer: 3, consumer: 4 }
const STATUS_UNSET = 0
const STATUS_ERROR = 2
const FLAG_SAMPLED = 1

/**
 * Sends spans to an OpenTelemetry collector (OTLP over HTTP, JSON). Loads the optional packages
 * `@opentelemetry/sdk-trace`, `exporter-trace-otlp-http` and `resources` when it is called, and nothing else does.
 * A collector that is away costs nobody anything: the queue is bounded and nothing waits for it.
 *
 * @throws TypeError for what is no http URL; RangeError for a limit below 1; Error when one of the packages is missing
 */
export async function createOtlpExporter(options: OtlpOptions): Promise<OtlpExporter> {
  const url = new URL(options.url)
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new TypeError(`the address of the collector must begin with http:// or https://, not ${url.protocol}`)
  const [{ OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]).catch((error: unknown) => {
    throw new Error(
      'tracing needs @opentelemetry/sdk-trace, @opentelemetry/exporter-trace-otlp-http and @opentelemetry/resources: install them, or leave the collector out of the configuration',
      { cause: error },
    )
  })
  const resource = resourceFromAttributes({
    'service.name': options.service,
    ...(options.version === undefined ? {} : { 'service.version': options.version }),
    ...(options.environment === undefined ? {} : { 'deployment.environment.name': options.environment }),
    'telemetry.sdk.language': 'nodejs',
  })
  const exporter = new OTLPTraceExporter({
    url: url.href,
    timeoutMillis: options.timeoutMs ?? 5000,
    ...(options.headers === undefined ? {} : { headers: { ...options.headers } }),
  })
  return new BatchingExporter(exporter, resource, options)
}

class BatchingExporter implements OtlpExporter {
  readonly #exporter: SpanExporter
  readonly #resource: Resource
  readonly #queueMax: number
  readonly #batchMax: number
  readonly #delayMs: number
  readonly #timeoutMs: number
  #queue: FinishedSpan[] = []
  #dropped = 0
  #timer: NodeJS.Timeout | null = null
  #exporting: Promise<void> | null = null
  #closed = false

  constructor(exporter: SpanExporter, resource: Resource, options: OtlpOptions) {
    this.#exporter = exporter
    this.#resource = resource
    this.#queueMax = options.queueMax ?? 2048
    this.#batchMax = options.batchMax ?? 512
    this.#delayMs = options.delayMs ?? 1000
    this.#timeoutMs = options.timeoutMs ?? 5000
    for (const limit of [this.#queueMax, this.#batchMax, this.#delayMs, this.#timeoutMs]) {
      if (!Number.isFinite(limit) || limit < 1)
        throw new RangeError(`a limit of the exporter must be at least 1, not ${limit}`)
    }
  }

  get dropped(): number {
    return this.#dropped
  }

  get queued(): number {
    return this.#queue.length
  }

  add(span: FinishedSpan): void {
    if (this.#closed || this.#queue.length >= this.#queueMax) {
      this.#dropped++
      return
    }
    this.#queue.push(span)
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      void this.#exportAll()
    }, this.#delayMs).unref()
  }

  async flush(timeoutMs: number): Promise<void> {
    await within(timeoutMs, this.#exportAll())
  }

  async close(timeoutMs: number): Promise<void> {
    const startedMs = performance.now()
    this.#closed = true
    await this.flush(timeoutMs)
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#dropped += this.#queue.length
    this.#queue = []
    await within(Math.max(1, timeoutMs - (performance.now() - startedMs)), this.#exporter.shutdown())
  }

  /** One export at a time: those that ask while one runs wait for it. */
  #exportAll(): Promise<void> {
    this.#exporting ??= this.#exportQueue().finally(() => {
      this.#exporting = null
    })
    return this.#exporting
  }

  async #exportQueue(): Promise<void> {
    // What is added meanwhile goes with the next one: this one ends.
    for (let left = this.#queue.length; left > 0; left -= this.#batchMax) {
      const batch = this.#queue.splice(0, this.#batchMax)
      if (!(await this.#exportBatch(batch))) this.#dropped += batch.length
    }
  }

  #exportBatch(batch: readonly FinishedSpan[]): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), this.#timeoutMs).unref()
      try {
        this.#exporter.export(
          batch.map((span) => readableSpan(span, this.#resource)),
          (result) => {
            clearTimeout(timer)
            resolve(result.code === 0)
          },
        )
      } catch {
        clearTimeout(timer)
        resolve(false)
      }
    })
  }
}

/** Waits for the work or the time, whichever is first; a failure counts as done. */
async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise((resolve) => {
    timer = setTimeout(resolve, timeoutMs)
  })
  await Promise.race([work.catch(() => undefined), timeout])
  clearTimeout(timer)
}

function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000)
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)]
}

/** The text as the standard's object; nobody changes a span that has ended. */
function traceStateOf(text: string): TraceState {
  const same: TraceState = { get: () => undefined, set: () => same, unset: () => same, serialize: () => text }
  return same
}

function contextOf(span: FinishedSpan, spanId: string, isRemote: boolean): SpanContext {
  return {
    traceId: span.traceId,
    spanId,
    traceFlags: FLAG_SAMPLED,
    isRemote,
    ...(span.tracestate === '' ? {} : { traceState: traceStateOf(span.tracestate) }),
  }
}

function readableSpan(span: FinishedSpan, resource: Resource): ReadableSpan {
  const context = contextOf(span, span.spanId, false)
  return {
    name: span.name,
    kind: KINDS[span.kind],
    spanContext: () => context,
    ...(span.parentSpanId === '' ? {} : { parentSpanContext: contextOf(span, span.parentSpanId, span.parentIsRemote) }),
    startTime: hrTime(span.startMs),
    endTime: hrTime(span.endMs),
    duration: hrTime(Math.max(0, span.endMs - span.startMs)),
    status: span.error === null ? { code: STATUS_UNSET } : { code: STATUS_ERROR, message: span.error },
    attributes: { ...span.attributes },
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  }
}
