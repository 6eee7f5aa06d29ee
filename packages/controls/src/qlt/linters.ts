import type { ToolRun, TreePort } from '@greengate/contracts'
import { type Step, toolOf, withArguments } from './commands.ts'
import { relativeTo } from './source-files.ts'

/** What a step of a lint script is for. `other` must succeed and proves nothing of the rest. */
export function roleOf(step: Step): 'lint' | 'style' | 'other' {
  const tool = toolOf(step)
  const first = step.argv[tool.at + 1] ?? ''
  switch (tool.name) {
    case 'prettier':
    case 'oxfmt':
    case 'black':
    case 'dprint':
    case 'isort':
      return 'style'
    case 'ruff':
    case 'biome':
      return first === 'format' ? 'style' : 'lint'
    case 'tsc':
    case 'mypy':
    case 'echo':
    case 'rm':
      return 'other'
    default:
      return 'lint'
  }
}

/** The step without what changes files, asking for a report that machines read where the tool is known. */
export function askForReport(step: Step): Step {
  const tool = toolOf(step)
  const format = (words: readonly string[]): Step =>
    withArguments(step, tool, (args) => {
      const kept: string[] = []
      for (let i = 0; i < args.length; i += 1) {
        const word = args[i] ?? ''
        if (/^(?:-f|--format|--output-format|--reporter)$/.test(word)) i += 1
        else if (!/^(?:--fix.*|--write|-w|--(?:output-)?format=.*|--reporter=.*)$/.test(word)) kept.push(word)
      }
      return [...kept, ...words]
    })
  switch (tool.name) {
    case 'oxlint':
    case 'eslint':
      return format(['--format', 'json'])
    case 'ruff':
      return roleOf(step) === 'lint' ? format(['--output-format', 'json', '--verbose']) : step
    case 'prettier':
    case 'oxfmt':
      return withArguments(step, tool, (args) =>
        args.map((word) => (word === '--write' || word === '-w' ? '--check' : word)),
      )
    default:
      return step
  }
}

export interface LinterReport {
  /** Null: it can't be told. */
  readonly looked: number | null
  readonly errors: readonly { where: string; message: string }[]
}

const UNKNOWN: LinterReport = { looked: null, errors: [] }

/** What a linter said of itself. Output of an unknown shape tells nothing, and then only the exit code counts. */
export function readLinter(step: Step, run: ToolRun, tree: TreePort): LinterReport {
  try {
    switch (toolOf(step).name) {
      case 'oxlint':
        return readOxlint(run.stdout)
      case 'eslint':
        return readEslint(run.stdout, tree)
      case 'ruff':
        return roleOf(step) === 'lint' ? readRuff(run, tree) : UNKNOWN
      case 'biome': {
        const checked = /Checked (\d+) files?/.exec(`${run.stdout}\n${run.stderr}`)?.[1]
        return checked === undefined ? UNKNOWN : { looked: Number(checked), errors: [] }
      }
      default:
        return UNKNOWN
    }
  } catch {
    return UNKNOWN
  }
}

function readOxlint(stdout: string): LinterReport {
  interface Diagnostic {
    message: string
    code?: string
    severity: string
    filename: string
    labels?: { span?: { line?: number } }[]
  }
  const json = JSON.parse(stdout.slice(Math.max(0, stdout.indexOf('{')))) as {
    diagnostics: Diagnostic[]
    number_of_files: number
  }
  const errors = json.diagnostics.filter((diagnostic) => diagnostic.severity === 'error')
  return {
    looked: json.number_of_files,
    errors: errors.map((error) => ({
      where: `${error.filename}:${error.labels?.[0]?.span?.line ?? 1}`,
      message: `${error.code ?? ''} ${error.message}`.trim(),
    })),
  }
}

function readEslint(stdout: string, tree: TreePort): LinterReport {
  interface Result {
    filePath: string
    messages: { severity: number; line?: number; ruleId?: string | null; message: string }[]
  }
  const results = JSON.parse(stdout.slice(Math.max(0, stdout.indexOf('[')))) as Result[]
  const errors = results.flatMap((result) =>
    result.messages
      .filter((message) => message.severity === 2)
      .map((message) => ({
        where: `${relativeTo([tree.root], result.filePath)}:${message.line ?? 1}`,
        message: `${message.ruleId ?? ''} ${message.message}`.trim(),
      })),
  )
  return { looked: results.length, errors }
}

function readRuff(run: ToolRun, tree: TreePort): LinterReport {
  const results = JSON.parse(run.stdout) as {
    filename: string
    message: string
    code: string | null
    location?: { row: number }
  }[]
  const checked = /Checked (\d+) files? in|(\d+) files? (?:were )?checked/i.exec(run.stderr)
  const count = checked?.[1] ?? checked?.[2]
  return {
    looked: count === undefined ? null : Number(count),
    errors: results.map((result) => ({
      where: `${relativeTo([tree.root], result.filename)}:${result.location?.row ?? 1}`,
      message: `${result.code ?? ''} ${result.message}`.trim(),
    })),
  }
}
