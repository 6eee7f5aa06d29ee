import { simpleCommands } from './pipeline.ts'

export interface InstallCommand {
  readonly text: string
  /** `locked`, or the code of what is wrong with it. */
  readonly verdict: 'locked' | 'lock-not-enforced' | 'installs-unlocked' | 'runs-download' | 'runs-unpinned'
}

/** Install commands in a shell line, each with whether the lock alone decides what it installs. Pure. */
export function installCommands(line: string): InstallCommand[] {
  const found: InstallCommand[] = []
  const parts = simpleCommands(line)
  for (const [index, part] of parts.entries()) {
    const words = part.text
      .replace(/^[({!\s]+/, '')
      .split(/\s+/)
      .map((word) => word.replace(/^["']|["']$/g, ''))
    while (/^(sudo|env|exec|time|command|then|do|else|if|-\w+)$/.test(words[0] ?? '') || /^\w+=/.test(words[0] ?? ''))
      words.shift()
    const next = parts[index + 1]
    if (
      /^(curl|wget)$/.test(words[0] ?? '') &&
      next?.before === '|' &&
      /^(sudo\s+)?(-\S+\s+)*(env\s+)?(ba|z|da)?sh\b|^(sudo\s+)?(python3?|node|perl)\b/.test(next.text)
    ) {
      found.push({ text: `${part.text} | ${next.text}`, verdict: 'runs-download' })
      continue
    }
    if (/^(ba|z|da)?sh$/.test(words[0] ?? '') && /<\(\s*(curl|wget)|\$\(\s*(curl|wget)/.test(part.text))
      found.push({ text: part.text, verdict: 'runs-download' })
    const verdict = classify(words)
    if (verdict) found.push({ text: part.text, verdict })
  }
  return found
}

function classify(words: readonly string[]): InstallCommand['verdict'] | null {
  const [program = '', ...rest] = words
  const flags = rest.filter((word) => word.startsWith('-'))
  const plain = rest.filter((word) => !word.startsWith('-'))
  const action = plain[0] ?? ''
  const name = program.replace(/^.*\//, '')
  const has = (pattern: RegExp): boolean => flags.some((flag) => pattern.test(flag))
  if (name === 'corepack') return null
  if (name === 'npm') return npm(action, plain, has)
  if (name === 'pnpm') {
    if (action === 'i' || action === 'install')
      return has(/^--frozen-lockfile$/)
        ? 'locked'
        : has(/^--no-frozen-lockfile$/)
          ? 'installs-unlocked'
          : 'lock-not-enforced'
    if (action === 'add' || action === 'update' || action === 'up') return 'installs-unlocked'
    return action === 'dlx' ? unpinned(plain[1]) : null
  }
  if (name === 'yarn') {
    if (action === '' || action === 'install')
      return has(/^--(immutable|frozen-lockfile)(-cache)?$/)
        ? 'locked'
        : has(/^--(version|help)$|^-v$/)
          ? null
          : 'lock-not-enforced'
    if (action === 'add' || action === 'upgrade' || action === 'up') return 'installs-unlocked'
    return action === 'dlx' ? unpinned(plain[1]) : null
  }
  if (name === 'npx') return has(/^--no(-install)?$/) ? null : unpinned(plain[0])
  if (name === 'bunx') return unpinned(plain[0])
  if (name === 'bun' && (action === 'install' || action === 'i'))
    return has(/^--frozen-lockfile$/) ? 'locked' : 'lock-not-enforced'
  return python(name, rest, plain, has)
}

function npm(
  action: string,
  plain: readonly string[],
  has: (pattern: RegExp) => boolean,
): InstallCommand['verdict'] | null {
  if (action === 'ci' || action === 'clean-install') return 'locked'
  if (['install', 'i', 'add', 'in', 'update', 'up'].includes(action)) {
    const named = plain.slice(1)
    // A package manager or tool at one exact version, outside the project, is no dependency of the lock.
    if (has(/^(-g|--global)$/))
      return named.length > 0 && named.every((spec) => isExact(spec)) ? 'locked' : 'installs-unlocked'
    return 'installs-unlocked'
  }
  return action === 'exec' || action === 'x' ? unpinned(plain[1]) : null
}

function python(
  name: string,
  rest: readonly string[],
  plain: readonly string[],
  has: (pattern: RegExp) => boolean,
): InstallCommand['verdict'] | null {
  let words = [name, ...plain]
  let all = [...rest]
  if (/^python[\d.]*$/.test(name) && rest[0] === '-m') {
    words = [rest[1] ?? '', ...plain.slice(1)]
    all = rest.slice(2)
  }
  if (words[0] === 'uv') {
    if (words[1] === 'sync') return has(/^--(locked|frozen)$/) ? 'locked' : 'lock-not-enforced'
    if (words[1] === 'run') return has(/^--(locked|frozen|no-sync)$/) ? 'locked' : 'lock-not-enforced'
    if (words[1] === 'add') return 'installs-unlocked'
    if (words[1] !== 'pip') return words[1] === 'tool' && words[2] === 'run' ? unpinned(words[3]) : null
    words = words.slice(1)
    if (words[1] === 'sync') return has(/^--require-hashes$/) ? 'locked' : 'lock-not-enforced'
  }
  if (words[0] === 'uvx' || words[0] === 'pipx') return unpinned(words[0] === 'uvx' ? words[1] : words[2])
  if (/^pip[\d.]*$/.test(words[0] ?? '') && words[1] === 'install') {
    if (has(/^--require-hashes$/)) return 'locked'
    // The service's own folder without its dependencies installs nothing from outside.
    if (has(/^--no-deps$/) && words.slice(2).every((word) => word === '.' || word.startsWith('./'))) return 'locked'
    if (has(/^--no-index$/)) return 'locked'
    return all.some((word) => word === '-r' || word.startsWith('--requirement'))
      ? 'lock-not-enforced'
      : 'installs-unlocked'
  }
  if (words[0] === 'poetry' && (words[1] === 'install' || words[1] === 'sync')) return 'locked'
  if (words[0] === 'poetry' && words[1] === 'add') return 'installs-unlocked'
  if (words[0] === 'pipenv' && words[1] === 'sync') return 'locked'
  if (words[0] === 'pipenv' && words[1] === 'install')
    return has(/^--(deploy|ignore-pipfile)$/) ? 'locked' : 'lock-not-enforced'
  return null
}

/** A program run by name may be one of the project's own; only a version that floats is certain to be fetched. */
function unpinned(spec: string | undefined): InstallCommand['verdict'] | null {
  if (spec === undefined || spec === '') return null
  return isExact(spec) ? null : 'runs-unpinned'
}

function isExact(spec: string): boolean {
  return /.@v?\d+\.\d+\.\d+[\w.+-]*$|==[\w.+!-]+$/.test(spec)
}
