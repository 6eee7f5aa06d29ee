import { randomUUID } from 'node:crypto'
import { currentRequest } from '../context/request-context.ts'
import { Redactor } from './redact.ts'
import { SeenErrors } from './reported.ts'
import {
  authHeader,
  envelopeText,
  type ErrorContext,
  type EventBase,
  eventText,
  parseDsn,
  type SentryDsn,
} from './sentry-envelope.ts'

/** Sends one request, as the global `fetch`. */
export type SendRequest = (url: string, init: RequestInit) => Promise<Response>

export interface ErrorTrackerOptions extends EventBase {
  /** `https://<key>@<host>/<project>`; any store that speaks Sentry's envelope protocol. */
  readonly dsn: string
  /** Default: hides by key and by the look of the text, knows no values. */
  readonly redactor?: Redactor
  /** Events that wait while the store is slow; what comes on top is dropped. Default 100. */
  readonly queueMax?: number
  /** Events a minute; what comes on top is dropped: a failing dependency makes one kind of event, thousands of times. Default 60. */
  readonly perMinuteMax?: number
  /** Longest one request to the store may take; milliseconds. Default 5,000. */
  readonly timeoutMs?: number
  /** Default the global `fetch`. */
  readonly send?: SendRequest
  /** Milliseconds since the epoch. Default the system's clock. */
  readonly nowMs?: () => number
}

/** Why events did not arrive. */
export type DropReason = 'queue_full' | 'over_cap' | 'rate_limited' | 'refused' | 'unreachable' | 'closed'

interface Waiting {
  readonly eventId: string
  readonly event: string
}

const MINUTE_MS = 60_000
const RETRY_AFTER_DEFAULT_S = 60
/** A store that says "come back next year" is asked again tomorrow. */
const RETRY_AFTER_MAX_S = 24 * 3600

/**
 * Reports errors to a store that speaks Sentry's protocol. `capture` costs the time to write the event as JSON and
 * never throws; sending happens aside, one request at a time, and what can't be sent is dropped and counted.
 *
 * @example
 * const tracker = new ErrorTracker({ dsn, service: 'orders', release: 'orders@1.4.0', environment: 'production' })
 * tracker.capture(error, { transaction: '/v1/orders/{id}' })
 */
