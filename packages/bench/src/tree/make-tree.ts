import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { GreengateError } from '@greengate/contracts'
import { Lifeline } from '../lifeline.ts'
import { userStateDir } from '../user-state.ts'
import { type ExportedTree, exportTree } from './export-tree.ts'
import { git } from './git.ts'

const AUTHOR = {
  GIT_AUTHOR_NAME: 'Test', GIT_AUTHOR_EMAIL: 'test@localhost', GIT_COMMITTER_NAME: 'Test', GIT_COMMITTER_EMAIL: 'test@localhost',
  GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z', GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z', GIT_CONFIG_NOSYSTEM: '1', HOME: '/nonexistent',
} // prettier-ignore

export interface MakeTreeOptions {
  /** Commits made first, in order: paths to contents, null deletes. The files themselves are the last commit. */
  readonly git?: readonly Readonly<Record<string, string | null>>[]
  readonly exclude?: readonly string[]
  /** Where it is noted what to clear up; default: the user's own state folder. */
  readonly stateDir?: string
  readonly signal?: AbortSignal
}

/** A tree of these files, exported as any other; files that begin with `#!` are executable. `close` removes both. */
export async function makeTree(
  files: Readonly<Record<string, string>>,
  options: MakeTreeOptions = {},
): Promise<ExportedTree & { readonly dir: string }> {
  const stateDir = options.stateDir ?? userStateDir()
  const lifeline = new Lifeline(stateDir, 'bed')
  const dir = join(lifeline.root, 'tree')
  const signal = options.signal ?? new AbortController().signal
  try {
    await mkdir(dir)
    if (options.git) {
      await must(dir, ['init', '--quiet', '--initial-branch=main'])
      for (const commit of [...options.git, files]) {
        await writeAll(dir, commit)
        await must(dir, ['add', '--all', '--force'])
        await must(dir, ['commit', '--quiet', '--allow-empty', '--no-gpg-sign', '--message', 'state'])
      }
    } else await writeAll(dir, files)
    const tree = await exportTree({
      dir,
      exclude: options.exclude ?? [],
      stateDir,
      runId: 'bed',
      signal,
    })
    return Object.assign(tree, {
      dir,
      close: async () => {
        try {
          await Object.getPrototypeOf(tree).close.call(tree)
        } finally {
          lifeline.close()
        }
      },
    })
  } catch (error) {
    lifeline.close()
    throw error
  }
}

async function must(dir: string, args: readonly string[]): Promise<void> {
  const answer = await git(dir, args, undefined, AUTHOR)
  if (answer.code !== 0) {
    throw new GreengateError('TOOL_MISSING', `git ${args[0]} failed: ${answer.stderr.trim()}`, { fix: 'Install git.' })
  }
}

async function writeAll(dir: string, files: Readonly<Record<string, string | null>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(dir, path)
    if (content === null) {
      await rm(file, { recursive: true, force: true })
      continue
    }
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
    if (content.startsWith('#!')) await chmod(file, 0o755)
  }
}
