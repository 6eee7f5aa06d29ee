import type { PipelineCommand } from './pipeline.ts'
import { shellLines, withEnvironment } from './shell.ts'

/** RUN, CMD and ENTRYPOINT of a Dockerfile: continuations, heredocs, JSON form, values of ARG and ENV filled in. */
export function dockerCommands(path: string, text: string): PipelineCommand[] {
  const commands: PipelineCommand[] = []
  const values = new Map<string, string>()
  const lines = text.split(/\r?\n/)
  const pipefail = /\bpipefail\b/.test(text)
  for (let i = 0; i < lines.length; i += 1) {
    const start = i + 1
    let line = (lines[i] ?? '').trim()
    if (line === '' || line.startsWith('#')) continue
    while (line.endsWith('\\') && i + 1 < lines.length) {
      i += 1
      const next = (lines[i] ?? '').trim()
      line = next.startsWith('#') || next === '' ? line : `${line.slice(0, -1)} ${next}`
      if (i + 1 >= lines.length && line.endsWith('\\')) line = line.slice(0, -1)
    }
    const [, word = '', rest = ''] = /^(\w+)\s+([\s\S]*)$/.exec(line) ?? []
    const instruction = word.toUpperCase()
    const assigned = /^(\w+)[= ]["']?([^"']*)["']?$/.exec(rest)
    if ((instruction === 'ARG' || instruction === 'ENV') && assigned?.[1]) values.set(assigned[1], assigned[2] ?? '')
    let body = rest
    const heredoc = /<<-?\s*["']?(\w+)["']?/.exec(rest)
    if (heredoc?.[1] && ['RUN', 'COPY', 'ADD'].includes(instruction)) {
      const inner: string[] = []
      while (i + 1 < lines.length && (lines[i + 1] ?? '').trim() !== heredoc[1]) inner.push(lines[(i += 1)] ?? '')
      i += 1
      body = inner.join('\n')
    }
    if (instruction === 'ADD' && /^https?:\/\//.test(rest))
      commands.push({ where: `${path}:${start}`, source: 'docker', text: `ADD ${rest}`, pipefail })
    if (!['RUN', 'CMD', 'ENTRYPOINT'].includes(instruction)) continue
    const filled = jsonForm(body.replace(/^(--\w+=\S+\s+)+/, '')).replace(
      /\$\{?(\w+)\}?/g,
      (whole, name: string) => values.get(name) ?? whole,
    )
    for (const command of shellLines(filled))
      commands.push({ where: `${path}:${start}`, source: 'docker', text: withEnvironment(command, text), pipefail })
  }
  return commands
}

function jsonForm(body: string): string {
  if (!body.trim().startsWith('[')) return body
  try {
    const words: unknown = JSON.parse(body)
    return Array.isArray(words)
      ? words.map((word) => (/\s/.test(String(word)) ? `"${String(word)}"` : String(word))).join(' ')
      : body
  } catch {
    return body
  }
}
