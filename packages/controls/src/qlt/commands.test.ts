import { describe, expect, it } from 'vitest'
import { type Manifest, resolveSteps, splitScript, stepText, toolOf } from './commands.ts'
import { codeLines } from './code-lines.ts'
import { blankOut } from './focused.ts'
import { isProduction, isTestFile } from './source-files.ts'

const manifest = (scripts: Record<string, string>): Manifest => ({
  scripts,
  packages: new Set(),
  node: true,
  hasPython: false,
  python: '',
})
const texts = (argv: string[], scripts: Record<string, string>) => resolveSteps(argv, manifest(scripts)).map(stepText)

describe('scripts as steps', () => {
  it('follows scripts, hooks, variables and arguments', () => {
    const scripts = {
      lint: 'npm run lint:js && prettier --check .',
      'lint:js': 'NODE_ENV=test eslint "src/**/*.js"',
      prelint: 'node gen.js',
    }
    expect(texts(['npm', 'run', 'lint'], scripts)).toEqual([
      'node gen.js',
      `NODE_ENV=test eslint 'src/**/*.js'`,
      'prettier --check .',
    ])
    expect(texts(['npm', 'test', '--', '--ci'], { test: 'cross-env A=1 jest' })).toEqual(['A=1 jest --ci'])
  })
  it('leaves whole what takes a shell, another package or no end', () => {
    expect(splitScript('eslint . | tee log')).toBeNull()
    expect(splitScript('eslint . || true')).toBeNull()
    expect(texts(['npm', 'run', 'test', '--workspaces'], { test: 'jest' })).toEqual(['npm run test --workspaces'])
    expect(texts(['npm', 'test'], { test: 'npm test' })).toEqual(['npm test'])
  })
  it('finds the tool behind what starts it', () => {
    const tool = (text: string) => toolOf({ argv: text.split(' '), env: {} }).name
    expect(
      [
        'npx --no-install eslint .',
        'uv run pytest',
        'python3 -m mypy .',
        'node node_modules/jest/bin/jest.js',
        'node --test',
      ].map(tool),
    ).toEqual(['eslint', 'pytest', 'mypy', 'jest', 'node'])
  })
})

describe('what counts as source', () => {
  it('tells the service from its tests and tooling', () => {
    expect(
      ['src/a.ts', 'app/main.py', 'src/a.test.ts', 'vite.config.ts', 'types.d.ts', 'tests/x.py'].map(isProduction),
    ).toEqual([true, true, false, false, false, false])
    expect(['src/a.spec.js', 'test/helper.js', 'test_a.py', 'e2e/a.spec.ts'].map(isTestFile)).toEqual([
      true,
      false,
      true,
      false,
    ])
  })
  it('finds no code in types, comments and imports, and no focus in strings', () => {
    expect(codeLines('a.ts', `import { b } from './b.ts'\n// note\nexport interface A {\n  a: string\n}\n`)).toBe(0)
    expect(codeLines('a.ts', `export const a: number = 1\nconst u = 'http://x'\n`)).toBe(2)
    expect(blankOut(`const a = 'it.only('`)).not.toContain('only')
  })
})
