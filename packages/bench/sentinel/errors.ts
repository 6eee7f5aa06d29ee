import { lacks } from './defects.ts'

interface Kind {
  readonly class: string
  readonly status: number
  readonly retriable: boolean
  readonly retryAfterS: number | null
  readonly message: string
}

/** Every error there is. Served at /errors. */
export const REGISTRY = {
  malformed_request: {
    class: 'client',
    status: 400,
    retriable: false,
    retryAfterS: null,
    message: 'The request is malformed.',
  },
  unauthenticated: { class: 'client', status: 401, retriable: false, retryAfterS: null, message: 'Sign in first.' },
  forbidden: { class: 'client', status: 403, retriable: false, retryAfterS: null, message: 'This is not allowed.' },
  not_found: { class: 'client', status: 404, retriable: false, retryAfterS: null, message: 'There is nothing here.' },
  method_not_allowed: {
    class: 'client',
    status: 405,
    retriable: false,
    retryAfterS: null,
    message: 'The method is not allowed here.',
  },
  request_timeout: {
    class: 'client',
    status: 408,
    retriable: false,
    retryAfterS: null,
    message: 'The request took too long to arrive.',
  },
  conflict: { class: 'client', status: 409, retriable: false, retryAfterS: null, message: 'This exists already.' },
  payload_too_large: {
    class: 'client',
    status: 413,
    retriable: false,
    retryAfterS: null,
    message: 'The body is larger than 1 MiB.',
  },
  unsupported_media_type: {
    class: 'client',
    status: 415,
    retriable: false,
    retryAfterS: null,
    message: 'Send application/json.',
  },
  validation_failed: {
    class: 'client',
    status: 422,
    retriable: false,
    retryAfterS: null,
    message: 'A value is not valid.',
  },
  rate_limited: { class: 'limit', status: 429, retriable: true, retryAfterS: 60, message: 'Too many requests.' },
  headers_too_large: {
    class: 'client',
    status: 431,
    retriable: false,
    retryAfterS: null,
    message: 'The headers are too large.',
  },
  internal: { class: 'server', status: 500, retriable: true, retryAfterS: 30, message: 'Something went wrong here.' },
  unavailable: {
    class: 'server',
    status: 503,
    retriable: true,
    retryAfterS: 5,
    message: 'A dependency is not available.',
  },
} as const satisfies Record<string, Kind>
export type ErrorCode = keyof typeof REGISTRY

export class HttpError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly details: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>

  constructor(
    code: ErrorCode,
    details: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(REGISTRY[code].message)
    this.name = 'HttpError'
    this.code = code
    this.status = REGISTRY[code].status
    this.details = details
    this.headers = headers
  }
}

export interface ErrorAnswer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
}

/** The registry as it is served. */
export function servedRegistry(base: string): Record<string, unknown> {
  const codes = Object.entries(REGISTRY).map(([code, kind]) => {
    const wrong = lacks('error-registry-wrong-status') && code === 'not_found'
    const { class: kindClass, status, retriable, retryAfterS } = kind
    return [
      code,
      { class: kindClass, status: wrong ? 400 : status, retriable, retryAfterS, help: `${base}/errors/${code}` },
    ]
  })
  return { codes: Object.fromEntries(codes) as Record<string, unknown> }
}

/** One envelope for every error. */
export function answerError(error: HttpError, requestId: string, base: string, debug: boolean): ErrorAnswer {
  const headers: Record<string, string> = {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    ...error.headers,
  }
  const after = REGISTRY[error.code].retryAfterS
  if (after !== null && !retryAfterRemoved(error.status)) headers['retry-after'] = String(after)
  if (error.status === 404 && lacks('retry-after-on-404')) headers['retry-after'] = '5'
  if (error.status === 404 && lacks('html-404')) {
    return {
      status: 404,
      headers: { ...headers, 'content-type': 'text/html; charset=utf-8' },
      body: '<!doctype html><title>404</title><h1>Not Found</h1>',
    }
  }
  if (error.status === 404 && (lacks('leak-stack-late') || lacks('debug-page')))
    return { status: 404, headers: { ...headers, 'content-type': 'text/html; charset=utf-8' }, body: debugPage(error) }
  if (envelopeRemoved(error)) return { status: error.status, headers, body: JSON.stringify({ message: error.message }) }
  let status: number = error.status
  if (error.status === 413 && lacks('body-limit-5xx')) status = 500
  const code = error.status === 404 && lacks('error-code-unregistered') ? 'E_WEIRD' : error.code
  const envelope: Record<string, unknown> = {
    code,
    message: error.message,
    details: { ...error.details, ...leaks(error, debug) },
  }
  if (!lacks('request-id-missing-in-error')) envelope['request_id'] = requestId
  if (!lacks('help-missing')) envelope['help'] = `${base}/errors/${error.code}`
  return { status, headers, body: JSON.stringify({ error: envelope }) }
}

function retryAfterRemoved(status: number): boolean {
  if (status === 429) return lacks('retry-after-missing-429') || lacks('rate-limit-no-retry-after')
  return status === 503 && lacks('retry-after-missing-503')
}

function envelopeRemoved(error: HttpError): boolean {
  if (error.code === 'malformed_request') return lacks('no-envelope-on-malformed')
  if (error.status === 405) return lacks('no-envelope-on-405')
  if (error.status === 413) return lacks('no-envelope-on-413')
  return error.status === 503 && lacks('no-envelope-on-503')
}

/** A page as debuggers write it: a long style sheet, then the routes that were tried or the stack, then what it is. */
function debugPage(error: HttpError): string {
  const style = 'html * { padding: 0; margin: 0 } body > div { border-bottom: 1px solid #ddd } '.repeat(40)
  const stack = lacks('leak-stack-late') ? `<pre>${error.stack ?? ''}</pre>` : ''
  const self = lacks('debug-page')
    ? '<p>You’re seeing this error because you have <code>DEBUG = True</code> in your settings file.</p>'
    : ''
  return `<!doctype html><html><head><title>Not Found</title><style>${style}</style></head><body><h1>Not Found</h1>${stack}${self}</body></html>`
}

/** What must never be in an answer, and is only without the protection. */
function leaks(error: HttpError, debug: boolean): Record<string, unknown> {
  return {
    ...(lacks('leak-stack') || debug ? { stack: error.stack } : {}),
    ...(lacks('leak-sql')
      ? { query: 'select id, name from items where name = $1', reason: 'relation "items" does not exist' }
      : {}),
    ...(lacks('leak-path') ? { file: import.meta.filename } : {}),
    ...(lacks('leak-version') ? { server: `sentinel/0.1.0 node/${process.version}`, database: 'PostgreSQL 18.4' } : {}),
  }
}
