import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import { SessionCookie } from './session-cookie.ts'

type Given = Readonly<Record<string, string | string[] | undefined>>

/** Headers that speak about one connection (RFC 9110, 7.6.1), besides those that Connection lists. */
const HOP_BY_HOP = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** What nobody outside may say: where a request comes from, what it was rewritten from, and what the gateway says itself. */
const NOT_FROM_OUTSIDE = new Set([
  'cookie',
  'expect',
  'forwarded',
  'host',
  'traceparent',
  'tracestate',
  'via',
  'x-client-ip',
  'x-correlation-id',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-original-url',
  'x-real-ip',
  'x-request-id',
  'x-rewrite-url',
])

/** What the gateway says itself, or nobody does. */
const NOT_FROM_BACKENDS = new Set([
  'alt-svc',
  'date',
  'ratelimit',
  'ratelimit-policy',
  'server',
  'strict-transport-security',
  'via',
  'x-correlation-id',
  'x-powered-by',
  'x-request-id',
])

function listed(connection: string | string[] | undefined): ReadonlySet<string> {
  if (connection === undefined) return new Set()
  return new Set(
    String(connection)
      .split(',', 50)
      .map((name) => name.trim().toLowerCase()),
  )
}

/** What the gateway says about a request. */
export interface Forwarding {
  readonly address: string
  readonly proto: 'http' | 'https'
  readonly host: string
  readonly correlationId: string
  /** `traceparent`, and `tracestate` where there is one. */
  readonly trace: Readonly<Record<string, string>>
  /** From the browser's session, for a request without a token of its own. */
  readonly token: string | null
  /** Whether the caller's token and cookies go along: to what is ours, not to an object store. */
  readonly credentials: boolean
}

/** The headers that a backend gets. */
export function requestHeaders(given: IncomingHttpHeaders, forwarding: Forwarding): Record<string, string> {
  const { address, proto, host, correlationId, trace, token, credentials } = forwarding
  const drop = listed(given.connection)
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || HOP_BY_HOP.has(name) || NOT_FROM_OUTSIDE.has(name) || drop.has(name)) continue
    // Some servers read x_forwarded_for as x-forwarded-for.
    if (name.startsWith('x-forwarded') || name.includes('_')) continue
    headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  if (!credentials) delete headers['authorization']
  else if (token !== null) headers['authorization'] = `Bearer ${token}`
  const cookie = credentials ? SessionCookie.without(given.cookie) : null
  return {
    ...headers,
    ...(cookie === null ? {} : { cookie }),
    ...trace,
    'x-correlation-id': correlationId,
    'x-request-id': correlationId,
    'x-forwarded-for': address,
    'x-forwarded-proto': proto,
    'x-forwarded-host': host,
  }
}

/**
 * The headers that a caller gets of a backend's.
 * @param forSession whether the answer is to a request that the session's token was added to: a cache in front saw no
 * `authorization` and must be told
 */
export function answerHeaders(given: Given, forSession: boolean): OutgoingHttpHeaders {
  const drop = listed(given['connection'])
  const headers: OutgoingHttpHeaders = {}
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || HOP_BY_HOP.has(name) || NOT_FROM_BACKENDS.has(name) || drop.has(name)) continue
    // The gateway answers for which origins may read.
    if (name.startsWith('access-control-')) continue
    if (name !== 'set-cookie') headers[name] = Array.isArray(value) ? value.join(', ') : value
    else {
      const kept = [value].flat().filter((one) => !SessionCookie.isSetBy(one))
      if (kept.length > 0) headers[name] = kept
    }
  }
  if (forSession) headers['cache-control'] = privately(headers['cache-control'])
  return headers
}

/** What RFC 9111, 3.5 makes of an answer to a request with `authorization`. */
function privately(value: unknown): string {
  if (typeof value !== 'string' || value === '') return 'private, no-store'
  return /\b(?:public|private|no-store|s-maxage|must-revalidate)\b/i.test(value) ? value : `private, ${value}`
}
