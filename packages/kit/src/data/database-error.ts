import { databaseErrorCode, ServiceError } from '../errors/index.ts'
import { BreakerOpenError, BulkheadFullError, CallTimeoutError, DeadlineExceededError } from '../resilience/index.ts'

function sqlStateOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : ''
}

// 55P03: somebody else holds the lock; 25P03 and 25P04: our own code kept a transaction open; 25006: a write where none is
// allowed, by the transaction or by a server that became a replica, which a new connection finds out.
const OWN_FAULT = /^(?:55P03|25P0[34]|25006)$/

/**
 * Whether an error speaks against the way to the server: connections and time limits, never a refused statement, and
 * nothing that the work in a transaction threw of its own.
 */
export function isDatabaseFailure(error: unknown): boolean {
  if (!(error instanceof ServiceError)) return false
  const { code, cause } = error
  return (code === 'database_timeout' || code === 'database_unavailable') && !OWN_FAULT.test(sqlStateOf(cause))
}

/** Whether the server rolled the transaction back because another one was in its way (40001, 40P01): the same again may succeed. */
export function isSerializationFailure(error: unknown): boolean {
  return error instanceof ServiceError && error.code === 'database_contention'
}

/** Whether the connection may be used again after this error. */
export function breaksConnection(error: unknown): boolean {
  return databaseErrorCode(error) === 'database_unavailable'
}

/** What the failure of a call of ours means; what the server says about a statement is left as it is. */
export function databaseError(error: unknown): unknown {
  if (error instanceof CallTimeoutError || error instanceof DeadlineExceededError)
    return new ServiceError('database_timeout', { cause: error })
  if (error instanceof BreakerOpenError || error instanceof BulkheadFullError)
    return new ServiceError('database_unavailable', { cause: error })
  const code = error instanceof ServiceError ? null : databaseErrorCode(error)
  return code === null ? error : new ServiceError(code, { cause: error })
}
