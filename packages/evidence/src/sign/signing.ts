import { sign } from 'node:crypto'
import type { Json } from '@greengate/contracts'
import { z } from 'zod'
import { canonicalize } from '../canonical.ts'
import { type Envelope, PAYLOAD_TYPE, preAuthEncode } from '../dsse.ts'
import { EvidenceError } from '../errors.ts'
import { type Checkpoint, checkpointText, encodeNote } from '../note.ts'
import { signableSchema } from '../signable.ts'
import type { SigningKey } from './keys.ts'

/**
 * Puts a statement into a signed envelope, if it is one of the kinds that Greengate makes.
 *
 * @throws EvidenceError STATEMENT_MALFORMED, NOT_JSON
 */
export function signStatement(key: SigningKey, statement: Json): Envelope {
  const parsed = signableSchema.safeParse(statement)
  if (!parsed.success) {
    throw new EvidenceError(
      'STATEMENT_MALFORMED',
      `This is nothing that the signer signs: ${z.prettifyError(parsed.error)}`,
    )
  }
  // What was sent is signed, not what the schema made of it: defaults filled in here would be nobody's statement.
  const payload = Buffer.from(canonicalize(statement))
  const signature = sign(null, preAuthEncode(PAYLOAD_TYPE, payload), key.privateKey)
  return {
    payloadType: PAYLOAD_TYPE,
    payload: payload.toString('base64'),
    signatures: [{ keyid: key.publicKey.keyid, sig: signature.toString('base64') }],
  }
}

/** A checkpoint as a signed note. @throws EvidenceError CHECKPOINT_INVALID */
export function signNote(key: SigningKey, checkpoint: Checkpoint): string {
  const signature = sign(null, Buffer.from(checkpointText(checkpoint)), key.privateKey)
  return encodeNote(checkpoint, key.publicKey.raw, signature)
}
