import { Redactor } from './redact.ts'

export const logLevels = ['debug', 'info', 'warn', 'error', 'fatal'] as const
export type LogLevel = (typeof logLevels)[number]

export type LogFields = Readonly<Record<string, unknown>>

export interface LoggerOptions {
  /** Name of the service; in every line. */
  readonly service: string
  /** Lines below it are not written. Default `info`. */
  readonly level?: LogLevel
  /** Default: hides by key and by the look of the text, knows no values. */
  readonly redactor?: Redactor
  /** Default: stdout. A line ends with a newline. */
  readonly write?: (line: string) => void
  /** Milliseconds since the epoch. Default the system's clock. */
  readonly nowMs?: () => number
}

/**
 * One JSON object per line: `time` (RFC 3339, UTC), `level`, `event`, `service`, `correlation_id`, `actor`,
 * `duration_ms`, then the fields. Writing is synchronous on files and pipes, so that a last line is not lost.
 */
export class Logger {
  readonly #options: Required<LoggerOptions>
  readonly #threshold: number

  constructor(options: LoggerOptions) {
    this.#options = {
      level: 'info',
      redactor: new Redactor(),
      write: (line) => void process.stdout.write(line),
      nowMs: Date.now,
      ...options,
    }
    this.#threshold = logLevels.indexOf(this.#options.level)
  }

  /** @param event a constant in snake case: what happened, not a sentence */
  log(level: LogLevel, event: string, fields: LogFields = {}): void {
    if (logLevels.indexOf(level) < this.#threshold) return
    const { service, redactor, write, nowMs } = this.#options
    const line = {
      time: new Date(nowMs()).toISOString(),
      level,
      event,
      service,
      // Outside a request these three say so themselves, so that every line has one shape.
      correlation_id: null,
      actor: 'system',
      duration_ms: 0,
      ...(redactor.value(fields) as Record<string, unknown>),
    }
    write(`${JSON.stringify(line)}\n`)
  }
}
