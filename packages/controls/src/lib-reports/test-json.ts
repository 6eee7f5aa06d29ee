import { z } from 'zod'
import type { TestReport } from './junit.ts'
import { type Parsed, brief, broken, empty } from './parsed.ts'

const count = z.int().nonnegative()
const FAILURES_MAX = 20

const jestSchema = z.object({
  numTotalTests: count,
  numPassedTests: count,
  numFailedTests: count,
  numPendingTests: count.default(0),
  numTodoTests: count.default(0),
  numRuntimeErrorTestSuites: count.default(0),
  testResults: z
    .array(
      z.object({
        name: z.string().default(''),
        message: z.string().default(''),
        assertionResults: z
          .array(
            z.object({
              fullName: z.string().default(''),
              status: z.string(),
              failureMessages: z.array(z.string()).nullish(),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
})

const mochaSchema = z.object({
  stats: z.object({ tests: count, passes: count, failures: count, pending: count.default(0) }),
  failures: z
    .array(
      z.object({
        fullTitle: z.string().default(''),
        file: z.string().nullish(),
        err: z.object({ message: z.string().optional() }).optional(),
      }),
    )
    .default([]),
})

/** Reads what `jest --json`, `vitest --reporter=json` and `mocha --reporter json` write. */
export function parseTestJson(text: string): Parsed<TestReport> {
  if (text.trim() === '') return empty('test')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    return broken(error instanceof Error ? error.message : String(error))
  }
  const jest = jestSchema.safeParse(json)
  if (jest.success) return { ok: true, value: fromJest(jest.data) }
  const mocha = mochaSchema.safeParse(json)
  if (mocha.success) return { ok: true, value: fromMocha(mocha.data) }
  return broken('it is neither the JSON of jest, vitest nor mocha')
}

function fromJest(data: z.infer<typeof jestSchema>): TestReport {
  // A suite that could not be loaded has no tests to count, and it did not pass.
  const failed = data.numFailedTests + data.numRuntimeErrorTestSuites
  const skipped = data.numPendingTests + data.numTodoTests
  const failures = data.testResults.flatMap((suite) => {
    const cases = suite.assertionResults.filter((result) => result.status === 'failed')
    if (cases.length === 0 && suite.assertionResults.length === 0 && suite.message !== '') {
      return [{ name: 'the file could not be loaded', where: suite.name, message: brief(suite.message) }]
    }
    return cases.map((result) => ({
      name: brief(result.fullName, 200),
      where: suite.name,
      message: brief(result.failureMessages?.[0] ?? ''),
    }))
  })
  return {
    tests: data.numPassedTests + failed + skipped,
    passed: data.numPassedTests,
    failed,
    skipped,
    failures: failures.slice(0, FAILURES_MAX),
  }
}

function fromMocha(data: z.infer<typeof mochaSchema>): TestReport {
  const { passes, failures, pending } = data.stats
  return {
    tests: passes + failures + pending,
    passed: passes,
    failed: failures,
    skipped: pending,
    failures: data.failures.slice(0, FAILURES_MAX).map((failure) => ({
      name: brief(failure.fullTitle, 200),
      where: failure.file ?? '',
      message: brief(failure.err?.message ?? ''),
    })),
  }
}
