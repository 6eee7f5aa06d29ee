import { Verdicts, defineJudge } from '@greengate/contracts'
import { z } from 'zod'

const count = z.int().nonnegative()
const observationSchema = z.strictObject({
  /** Empty: no test command is known. */
  command: z.string(),
  from: z.string(),
  /** Whether every file that could hold tests can be told by its name: Node and Python only. */
  understood: z.boolean(),
  /** Files that hold tests by their name, and files that may. */
  testFiles: count,
  maybeTestFiles: count,
  exit: z.int().nullable(),
  timedOut: z.boolean(),
  /** Last lines of what it printed. */
  output: z.string(),
  report: z.strictObject({
    state: z.enum(['fresh', 'stale', 'missing', 'too-large', 'broken', 'not-asked']),
    /** Named by the owner, not added by us. */
    declared: z.boolean(),
    path: z.string(),
    problem: z.string(),
    tests: count,
    passed: count,
    failed: count,
    skipped: count,
    failures: z.array(z.strictObject({ name: z.string(), where: z.string(), message: z.string() })),
  }),
  /** Places of `.only` that the runner obeys. */
  focused: z.array(z.string()),
})
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({ skippedPercentMax: z.int().min(0).max(100).default(50) })
export type Params = z.infer<typeof paramsSchema>

const ASPECTS = ['passed', 'executed', 'fresh-report'] as const
type Aspect = (typeof ASPECTS)[number]
const REPORT_FIX = 'Let the test command write a JUnit report and name it in `tree.testReport`.'

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 1,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation, params) {
    const verdicts = new Verdicts<Aspect>(ASPECTS)
    if (observation.command === '') return withoutCommand(observation, verdicts).done()
    judgeReport(observation, verdicts)
    judgePassed(observation, verdicts)
    judgeExecuted(observation, params, verdicts)
    return verdicts.done()
  },
  refutations: [
    {
      id: 'one-test-failed',
      breaks: 'passed',
      code: 'tests-failed',
      apply: (o) =>
        o.report.passed > 0 ? withReport(o, { passed: o.report.passed - 1, failed: o.report.failed + 1 }) : null,
    },
    {
      id: 'exit-not-zero',
      breaks: 'passed',
      code: 'exit-not-zero',
      apply: (o) => (o.exit === 0 ? { ...o, exit: 1 } : null),
    },
    { id: 'timed-out', breaks: 'passed', code: 'timed-out', apply: (o) => ({ ...o, timedOut: true, exit: null }) },
    {
      id: 'no-tests',
      breaks: 'executed',
      code: 'no-tests-ran',
      apply: (o) => withReport(o, { tests: 0, passed: 0, failed: 0, skipped: 0 }),
    },
    {
      id: 'all-skipped',
      breaks: 'executed',
      code: 'all-skipped',
      apply: (o) => (o.report.tests > 0 ? withReport(o, { passed: 0, failed: 0, skipped: o.report.tests }) : null),
    },
    {
      id: 'focused',
      breaks: 'executed',
      code: 'focused-tests',
      apply: (o) => ({ ...o, focused: ['test/a.test.js:1'] }),
    },
    {
      id: 'fewer-than-files',
      breaks: 'executed',
      code: 'fewer-tests-than-files',
      apply: (o) => ({ ...o, testFiles: o.report.tests + 1, maybeTestFiles: o.report.tests + 1 }),
    },
    {
      id: 'stale-report',
      breaks: 'fresh-report',
      code: 'report-stale',
      apply: (o) => withReport(o, { state: 'stale' }),
    },
    {
      id: 'missing-report',
      breaks: 'fresh-report',
      code: 'report-missing',
      apply: (o) => withReport(o, { state: 'missing' }),
    },
    {
      id: 'truncated-report',
      breaks: 'fresh-report',
      code: 'report-broken',
      apply: (o) => withReport(o, { state: 'broken', problem: 'it ends early' }),
    },
  ],
})

function withReport(observation: Observation, change: Partial<Observation['report']>): Observation {
  return { ...observation, report: { ...observation.report, ...change } }
}

function withoutCommand(observation: Observation, verdicts: Verdicts<Aspect>): Verdicts<Aspect> {
  const none = observation.understood && observation.maybeTestFiles === 0
  const input = {
    where: 'package.json, pyproject.toml',
    expected: 'a command that runs the tests',
    observed: none
      ? 'no test command and no test file'
      : `no test command; ${observation.maybeTestFiles} files may hold tests`,
    fix: 'Write tests, and name the command in `tree.tests` or as the script `test`.',
  }
  if (none) return verdicts.fail('executed', { code: 'no-tests', message: 'There are no tests.', ...input })
  return verdicts.inconclusive('executed', {
    code: 'no-test-command',
    message: 'It is not known how the tests are run.',
    ...input,
  })
}

