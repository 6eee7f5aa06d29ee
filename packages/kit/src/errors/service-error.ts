import type { KitErrorCode } from './kit-errors.ts'
import type { ErrorClass, ErrorCodeOf, ErrorRegistry } from './registry.ts'

/** One thing the caller should correct. */
export interface ErrorDetail {
  /** Where: `body.quantity`, `query.from`, `header.authorization`. 100 characters of it are sent. */
  readonly field: string
  /** What is wrong there, written for callers. 200 characters of it are sent. */
  readonly problem: string
}

export interface ServiceErrorOptions {
  /** Replaces the registry's message; written for callers, so it holds no internals. 500 characters of it are sent. */
  readonly message?: string
  /** The first 20 are sent. Default none. */
  readonly details?: readonly ErrorDetail[]
  /**
   * Headers that this answer needs, `allow` for instance. Those that say how the body is sent are the server's and are
   * left out, as is one that is not well formed. Default none.
   */
  readonly headers?: Readonly<Record<string, string>>
  /** What caused it; logged, never sent. */
  readonly cause?: unknown
  /**
   * False makes it without a stack trace, which is most of what an error costs: for answers that are given by the thousand
   * (shed, rate limited), and where the cause has a better one. Default true.
   */
  readonly stack?: boolean
}

const noDetails: readonly ErrorDetail[] = Object.freeze([])
const noHeaders: Readonly<Record<string, string>> = Object.freeze({})

/**
 * An operating error that becomes an answer. `Code` is a literal of the service's registry.
 *
 * @example
 * throw new ServiceError('validation_failed', { details: [{ field: 'query.from', problem: 'is not a date' }] })
 */
export class ServiceError<Code extends string = string> extends Error {
  override readonly name: string = 'ServiceError'
  readonly code: Code | KitErrorCode
  readonly publicMessage: string | undefined
  readonly details: readonly ErrorDetail[]
  readonly headers: Readonly<Record<string, string>>
  /** Its class where the error was made as one (`new NetworkError()`); otherwise the registry knows. */
  readonly errorClass: ErrorClass | undefined = undefined

  constructor(code: Code | KitErrorCode, options: ServiceErrorOptions = {}) {
    const { stackTraceLimit } = Error
    if (options.stack === false) Error.stackTraceLimit = 0
    super(options.message ?? code, options.cause === undefined ? undefined : { cause: options.cause })
    if (options.stack === false) Error.stackTraceLimit = stackTraceLimit
    this.code = code
    this.publicMessage = options.message
    this.details = options.details ?? noDetails
    this.headers = options.headers ?? noHeaders
  }
}

/**
 * Makes errors of one registry: a code that is not in it does not compile.
 *
 * @example
 * const fail = errorsOf(errorCodes)
 * throw fail('seat_taken')
 */
export function errorsOf<R extends ErrorRegistry>(
  registry: R,
): (code: ErrorCodeOf<R>, options?: ServiceErrorOptions) => ServiceError<ErrorCodeOf<R>> {
  return (code, options) => {
    if (!Object.hasOwn(registry, code)) throw new RangeError(`error code ${code} is not in the registry: add it there`)
    return new ServiceError<ErrorCodeOf<R>>(code, options)
  }
}
