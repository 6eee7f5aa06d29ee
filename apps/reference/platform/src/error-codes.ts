import { defineErrors } from '@greengate/kit/errors'
import { LOCK_S } from './sign-in-guard.ts'

/** The kit's codes and ours. Served at /errors. */
export const errorCodes = defineErrors({
  sign_in_refused: {
    class: 'Auth',
    status: 401,
    retriable: false,
    retryAfterS: null,
    message: 'The address or the password is wrong.',
    fix: 'Check both; an owner of the organisation can add you again.',
  },
  sign_in_locked: {
    class: 'RateLimit',
    status: 429,
    retriable: true,
    retryAfterS: LOCK_S,
    message: 'Too many attempts to sign in.',
    fix: 'Wait as long as Retry-After says.',
  },
  last_owner: {
    class: 'Conflict',
    status: 409,
    retriable: false,
    retryAfterS: null,
    message: 'An organisation needs an owner.',
    fix: 'Add another owner first.',
  },
  idempotency_conflict: {
    class: 'Conflict',
    status: 409,
    retriable: false,
    retryAfterS: null,
    message: 'This idempotency key was used for another event.',
    fix: 'Use a new key for a new event.',
  },
})

export type ErrorCode = keyof typeof errorCodes
