import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto'
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

export interface StandardWebhookOptions extends WebhookOptions {
  /**
   * Secrets of the endpoint: `whsec_` and 24 to 64 bytes in base64 (HMAC), or `whpk_` and an Ed25519 public key. During a
   * rotation both. 1 to 8.
   */
  readonly secrets: readonly string[]
}

export interface StandardWebhookMessage {
  /** The message's id, the same in each delivery of it: 1 to 256 printable characters without a dot. */
  readonly id: string
  /** When this delivery is signed. Unix time; seconds. */
  readonly timestampS: number
  readonly body: Uint8Array
}

/** Headers of a delivery. */
export interface StandardWebhookHeaders {
  readonly 'webhook-id': string
  readonly 'webhook-timestamp': string
  readonly 'webhook-signature': string
}

type VerifyKey =
  { readonly version: 'v1'; readonly secret: Buffer } | { readonly version: 'v1a'; readonly key: KeyObject }

const secretsMax = 8
// A dot would let two messages have the same signed text.
const messageId = /^[\x21-\x2d\x2f-\x7e]{1,256}$/
const signatureShapes = { v1: /^[A-Za-z0-9+/]{43}=$/, v1a: /^[A-Za-z0-9+/]{86}==$/ } as const
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
/** DER around a raw Ed25519 key (RFC 8410). */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex')
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

/**
 * Verifies Standard Webhooks (https://www.standardwebhooks.com): `webhook-id`, `webhook-timestamp`, and
 * `webhook-signature` with one or more of `v1,<HMAC-SHA-256>` and `v1a,<Ed25519>` over `<id>.<timestamp>.<body>`.
 * Unknown versions are skipped. A redelivery carries the same id and a new time: it passes here, and is told by the id
 * of the result, which is what an idempotency key is for. The same delivery again is `replayed`.
 * @example
 * const webhook = new StandardWebhook({ secrets: [config.webhookSecret], replay })
 * const result = await webhook.verify(rawBody, request.headers)
 */
export class StandardWebhook {
  readonly #keys: readonly VerifyKey[]
  readonly #guard: DeliveryGuard

  /** @throws RangeError for no secret, over 8, a malformed one, or a tolerance outside 1 to 3,600 s */
  constructor(options: StandardWebhookOptions) {
    if (options.secrets.length === 0 || options.secrets.length > secretsMax)
      throw new RangeError(`${options.secrets.length} secrets; expected 1 to ${secretsMax}`)
    this.#keys = options.secrets.map(verifyKey)
    this.#guard = new DeliveryGuard(options)
  }

  /**
   * @param body the bytes as they came
   * @throws TypeError for a body that is not bytes; nothing else
   */
  async verify(body: Uint8Array, headers: WebhookHeaders): Promise<WebhookResult> {
    const bytes = rawBody(body)
    const id = oneHeader(headers, 'webhook-id')
    if (typeof id !== 'string') return id
    const timestamp = oneHeader(headers, 'webhook-timestamp')
    if (typeof timestamp !== 'string') return timestamp
    const header = oneHeader(headers, 'webhook-signature')
    if (typeof header !== 'string') return header
    if (!messageId.test(id)) return refuseWebhook('malformed', 'webhook-id is not printable, too long, or has a dot')
    const signatures = parseSignatures(header)
    if (signatures === null) return refuseWebhook('malformed', 'webhook-signature is not a list of v1,<base64>')
    const timestampS = this.#guard.time(timestamp)
    if (typeof timestampS !== 'number') return timestampS
    const prefix = `${id}.${timestamp}.`
    if (!this.#isSigned(signatures, prefix, bytes)) return refuseWebhook('signature', 'no signature is right')
    return this.#guard.accept('standard', [prefix, bytes], { ok: true, id, timestampS })
  }

  #isSigned(signatures: readonly Signature[], prefix: string, body: Uint8Array): boolean {
    let good = false
    for (const key of this.#keys) {
      const expected = key.version === 'v1' ? hmac(key.secret, prefix, body) : null
      const text = key.version === 'v1a' ? Buffer.concat([Buffer.from(prefix), body]) : null
      for (const { version, bytes } of signatures) {
        if (version !== key.version) continue
        if (expected) good = timingSafeEqual(expected, bytes) || good
        else if (key.version === 'v1a' && text) good = verify(null, text, key.key, bytes) || good
      }
    }
    return good
  }
}

