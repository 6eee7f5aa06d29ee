import { Verdicts, defineJudge } from '@greengate/contracts'
import { z } from 'zod'

const count = z.int().nonnegative()
const fileSchema = z.strictObject({ path: z.string(), linesFound: count, linesHit: count })
const observationSchema = z.strictObject({
  /** Empty: no test command is known. */
  command: z.string(),
  exit: z.int().nullable(),
  report: z.strictObject({
    state: z.enum(['fresh', 'stale', 'missing', 'too-large', 'broken', 'not-asked']),
    declared: z.boolean(),
    path: z.string(),
    problem: z.string(),
  }),
  /** Source files of the service in the tree, and how many of them the report speaks of. */
  sourceFiles: count,
  countedFiles: count,
  /** Files of the report that are none of the tree's. */
  foreignFiles: count,
  /** Over the source files that the report speaks of. */
  linesFound: count,
  linesHit: count,
  /** Source files that no test loaded: their lines of code, estimated, all unhit. */
  uncountedFiles: count,
  uncountedLines: count,
  uncounted: z.array(fileSchema),
  /** The files with the most unhit lines. */
  worst: z.array(fileSchema),
  /** What was recorded of the base; null: nothing. */
  base: z.strictObject({ linesFound: count, linesHit: count, where: z.string() }).nullable(),
})
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({
  linesPercentMin: z.int().min(0).max(100).default(80),
  uncountedPercentMax: z.int().min(0).max(100).default(10),
})
export type Params = z.infer<typeof paramsSchema>

const ASPECTS = ['lines', 'denominator', 'not-below-base', 'fresh-report'] as const
type Aspect = (typeof ASPECTS)[number]
const REPORT_FIX = 'Let the test command write lcov or Cobertura and name the file in `tree.coverageReport`.'

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 1,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(o, params) {
    const verdicts = new Verdicts<Aspect>(ASPECTS)
    judgeReport(o, verdicts)
    if (o.report.state !== 'fresh') return verdicts.done()
    if (o.sourceFiles === 0 || o.countedFiles === 0 || o.linesFound === 0) {
      const input = {
        code: o.countedFiles === 0 && o.foreignFiles > 0 ? 'foreign-report' : 'nothing-counted',
        message: "The report counts no line of this tree's source.",
        where: o.report.path,
        expected: `lines of ${o.sourceFiles} source files`,
        observed: `${o.countedFiles} of them, ${o.linesFound} lines; ${o.foreignFiles} other files`,
        fix: REPORT_FIX,
      }
      verdicts.inconclusive('lines', input).inconclusive('denominator', input).inconclusive('not-below-base', input)
      return verdicts.done()
    }
    judgeLines(o, params, verdicts)
    judgeDenominator(o, params, verdicts)
    judgeBase(o, verdicts)
    return verdicts.done()
  },
  refutations: [
    {
      id: 'no-line-hit',
      breaks: 'lines',
      code: 'coverage-low',
      apply: (o) => (o.linesHit > 0 ? { ...o, linesHit: 0 } : null),
    },
    {
      id: 'much-not-loaded',
      breaks: 'denominator',
      code: 'files-not-counted',
      apply: (o) => ({
        ...o,
        sourceFiles: o.sourceFiles + 1,
        uncountedFiles: o.uncountedFiles + 1,
        uncountedLines: o.uncountedLines + o.linesFound * 10,
        uncounted: [...o.uncounted, { path: 'src/never-loaded.js', linesFound: o.linesFound * 10, linesHit: 0 }],
      }),
    },
    {
      id: 'foreign-report',
      breaks: 'denominator',
      code: 'foreign-report',
      apply: (o) => ({ ...o, countedFiles: 0, linesFound: 0, linesHit: 0, foreignFiles: o.foreignFiles + 1 }),
    },
    {
      id: 'below-base',
      breaks: 'not-below-base',
      code: 'below-base',
      apply: (o) =>
        o.linesHit > 0
          ? { ...o, base: { linesFound: 1000, linesHit: 1000, where: 'base' }, linesHit: o.linesHit - 1 }
          : null,
    },
    {
      id: 'stale-report',
      breaks: 'fresh-report',
      code: 'report-stale',
      apply: (o) => ({ ...o, report: { ...o.report, state: 'stale' } }),
    },
    {
      id: 'missing-report',
      breaks: 'fresh-report',
      code: 'report-missing',
      apply: (o) => ({ ...o, report: { ...o.report, state: 'missing' } }),
    },
  ],
})

/** Percent with one decimal, rounded down: 89.99 is not 90. */
function percent(hit: number, found: number): string {
  return (Math.floor((hit * 1000) / Math.max(1, found)) / 10).toFixed(1)
}

