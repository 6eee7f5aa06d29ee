import { lstat, readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { GreengateError } from '@greengate/contracts'
import { git } from './git.ts'
import { ignoreMatcher } from './ignore.ts'

/** What is left out where no git says what belongs to the tree: installed things, caches, results. */
const IGNORED_WITHOUT_GIT = [
  '.git', '.hg', '.svn', 'node_modules', '.venv', 'venv', '__pycache__', '.pytest_cache', '.mypy_cache', '.ruff_cache',
  '.tox', '.nox', '.next', '.nuxt', '.turbo', '.cache', 'coverage', '.nyc_output', '.stryker-tmp', '.greengate', '.DS_Store',
] // prettier-ignore
/** More files than this are not a service's source. */
const FILES_MAX = 200_000

export interface Listing {
  /** Relative paths with forward slashes, sorted. */
  readonly paths: readonly string[]
  /** What was found and can't be exported, with the reason. */
  readonly unreadable: { path: string; reason: string }[]
  readonly commit: string
  readonly gitDir: string | null
  /** Top of the repository; the folder itself without git. */
  readonly top: string
  readonly dirty: boolean
}

/**
 * What belongs to the tree in `dir`: with git, what it tracks and what it would track; without, everything but the
 * usual installed and generated folders. Links are listed and never followed.
 * @throws GreengateError SUBJECT_UNREADABLE, TREE_TOO_LARGE
 */
export async function listTree(options: {
  readonly dir: string
  readonly exclude: readonly string[]
  readonly stateDir: string
  readonly signal: AbortSignal
}): Promise<Listing> {
  const state = relative(options.dir, options.stateDir).split(sep).join('/')
  const own = state !== '' && !state.startsWith('..') ? [`/${state}`] : []
  const ignored = ignoreMatcher([...options.exclude, ...own, '/.greengate'])
  const listing = (await listWithGit(options.dir, options.signal)) ?? (await walk(options.dir))
  const paths = listing.paths.filter((path) => !ignored(path))
  if (paths.length > FILES_MAX) {
    throw new GreengateError('TREE_TOO_LARGE', `The tree has ${paths.length} files; at most ${FILES_MAX} are read.`, {
      where: options.dir,
    })
  }
  return {
    ...listing,
    paths: [...new Set(paths)].toSorted(byteOrder),
    unreadable: listing.unreadable.filter((entry) => !ignored(entry.path)),
  }
}

/** An order that no locale changes. */
export function byteOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

async function listWithGit(dir: string, signal: AbortSignal): Promise<Listing | null> {
  const where = await git(dir, ['rev-parse', '--absolute-git-dir', '--show-toplevel'], signal)
  if (where.code !== 0) {
    await refuseBrokenRepository(dir, where.code, where.stderr)
    return null
  }
  const [gitDir = '', top = dir] = where.stdout.toString('utf8').trim().split('\n')
  const [head, files, status, stages] = await Promise.all([
    git(dir, ['rev-parse', '--verify', '--quiet', 'HEAD'], signal),
    git(dir, ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], signal),
    git(
      dir,
      ['status', '--porcelain=v1', '-z', '--untracked-files=normal', '--ignore-submodules=none', '--', '.'],
      signal,
    ),
    git(dir, ['ls-files', '-z', '--stage'], signal),
  ])
  for (const answer of [files, status, stages]) {
    if (answer.code !== 0) {
      throw new GreengateError(
        'SUBJECT_UNREADABLE',
        `git could not list the tree: ${answer.stderr.trim() || 'killed'}`,
        {
          where: dir,
          fix: 'Run `git status` there and mend what it says.',
        },
      )
    }
  }
  const unreadable: { path: string; reason: string }[] = []
  const submodules = new Set<string>()
  for (const line of splitZero(stages.stdout)) {
    if (line.startsWith('160000 ')) submodules.add(line.slice(line.indexOf('\t') + 1))
  }
  for (const path of submodules)
    unreadable.push({ path, reason: 'git submodule: its files belong to another repository' })
  const paths: string[] = []
  for (const path of splitZero(files.stdout)) {
    if (submodules.has(path)) continue
    // An untracked folder that is a repository of its own is listed with a slash at its end.
    if (path.endsWith('/'))
      unreadable.push({ path: path.slice(0, -1), reason: 'a git repository of its own inside the tree' })
    else if (path.includes('\uFFFD')) unreadable.push({ path, reason: 'its name is not valid UTF-8' })
    else paths.push(path)
  }
  return {
    paths,
    unreadable,
    commit: head.code === 0 ? head.stdout.toString('utf8').trim() : '',
    gitDir,
    top,
    dirty: head.code !== 0 || status.stdout.length > 0,
  }
}

/** A `.git` that git refuses is not "no git": the walk would judge another set of files than the one committed. */
async function refuseBrokenRepository(dir: string, code: number | null, stderr: string): Promise<void> {
  const present = await lstat(join(dir, '.git')).then(
    () => true,
    () => false,
  )
  if (!present || code === null) return
  throw new GreengateError('SUBJECT_UNREADABLE', `git can't read this repository: ${stderr.trim()}`, {
    where: join(dir, '.git'),
    fix: 'Run `git status` there and mend what it says.',
  })
}

function splitZero(buffer: Buffer): string[] {
  return buffer
    .toString('utf8')
    .split('\0')
    .filter((part) => part !== '')
}

async function walk(dir: string): Promise<Listing> {
  const own = await readFile(join(dir, '.gitignore'), 'utf8').catch(() => '')
  const ignored = ignoreMatcher([...own.split('\n'), ...IGNORED_WITHOUT_GIT])
  const paths: string[] = []
  const unreadable: { path: string; reason: string }[] = []
  const folders = ['']
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = await readdir(join(dir, folder), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (folder === '') {
        throw new GreengateError('SUBJECT_UNREADABLE', `The folder can't be read: ${error.code ?? error.message}`, {
          where: dir,
        })
      }
      unreadable.push({ path: folder ?? '', reason: `folder: ${error.code ?? error.message}` })
      return []
    })
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      // `x/` so that patterns for folders only see that this is one.
      if (ignored(entry.isDirectory() ? `${path}/.` : path)) continue
      if (entry.isDirectory()) folders.push(path)
      else if (entry.isFile() || entry.isSymbolicLink()) paths.push(path)
      else unreadable.push({ path, reason: 'neither a file nor a link' })
      if (paths.length > FILES_MAX) return { paths, unreadable, commit: '', gitDir: null, top: dir, dirty: true }
    }
  }
  return { paths, unreadable, commit: '', gitDir: null, top: dir, dirty: true }
}

/** Folders of the tree that have a package.json: where installed modules may lie. */
export function packageFolders(paths: readonly string[]): string[] {
  const folders = paths.filter((path) => basename(path) === 'package.json').map((path) => dirname(path))
  return [...new Set(['.', ...folders])]
}
