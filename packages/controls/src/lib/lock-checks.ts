import { commandWords } from './command-words.ts'
import type { PipelineCommand } from './pipeline.ts'
import type { PipelineStep } from './pipeline-steps.ts'
import { shellLines, simpleCommands } from './shell.ts'

/** A run of commands in which one that fails stops those after it. */
export interface CommandRun {
  /** File that the commands stand in. */
  readonly path: string
  readonly lines: readonly string[]
  /** Actions of the tree that it uses, as folders. */
  readonly uses: readonly string[]
}

const SWALLOWED = /\|\|/
const SAYS_SO = /\|\|[\s\S]*\b(exit\s+[1-9]|false|return\s+[1-9])\b/

/** Whether a line fails where uv's lock is not that of the manifest. `--frozen` installs by the lock as it is. Pure. */
export function checksUvLock(line: string): boolean {
  if (SWALLOWED.test(line) && !SAYS_SO.test(line)) return false
  return simpleCommands(line).some(({ text }) => {
    const { words, env } = commandWords(text)
    if (words[0]?.replace(/^.*\//, '') !== 'uv') return false
    const told = env.has('UV_LOCKED') || words.includes('--locked')
    if (words.includes('sync')) return told || env.has('UV_FROZEN') || words.includes('--frozen')
    if (words.includes('lock')) return told || words.includes('--check')
    return told && (words.includes('run') || words.includes('export'))
  })
}

/** Whether a line fails where go.mod or go.sum differ from what is committed. Pure. */
export function comparesGoModules(line: string): boolean {
  if (SWALLOWED.test(line) && !SAYS_SO.test(line)) return false
  // A comparison inside `test -z "$(...)"` or `if` decides as well.
  if (/(\[|\btest\b)[^\n]*\$\(\s*git\s+(status\s+[^\n]*(--porcelain|-s\b|--short)|diff\b)/.test(line)) return true
  return simpleCommands(line).some(({ text }) => {
    const words = commandWords(text).words.filter((word) => word !== '--')
    const at = words.indexOf('diff')
    if (words[0] !== 'git' || at < 0 || !words.some((word) => /^--(exit-code|quiet)$/.test(word))) return false
    const paths = words.slice(at + 1).filter((word) => !word.startsWith('-') && !/^HEAD\b/.test(word))
    return paths.length === 0 || paths.some((path) => /(^|\/)go\.(mod|sum|\*)$|^\.?$|\/$|^\*/.test(path))
  })
}

/** The jobs of pipelines as runs, and of every other file all of its commands. Pure. */
export function commandRuns(steps: readonly PipelineStep[], others: readonly PipelineCommand[]): CommandRun[] {
  const runs = new Map<string, { path: string; lines: string[]; uses: string[] }>()
  const runOf = (path: string, job: string) => {
    const run = runs.get(`${path} ${job}`) ?? { path, lines: [], uses: [] }
    runs.set(`${path} ${job}`, run)
    return run
  }
  for (const step of steps) {
    const path = pathOf(step.where)
    const run = runOf(path, step.job)
    // What stands above all jobs of a pipeline of GitLab runs before each of them.
    const above = runs.get(`${path} before_script`) ?? runs.get(`${path} default`)
    if (run.lines.length === 0 && above !== undefined && above !== run) run.lines.push(...above.lines)
    run.lines.push(...shellLines(step.text))
    if (step.uses.startsWith('./')) {
      run.uses.push(step.uses.slice(2).replace(/\/$/, ''))
      run.lines.push(`${USES}${step.uses.slice(2).replace(/\/$/, '')}`)
    }
  }
  for (const command of others) runOf(pathOf(command.where), '').lines.push(command.text)
  return [...runs.values()]
}

/** Stands in the lines of a run for the action of the tree that it uses there. */
const USES = 'uses: '

/**
 * Which commands are only run where something else of the same run sees to the lock, as `path` and text. A command that
 * stands in several runs of a file is one of them if it holds in all. Pure.
 */
export function checkedCommands(runs: readonly CommandRun[]): (path: string, text: string) => boolean {
  const scripts = runs.filter((run) => !isPipeline(run.path))
  const checksBefore = (run: CommandRun, at: number): boolean =>
    run.lines.slice(0, at + 1).some((line, index) => {
      if (index < at && checksUvLock(line)) return true
      // A script, a target or an action of the tree does what its own lines do.
      if (line.startsWith(USES)) return runs.some((other) => other.path.startsWith(`${line.slice(USES.length)}/action.`) && other.lines.some(checksUvLock)) // prettier-ignore
      return index < at && CALLS.test(line) && scripts.some((other) => other.lines.some(checksUvLock))
    })
  const holds = (run: CommandRun, at: number): boolean => {
    const line = run.lines[at] ?? ''
    if (/\bgo\s+mod\s+tidy\b/.test(line))
      return (
        run.lines.slice(at).some(comparesGoModules) ||
        // What a pipeline calls is compared by the pipeline.
        (!isPipeline(run.path) && runs.some((other) => isPipeline(other.path) && other.lines.some(comparesGoModules)))
      )
    // What a pipeline calls finds the lock as the pipeline has left it.
    if (!isPipeline(run.path) && runs.some((other) => other.lines.some(checksUvLock))) return true
    return checksBefore(run, at) || simpleCommands(line).some(({ text }) => checksUvLock(text))
  }
  return (path, text) => {
    const found = runs
      .filter((run) => run.path === path)
      .flatMap((run) => run.lines.flatMap((line, at) => (line === text || text.endsWith(` ${line}`) ? [holds(run, at)] : []))) // prettier-ignore
    return found.length > 0 && found.every(Boolean)
  }
}

const CALLS = /\b(make|gmake|just|task|npm|pnpm|yarn)\b|\.(sh|bash)\b/

function isPipeline(path: string): boolean {
  return /\.ya?ml$/.test(path)
}

function pathOf(where: string): string {
  return where.slice(0, where.lastIndexOf(':'))
}

/** Requirements file with hashes that a command writes; empty: none. Pure. */
export function exportedWithHashes(text: string): string {
  const { words, output } = commandWords(text)
  const program = words[0]?.replace(/^.*\//, '') ?? ''
  const at = words.findIndex((word) => /^(-o|--output|--output-file)$/.test(word))
  const glued = words.find((word) => /^--output(-file)?=/.test(word))?.replace(/^[^=]*=/, '')
  const file = glued ?? (at < 0 ? output : (words[at + 1] ?? ''))
  const [, verb] = words
  if (/^(poetry|uv|pdm)$/.test(program) && verb === 'export')
    return words.some((word) => /^--(without|no)-hashes$/.test(word)) ? '' : file
  return program === 'pipenv' && verb === 'requirements' && words.includes('--hash') ? file : ''
}
