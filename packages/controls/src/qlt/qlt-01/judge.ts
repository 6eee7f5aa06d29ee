import { Verdicts, defineJudge } from '@greengate/contracts'
import { z } from 'zod'

const count = z.int().nonnegative()
const observationSchema = z.strictObject({
  /** Source files that a linter is for, by language. */
  sourceFiles: count,
  commands: z.array(
    z.strictObject({
      role: z.enum(['lint', 'style', 'other']),
      text: z.string(),
      from: z.string(),
      tool: z.string(),
      found: z.boolean(),
      exit: z.int().nullable(),
      timedOut: z.boolean(),
      errors: count,
      samples: z.array(z.strictObject({ where: z.string(), message: z.string() })),
      /** Files it looked at; null: it can't be told. */
      looked: count.nullable(),
      output: z.string(),
    }),
  ),
  sarif: z
    .strictObject({
      path: z.string(),
      state: z.enum(['fresh', 'stale', 'missing', 'too-large', 'broken']),
      problem: z.string(),
      errors: count,
      files: count,
      successful: z.boolean(),
    })
    .nullable(),
  /** Rules of style that the linter itself holds; empty: none is known. */
  styleRules: z.string(),
})
export type Observation = z.infer<typeof observationSchema>
type Command = Observation['commands'][number]
const paramsSchema = z.strictObject({ filesPercentMin: z.int().min(1).max(100).default(50) })
export type Params = z.infer<typeof paramsSchema>

const ASPECTS = ['lint', 'looked', 'style'] as const
type Aspect = (typeof ASPECTS)[number]

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 1,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(o, params) {
    const verdicts = new Verdicts<Aspect>(ASPECTS)
    const linters = o.commands.filter((command) => command.role === 'lint')
    if (linters.length === 0) {
      const input = {
        code: 'no-linter',
        message: 'No linter is known that runs here.',
        where: 'tree.lint',
        expected: 'a lint command',
        observed: 'none',
        fix: 'Name the command in `tree.lint` or as the script `lint`.',
      }
      verdicts.inconclusive('lint', input).inconclusive('looked', input)
    } else {
      for (const command of o.commands) if (command.role !== 'style') judgeCommand(command, 'lint', verdicts)
      judgeSarif(o, verdicts)
      judgeLooked(o, linters, params, verdicts)
    }
    judgeStyle(o, linters, verdicts)
    return verdicts.done()
  },
  refutations: [
    {
      id: 'lint-error',
      breaks: 'lint',
      code: 'lint-errors',
      apply: (o) =>
        change(o, 'lint', { exit: 1, errors: 1, samples: [{ where: 'src/a.js:1', message: 'no-debugger' }] }),
    },
    {
      id: 'linter-missing',
      breaks: 'lint',
      code: 'tool-missing',
      apply: (o) => change(o, 'lint', { found: false, exit: null }),
    },
    {
      id: 'lint-timed-out',
      breaks: 'lint',
      code: 'timed-out',
      apply: (o) => change(o, 'lint', { timedOut: true, exit: null }),
    },
    { id: 'nothing-linted', breaks: 'looked', code: 'nothing-linted', apply: (o) => change(o, 'lint', { looked: 0 }) },
    { id: 'unformatted', breaks: 'style', code: 'style-errors', apply: (o) => change(o, 'style', { exit: 1 }) },
    {
      id: 'no-formatter',
      breaks: 'style',
      code: 'no-formatter',
      apply: (o) => ({ ...o, styleRules: '', commands: o.commands.filter((command) => command.role !== 'style') }),
    },
  ],
})

function change(o: Observation, role: Command['role'], values: Partial<Command>): Observation | null {
  if (!o.commands.some((command) => command.role === role)) return null
  return { ...o, commands: o.commands.map((command) => (command.role === role ? { ...command, ...values } : command)) }
}