function judgeReport(o: Observation, verdicts: Verdicts<Aspect>): void {
  const input = {
    where: o.report.path || o.command || 'package.json, pyproject.toml',
    expected: 'a coverage report written by this run of the tests',
    observed: o.report.problem || (o.command === '' ? 'no test command is known' : o.report.state),
    fix: REPORT_FIX,
  }
  switch (o.report.state) {
    case 'fresh':
      if (o.exit === 0) verdicts.pass('fresh-report')
      else
        verdicts.inconclusive('fresh-report', {
          ...input,
          code: 'tests-failed',
          message: 'The test run failed, so its coverage says little.',
          observed: `exit ${o.exit ?? 'by a signal'}`,
        })
      break
    case 'stale':
      verdicts.fail('fresh-report', {
        ...input,
        code: 'report-stale',
        message: 'The coverage report is older than the run: this run did not write it.',
      })
      break
    case 'missing':
      if (o.report.declared && o.exit === 0)
        verdicts.fail('fresh-report', {
          ...input,
          code: 'report-missing',
          message: 'The test command wrote no coverage report.',
        })
      else
        verdicts.inconclusive('fresh-report', {
          ...input,
          code: 'report-missing',
          message: 'There is no coverage report.',
        })
      break
    case 'broken':
      verdicts.inconclusive('fresh-report', {
        ...input,
        code: 'report-broken',
        message: "The coverage report can't be read.",
      })
      break
    case 'too-large':
      verdicts.inconclusive('fresh-report', {
        ...input,
        code: 'report-too-large',
        message: 'The coverage report is larger than is read.',
      })
      break
    case 'not-asked':
      verdicts.inconclusive('fresh-report', {
        ...input,
        code: 'no-coverage',
        message: 'Coverage is not measured, or not by a tool that is known.',
      })
      break
  }
}

function judgeLines(o: Observation, params: Params, verdicts: Verdicts<Aspect>): void {
  const found = o.linesFound + o.uncountedLines
  if (o.linesHit * 100 >= params.linesPercentMin * found) {
    verdicts.pass('lines')
    return
  }
  const worst = o.worst.slice(0, 5).map((file) => `${file.path} ${percent(file.linesHit, file.linesFound)} %`)
  verdicts.fail('lines', {
    code: 'coverage-low',
    message: `${percent(o.linesHit, found)} % of the lines are covered.`,
    where: o.worst[0]?.path ?? o.report.path,
    expected: `at least ${params.linesPercentMin} %`,
    observed: `${o.linesHit} of ${found} lines${o.uncountedLines > 0 ? `, ${o.uncountedLines} of them in files that no test loaded` : ''}; ${worst.join(', ')}`,
    fix: 'Write tests for the files named, those with the most uncovered lines first.',
  })
}

function judgeDenominator(o: Observation, params: Params, verdicts: Verdicts<Aspect>): void {
  const found = o.linesFound + o.uncountedLines
  if (o.uncountedLines * 100 <= params.uncountedPercentMax * found) {
    verdicts.pass('denominator')
    return
  }
  for (const file of o.uncounted.slice(0, 20)) {
    verdicts.fail('denominator', {
      code: 'files-not-counted',
      message: `${file.path} is in no coverage report: no test loads it.`,
      where: file.path,
      expected: `every source file is counted (at most ${params.uncountedPercentMax} % of the lines are not)`,
      observed: `${o.uncountedFiles} of ${o.sourceFiles} source files, about ${o.uncountedLines} of ${found} lines, are not counted`,
      fix: 'Let the coverage tool count every source file, then test what shows as 0 %.',
    })
  }
}

function judgeBase(o: Observation, verdicts: Verdicts<Aspect>): void {
  if (!o.base) {
    verdicts.notApplicable('not-below-base', 'no-base-recorded')
    return
  }
  const found = o.linesFound + o.uncountedLines
  if (o.base.linesFound === 0) {
    verdicts.inconclusive('not-below-base', {
      code: 'base-empty',
      message: 'The recorded base counts no line.',
      where: o.base.where,
      expected: 'a base with lines',
      observed: '0 lines',
      fix: 'Record the base again.',
    })
  } else if (o.linesHit * o.base.linesFound >= o.base.linesHit * found) verdicts.pass('not-below-base')
  else {
    verdicts.fail('not-below-base', {
      code: 'below-base',
      message: 'Coverage fell below the base.',
      where: o.base.where,
      expected: `at least ${percent(o.base.linesHit, o.base.linesFound)} % (${o.base.linesHit} of ${o.base.linesFound} lines)`,
      observed: `${percent(o.linesHit, found)} % (${o.linesHit} of ${found} lines)`,
      fix: 'Test what this change added.',
    })
  }
}
