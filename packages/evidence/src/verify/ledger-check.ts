import { type Bundle, BUNDLE_FILE, LEDGER_CHECKPOINT, LEDGER_ENTRIES, LEDGER_LINE_BYTES } from '../bundle.ts'
import { digestOfBytes } from '../canonical.ts'
import { EvidenceError } from '../errors.ts'
import type { PublicKey } from '../keyid.ts'
import { leafHash, rootOf } from '../merkle.ts'
import { type Checkpoint, readNote } from '../note.ts'
import type { BundleFiles } from './read-bundle.ts'

/** A bundle's ledger, its root found to be the signed one. */
export interface CheckedLedger {
  readonly checkpoint: Checkpoint & { readonly keyid: string }
  readonly entries: readonly string[]
  /** Entries below this index were found under a checkpoint that is kept elsewhere. */
  readonly anchoredSize: number
}

/** Where to look for what. */
export interface LedgerCheckOptions {
  readonly keys: ReadonlyMap<string, PublicKey>
  /** Origins that are accepted; empty: any, as long as a trusted key signed. */
  readonly origins: readonly string[]
  /** Signed notes from elsewhere, of any ledger. */
  readonly anchors: readonly string[]
}

/**
 * Recomputes the root of the ledger and compares it with the signed checkpoint and with those kept elsewhere.
 *
 * @throws EvidenceError BUNDLE_TRUNCATED, CHECKPOINT_INVALID, KEY_UNKNOWN, LEDGER_MALFORMED, LEDGER_MISMATCH, ANCHOR_MISMATCH
 */
export function checkLedger(files: BundleFiles, options: LedgerCheckOptions): CheckedLedger {
  const note = files.get(LEDGER_CHECKPOINT)
  if (!note) throw new EvidenceError('BUNDLE_TRUNCATED', 'There is no signed checkpoint.', { where: LEDGER_CHECKPOINT })
  const checkpoint = readNote(note, options.keys.values())
  if (options.origins.length > 0 && !options.origins.includes(checkpoint.origin)) {
    throw new EvidenceError('CHECKPOINT_INVALID', `The trust root does not name the ledger ${checkpoint.origin}.`, {
      where: LEDGER_CHECKPOINT,
    })
  }
  const entries = parseEntries(files.get(LEDGER_ENTRIES))
  if (entries.length !== checkpoint.size) {
    const code = entries.length < checkpoint.size ? 'BUNDLE_TRUNCATED' : 'LEDGER_MISMATCH'
    throw new EvidenceError(code, `The ledger has ${entries.length} entries; its checkpoint says ${checkpoint.size}.`, {
      where: LEDGER_ENTRIES,
    })
  }
  const leaves = entries.map((entry) => leafHash(entry))
  if (Buffer.compare(rootOf(leaves), checkpoint.root) !== 0) {
    throw new EvidenceError('LEDGER_MISMATCH', 'The entries of the ledger are not those of its signed checkpoint.', {
      where: LEDGER_ENTRIES,
    })
  }
  return { checkpoint, entries, anchoredSize: anchored(leaves, checkpoint, options) }
}

function parseEntries(bytes: Uint8Array | undefined): string[] {
  if (!bytes) throw new EvidenceError('BUNDLE_TRUNCATED', 'There is no ledger.', { where: LEDGER_ENTRIES })
  const text = Buffer.from(bytes).toString('latin1')
  if (text.length % LEDGER_LINE_BYTES !== 0) {
    throw new EvidenceError('LEDGER_MALFORMED', 'The last line of the ledger is torn.', { where: LEDGER_ENTRIES })
  }
  const entries: string[] = []
  for (let start = 0; start < text.length; start += LEDGER_LINE_BYTES) {
    const line = text.slice(start, start + LEDGER_LINE_BYTES)
    if (!/^sha256:[0-9a-f]{64}\n$/.test(line)) {
      const number = entries.length + 1
      throw new EvidenceError('LEDGER_MALFORMED', `Line ${number} of the ledger is not a digest.`, {
        where: `${LEDGER_ENTRIES}:${number}`,
      })
    }
    entries.push(line.slice(0, -1))
  }
  return entries
}

/** The largest size at which a checkpoint from elsewhere agrees. One that disagrees shows that the ledger was rewritten. */
function anchored(leaves: readonly Uint8Array[], checkpoint: Checkpoint, options: LedgerCheckOptions): number {
  let size = 0
  for (const [index, text] of options.anchors.entries()) {
    const where = `anchors.${index}`
    let anchor: Checkpoint
    try {
      anchor = readNote(Buffer.from(text), options.keys.values())
    } catch (cause) {
      throw new EvidenceError('ANCHOR_MISMATCH', 'A checkpoint kept elsewhere is not one of a trusted key.', {
        where,
        cause,
      })
    }
    // Those of other ledgers say nothing about this one; those made later say something only about a later bundle.
    if (anchor.origin !== checkpoint.origin || anchor.size > leaves.length) continue
    if (Buffer.compare(rootOf(leaves.slice(0, anchor.size)), anchor.root) !== 0) {
      throw new EvidenceError(
        'ANCHOR_MISMATCH',
        `The ledger is not the one that was anchored at size ${anchor.size}: it was rewritten.`,
        { where },
      )
    }
    size = Math.max(size, anchor.size)
  }
  return size
}

/**
 * The index must be the ledger's own: its envelopes in the ledger's order from the place it names, then itself, last.
 *
 * @throws EvidenceError BUNDLE_REORDERED, BUNDLE_TRUNCATED, LEDGER_MISMATCH
 */
export function checkIndex(bundle: Bundle, indexBytes: Uint8Array, ledger: CheckedLedger): void {
  const where = BUNDLE_FILE
  if (bundle.ledger.origin !== ledger.checkpoint.origin) {
    throw new EvidenceError(
      'LEDGER_MISMATCH',
      `It names the ledger ${bundle.ledger.origin}; this is ${ledger.checkpoint.origin}.`,
      { where },
    )
  }
  const entered = ledger.entries.slice(bundle.ledger.first, -1)
  if (entered.join() !== bundle.envelopes.join()) {
    const same = [...entered].sort().join() === [...bundle.envelopes].sort().join()
    if (same)
      throw new EvidenceError('BUNDLE_REORDERED', 'It lists the envelopes in another order than the ledger.', { where })
    if (bundle.envelopes.length < entered.length) {
      throw new EvidenceError(
        'BUNDLE_TRUNCATED',
        `It lists ${bundle.envelopes.length} envelopes; the ledger has ${entered.length} of this run.`,
        { where },
      )
    }
    throw new EvidenceError('LEDGER_MISMATCH', 'It lists envelopes that the ledger does not have.', { where })
  }
  if (ledger.entries.at(-1) !== digestOfBytes(indexBytes)) {
    throw new EvidenceError('LEDGER_MISMATCH', 'It is not the index that was entered into the ledger.', { where })
  }
}
