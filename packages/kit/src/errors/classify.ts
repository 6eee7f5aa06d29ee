import { ServiceError } from './service-error.ts'
import type { KitErrorCode } from './registry.ts'

const FRAMEWORK: Readonly<Record<string, KitErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_request',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_request',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_request',
  FST_ERR_BAD_URL: 'malformed_request',
  FST_ERR_MAX_PARAM_LENGTH: 'uri_too_long',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
])
// Class 08: connection; 57P01-03: the server stops or starts; 53300: no connection is left.
const SERVER_GONE = /^(?:08...|57P0[1-5]|53300)$/
// 57014: cancelled by statement_timeout; 55P03: lock_timeout; 25P03: idle in transaction.
const SERVER_SLOW = /^(?:57014|55P03|25P0[34])$/
const DRIVER_SLOW =
  /^(?:query read timeout|timeout exceeded when trying to connect|connection terminated due to connection timeout|timeout expired)$/i
const DRIVER_GONE =
  /^(?:connection terminated(?: unexpectedly)?|client has encountered a connection error|cannot use a pool after|the server does not support)/i

function fieldOf(value: unknown, name: 'code' | 'statusCode' | 'message'): string {
  if (typeof value !== 'object' || value === null || !(name in value)) return ''
  const field = (value as Record<string, unknown>)[name]
  return typeof field === 'string' || typeof field === 'number' ? String(field) : ''
}

/** The code of a database error, or null for what does not come from the way to the database. */
export function databaseErrorCode(error: unknown): 'database_timeout' | 'database_unavailable' | null {
  const code = fieldOf(error, 'code')
  const message = fieldOf(error, 'message')
  if (SERVER_SLOW.test(code) || DRIVER_SLOW.test(message)) return 'database_timeout'
  if (SERVER_GONE.test(code) || DRIVER_GONE.test(message)) return 'database_unavailable'
  return UNREACHABLE.has(code) ? 'database_unavailable' : null
}

/**
 * Any thrown value as an error with a registered code. What is unknown is `internal`: never a caller's fault by
 * accident. A framework error with a 4xx status that has no code of its own here is a malformed request.
 */
export function classifyError(thrown: unknown): ServiceError {
  if (thrown instanceof ServiceError) return thrown
  const code = fieldOf(thrown, 'code')
  const known = FRAMEWORK[code]
  if (known) return new ServiceError(known, { cause: thrown })
  // secure-json-parse and JSON.parse: a SyntaxError with statusCode 400.
  const status = Number(fieldOf(thrown, 'statusCode'))
  if (status >= 400 && status < 500) return new ServiceError('malformed_request', { cause: thrown })
  return new ServiceError(databaseErrorCode(thrown) ?? 'internal', { cause: thrown })
}
