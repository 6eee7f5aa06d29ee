import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GreengateError } from '@greengate/contracts'
import { digestOfBytes } from './canonical.ts'
import { diskWriter, type FileWriter, systemCode } from './files.ts'
import { readOwnNote } from './note.ts'

/** That a checkpoint was put where its ledger's owner can't change it. */
export interface AnchorRecord {
  /** What kind of place: `folder`, `git`, `witness`, ... */
  readonly kind: string
  /** Where in it. */
  readonly where: string
  readonly origin: string
  readonly size: number
  /** Digest of the signed note. */
  readonly checkpoint: string
}

/**
 * A place outside a ledger's reach that keeps its checkpoints. A verifier takes the notes from there, never from the
 * bundle, and compares: see `anchors` of `verifyBundle`.
 */
export interface Anchor {
  /** Keeps a signed note. Idempotent. @throws GreengateError EVIDENCE_STORE */
  publish(note: string): Promise<AnchorRecord>
  /** All notes of a ledger, in any order. @throws GreengateError EVIDENCE_STORE */
  notes(origin: string): Promise<readonly string[]>
}

/** A folder as an anchor, such as a mounted share or a checkout of another repository. */
export function folderAnchor(dir: string, writer: FileWriter = diskWriter): Anchor {
  return {
    async publish(note) {
      const checkpoint = readOwnNote(Buffer.from(note))
      const digest = digestOfBytes(note)
      const where = join(dir, `${digest.slice(7)}.note`)
      await writer.replace(where, note)
      return { kind: 'folder', where, origin: checkpoint.origin, size: checkpoint.size, checkpoint: digest }
    },
    async notes(origin) {
      try {
        const names = (await readdir(dir)).filter((name) => /^[0-9a-f]{64}\.note$/.test(name))
        const notes = await Promise.all(names.map((name) => readFile(join(dir, name), 'utf8')))
        return notes.filter((note) => readOwnNote(Buffer.from(note)).origin === origin)
      } catch (error) {
        if (systemCode(error) === 'ENOENT') return []
        throw new GreengateError('EVIDENCE_STORE', `Could not read ${dir}: ${(error as Error).message}`, {
          where: dir,
          cause: error,
        })
      }
    },
  }
}
