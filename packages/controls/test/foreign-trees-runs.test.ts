import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { check as lint } from '../src/qlt/qlt-01/observe.ts'
import { check as tests } from '../src/qlt/qlt-03/observe.ts'
import { check as coverage } from '../src/qlt/qlt-04/observe.ts'
import { check as valves } from '../src/sup/sup-05/observe.ts'
import { foreignTrees, lines } from './foreign-tree.ts'

const trees = foreignTrees()
afterAll(() => trees.close())

type Files = Readonly<Record<string, string>>

const tree = (command?: string[]) => ({ config: { tree: { exclude: [], timeoutMs: 50_000, ...(command ? { tests: command } : {}) } } }) // prettier-ignore
const PYTEST: Files = {
  'requirements.txt': 'pytest==8.3.3\n',
  'shop/__init__.py': '',
  'shop/total.py': 'def total(prices):\n    return sum(prices)\n',
  'tests/test_total.py': 'from shop.total import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n',
  'conftest.py': '',
}
const UNITTEST: Files = {
  'setup.cfg': '[metadata]\nname = shop\n',
  'shop/__init__.py': '',
  'tests/__init__.py': '',
  'tests/test_total.py': 'import unittest\n\n\nclass Total(unittest.TestCase):\n    def test_total(self):\n        self.assertEqual(sum([1, 2]), 3)\n', // prettier-ignore
}
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
const NODE: Files = {
  'package.json': '{"name":"shop","type":"module","scripts":{"test":"node --test"}}',
  'src/sum.js': 'export const sum = (a, b) => {\n  return a + b\n}\n',
  'test/sum.test.js': lines("import assert from 'node:assert'", "import { test } from 'node:test'", "import { sum } from '../src/sum.js'", "test('adds', () => assert.equal(sum(1, 2), 3))"), // prettier-ignore
}

describe('SUP-05 plants a failing test with the runners of foreign trees', () => {
  it('node:test', async () => {
    expect((await trees.judge(valves, NODE, tree())).aspects['planted']).toBe('pass')
  })
  it('vitest', async () => {
    const files = { 'package.json': '{"name":"shop","type":"module"}', 'src/a.test.ts': `import { expect, it } from '${dirname(vitest)}/dist/index.js'\nit('holds', () => expect(1).toBe(1))\n` } // prettier-ignore
    const said = await trees.judge(valves, files, tree([process.execPath, vitest, 'run', '--globals']))
    // The planted file imports `vitest` by name, which only a tree with its own installation resolves; both ways it fails.
    expect(['pass', 'inconclusive failure-not-the-planted-one']).toContain(said.aspects['planted'])
  })
  it('pytest, and a conftest that swallows failures; without pytest neither passes', async () => {
    const asked = tree(['python3', '-m', 'pytest', '-q'])
    const sound = await trees.judge(valves, PYTEST, asked)
    const swallows = 'def pytest_sessionfinish(session, exitstatus):\n    session.exitstatus = 0\n'
    const broken = await trees.judge(valves, { ...PYTEST, 'conftest.py': swallows }, asked)
    expect([
      'pass, fail planted-failure-ignored',
      'inconclusive failure-not-the-planted-one, inconclusive failure-not-the-planted-one',
    ]).toContain(`${sound.aspects['planted']}, ${broken.aspects['planted']}`)
  })
  it('unittest, and a script that swallows failures', async () => {
    const sound = await trees.judge(valves, UNITTEST, tree(['python3', '-m', 'unittest', 'discover', '-v']))
    expect(sound.aspects['planted']).toBe('pass')
    const run = '#!/bin/sh\npython3 -m unittest discover -v\nexit 0\n'
    const broken = await trees.judge(valves, { ...UNITTEST, 'run-tests.sh': run }, tree(['./run-tests.sh', 'unittest']))
    expect(broken.aspects['planted']).toBe('fail planted-failure-ignored')
  })
  it('says where it does not know how', async () => {
    const go = { 'go.mod': 'module x\n', 'main_test.go': 'package main\n', '.github/workflows/ci.yml': 'jobs:\n  a:\n    steps:\n      - run: go test ./...\n' } // prettier-ignore
    const said = await trees.judge(valves, go, tree())
    expect([said.outcome, said.aspects['planted']]).toEqual(['inconclusive', 'inconclusive not-planted'])
    const broken = await trees.judge(valves, { 'package.json': '{ broken' }, tree())
    expect(broken.outcome).toBe('inconclusive')
  })
})

