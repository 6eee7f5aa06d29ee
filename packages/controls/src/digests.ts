import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { JUDGES } from './judges.ts'

/** Written by `npm run pack`, because a bundle no longer holds the files that the digest is about. */
const PACKED = fileURLToPath(new URL('./check-digests.json', import.meta.url))
const packedSchema = z.record(z.string(), z.string().regex(/^sha256:[0-9a-f]{64}$/))

let digests: ReadonlyMap<string, string> | null = null

/**
 * Digest of the check of every proved control: its own four files and what all checks share. Evidence that an older
 * check gave does not count any more, so this changes with every line of them, tests excepted.
 */
export function checkDigests(): ReadonlyMap<string, string> {
  digests ??= existsSync(PACKED)
    ? new Map(Object.entries(packedSchema.parse(JSON.parse(readFileSync(PACKED, 'utf8')))))
    : computeCheckDigests()
  return digests
}

/** The digests from source, for `checkDigests` in development and for the packer. */
export function computeCheckDigests(): ReadonlyMap<string, string> {
  const root = fileURLToPath(new URL('.', import.meta.url))
  const shared = createHash('sha256')
  for (const folder of readdirSync(root).sort()) {
    if (folder.startsWith('lib') && statSync(root + folder).isDirectory()) hashFolder(shared, `${root}${folder}/`)
    // Files beside the folders of a family are shared by its checks; its index is a list.
    else if (folder.length === 3)
      hashFiles(
        shared,
        root,
        sourcesIn(`${root}${folder}/`, false).filter((file) => !file.endsWith('/index.ts')),
      )
  }
  const sharedDigest = shared.digest('hex')
  return new Map(
    Object.keys(JUDGES).map((id) => {
      const hash = createHash('sha256').update(sharedDigest)
      hashFolder(hash, `${root}${id.slice(0, 3).toLowerCase()}/${id.toLowerCase()}/`)
      return [id, `sha256:${hash.digest('hex')}`]
    }),
  )
}

function hashFolder(hash: Hash, folder: string): void {
  hashFiles(hash, folder, sourcesIn(folder, true))
}

function sourcesIn(folder: string, recursive: boolean): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => `${entry.parentPath}/${entry.name}`.replaceAll('//', '/'))
    .sort()
}

function hashFiles(hash: Hash, folder: string, files: readonly string[]): void {
  for (const file of files)
    hash
      .update(`${file.slice(folder.length)}\0`)
      .update(readFileSync(file))
      .update('\0')
}

type Hash = ReturnType<typeof createHash>
