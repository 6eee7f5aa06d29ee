import { CannotObserve, type CheckContext, type TreePort } from '@greengate/contracts'
import {
  type Manifest,
  type Step,
  type Tool,
  readManifest,
  pythonNames,
  resolveSteps,
  scriptSteps,
  stepText,
  toolOf,
  withArguments,
} from './commands.ts'
import { type StepsRun, runSteps } from './run-steps.ts'

/** The one test run that QLT-03 and QLT-04 share: the same words for both, so the tree port runs them once. */
export interface TestRun {
  /** Null if no test command is known. */
  readonly command: string
  readonly from: string
  readonly testReport: string
  readonly coverageReport: string
  /** The owner named the report, so its absence is the owner's defect. */
  readonly testReportDeclared: boolean
  readonly coverageReportDeclared: boolean
  /** Runs only what is marked `.only`, whatever the tests say: node:test needs a flag for it. */
  readonly honoursOnly: boolean
  readonly run: StepsRun | null
}

const JUNIT = '{reports}/junit.xml'
const JSON_REPORT = '{reports}/tests.json'
const LCOV = '{reports}/lcov.info'
const LCOV_FOLDER = '{reports}/coverage'

/** Null if there is no test command. @throws CannotObserve where it can't be run */
export async function runTests(context: CheckContext, tree: TreePort): Promise<TestRun | null> {
  const manifest = await readManifest(tree)
  const commands = testCommands(context, tree, manifest)
  if (!commands) return null
  const { testReport, coverageReport, timeoutMs } = context.config.tree
  const instrumented = instrument(commands.steps, manifest, {
    junit: testReport === undefined,
    coverage: coverageReport === undefined,
  })
  const junit = testReport ?? instrumented.testReport
  const coverage = coverageReport ?? instrumented.coverageReport
  context.progress(`runs ${commands.steps.map(stepText).join(' && ')}`)
  const reports = [junit, coverage].filter((path) => path !== '')
  const run = await runSteps(tree, { steps: instrumented.steps, reports, timeoutMs })
  const first = run?.steps.find((step) => !step.found)
  if (first) {
    throw new CannotObserve(
      'tool-missing',
      `The test command could not be started: ${first.stderr}`,
      'Install what the tests need, then run again.',
    )
  }
  return {
    command: commands.steps.map(stepText).join(' && '),
    from: commands.from,
    testReport: junit,
    coverageReport: coverage,
    testReportDeclared: testReport !== undefined,
    coverageReportDeclared: coverageReport !== undefined,
    honoursOnly: instrumented.honoursOnly,
    run,
  }
}

function testCommands(
  context: CheckContext,
  tree: TreePort,
  manifest: Manifest,
): { steps: readonly Step[]; from: string } | null {
  const declared = context.config.tree.tests
  if (declared) return { steps: resolveSteps(declared, manifest), from: 'configuration tree.tests' }
  const script = manifest.scripts['test']
  if (script !== undefined && !/no test specified/.test(script)) return scriptSteps(tree, manifest, ['test'])
  for (const [name, argv] of [
    ['vitest', ['vitest', 'run']],
    ['jest', ['jest']],
    ['mocha', ['mocha']],
  ] as const) {
    if (manifest.packages.has(name)) return { steps: [{ argv, env: {} }], from: `package.json depends on ${name}` }
  }
  if (pythonNames(manifest, 'pytest'))
    return { steps: [{ argv: ['pytest'], env: {} }], from: 'the Python manifests name pytest' }
  return null
}

interface Instrumented {
  readonly steps: readonly Step[]
  readonly testReport: string
  readonly coverageReport: string
  readonly honoursOnly: boolean
}

/** Asks the last known runner of a command for reports; its tests and their selection stay as the owner wrote them. */
function instrument(
  steps: readonly Step[],
  manifest: Manifest,
  want: { junit: boolean; coverage: boolean },
): Instrumented {
  for (let index = steps.length - 1; index >= 0; index -= 1) {
    const step = steps[index]
    if (!step) continue
    const done = instrumentStep(step, manifest, want)
    if (done) return { ...done, steps: steps.with(index, done.step) }
  }
  return { steps, testReport: '', coverageReport: '', honoursOnly: true }
}

type InstrumentedStep = Omit<Instrumented, 'steps'> & { readonly step: Step }

