import type { LookupAddress } from 'node:dns'
import { type buildConnector, Client } from 'undici'
import { currentRequest } from '../context/index.ts'
import { readBounded } from './bounded-body.ts'
import { pinnedConnector, systemResolve } from './pinned-connector.ts'
import { SafeFetchError } from './safe-fetch-error.ts'
import { type SafeUrlOptions, SafeUrls } from './safe-url.ts'

export interface SafeFetchOptions extends SafeUrlOptions {
  /** Redirects that are followed, each checked as the first address. 0 to 20. Default 3. */
  readonly redirectsMax?: number
  /** For everything: names, connections, redirects, the whole body; milliseconds. Default 10,000. */
  readonly timeoutMs?: number
  /** For one connection with TLS; milliseconds. Default 3,000. */
  readonly connectTimeoutMs?: number
  /** Of an answer's body, both as sent and decompressed. Default 5 MiB. */
  readonly bytesMax?: number
  /** Under way at once; more are refused with `busy`. Default 50. */
  readonly inFlightMax?: number
  /** Resolves a name to all its addresses. Default the system's resolver. */
  readonly resolve?: (hostname: string) => Promise<readonly LookupAddress[]>
  /** Authorities whose certificates are trusted, in PEM, instead of Node's. Default Node's. */
  readonly ca?: string | readonly string[]
}

export interface SafeFetchRequest {
  /** Default GET. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** At most 100. Those of the connection (`host`, `content-length`, `connection`, ...) are not yours to set. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Aborts it. The end of the current request (`currentRequest`) does too. */
  readonly signal?: AbortSignal
}

export interface SafeFetchAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Decompressed. */
  readonly body: Buffer
  /** Address that answered, after redirects. */
  readonly url: string
  readonly redirects: number
}

export type SafeFetch = (url: string | URL, request?: SafeFetchRequest) => Promise<SafeFetchAnswer>

type Headers = Readonly<Record<string, string>>

interface Hop {
  readonly url: URL
  readonly method: string
  readonly headers: Headers
  readonly body: string | Uint8Array | null
}

const headerName = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/
const headerValue = /^[\x20-\x7e\t]{0,8192}$/
const headersMax = 100
const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])
const connectionHeaders: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'keep-alive',
  'expect',
  'accept-encoding',
  'proxy-authorization',
  'proxy-connection',
])
/** All that goes along to another origin: the rest may be meant for the first one only. */
const harmlessHeaders: ReadonlySet<string> = new Set(['accept', 'accept-language', 'user-agent'])

/**
 * A fetch for addresses that users give: it reaches the public internet and nothing else (OWASP "SSRF prevention";
 * CWE-918). A name is resolved here, every address of it is checked, and the connection goes to just those, so a name
 * that resolves differently a moment later (DNS rebinding) wins nothing. No proxy variables, no cookies, no connection
 * kept: one request leaves nothing behind.
 * @throws RangeError for a malformed host, port or block, or a limit out of range
 * @example
 * const safeFetch = createSafeFetch({ timeoutMs: 5000 })
 * const answer = await safeFetch(webhook.url, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
 */
export function createSafeFetch(options: SafeFetchOptions = {}): SafeFetch {
  const fetcher = new SafeFetcher(options)
  return (url, request) => fetcher.fetch(url, request)
}

class SafeFetcher {
  readonly #urls: SafeUrls
  readonly #redirectsMax: number
  readonly #timeoutMs: number
  readonly #bytesMax: number
  readonly #inFlightMax: number
  readonly #connect: buildConnector.connector
  #inFlight = 0

