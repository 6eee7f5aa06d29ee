import { type Parsed, brief, broken, wholeNumber } from './parsed.ts'
import { type XmlElement, parseXml } from './xml.ts'

/** What a test run said of itself. `tests` = `passed` + `failed` + `skipped`. */
export interface TestReport {
  readonly tests: number
  readonly passed: number
  /** Failures and errors together: both mean that the test did not pass. */
  readonly failed: number
  readonly skipped: number
  /** The first failures, at most 20. */
  readonly failures: readonly { readonly name: string; readonly where: string; readonly message: string }[]
}

const FAILURES_MAX = 20

/**
 * Reads JUnit XML of any dialect: suites nested or not, a single suite as the root, counts as attributes or only as
 * elements, `failure` and `error`, skipped as an element or an attribute. Where attributes and elements disagree, the
 * worse of both counts.
 */
export function parseJunit(text: string): Parsed<TestReport> {
  const parsed = parseXml(text)
  if (!parsed.ok) return parsed
  const root = parsed.value
  if (root.name !== 'testsuites' && root.name !== 'testsuite') {
    return broken(`the root element is <${root.name}>, not <testsuites> or <testsuite>`)
  }
  const cases: { element: XmlElement; suite: XmlElement }[] = []
  collect(root, root, cases)
  let failed = 0
  let skipped = 0
  const failures: { name: string; where: string; message: string }[] = []
  for (const { element, suite } of cases) {
    const problem = element.children.find((child) => child.name === 'failure' || child.name === 'error')
    const status = `${element.attributes['status'] ?? ''} ${element.attributes['result'] ?? ''}`.toLowerCase()
    if (problem || /\b(?:failed|failure|error)\b/.test(status)) {
      failed += 1
      if (failures.length < FAILURES_MAX) failures.push(failureOf(element, suite, problem))
    } else if (
      element.children.some((child) => child.name === 'skipped' || child.name === 'disabled') ||
      /\b(?:skipped|disabled|notrun|ignored|pending)\b/.test(status)
    ) {
      skipped += 1
    }
  }
  const claimed = claims(root)
  const tests = cases.length > 0 ? cases.length : claimed.tests
  const worseFailed = Math.min(Math.max(failed, claimed.failed), Math.max(tests, claimed.failed))
  const worseSkipped = cases.length > 0 ? skipped : claimed.skipped
  const total = Math.max(tests, worseFailed + worseSkipped)
  return {
    ok: true,
    value: {
      tests: total,
      passed: total - worseFailed - worseSkipped,
      failed: worseFailed,
      skipped: worseSkipped,
      failures,
    },
  }
}

function collect(element: XmlElement, suite: XmlElement, cases: { element: XmlElement; suite: XmlElement }[]): void {
  for (const child of element.children) {
    if (child.name === 'testcase') cases.push({ element: child, suite })
    else if (child.name === 'testsuite' || child.name === 'testsuites') collect(child, child, cases)
  }
}

function failureOf(
  element: XmlElement,
  suite: XmlElement,
  problem: XmlElement | undefined,
): TestReport['failures'][number] {
  const { name = '', classname = '', file = '', line = '' } = element.attributes
  const place = file || (suite.attributes['file'] ?? '') || classname || (suite.attributes['name'] ?? '')
  return {
    name: brief(name, 200),
    where: brief(line && file ? `${place}:${line}` : place, 200),
    message: brief(problem?.attributes['message'] || problem?.text || ''),
  }
}

/** The totals that the outermost elements claim; nested suites are part of those around them. */
function claims(root: XmlElement): { tests: number; failed: number; skipped: number } {
  const own = root.attributes['tests'] !== undefined || root.attributes['failures'] !== undefined
  const tops = own || root.name === 'testsuite' ? [root] : root.children.filter((child) => child.name === 'testsuite')
  const sum = { tests: 0, failed: 0, skipped: 0 }
  for (const { attributes } of tops) {
    sum.tests += wholeNumber(attributes['tests']) ?? 0
    sum.failed += (wholeNumber(attributes['failures']) ?? 0) + (wholeNumber(attributes['errors']) ?? 0)
    sum.skipped += (wholeNumber(attributes['skipped']) ?? 0) + (wholeNumber(attributes['disabled']) ?? 0)
  }
  return sum
}
