import { describeCheck } from '@greengate/runner/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { foreignTrees } from '../../../test/foreign-tree.ts'
import { check } from './observe.ts'

describeCheck(check)

const trees = foreignTrees()
afterAll(() => trees.close())

const TREE: Readonly<Record<string, string>> = {
  'package.json': '{"name":"shop","type":"module","scripts":{"test":"node --test src/**/*.test.mjs"}}',
  'src/sum.test.mjs': "import { it } from 'node:test'\nit('adds', () => {})\n",
  'test/setup.mjs': 'export {}\n',
}
const workflow = (...lines: string[]): string =>
  `jobs:\n  a:\n    steps:\n${lines.map((line) => `      - run: ${line}\n`).join('')}`

describe('SUP-05 on pipelines that tidy up', () => {
  const tidies = [
    'docker compose -f docker-compose.test.yml down -v || true',
    'docker network create test || true',
    'createdb test || true',
    'pkill -f test-server || true',
    'kubectl delete namespace test --ignore-not-found || true',
    'docker pull $REG/build:cache || true',
  ]
  it('finds no valve', async () => {
    const said = await trees.judge(check, { ...TREE, '.github/workflows/ci.yml': workflow('npm test', ...tidies) })
    expect(said.aspects['commands']).toBe('pass')
  })
  it.each(['bundle exec rspec || true', 'bandit -r app || true', 'npm run e2e || true'])('finds %s', async (line) => {
    const said = await trees.judge(check, { ...TREE, '.github/workflows/ci.yml': workflow('npm test', line) })
    expect(said.aspects['commands']).toBe('fail exit-code-ignored')
  })
})

describe('SUP-05 plants where the runner looks', () => {
  const PLAYWRIGHT = "import { test } from '@playwright/test'\ntest('signs in', () => {})\n"
  it.each<[string, Readonly<Record<string, string>>]>([
    ['beside a folder of helpers', TREE],
    ['beside a folder of tests for browsers', { ...TREE, 'tests/sign-in.spec.mjs': PLAYWRIGHT }],
    ['beside a folder of tests that this command leaves out', { ...TREE, 'slow/a.test.mjs': TREE['src/sum.test.mjs'] ?? '' }],
  ])('%s', async (_name, files) => {
    const said = await trees.judge(check, files, { config: { tree: { exclude: [], timeoutMs: 60_000, tests: ['node', '--test', 'src/**/*.test.mjs'] } } })
    expect(said.aspects['planted']).toBe('pass')
  }) // prettier-ignore
})
