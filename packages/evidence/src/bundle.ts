import { digestSchema } from '@greengate/contracts'
import { z } from 'zod'

/**
 * A bundle: everything of one run that somebody else needs to reach the same verdict, as files.
 *
 *   bundle.json              the index; its digest is the ledger's entry after those of its envelopes
 *   envelopes/<hex>.json     one DSSE envelope each, named by the SHA-256 of the file
 *   blobs/<hex>              larger data, named likewise; may be erased
 *   ledger/entries           one digest per line: the whole ledger up to the checkpoint
 *   ledger/checkpoint        the signed checkpoint
 *   keys/<keyid>.pem         public keys, for convenience: who is trusted is the trust root's business
 */
export const BUNDLE_FILE = 'bundle.json'
export const ENVELOPES = 'envelopes'
export const BLOBS = 'blobs'
export const KEYS = 'keys'
export const LEDGER_ENTRIES = 'ledger/entries'
export const LEDGER_CHECKPOINT = 'ledger/checkpoint'

export const BUNDLE_BYTES_MAX = 16 * 1024 * 1024
export const BLOB_BYTES_MAX = 256 * 1024 * 1024
export const LEDGER_BYTES_MAX = 512 * 1024 * 1024
/** `sha256:`, 64 digits, newline: all lines are of one length, so that a torn one is seen. */
export const LEDGER_LINE_BYTES = 72
export const ENVELOPES_MAX = 100_000

export const bundleSchema = z.strictObject({
  schema: z.literal('greengate/bundle/v1'),
  runId: z.string(),
  subject: z.strictObject({ name: z.string().min(1), digest: digestSchema }),
  /** Place in the ledger of the first envelope; the others follow, and then this index. */
  ledger: z.strictObject({ origin: z.string(), first: z.int().nonnegative() }),
  /** In the order in which they were put. */
  envelopes: z.array(digestSchema).max(ENVELOPES_MAX),
  blobs: z.array(digestSchema).max(ENVELOPES_MAX),
})
export type Bundle = z.infer<typeof bundleSchema>

/** Hex digits of a digest: the name of its file. */
export function hexOf(digest: string): string {
  return digest.slice('sha256:'.length)
}

/** File of an envelope in a bundle. */
export function envelopePath(digest: string): string {
  return `${ENVELOPES}/${hexOf(digest)}.json`
}

/** File of a blob in a bundle. */
export function blobPath(digest: string): string {
  return `${BLOBS}/${hexOf(digest)}`
}
