import { createHash } from 'node:crypto'

/** Where deliveries that were seen are remembered, across all instances. */
export interface ReplayStore {
  /**
   * Claims an id: true for the first that asks within `ttlS` seconds, false for every later one. One atomic step, or two
   * instances both get true. Rejects when it cannot tell.
   */
  once(id: string, ttlS: number): Promise<boolean>
}

export type WebhookRefusal =
  /** A header that the scheme needs is not there. */
  | 'missing'
  /** A header is not as the scheme has it, or too long, or names too many signatures. */
  | 'malformed'
  /** Signed longer ago than is tolerated. */
  | 'too_old'
  /** Signed in the future, beyond what clocks differ by. */
  | 'in_future'
  /** No signature is that of one of our secrets over these bytes. */
  | 'signature'
  /** This delivery was here before. */
  | 'replayed'
  /** The replay store does not answer: refused, and worth another try. Answer 503. */
  | 'store_unavailable'

export type WebhookResult =
  | {
      readonly ok: true
      /** The sender's id of the message, the same in each delivery of it; null in Stripe's scheme, where it is in the body. */
      readonly id: string | null
      /** When it was signed. Unix time; seconds. */
      readonly timestampS: number
    }
  | {
      readonly ok: false
      readonly code: WebhookRefusal
      /** For logs; holds nothing secret. */
      readonly message: string
      /** Why the store did not answer. */
      readonly cause?: unknown
    }

export interface WebhookOptions {
  /** How far the sender's clock may be from ours, either way; seconds, 1 to 3,600. Default 300. */
  readonly toleranceS?: number
  /** Refuses deliveries seen before. Default none: the same bytes are accepted until they are too old. */
  readonly replay?: ReplayStore
  /** How long the replay store may take; milliseconds, 1 to 60,000. Default 2,000. */
  readonly storeTimeoutMs?: number
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number
}

/** Headers as Node gives them; names in lower case. */
export type WebhookHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

export const signaturesMax = 16
export const signatureHeaderLengthMax = 4096
const toleranceMaxS = 3600
const storeKeyPrefix = 'webhook'

export const refuseWebhook = (code: WebhookRefusal, message: string): WebhookResult & { ok: false } => ({
  ok: false,
  code,
  message,
})

/** One header, which must be there once. */
export function oneHeader(headers: WebhookHeaders, name: string): string | (WebhookResult & { ok: false }) {
  const value = headers[name]
  if (value === undefined || value === '') return refuseWebhook('missing', `${name} is missing`)
  if (typeof value !== 'string') return refuseWebhook('malformed', `${name} is there more than once`)
  if (value.length > signatureHeaderLengthMax) return refuseWebhook('malformed', `${name} is too long`)
  return value
}

/** @throws TypeError for anything but bytes: a parsed body, written again, is not what was signed */
export function rawBody(body: Uint8Array): Uint8Array {
  const seen: unknown = body
  if (!(seen instanceof Uint8Array))
    throw new TypeError(`a webhook is verified over its raw bytes; expected a Buffer, seen ${typeof seen}`)
  return body
}

/** What both schemes do around the signature: the window of time before it, the store after it. */
export class DeliveryGuard {
  readonly #toleranceS: number
  readonly #replay: ReplayStore | null
  readonly #storeTimeoutMs: number
  readonly #now: () => number

  /** @throws RangeError for a tolerance outside 1 to 3,600, or a time limit outside 1 to 60,000 */
  constructor(options: WebhookOptions) {
    this.#toleranceS = options.toleranceS ?? 300
    if (!Number.isInteger(this.#toleranceS) || this.#toleranceS < 1 || this.#toleranceS > toleranceMaxS)
      throw new RangeError(`toleranceS is ${this.#toleranceS}; expected whole seconds from 1 to ${toleranceMaxS}`)
    this.#replay = options.replay ?? null
    this.#storeTimeoutMs = options.storeTimeoutMs ?? 2000
    if (!Number.isInteger(this.#storeTimeoutMs) || this.#storeTimeoutMs < 1 || this.#storeTimeoutMs > 60_000)
      throw new RangeError(`storeTimeoutMs is ${this.#storeTimeoutMs}; expected whole milliseconds from 1 to 60,000`)
    this.#now = options.now ?? Date.now
  }

  /** The signing time as a number, or why it is refused. */
  time(text: string): number | (WebhookResult & { ok: false }) {
    // One spelling of each number: what is signed and what is compared are then the same.
    if (!/^[1-9]\d{0,11}$/.test(text))
      return refuseWebhook('malformed', 'the timestamp is not a whole number of seconds')
    const timestampS = Number(text)
    const ageS = Math.floor(this.#now() / 1000) - timestampS
    if (ageS > this.#toleranceS) return refuseWebhook('too_old', `signed ${ageS} s ago`)
    if (-ageS > this.#toleranceS) return refuseWebhook('in_future', `signed ${-ageS} s in the future`)
    return timestampS
  }

  /**
   * Accepts what was verified, once. The delivery is known by what was signed, not by its signature: with two secrets
   * in use it carries two, and either alone is good.
   */
  async accept(scheme: string, signed: readonly (string | Uint8Array)[], result: WebhookResult & { ok: true }) {
    if (!this.#replay) return result
    const hash = createHash('sha256')
    for (const part of signed) hash.update(part)
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new Error('the replay store takes too long')), this.#storeTimeoutMs)
    try {
      // It is good until timestamp + tolerance, which is at most twice the tolerance from now.
      const ttlS = 2 * this.#toleranceS + 1
      const claim = this.#replay.once(`${storeKeyPrefix}:${scheme}:${hash.digest('base64url')}`, ttlS)
      const first = await Promise.race([claim, late.promise])
      // Anything but a clear yes is a no.
      return first === true ? result : refuseWebhook('replayed', 'this delivery was here before')
    } catch (cause) {
      return { ...refuseWebhook('store_unavailable', 'the replay store does not answer'), cause }
    } finally {
      clearTimeout(timer)
    }
  }
}