describe('QLT-03 and QLT-04 on foreign trees', () => {
  it('pass on a sound one', async () => {
    expect((await trees.judge(tests, NODE, tree())).outcome).toBe('pass')
    expect((await trees.judge(coverage, NODE, tree())).outcome).toBe('pass')
  })
  it.each<[string, string, string, Files]>([
    ['a failing test', 'passed', 'fail tests-failed', { ...NODE, 'src/sum.js': 'export const sum = (a, b) => a - b\n' }],
    ['a failing test behind or true', 'passed', 'fail', { ...NODE, 'src/sum.js': 'export const sum = (a, b) => a - b\n', 'package.json': '{"name":"shop","type":"module","scripts":{"test":"node --test || true"}}' }],
    ['no tests', 'executed', 'fail no-tests', { 'package.json': '{"name":"shop","type":"module"}', 'src/sum.js': 'export const a = 1\n' }],
    ['a pattern that matches nothing', 'executed', 'fail no-tests-ran', { ...NODE, 'package.json': '{"name":"shop","type":"module","scripts":{"test":"node --test nowhere/**/*.test.js"}}' }],
  ])('caught: %s', async (_name, aspect, expected, files) => {
    const said = await trees.judge(tests, files, tree())
    expect([said.aspects[aspect], said.outcome]).toEqual([expected === 'fail' ? said.aspects[aspect] : expected, expected === 'fail' ? 'inconclusive' : 'fail']) // prettier-ignore
  }) // prettier-ignore
  it('pytest, where it is installed', async () => {
    const said = await trees.judge(tests, PYTEST, tree(['python3', '-m', 'pytest', '-q']))
    expect(['pass', 'fail exit-not-zero']).toContain(said.aspects['passed'])
  })
  it('files that no test loads are not left out', async () => {
    const said = await trees.judge(coverage, { ...NODE, 'src/pay.js': `export const pay = (a) => {\n${'  a += 1\n'.repeat(30)}  return a\n}\n` }, tree()) // prettier-ignore
    expect(said.aspects).toMatchObject({ lines: 'fail coverage-low', denominator: 'fail files-not-counted' })
  })
  it('the base is that of the commit before, whatever the change says', async () => {
    const high = '{"linesFound":100,"linesHit":100}'
    const low = '{"linesFound":100,"linesHit":1}'
    const files = { ...NODE, 'src/sum.js': `${NODE['src/sum.js']}export const never = (a) => {\n  return a\n}\n` }
    const name = 'greengate.coverage-base.json'
    const lowered = await trees.judge(coverage, { ...files, [name]: low }, { ...tree(), git: [{ [name]: high }] })
    expect(lowered.aspects['not-below-base']).toBe('fail below-base')
    const removed = await trees.judge(coverage, files, { ...tree(), git: [{ [name]: high }, { [name]: null }] })
    expect(removed.aspects['not-below-base']).toBe('not_applicable no-base-recorded')
    const held = await trees.judge(coverage, { ...NODE, [name]: high }, { ...tree(), git: [{ [name]: low }] })
    expect(held.aspects['not-below-base']).toBe('pass')
  })
})

describe('QLT-01 on foreign trees whose tools are not installed', () => {
  it.each<[string, Files]>([
    ['eslint', { ...NODE, 'package.json': '{"name":"shop","devDependencies":{"eslint":"9.0.0"}}' }],
    ['ruff', { ...PYTEST, 'pyproject.toml': '[tool.ruff]\nline-length = 100\n' }],
    ['nothing', NODE],
    ['Go', { 'go.mod': 'module x\n', 'main.go': 'package main\n' }],
  ])('is inconclusive: %s', async (_name, files) => {
    const said = await trees.judge(lint, files, tree())
    expect([said.outcome, said.findings.length > 0]).toEqual(['inconclusive', true])
  })
})
