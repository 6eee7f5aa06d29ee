import { makeTree } from '@greengate/bench/tree'
import { judgementOutcome, type TreePort } from '@greengate/contracts'
import { describeCheck } from '@greengate/runner/testing'
import { expect, it } from 'vitest'
import { type Observation, judge } from './judge.ts'
import { readManifest } from '../commands.ts'
import { check, styleCommands } from './observe.ts'

describeCheck(check)

it('does not pass without a linter, a formatter, or files that were looked at', () => {
  const lint = {
    role: 'lint' as const,
    text: 'eslint',
    from: '',
    tool: 'eslint',
    found: true,
    exit: 0,
    timedOut: false,
    errors: 0,
    samples: [],
    looked: 3,
    output: '',
  }
  const style = { ...lint, role: 'style' as const, tool: 'prettier', looked: null }
  const sound: Observation = { sourceFiles: 3, commands: [lint, style], sarif: null, styleRules: '' }
  const outcome = (change: Partial<Observation>) =>
    judgementOutcome(judge.judge({ ...sound, ...change }, { filesPercentMin: 50 }))
  expect(outcome({})).toBe('pass')
  expect(outcome({ commands: [lint], styleRules: 'xo' })).toBe('pass')
  expect(outcome({ commands: [] })).toBe('inconclusive')
  expect(outcome({ commands: [style] })).toBe('inconclusive')
  expect(outcome({ commands: [lint] })).toBe('inconclusive')
  expect(outcome({ commands: [{ ...lint, looked: null }, style] })).toBe('inconclusive')
  expect(outcome({ commands: [{ ...lint, errors: 1 }, style] })).toBe('fail')
})

it("asks the formatter about the service's own files, and never about fewer", async () => {
  const tree = await makeTree({
    'package.json': '{"devDependencies":{"prettier":"3.0.0"}}',
    'src/a.ts': '1\n',
    'other/b.ts': '1\n',
  })
  try {
    const manifest = await readManifest(tree)
    const isExcluded = (path: string): boolean => path.startsWith('other/')
    const files = tree.files.filter((file) => !isExcluded(file.path))
    const view: TreePort = { ...port(tree), files, isExcluded }
    const words = (of: TreePort) => styleCommands(of, manifest)?.steps[0]?.argv
    expect(words(view)).toEqual(['prettier', '--check', 'src/a.ts'])
    expect(words(tree)).toEqual(['prettier', '--check', '**/*.{js,mjs,cjs,jsx,ts,mts,cts,tsx}'])
    // Nothing left to name would be a formatter that looks at nothing.
    expect(words({ ...view, files: [] })).toEqual(['prettier', '--check', '**/*.{js,mjs,cjs,jsx,ts,mts,cts,tsx}'])
  } finally {
    await tree.close()
  }
})

function port(tree: TreePort): TreePort {
  return {
    root: tree.root,
    files: tree.files,
    unreadable: tree.unreadable,
    commit: tree.commit,
    gitDir: tree.gitDir,
    has: (path) => tree.has(path),
    read: (path) => tree.read(path),
    run: (command) => tree.run(command),
    fork: () => tree.fork(),
  }
}
