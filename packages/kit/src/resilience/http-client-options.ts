import type { LookupFunction } from 'node:net'
import { dependencyName, durationMs, wholeWithin } from './bounds.ts'
import type { CallHook, TracePort } from './call-observer.ts'
import type { CircuitBreaker } from './circuit-breaker.ts'
import { type Clock, systemClock } from './clock.ts'
import type { RetryBudget } from './retry-budget.ts'
import type { RetryOptions } from './retry-options.ts'

export interface HttpClientOptions {
  /** The dependency, as it is shown in errors, metrics and spans. */
  readonly name: string
  /** Where it is: `https://rates.example`. No path, no credentials. */
  readonly origin: string
  /** Somebody else's service: 3.5 s in all instead of 60 s. Default false. */
  readonly thirdParty?: boolean
  /** For a connection, TLS included; milliseconds. Default 5,000, or `timeoutMs` if that is less. */
  readonly connectTimeoutMs?: number
  /** For the head of the answer after the request was sent, and between two pieces of its body; milliseconds. Default 30,000, or `timeoutMs` if that is less. */
  readonly readTimeoutMs?: number
  /** For the upstream to take a body of more than 64 KiB; milliseconds. Default 10,000. */
  readonly writeTimeoutMs?: number
  /** For a connection of the pool to become free; milliseconds. Default 5,000, or `totalTimeoutMs` if that is less. */
  readonly poolTimeoutMs?: number
  /** Limit of one attempt; milliseconds. Default 30,000, or `totalTimeoutMs` if that is less. */
  readonly timeoutMs?: number
  /** Limit of a call with all its attempts and waits, never more than the current request has left; milliseconds. Default 60,000; 3,500 for a third party. */
  readonly totalTimeoutMs?: number
  /** Connections at most. Default 100. */
  readonly connectionsMax?: number
  /** Calls that may wait for one; more are refused at once. Default 100. */
  readonly waitingMax?: number
  /** How long an unused connection is kept; milliseconds. Default 4,000. */
  readonly keepAliveMs?: number
  /** After this long a connection takes no further request, so that the name is resolved again; milliseconds. Default 60,000. */
  readonly connectionLifetimeMs?: number
  /** Bytes of an answer's body. Default 1 MiB. */
  readonly answerBytesMax?: number
  /** Bytes of a request's body. Default 10 MiB. */
  readonly requestBytesMax?: number
  /** Redirects of GET and HEAD to follow within the same origin; elsewhere never. Default 0: they are answers like others. */
  readonly redirectsMax?: number
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>
  /** Field that carries what is left of the time, in whole milliseconds, for an upstream that honours it. Default none. */
  readonly deadlineHeader?: string
  /** Default: 3 attempts, 1 to 10 s apart. Null for none. Only idempotent requests are repeated. */
  readonly retry?: RetryOptions | null
  /** Default: one of its own. */
  readonly breaker?: CircuitBreaker | null
  /** Default: one of its own. */
  readonly budget?: RetryBudget
  /** Told once per attempt. */
  readonly onCall?: CallHook
  /** Makes a span per attempt. */
  readonly trace?: TracePort
  /** Resolves names; asked anew for every connection. Default: the system's resolver. */
  readonly lookup?: LookupFunction
  /** Authorities that TLS trusts instead of the public ones, PEM. Verification can't be switched off. */
  readonly ca?: string
  readonly clock?: Clock
  /** From 0 up to 1. */
  readonly random?: () => number
}

/** Every limit of a client, decided. */
export interface HttpClientSettings {
  readonly name: string
  readonly origin: URL
  readonly connectTimeoutMs: number
  readonly readTimeoutMs: number
  readonly writeTimeoutMs: number
  readonly poolTimeoutMs: number
  readonly timeoutMs: number
  readonly totalTimeoutMs: number
  readonly connectionsMax: number
  readonly waitingMax: number
  readonly keepAliveMs: number
  readonly connectionLifetimeMs: number
  readonly answerBytesMax: number
  readonly requestBytesMax: number
  readonly redirectsMax: number
  readonly headers: Readonly<Record<string, string>>
  readonly deadlineHeader: string | null
  readonly clock: Clock
}

const THIRD_PARTY_MS = 3500
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/
// Visible characters, spaces and tabs: nothing that could end the field (RFC 9110, section 5.5).
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]{0,8192}$/

function originOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  const plain = url && (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '' && !url.password
  if (!plain || url.pathname !== '/' || url.search !== '' || url.hash !== '')
    throw new RangeError(
      'the origin of an HTTP client is a scheme (http or https), a host and perhaps a port, as https://rates.example: no path, no credentials',
    )
  return url
}

/** Names in lower case. @throws TypeError for a name or a value that is no header field */
export function headerFields(fields: Readonly<Record<string, string>>): Record<string, string> {
  const checked: Record<string, string> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (!TOKEN.test(name) || typeof value !== 'string' || !FIELD_VALUE.test(value))
      throw new TypeError(`the header ${JSON.stringify(name.slice(0, 64))} has a malformed name or value`)
    checked[name.toLowerCase()] = value
  }
  return checked
}

/** @throws RangeError, TypeError for an option outside of its bounds */
export function httpClientSettings(options: HttpClientOptions): HttpClientSettings {
  const totalTimeoutMs = durationMs(
    'totalTimeoutMs',
    options.totalTimeoutMs ?? (options.thirdParty ? THIRD_PARTY_MS : 60_000),
  )
  const timeoutMs = durationMs('timeoutMs', options.timeoutMs ?? Math.min(30_000, totalTimeoutMs))
  return {
    name: dependencyName(options.name),
    origin: originOf(options.origin),
    totalTimeoutMs,
    timeoutMs,
    connectTimeoutMs: durationMs('connectTimeoutMs', options.connectTimeoutMs ?? Math.min(5000, timeoutMs)),
    readTimeoutMs: durationMs('readTimeoutMs', options.readTimeoutMs ?? Math.min(30_000, timeoutMs)),
    writeTimeoutMs: durationMs('writeTimeoutMs', options.writeTimeoutMs ?? 10_000),
    poolTimeoutMs: durationMs('poolTimeoutMs', options.poolTimeoutMs ?? Math.min(5000, totalTimeoutMs)),
    connectionsMax: wholeWithin('connectionsMax', options.connectionsMax ?? 100, 1, 10_000),
    waitingMax: wholeWithin('waitingMax', options.waitingMax ?? 100, 0, 100_000),
    keepAliveMs: durationMs('keepAliveMs', options.keepAliveMs ?? 4000),
    connectionLifetimeMs: durationMs('connectionLifetimeMs', options.connectionLifetimeMs ?? 60_000),
    answerBytesMax: wholeWithin('answerBytesMax', options.answerBytesMax ?? 1_048_576, 0, 1_073_741_824),
    requestBytesMax: wholeWithin('requestBytesMax', options.requestBytesMax ?? 10_485_760, 0, 1_073_741_824),
    redirectsMax: wholeWithin('redirectsMax', options.redirectsMax ?? 0, 0, 10),
    headers: headerFields(options.headers ?? {}),
    deadlineHeader: options.deadlineHeader === undefined ? null : headerName(options.deadlineHeader),
    clock: options.clock ?? systemClock,
  }
}

function headerName(name: string): string {
  const [checked] = Object.keys(headerFields({ [name]: '' }))
  return checked ?? name
}
