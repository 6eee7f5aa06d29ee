import type { LogLevel } from './logger.ts'
import { Logger } from './logger.ts'
import type { Redactor } from './redact.ts'
import { type FinishedSpan, type TraceExporter, Tracing } from './tracing.ts'

export interface LogCapture {
  /** Logs into this capture. */
  readonly logger: Logger
  /** Lines as they were written, each with its line feed. */
  readonly lines: readonly string[]
  /** Lines read back. @throws SyntaxError for one that is no JSON: a defect of the logger */
  readonly records: () => Record<string, unknown>[]
  /** The records of one event. */
  readonly of: (event: string) => Record<string, unknown>[]
  readonly clear: () => void
}

export interface LogCaptureOptions {
  /** Default `test`. */
  readonly service?: string
  /** Default `debug`: everything. */
  readonly level?: LogLevel
  readonly redactor?: Redactor
  readonly nowMs?: () => number
}

/** A logger for tests whose lines are kept instead of written. */
export function captureLogs(options: LogCaptureOptions = {}): LogCapture {
  const lines: string[] = []
  const logger = new Logger({ service: 'test', level: 'debug', ...options, write: (line) => lines.push(line) })
  const records = (): Record<string, unknown>[] => lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  return {
    logger,
    lines,
    records,
    of: (event) => records().filter((record) => record['event'] === event),
    clear: () => {
      lines.length = 0
    },
  }
}

export interface SpanCapture {
  /** Records every trace that is begun with it, into this capture. */
  readonly tracing: Tracing
  /** For a `Tracing` with options of its own. */
  readonly exporter: TraceExporter
  /** Spans in the order in which they ended. */
  readonly spans: readonly FinishedSpan[]
  readonly clear: () => void
}

/** Tracing for tests whose spans are kept instead of sent. @param sampleRatio default 1 */
export function captureSpans(sampleRatio = 1): SpanCapture {
  const spans: FinishedSpan[] = []
  const exporter: TraceExporter = {
    add: (span) => void spans.push(span),
    flush: async () => undefined,
    close: async () => undefined,
  }
  return {
    tracing: new Tracing({ sampleRatio, exporter }),
    exporter,
    spans,
    clear: () => {
      spans.length = 0
    },
  }
}