/**
 * Headers for sending a message.
 * @param secrets `whsec_...` (HMAC) or `whsk_...` (Ed25519 seed of 32 bytes, or seed and public key); one signature each
 * @throws RangeError for no secret, over 8, a malformed one, an id with a dot or over 256 characters, or a time that is
 * not a whole number
 * @example
 * const headers = signStandardWebhook([secret], { id: 'msg_1', timestampS: Math.floor(Date.now() / 1000), body })
 */
export function signStandardWebhook(
  secrets: readonly string[],
  message: StandardWebhookMessage,
): StandardWebhookHeaders {
  const { id, timestampS } = message
  const body = rawBody(message.body)
  if (secrets.length === 0 || secrets.length > secretsMax)
    throw new RangeError(`${secrets.length} secrets; expected 1 to ${secretsMax}`)
  if (!messageId.test(id)) throw new RangeError('a message id has 1 to 256 printable characters without a dot')
  if (!Number.isSafeInteger(timestampS) || timestampS <= 0)
    throw new RangeError(`timestampS is ${timestampS}; expected whole seconds since 1970`)
  const prefix = `${id}.${timestampS}.`
  const signatures = secrets.map((secret) => {
    if (!secret.startsWith('whsk_')) return `v1,${hmac(hmacSecret(secret), prefix, body).toString('base64')}`
    return `v1a,${sign(null, Buffer.concat([Buffer.from(prefix), body]), privateKey(secret)).toString('base64')}`
  })
  return { 'webhook-id': id, 'webhook-timestamp': String(timestampS), 'webhook-signature': signatures.join(' ') }
}

interface Signature {
  readonly version: 'v1' | 'v1a'
  readonly bytes: Buffer
}

function parseSignatures(header: string): readonly Signature[] | null {
  const items = header.split(' ', signaturesMax + 1)
  if (items.length > signaturesMax) return null
  const signatures: Signature[] = []
  for (const item of items) {
    const comma = item.indexOf(',')
    if (comma === -1) return null
    const version = item.slice(0, comma)
    const text = item.slice(comma + 1)
    if (version !== 'v1' && version !== 'v1a') continue
    if (!signatureShapes[version].test(text)) return null
    signatures.push({ version, bytes: Buffer.from(text, 'base64') })
  }
  return signatures
}

function hmac(secret: Buffer, prefix: string, body: Uint8Array): Buffer {
  return createHmac('sha256', secret).update(prefix).update(body).digest()
}

function verifyKey(secret: string): VerifyKey {
  if (!secret.startsWith('whpk_')) return { version: 'v1', secret: hmacSecret(secret) }
  const raw = decode('whpk_', secret)
  if (raw.length !== 32) throw new RangeError(`a whpk_ key has ${raw.length} bytes; expected the 32 of Ed25519`)
  const key = createPublicKey({ key: Buffer.concat([spkiPrefix, raw]), format: 'der', type: 'spki' })
  return { version: 'v1a', key }
}

function hmacSecret(secret: string): Buffer {
  const raw = decode('whsec_', secret)
  if (raw.length < 24 || raw.length > 64)
    throw new RangeError(`a whsec_ secret has ${raw.length} bytes; Standard Webhooks asks for 24 to 64`)
  return raw
}

function privateKey(secret: string): KeyObject {
  const raw = decode('whsk_', secret)
  if (raw.length !== 32 && raw.length !== 64)
    throw new RangeError(`a whsk_ key has ${raw.length} bytes; expected 32, or 64 with the public key`)
  return createPrivateKey({ key: Buffer.concat([pkcs8Prefix, raw.subarray(0, 32)]), format: 'der', type: 'pkcs8' })
}

/** Never shows the secret in what it throws. */
function decode(prefix: string, secret: string): Buffer {
  const text = secret.startsWith(prefix) ? secret.slice(prefix.length) : ''
  if (text === '' || !base64.test(text)) throw new RangeError(`expected a secret of ${prefix} and base64`)
  return Buffer.from(text, 'base64')
}
