import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** Of any size that a name can hold and two builds never share; characters of hexadecimal. */
const DIGEST_CHARS = 16

/** Files below a folder, relative to `root`, in an order that does not depend on the disk. */
export async function filesBelow(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .toSorted()
}

/**
 * Digest of everything that a build is made of: the names and contents of its files, and what it is made with.
 * @param folders relative to `root`
 */
export async function inputDigest(root: string, folders: readonly string[], tools: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(tools))
  for (const folder of folders) {
    for (const file of await filesBelow(root, folder)) {
      const bytes = await readFile(join(root, file))
      // Lengths, so that no two sets of files run together to the same bytes.
      hash.update(`\n${file} ${bytes.length}\n`).update(bytes)
    }
  }
  return hash.digest('hex').slice(0, DIGEST_CHARS)
}
