import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { type CookieAttributes, cookieLengthMax, cookieSuffix, cookieValues } from './cookie-header.ts'
import { KeyRing, type SigningKey } from './key-ring.ts'

export interface SignedCookieOptions extends Omit<CookieAttributes, 'maxAgeS'> {
  /**
   * Name of the cookie. Prefer `__Host-...`: no subdomain and no plain-text page can then plant another of the name.
   */
  readonly name: string
  /** What it is for: a cookie signed for one purpose is never read for another. Default: its name. */
  readonly purpose?: string
  /** The first signs, all verify. */
  readonly keys: readonly SigningKey[]
  /** How long it is good; seconds, 1 to 34,560,000. The end is signed too: what a browser keeps longer is refused. */
  readonly maxAgeS: number
  /** Encrypts the value (AES-256-GCM), so that its owner cannot read it either. Default false. */
  readonly sealed?: boolean
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number
  /** Random bytes, for sealing. Default `crypto.randomBytes`. */
  readonly random?: (bytes: number) => Uint8Array
}

export type CookieRefusal =
  /** There is no cookie of this name. */
  | 'absent'
  /** There is one, but not as we write them. */
  | 'malformed'
  /** Not signed by one of our keys for this name and purpose, or altered. */
  | 'signature'
  /** It was ours, and its time is over. */
  | 'expired'
  /** Two valid ones with different values: somebody planted one. */
  | 'ambiguous'

export type CookieResult =
  | {
      readonly ok: true
      readonly value: string
      /** Unix time; seconds. */
      readonly expiresAtS: number
      /** Whether an older key signed it: set it again and the old key can go. */
      readonly outdatedKey: boolean
    }
  | { readonly ok: false; readonly code: CookieRefusal }

const formats = { signed: 's1', sealed: 'e1' } as const
const shape =
  /^(?<format>[se]1)\.(?<keyId>[A-Za-z0-9_-]{1,32})\.(?<expiry>[1-9]\d{0,11})\.(?<value>[A-Za-z0-9_-]*)\.(?<mac>[A-Za-z0-9_-]+)$/
const ivBytes = 12
const tagBytes = 16
/** Of one name; an honest browser sends one, two at most. */
const duplicatesMax = 8
const maxAgeMaxS = 34_560_000
const refused = (code: CookieRefusal): CookieResult => ({ ok: false, code })

/**
 * One cookie whose value nobody else can make: HMAC-SHA-256 over its name, purpose, end and value, or AES-256-GCM with
 * the same bound to it.
 *
 * Several cookies of the name: those that do not verify are ignored, so a planted one locks nobody out; if two verify
 * with different values the answer is `ambiguous`, so a planted valid one (an attacker's own session) is not taken for
 * the user's either.
 * @example
 * const session = new SignedCookie({ name: '__Host-session', keys: [{ id: '2026-11', secret }], maxAgeS: 3600 })
 * reply.header('set-cookie', session.serialize('u_42'))
 * const read = session.read(request.headers.cookie)
 */
export class SignedCookie {
  readonly name: string
  readonly #ring: KeyRing
  readonly #options: SignedCookieOptions
  /** Format, name and purpose, in front of everything that is signed or sealed. */
  readonly #bound: string
  readonly #suffix: string
  readonly #clear: string
  readonly #now: () => number

  /**
   * @throws RangeError for attributes that `serializeCookie` refuses, keys that a `KeyRing` refuses, a `maxAgeS`
   * outside 1 to 34,560,000, or an empty purpose or one over 128 characters
   */
  constructor(options: SignedCookieOptions) {
    const { name, maxAgeS } = options
    const purpose = options.purpose ?? name
    if (purpose.length === 0 || purpose.length > 128)
      throw new RangeError(`cookie ${name}: purpose has 1 to 128 characters`)
    if (!Number.isInteger(maxAgeS) || maxAgeS < 1 || maxAgeS > maxAgeMaxS)
      throw new RangeError(`cookie ${name}: maxAgeS is ${maxAgeS}; expected whole seconds from 1 to ${maxAgeMaxS}`)
    this.name = name
    this.#options = options
    this.#bound = JSON.stringify([options.sealed ? formats.sealed : formats.signed, name, purpose])
    this.#suffix = cookieSuffix(name, options)
    this.#clear = `${name}=${cookieSuffix(name, { ...options, maxAgeS: 0 })}`
    // JSON keeps name and purpose apart: no two pairs give the same text.
    this.#ring = new KeyRing(options.keys, `cookie:${JSON.stringify([name, purpose])}`)
    this.#now = options.now ?? Date.now
  }

