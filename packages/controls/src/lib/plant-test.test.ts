import { describe, expect, it } from 'vitest'
import { plantedTests, type Runner } from './plant-test.ts'

const paths = (runner: Runner, ...files: string[]): string[] =>
  plantedTests(runner, files.toSorted(), 'MARK', true).map((test) => test.path)

describe('plantedTests', () => {
  it.each<[string, Runner, string[], string[]]>([
    ['beside a test, never beside a helper', 'vitest', ['src/lib/sum.test.ts', 'test/setup.ts', 'src/main.ts'], ['src/lib/greengate-MARK.test.ts']],
    ['in every folder of another kind', 'vitest', ['src/components/Button.test.tsx', 'tests/sign-in.spec.ts'], ['tests/greengate-MARK.spec.ts', 'src/components/greengate-MARK_2.test.tsx']],
    ['not among tests that need a deployed service', 'jest', ['src/users.service.spec.ts', 'test/jest.setup.ts', 'test/app.e2e-spec.ts'], ['src/greengate-MARK.spec.ts']],
    ['by the folder where the runner goes by the folder', 'mocha', ['test/users.js', 'test/helpers.js'], ['test/greengate-MARK.js']],
    ['nowhere if there are only helpers', 'vitest', ['test/setup.ts', 'test/users.ts'], []],
    ['each with a module name of its own in Python', 'pytest', ['a/test_a.py', 'b/test_b.py', 'conftest.py'], ['a/test_greengate_MARK.py', 'b/test_greengate_MARK_2.py']],
    ['once for a folder and suffix', 'node:test', ['test/a.test.mjs', 'test/b.test.mjs'], ['test/greengate-MARK.test.mjs']],
  ])('plants %s', (_name, runner, files, planted) => {
    expect(paths(runner, ...files)).toEqual(planted)
  }) // prettier-ignore
  it('plants no more than a few', () => {
    expect(paths('vitest', ...Array.from({ length: 50 }, (_, i) => `packages/p${i}/a.test.ts`))).toHaveLength(8)
  })
})
