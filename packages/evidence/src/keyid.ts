import { createPublicKey, hash, type KeyObject } from 'node:crypto'
import { EvidenceError } from './errors.ts'

/** A public key with everything that is derived from it. */
export interface PublicKey {
  /** SHA-256 of the SubjectPublicKeyInfo in DER, lower-case hex: `openssl pkey -pubin -outform DER | sha256sum`. */
  readonly keyid: string
  readonly key: KeyObject
  /** SPKI in PEM, in Node's and OpenSSL's one encoding. */
  readonly pem: string
  /** The 32 bytes of the Ed25519 key. */
  readonly raw: Uint8Array
}

/** Bytes of DER before the key itself in every Ed25519 SPKI (RFC 8410). */
const SPKI_PREFIX_BYTES = 12

/** @throws EvidenceError KEY_MALFORMED unless it is one Ed25519 public key. */
export function readPublicKey(pem: string): PublicKey {
  if (!pem.startsWith('-----BEGIN PUBLIC KEY-----'))
    throw new EvidenceError('KEY_MALFORMED', 'It is not a public key in PEM.')
  try {
    return describePublicKey(createPublicKey(pem))
  } catch (cause) {
    if (cause instanceof EvidenceError) throw cause
    throw new EvidenceError('KEY_MALFORMED', 'It is not a public key in PEM.', { cause })
  }
}

/** @throws EvidenceError KEY_MALFORMED for any other kind of key. */
export function describePublicKey(key: KeyObject): PublicKey {
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new EvidenceError(
      'KEY_MALFORMED',
      `It is a key of the kind ${key.asymmetricKeyType ?? key.type}; Ed25519 is expected.`,
    )
  }
  const der = key.export({ type: 'spki', format: 'der' })
  return {
    keyid: hash('sha256', der, 'hex'),
    key,
    pem: key.export({ type: 'spki', format: 'pem' }).toString(),
    raw: new Uint8Array(der.subarray(SPKI_PREFIX_BYTES)),
  }
}
