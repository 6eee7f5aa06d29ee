/** The classes of what can go wrong; every code belongs to one. */
export type ErrorClass =
  | 'Config'
  | 'Network'
  | 'Auth'
  | 'Content'
  | 'DatabaseTimeout'
  | 'Validation'
  | 'RateLimit'
  | 'Conflict'
  | 'NotFound'
  | 'Internal'

/** What a caller has to know about a code. */
export interface ErrorEntry {
  readonly class: ErrorClass
  readonly status: number
  /** Whether the same request may succeed later without a change. */
  readonly retriable: boolean
  /** Sent as `Retry-After`; seconds. A number exactly when `retriable`. */
  readonly retryAfterS: number | null
  /** Shown to the caller unless the error brings a message that was written for callers. */
  readonly message: string
  /** What the caller can do about it. */
  readonly fix: string
}

const never = { retriable: false, retryAfterS: null } as const
const after = (retryAfterS: number): { readonly retriable: true; readonly retryAfterS: number } => ({
  retriable: true,
  retryAfterS,
})

/** Codes that the kit itself answers with. A service adds its own with `defineErrors`. */
export const kitErrors = {
  malformed_request: {
    class: 'Validation',
    status: 400,
    ...never,
    message: 'The request is malformed.',
    fix: 'Send well-formed HTTP, and JSON in a body.',
  },
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
    message: 'This is not allowed to you.',
    fix: 'Ask an owner for the permission, or use another identity.',
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
  validation_failed: {
    class: 'Validation',
    status: 422,
    ...never,
    message: 'The request does not satisfy the description.',
    fix: 'Correct the fields named in details.',
  },
  rate_limited: {
    class: 'RateLimit',
    status: 429,
    ...after(60),
    message: 'Too many requests.',
    fix: 'Wait as long as Retry-After says; the RateLimit header shows what is left.',
  },
  headers_too_large: {
    class: 'Validation',
    status: 431,
    ...never,
    message: 'The headers are too large.',
    fix: 'Send fewer or shorter headers.',
  },
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
    message: 'The service is busy.',
    fix: 'Try again as Retry-After says.',
  },
  not_ready: {
    class: 'Network',
    status: 503,
    ...after(5),
    message: 'The service cannot serve now.',
    fix: 'Send requests to another instance, or try again as Retry-After says.',
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
} as const satisfies Record<string, ErrorEntry>

export type KitErrorCode = keyof typeof kitErrors
export type ErrorRegistry = Readonly<Record<string, ErrorEntry>>

/**
 * The kit's codes and the service's own, in one registry.
 * @throws RangeError for a code that is not snake case or already taken, a status below 400, or a retry-after that is
 * missing on a retriable code or given on another
 */
export function defineErrors<const T extends ErrorRegistry>(own: T): typeof kitErrors & T {
  for (const [code, entry] of Object.entries(own)) {
    if (!/^[a-z][a-z0-9_]{2,47}$/.test(code) || code in kitErrors)
      throw new RangeError(`error code ${code} is malformed or taken`)
    if (entry.status < 400 || entry.status > 599)
      throw new RangeError(`error code ${code} needs a status from 400 to 599`)
    if (entry.retriable !== (entry.retryAfterS !== null))
      throw new RangeError(`error code ${code}: retry-after goes with retriable`)
  }
  return { ...kitErrors, ...own }
}
