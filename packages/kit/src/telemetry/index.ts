export { captureLogs, captureSpans, type LogCapture, type LogCaptureOptions, type SpanCapture } from './capture.ts'
export { correlationHeaders, correlationId, isCorrelationId } from './correlation.ts'
export { createTelemetry, type Telemetry, type TelemetryOptions } from './create-telemetry.ts'
export { type DropReason, ErrorTracker, type ErrorTrackerOptions, type SendRequest } from './error-tracker.ts'
export { DescriptorDestination, type DescriptorDestinationOptions, type LogDestination } from './log-destination.ts'
export { type LogFields, Logger, type LoggerOptions, type LogLevel, logLevels } from './logger.ts'
export { Counter, type CounterSeries, DEFAULT_BUCKETS_S, Histogram, type HistogramSeries } from './metric-series.ts'
export { type Exposition, type GaugeRead, type GaugeSample, Metrics, type MetricsOptions } from './metrics.ts'
export { createOtlpExporter, type OtlpExporter, type OtlpOptions } from './otel.ts'
export { type FillRandom, RandomIds } from './random-ids.ts'
export { Redactor, type RedactorOptions } from './redact.ts'
export { reportOnce, SeenErrors, wasReported } from './reported.ts'
export type { RequestLine } from './request-line.ts'
export type { RouteMetrics } from './route-metrics.ts'
export { type ErrorContext, type ErrorLevel, parseDsn, type SentryDsn } from './sentry-envelope.ts'
export { formatTraceparent, parseTraceparent, parseTracestate, type TraceParent } from './trace-context.ts'
export {
  type FinishedSpan,
  type ServerEnd,
  type ServerTrace,
  type Span,
  type SpanAttributes,
  type SpanKind,
  startSpan,
  type TraceExporter,
  Tracing,
  type TracingOptions,
} from './tracing.ts'