function instrumentStep(
  step: Step,
  manifest: Manifest,
  want: { junit: boolean; coverage: boolean },
): InstrumentedStep | null {
  const tool = toolOf(step)
  const base = { testReport: '', coverageReport: '', honoursOnly: true }
  const add = (words: readonly string[], after: readonly string[] = []): Step =>
    withArguments(step, tool, (args) => [...words, ...args, ...after])
  switch (tool.name) {
    case 'c8':
    case 'nyc':
      return underCoverage(step, tool, manifest, want)
    case 'node':
    case 'tsx':
      return step.argv.includes('--test') ? nodeTest(step, want) : null
    case 'vitest': {
      const words: string[] = []
      if (want.junit) words.push('--reporter=junit', `--outputFile=${JUNIT}`)
      const covers =
        want.coverage &&
        ['@vitest/coverage-v8', '@vitest/coverage-istanbul'].some((name) => manifest.packages.has(name))
      if (covers)
        words.push(
          '--coverage.enabled=true',
          '--coverage.reporter=lcovonly',
          `--coverage.reportsDirectory=${LCOV_FOLDER}`,
          ...NO_THRESHOLDS,
        )
      const run = withArguments(step, tool, (args) => [
        'run',
        ...args.filter((word) => !/^(?:run|watch|dev|--watch|-w)$/.test(word)),
        ...words,
      ])
      return {
        ...base,
        step: run,
        testReport: want.junit ? JUNIT : '',
        coverageReport: covers ? `${LCOV_FOLDER}/lcov.info` : '',
      }
    }
    case 'jest': {
      const words = want.junit ? ['--json', `--outputFile=${JSON_REPORT}`] : []
      if (want.coverage)
        words.push(
          '--coverage',
          '--coverageReporters=lcovonly',
          `--coverageDirectory=${LCOV_FOLDER}`,
          '--coverageThreshold={}',
        )
      const run = withArguments(step, tool, (args) => [
        ...args.filter((word) => !/^--watch(?:All)?$/.test(word)),
        ...words,
      ])
      return {
        ...base,
        step: run,
        testReport: want.junit ? JSON_REPORT : '',
        coverageReport: want.coverage ? `${LCOV_FOLDER}/lcov.info` : '',
      }
    }
    case 'mocha':
    case '_mocha':
      return {
        ...base,
        step: want.junit ? add([], ['--reporter', 'json', '--reporter-option', `output=${JSON_REPORT}`]) : step,
        testReport: want.junit ? JSON_REPORT : '',
      }
    case 'pytest':
    case 'py.test': {
      const words = want.junit ? [`--junitxml=${JUNIT}`] : []
      const covers = want.coverage && pythonNames(manifest, 'pytest-cov')
      if (covers) {
        const already = step.argv.some((word) => word.startsWith('--cov')) || /--cov\b/.test(manifest.python)
        words.push(...(already ? [] : ['--cov=.']), `--cov-report=xml:${LCOV_FOLDER}.xml`, '--cov-fail-under=0')
      }
      return {
        ...base,
        step: add([], words),
        testReport: want.junit ? JUNIT : '',
        coverageReport: covers ? `${LCOV_FOLDER}.xml` : '',
        honoursOnly: false,
      }
    }
    default:
      return null
  }
}

/** The owner's thresholds are another control's matter: here they would turn a passed test run into a failed one. */
const NO_THRESHOLDS = ['lines', 'functions', 'statements', 'branches'].map((name) => `--coverage.thresholds.${name}=0`)

function nodeTest(step: Step, want: { junit: boolean; coverage: boolean }): InstrumentedStep {
  const at = step.argv.indexOf('--test')
  const words: string[] = []
  if (want.junit) words.push('--test-reporter=junit', `--test-reporter-destination=${JUNIT}`)
  if (want.coverage)
    words.push('--experimental-test-coverage', '--test-reporter=lcov', `--test-reporter-destination=${LCOV}`)
  const rest = step.argv
    .slice(at)
    .filter((word) => !/^--(?:watch|test-coverage-(?:lines|branches|functions)=.*)$/.test(word))
  return {
    step: { env: step.env, argv: [...step.argv.slice(0, at), ...words, ...rest] },
    testReport: want.junit ? JUNIT : '',
    coverageReport: want.coverage ? LCOV : '',
    honoursOnly: step.argv.includes('--test-only'),
  }
}

function underCoverage(
  step: Step,
  tool: Tool,
  manifest: Manifest,
  want: { junit: boolean; coverage: boolean },
): InstrumentedStep | null {
  const program = step.argv.findIndex(
    (word, index) => index > tool.at && /^(?:node|tsx|mocha|_mocha|vitest|jest|npx)$/.test(word),
  )
  if (program < 0) return null
  const inner = instrumentStep({ env: step.env, argv: step.argv.slice(program) }, manifest, {
    junit: want.junit,
    coverage: false,
  })
  if (!inner) return null
  const outer = step.argv.slice(0, program).filter((word) => !/^--(?:check-coverage|100|all=false)$/.test(word))
  const words = want.coverage
    ? ['--reporter=lcovonly', tool.name === 'c8' ? `--reports-dir=${LCOV_FOLDER}` : `--report-dir=${LCOV_FOLDER}`]
    : []
  return {
    step: { env: step.env, argv: [...outer, ...words, ...inner.step.argv] },
    testReport: inner.testReport,
    coverageReport: want.coverage ? `${LCOV_FOLDER}/lcov.info` : '',
    honoursOnly: inner.honoursOnly,
  }
}
