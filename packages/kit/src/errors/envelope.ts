import { jsonContentType, problemContentType, wantsProblem } from './negotiate.ts'
import type { ErrorEntry, ErrorRegistry } from './registry.ts'
import { kitErrors } from './registry.ts'
import { type ErrorDetail, ServiceError } from './service-error.ts'
import { isA } from './thrown-fields.ts'

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

/** The same as RFC 9457 writes it, with our members as extensions. */
export interface ProblemDocument {
  /** Where the code is explained: the identity of the problem. */
  readonly type: string
  /** What the registry says of the code; the same for every occurrence. */
  readonly title: string
  readonly status: number
  /** What is particular about this occurrence, where there is something. */
  readonly detail?: string
  readonly code: string
  readonly details: readonly ErrorDetail[]
  readonly request_id: string
}

const DETAILS_MAX = 20
const MESSAGE_CHARS_MAX = 500
const FIELD_CHARS_MAX = 100
const PROBLEM_CHARS_MAX = 200
const REQUEST_ID_CHARS_MAX = 128
const HEADERS_MAX = 16
const HEADER_CHARS_MAX = 2048
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
const PLAIN_ID = /^[A-Za-z0-9._:-]{1,128}$/
// How the body is sent is the server's affair; when to try again is the registry's.
const SERVERS_HEADERS = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'retry-after',
  'trailer',
  'transfer-encoding',
])

/** Everything about a code that is the same for each of its answers. */
interface Prepared {
  readonly code: string
  readonly entry: ErrorEntry
  readonly help: string
  readonly headers: Readonly<Record<string, string>>
  /** An answer without a message or details of its own is these around the request id. */
  readonly json: readonly [before: string, after: string]
  readonly problem: readonly [before: string, after: string]
}

function prepare(code: string, entry: ErrorEntry, help: string): Prepared {
  const headers: Record<string, string> = { 'cache-control': 'no-store' }
  if (entry.retryAfterS !== null) headers['retry-after'] = String(entry.retryAfterS)
  if (entry.status === 401) headers['www-authenticate'] = 'Bearer'
  const named = `"code":${JSON.stringify(code)}`
  const text = JSON.stringify(entry.message)
  const link = JSON.stringify(help)
  return {
    code,
    entry,
    help,
    headers: Object.freeze(headers),
    json: [`{"error":{${named},"message":${text},"details":[],"request_id":`, `,"help":${link}}}`],
    problem: [`{"type":${link},"title":${text},"status":${entry.status},${named},"details":[],"request_id":`, '}'],
  }
}

/** Everything an error answer consists of besides the headers that every answer has. */
export class ErrorAnswer {
  readonly status: number
  /** Names in lower case. Without `content-type`: that is `contentType`. May be shared and frozen. */
  readonly headers: Readonly<Record<string, string>>
  readonly contentType: string
  /** The body as it is sent. */
  readonly payload: string
  readonly #of: Prepared
  readonly #message: string | undefined
  readonly #details: readonly ErrorDetail[]
  readonly #requestId: string

  constructor(
    prepared: Prepared,
    own: { message: string | undefined; details: readonly ErrorDetail[]; headers: Readonly<Record<string, string>> },
    requestId: string,
    problem: boolean,
  ) {
    this.status = prepared.entry.status
    this.headers = own.headers
    this.contentType = problem ? problemContentType : jsonContentType
    this.#of = prepared
    this.#message = own.message
    this.#details = own.details
    this.#requestId = requestId
    if (own.message === undefined && own.details.length === 0) {
      const [before, after] = problem ? prepared.problem : prepared.json
      this.payload = before + (PLAIN_ID.test(requestId) ? `"${requestId}"` : JSON.stringify(requestId)) + after
    } else this.payload = JSON.stringify(problem ? this.problem : this.body)
  }

  /** What is sent by default, as a value. */
  get body(): ErrorEnvelope {
    const { code, entry, help } = this.#of
    return {
      error: {
        code,
        message: this.#message ?? entry.message,
        details: this.#details,
        request_id: this.#requestId,
        help,
      },
    }
  }

