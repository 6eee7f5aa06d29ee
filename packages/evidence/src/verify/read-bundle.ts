import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GreengateError } from '@greengate/contracts'
import {
  BLOB_BYTES_MAX,
  BLOBS,
  BUNDLE_BYTES_MAX,
  BUNDLE_FILE,
  ENVELOPES,
  ENVELOPES_MAX,
  KEYS,
  LEDGER_BYTES_MAX,
  LEDGER_CHECKPOINT,
  LEDGER_ENTRIES,
} from '../bundle.ts'
import { ENVELOPE_BYTES_MAX } from '../dsse.ts'
import { EvidenceError } from '../errors.ts'
import { NOTE_BYTES_MAX } from '../note.ts'

/** A bundle's files by their path in it, with forward slashes. */
export type BundleFiles = ReadonlyMap<string, Uint8Array>

const KEY_BYTES_MAX = 16 * 1024

/**
 * Reads the files of a bundle. Everything is bounded; links are not followed.
 *
 * @throws GreengateError EVIDENCE_STORE if there is no such folder or something in it can't be read.
 * @throws EvidenceError TOO_LARGE, BUNDLE_FOREIGN
 */
export async function readBundle(dir: string): Promise<BundleFiles> {
  try {
    if (!(await lstat(dir)).isDirectory()) throw unreadable(dir, 'it is not a folder')
    const paths: [string, number][] = [
      [BUNDLE_FILE, BUNDLE_BYTES_MAX],
      [LEDGER_ENTRIES, LEDGER_BYTES_MAX],
      [LEDGER_CHECKPOINT, NOTE_BYTES_MAX],
    ]
    for (const [folder, max] of [
      [ENVELOPES, ENVELOPE_BYTES_MAX],
      [BLOBS, BLOB_BYTES_MAX],
      [KEYS, KEY_BYTES_MAX],
    ] as const) {
      for (const name of await namesIn(join(dir, folder))) paths.push([`${folder}/${name}`, max])
    }
    const files = new Map<string, Uint8Array>()
    for (const [path, max] of paths) {
      const bytes = await readBounded(dir, path, max)
      if (bytes) files.set(path, bytes)
    }
    return files
  } catch (cause) {
    if (cause instanceof EvidenceError || cause instanceof GreengateError) throw cause
    throw unreadable(dir, codeOf(cause) ?? String(cause), cause)
  }
}

function unreadable(dir: string, problem: string, cause?: unknown): GreengateError {
  return new GreengateError('EVIDENCE_STORE', `Could not read the evidence in ${dir}: ${problem}.`, {
    where: dir,
    fix: 'Name a folder that `greengate check` wrote, and make it readable.',
    cause,
  })
}

/** The system's error code of what a call to the file system threw. */
function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}

async function namesIn(dir: string): Promise<string[]> {
  try {
    const names = await readdir(dir)
    if (names.length > ENVELOPES_MAX)
      throw new EvidenceError('TOO_LARGE', `There are more than ${ENVELOPES_MAX} files.`, { where: dir })
    return names.sort()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

async function readBounded(dir: string, path: string, bytesMax: number): Promise<Uint8Array | null> {
  const full = join(dir, path)
  let stats
  try {
    stats = await lstat(full)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
  if (!stats.isFile()) throw new EvidenceError('BUNDLE_FOREIGN', 'It is not a file.', { where: path })
  if (stats.size > bytesMax)
    throw new EvidenceError('TOO_LARGE', `It has more than ${bytesMax} bytes.`, { where: path })
  return readFile(full)
}
