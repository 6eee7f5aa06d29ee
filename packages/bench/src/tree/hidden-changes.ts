import { copyFile, lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { GreengateError } from '@greengate/contracts'
import { git, STATUS } from './git.ts'
import { inParallel } from './pool.ts'

const WIDTH = 16

/** A file of the index that `git status` does not look at, by `--skip-worktree` or `--assume-unchanged`. */
export interface UnwatchedFile {
  readonly raw: Buffer
  /** The flag that a sparse checkout sets. */
  readonly skipped: boolean
}

/**
 * Whether files that git was told not to look at differ from the index. git itself compares them, with the flags taken
 * off in a copy of the index, so that line endings, filters, links and modes count as they always do. What a sparse
 * checkout left out is not there on purpose.
 *
 * @param folder Makes a temporary folder; called only where there are such files.
 * @throws GreengateError SUBJECT_UNREADABLE
 */
export async function hasHiddenChanges(options: {
  readonly dir: string
  readonly indexFile: string
  readonly unwatched: readonly UnwatchedFile[]
  readonly folder: () => string
  readonly signal: AbortSignal
}): Promise<boolean> {
  const { dir, signal } = options
  const there = await inParallel(options.unwatched, WIDTH, (file) => isThere(dir, file.raw))
  const leftOut =
    options.unwatched.some((file, index) => !there[index] && file.skipped) && (await isSparse(dir, signal))
  const compared = options.unwatched.filter((file, index) => there[index] || !file.skipped || !leftOut)
  if (compared.length === 0) return false
  const index = join(options.folder(), 'index')
  await copyFile(options.indexFile, index)
  const env = { GIT_INDEX_FILE: index }
  const names = Buffer.concat(compared.flatMap((file) => [file.raw, Buffer.of(0)]))
  for (const flag of ['--no-skip-worktree', '--no-assume-unchanged']) {
    const taken = await git(
      dir,
      ['-c', 'core.splitIndex=false', 'update-index', flag, '-z', '--stdin'],
      signal,
      env,
      names,
    )
    if (taken.code !== 0) throw unreadable(dir, taken.stderr)
  }
  const status = await git(dir, [...STATUS, '--untracked-files=no', '--', '.'], signal, env)
  if (status.code !== 0) throw unreadable(dir, status.stderr)
  // What a sparse checkout left out keeps its flag in the copy, so it does not show.
  return status.stdout.length > 0
}

async function isThere(dir: string, raw: Buffer): Promise<boolean> {
  return lstat(Buffer.concat([Buffer.from(`${dir}/`), raw])).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
  )
}

async function isSparse(dir: string, signal: AbortSignal): Promise<boolean> {
  const answer = await git(dir, ['config', '--type=bool', '--get', 'core.sparseCheckout'], signal)
  return answer.stdout.toString('utf8').trim() === 'true'
}

function unreadable(dir: string, stderr: string): GreengateError {
  return new GreengateError('SUBJECT_UNREADABLE', `git could not compare the tree: ${stderr.trim() || 'killed'}`, {
    where: dir,
    fix: 'Run `git ls-files -v` there, and take off the flags of files that are not marked H.',
  })
}
