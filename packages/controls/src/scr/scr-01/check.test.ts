import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { createRandom, createSystemClock } from '@greengate/bench'
import { exportTree, makeTree } from '@greengate/bench/tree'
import { serviceConfigSchema, type TreePort } from '@greengate/contracts'
import { describeCheck } from '@greengate/runner/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { check } from './observe.ts'

describeCheck(check)

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const tree of open.splice(0).toReversed()) await tree.close()
})

/** Aspect `history` of a folder of a repository in whose history a secret was once written to `path`. */
async function historyOf(
  folder: string,
  path: string,
  isExcluded?: TreePort['isExcluded'],
): Promise<{ outcome: string; code: string }> {
  const token = ['ghp', createHash('sha256').update('folder').digest('hex').slice(0, 36)].join('_')
  const whole = await makeTree(
    { 'services/a/main.js': 'export {}\n', 'services/b/main.js': 'export {}\n' },
    { git: [{ 'services/a/old.js': '1\n', 'services/b/old.js': '1\n' }, { [path]: `T=${token}\n` }, { [path]: null }] },
  )
  open.push(whole)
  const signal = new AbortController().signal
  const dir = join(whole.dir, folder)
  const tree = await exportTree({ dir, exclude: [], stateDir: join(whole.dir, '../own'), runId: 'own', signal })
  open.push(tree)
  const { data } = await check.observe(contextOf(isExcluded ? hiding(tree, isExcluded) : tree, signal))
  return check.judge.judge(data, {}).aspects.history
}

/** The tree as the command line shows it to checks where `tree.exclude` names something. */
function hiding(tree: TreePort, isExcluded: (path: string) => boolean): TreePort {
  return {
    root: tree.root,
    files: tree.files.filter((file) => !isExcluded(file.path)),
    unreadable: tree.unreadable,
    commit: tree.commit,
    gitDir: tree.gitDir,
    ...(tree.gitPrefix === undefined ? {} : { gitPrefix: tree.gitPrefix }),
    isExcluded,
    has: (path) => tree.has(path),
    read: (path) => tree.read(path),
    run: (command) => tree.run(command),
    fork: () => tree.fork(),
  }
}

function contextOf(tree: TreePort, signal: AbortSignal): Parameters<typeof check.observe>[0] {
  return {
    control: check.control.id,
    target: 'a',
    params: {},
    config: serviceConfigSchema.parse({ service: 'a' }),
    facts: [],
    tree,
    testbed: null,
    clock: createSystemClock(),
    random: createRandom(),
    signal,
    progress: () => {},
  }
}

describe('a service in a folder of a larger repository', () => {
  it('is blamed for a secret in the history of its own folder', async () => {
    expect(await historyOf('services/a', 'services/a/.env')).toEqual({ outcome: 'fail', code: 'secret-in-history' })
  })

  it('is not blamed for one in the history of the folder beside it', async () => {
    expect(await historyOf('services/a', 'services/b/.env')).toEqual({ outcome: 'pass', code: 'ok' })
  })

  it('is blamed at the top of the repository for every folder', async () => {
    expect(await historyOf('.', 'services/b/.env')).toEqual({ outcome: 'fail', code: 'secret-in-history' })
  })

  it('is not blamed for one in the history of what the configuration excludes, and for every other it is', async () => {
    const isExcluded = (path: string): boolean => path.startsWith('services/b/')
    expect(await historyOf('.', 'services/b/.env', isExcluded)).toEqual({ outcome: 'pass', code: 'ok' })
    expect(await historyOf('.', 'services/a/.env', isExcluded)).toEqual({ outcome: 'fail', code: 'secret-in-history' })
  })

  it('compares what is excluded with paths inside its own folder', async () => {
    const only = (excluded: string) => (path: string) => path === excluded
    expect(await historyOf('services/a', 'services/a/.env', only('.env'))).toEqual({ outcome: 'pass', code: 'ok' })
    expect(await historyOf('services/a', 'services/a/.env', only('services/a/.env'))).toEqual({
      outcome: 'fail',
      code: 'secret-in-history',
    })
  })
})
