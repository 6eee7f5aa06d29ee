import { durationMs, wholeWithin } from './bounds.ts'
import { CallTimeoutError } from './call-errors.ts'

export interface RetryOptions {
  /** Attempts in all, the first included; 1 to 10. Default 3. */
  readonly attemptsMax?: number
  /** Least wait before a retry; milliseconds. Default 1,000. */
  readonly delayMinMs?: number
  /** Most wait before a retry, and the longest `Retry-After` that is waited for; milliseconds. Default 10,000. */
  readonly delayMaxMs?: number
  /**
   * Whether another attempt may succeed. Default `isTransientError`: time limits, broken connections, and the statuses
   * 408, 429, 502, 503 and 504.
   */
  readonly isTransient?: (error: unknown) => boolean
  /** How long the dependency asked to be left alone; milliseconds, null for no wish. Default: the error's `retryAfterMs`. */
  readonly retryAfterMs?: (error: unknown) => number | null
}

const TRANSIENT_CODES = new Set([
  'call_timeout',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_SOCKET',
])
const TRANSIENT_STATUSES = new Set([408, 429, 502, 503, 504])
const CAUSES_MAX = 5

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined
}

/** The HTTP status that an error carries as `statusCode` or `status`, or null. */
export function statusOf(error: unknown): number | null {
  const status = property(error, 'statusCode') ?? property(error, 'status')
  return typeof status === 'number' ? status : null
}

/** Whether the same call may succeed a moment later: time limits, broken connections, 408, 429, 502, 503 and 504. Looks at causes. */
export function isTransientError(error: unknown): boolean {
  let at = error
  for (let depth = 0; depth < CAUSES_MAX && at !== undefined; depth += 1) {
    const status = statusOf(at)
    if (status !== null) return TRANSIENT_STATUSES.has(status)
    const code = property(at, 'code')
    if (at instanceof CallTimeoutError || (typeof code === 'string' && TRANSIENT_CODES.has(code))) return true
    at = property(at, 'cause')
  }
  return false
}

/** Whether an error speaks against the dependency: all do but the caller's own mistakes, which are statuses from 400 to 499. */
export function isDependencyFailure(error: unknown): boolean {
  const status = statusOf(error)
  return status === null || status < 400 || status > 499
}

function wishOf(error: unknown): number | null {
  const wish = property(error, 'retryAfterMs')
  return typeof wish === 'number' && wish >= 0 ? wish : null
}

/** How a policy retries; checked once. */
export class RetryRule {
  readonly attemptsMax: number
  readonly #delayMinMs: number
  readonly #delayMaxMs: number
  readonly #isTransient: (error: unknown) => boolean
  readonly #retryAfterMs: (error: unknown) => number | null

  /** @throws RangeError for an option outside of its bounds */
  constructor(options: RetryOptions) {
    this.attemptsMax = wholeWithin('attemptsMax', options.attemptsMax ?? 3, 1, 10)
    this.#delayMinMs = durationMs('delayMinMs', options.delayMinMs ?? 1000, 0)
    this.#delayMaxMs = durationMs('delayMaxMs', options.delayMaxMs ?? Math.max(10_000, this.#delayMinMs), 0)
    if (this.#delayMaxMs < this.#delayMinMs)
      throw new RangeError(`delayMaxMs (${this.#delayMaxMs}) must not be below delayMinMs (${this.#delayMinMs})`)
    this.#isTransient = options.isTransient ?? isTransientError
    this.#retryAfterMs = options.retryAfterMs ?? wishOf
  }

  /**
   * How long to wait before the next attempt; milliseconds, null for no other attempt. Full jitter above the least wait:
   * anything from `delayMinMs` to a limit that doubles (Brooker, Exponential Backoff and Jitter). A dependency that asks
   * for longer than `delayMaxMs` gets no retry, rather than an early one.
   */
  delayMs(error: unknown, attempt: number, random: () => number): number | null {
    if (attempt >= this.attemptsMax || !this.#isTransient(error)) return null
    const limitMs = Math.min(this.#delayMaxMs, this.#delayMinMs * 2 ** attempt)
    const jitteredMs = this.#delayMinMs + random() * (limitMs - this.#delayMinMs)
    const wishMs = this.#retryAfterMs(error)
    if (wishMs === null) return jitteredMs
    // What was asked for is the least; the jitter spreads those who were told the same.
    return wishMs > this.#delayMaxMs ? null : wishMs + random() * this.#delayMinMs
  }
}