function judgeReport(o: Observation, verdicts: Verdicts<Aspect>): void {
  const input = {
    where: o.report.path || o.command,
    expected: 'a report written by this run',
    observed: o.report.problem || o.report.state,
    fix: REPORT_FIX,
  }
  switch (o.report.state) {
    case 'fresh':
      verdicts.pass('fresh-report')
      break
    case 'stale':
      verdicts.fail('fresh-report', {
        code: 'report-stale',
        message: 'The report is older than the run: this run did not write it.',
        ...input,
      })
      break
    case 'missing': {
      const missing = { code: 'report-missing', message: 'The test command wrote no report.', ...input }
      if (o.report.declared && o.exit === 0) verdicts.fail('fresh-report', missing)
      else verdicts.inconclusive('fresh-report', missing)
      break
    }
    case 'broken':
      verdicts.inconclusive('fresh-report', { code: 'report-broken', message: "The report can't be read.", ...input })
      break
    case 'too-large':
      verdicts.inconclusive('fresh-report', {
        code: 'report-too-large',
        message: 'The report is larger than is read.',
        ...input,
      })
      break
    case 'not-asked':
      verdicts.inconclusive('fresh-report', {
        code: 'runner-unknown',
        message: 'The test runner is not known, so it could not be asked for a report.',
        ...input,
      })
      break
  }
}

function judgePassed(o: Observation, verdicts: Verdicts<Aspect>): void {
  const base = {
    where: o.command,
    expected: 'exit code 0 and no failed test',
    fix: 'Run the test command and mend what fails.',
  }
  if (o.timedOut) {
    verdicts.inconclusive('passed', {
      ...base,
      code: 'timed-out',
      message: 'The tests did not end in time.',
      observed: 'stopped',
      fix: 'Raise `tree.timeoutMs`, or find the test that hangs.',
    })
    return
  }
  if (o.report.state === 'fresh' && o.report.failed > 0) {
    const named =
      o.report.failures.length > 0 ? o.report.failures : [{ name: `${o.report.failed} tests`, where: '', message: '' }]
    for (const failure of named) {
      verdicts.fail('passed', {
        ...base,
        code: 'tests-failed',
        message: `${failure.name} failed.`,
        where: failure.where || o.command,
        observed: failure.message || `${o.report.failed} of ${o.report.tests} failed`,
      })
    }
  } else if (o.exit !== 0) {
    verdicts.fail('passed', {
      ...base,
      code: 'exit-not-zero',
      message: 'The test command failed.',
      observed: `exit ${o.exit ?? 'by a signal'}: ${o.output}`,
    })
  } else if (o.report.state === 'fresh' && o.report.passed > 0) verdicts.pass('passed')
  else {
    verdicts.inconclusive('passed', {
      ...base,
      code: 'nothing-to-count',
      message: 'The command exited 0, and no passed test could be counted.',
      observed: `report: ${o.report.state}`,
      fix: REPORT_FIX,
    })
  }
}

function judgeExecuted(o: Observation, params: Params, verdicts: Verdicts<Aspect>): void {
  const { tests, skipped } = o.report
  const base = { where: o.command, fix: 'See which tests the command selects, and why.' }
  if (o.focused.length > 0) {
    for (const where of o.focused) {
      verdicts.fail('executed', {
        code: 'focused-tests',
        message: 'A focused test keeps the others from running.',
        where,
        expected: 'no .only',
        observed: '.only',
        fix: 'Remove `.only`.',
      })
    }
  }
  if (o.report.state !== 'fresh') {
    verdicts.inconclusive('executed', {
      ...base,
      code: 'not-counted',
      message: 'How many tests ran is not known.',
      expected: 'a fresh report',
      observed: o.report.state,
      fix: REPORT_FIX,
    })
    return
  }
  const ran = tests - skipped
  if (tests === 0)
    verdicts.fail('executed', {
      ...base,
      code: 'no-tests-ran',
      message: 'The test command ran no test.',
      expected: 'at least 1 test',
      observed: '0 tests',
    })
  else if (ran <= 0)
    verdicts.fail('executed', {
      ...base,
      code: 'all-skipped',
      message: 'Every test was skipped.',
      expected: 'at least 1 test that ran',
      observed: `${skipped} of ${tests} skipped`,
    })
  else if (skipped * 100 > tests * params.skippedPercentMax) {
    verdicts.fail('executed', {
      ...base,
      code: 'mostly-skipped',
      message: 'Most tests were skipped.',
      expected: `at most ${params.skippedPercentMax} % skipped`,
      observed: `${skipped} of ${tests}`,
    })
  } else if (tests < o.testFiles) {
    verdicts.inconclusive('executed', {
      ...base,
      code: 'fewer-tests-than-files',
      message: 'There are more test files than tests that ran: some files were not run.',
      expected: `at least ${o.testFiles} tests, one per file`,
      observed: `${tests} tests`,
    })
  } else verdicts.pass('executed')
}