  constructor(options: SafeFetchOptions) {
    this.#urls = new SafeUrls(options)
    this.#redirectsMax = bounded('redirectsMax', options.redirectsMax ?? 3, 0, 20)
    this.#timeoutMs = bounded('timeoutMs', options.timeoutMs ?? 10_000, 1, 600_000)
    this.#bytesMax = bounded('bytesMax', options.bytesMax ?? 5_242_880, 1, 1_073_741_824)
    this.#inFlightMax = bounded('inFlightMax', options.inFlightMax ?? 50, 1, 10_000)
    this.#connect = pinnedConnector(this.#urls.addresses, {
      connectTimeoutMs: bounded('connectTimeoutMs', options.connectTimeoutMs ?? 3000, 1, 60_000),
      resolve: options.resolve ?? systemResolve,
      ca: options.ca,
    })
  }

  async fetch(input: string | URL, request: SafeFetchRequest = {}): Promise<SafeFetchAnswer> {
    const first: Hop = {
      url: this.#urls.check(input),
      method: checkMethod(request.method ?? 'GET'),
      headers: checkHeaders(request.headers ?? {}),
      body: request.body ?? null,
    }
    if (this.#inFlight >= this.#inFlightMax)
      throw new SafeFetchError('busy', `${this.#inFlight} requests are under way`)
    this.#inFlight += 1
    const timer = new AbortController()
    const timeout = setTimeout(() => timer.abort(), this.#timeoutMs)
    const outside = [request.signal, currentRequest()?.deadline?.signal].filter((signal) => signal !== undefined)
    const signal = AbortSignal.any([timer.signal, ...outside])
    const closing: Promise<void>[] = []
    try {
      return await this.#follow(first, signal, closing)
    } catch (error) {
      throw asSafeFetchError(error, timer.signal, outside)
    } finally {
      clearTimeout(timeout)
      // A connection that is still being made ends a moment after the answer does, and counts until then.
      void Promise.allSettled(closing).finally(() => {
        this.#inFlight -= 1
      })
    }
  }

  async #follow(first: Hop, signal: AbortSignal, closing: Promise<void>[]): Promise<SafeFetchAnswer> {
    let hop = first
    for (let redirects = 0; redirects <= this.#redirectsMax; redirects++) {
      const result = await this.#one(hop, signal, closing)
      if ('status' in result) return { ...result, url: hop.url.href, redirects }
      hop = this.#nextHop(hop, result.redirectStatus, result.location)
    }
    throw new SafeFetchError('too_many_redirects', `more than ${this.#redirectsMax} redirects`)
  }

  async #one(
    hop: Hop,
    signal: AbortSignal,
    closing: Promise<void>[],
  ): Promise<Omit<SafeFetchAnswer, 'url' | 'redirects'> | { redirectStatus: number; location: string }> {
    signal.throwIfAborted()
    // A client of its own: hosts that users name are too many to keep connections, and keep them checked.
    const client = new Client(hop.url.origin, {
      connect: (options, callback) => {
        const attempt = Promise.withResolvers<void>()
        closing.push(attempt.promise)
        this.#connect(options, (...result) => {
          attempt.resolve()
          callback(...result)
        })
      },
      maxHeaderSize: 16_384,
      headersTimeout: this.#timeoutMs,
      bodyTimeout: this.#timeoutMs,
    })
    // The client looks at a request's signal only once it is connected.
    const stop = (): void => void client.destroy()
    signal.addEventListener('abort', stop, { once: true })
    try {
      const answer = await client.request({
        path: `${hop.url.pathname}${hop.url.search}`,
        method: hop.method,
        headers: { ...hop.headers, 'accept-encoding': 'gzip, deflate, br' },
        body: hop.body,
        signal,
      })
      const location = answer.headers['location']
      if (isRedirect(answer.statusCode) && typeof location === 'string') {
        answer.body.on('error', () => undefined).destroy()
        return { redirectStatus: answer.statusCode, location }
      }
      const body = await readBounded(
        answer.body,
        answer.headers['content-encoding'],
        hop.method,
        this.#bytesMax,
        signal,
      )
      return { status: answer.statusCode, headers: answer.headers, body }
    } finally {
      signal.removeEventListener('abort', stop)
      closing.push(client.destroy())
    }
  }

  /** RFC 9110, 15.4, and what browsers make of it (Fetch, "HTTP-redirect fetch"), stricter where a body goes along. */
  #nextHop(hop: Hop, status: number, location: string): Hop {
    const url = this.#urls.check(location, hop.url)
    if (hop.url.protocol === 'https:' && url.protocol !== 'https:')
      throw new SafeFetchError('redirect', 'a redirect from https to http')
    const toGet =
      (status === 303 && hop.method !== 'HEAD') || ((status === 301 || status === 302) && hop.method === 'POST')
    const body = toGet ? null : hop.body
    const sameOrigin = url.origin === hop.url.origin
    if (!sameOrigin && body !== null) throw new SafeFetchError('redirect', 'a redirect with a body to another origin')
    const headers = Object.fromEntries(
      Object.entries(hop.headers).filter(([name]) =>
        sameOrigin ? !(toGet && name.startsWith('content-')) : harmlessHeaders.has(name),
      ),
    )
    return { url, method: toGet ? 'GET' : hop.method, headers, body }
  }
}

function bounded(name: string, value: number, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max)
    throw new RangeError(`${name} is ${value}; expected a whole number from ${min} to ${max}`)
  return value
}

function checkMethod(method: string): string {
  if (!methods.has(method))
    throw new RangeError(`${JSON.stringify(method.slice(0, 32))} is not one of ${[...methods].join(', ')}`)
  return method
}

function checkHeaders(given: Headers): Headers {
  const headers: Record<string, string> = {}
  const entries = Object.entries(given)
  if (entries.length > headersMax) throw new RangeError(`${entries.length} headers; at most ${headersMax}`)
  for (const [name, value] of entries) {
    const lower = name.toLowerCase()
    if (!headerName.test(name) || !headerValue.test(value))
      throw new RangeError(`header ${JSON.stringify(name.slice(0, 80))}: not a name and one line of printable ASCII`)
    if (connectionHeaders.has(lower)) throw new RangeError(`header ${lower} belongs to the connection`)
    headers[lower] = value
  }
  return headers
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308
}

function asSafeFetchError(error: unknown, timer: AbortSignal, outside: readonly AbortSignal[]): SafeFetchError {
  if (error instanceof SafeFetchError) return error
  if (outside.some((signal) => signal.aborted)) return new SafeFetchError('aborted', 'the caller went away', error)
  if (timer.aborted) return new SafeFetchError('timeout', 'not done in time', error)
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT')
    return new SafeFetchError('timeout', 'no connection in time', error)
  return new SafeFetchError('network', 'the other side does not answer as HTTP has it', error)
}
