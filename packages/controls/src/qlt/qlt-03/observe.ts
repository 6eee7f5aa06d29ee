import { defineCheck, needTree } from '@greengate/contracts'
import { type TestReport, parseJunit, parseTestJson } from '../../lib-reports/index.ts'
import { findFocused } from '../focused.ts'
import { lastWords } from '../run-steps.ts'
import { byLanguage, isTestFile, isWritten, mayHoldTests, withoutRoot } from '../source-files.ts'
import { runTests } from '../test-run.ts'
import { control } from './control.ts'
import { type Observation, judge } from './judge.ts'

/** What a finding shows of what the command wrote, in characters. */
const OUTPUT_MAX = 600
const NO_COUNTS = { tests: 0, passed: 0, failed: 0, skipped: 0, failures: [] }

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['tree'], effect: 'read', quiet: false, timeoutMs: 3_700_000 },
  async observe(context) {
    const tree = needTree(context)
    const paths = tree.files.filter((file) => file.link === undefined).map((file) => file.path)
    const languages = byLanguage(paths.filter((path) => isWritten(path)))
    const testFiles = paths.filter((path) => isTestFile(path))
    const maybe = paths.filter((path) => mayHoldTests(path))
    const known = {
      understood: languages.other === 0 && languages.javascript + languages.typescript + languages.python > 0,
      testFiles: testFiles.length,
      maybeTestFiles: maybe.length,
    }
    const tests = await runTests(context, tree)
    if (!tests) {
      const report = { state: 'not-asked' as const, declared: false, path: '', problem: '', ...NO_COUNTS }
      const data: Observation = {
        command: '',
        from: '',
        ...known,
        exit: null,
        timedOut: false,
        output: '',
        report,
        focused: [],
      }
      return { data, exercised: { files: paths.length } }
    }
    const last = tests.run?.steps.at(-1)
    const clean = (text: string): string => withoutRoot(text, [tree.root])
    const report = readReport(tests.testReport, tests.testReportDeclared, tests.run?.reports ?? [], clean)
    const data: Observation = {
      command: tests.command,
      from: tests.from,
      ...known,
      exit: last?.exit ?? null,
      timedOut: tests.run?.timedOut ?? true,
      output: last ? lastWords({ stdout: clean(last.stdout), stderr: clean(last.stderr) }, OUTPUT_MAX) : '',
      report,
      focused: tests.honoursOnly ? await findFocused(tree, maybe) : [],
    }
    return {
      data,
      exercised: { tests: report.tests, testFiles: known.testFiles, commands: tests.run?.steps.length ?? 0 },
    }
  },
  clean: (bed) => bed.tree(SOUND),
  positiveControls: [
    {
      id: 'failing-test',
      breaks: 'passed',
      code: 'tests-failed',
      arrange: (bed) =>
        bed.tree({
          ...SOUND,
          'test/sum.test.js': `${SOUND['test/sum.test.js']}\ntest('broken', () => assert.equal(sum(1, 1), 3))\n`,
        }),
    },
    {
      id: 'fails-after-the-tests',
      breaks: 'passed',
      code: 'exit-not-zero',
      arrange: (bed) =>
        bed.tree({
          ...SOUND,
          'package.json': packageJson('node --test "test/**/*.test.js" && node clean-up.js'),
          'clean-up.js': 'process.exitCode = 3\n',
        }),
    },
    {
      id: 'tests-that-nobody-runs',
      breaks: 'executed',
      code: 'no-tests-ran',
      arrange: (bed) => bed.tree({ ...SOUND, 'package.json': packageJson('node --test "moved/**/*.test.js"') }),
    },
    {
      id: 'everything-skipped',
      breaks: 'executed',
      code: 'all-skipped',
      arrange: (bed) =>
        bed.tree({ ...SOUND, 'test/sum.test.js': `const test = require('node:test')\ntest.skip('sum', () => {})\n` }),
    },
    {
      id: 'report-of-yesterday',
      breaks: 'fresh-report',
      code: 'report-stale',
      arrange: (bed) =>
        bed.tree(
          {
            ...SOUND,
            'junit.xml':
              '<testsuites><testsuite name="a" tests="1"><testcase name="sum" classname="a"/></testsuite></testsuites>',
          },
          { config: { tree: { exclude: [], timeoutMs: 60_000, testReport: 'junit.xml' } } },
        ),
    },
  ],
})

function readReport(
  path: string,
  declared: boolean,
  reports: readonly { path: string; state: 'fresh' | 'stale' | 'missing' | 'too-large'; text: string }[],
  clean: (text: string) => string,
): Observation['report'] {
  const base = { declared, path: path.replace('{reports}/', ''), problem: '', ...NO_COUNTS }
  if (path === '') return { ...base, state: 'not-asked' }
  const file = reports.find((report) => report.path === path)
  if (!file) return { ...base, state: 'missing' }
  if (file.state !== 'fresh') return { ...base, state: file.state }
  const parsed = file.text.trimStart().startsWith('{') ? parseTestJson(file.text) : parseJunit(file.text)
  if (!parsed.ok) return { ...base, state: 'broken', problem: parsed.message }
  const value: TestReport = parsed.value
  const failures = value.failures.map((failure) => ({
    name: clean(failure.name),
    where: clean(failure.where),
    message: clean(failure.message),
  }))
  return {
    ...base,
    state: 'fresh',
    tests: value.tests,
    passed: value.passed,
    failed: value.failed,
    skipped: value.skipped,
    failures,
  }
}

function packageJson(test: string): string {
  return `${JSON.stringify({ name: 'planted', private: true, scripts: { test } }, null, 2)}\n`
}

const SOUND = {
  'package.json': packageJson('node --test "test/**/*.test.js"'),
  'src/sum.js': 'exports.sum = (a, b) => a + b\n',
  'test/sum.test.js': `const test = require('node:test')\nconst assert = require('node:assert')\nconst { sum } = require('../src/sum.js')\ntest('adds', () => assert.equal(sum(1, 2), 3))\n`,
} as const
