import { verify } from 'node:crypto'
import type { Json } from '@greengate/contracts'
import { z } from 'zod'
import { canonicalize, strictParse } from './canonical.ts'
import { EvidenceError } from './errors.ts'
import type { PublicKey } from './keyid.ts'

export const PAYLOAD_TYPE = 'application/vnd.in-toto+json'

/** A DSSE envelope with exactly one signature. */
export const envelopeSchema = z.strictObject({
  payloadType: z.literal(PAYLOAD_TYPE),
  /** Canonical JSON of the statement, base64. */
  payload: z.string(),
  signatures: z.tuple([z.strictObject({ keyid: z.string().regex(/^[0-9a-f]{64}$/), sig: z.string() })]),
})
export type Envelope = z.infer<typeof envelopeSchema>

/** An observation of 256 KiB in base64, with the findings it may lead to. */
export const ENVELOPE_BYTES_MAX = 4 * 1024 * 1024

const SIGNATURE_BYTES = 64

/** What is signed: DSSE v1's pre-authentication encoding, so that type and payload can't be shifted against each other. */
export function preAuthEncode(payloadType: string, payload: Uint8Array): Buffer {
  const type = Buffer.from(payloadType)
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `), payload])
}

/** Bytes of an envelope as they are stored and digested. */
export function encodeEnvelope(envelope: Envelope): Buffer {
  return Buffer.from(canonicalize(envelope))
}

/** An envelope taken apart, its signature not looked at yet. */
export interface OpenedEnvelope {
  readonly keyid: string
  readonly payload: Buffer
  readonly signature: Buffer
}

/**
 * Takes an envelope apart. Accepts exactly one encoding of each envelope.
 *
 * @throws EvidenceError TOO_LARGE, NOT_JSON, NOT_CANONICAL, ENVELOPE_MALFORMED
 */
export function openEnvelope(bytes: Uint8Array): OpenedEnvelope {
  if (bytes.length > ENVELOPE_BYTES_MAX) {
    throw new EvidenceError('TOO_LARGE', `The envelope has more than ${ENVELOPE_BYTES_MAX} bytes.`)
  }
  const parsed = envelopeSchema.safeParse(strictParse(bytes))
  if (!parsed.success) {
    throw new EvidenceError('ENVELOPE_MALFORMED', `It is not a DSSE envelope: ${z.prettifyError(parsed.error)}`)
  }
  const [{ keyid, sig }] = parsed.data.signatures
  const signature = fromBase64(sig)
  if (signature.length !== SIGNATURE_BYTES) {
    throw new EvidenceError(
      'ENVELOPE_MALFORMED',
      `The signature has ${signature.length} bytes instead of ${SIGNATURE_BYTES}.`,
    )
  }
  return { keyid, payload: fromBase64(parsed.data.payload), signature }
}

/**
 * Checks the signature and returns the statement, which must be canonical as well.
 *
 * @throws EvidenceError KEY_UNKNOWN, SIGNATURE_INVALID, NOT_JSON, NOT_CANONICAL
 */
export function verifyEnvelope(opened: OpenedEnvelope, keys: ReadonlyMap<string, PublicKey>): Json {
  const key = keys.get(opened.keyid)
  // The key id is recomputed from the key: a map that was filled wrongly must not decide who signed.
  if (!key || key.keyid !== opened.keyid) {
    throw new EvidenceError(
      'KEY_UNKNOWN',
      `It was signed with the key ${opened.keyid}, which the trust root does not name.`,
    )
  }
  if (!verify(null, preAuthEncode(PAYLOAD_TYPE, opened.payload), key.key, opened.signature)) {
    throw new EvidenceError('SIGNATURE_INVALID', 'The signature does not belong to this statement.')
  }
  return strictParse(opened.payload)
}

/** Decodes standard base64 with padding. @throws EvidenceError NOT_CANONICAL for any other spelling of the same bytes. */
export function fromBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) throw new EvidenceError('NOT_CANONICAL', 'It is not standard base64.')
  return bytes
}
