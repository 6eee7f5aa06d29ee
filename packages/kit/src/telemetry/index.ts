export { correlationHeaders, correlationId } from './correlation.ts'
export { type LogFields, Logger, type LoggerOptions, type LogLevel, logLevels } from './logger.ts'
export { Metrics } from './metrics.ts'
export { Redactor } from './redact.ts'
