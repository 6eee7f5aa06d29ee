import type { KitErrorCode } from './kit-errors.ts'

/**
 * Codes of Fastify that a request can bring about. Every other code of Fastify 5.12 is listed below as a defect of the
 * service: a test compares both lists with the codes that the installed Fastify exports, so that a new one is looked at.
 */
export const fastifyCallerCodes: Readonly<Record<string, KitErrorCode>> = {
  FST_ERR_NOT_FOUND: 'not_found',
  FST_ERR_VALIDATION: 'validation_failed',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_request',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_request',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_request',
  FST_ERR_BAD_URL: 'malformed_request',
  FST_ERR_MAX_PARAM_LENGTH: 'uri_too_long',
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: 'malformed_request',
  FST_ERR_ROUTE_MISSING_CONTENT: 'malformed_request',
  FST_ERR_HANDLER_TIMEOUT: 'deadline_exceeded',
}

/** Wrong use of the framework: `internal`, whatever status the framework would have given. */
export const fastifyDefectCodes: ReadonlySet<string> = new Set(
  `ASYNC_CONSTRAINT AJV_CUSTOM_OPTIONS_OPT_NOT_ARR AJV_CUSTOM_OPTIONS_OPT_NOT_OBJ BAD_STATUS_CODE BAD_TRAILER_NAME
  BAD_TRAILER_VALUE CTP_ALREADY_PRESENT CTP_EMPTY_TYPE CTP_INSTANCE_ALREADY_STARTED CTP_INVALID_HANDLER
  CTP_INVALID_PARSE_TYPE CTP_INVALID_TYPE DEC_AFTER_START DEC_ALREADY_PRESENT DEC_DEPENDENCY_INVALID_TYPE
  DEC_MISSING_DEPENDENCY DEC_REFERENCE_TYPE DEC_UNDECLARED DUPLICATED_ROUTE ERROR_HANDLER_ALREADY_SET
  ERROR_HANDLER_NOT_FN FAILED_ERROR_SERIALIZATION FORCE_CLOSE_CONNECTIONS_IDLE_NOT_AVAILABLE
  HOOK_INVALID_ASYNC_HANDLER HOOK_INVALID_HANDLER HOOK_INVALID_TYPE HOOK_NOT_SUPPORTED HOOK_TIMEOUT
  INIT_OPTS_INVALID INSTANCE_ALREADY_LISTENING INVALID_URL LISTEN_OPTIONS_INVALID LOG_INVALID_DESTINATION
  LOG_INVALID_LOGGER LOG_INVALID_LOGGER_CONFIG LOG_INVALID_LOGGER_INSTANCE LOG_INVALID_LOG_CONTROLLER
  LOG_LOGGER_AND_LOGGER_INSTANCE_PROVIDED MISSING_CONTENTTYPE_SERIALIZATION_FN MISSING_MIDDLEWARE
  MISSING_SERIALIZATION_FN OPTIONS_NOT_OBJ PARENT_PLUGIN_BOOTED PLUGIN_CALLBACK_NOT_FN
  PLUGIN_DEPENDENCY_NOT_REGISTERED PLUGIN_INVALID_ASYNC_HANDLER PLUGIN_NOT_PRESENT_IN_INSTANCE PLUGIN_NOT_VALID
  PLUGIN_TIMEOUT PLUGIN_VERSION_MISMATCH QSP_NOT_FN REOPENED_CLOSE_SERVER REOPENED_SERVER REP_ALREADY_SENT
  REP_INVALID_PAYLOAD_TYPE REP_READABLE_STREAM_LOCKED REP_RESPONSE_BODY_CONSUMED REP_SENT_VALUE
  REQ_INVALID_VALIDATION_INVOCATION ROOT_PLG_BOOTED ROUTE_BODY_LIMIT_OPTION_NOT_INT
  ROUTE_BODY_VALIDATION_SCHEMA_NOT_SUPPORTED ROUTE_DUPLICATED_HANDLER ROUTE_HANDLER_NOT_FN
  ROUTE_HANDLER_TIMEOUT_OPTION_NOT_INT ROUTE_LOG_LEVEL_INVALID ROUTE_METHOD_INVALID ROUTE_METHOD_NOT_SUPPORTED
  ROUTE_MISSING_HANDLER ROUTE_OPTIONS_NOT_OBJ ROUTE_REWRITE_NOT_STR SCHEMA_CONTROLLER_BUCKET_OPT_NOT_FN
  SCHEMA_ERROR_FORMATTER_NOT_FN SCH_ALREADY_PRESENT SCH_CONTENT_MISSING_SCHEMA SCH_DUPLICATE SCH_MISSING_ID
  SCH_RESPONSE_SCHEMA_NOT_NESTED_2XX SCH_SERIALIZATION_BUILD SCH_VALIDATION_BUILD SEND_INSIDE_ONERR SEND_UNDEFINED_ERR`
    .split(/\s+/)
    .map((name) => `FST_ERR_${name}`),
)

