import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { Asset } from './build-description.ts'
import { compressed } from './compress.ts'
import { filesBelow } from './digest.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
}

/**
 * Lists the files of a folder and writes their compressed forms beside them.
 * @throws Error for a file of a kind that nobody serves
 */
export async function listAssets(folder: string): Promise<Asset[]> {
  const assets: Asset[] = []
  for (const file of await filesBelow(folder, '.')) {
    if (file.startsWith('.vite/')) continue
    const type = TYPES[extname(file)]
    if (type === undefined) throw new Error(`${file} is of a kind that is not served: add it to TYPES`)
    const bytes = await readFile(join(folder, file))
    const { br, gz } = await compressed(file, bytes)
    if (br) await writeFile(join(folder, `${file}.br`), br)
    if (gz) await writeFile(join(folder, `${file}.gz`), gz)
    assets.push({
      path: `/${file}`,
      type,
      etag: createHash('sha256').update(bytes).digest('base64url').slice(0, 22),
      immutable: file.startsWith('assets/'),
      files: { identity: file, br: br ? `${file}.br` : null, gz: gz ? `${file}.gz` : null },
      bytes: { identity: bytes.length, br: br?.length ?? null, gz: gz?.length ?? null },
    })
  }
  return assets
}

/** @param files name to content, relative to the folder */
export async function writeFiles(folder: string, files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
}
