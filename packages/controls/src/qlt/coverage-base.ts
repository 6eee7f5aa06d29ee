import type { TreePort } from '@greengate/contracts'
import { z } from 'zod'

/** Where a base is recorded: committed, or kept beside the evidence. */
const BASE_FILES = ['.greengate/coverage-base.json', 'greengate.coverage-base.json']
const REFERENCES = ['origin/HEAD', 'origin/main', 'origin/master', 'main', 'master']
const TIMEOUT_MS = 30_000
const baseSchema = z.object({ linesFound: z.int().nonnegative(), linesHit: z.int().nonnegative() })

export interface CoverageBase {
  readonly linesFound: number
  readonly linesHit: number
  readonly where: string
}

/**
 * The coverage that must not be fallen below: the higher of what the tree records and what the commit recorded that the
 * change is based on, so that a change can't lower its own bar. Null: nothing is recorded.
 */
export async function readBase(tree: TreePort): Promise<CoverageBase | null> {
  const own = BASE_FILES.find((path) => tree.has(path))
  const here = own === undefined ? null : parseBase(await tree.read(own).catch(() => ''), own)
  const before = await readCommitted(tree)
  if (!here || !before) return here ?? before
  // A base that counts nothing is broken, whatever the other says.
  if (here.linesFound === 0) return here
  return before.linesHit * here.linesFound > here.linesHit * before.linesFound ? before : here
}

function parseBase(text: string, where: string): CoverageBase {
  try {
    const { linesFound, linesHit } = baseSchema.parse(JSON.parse(text))
    return { linesFound, linesHit, where }
  } catch {
    return { linesFound: 0, linesHit: 0, where }
  }
}

/** What the base commit recorded: where the change left the main branch, or else the commit before. */
async function readCommitted(tree: TreePort): Promise<CoverageBase | null> {
  if (tree.gitDir === null || tree.commit === '') return null
  const git = async (args: readonly string[]): Promise<string | null> => {
    const argv = ['git', '-c', 'safe.directory=*', '-c', 'core.quotePath=false', `--git-dir=${tree.gitDir}`, ...args]
    const run = await tree.run({ argv, timeoutMs: TIMEOUT_MS })
    return run.found && run.exit === 0 ? run.stdout : null
  }
  let commit = ''
  for (const reference of REFERENCES) {
    const fork = (await git(['merge-base', tree.commit, reference]))?.trim() ?? ''
    if (fork !== '' && fork !== tree.commit) commit = fork
    if (commit !== '') break
  }
  if (commit === '') commit = (await git(['rev-parse', '--verify', '--quiet', `${tree.commit}^1`]))?.trim() ?? ''
  if (commit === '') return null
  const name = BASE_FILES[1] ?? ''
  const listed = (await git(['ls-tree', '-r', '--name-only', commit]))?.split('\n') ?? []
  // The tree may be a folder of its repository: one file of that name is the one.
  const paths = listed.filter((path) => path === name || path.endsWith(`/${name}`))
  const path = paths.includes(name) ? name : paths.length === 1 ? paths[0] : undefined
  const text = path === undefined ? null : await git(['show', `${commit}:${path}`])
  return text === null ? null : parseBase(text, `${commit.slice(0, 12)}:${path}`)
}
