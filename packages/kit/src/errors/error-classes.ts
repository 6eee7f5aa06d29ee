import type { ErrorClass } from './registry.ts'
import { type ErrorDetail, ServiceError, type ServiceErrorOptions } from './service-error.ts'

/** As for any `ServiceError`, and the code, when it is another one of the class. */
export interface ClassedErrorOptions<Code extends string> extends ServiceErrorOptions {
  readonly code?: Code
}

function classed<const C extends ErrorClass, const D extends string>(errorClass: C, name: string, usual: D) {
  return class<Code extends string = D> extends ServiceError<Code | D> {
    override readonly name: string = name
    override readonly errorClass: C = errorClass
    constructor(options: ClassedErrorOptions<Code> = {}) {
      super(options.code ?? usual, options)
    }
  }
}

/** A service behind us can't be reached or answers nonsense. Code `upstream_unavailable`. Reaction: fallback (ERR-06). */
export class NetworkError<Code extends string = 'upstream_unavailable'> extends classed(
  'Network',
  'NetworkError',
  'upstream_unavailable',
)<Code> {}

/** The caller is not, or no longer, who they say. Code `unauthenticated`. Reaction: the session ends (ERR-07). */
export class AuthError<Code extends string = 'unauthenticated'> extends classed(
  'Auth',
  'AuthError',
  'unauthenticated',
)<Code> {}

/** Content can't be loaded from where it is edited. Code `content_unavailable`. Reaction: last published (ERR-08). */
export class ContentError<Code extends string = 'content_unavailable'> extends classed(
  'Content',
  'ContentError',
  'content_unavailable',
)<Code> {}

/** The database did not answer in time. Code `database_timeout`. Reaction: the breaker counts it (ERR-09). */
export class DatabaseTimeoutError<Code extends string = 'database_timeout'> extends classed(
  'DatabaseTimeout',
  'DatabaseTimeoutError',
  'database_timeout',
)<Code> {}

/** Too much in too short a time. Code `rate_limited`. Reaction: answer. */
export class RateLimitError<Code extends string = 'rate_limited'> extends classed(
  'RateLimit',
  'RateLimitError',
  'rate_limited',
)<Code> {}

/** It clashes with what is there. Code `conflict`. Reaction: answer. */
export class ConflictError<Code extends string = 'conflict'> extends classed(
  'Conflict',
  'ConflictError',
  'conflict',
)<Code> {}

/** There is no such thing, or none that this caller may know of. Code `not_found`. Reaction: answer. */
export class NotFoundError<Code extends string = 'not_found'> extends classed(
  'NotFound',
  'NotFoundError',
  'not_found',
)<Code> {}

/** A defect or something nobody expected. Code `internal`. Reaction: alert (ERR-11). */
export class InternalError<Code extends string = 'internal'> extends classed(
  'Internal',
  'InternalError',
  'internal',
)<Code> {}

/** What validators say of a value: zod's issues and the like. */
export interface ValidationIssue {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

const ISSUES_MAX = 20

/** The request is not as described. Code `validation_failed`. Reaction: answer. */
export class ValidationError<Code extends string = 'validation_failed'> extends classed(
  'Validation',
  'ValidationError',
  'validation_failed',
)<Code> {
  /**
   * From the issues of a validator that looked at one part of the request. Only for what the caller sent: an issue with
   * an upstream's answer is no caller's mistake.
   * @param part `body`, `query`, `params` or `header`
   */
  static of(part: string, issues: readonly ValidationIssue[]): ValidationError {
    const details: ErrorDetail[] = issues.slice(0, ISSUES_MAX).map((issue) => ({
      field: [part, ...issue.path.map(String)].join('.').slice(0, 100),
      problem: issue.message.slice(0, 200),
    }))
    return new ValidationError({ details })
  }
}
