/**
 * Writes the reference pages from the code. `--check` writes nothing and exits 1 with the names of the files that differ.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { referencePages } from './reference/pages.ts'

const root = join(import.meta.dirname, '..')

function contentOf(path: string): string | null {
  try {
    return readFileSync(join(root, path), 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

const stale = [...referencePages()].filter(([path, content]) => contentOf(path) !== content)

if (process.argv.includes('--check')) {
  for (const [path] of stale) console.error(`${path} is stale: run \`npm run reference\``)
  process.exitCode = stale.length === 0 ? 0 : 1
} else {
  for (const [path, content] of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
    console.log(`wrote ${path}`)
  }
  if (stale.length === 0) console.log('the reference is up to date')
}
