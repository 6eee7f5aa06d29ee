import { isUtf8 } from 'node:buffer'
import type { Dirent } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { GreengateError } from '@greengate/contracts'
import { ignoreMatcher } from './ignore.ts'
import { type GitListing, listWithGit } from './list-git.ts'
import { describeOddName, textOf } from './odd-name.ts'
import { inParallel } from './pool.ts'

/** What is left out where no git says what belongs to the tree: installed things, caches, results. */
const IGNORED_WITHOUT_GIT = [
  '.git', '.hg', '.svn', 'node_modules', '.venv', 'venv', '__pycache__', '.pytest_cache', '.mypy_cache', '.ruff_cache',
  '.tox', '.nox', '.next', '.nuxt', '.turbo', '.cache', 'coverage', '.nyc_output', '.stryker-tmp', '.greengate', '.DS_Store',
] // prettier-ignore
/** More files than this are not a service's source. */
const FILES_MAX = 200_000
const WIDTH = 16

export interface Listing {
  /** Relative paths with forward slashes, sorted. */
  readonly paths: readonly string[]
  /** What was found and can't be exported, with the reason. */
  readonly unreadable: { path: string; reason: string }[]
  readonly commit: string
  readonly gitDir: string | null
  /** Top of the repository; the folder itself without git. */
  readonly top: string
  /** Whether anything differs from the commit; means nothing where no `folder` was given. */
  readonly dirty: boolean
}

type Found = Omit<GitListing, 'gitDir'> & { readonly gitDir: string | null }

/**
 * What belongs to the tree in `dir`: with git, what it tracks and what it would track; without, everything but the
 * usual installed and generated folders. Links are listed and never followed.
 * @param options.folder Makes a temporary folder, if git needs one to compare; null: nobody asks whether it is dirty
 * @throws GreengateError SUBJECT_UNREADABLE, TREE_TOO_LARGE
 */
export async function listTree(options: {
  readonly dir: string
  readonly exclude: readonly string[]
  readonly stateDir: string
  readonly folder: (() => string) | null
  readonly signal: AbortSignal
}): Promise<Listing> {
  const state = relative(options.dir, options.stateDir).split(sep).join('/')
  const own = state !== '' && !state.startsWith('..') ? [`/${state}`] : []
  const ignored = ignoreMatcher([...options.exclude, ...own, '/.greengate'])
  const found = (await listWithGit(options.dir, options.folder, options.signal)) ?? (await walk(options.dir))
  const names = found.names.filter((raw) => !ignored(textOf(raw)))
  if (names.length > FILES_MAX) {
    throw new GreengateError('TREE_TOO_LARGE', `The tree has ${names.length} files; at most ${FILES_MAX} are read.`, {
      where: options.dir,
    })
  }
  const paths = names.filter((raw) => isUtf8(raw)).map((raw) => raw.toString('utf8'))
  const odd = await inParallel(
    names.filter((raw) => !isUtf8(raw)),
    WIDTH,
    (raw) => describeOddName(options.dir, raw),
  )
  const { commit, gitDir, top, dirty } = found
  return {
    paths: [...new Set(paths)].toSorted(byteOrder),
    unreadable: [...found.unreadable.filter((entry) => !ignored(entry.path)), ...odd.filter((entry) => entry !== null)],
    commit,
    gitDir,
    top,
    dirty,
  }
}

/** An order that no locale changes. */
export function byteOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

async function walk(dir: string): Promise<Found> {
  const own = await readFile(join(dir, '.gitignore'), 'utf8').catch(() => '')
  const ignored = ignoreMatcher([...own.split('\n'), ...IGNORED_WITHOUT_GIT])
  const names: Buffer[] = []
  const unreadable: { path: string; reason: string }[] = []
  const folders: Buffer[] = [Buffer.alloc(0)]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await entriesOf(dir, folder, unreadable)) {
      const raw = folder.length === 0 ? entry.name : Buffer.concat([folder, Buffer.from('/'), entry.name])
      const path = textOf(raw)
      // `x/` so that patterns for folders only see that this is one.
      if (ignored(entry.isDirectory() ? `${path}/.` : path)) continue
      if (entry.isDirectory()) folders.push(raw)
      else if (entry.isFile() || entry.isSymbolicLink()) names.push(raw)
      else unreadable.push({ path, reason: 'neither a file nor a link' })
      if (names.length > FILES_MAX) return { names, unreadable, commit: '', gitDir: null, top: dir, dirty: true }
    }
  }
  return { names, unreadable, commit: '', gitDir: null, top: dir, dirty: true }
}

async function entriesOf(
  dir: string,
  folder: Buffer,
  unreadable: { path: string; reason: string }[],
): Promise<Dirent<Buffer>[]> {
  const place = folder.length === 0 ? Buffer.from(dir) : Buffer.concat([Buffer.from(`${dir}/`), folder])
  return readdir(place, { withFileTypes: true, encoding: 'buffer' }).catch((error: NodeJS.ErrnoException) => {
    if (folder.length === 0) {
      throw new GreengateError('SUBJECT_UNREADABLE', `The folder can't be read: ${error.code ?? error.message}`, {
        where: dir,
      })
    }
    unreadable.push({ path: textOf(folder), reason: `folder: ${error.code ?? error.message}` })
    return []
  })
}

/** Folders of the tree that have a package.json: where installed modules may lie. */
export function packageFolders(paths: readonly string[]): string[] {
  const folders = paths.filter((path) => basename(path) === 'package.json').map((path) => dirname(path))
  return [...new Set(['.', ...folders])]
}
