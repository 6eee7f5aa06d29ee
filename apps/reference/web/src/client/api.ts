import { ApiError, errorOfAnswer } from './api-error.ts'

/** Reads an answer as what it should be, and throws for anything else: a schema of `zod/mini`, for instance. */
export interface Reader<T> {
  parse(value: unknown): T
}

export interface ApiOptions {
  /** Sent as JSON. */
  readonly body?: unknown
  /** Put behind the path; undefined ones are left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly headers?: Readonly<Record<string, string>>
  /** Cancels the request: hand over that of an effect's `AbortController`. */
  readonly signal?: AbortSignal
  /** For the whole answer; milliseconds. Default 10,000. */
  readonly timeoutMs?: number
}

export type ApiMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

const TIMEOUT_MS = 10_000

function addressOf(path: string, query: ApiOptions['query']): string {
  // Same origin only: a path that names a host would carry the session elsewhere.
  if (!/^\/(?!\/)/.test(path)) throw new TypeError(`${path} is no path of this origin`)
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) search.set(name, String(value))
  return search.size > 0 ? `${path}?${search}` : path
}

async function jsonOf(answer: Response): Promise<unknown> {
  if (answer.status === 204) return undefined
  const text = await answer.text()
  if (text === '') return undefined
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    if (!answer.ok) return undefined
    throw new ApiError('unreadable_answer', 'The answer could not be read.', {
      status: answer.status,
      requestId: answer.headers.get('x-request-id'),
      cause,
    })
  }
}

function failureOf(thrown: unknown, signal: AbortSignal | undefined, limit: AbortSignal): ApiError {
  if (thrown instanceof ApiError) return thrown
  if (signal?.aborted) return new ApiError('cancelled', 'This was cancelled.', { cause: thrown })
  if (limit.aborted) return new ApiError('timeout', 'The answer took too long. Please try again.', { cause: thrown })
  return new ApiError('offline', 'There is no connection right now. Please try again.', { cause: thrown })
}

/** Sends a request to this origin; the gateway adds the session. Resolves to the JSON of the answer. */
async function send(method: ApiMethod, path: string, options: ApiOptions): Promise<unknown> {
  const { body, query, signal, timeoutMs = TIMEOUT_MS } = options
  const address = addressOf(path, query)
  const limit = AbortSignal.timeout(timeoutMs)
  try {
    const answer = await fetch(address, {
      method,
      credentials: 'same-origin',
      redirect: 'error',
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    })
    const value = await jsonOf(answer)
    if (!answer.ok) throw errorOfAnswer(answer.status, answer.headers, value)
    return value
  } catch (thrown) {
    throw failureOf(thrown, signal, limit)
  }
}

/**
 * Asks this origin and reads the answer.
 * @throws ApiError for every answer that is no success, for none in time, and for one that `reader` refuses
 * (`unreadable_answer`); `cancelled` when `signal` aborted
 * @example
 * const me = await request('GET', '/v1/me', meSchema, { signal })
 */
export async function request<T>(
  method: ApiMethod,
  path: string,
  reader: Reader<T>,
  options: ApiOptions = {},
): Promise<T> {
  const value = await send(method, path, options)
  try {
    return reader.parse(value)
  } catch (cause) {
    throw new ApiError('unreadable_answer', 'The answer was not what this version expects. Please reload.', { cause })
  }
}

/** As `request`, for answers without anything to read. @throws ApiError */
export async function command(method: ApiMethod, path: string, options: ApiOptions = {}): Promise<void> {
  await send(method, path, options)
}

/**
 * Uploads a file to an address that the server signed; the one request that may leave this origin.
 * @param timeoutMs for the whole upload; milliseconds, default 300,000
 * @throws ApiError
 */
export async function upload(
  target: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
  file: Blob,
  options: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {},
): Promise<void> {
  const limit = AbortSignal.timeout(options.timeoutMs ?? 300_000)
  try {
    const answer = await fetch(target.url, {
      method: 'PUT',
      credentials: 'omit',
      redirect: 'error',
      headers: target.headers,
      body: file,
      signal: options.signal ? AbortSignal.any([options.signal, limit]) : limit,
    })
    if (!answer.ok) throw errorOfAnswer(answer.status, answer.headers, undefined)
  } catch (thrown) {
    throw failureOf(thrown, options.signal, limit)
  }
}
