import type { PipelineCommand, PipelineSetting } from './pipeline.ts'
import { withEnvironment } from './shell.ts'
import { isCheck, NEVER_FAILS } from './valves.ts'

/** Commands of a shell script, line by line. */
export function scriptCommands(path: string, text: string): PipelineCommand[] {
  const pipefail = /\bpipefail\b/.test(text)
  const commands: PipelineCommand[] = []
  const lines = text.replace(/\\\r?\n/g, (match) => ' '.repeat(match.length)).split('\n')
  for (const [index, line] of lines.entries()) {
    const clean = line.replace(/(^|\s)#.*$/, '').trim()
    if (clean !== '')
      commands.push({ where: `${path}:${index + 1}`, source: 'script', text: withEnvironment(clean, text), pipefail })
  }
  const last = commands.at(-1)
  // Without errexit the last command decides: a check before a command that can't fail is not heard.
  const stops =
    /^#!.*\s-\w*e|^\s*set\s+(-\w+\s+)*-(\w*e|o\s+errexit)/m.test(text) || /\$\?|PIPESTATUS|\btrap\b/.test(text)
  if (stops || !last || !NEVER_FAILS.test(last.text)) return commands
  return commands.map((command) =>
    command !== last && isCheck(command.text) && !/[|&{(]|^(if|while|until|elif)\b/.test(command.text)
      ? { ...command, text: `${command.text} ; ${last.text}` }
      : command,
  )
}

/** Recipes of a Makefile or justfile; a leading `-`, which makes make ignore the exit code, is kept. */
export function makeCommands(path: string, text: string): PipelineCommand[] {
  const pipefail = /\bpipefail\b/.test(text)
  const commands: PipelineCommand[] = []
  const lines = text.replace(/\\\r?\n/g, (match) => ' '.repeat(match.length)).split('\n')
  let target = ''
  let needs: string[] = []
  let firstTarget = ''
  for (const [index, line] of lines.entries()) {
    const head = /^([\w./%-]+)[^:=\n]*::?(?!=)\s*([^#=]*)/.exec(line)
    if (head?.[1] !== undefined && !/^\s/.test(line)) {
      target = head[1]
      needs = (head[2] ?? '')
        .split(/\s+/)
        .filter((word) => /^[\w./-]+$/.test(word))
        .map((word) => `${path} ${word}`)
      if (firstTarget === '' && !target.startsWith('.')) firstTarget = target
      if (needs.length > 0) commands.push({ where: `${path}:${index + 1}`, source: 'script', text: ':', pipefail, target, needs, first: target === firstTarget }) // prettier-ignore
      continue
    }
    const recipe = line.replace(/(^|\s)#.*$/, '').trim().replace(/^[@+]+/, '').replace(/^-@/, '-') // prettier-ignore
    if (!/^\s/.test(line) || recipe === '' || target === '') continue
    commands.push({ where: `${path}:${index + 1}`, source: 'script', text: withEnvironment(recipe, text), pipefail, target, needs, first: target === firstTarget }) // prettier-ignore
  }
  return commands
}

/** Scripts of a package.json. @throws SyntaxError */
export function packageCommands(path: string, text: string): PipelineCommand[] {
  const manifest: unknown = JSON.parse(text)
  if (typeof manifest !== 'object' || manifest === null || !('scripts' in manifest)) return []
  const { scripts } = manifest
  if (typeof scripts !== 'object' || scripts === null) return []
  return Object.entries(scripts).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'string'
      ? [{ where: `${path}:${lineOf(text, `"${name}"`)}`, source: 'package' as const, text: value, pipefail: false, target: name }] // prettier-ignore
      : [],
  )
}

function lineOf(text: string, needle: string): number {
  return Math.max(0, text.split('\n').findIndex((line) => line.includes(needle))) + 1 // prettier-ignore
}

/** Settings of a test runner in a configuration in JavaScript, TypeScript or JSON that let it succeed without tests. */
export function packageSettings(path: string, text: string): PipelineSetting[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/[^\n]*/g, (part) => part.replace(/[^\n]/g, ' '))
  const match = /["']?passWithNoTests["']?\s*:\s*true\b/.exec(code)
  if (!match) return []
  return [{ where: `${path}:${code.slice(0, match.index).split('\n').length}`, key: 'passWithNoTests', value: 'true' }]
}

/** Options that pytest takes from its configuration on every run. */
export function pytestSettings(path: string, text: string): PipelineSetting[] {
  const match = /^addopts\s*=\s*(.*(?:\n[ \t]+\S.*)*)/m.exec(text)
  if (!match) return []
  const value = (match[1] ?? '').replace(/[[\]\n]|["'](?=\s*[,\]])|(?<=[[,\s])["']/g, ' ').replace(/,\s+/g, ' ').replace(/\s+/g, ' ').trim() // prettier-ignore
  return [{ where: `${path}:${text.slice(0, match.index).split('\n').length}`, key: 'addopts', value }]
}
