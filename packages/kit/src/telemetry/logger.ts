import { currentRequest } from '../context/request-context.ts'
import { quote, TimeText } from './json-text.ts'
import { LineBatch, stdoutBatch } from './line-batch.ts'
import type { LogDestination } from './log-destination.ts'
import { keyText, type LogCore, type LogFields, memberText } from './log-fields.ts'
import { Redactor } from './redact.ts'
import { reportOnce } from './reported.ts'
import { RequestLine } from './request-line.ts'

export type { LogFields } from './log-fields.ts'

export const logLevels = ['debug', 'info', 'warn', 'error', 'fatal'] as const
export type LogLevel = (typeof logLevels)[number]

export interface LoggerOptions {
  /** Name of the service; in every line. */
  readonly service: string
  /** Lines below it are not written. Default `info`. */
  readonly level?: LogLevel
  /** Default: hides by key and by the look of the text, knows no values. */
  readonly redactor?: Redactor
  /** Takes each line at once, with its line feed. Instead of `destination`; for tests and command lines. */
  readonly write?: (line: string) => void
  /** Takes the lines of one turn of the event loop together. Default: standard output. */
  readonly destination?: LogDestination
  /** Milliseconds since the epoch. Default the system's clock. */
  readonly nowMs?: () => number
}

/** Serialised by a parent for its children: fields, and what replaces the defaults. */
interface Inherited {
  readonly text: string
  readonly correlationId: string | null
  readonly actor: string | null
}

const HEADS: Readonly<Record<LogLevel, string>> = {
  debug: '","level":"debug","event":',
  info: '","level":"info","event":',
  warn: '","level":"warn","event":',
  error: '","level":"error","event":',
  fatal: '","level":"fatal","event":',
}
const LEVELS: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, fatal: 4 }
const NOTHING: Inherited = { text: '', correlationId: null, actor: null }

/**
 * One JSON object per line: `time` (RFC 3339, UTC), `level`, `event`, `service`, `correlation_id` (of the request under
 * way unless given), `actor`, `duration_ms`, then the fields, all of them redacted. Lines are written together at the end
 * of the turn of the event loop in which they were logged, and `fatal` ones at once: a SIGKILL loses one turn at most.
 *
 * @example
 * const logger = new Logger({ service: 'orders', redactor: new Redactor(secrets) })
 * logger.log('info', 'order_placed', { order_id: 'o-1', lines: 3 })
 */
export class Logger {
  readonly #core: LogCore
  readonly #inherited: Inherited

  /** @throws RangeError for a level that does not exist, or an empty name */
  constructor(options: LoggerOptions)
  /** Made by `child`. */
  constructor(core: LogCore, inherited: Inherited)
  constructor(from: LoggerOptions | LogCore, inherited: Inherited = NOTHING) {
    this.#core = 'threshold' in from ? from : coreOf(from, (total) => this.#dropped(total))
    this.#inherited = inherited
  }

  /** Whether lines of this level are written: asked before work that only a line needs. */
  isEnabled(level: LogLevel): boolean {
    return LEVELS[level] >= this.#core.threshold
  }

  /**
   * Never throws, whatever the fields are.
   * @param event a constant in snake case: what happened, not a sentence
   * @param fields `correlation_id`, `actor` and `duration_ms` replace the defaults; one named like another standard
   *   member gets an underscore at its end
   */
  log(level: LogLevel, event: string, fields?: LogFields): void {
    const core = this.#core
    if (LEVELS[level] < core.threshold) return
    const request = currentRequest()
    let correlation = this.#inherited.correlationId ?? (request === undefined ? 'null' : quote(request.correlationId))
    let actor = this.#inherited.actor ?? '"system"'
    let duration = '0'
    let rest = this.#inherited.text
    if (fields !== undefined) {
      for (const key of Object.keys(fields)) {
        const text = memberText(core.redactor, fields, key)
        if (text === undefined) continue
        if (key === 'correlation_id') correlation = text
        else if (key === 'actor') actor = text
        else if (key === 'duration_ms') duration = text
        else rest += keyText(core, key) + text
      }
    }
    if (request?.trace?.sampled === true) rest += `,"trace_id":"${request.trace.traceparent.slice(3, 35)}"`
    core.emit(
      `{"time":"${core.time.of(core.nowMs())}${HEADS[level]}${quote(core.redactor.text(event))}${core.service}` +
        `,"correlation_id":${correlation},"actor":${actor},"duration_ms":${duration}${rest}}\n`,
    )
    if (level === 'fatal') this.flushSync()
  }

  /**
   * Logs an error unless it, or what caused it, was logged before: one error is one record, whoever else meets it.
   * @returns whether a line was written
   */
  report(event: string, error: unknown, fields?: LogFields, level: LogLevel = 'error'): boolean {
    if (!reportOnce(error)) return false
    this.log(level, event, { ...fields, error })
    return this.isEnabled(level)
  }

  /** A logger whose lines carry these fields too; they are redacted and serialised here, once. */
  child(fields: LogFields): Logger {
    let { text, correlationId, actor } = this.#inherited
    for (const key of Object.keys(fields)) {
      const value = memberText(this.#core.redactor, fields, key)
      if (value === undefined) continue
      if (key === 'correlation_id') correlationId = value
      else if (key === 'actor') actor = value
      else text += keyText(this.#core, key) + value
    }
    return new Logger(this.#core, { text, correlationId, actor })
  }

  /**
   * A template for the line of every request of one route: what is known at registration is serialised here.
   * @param method as it goes into the line  @param route pattern of the route, never the path
   */
  requestLine(method: string, route: string): RequestLine {
    return new RequestLine(this.#core, method, route, this.#inherited.text)
  }

  /** Lines given up since the start because nobody took them. */
  get droppedLines(): number {
    return this.#core.batch?.dropped ?? 0
  }

  /** Resolves when what was logged has been handed over; bounded in time, never rejects. */
  async flush(): Promise<void> {
    await this.#core.batch?.flush()
  }

  /** The same for a process that ends now. Lines to standard output are flushed at exit without it. */
  flushSync(): void {
    this.#core.batch?.flushSync()
  }

  #dropped(total: number): void {
    this.log('warn', 'log_lines_dropped', { lines: total })
  }
}

function coreOf(options: LoggerOptions, onDropped: (total: number) => void): LogCore {
  const level = options.level ?? 'info'
  if (!logLevels.includes(level))
    throw new RangeError(`level must be one of ${logLevels.join(', ')}, not ${String(level).slice(0, 40)}`)
  if (options.service === '') throw new RangeError('service must not be empty: it tells whose line this is')
  const { write, destination } = options
  const batch =
    write !== undefined
      ? null
      : destination !== undefined
        ? new LineBatch(destination, onDropped)
        : stdoutBatch(onDropped)
  return {
    service: `,"service":${quote(options.service)}`,
    threshold: LEVELS[level],
    redactor: options.redactor ?? new Redactor(),
    nowMs: options.nowMs ?? Date.now,
    time: new TimeText(),
    emit: write ?? ((line) => batch?.add(line)),
    batch,
    keys: new Map(['time', 'level', 'event', 'service', 'trace_id'].map((key) => [key, `,"${key}_":`])),
  }
}
