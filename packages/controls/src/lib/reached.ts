import { basename } from 'node:path/posix'
import type { PipelineCommand } from './pipeline.ts'

/** Scripts of package.json that package managers and people run without being told to. */
const LIFECYCLE = /^(pre|post)?(install|prepare|build|test|start|pack|publish|lint|types?|typecheck|ci|deploy)(:.*)?$/
const RUNNERS = String.raw`\b(?:npm|pnpm|yarn|bun|npm-run-all\d?|run-s|run-p|turbo|nx|lerna|wireit)\b`

/**
 * The commands that builds and pipelines come to run: their own, those of scripts, Makefile targets and package scripts
 * that one of them calls, and so on. What only people call is left out. Pure.
 */
export function reachedCommands(all: readonly PipelineCommand[]): PipelineCommand[] {
  const isRoot = (command: PipelineCommand): boolean =>
    command.source === 'ci' ||
    command.source === 'docker' ||
    fileOf(command).startsWith('.ci/') ||
    (command.source === 'package' && LIFECYCLE.test(command.target ?? ''))
  const reached = new Set(all.filter(isRoot))
  for (let before = -1; before !== reached.size;) {
    before = reached.size
    const calls = [...reached].map((command) => command.text).join('\n')
    const targets = new Set([...reached].flatMap((command) => command.needs ?? []))
    for (const command of all) if (!reached.has(command) && isCalled(command, calls, targets)) reached.add(command)
  }
  return all.filter((command) => reached.has(command))
}

function fileOf(command: PipelineCommand): string {
  return command.where.slice(0, command.where.lastIndexOf(':'))
}

function isCalled(command: PipelineCommand, calls: string, needed: ReadonlySet<string>): boolean {
  const path = fileOf(command)
  const target = command.target
  if (command.source === 'package') return target !== undefined && names(`${RUNNERS}[^\\n;&|]*\\s`, target, calls)
  if (target === undefined) return calls.includes(basename(path))
  if (needed.has(`${path} ${target}`)) return true
  const tool = path.endsWith('justfile') ? String.raw`\bjust\b` : String.raw`\bg?make\b`
  // Without a target the first one is made.
  return names(`${tool}[^\\n;&|]*\\s`, target, calls) || (command.first === true && new RegExp(`${tool}(?:\\s+-\\S+)*\\s*(?:$|[;&|])`, 'm').test(calls)) // prettier-ignore
}

function names(before: string, name: string, calls: string): boolean {
  const literal = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`${before}["']?${literal}(?=["'\\s;&|)]|$)`, 'm').test(calls)
}