function judgeCommand(command: Command, aspect: 'lint' | 'style', verdicts: Verdicts<Aspect>): void {
  const base = {
    where: command.text,
    expected: 'exit code 0 and no error',
    observed: command.output || `exit ${command.exit ?? 'none'}`,
    fix: 'Run the command and mend what it names.',
  }
  if (!command.found)
    verdicts.inconclusive(aspect, {
      ...base,
      code: 'tool-missing',
      message: `${command.tool} is not installed.`,
      fix: "Install the tree's own tools, then run again.",
    })
  else if (command.timedOut)
    verdicts.inconclusive(aspect, {
      ...base,
      code: 'timed-out',
      message: `${command.tool} did not end in time.`,
      fix: 'Raise `tree.timeoutMs`.',
    })
  else if (command.exit === 0 && command.errors === 0) verdicts.pass(aspect)
  else if (command.role === 'lint' && command.errors === 0 && command.looked === 0) {
    verdicts.inconclusive(aspect, {
      ...base,
      code: 'linter-did-not-run',
      message: `${command.tool} ended before it looked at a file.`,
    })
  } else {
    const samples = command.samples.length > 0 ? command.samples : [{ where: command.text, message: '' }]
    for (const sample of samples) {
      verdicts.fail(aspect, {
        ...base,
        code: aspect === 'style' ? 'style-errors' : 'lint-errors',
        message:
          aspect === 'style' ? `${command.tool} would write files differently.` : `${command.tool} found an error.`,
        where: sample.where,
        observed: sample.message || base.observed,
      })
    }
  }
}

function judgeSarif(o: Observation, verdicts: Verdicts<Aspect>): void {
  const { sarif } = o
  if (!sarif) return
  const base = {
    where: sarif.path,
    expected: 'a SARIF report without errors, written by this run',
    observed: sarif.problem || sarif.state,
    fix: 'Let the lint command write the file named in `tree.lintReport`.',
  }
  if (sarif.state === 'stale' || sarif.state === 'missing') {
    verdicts.fail('lint', {
      ...base,
      code: `report-${sarif.state}`,
      message: 'The lint command did not write its report.',
    })
  } else if (sarif.state !== 'fresh' || !sarif.successful) {
    verdicts.inconclusive('lint', { ...base, code: 'report-broken', message: 'The lint report does not tell.' })
  } else if (sarif.errors > 0) {
    verdicts.fail('lint', {
      ...base,
      code: 'lint-errors',
      message: `The report holds ${sarif.errors} errors.`,
      observed: `${sarif.errors} errors`,
    })
  }
}

function judgeLooked(o: Observation, linters: readonly Command[], params: Params, verdicts: Verdicts<Aspect>): void {
  const known = [
    ...linters.flatMap((command) => command.looked ?? []),
    ...(o.sarif && o.sarif.files > 0 ? [o.sarif.files] : []),
  ]
  const looked = known.reduce((total, files) => total + files, 0)
  const base = {
    where: linters.map((command) => command.text).join(' && '),
    expected: `at least ${params.filesPercentMin} % of ${o.sourceFiles} source files`,
    fix: 'Let the lint command look at the whole tree.',
  }
  if (known.length === 0) {
    verdicts.inconclusive('looked', {
      ...base,
      code: 'files-unknown',
      message: 'How many files the linter looked at is not known.',
      observed: 'a tool that does not say',
      fix: 'Let it write SARIF with its artifacts, and name the file in `tree.lintReport`.',
    })
  } else if (looked === 0 || o.sourceFiles === 0) {
    verdicts.inconclusive('looked', {
      ...base,
      code: 'nothing-linted',
      message: 'The linter looked at no file.',
      observed: `${looked} files`,
    })
  } else if (looked * 100 < o.sourceFiles * params.filesPercentMin) {
    verdicts.inconclusive('looked', {
      ...base,
      code: 'few-files-linted',
      message: 'The linter looked at a small part of the tree.',
      observed: `${looked} files`,
    })
  } else verdicts.pass('looked')
}

function judgeStyle(o: Observation, linters: readonly Command[], verdicts: Verdicts<Aspect>): void {
  const formatters = o.commands.filter((command) => command.role === 'style')
  for (const command of formatters) judgeCommand(command, 'style', verdicts)
  if (formatters.length > 0) return
  if (o.styleRules !== '' && linters.length > 0) {
    for (const command of linters) judgeCommand(command, 'style', verdicts)
    return
  }
  verdicts.inconclusive('style', {
    code: 'no-formatter',
    message: 'Nothing checks the code style.',
    where: 'package.json, pyproject.toml',
    expected: 'a formatter with a check, or a linter with rules of style',
    observed: 'none',
    fix: 'Add a script `format:check`: prettier --check ., biome check, ruff format --check.',
  })
}
