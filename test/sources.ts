import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Root of the repository. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Files that git tracks, or would, below the folders; all of them without any. Relative to the root. */
export function tracked(...folders: readonly string[]): string[] {
  const listed = execFileSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...folders],
    { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20 },
  )
  return [...new Set(listed.split('\0'))].filter((file) => file !== '' && existsSync(join(root, file)))
}

/** TypeScript sources below the folders, fixtures aside. */
export function sources(...folders: readonly string[]): string[] {
  return tracked(...folders).filter((file) => /\.tsx?$/.test(file) && !file.includes('/fixtures/'))
}