  /**
   * The value of the `Set-Cookie` header.
   * @throws RangeError when the signed value is longer than browsers keep: about 3,000 bytes of text
   */
  serialize(value: string): string {
    const expiry = Math.floor(this.#now() / 1000) + this.#options.maxAgeS
    const text = this.#options.sealed ? this.#seal(value, expiry) : this.#sign(value, expiry)
    const length = this.name.length + text.length
    if (length > cookieLengthMax)
      throw new RangeError(`cookie ${this.name}: ${length} bytes when signed; browsers keep ${cookieLengthMax}`)
    return `${this.name}=${text}${this.#suffix}`
  }

  /** The value of the `Set-Cookie` header that makes a browser forget it. */
  clear(): string {
    return this.#clear
  }

  /** Reads it from a `Cookie` header. Never throws. */
  read(header: string | undefined): CookieResult {
    const values = cookieValues(header, this.name)
    if (values.length === 0) return refused('absent')
    let good: (CookieResult & { readonly ok: true }) | null = null
    let worst: CookieResult = refused('malformed')
    for (const text of values.slice(0, duplicatesMax)) {
      const result = this.#open(text)
      if (!result.ok) {
        if (rank(result.code) > rank(worst.ok ? 'absent' : worst.code)) worst = result
      } else if (good !== null && good.value !== result.value) return refused('ambiguous')
      else if (good === null || result.expiresAtS > good.expiresAtS) good = result
    }
    return good ?? worst
  }

  #open(text: string): CookieResult {
    if (text.length > cookieLengthMax) return refused('malformed')
    const parts = shape.exec(text)?.groups
    if (!parts) return refused('malformed')
    const { format = '', keyId = '', expiry = '', value = '', mac = '' } = parts
    // A sealed cookie must not pass as a signed one, nor the other way round.
    if (format !== (this.#options.sealed ? formats.sealed : formats.signed)) return refused('malformed')
    const opened = this.#options.sealed
      ? this.#unseal(keyId, expiry, value, mac)
      : this.#verify(keyId, expiry, value, mac)
    if (opened === null) return refused('signature')
    const expiresAtS = Number(expiry)
    if (this.#now() >= expiresAtS * 1000) return refused('expired')
    return { ok: true, value: opened, expiresAtS, outdatedKey: keyId !== this.#ring.signerId }
  }

  // Ids, ends and encoded values hold no dot: no two of them give the same text.
  #sign(value: string, expiry: number): string {
    const encoded = Buffer.from(value, 'utf8').toString('base64url')
    const text = `${this.#ring.signerId}.${expiry}.${encoded}`
    return `${formats.signed}.${text}.${this.#ring.mac(`${this.#bound}.${text}`)}`
  }

  #verify(keyId: string, expiry: string, encoded: string, mac: string): string | null {
    if (!this.#ring.verifies(`${this.#bound}.${keyId}.${expiry}.${encoded}`, keyId, mac)) return null
    return Buffer.from(encoded, 'base64url').toString('utf8')
  }

  #seal(value: string, expiry: number): string {
    const keyId = this.#ring.signerId
    const key = this.#ring.sealingKey(keyId)
    if (key === null) throw new RangeError('a key ring needs a key')
    const iv = (this.#options.random ?? randomBytes)(ivBytes)
    const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes })
    cipher.setAAD(Buffer.from(`${this.#bound}.${keyId}.${expiry}`))
    const sealed = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()])
    const tag = Buffer.concat([iv, cipher.getAuthTag()])
    return `${formats.sealed}.${keyId}.${expiry}.${sealed.toString('base64url')}.${tag.toString('base64url')}`
  }

  #unseal(keyId: string, expiry: string, encoded: string, ivAndTag: string): string | null {
    const key = this.#ring.sealingKey(keyId)
    const bytes = decode(ivAndTag)
    const content = decode(encoded)
    if (key === null || content === null || bytes?.length !== ivBytes + tagBytes) return null
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes })
    decipher.setAAD(Buffer.from(`${this.#bound}.${keyId}.${expiry}`))
    decipher.setAuthTag(bytes.subarray(ivBytes))
    try {
      return Buffer.concat([decipher.update(content), decipher.final()]).toString('utf8')
    } catch {
      return null
    }
  }
}

/** Bytes in their one spelling: the last character can hold bits that say nothing, and those have to be zero. */
function decode(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : null
}

/** Of several that are no good, the most telling reason. */
function rank(code: CookieRefusal): number {
  return ['absent', 'malformed', 'signature', 'expired', 'ambiguous'].indexOf(code)
}
