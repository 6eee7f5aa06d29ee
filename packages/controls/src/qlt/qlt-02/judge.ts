import { Verdicts, defineJudge } from '@greengate/contracts'
import { z } from 'zod'

const count = z.int().nonnegative()
const observationSchema = z.strictObject({
  languages: z.strictObject({ javascript: count, typescript: count, python: count, other: count }),
  commands: z.array(
    z.strictObject({
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
  /** Source files of the service that a type check of this kind is for, and those that none looked at. */
  sourceFiles: count,
  leftOutFiles: count,
  leftOut: z.array(z.string()),
})
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({ filesPercentMin: z.int().min(1).max(100).default(90) })
export type Params = z.infer<typeof paramsSchema>

const ASPECTS = ['types', 'looked'] as const
type Aspect = (typeof ASPECTS)[number]

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 1,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(o, params) {
    const verdicts = new Verdicts<Aspect>(ASPECTS)
    if (o.commands.length === 0) {
      const input = {
        code: 'no-type-check',
        message: 'It is not known how types are checked.',
        where: 'tree.types',
        expected: 'a command that checks types',
        observed: Object.entries(o.languages)
          .map(([name, files]) => `${files} ${name}`)
          .join(', '),
        fix: 'Name the command in `tree.types` or as the script `types`: tsc --noEmit (also for JavaScript with `checkJs`), mypy, pyright.',
      }
      return verdicts.inconclusive('types', input).inconclusive('looked', input).done()
    }
    for (const command of o.commands) judgeCommand(command, verdicts)
    judgeLooked(o, params, verdicts)
    return verdicts.done()
  },
  refutations: [
    {
      id: 'type-error',
      breaks: 'types',
      code: 'type-errors',
      apply: (o) =>
        withFirst(o, { exit: 2, errors: 1, samples: [{ where: 'src/a.ts:1', message: 'is not assignable' }] }),
    },
    { id: 'timed-out', breaks: 'types', code: 'timed-out', apply: (o) => withFirst(o, { exit: null, timedOut: true }) },
    {
      id: 'tool-missing',
      breaks: 'types',
      code: 'tool-missing',
      apply: (o) => withFirst(o, { found: false, exit: null }),
    },
    {
      id: 'half-left-out',
      breaks: 'looked',
      code: 'source-left-out',
      apply: (o) =>
        o.sourceFiles > 0
          ? { ...o, sourceFiles: o.sourceFiles * 2, leftOutFiles: o.sourceFiles, leftOut: ['server/main.ts'] }
          : null,
    },
    {
      id: 'nothing-looked-at',
      breaks: 'looked',
      code: 'nothing-looked-at',
      apply: (o) => ({ ...o, commands: o.commands.map((command) => ({ ...command, looked: 0 })) }),
    },
  ],
})

function withFirst(o: Observation, change: Partial<Observation['commands'][number]>): Observation | null {
  const [first, ...rest] = o.commands
  return first ? { ...o, commands: [{ ...first, ...change }, ...rest] } : null
}

function judgeCommand(command: Observation['commands'][number], verdicts: Verdicts<Aspect>): void {
  const base = {
    where: command.text,
    expected: 'exit code 0 and no type error',
    observed: command.output || `exit ${command.exit ?? 'none'}`,
    fix: 'Run the command and mend what it names.',
  }
  if (!command.found)
    verdicts.inconclusive('types', {
      ...base,
      code: 'tool-missing',
      message: `${command.tool} is not installed.`,
      fix: "Install the tree's own tools, then run again.",
    })
  else if (command.timedOut)
    verdicts.inconclusive('types', {
      ...base,
      code: 'timed-out',
      message: 'The type check did not end in time.',
      fix: 'Raise `tree.timeoutMs`.',
    })
  else if (command.exit === 0 && command.errors === 0) verdicts.pass('types')
  else {
    const samples = command.samples.length > 0 ? command.samples : [{ where: command.text, message: command.output }]
    for (const sample of samples) {
      verdicts.fail('types', {
        ...base,
        code: 'type-errors',
        message: 'The types do not check.',
        where: sample.where,
        observed: sample.message || base.observed,
      })
    }
  }
}

function judgeLooked(o: Observation, params: Params, verdicts: Verdicts<Aspect>): void {
  const base = {
    where: o.commands.map((command) => command.text).join(' && '),
    fix: 'Widen `include`, add the projects left out, or name a command in `tree.types` that checks all of them.',
  }
  const looked = o.commands.map((command) => command.looked)
  const expected = `at least ${params.filesPercentMin} % of ${o.sourceFiles} source files`
  if (looked.every((files) => files === null)) {
    verdicts.inconclusive('looked', {
      ...base,
      code: 'files-unknown',
      message: 'Which files were looked at is not known.',
      expected,
      observed: 'a tool that does not say',
    })
  } else if (looked.every((files) => !files) || o.sourceFiles === 0) {
    verdicts.inconclusive('looked', {
      ...base,
      code: 'nothing-looked-at',
      message: 'No source file was looked at.',
      expected,
      observed: '0 files',
    })
  } else if ((o.sourceFiles - o.leftOutFiles) * 100 < params.filesPercentMin * o.sourceFiles) {
    for (const path of o.leftOut.slice(0, 20)) {
      verdicts.fail('looked', {
        ...base,
        code: 'source-left-out',
        message: `The type check does not look at ${path}.`,
        where: path,
        expected,
        observed: `${o.leftOutFiles} of ${o.sourceFiles} left out`,
      })
    }
  } else verdicts.pass('looked')
}
