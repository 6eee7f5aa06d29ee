import { type TreePort, defineCheck, needTree } from '@greengate/contracts'
import { type CoverageReport, parseCoverage, pathMatcher } from '../../lib-reports/index.ts'
import { codeLines } from '../code-lines.ts'
import { readBase } from '../coverage-base.ts'
import { isProduction, languageOf } from '../source-files.ts'
import { type TestRun, runTests } from '../test-run.ts'
import { control } from './control.ts'
import { type Observation, judge } from './judge.ts'

const LISTED_MAX = 50

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['tree'], effect: 'read', quiet: false, timeoutMs: 3_700_000 },
  async observe(context) {
    const tree = needTree(context)
    const sources = tree.files
      .filter((file) => file.link === undefined && isProduction(file.path) && languageOf(file.path) !== 'other')
      .map((file) => file.path)
    const tests = await runTests(context, tree)
    const { report, coverage } = readReport(tests)
    const counted = coverage ? count(coverage, sources, tree) : { files: new Map<string, Lines>(), foreign: 0 }
    const uncounted = coverage ? await uncountedFiles(tree, sources, counted.files) : []
    const files = [...counted.files].map(([path, lines]) => ({ path, ...lines }))
    const missed = (file: Lines): number => file.linesFound - file.linesHit
    const data: Observation = {
      command: tests?.command ?? '',
      exit: tests?.run?.steps.at(-1)?.exit ?? null,
      report,
      sourceFiles: sources.length,
      countedFiles: counted.files.size,
      foreignFiles: counted.foreign,
      linesFound: sum(files, (file) => file.linesFound),
      linesHit: sum(files, (file) => file.linesHit),
      uncountedFiles: uncounted.length,
      uncountedLines: sum(uncounted, (file) => file.linesFound),
      uncounted: uncounted.toSorted((a, b) => b.linesFound - a.linesFound).slice(0, LISTED_MAX),
      worst: [...files, ...uncounted]
        .filter((file) => missed(file) > 0)
        .toSorted((a, b) => missed(b) - missed(a))
        .slice(0, LISTED_MAX),
      base: await readBase(tree),
    }
    return { data, exercised: { files: counted.files.size, lines: data.linesFound, sourceFiles: sources.length } }
  },
  clean: (bed) => bed.tree(SOUND),
  positiveControls: [
    {
      id: 'untested-branch',
      breaks: 'lines',
      code: 'coverage-low',
      arrange: (bed) =>
        bed.tree({
          ...SOUND,
          'src/sum.js': `${SOUND['src/sum.js']}exports.never = (a) => {\n${'  a += 1\n'.repeat(40)}  return a\n}\n`,
        }),
    },
    {
      id: 'file-that-no-test-loads',
      breaks: 'denominator',
      code: 'files-not-counted',
      arrange: (bed) =>
        bed.tree({
          ...SOUND,
          'src/billing.js': `exports.charge = (a) => {\n${'  a += 1\n'.repeat(40)}  return a\n}\n`,
        }),
    },
    {
      id: 'base-was-higher',
      breaks: 'not-below-base',
      code: 'below-base',
      arrange: (bed) =>
        bed.tree({
          ...SOUND,
          'src/sum.js': `${SOUND['src/sum.js']}exports.never = (a) => {\n  return a\n}\n`,
          'greengate.coverage-base.json': '{"linesFound":10,"linesHit":10}',
        }),
    },
    {
      id: 'base-lowered-by-the-change-itself',
      breaks: 'not-below-base',
      code: 'below-base',
      arrange: (bed) =>
        bed.tree(
          {
            ...SOUND,
            'src/sum.js': `${SOUND['src/sum.js']}exports.never = (a) => {\n  return a\n}\n`,
            'greengate.coverage-base.json': '{"linesFound":10,"linesHit":1}',
          },
          { git: [{ 'greengate.coverage-base.json': '{"linesFound":10,"linesHit":10}' }] },
        ),
    },
    {
      id: 'report-of-yesterday',
      breaks: 'fresh-report',
      code: 'report-stale',
      arrange: (bed) =>
        bed.tree(
          { ...SOUND, 'lcov.info': 'SF:src/sum.js\nDA:1,1\nend_of_record\n' },
          { config: { tree: { exclude: [], timeoutMs: 60_000, coverageReport: 'lcov.info' } } },
        ),
    },
  ],
})

interface Lines {
  linesFound: number
  linesHit: number
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0)
}

function readReport(tests: TestRun | null): { report: Observation['report']; coverage: CoverageReport | null } {
  const path = tests?.coverageReport ?? ''
  const base = { declared: tests?.coverageReportDeclared ?? false, path: path.replace('{reports}/', ''), problem: '' }
  if (!tests || path === '') return { report: { ...base, state: 'not-asked' }, coverage: null }
  const file = tests.run?.reports.find((report) => report.path === path)
  if (!file) return { report: { ...base, state: 'missing' }, coverage: null }
  if (file.state !== 'fresh') return { report: { ...base, state: file.state }, coverage: null }
  const parsed = parseCoverage(file.text)
  if (!parsed.ok) return { report: { ...base, state: 'broken', problem: parsed.message }, coverage: null }
  return { report: { ...base, state: 'fresh' }, coverage: parsed.value }
}

/** Coverage of the tree's own source files; two entries of one file are two views of the same lines: the better one counts. */
function count(
  coverage: CoverageReport,
  sources: readonly string[],
  tree: TreePort,
): { files: Map<string, Lines>; foreign: number } {
  const every = tree.files.map((file) => file.path)
  const match = pathMatcher(every, [tree.root])
  const wanted = new Set(sources)
  const files = new Map<string, Lines>()
  let foreign = 0
  for (const { path, linesFound, linesHit } of coverage.files) {
    const file = match(path, coverage.sources)
    if (file === null) foreign += 1
    if (file === null || !wanted.has(file)) continue
    const before = files.get(file)
    if (!before || linesHit > before.linesHit) files.set(file, { linesFound, linesHit })
  }
  return { files, foreign }
}

async function uncountedFiles(
  tree: TreePort,
  sources: readonly string[],
  counted: ReadonlyMap<string, Lines>,
): Promise<{ path: string; linesFound: number; linesHit: number }[]> {
  const missing = []
  for (const path of sources) {
    if (counted.has(path)) continue
    const text = await tree.read(path).catch(() => null)
    // What can't be read counts as a line that nobody tested, so that it does not vanish.
    const linesFound = text === null ? 1 : codeLines(path, text)
    if (linesFound > 0) missing.push({ path, linesFound, linesHit: 0 })
  }
  return missing
}

const SOUND = {
  'package.json': `${JSON.stringify({ name: 'planted', private: true, scripts: { test: 'node --test' } }, null, 2)}\n`,
  'src/sum.js': `exports.sum = (a, b) => {\n  const total = a + b\n  return total\n}\n`,
  'test/sum.test.js': `const test = require('node:test')\nconst assert = require('node:assert')\nconst { sum } = require('../src/sum.js')\ntest('adds', () => assert.equal(sum(1, 2), 3))\n`,
} as const
