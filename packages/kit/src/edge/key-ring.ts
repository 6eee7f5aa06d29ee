import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto'

/** A secret with a name. The name travels with what was signed, the secret never. */
export interface SigningKey {
  /** 1 to 32 letters, digits, `_` and `-`. */
  readonly id: string
  /** At least 32 bytes from a random source; a string counts as UTF-8. */
  readonly secret: string | Uint8Array
}

interface RingKey {
  readonly id: string
  readonly sign: KeyObject
  readonly seal: KeyObject
}

const keysMax = 16
const secretBytesMin = 32
const macLength = 43
const keyId = /^[A-Za-z0-9_-]{1,32}$/

/**
 * Keys for one purpose: the first signs, all verify, so that a key is rotated by putting a new one in front and taking
 * the old one out when nothing it signed is alive. Each purpose gets keys of its own (HKDF, RFC 5869): what was signed
 * as one thing is never good as another.
 */
export class KeyRing {
  readonly #keys = new Map<string, RingKey>()
  readonly #first: RingKey

  /**
   * @param purpose what is signed; part of the keys
   * @throws RangeError for none or over 16 keys, a malformed or repeated id, a secret under 32 bytes or of few
   * different ones
   */
  constructor(keys: readonly SigningKey[], purpose: string) {
    if (keys.length === 0 || keys.length > keysMax)
      throw new RangeError(`${keys.length} keys; expected 1 to ${keysMax}, the one that signs first`)
    for (const { id, secret } of keys) {
      if (!keyId.test(id)) throw new RangeError(`a key's id has 1 to 32 letters, digits, _ and -; seen ${id.length}`)
      if (this.#keys.has(id)) throw new RangeError(`two keys have the id ${id}`)
      const bytes = typeof secret === 'string' ? Buffer.from(secret, 'utf8') : Buffer.from(secret)
      if (bytes.length < secretBytesMin || new Set(bytes).size < 8)
        throw new RangeError(
          `key ${id}: its secret has ${bytes.length} bytes, ${new Set(bytes).size} different; expected at least ${secretBytesMin} from a random source`,
        )
      this.#keys.set(id, { id, sign: derive(bytes, `${purpose}:sign`), seal: derive(bytes, `${purpose}:seal`) })
    }
    const first = this.#keys.values().next().value
    if (!first) throw new RangeError('a key ring needs a key')
    this.#first = first
  }

  /** Id of the key that signs. */
  get signerId(): string {
    return this.#first.id
  }

  /** Whether there is a key of this id. */
  has(id: string): boolean {
    return this.#keys.has(id)
  }

  /** HMAC-SHA-256 with the first key, in base64url: 43 characters. */
  mac(text: string): string {
    return createHmac('sha256', this.#first.sign).update(text).digest('base64url')
  }

  /**
   * Whether `mac` is what the key of this id makes of the text; takes as long for any `mac` of the right length.
   * Compared as text, so that each signature has one spelling.
   */
  verifies(text: string, id: string, mac: string): boolean {
    const key = this.#keys.get(id)
    if (!key || mac.length !== macLength) return false
    const expected = createHmac('sha256', key.sign).update(text).digest('base64url')
    const given = Buffer.from(mac, 'latin1')
    return timingSafeEqual(Buffer.from(expected, 'latin1'), given)
  }

  /** The key that seals (AES-256), or null when there is none of that id. */
  sealingKey(id: string): KeyObject | null {
    return this.#keys.get(id)?.seal ?? null
  }
}

function derive(secret: Uint8Array, info: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, 'greengate/kit/edge', info, 32)))
}
