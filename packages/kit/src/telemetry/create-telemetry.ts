import { ErrorTracker } from './error-tracker.ts'
import type { LogDestination } from './log-destination.ts'
import { Logger, type LogLevel } from './logger.ts'
import { Metrics, type MetricsOptions } from './metrics.ts'
import { createOtlpExporter, type OtlpExporter } from './otel.ts'
import { Redactor, type RedactorOptions } from './redact.ts'
import type { ErrorContext } from './sentry-envelope.ts'
import { Tracing } from './tracing.ts'

export interface TelemetryOptions {
  /** Name of the service: in every line, span and event. */
  readonly service: string
  /** What is deployed, `1.4.0`. Default none. */
  readonly version?: string
  /** `production`, `staging`, ... Default none. */
  readonly environment?: string
  /** Lines below it are not written. Default `info`. */
  readonly level?: LogLevel
  /** Values that must not leave the process: what `secretsOf` of the configuration returns. Default none. */
  readonly secrets?: readonly string[]
  readonly redaction?: RedactorOptions
  /** Where lines go. Default standard output. */
  readonly destination?: LogDestination
  /** Share of the traces begun here that are recorded, 0 to 1. Default 0.1. */
  readonly sampleRatio?: number
  /** Where the OpenTelemetry collector takes traces, as `http://collector:4318/v1/traces`. Default: none are recorded. */
  readonly otlpUrl?: string
  readonly otlpHeaders?: Readonly<Record<string, string>>
  /** Where errors are reported, as `https://<key>@<host>/<project>`. Default: nowhere. */
  readonly sentryDsn?: string
  readonly metrics?: MetricsOptions
}

/** Logs, metrics, traces and error tracking of one service, which know each other. */
export interface Telemetry {
  readonly redactor: Redactor
  readonly logger: Logger
  readonly metrics: Metrics
  readonly tracing: Tracing
  /** Null without a DSN. */
  readonly errors: ErrorTracker | null
  /**
   * One error, one log record, one event: logs it and sends it to error tracking unless that was done before.
   * @returns whether it was new
   */
  report(event: string, error: unknown, context?: ErrorContext): boolean
  /** Hands over what waits. Never rejects. @param timeoutMs for all of it together; default 2,000 */
  flush(timeoutMs?: number): Promise<void>
  /** The same, and takes no more spans and events. Logging goes on. */
  close(timeoutMs?: number): Promise<void>
}

/**
 * All telemetry of a service from one place.
 *
 * @example
 * const telemetry = await createTelemetry({ service: 'orders', secrets: secretsOf(variables, env), otlpUrl, sentryDsn })
 * @throws RangeError for a malformed DSN, ratio or limit; TypeError for a collector's address that is none; Error when the
 *   OpenTelemetry packages are missing and `otlpUrl` is given
 */
export async function createTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const { service, version, environment, otlpUrl, sentryDsn } = options
  const redactor = new Redactor(options.secrets, options.redaction)
  const logger = new Logger({
    service,
    redactor,
    ...(options.level === undefined ? {} : { level: options.level }),
    ...(options.destination === undefined ? {} : { destination: options.destination }),
  })
  const metrics = new Metrics(options.metrics)
  const errors =
    sentryDsn === undefined
      ? null
      : new ErrorTracker({
          dsn: sentryDsn,
          service,
          redactor,
          ...(version === undefined ? {} : { release: `${service}@${version}` }),
          ...(environment === undefined ? {} : { environment }),
        })
  const exporter =
    otlpUrl === undefined
      ? null
      : await createOtlpExporter({
          url: otlpUrl,
          service,
          ...(version === undefined ? {} : { version }),
          ...(environment === undefined ? {} : { environment }),
          ...(options.otlpHeaders === undefined ? {} : { headers: options.otlpHeaders }),
        })
  const tracing = new Tracing({
    ...(options.sampleRatio === undefined ? {} : { sampleRatio: options.sampleRatio }),
    ...(exporter === null ? {} : { exporter }),
    errorText: (error) => (error instanceof Error ? redactor.text(error.message) : typeof error),
  })
  ownMetrics(metrics, logger, errors, exporter, { version: version ?? '', environment: environment ?? '' })
  return new Composed(redactor, logger, metrics, tracing, errors)
}

/** What was lost on the way is told by the one way that is pulled. */
function ownMetrics(
  metrics: Metrics,
  logger: Logger,
  errors: ErrorTracker | null,
  exporter: OtlpExporter | null,
  build: Readonly<Record<string, string>>,
): void {
  metrics.gauge('service_build', 'What is deployed; always 1', () => [{ labels: build, value: 1 }])
  metrics.counterFrom('log_lines_dropped_total', 'Log lines that nobody took', () => logger.droppedLines)
  if (errors !== null) {
    metrics.counterFrom('error_events_sent_total', 'Events that error tracking took', () => errors.sent)
    metrics.counterFrom('error_events_dropped_total', 'Events that did not reach error tracking', () =>
      Object.entries(errors.dropped).map(([reason, value]) => ({ labels: { reason }, value })),
    )
  }
  if (exporter !== null)
    metrics.counterFrom('trace_spans_dropped_total', 'Spans that did not reach the collector', () => exporter.dropped)
}

class Composed implements Telemetry {
  readonly redactor: Redactor
  readonly logger: Logger
  readonly metrics: Metrics
  readonly tracing: Tracing
  readonly errors: ErrorTracker | null

  constructor(redactor: Redactor, logger: Logger, metrics: Metrics, tracing: Tracing, errors: ErrorTracker | null) {
    this.redactor = redactor
    this.logger = logger
    this.metrics = metrics
    this.tracing = tracing
    this.errors = errors
  }

  report(event: string, error: unknown, context: ErrorContext = {}): boolean {
    const { level = 'error', correlationId, transaction, tags, extra } = context
    const isNew = this.logger.report(
      event,
      error,
      {
        ...(correlationId === undefined ? {} : { correlation_id: correlationId }),
        ...(transaction === undefined ? {} : { transaction }),
        ...tags,
        ...extra,
      },
      level === 'warning' ? 'warn' : level,
    )
    this.errors?.capture(error, context)
    return isNew
  }

  async flush(timeoutMs = 2000): Promise<void> {
    await Promise.all([this.logger.flush(), this.tracing.flush(timeoutMs), this.errors?.flush(timeoutMs)])
  }

  async close(timeoutMs = 2000): Promise<void> {
    await Promise.all([this.tracing.close(timeoutMs), this.errors?.close(timeoutMs)])
    await this.logger.flush()
  }
}
