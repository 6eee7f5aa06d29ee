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

/** A test file to be written. */
export interface PlantedTest {
  readonly path: string
  readonly content: string
}

const PLANTS_MAX = 8
/** Files that only carry others, whatever folder they lie in. */
const HELPER =
  /(^|[./_-])(setup|teardown|helpers?|utils?|fixtures?|factory|factories|mocks?|stubs?|globals?|config|support|common|shared|index|types?|constants?|data|server|d)([./_-]|$)/i
/** Tests that another runner runs: one for browsers, or against what is deployed. */
const ELSEWHERE = /(^|\/)(fixtures|e2e|cypress|playwright)\/|[._-](e2e|cy)[._-]/

/**
 * A failing test for every distinct folder and suffix of existing tests, up to a small bound, each named as the one that
 * it lies beside: which of them the runner looks at, only the runner knows. None: there is none to take after.
 * @param paths Files of the tree, without those that are known to be another runner's
 */
export function plantedTests(
  runner: Runner,
  paths: readonly string[],
  mark: string,
  isModule: boolean,
): readonly PlantedTest[] {
  const python = runner === 'pytest' || runner === 'unittest'
  const likes = placesOf(runner, paths)
  const seen = new Set<string>()
  const plants: PlantedTest[] = []
  for (const like of likes) {
    // pytest takes two modules of one name for the same.
    const name = plants.length === 0 ? mark : `${mark}_${plants.length + 1}`
    const plant = python ? pythonTest(runner, like, name) : scriptTest(runner, like, name, isModule)
    const place = plant.path.replace(name, '')
    if (seen.has(place)) continue
    seen.add(place)
    plants.push(plant)
    if (plants.length === PLANTS_MAX) break
  }
  return plants
}

/** Tests to lie beside: one of every top folder and suffix first, then the others, the nearest to the top first. */
function placesOf(runner: Runner, paths: readonly string[]): readonly string[] {
  const python = runner === 'pytest' || runner === 'unittest'
  const named = python ? /(^|\/)(test_[^/]*|[^/]*_test)\.py$/ : /(\.|-|_|\/)(test|spec)\.[cm]?[jt]sx?$/
  const near = (candidates: readonly string[]): string[] =>
    candidates.toSorted((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1))
  const tests = paths.filter((path) => named.test(path) && isTestCode(path))
  let found = near(tests.filter((path) => !ELSEWHERE.test(path)))
  // These run whatever lies in their folder, so that a name need not say that it is a test.
  const folder = FOLDERS[runner]
  if (found.length === 0 && folder)
    found = near(paths.filter((path) => folder.test(path) && !HELPER.test(path) && !ELSEWHERE.test(path)))
  if (found.length === 0) found = near(tests.filter((path) => !/(^|\/)fixtures\//.test(path)))
  const first = new Map<string, string>()
  for (const path of found) {
    const kind = `${path.split('/')[0]} ${path.replace(/^.*?(?=[^/.]*[._-]?(test|spec)?\.\w+$)/, '').replace(/^[^._-]*/, '')}`
    if (!first.has(kind)) first.set(kind, path)
  }
  return [...first.values(), ...found.filter((path) => ![...first.values()].includes(path))]
}

/** Folders whose every file is a test, as the runners' manuals say. */
const FOLDERS: Partial<Readonly<Record<Runner, RegExp>>> = {
  jest: /(^|\/)__tests__\/[^/]+\.[cm]?[jt]sx?$/,
  mocha: /(^|\/)tests?\/[^/]+\.[cm]?[jt]s$/,
  'node:test': /(^|\/)test\/[^/]+\.[cm]?[jt]s$/,
}

function pythonTest(runner: Runner, like: string, name: string): PlantedTest {
  const path = join(
    dirname(like),
    like.endsWith('_test.py') ? `greengate_${name}_test.py` : `test_greengate_${name}.py`,
  )
  const body = `def test_${name}(${runner === 'unittest' ? 'self' : ''}):\n    assert False, "${name}"\n`
  return {
    path,
    content:
      runner === 'pytest'
        ? body
        : `import unittest\n\n\nclass Planted(unittest.TestCase):\n    ${body.replaceAll('\n', '\n    ').trimEnd()}\n`,
  }
}

function scriptTest(runner: Runner, like: string, name: string, isModule: boolean): PlantedTest {
  const suffix = /([.\-_](test|spec))?\.[cm]?[jt]sx?$/.exec(like)?.[0] ?? '.test.js'
  const path = join(dirname(like), `greengate-${name}${suffix}`)
  const esm = /\.[cm]?tsx?$|\.mjs$/.test(path) || (isModule && !path.endsWith('.cjs'))
  const load = (what: string, from: string): string =>
    esm ? `import { ${what} } from '${from}'\n` : `const { ${what} } = require('${from}')\n`
  const head =
    runner === 'vitest' ? `import { it } from 'vitest'\n` : runner === 'node:test' ? load('it', 'node:test') : ''
  return { path, content: `${head}it('${name}', () => {\n  throw new Error('${name}')\n})\n` }
}
