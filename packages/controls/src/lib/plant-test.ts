import { dirname, join } from 'node:path/posix'
import { isTestCode } from './syntax.ts'

export type Runner = 'vitest' | 'jest' | 'node:test' | 'mocha' | 'pytest' | 'unittest'

/** The test runner behind a command, from its words; null: none that is known. */
export function runnerOf(command: string): Runner | null {
  if (/\bvitest\b/.test(command)) return 'vitest'
  if (/\bjest\b|\breact-scripts test\b/.test(command)) return 'jest'
  if (/\bmocha\b/.test(command)) return 'mocha'
  if (/\b(node|tsx)\b[^&|;]*\s--test\b/.test(command)) return 'node:test'
  if (/\bpytest\b|\bpy\.test\b/.test(command)) return 'pytest'
  return /\bunittest\b/.test(command) ? 'unittest' : null
}

/** A failing test beside an existing one, named as that one is; null: there is none to take after. */
export function plantedTest(
  runner: Runner,
  paths: readonly string[],
  mark: string,
  isModule: boolean,
): { path: string; content: string } | null {
  const python = runner === 'pytest' || runner === 'unittest'
  const pattern = python
    ? /(^|\/)(test_[^/]*|[^/]*_test)\.py$/
    : /(\.|-|_|\/)(test|spec)\.[cm]?[jt]sx?$|(^|\/)(test|tests|__tests__)\/[^/]+\.[cm]?[jt]s$/
  const like = paths
    .filter((path) => pattern.test(path) && isTestCode(path) && !/(^|\/)(fixtures|e2e)\//.test(path))
    .toSorted((a, b) => a.split('/').length - b.split('/').length)[0]
  if (like === undefined) return null
  if (python) {
    const path = join(
      dirname(like),
      like.endsWith('_test.py') ? `greengate_${mark}_test.py` : `test_greengate_${mark}.py`,
    )
    const body = `def test_${mark}(${runner === 'unittest' ? 'self' : ''}):\n    assert False, "${mark}"\n`
    return {
      path,
      content:
        runner === 'pytest'
          ? body
          : `import unittest\n\n\nclass Planted(unittest.TestCase):\n    ${body.replaceAll('\n', '\n    ').trimEnd()}\n`,
    }
  }
  const suffix = /([.\-_](test|spec))?\.[cm]?[jt]sx?$/.exec(like)?.[0] ?? '.test.js'
  const path = join(dirname(like), `greengate-${mark}${suffix}`)
  const esm = /\.[cm]?tsx?$|\.mjs$/.test(path) || (isModule && !path.endsWith('.cjs'))
  const load = (name: string, from: string): string =>
    esm ? `import { ${name} } from '${from}'\n` : `const { ${name} } = require('${from}')\n`
  const head =
    runner === 'vitest' ? `import { it } from 'vitest'\n` : runner === 'node:test' ? load('it', 'node:test') : ''
  return { path, content: `${head}it('${mark}', () => {\n  throw new Error('${mark}')\n})\n` }
}