  /** What is sent to a caller that prefers `application/problem+json`, as a value. */
  get problem(): ProblemDocument {
    const { code, entry, help } = this.#of
    return {
      type: help,
      title: entry.message,
      status: entry.status,
      ...(this.#message === undefined ? {} : { detail: this.#message }),
      code,
      details: this.#details,
      request_id: this.#requestId,
    }
  }
}

/** In the last resort nothing may be thrown, whatever came instead of an id. */
function boundedId(requestId: unknown): string {
  if (typeof requestId !== 'string') return ''
  return requestId.length > REQUEST_ID_CHARS_MAX ? requestId.slice(0, REQUEST_ID_CHARS_MAX) : requestId
}

function boundedDetails(details: unknown): readonly ErrorDetail[] {
  if (!Array.isArray(details) || details.length === 0) return []
  return details.slice(0, DETAILS_MAX).map((one: Partial<ErrorDetail>) => ({
    field: String(one.field).slice(0, FIELD_CHARS_MAX),
    problem: String(one.problem).slice(0, PROBLEM_CHARS_MAX),
  }))
}

function answerHeaders(prepared: Prepared, own: unknown): Readonly<Record<string, string>> {
  if (typeof own !== 'object' || own === null) return prepared.headers
  const entries = Object.entries(own).slice(0, HEADERS_MAX)
  if (entries.length === 0) return prepared.headers
  const headers: Record<string, string> = {}
  for (const [name, value] of entries) {
    const key = name.toLowerCase()
    if (!HEADER_NAME.test(key) || SERVERS_HEADERS.has(key)) continue
    if (typeof value === 'string' && value.length <= HEADER_CHARS_MAX && HEADER_VALUE.test(value)) headers[key] = value
  }
  return { ...headers, ...prepared.headers, ...(headers['www-authenticate'] && challenge(headers)) }
}

/** A scheme that the error names counts more than the one that every 401 gets. */
function challenge(headers: Record<string, string>): Record<string, string> {
  return { 'www-authenticate': headers['www-authenticate'] ?? '' }
}

/**
 * Turns errors into answers by the registry. Everything that is the same for each answer of a code is made here, once.
 *
 * @example
 * const answers = new ErrorAnswers(errorCodes, 'https://api.acme.test')
 * const { status, headers, contentType, payload } = answers.of(classifyError(thrown), requestId, accept)
 */
export class ErrorAnswers {
  readonly registry: ErrorRegistry
  readonly #helpBase: string
  readonly #prepared = new Map<string, Prepared>()
  readonly #internal: Prepared

  /**
   * @param registry from `defineErrors`
   * @param helpBase put before `/errors/<code>`; default empty, which gives relative links
   */
  constructor(registry: ErrorRegistry, helpBase = '') {
    this.registry = registry
    let end = helpBase.length
    while (end > 0 && helpBase[end - 1] === '/') end -= 1
    this.#helpBase = helpBase.slice(0, end)
    for (const [code, entry] of Object.entries(registry))
      this.#prepared.set(code, prepare(code, entry, this.help(code)))
    this.#internal = this.#prepared.get('internal') ?? prepare('internal', kitErrors.internal, this.help('internal'))
  }

  /** Where a code is explained. */
  help(code: string): string {
    return `${this.#helpBase}/errors/${code}`
  }

  /**
   * The answer for an error. A code outside the registry, and anything that is no proper ServiceError, is answered as
   * `internal` with nothing of its own. Never throws.
   * @param requestId the correlation id; 128 characters of it are sent
   * @param accept the Accept header, to answer RFC 9457 to those who prefer it; default: our envelope
   */
  of(error: ServiceError, requestId: string, accept?: string): ErrorAnswer {
    const problem = wantsProblem(accept)
    const id = boundedId(requestId)
    try {
      const prepared = isA(error, ServiceError) ? this.#prepared.get(error.code) : undefined
      if (prepared) {
        const message = error.publicMessage
        const own = {
          message: typeof message === 'string' ? message.slice(0, MESSAGE_CHARS_MAX) : undefined,
          details: boundedDetails(error.details),
          headers: answerHeaders(prepared, error.headers),
        }
        return new ErrorAnswer(prepared, own, id, problem)
      }
    } catch {
      // Somebody else's getter: its answer is the one for everything unknown.
    }
    const nothing = { message: undefined, details: [], headers: this.#internal.headers }
    return new ErrorAnswer(this.#internal, nothing, id, problem)
  }

  /** One code as `GET /errors/{code}` shows it, or null. */
  describe(code: string): PublicErrorEntry | null {
    const prepared = this.#prepared.get(code)
    if (!prepared) return null
    const { class: errorClass, status, retriable, retryAfterS, message, fix } = prepared.entry
    return { code, class: errorClass, status, retriable, retryAfterS, message, fix, help: prepared.help }
  }

  /** The whole registry as `GET /errors` shows it. */
  describeAll(): { codes: Record<string, PublicErrorEntry> } {
    const codes: Record<string, PublicErrorEntry> = {}
    for (const code of this.#prepared.keys()) codes[code] = this.describe(code) as PublicErrorEntry
    return { codes }
  }
}

/** What a caller may read about a code. */
export type PublicErrorEntry = Omit<ErrorEntry, 'reaction'> & { readonly code: string; readonly help: string }