export class ErrorTracker {
  readonly #dsn: SentryDsn
  readonly #base: EventBase
  readonly #redactor: Redactor
  readonly #queueMax: number
  readonly #perMinuteMax: number
  readonly #timeoutMs: number
  readonly #send: SendRequest
  readonly #nowMs: () => number
  readonly #seen = new SeenErrors()
  readonly #queue: Waiting[] = []
  readonly #dropped: Record<DropReason, number> = {
    queue_full: 0,
    over_cap: 0,
    rate_limited: 0,
    refused: 0,
    unreachable: 0,
    closed: 0,
  }
  #sent = 0
  #minute = 0
  #inMinute = 0
  #limitedUntilMs = 0
  #sending: Promise<void> | null = null
  #closed = false

  /** @throws RangeError for a malformed DSN or a limit below 1 */
  constructor(options: ErrorTrackerOptions) {
    this.#dsn = parseDsn(options.dsn)
    this.#base = {
      service: options.service,
      ...(options.release === undefined ? {} : { release: options.release }),
      ...(options.environment === undefined ? {} : { environment: options.environment }),
    }
    this.#redactor = options.redactor ?? new Redactor()
    this.#queueMax = options.queueMax ?? 100
    this.#perMinuteMax = options.perMinuteMax ?? 60
    this.#timeoutMs = options.timeoutMs ?? 5000
    this.#send = options.send ?? fetch
    this.#nowMs = options.nowMs ?? Date.now
    for (const limit of [this.#queueMax, this.#perMinuteMax, this.#timeoutMs]) {
      if (!(limit >= 1)) throw new RangeError(`a limit of error tracking must be at least 1, not ${limit}`)
    }
  }

  /** Events that the store took. */
  get sent(): number {
    return this.#sent
  }

  /** Events that were given up, by reason. */
  get dropped(): Readonly<Record<DropReason, number>> {
    return this.#dropped
  }

  /**
   * Reports an error, once: the same error again, or another one with the same cause, is nothing new.
   * @returns the event's id; null when it was reported before or had to be dropped
   */
  capture(error: unknown, context: ErrorContext = {}): string | null {
    try {
      if (!this.#seen.isFirst(error)) return null
      const nowMs = this.#nowMs()
      const reason = this.#refusal(nowMs)
      if (reason !== null) {
        this.#dropped[reason]++
        return null
      }
      const request = currentRequest()
      const correlationId = context.correlationId ?? request?.correlationId
      const eventId = randomUUID().replaceAll('-', '')
      const event = eventText(
        error,
        { ...context, ...(correlationId === undefined ? {} : { correlationId }) },
        this.#base,
        { eventId, atMs: nowMs, traceparent: request?.trace?.traceparent ?? null },
        this.#redactor,
      )
      this.#queue.push({ eventId, event })
      this.#start()
      return eventId
    } catch {
      // What reports errors must not make any.
      this.#dropped.refused++
      return null
    }
  }

  /** Resolves when all was sent or given up, at the latest after the time. Never rejects. @param timeoutMs default 2,000 */
  async flush(timeoutMs = 2000): Promise<void> {
    if (this.#queue.length > 0) this.#start()
    if (this.#sending === null) return
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs)
    })
    await Promise.race([this.#sending, timeout])
    clearTimeout(timer)
  }

  /** Takes no more, then as `flush`; what is left is dropped. */
  async close(timeoutMs = 2000): Promise<void> {
    this.#closed = true
    await this.flush(timeoutMs)
    this.#dropped.closed += this.#queue.length
    this.#queue.length = 0
  }

  #refusal(nowMs: number): DropReason | null {
    if (this.#closed) return 'closed'
    if (nowMs < this.#limitedUntilMs) return 'rate_limited'
    const minute = Math.floor(nowMs / MINUTE_MS)
    if (minute !== this.#minute) {
      this.#minute = minute
      this.#inMinute = 0
    }
    if (this.#inMinute >= this.#perMinuteMax) return 'over_cap'
    if (this.#queue.length >= this.#queueMax) return 'queue_full'
    this.#inMinute++
    return null
  }

  #start(): void {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = null
    })
  }

  async #sendAll(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      if (this.#nowMs() < this.#limitedUntilMs) this.#dropped.rate_limited++
      else await this.#sendOne(next)
    }
  }

  async #sendOne({ eventId, event }: Waiting): Promise<void> {
    try {
      const response = await this.#send(this.#dsn.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-sentry-envelope',
          'x-sentry-auth': authHeader(this.#dsn),
        },
        body: envelopeText(eventId, event, new Date(this.#nowMs()).toISOString()),
        signal: AbortSignal.timeout(this.#timeoutMs),
        // Whoever answers with a redirect would get the event.
        redirect: 'error',
      })
      await response.body?.cancel()
      const waitS = limitedForS(response.headers, response.status, this.#nowMs())
      if (waitS > 0) this.#limitedUntilMs = this.#nowMs() + Math.min(waitS, RETRY_AFTER_MAX_S) * 1000
      if (response.ok) this.#sent++
      else this.#dropped[response.status === 429 ? 'rate_limited' : 'refused']++
    } catch {
      this.#dropped.unreachable++
    }
  }
}

/**
 * For how long the store wants no more errors; seconds, 0 for no limit. `X-Sentry-Rate-Limits` is a list of
 * `seconds:categories:scope...`, where no category means all; without it, a 429 goes by `Retry-After` (RFC 9110, 10.2.3),
 * or is taken as a minute.
 */
export function limitedForS(headers: Headers, status: number, nowMs: number): number {
  const limits = headers.get('x-sentry-rate-limits')
  if (limits !== null) {
    let longest = 0
    for (const limit of limits.slice(0, 4096).split(',')) {
      const [seconds = '', categories = ''] = limit.trim().split(':')
      const names = categories.split(';').filter((name) => name !== '')
      if (names.length > 0 && !names.includes('error') && !names.includes('default')) continue
      const parsed = Number(seconds)
      longest = Math.max(longest, seconds !== '' && parsed >= 0 ? parsed : RETRY_AFTER_DEFAULT_S)
    }
    return longest
  }
  if (status !== 429) return 0
  const after = headers.get('retry-after')
  if (after === null) return RETRY_AFTER_DEFAULT_S
  if (/^\d{1,9}$/.test(after)) return Number(after)
  const date = Date.parse(after)
  return Number.isNaN(date) ? RETRY_AFTER_DEFAULT_S : Math.max(0, (date - nowMs) / 1000)
}
