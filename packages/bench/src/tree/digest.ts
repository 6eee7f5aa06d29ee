import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'

export function digestBytes(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Digest of a file without holding it in memory. */
export async function digestFile(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

export interface DigestEntry {
  readonly path: string
  readonly mode: 'file' | 'executable' | 'link' | 'unreadable'
  readonly sizeBytes: number
  /** Hex digest of the content or of the link's target; the reason for what could not be read. */
  readonly content: string
}

/** Digest of the tree: over its sorted entries, each with path, mode, size and digest of its content. */
export function digestEntries(entries: readonly DigestEntry[]): string {
  const hash = createHash('sha256').update('greengate/tree/v1\n')
  for (const entry of entries)
    hash.update(`${JSON.stringify([entry.path, entry.mode, entry.sizeBytes, entry.content])}\n`)
  return `sha256:${hash.digest('hex')}`
}
