import type { ErrorEntry, ErrorRegistry } from './registry.ts'
import type { ErrorDetail, ServiceError } from './service-error.ts'

/** The one shape of an error answer. */
export interface ErrorEnvelope {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly details: readonly ErrorDetail[]
    /** The request's correlation id. */
    readonly request_id: string
    /** Where the code is explained. */
    readonly help: string
  }
}

const DETAILS_MAX = 20

/** Everything an error answer consists of besides the headers that every answer has. */
export interface ErrorAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: ErrorEnvelope
}

/** Turns errors into answers by the registry. `helpBase` is put before `/errors/<code>`; empty gives relative links. */
export class ErrorAnswers {
  readonly registry: ErrorRegistry
  readonly #helpBase: string

  constructor(registry: ErrorRegistry, helpBase = '') {
    this.registry = registry
    this.#helpBase = helpBase.replace(/\/+$/, '')
  }

  help(code: string): string {
    return `${this.#helpBase}/errors/${code}`
  }

  /** A code outside the registry is answered as `internal`. */
  of(error: ServiceError, requestId: string): ErrorAnswer {
    const registered = this.#entry(error.code)
    const code = registered ? error.code : 'internal'
    const entry = registered ?? (this.registry['internal'] as ErrorEntry)
    const headers: Record<string, string> = { 'cache-control': 'no-store', ...(registered ? error.headers : {}) }
    if (entry.retryAfterS !== null) headers['retry-after'] = String(entry.retryAfterS)
    if (entry.status === 401) headers['www-authenticate'] = 'Bearer'
    const message = (registered ? error.publicMessage : undefined) ?? entry.message
    const details = registered ? error.details.slice(0, DETAILS_MAX) : []
    return {
      status: entry.status,
      headers,
      body: { error: { code, message, details, request_id: requestId, help: this.help(code) } },
    }
  }

  /** One code as `GET /errors/{code}` shows it, or null. */
  describe(code: string): PublicErrorEntry | null {
    const entry = this.#entry(code)
    if (!entry) return null
    const { class: errorClass, status, retriable, retryAfterS, message, fix } = entry
    return { code, class: errorClass, status, retriable, retryAfterS, message, fix, help: this.help(code) }
  }

  /** The whole registry as `GET /errors` shows it. */
  describeAll(): { codes: Record<string, PublicErrorEntry> } {
    const codes: Record<string, PublicErrorEntry> = {}
    for (const code of Object.keys(this.registry)) codes[code] = this.describe(code) as PublicErrorEntry
    return { codes }
  }

  #entry(code: string): ErrorEntry | undefined {
    return Object.hasOwn(this.registry, code) ? this.registry[code] : undefined
  }
}

export type PublicErrorEntry = ErrorEntry & { readonly code: string; readonly help: string }
