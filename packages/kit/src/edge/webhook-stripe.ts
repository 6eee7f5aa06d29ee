import { createHmac, timingSafeEqual } from 'node:crypto'
import {
  DeliveryGuard,
  oneHeader,
  rawBody,
  refuseWebhook,
  signaturesMax,
  type WebhookHeaders,
  type WebhookOptions,
  type WebhookResult,
} from './webhook.ts'

export interface StripeWebhookOptions extends WebhookOptions {
  /** Signing secrets of the endpoint, as Stripe shows them (`whsec_...`). During a rotation both. 1 to 8. */
  readonly secrets: readonly string[]
}

const secretsMax = 8

/**
 * Verifies webhooks of Stripe, and of those who sign as Stripe does: `Stripe-Signature: t=<seconds>,v1=<hex>`, an
 * HMAC-SHA-256 over `<t>.<body>` (https://docs.stripe.com/webhooks/signature). Other versions, `v0` for instance, count
 * for nothing. Stripe signs each attempt anew: a redelivery passes here, and is told by the event's id in the body.
 * @example
 * const webhook = new StripeWebhook({ secrets: [config.stripeWebhookSecret], replay })
 * const result = await webhook.verify(rawBody, request.headers)
 * if (!result.ok) reply.code(result.code === 'store_unavailable' ? 503 : 400)
 */
export class StripeWebhook {
  readonly #secrets: readonly string[]
  readonly #guard: DeliveryGuard

  /** @throws RangeError for no secret, over 8, one that `signStripeWebhook` refuses, or a tolerance outside 1 to 3,600 s */
  constructor(options: StripeWebhookOptions) {
    if (options.secrets.length === 0 || options.secrets.length > secretsMax)
      throw new RangeError(`${options.secrets.length} secrets; expected 1 to ${secretsMax}`)
    this.#secrets = options.secrets.map(checkSecret)
    this.#guard = new DeliveryGuard(options)
  }

  /**
   * @param body the bytes as they came
   * @throws TypeError for a body that is not bytes; nothing else
   */
  async verify(body: Uint8Array, headers: WebhookHeaders): Promise<WebhookResult> {
    const bytes = rawBody(body)
    const header = oneHeader(headers, 'stripe-signature')
    if (typeof header !== 'string') return header
    const parts = parseHeader(header)
    if (parts === null) return refuseWebhook('malformed', 'stripe-signature is not t=<seconds>,v1=<hex>')
    const timestampS = this.#guard.time(parts.timestamp)
    if (typeof timestampS !== 'number') return timestampS
    if (!this.#isSigned(parts, bytes)) return refuseWebhook('signature', 'no signature is right')
    return this.#guard.accept('stripe', [`${parts.timestamp}.`, bytes], { ok: true, id: null, timestampS })
  }

  #isSigned(parts: StripeParts, body: Uint8Array): boolean {
    let good = false
    for (const secret of this.#secrets) {
      const expected = createHmac('sha256', secret).update(`${parts.timestamp}.`).update(body).digest()
      for (const signature of parts.signatures) good = timingSafeEqual(expected, signature) || good
    }
    return good
  }
}

/**
 * The `Stripe-Signature` header for a body.
 * @param timestampS Unix time; seconds
 * @throws RangeError for a secret under 16 characters or with white space, or a time that is not a whole number
 */
export function signStripeWebhook(secret: string, timestampS: number, body: Uint8Array): string {
  if (!Number.isSafeInteger(timestampS) || timestampS <= 0)
    throw new RangeError(`timestampS is ${timestampS}; expected whole seconds since 1970`)
  const mac = createHmac('sha256', checkSecret(secret)).update(`${timestampS}.`).update(rawBody(body)).digest('hex')
  return `t=${timestampS},v1=${mac}`
}

function checkSecret(secret: string): string {
  if (secret.length < 16 || /\s/.test(secret))
    throw new RangeError(`a webhook secret has ${secret.length} characters; expected at least 16 and no white space`)
  return secret
}

interface StripeParts {
  readonly timestamp: string
  readonly signatures: readonly Buffer[]
}

function parseHeader(header: string): StripeParts | null {
  let timestamp: string | null = null
  const signatures: Buffer[] = []
  const items = header.split(',', signaturesMax + 2)
  if (items.length > signaturesMax + 1) return null
  for (const item of items) {
    const equals = item.indexOf('=')
    if (equals === -1) return null
    const key = item.slice(0, equals).trim()
    const value = item.slice(equals + 1).trim()
    if (key === 't') {
      if (timestamp !== null) return null
      timestamp = value
    } else if (key === 'v1') {
      if (!/^[0-9a-f]{64}$/.test(value)) return null
      signatures.push(Buffer.from(value, 'hex'))
    }
  }
  return timestamp === null || signatures.length === 0 ? null : { timestamp, signatures }
}
