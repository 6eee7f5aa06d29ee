import { lstat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { GreengateError } from '@greengate/contracts'
import { git, type GitAnswer, STATUS } from './git.ts'
import { hasHiddenChanges, type UnwatchedFile } from './hidden-changes.ts'
import { textOf } from './odd-name.ts'

/** What git says of a folder. */
export interface GitListing {
  /** Paths of files as bytes, relative to the folder. */
  readonly names: readonly Buffer[]
  /** What can't be exported, with the reason; of a submodule, it names the commit. */
  readonly unreadable: { path: string; reason: string }[]
  readonly commit: string
  readonly gitDir: string
  /** Top of the repository. */
  readonly top: string
  readonly dirty: boolean
}

/** One line of `git ls-files -v --stage`. */
interface IndexEntry {
  readonly raw: Buffer
  /** Lower case: assumed unchanged. S: skipped in the working tree. */
  readonly tag: string
  readonly mode: string
  readonly object: string
}

/**
 * What git tracks in a folder and what it would track; null without git.
 * @param folder Makes a temporary folder, if one is needed; null: it is not asked whether the tree is dirty
 * @throws GreengateError SUBJECT_UNREADABLE
 */
export async function listWithGit(
  dir: string,
  folder: (() => string) | null,
  signal: AbortSignal,
): Promise<GitListing | null> {
  const asked = ['rev-parse', '--absolute-git-dir', '--show-toplevel', '--show-prefix', '--git-path', 'index']
  const where = await git(dir, asked, signal)
  if (where.code !== 0) {
    await refuseBrokenRepository(dir, where.code, where.stderr)
    return null
  }
  const [gitDir = '', top = dir, prefix = '', indexFile = ''] = where.stdout.toString('utf8').split('\n')
  const [head, files, status, stages] = await Promise.all([
    git(dir, ['rev-parse', '--verify', '--quiet', 'HEAD'], signal),
    git(dir, ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], signal),
    git(dir, [...STATUS, '--untracked-files=normal', '--', '.'], signal),
    git(dir, ['ls-files', '-z', '-v', '--stage'], signal),
  ])
  for (const answer of [files, status, stages]) refuseUnanswered(dir, answer)
  const index = splitZero(stages.stdout).map(indexEntry)
  const changed = new Set(splitZero(status.stdout).map((line) => line.subarray(3).toString('latin1')))
  const unreadable: { path: string; reason: string }[] = []
  const submodules = new Set<string>()
  for (const { mode, object, raw } of index) {
    if (mode !== '160000') continue
    submodules.add(raw.toString('latin1'))
    // git names what changed from the top of the repository.
    const state = changed.has(Buffer.concat([Buffer.from(prefix), raw]).toString('latin1')) ? ', changed' : ''
    const reason = `git submodule at ${object}${state}: its files belong to another repository`
    unreadable.push({ path: textOf(raw), reason })
  }
  const names: Buffer[] = []
  for (const raw of splitZero(files.stdout)) {
    if (submodules.has(raw.toString('latin1'))) continue
    // An untracked folder that is a repository of its own is listed with a slash at its end.
    if (raw.at(-1) === SLASH) {
      unreadable.push({ path: textOf(raw.subarray(0, -1)), reason: 'a git repository of its own inside the tree' })
    } else names.push(raw)
  }
  const unwatched = index.flatMap((entry) => unwatchedFile(entry))
  const changes = head.code !== 0 || status.stdout.length > 0
  const hidden = { dir, indexFile: resolve(dir, indexFile), unwatched, signal }
  const dirty = changes || (folder !== null && (await hasHiddenChanges({ ...hidden, folder })))
  const commit = head.code === 0 ? head.stdout.toString('utf8').trim() : ''
  return { names, unreadable, commit, gitDir, top, dirty }
}

const SLASH = 0x2f

function indexEntry(line: Buffer): IndexEntry {
  const tab = line.indexOf('\t')
  const [tag = '', mode = '', object = ''] = line.subarray(0, tab).toString('latin1').split(' ')
  return { tag, mode, object, raw: line.subarray(tab + 1) }
}

function unwatchedFile({ tag, raw }: IndexEntry): readonly UnwatchedFile[] {
  const skipped = tag.toUpperCase() === 'S'
  return skipped || tag !== tag.toUpperCase() ? [{ raw, skipped }] : []
}

function refuseUnanswered(dir: string, answer: GitAnswer): void {
  if (answer.code === 0) return
  throw new GreengateError('SUBJECT_UNREADABLE', `git could not list the tree: ${answer.stderr.trim() || 'killed'}`, {
    where: dir,
    fix: 'Run `git status` there and mend what it says.',
  })
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

function splitZero(buffer: Buffer): Buffer[] {
  const parts: Buffer[] = []
  for (let from = 0; from < buffer.length;) {
    const end = buffer.indexOf(0, from)
    const to = end < 0 ? buffer.length : end
    if (to > from) parts.push(buffer.subarray(from, to))
    from = to + 1
  }
  return parts
}
