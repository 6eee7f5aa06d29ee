import type { ErrorEntry } from './registry.ts'

const never = { retriable: false, retryAfterS: null } as const
const after = (retryAfterS: number): { readonly retriable: true; readonly retryAfterS: number } => ({
  retriable: true,
  retryAfterS,
})

/** What the caller got wrong in the request itself. */
const callerErrors = {
  malformed_request: {
    class: 'Validation',
    status: 400,
    ...never,
    message: 'The request is malformed.',
    fix: 'Send well-formed HTTP, and JSON in a body.',
  },
  payload_too_deep: {
    class: 'Validation',
    status: 400,
    ...never,
    message: 'The body is nested too deeply.',
    fix: 'Flatten the body.',
  },
  not_found: {
    class: 'NotFound',
    status: 404,
    ...never,
    message: 'There is nothing here.',
    fix: 'Check the path and the identifiers in it.',
  },
  method_not_allowed: {
    class: 'Validation',
    status: 405,
    ...never,
    message: 'This path does not support the method.',
    fix: 'Use one of the methods in the Allow header.',
  },
  request_timeout: {
    class: 'Validation',
    status: 408,
    ...never,
    message: 'The request did not arrive in time.',
    fix: 'Send headers and body without pauses.',
  },
  conflict: {
    class: 'Conflict',
    status: 409,
    ...never,
    message: 'This conflicts with what is there already.',
    fix: 'Read the current state and decide again.',
  },
  // Retriable although it is the caller's: the first attempt ends by itself, and then its answer is given again.
  idempotency_in_progress: {
    class: 'Conflict',
    status: 409,
    ...after(2),
    message: 'A request with this idempotency key is still under way.',
    fix: 'Send the same request again as Retry-After says; it gets the answer of the first.',
  },
  body_too_large: {
    class: 'Validation',
    status: 413,
    ...never,
    message: 'The body is too large.',
    fix: 'Send less in one request.',
  },
  uri_too_long: {
    class: 'Validation',
    status: 414,
    ...never,
    message: 'A part of the path is too long.',
    fix: 'Shorten the path.',
  },
  unsupported_media_type: {
    class: 'Validation',
    status: 415,
    ...never,
    message: 'This content type is not understood.',
    fix: 'Send application/json.',
  },
  upload_refused: {
    class: 'Validation',
    status: 415,
    ...never,
    message: 'The content of this upload is not of a kind that is accepted.',
    fix: 'Send a file of an accepted kind; the content decides, not the name.',
  },
  validation_failed: {
    class: 'Validation',
    status: 422,
    ...never,
    message: 'The request does not satisfy the description.',
    fix: 'Correct the fields named in details.',
  },
  idempotency_key_reused: {
    class: 'Validation',
    status: 422,
    ...never,
    message: 'This idempotency key was used for another request.',
    fix: 'Use a new key for a new request.',
  },
  headers_too_large: {
    class: 'Validation',
    status: 431,
    ...never,
    message: 'The headers are too large.',
    fix: 'Send fewer or shorter headers.',
  },
} as const satisfies Record<string, ErrorEntry>

/** What the caller may not do, or not so often. */
const accessErrors = {
  unauthenticated: {
    class: 'Auth',
    status: 401,
    ...never,
    message: 'This needs a valid bearer token.',
    fix: 'Sign in and send the token in the Authorization header.',
  },
  forbidden: {
    class: 'Auth',
    status: 403,
    ...never,
    // Somebody who may not do one thing is still who they are.
    reaction: 'answer',
    message: 'This is not allowed to you.',
    fix: 'Ask an owner for the permission, or use another identity.',
  },
  csrf_refused: {
    class: 'Auth',
    status: 403,
    ...never,
    // Ending the session here would let any site sign its visitors out of ours.
    reaction: 'answer',
    message: 'This request does not show that it comes from our own pages.',
    fix: 'Send the anti-forgery token that the page was given, from an allowed origin.',
  },
  signature_refused: {
    class: 'Auth',
    status: 403,
    ...never,
    reaction: 'answer',
    message: 'The signature of this message is missing, wrong or too old.',
    fix: 'Sign the exact bytes of the body with the current secret, and send it at once.',
  },
  rate_limited: {
    class: 'RateLimit',
    status: 429,
    ...after(60),
    message: 'Too many requests.',
    fix: 'Wait as long as Retry-After says; the RateLimit header shows what is left.',
  },
} as const satisfies Record<string, ErrorEntry>

/** What is wrong on our side, or behind us. */
const serviceErrors = {
  internal: {
    class: 'Internal',
    status: 500,
    ...after(30),
    message: 'Something went wrong on our side.',
    fix: 'Try again later; quote the request id when it persists.',
  },
  overloaded: {
    class: 'Network',
    status: 503,
    ...after(5),
    // Work on a fallback is work as well: a shed request is answered and nothing else.
    reaction: 'answer',
    message: 'The service is busy.',
    fix: 'Try again as Retry-After says.',
  },
  not_ready: {
    class: 'Network',
    status: 503,
    ...after(5),
    reaction: 'answer',
    message: 'The service cannot serve now.',
    fix: 'Send requests to another instance, or try again as Retry-After says.',
  },
  deadline_exceeded: {
    class: 'Network',
    status: 503,
    ...after(5),
    message: 'The request could not be served in the time it had.',
    fix: 'Try again as Retry-After says, or allow more time.',
  },
  upstream_unavailable: {
    class: 'Network',
    status: 503,
    ...after(5),
    message: 'A service that this one needs cannot be reached.',
    fix: 'Try again as Retry-After says.',
  },
  upstream_timeout: {
    class: 'Network',
    status: 504,
    ...after(5),
    message: 'A service that this one needs did not answer in time.',
    fix: 'Try again as Retry-After says.',
  },
  rate_limit_unavailable: {
    class: 'Network',
    status: 503,
    ...after(5),
    reaction: 'answer',
    message: 'Whether this request is within its limit cannot be found out now.',
    fix: 'Try again as Retry-After says; no quota was used.',
  },
  content_unavailable: {
    class: 'Content',
    status: 503,
    ...after(5),
    message: 'The content cannot be loaded now.',
    fix: 'Try again as Retry-After says.',
  },
  database_unavailable: {
    class: 'Network',
    status: 503,
    ...after(5),
    message: 'The database cannot be reached.',
    fix: 'Try again as Retry-After says.',
  },
  database_timeout: {
    class: 'DatabaseTimeout',
    status: 503,
    ...after(5),
    message: 'The database did not answer in time.',
    fix: 'Try again as Retry-After says.',
  },
  // A deadlock or a serialisation failure: nothing is down, and the same request may well succeed.
  database_contention: {
    class: 'Conflict',
    status: 503,
    ...after(5),
    message: 'Others are changing the same data.',
    fix: 'Try again as Retry-After says.',
  },
} as const satisfies Record<string, ErrorEntry>

/** Codes that the kit itself answers with. A service adds its own with `defineErrors`. */
export const kitErrors = { ...callerErrors, ...accessErrors, ...serviceErrors } as const

export type KitErrorCode = keyof typeof kitErrors
