import type { KitErrorCode } from './registry.ts'

/** One thing the caller should correct. */
export interface ErrorDetail {
  /** Where: `body.quantity`, `query.from`, `header.authorization`. */
  readonly field: string
  readonly problem: string
}

export interface ServiceErrorOptions {
  /** Replaces the registry's message; written for callers, so it holds no internals. */
  readonly message?: string
  readonly details?: readonly ErrorDetail[]
  /** Headers that this answer needs, `allow` for instance. */
  readonly headers?: Readonly<Record<string, string>>
  /** What caused it; logged, never sent. */
  readonly cause?: unknown
}

/** An operating error that becomes an answer. `Code` is a literal of the service's registry. */
export class ServiceError<Code extends string = string> extends Error {
  override readonly name = 'ServiceError'
  readonly code: Code | KitErrorCode
  readonly publicMessage: string | undefined
  readonly details: readonly ErrorDetail[]
  readonly headers: Readonly<Record<string, string>>

  constructor(code: Code | KitErrorCode, options: ServiceErrorOptions = {}) {
    super(options.message ?? code, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.publicMessage = options.message
    this.details = options.details ?? []
    this.headers = options.headers ?? {}
  }
}
