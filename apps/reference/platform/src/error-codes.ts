import { defineErrors } from '@greengate/kit/errors'
import { killSwitchErrors } from '@greengate/kit/flags'
import { features } from './concierge-switch.ts'
import { LOCK_S } from './sign-in-guard.ts'

/** The kit's codes and ours. Served at /errors. */
export const errorCodes = defineErrors({
  sign_in_refused: {
    class: 'Auth',
    status: 401,
    retriable: false,
    retryAfterS: null,
    message: 'The address or the password is wrong.',
    fix: 'Check both, or reset the password by mail.',
  },
  sign_in_locked: {
    class: 'RateLimit',
    status: 429,
    retriable: true,
    retryAfterS: LOCK_S,
    message: 'Too many attempts to sign in.',
    fix: 'Wait as long as Retry-After says.',
  },
  email_unverified: {
    class: 'Auth',
    status: 403,
    retriable: false,
    retryAfterS: null,
    // Nobody is signed in yet, so there is no session to end.
    reaction: 'answer',
    message: 'This address was not confirmed yet.',
    fix: 'Open the link in the mail we sent, or ask for another one.',
  },
  password_refused: {
    class: 'Auth',
    status: 403,
    retriable: false,
    retryAfterS: null,
    // A typing error is no reason to end the session.
    reaction: 'answer',
    message: 'The current password is wrong.',
    fix: 'Type it again, or reset it by mail.',
  },
  token_refused: {
    class: 'Validation',
    status: 422,
    retriable: false,
    retryAfterS: null,
    message: 'This link was used, has ended, or never was one.',
    fix: 'Ask for a new one.',
  },
  sign_up_closed: {
    class: 'Auth',
    status: 403,
    retriable: false,
    retryAfterS: null,
    reaction: 'answer',
    message: 'Nobody can sign up at the moment.',
    fix: 'Ask an organisation for an invitation.',
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
  ...killSwitchErrors(features),
})

export type ErrorCode = keyof typeof errorCodes
