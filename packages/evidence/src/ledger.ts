import { readFile, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { type Digest, GreengateError, invariant } from '@greengate/contracts'
import { LEDGER_LINE_BYTES } from './bundle.ts'
import { diskWriter, type FileWriter, storeError, systemCode } from './files.ts'
import { withLock } from './lock.ts'
import { leafHash, rootOf } from './merkle.ts'
import { type Checkpoint, isOrigin, readOwnNote } from './note.ts'

/** Whoever signs checkpoints: the signer process, seen from here. */
export interface CheckpointSigner {
  /** The whole signed note. */
  signCheckpoint(checkpoint: Checkpoint): Promise<string>
}

/** The ledger as it was at one moment. */
export interface LedgerSnapshot {
  readonly entries: readonly Digest[]
  /** The signed note; empty before the first checkpoint. */
  readonly note: string
  /** Bytes of a last line that was never finished: a crash during an append. The next append removes them. */
  readonly tornBytes: number
}

/** What an append did. */
export interface LedgerAppend extends LedgerSnapshot {
  /** Index of the first entry that was appended. */
  readonly first: number
}

/** An append-only list of digests in a folder, with a signed checkpoint over all of it. */
export interface Ledger {
  readonly origin: string
  /** @throws GreengateError LEDGER_INVALID, EVIDENCE_STORE */
  read(): Promise<LedgerSnapshot>
  /**
   * Appends, signs the new checkpoint, and returns when both are on the disk. One appender at a time, over processes.
   *
   * @param make The entries, given the index of the first of them.
   * @throws GreengateError LEDGER_INVALID, EVIDENCE_STORE, SIGNER_FAILED; what is on the disk then is the old ledger, or
   * the old checkpoint with entries behind it that no bundle refers to.
   */
  append(
    make: (first: number) => readonly Digest[] | Promise<readonly Digest[]>,
    signer: CheckpointSigner,
  ): Promise<LedgerAppend>
}

/**
 * Opens the ledger in a folder; it is created by the first append.
 *
 * @param origin Name of the ledger in its checkpoints: no spaces, no plus sign.
 */
export function openLedger(dir: string, origin: string, writer: FileWriter = diskWriter): Ledger {
  if (!isOrigin(origin)) {
    throw new GreengateError('LEDGER_INVALID', `${JSON.stringify(origin)} can't be the name of a ledger.`, {
      fix: 'Use a name without spaces and plus signs, such as `greengate.example/billing`.',
    })
  }
  const entriesPath = join(dir, 'entries')
  const notePath = join(dir, 'checkpoint')
  const read = (): Promise<LedgerSnapshot> => readLedger(entriesPath, notePath, origin)
  return {
    origin,
    read,
    append: (make, signer) =>
      withLock(join(dir, 'lock'), async () => {
        const before = await read()
        if (before.tornBytes > 0) await dropTorn(entriesPath, before.entries.length)
        const first = before.entries.length
        const added = await make(first)
        invariant(
          added.every((digest) => DIGEST.test(digest)),
          'the ledger holds digests only',
        )
        const entries = [...before.entries, ...added]
        await writer.append(entriesPath, added.map((digest) => `${digest}\n`).join(''))
        const note = await signer.signCheckpoint({ origin, size: entries.length, root: rootOfEntries(entries) })
        await writer.replace(notePath, note)
        return { entries, note, tornBytes: 0, first }
      }),
  }
}

const DIGEST = /^sha256:[0-9a-f]{64}$/

/** Root over entries; the data of a leaf is the entry's text, `sha256:` included. */
export function rootOfEntries(entries: readonly string[]): Buffer {
  return rootOf(entries.map((entry) => leafHash(entry)))
}

/** Splits a ledger's text. @throws GreengateError LEDGER_INVALID if a whole line is not a digest. */
function parseEntries(text: string, where: string): { entries: Digest[]; tornBytes: number } {
  const whole = Math.floor(text.length / LEDGER_LINE_BYTES)
  const entries: Digest[] = []
  for (let index = 0; index < whole; index++) {
    const line = text.slice(index * LEDGER_LINE_BYTES, (index + 1) * LEDGER_LINE_BYTES)
    const digest = line.slice(0, -1)
    if (!line.endsWith('\n') || !DIGEST.test(digest)) {
      throw new GreengateError('LEDGER_INVALID', `Line ${index + 1} of the ledger is not a digest.`, {
        where: `${where}:${index + 1}`,
      })
    }
    entries.push(digest as Digest)
  }
  return { entries, tornBytes: text.length - whole * LEDGER_LINE_BYTES }
}

async function readLedger(entriesPath: string, notePath: string, origin: string): Promise<LedgerSnapshot> {
  const { entries, tornBytes } = parseEntries(await contentOf(entriesPath), entriesPath)
  const note = await contentOf(notePath)
  if (note === '') return { entries, note, tornBytes }
  let checkpoint: Checkpoint
  try {
    checkpoint = readOwnNote(Buffer.from(note))
  } catch (cause) {
    throw new GreengateError('LEDGER_INVALID', 'The checkpoint of the ledger is damaged.', { where: notePath, cause })
  }
  const problem = whyDifferent(checkpoint, entries, origin)
  if (problem !== '') throw new GreengateError('LEDGER_INVALID', problem, { where: entriesPath })
  return { entries, note, tornBytes }
}

function whyDifferent(checkpoint: Checkpoint, entries: readonly Digest[], origin: string): string {
  if (checkpoint.origin !== origin) return `The ledger here is ${checkpoint.origin}, not ${origin}.`
  if (checkpoint.size > entries.length) {
    return `The ledger has ${entries.length} whole entries and its checkpoint says ${checkpoint.size}: it was cut short.`
  }
  // Entries behind the checkpoint are those of an append that did not live to sign: they stay, and the next one signs them.
  const root = rootOfEntries(entries.slice(0, checkpoint.size))
  return Buffer.compare(root, checkpoint.root) === 0
    ? ''
    : 'The entries of the ledger are not those of its checkpoint: it was altered.'
}

async function dropTorn(path: string, entries: number): Promise<void> {
  try {
    await truncate(path, entries * LEDGER_LINE_BYTES)
  } catch (error) {
    throw storeError(path, error)
  }
}

async function contentOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return ''
    throw new GreengateError('EVIDENCE_STORE', `Could not read ${path}: ${systemCode(error)}.`, {
      where: path,
      cause: error,
    })
  }
}
