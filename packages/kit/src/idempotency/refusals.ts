import { ServiceError } from '../errors/service-error.ts'
import type { IdempotencyState } from './idempotency.ts'

/**
 * The answers that the draft asks for: 409 `conflict` while the first is under way, 422 `validation_failed` for a key that
 * was used for something else.
 */
export function idempotencyRefusal(
  state: Extract<IdempotencyState, { state: 'in_progress' | 'mismatch' }>,
): ServiceError {
  const field = 'header.idempotency-key'
  return state.state === 'in_progress'
    ? new ServiceError('conflict', {
        message: 'A request with this Idempotency-Key is under way.',
        headers: { 'retry-after': String(state.retryAfterS) },
      })
    : new ServiceError('validation_failed', {
        message: 'This Idempotency-Key was used for another request.',
        details: [{ field, problem: 'belongs to a request with another method, path or body' }],
      })
}

/** 400 `malformed_request` for a field that is missing where it is required, or malformed. */
export function idempotencyKeyRefusal(problem: 'missing' | 'malformed'): ServiceError {
  return new ServiceError('malformed_request', {
    message: problem === 'missing' ? 'This request needs an Idempotency-Key.' : 'The Idempotency-Key is malformed.',
    details: [{ field: 'header.idempotency-key', problem: 'expected one string of 1 to 255 visible characters' }],
  })
}
