import { hash, verify } from 'node:crypto'
import { fromBase64 } from './dsse.ts'
import { EvidenceError } from './errors.ts'
import type { PublicKey } from './keyid.ts'

/**
 * Checkpoints of a ledger as C2SP tlog-checkpoints in C2SP signed notes, so that any witness or log tool can read them:
 * https://c2sp.org/tlog-checkpoint and https://c2sp.org/signed-note.
 */

export interface Checkpoint {
  /** Name of the ledger and of the key in the note, such as `greengate.example/billing`: no spaces, no plus sign. */
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
}

const ED25519_NOTE = 0x01
const ROOT_BYTES = 32
export const NOTE_BYTES_MAX = 64 * 1024

/** Whether a ledger can have this name. */
export function isOrigin(origin: string): boolean {
  return origin !== '' && origin.length <= 200 && origin.isWellFormed() && !/[\s+\p{Cc}]/u.test(origin)
}

/** The part of the note that is signed. @throws EvidenceError CHECKPOINT_INVALID */
export function checkpointText(checkpoint: Checkpoint): string {
  const { origin, size, root } = checkpoint
  if (!isOrigin(origin) || !Number.isSafeInteger(size) || size < 0 || root.length !== ROOT_BYTES) {
    throw new EvidenceError(
      'CHECKPOINT_INVALID',
      'A checkpoint has a name without spaces, a size and a root of 32 bytes.',
    )
  }
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`
}

/** First four bytes of SHA-256 over name, newline, algorithm and key: how a note says which key it means. */
export function noteKeyHash(name: string, rawKey: Uint8Array): Buffer {
  return hash(
    'sha256',
    Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([ED25519_NOTE]), rawKey]),
    'buffer',
  ).subarray(0, 4)
}

/** The whole note, from the signature over `checkpointText`. */
export function encodeNote(checkpoint: Checkpoint, rawKey: Uint8Array, signature: Uint8Array): string {
  const line = Buffer.concat([noteKeyHash(checkpoint.origin, rawKey), signature]).toString('base64')
  return `${checkpointText(checkpoint)}\n\u2014 ${checkpoint.origin} ${line}\n`
}

const NOTE = /^([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n\n\u2014 ([^\n ]+) ([A-Za-z0-9+/=]{92})\n$/
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads a note with exactly one signature and checks it against the keys. Strict: no second encoding of a note is
 * accepted, so that none of its bits can be changed.
 *
 * @throws EvidenceError CHECKPOINT_INVALID, KEY_UNKNOWN
 */
export function readNote(bytes: Uint8Array, keys: Iterable<PublicKey>): Checkpoint & { readonly keyid: string } {
  if (bytes.length > NOTE_BYTES_MAX) throw new EvidenceError('CHECKPOINT_INVALID', 'The checkpoint is too long.')
  const { checkpoint, name, signed, body } = parseNote(bytes)
  if (name !== checkpoint.origin) {
    throw new EvidenceError('CHECKPOINT_INVALID', `The checkpoint of ${checkpoint.origin} is signed by ${name}.`)
  }
  const wanted = signed.subarray(0, 4)
  const candidates = [...keys].filter((key) => Buffer.compare(noteKeyHash(name, key.raw), wanted) === 0)
  if (candidates.length === 0) {
    throw new EvidenceError('KEY_UNKNOWN', 'The checkpoint was signed with a key that the trust root does not name.')
  }
  const signer = candidates.find((key) => verify(null, Buffer.from(body), key.key, signed.subarray(4)))
  if (!signer) throw new EvidenceError('CHECKPOINT_INVALID', 'The signature does not belong to this checkpoint.')
  return { ...checkpoint, keyid: signer.keyid }
}

function parseNote(bytes: Uint8Array): { checkpoint: Checkpoint; name: string; signed: Buffer; body: string } {
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch (cause) {
    throw new EvidenceError('CHECKPOINT_INVALID', 'The checkpoint is not UTF-8.', { cause })
  }
  const match = NOTE.exec(text)
  if (!match) throw new EvidenceError('CHECKPOINT_INVALID', 'It is not a signed checkpoint with one signature.')
  const [origin, size, root, name, signature] = match.slice(1) as [string, string, string, string, string]
  try {
    const checkpoint = { origin, size: Number(size), root: fromBase64(root) }
    return { checkpoint, name, signed: fromBase64(signature), body: checkpointText(checkpoint) }
  } catch (cause) {
    throw new EvidenceError('CHECKPOINT_INVALID', 'The checkpoint is not in its one encoding.', { cause })
  }
}

/** What a ledger says of itself, its signature not looked at: only for going on with one's own ledger. */
export function readOwnNote(bytes: Uint8Array): Checkpoint {
  return parseNote(bytes).checkpoint
}
