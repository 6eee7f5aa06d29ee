/** Lines of a shell script with continuations joined and comments dropped. */
export function shellLines(text: string): string[] {
  return text
    .replace(/\\\r?\n\s*/g, ' ')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')
}

/** Splits a shell line into its simple commands: what stands between `&&`, `||`, `;` and `|`, quotes respected. */
export function simpleCommands(line: string): { text: string; before: string }[] {
  const parts: { text: string; before: string }[] = []
  let current = ''
  let before = ''
  let quote = ''
  for (let i = 0; i < line.length; i += 1) {
    const c = line.charAt(i)
    if (quote !== '') {
      if (c === quote) quote = ''
      current += c
      continue
    }
    if (c === '"' || c === "'") quote = c
    const two = line.slice(i, i + 2)
    const operator = two === '&&' || two === '||' ? two : c === ';' || c === '|' || c === '\n' ? c : ''
    if (operator === '') {
      current += c
      continue
    }
    if (current.trim() !== '') parts.push({ text: current.trim(), before })
    current = ''
    before = operator
    i += operator.length - 1
  }
  if (current.trim() !== '') parts.push({ text: current.trim(), before })
  return parts
}

/** Variables that make a package manager follow its lock without being told so in the command. */
const FREEZING = ['UV_LOCKED', 'UV_FROZEN', 'UV_NO_SYNC', 'PIP_REQUIRE_HASHES', 'CI', 'YARN_ENABLE_IMMUTABLE_INSTALLS']

/** The command with those variables in front that its file sets for it and that change what an install does. */
export function withEnvironment(command: string, file: string): string {
  if (!/\b(uv|pip[\d.]*|pnpm|yarn)\b/.test(command)) return command
  const set = FREEZING.filter((name) => new RegExp(`\\b${name}\\s*[:= ]\\s*["']?(1|true|yes)\\b`, 'i').test(file))
  return [...set.filter((name) => !command.includes(`${name}=`)).map((name) => `${name}=1`), command].join(' ')
}