/** What Node's HTTP server says before there is a request; any other code of its parser (`HPE_...`) is a malformed request. */
export const parserCodes: Readonly<Record<string, KitErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'body_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

/** What undici says of a service behind us. Its other codes are wrong use of undici: `internal`. */
export const upstreamCodes: Readonly<Record<string, KitErrorCode>> = {
  UND_ERR_CONNECT_TIMEOUT: 'upstream_timeout',
  UND_ERR_HEADERS_TIMEOUT: 'upstream_timeout',
  UND_ERR_BODY_TIMEOUT: 'upstream_timeout',
  UND_ERR_ABORT: 'deadline_exceeded',
  UND_ERR_ABORTED: 'deadline_exceeded',
  UND_ERR_SOCKET: 'upstream_unavailable',
  UND_ERR_CLOSED: 'upstream_unavailable',
  UND_ERR_DESTROYED: 'upstream_unavailable',
  UND_ERR_INFO: 'upstream_unavailable',
  UND_ERR_RESPONSE: 'upstream_unavailable',
  UND_ERR_REQ_RETRY: 'upstream_unavailable',
  UND_ERR_PRX_TLS: 'upstream_unavailable',
  UND_ERR_PRX_CONN: 'upstream_unavailable',
  UND_ERR_HEADERS_OVERFLOW: 'upstream_unavailable',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'upstream_unavailable',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'upstream_unavailable',
  UND_ERR_REDIRECT_MAX: 'upstream_unavailable',
  UND_ERR_WS_MESSAGE_SIZE_EXCEEDED: 'upstream_unavailable',
}

/** Statuses that a plugin of the framework may give to a caller's mistake. Any other 4xx is a malformed request. */
export const statusCodes: Readonly<Record<string, KitErrorCode>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  408: 'request_timeout',
  409: 'conflict',
  413: 'body_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  422: 'validation_failed',
  429: 'rate_limited',
  431: 'headers_too_large',
}

/** What the other rooms of the kit throw when nobody translated it: they are above this one, so they are known by name. */
export const kitCallCodes: Readonly<Record<string, KitErrorCode>> = {
  'CallTimeoutError call_timeout': 'upstream_timeout',
  'CallCancelledError call_cancelled': 'deadline_exceeded',
  'BreakerOpenError breaker_open': 'upstream_unavailable',
  'BulkheadFullError bulkhead_full': 'overloaded',
  'AnswerError answer_failed': 'upstream_unavailable',
  'AnswerTooLargeError answer_too_large': 'upstream_unavailable',
  'SafeFetchError network': 'upstream_unavailable',
  'SafeFetchError dns': 'upstream_unavailable',
  'SafeFetchError timeout': 'upstream_timeout',
  'SafeFetchError aborted': 'deadline_exceeded',
  'SafeFetchError busy': 'overloaded',
}
