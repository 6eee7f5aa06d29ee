import { ServiceError } from '../errors/service-error.ts'
import { BreakerOpenError, BulkheadFullError, CallTimeoutError, DeadlineExceededError } from './call-errors.ts'

/** The codes that an upstream's failure is answered with. */
export type UpstreamErrorCode = 'upstream_unavailable' | 'upstream_timeout'

/**
 * An upstream gave no usable answer. As a ServiceError it is answered under its code (both belong into the service's
 * registry of errors); the cause is logged and never sent.
 */
export class UpstreamError extends ServiceError<UpstreamErrorCode> {
  readonly dependency: string
  /** What it answered last, or null when there was no answer. */
  readonly status: number | null
  /** When it is worth trying again, as far as that is known; milliseconds. */
  readonly retryAfterMs: number | null

  constructor(
    code: UpstreamErrorCode,
    dependency: string,
    problem: string,
    options: { readonly cause?: unknown; readonly status?: number; readonly retryAfterMs?: number | null } = {},
  ) {
    super(code, { cause: options.cause })
    // For the log; the caller gets the registry's text.
    this.message = `${dependency}: ${problem}`
    this.dependency = dependency
    this.status = options.status ?? null
    this.retryAfterMs = options.retryAfterMs ?? null
  }
}

/** An answer that says that the call failed; inside of the policy, where its status decides about retry and breaker. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError'
  readonly code = 'answer_failed'
  readonly statusCode: number
  readonly retryAfterMs: number | null

  constructor(status: number, retryAfterMs: number | null) {
    super(`answered ${status}`)
    this.statusCode = status
    this.retryAfterMs = retryAfterMs
  }
}

/** An answer that can't be taken: too large, or cut off. */
export class AnswerTooLargeError extends Error {
  override readonly name = 'AnswerTooLargeError'
  readonly code = 'answer_too_large'

  constructor(bytesMax: number) {
    super(`the body is larger than ${bytesMax} bytes`)
  }
}

/** The upstream did not take the body in time. */
export class WriteTimeoutError extends Error {
  override readonly name = 'WriteTimeoutError'
  readonly code = 'ETIMEDOUT'

  constructor(timeoutMs: number) {
    super(`the body was not taken within ${timeoutMs} ms`)
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : ''
}

const SLOW = /^(?:UND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT|ETIMEDOUT)$/
const NETWORK = /^(?:E[A-Z]{3,}|EAI_[A-Z]+|UND_ERR_[A-Z_]+|HPE_[A-Z_]+|(?:CERT|DEPTH|UNABLE|SELF|ERR_TLS)_[A-Z_]+)$/
const MISUSE = /^UND_ERR_(?:INVALID_ARG|NOT_SUPPORTED)$/

/** What a failed call means to whoever called; anything that does not come from the way to the upstream is left as it is. */
export function upstreamError(dependency: string, error: unknown): unknown {
  if (error instanceof CallTimeoutError || error instanceof DeadlineExceededError)
    return new UpstreamError('upstream_timeout', dependency, error.message, { cause: error })
  if (error instanceof BreakerOpenError) {
    const { retryAfterMs } = error
    return new UpstreamError('upstream_unavailable', dependency, 'its breaker is open', { cause: error, retryAfterMs })
  }
  if (error instanceof AnswerError) {
    const { statusCode: status, retryAfterMs } = error
    const code = status === 504 || status === 408 ? 'upstream_timeout' : 'upstream_unavailable'
    return new UpstreamError(code, dependency, error.message, { cause: error, status, retryAfterMs })
  }
  if (error instanceof BulkheadFullError || error instanceof AnswerTooLargeError)
    return new UpstreamError('upstream_unavailable', dependency, error.message, { cause: error })
  const code = error instanceof Error && error.name === 'HTTPParserError' ? 'HPE_MALFORMED' : codeOf(error)
  if (MISUSE.test(code) || !NETWORK.test(code)) return error
  return new UpstreamError(SLOW.test(code) ? 'upstream_timeout' : 'upstream_unavailable', dependency, code, {
    cause: error,
  })
}
