import { commandWords, programName } from './command-words.ts'
import { simpleCommands } from './shell.ts'

export interface InstallCommand {
  readonly text: string
  /**
   * `locked`, or the code of what is wrong with it. `by-file`: pip demands hashes by itself if the requirements files
   * hold them. `in-ci`: the package manager freezes the lock by itself where it sees a pipeline. `if-checked`: it follows
   * a lock that is current, and something else has to see to that. `if-compared`: it writes the lock, which is no more
   * than a check if the outcome is compared with the tree. `if-frozen`: Bundler is told so by its settings.
   * `if-nuget-lock`: without a lock of NuGet's there is nothing to leave.
   */
  readonly verdict:
    | 'locked'
    | 'by-file'
    | 'in-ci'
    | 'in-ci-if-berry'
    | 'if-checked'
    | 'if-compared'
    | 'if-frozen'
    | 'if-nuget-lock'
    | 'lock-not-enforced'
    | 'installs-unlocked'
    | 'runs-download'
    | 'runs-unpinned'
  /** Requirements files of `by-file`, as written. */
  readonly files: readonly string[]
}

type Verdict = InstallCommand['verdict']
const NESTED_MAX = 3
const VERIFIES = /\b(sha(1|256|512)sum|shasum|gpg|gpgv|cosign|minisign|openssl\s+dgst|slsa-verifier)\b/

/** Install commands in a shell line, each with whether the lock alone decides what it installs. Pure. */
export function installCommands(line: string, depth = 0): InstallCommand[] {
  const found: InstallCommand[] = []
  const parts = simpleCommands(line)
  const verified = VERIFIES.test(line)
  const downloaded = new Set<string>()
  for (const [index, part] of parts.entries()) {
    const { words, env, output } = commandWords(part.text)
    const program = programName(words)
    const next = parts[index + 1]
    if (/^(curl|wget|ADD)$/.test(program)) {
      if (next?.before === '|' && isInterpreter(next.text)) {
        found.push({ text: `${part.text} | ${next.text}`, verdict: 'runs-download', files: [] })
        continue
      }
      const file = downloadedFile(words, output)
      if (file !== '') downloaded.add(file)
    }
    if (!verified && runsOneOf(words, downloaded)) found.push({ text: line, verdict: 'runs-download', files: [] })
    if (/^(ba|z|da|a)?sh$|^eval$/.test(program)) {
      if (/<\(\s*(curl|wget)|\$\(\s*(curl|wget)/.test(part.text))
        found.push({ text: part.text, verdict: 'runs-download', files: [] })
      const inner = /\s-\w*c\s+(["'])([\s\S]*)\1\s*$/.exec(part.text)?.[2]
      if (inner !== undefined && depth < NESTED_MAX) found.push(...installCommands(inner, depth + 1))
    }
    const verdict = classify(words, env)
    const files = verdict === 'by-file' ? requirementFiles(words) : []
    if (verdict) found.push({ text: part.text, verdict, files })
  }
  return found
}

/**
 * Downloads that a later command of the same file runs without comparing a checksum, as one line each. Pure.
 * @param commands Commands in the order of their files
 */
export function downloadsRunLater<T extends { readonly where: string; readonly text: string }>(
  commands: readonly T[],
): T[] {
  const found: T[] = []
  let file = ''
  let fetched: { text: string; path: string }[] = []
  for (const command of commands) {
    const path = command.where.slice(0, command.where.lastIndexOf(':'))
    if (path !== file || VERIFIES.test(command.text)) fetched = []
    file = path
    for (const { text } of simpleCommands(command.text)) {
      const { words } = commandWords(text)
      const run = fetched.find((download) => runsOneOf(words, new Set([download.path])))
      if (run) found.push({ ...command, text: `${run.text} && ${text}` })
    }
    for (const { text } of simpleCommands(command.text)) {
      const { words, output } = commandWords(text)
      const target = /^(curl|wget|ADD)$/.test(programName(words)) ? downloadedFile(words, output) : ''
      if (target !== '') fetched.push({ text, path: target })
    }
  }
  return found
}

function isInterpreter(text: string): boolean {
  return /^(sudo\s+)?(-\S+\s+)*(env\s+)?(\S*\/)?(ba|z|da|a)?sh\b|^(sudo\s+)?(\S*\/)?(python3?|node|perl|ruby)\b/.test(
    text,
  )
}

/** Letters of options that take what follows in their word, or the next word, as their value. */
const VALUED = { curl: 'AbcCdDeEFHKmPQrtTuUwxXyYz', wget: 'aeiBtTwQPUDARIXl' } as const

/** Where curl, wget or ADD put what they fetched; empty: it is not said. */
function downloadedFile(words: readonly string[], output: string): string {
  const url = words.find((word) => /^https?:/.test(word)) ?? ''
  const own =
    url
      .replace(/[?#].*$/, '')
      .split('/')
      .at(-1) ?? ''
  const program = programName(words)
  if (program === 'ADD') return (words.at(-1) ?? '').replace(/\/$/, `/${own}`)
  const isCurl = program === 'curl'
  for (let i = 1; i < words.length; i += 1) {
    const word = words[i] ?? ''
    const named = /^--output(?:-document)?(?:=(.*))?$/.exec(word)
    if (named) return target(named[1] ?? words[i + 1] ?? '', output)
    if (/^--remote-name(-all)?$/.test(word)) return own
    if (!/^-\w/.test(word)) continue
    // One stroke, many letters: `-fsSLo x`, `-Os`, `-qO-`.
    for (let at = 1; at < word.length; at += 1) {
      const letter = word.charAt(at)
      if (isCurl && letter === 'O') return own
      if (letter === (isCurl ? 'o' : 'O')) return target(word.slice(at + 1) || (words[i + 1] ?? ''), output)
      if (VALUED[isCurl ? 'curl' : 'wget'].includes(letter)) break
    }
  }
  return isCurl ? output : own
}

/** A file that is named `-` is the output. */
function target(named: string, output: string): string {
  return named === '-' ? output : named
}

function runsOneOf(words: readonly string[], files: ReadonlySet<string>): boolean {
  const bare = (word: string): string => word.replace(/^\.\//, '')
  const program = words[0] ?? ''
  if (files.size === 0) return false
  const all = new Set([...files].map(bare))
  const script = /^(\S*\/)?((ba|z|da|a)?sh|python3?|node|perl|source|\.)$/.test(program)
    ? words.slice(1).find((word) => !word.startsWith('-'))
    : program
  return script !== undefined && all.has(bare(script))
}

function requirementFiles(words: readonly string[]): string[] {
  return words.flatMap((word, index) => {
    if (/^(-r|--requirement)$/.test(word)) return [words[index + 1] ?? '']
    return /^(-r|--requirement=)./.test(word) ? [word.replace(/^(-r|--requirement=)/, '')] : []
  })
}

/** Options that take the next word as their value. */
const WITH_VALUE =
  /^(--prefix|-C|--cwd|--dir|--filter|-F|-w|--workspace|--registry|--loglevel|--directory|--project|--python|-p|-i|--index-url|--extra-index-url|-t|--target|--cache-dir|--cache|--userconfig|--manifest-path|-r|--requirement|-c|--constraint|--only|--with|--without|--extra|--group|--no-group)$/
/** More of them, of pip and of gem, which mean other things elsewhere. */
const PIP_VALUES =
  /^(--wheel-dir|-w|-d|--dest|--find-links|-f|--platform|--python-version|--abi|--implementation|--root|--src|--trusted-host|--timeout|--retries|--no-binary|--only-binary|--progress-bar|--log)$/
const GEM_VALUES = /^(-v|--version|-n|--bindir|--install-dir|-s|--source|-P|--trust-policy|--platform|--document)$/

function classify(words: readonly string[], env: ReadonlySet<string>): Verdict | null {
  const [program = '', ...rest] = words
  const flags = rest.filter((word) => word.startsWith('-'))
  const name = program.replace(/^.*\//, '')
  const more = name === 'gem' ? GEM_VALUES : /^(pip[\d.]*|python[\d.]*|uv)$/.test(name) ? PIP_VALUES : null
  const takesNext = (word: string): boolean => WITH_VALUE.test(word) || more?.test(word) === true
  const plain = rest.filter((word, index) => !word.startsWith('-') && !takesNext(rest[index - 1] ?? ''))
  const action = plain[0] ?? ''
  const has = (pattern: RegExp): boolean => flags.some((flag) => pattern.test(flag))
  switch (name) {
    case 'npm':
      return npm(action, plain, has)
    case 'pnpm':
      if (action === 'i' || action === 'install')
        return has(/^--frozen-lockfile$/)
          ? 'locked'
          : has(/^--no-frozen-lockfile$|^--frozen-lockfile=false$|^--fix-lockfile$/)
            ? 'installs-unlocked'
            : env.has('CI')
              ? 'locked'
              : 'in-ci'
      if (action === 'add' || action === 'update' || action === 'up') return 'installs-unlocked'
      return action === 'dlx' ? unpinned(plain[1]) : null
    case 'yarn':
      return yarn(action, plain, has, env)
    case 'npx':
      return has(/^--no(-install)?$/) ? null : unpinned(plain[0])
    case 'bunx':
      return unpinned(plain[0])
    case 'bun':
      if (action === 'install' || action === 'i') return has(/^--frozen-lockfile$/) ? 'locked' : 'lock-not-enforced'
      return action === 'ci' ? 'locked' : action === 'add' || action === 'update' ? 'installs-unlocked' : null
    case 'go':
    case 'cargo':
    case 'composer':
    case 'dotnet':
    case 'mix':
      return compiled(name, plain, has)
    case 'gem':
    case 'bundle':
    case 'bundler':
      return ruby(name, rest, plain, { has, env })
    default:
      return python(name, rest, plain, { has, env })
  }
}

type Has = (pattern: RegExp) => boolean

function yarn(action: string, plain: readonly string[], has: Has, env: ReadonlySet<string>): Verdict | null {
  if (action === '' || action === 'install') {
    if (has(/^--(version|help)$|^-v$/)) return null
    if (has(/^--no-immutable$/)) return 'installs-unlocked'
    if (has(/^--(immutable|frozen-lockfile)(-cache)?$/) || env.has('YARN_ENABLE_IMMUTABLE_INSTALLS')) return 'locked'
    return 'in-ci-if-berry'
  }
  if (action === 'add' || action === 'upgrade' || action === 'up') return 'installs-unlocked'
  return action === 'dlx' ? unpinned(plain[1]) : null
}

function npm(action: string, plain: readonly string[], has: Has): Verdict | null {
  if (['ci', 'clean-install', 'cit', 'install-ci-test'].includes(action)) return 'locked'
  if (['install', 'i', 'add', 'in', 'update', 'up', 'it', 'install-test'].includes(action)) {
    const named = plain.slice(1)
    // A package manager or tool at one exact version, outside the project, is no dependency of the lock.
    if (has(/^(-g|--global)$/))
      return named.length > 0 && named.every((spec) => isExact(spec)) ? 'locked' : 'installs-unlocked'
    return 'installs-unlocked'
  }
  return action === 'exec' || action === 'x' ? unpinned(plain[1]) : null
}

/** Gems of a name, and Bundler, which follows its lock strictly only where it is told so. */
function ruby(
  name: string,
  rest: readonly string[],
  plain: readonly string[],
  { has, env }: PythonOptions,
): Verdict | null {
  const [action = '', ...named] = plain
  if (name === 'gem') {
    if (action !== 'install' && action !== 'i') return null
    const asked = rest.findIndex((word) => /^(-v|--version)$/.test(word))
    const version =
      rest.find((word) => word.startsWith('--version='))?.slice(10) ?? (asked < 0 ? '' : (rest[asked + 1] ?? ''))
    const gems = named.filter((word) => !word.endsWith('.gem'))
    if (gems.length === 0 || has(/^(--local|-l|-g.*|--file.*)$/)) return null
    const isFixed = (text: string): boolean => text !== '' && !/^[<>~!=]/.test(text)
    return gems.every((gem) => isFixed(version) || /:[^<>~!=]/.test(gem)) ? 'locked' : 'installs-unlocked'
  }
  if (action === 'update' || action === 'add') return 'installs-unlocked'
  if (action === 'lock') return has(/^--print$/) ? null : 'installs-unlocked'
  if (action !== 'install' && (action !== '' || has(/^(--version|--help|-v|-h)$/))) return null
  const told = env.has('BUNDLE_FROZEN') || env.has('BUNDLE_DEPLOYMENT') || has(/^--(deployment|frozen)$/)
  return told ? 'locked' : 'if-frozen'
}

/** Go checks go.sum by itself; Cargo and Composer follow their locks as told. */
function compiled(name: string, plain: readonly string[], has: Has): Verdict | null {
  const [action = '', ...named] = plain
  if (name === 'composer')
    return action === 'install' ? 'locked' : /^(update|require)$/.test(action) ? 'installs-unlocked' : null
  if (name === 'cargo') {
    if (!/^(build|install|test|run|check|clippy|fetch)$/.test(action)) return null
    return has(/^--(locked|frozen)$/) ? 'locked' : action === 'install' ? 'installs-unlocked' : 'lock-not-enforced'
  }
  if (name === 'dotnet') return action === 'restore' ? (has(/^--locked-mode$/) ? 'locked' : 'if-nuget-lock') : null
  if (name === 'mix') {
    if (/^deps\.(update|unlock)$/.test(action) && !has(/^--check-unused$/)) return 'installs-unlocked'
    // Without the flag it follows the lock as far as mix.exs lets it; it has only been there since Elixir 1.15.
    return action === 'deps.get' && has(/^--check-locked$/) ? 'locked' : null
  }
  if (action === 'get') return 'installs-unlocked'
  if (action === 'mod' && named[0] === 'tidy') return has(/^-diff$/) ? null : 'if-compared'
  if (action === 'install' || action === 'run') {
    const remote = named.filter((spec) => spec.includes('@'))
    if (remote.length > 0)
      return remote.every((spec) => /@v\d+\.\d+\.\d+|@[0-9a-f]{12,}$/.test(spec)) ? 'locked' : 'installs-unlocked'
  }
  if (has(/^-mod=mod$/)) return 'lock-not-enforced'
  return /^(build|install|test|vet)$/.test(action) || (action === 'mod' && /^(download|verify)$/.test(named[0] ?? ''))
    ? 'locked'
    : null
}

/** Tools that a pipeline brings along at one version, as it brings its package manager. */
const PYTHON_TOOLS =
  /^(pip|uv|poetry|pipenv|pdm|hatch|tox|nox|virtualenv|setuptools|wheel|build|twine|pip-tools|pre-commit|awscli|poetry-plugin-[\w-]+)(\[[\w,]+\])?==/

interface PythonOptions {
  readonly has: Has
  readonly env: ReadonlySet<string>
}

function python(
  name: string,
  rest: readonly string[],
  plain: readonly string[],
  options: PythonOptions,
): Verdict | null {
  const { has, env } = options
  let words = [name, ...plain]
  let all = [...rest]
  if (/^python[\d.]*$/.test(name) && rest[0] === '-m') {
    words = [rest[1] ?? '', ...plain.slice(plain.indexOf(rest[1] ?? '') + 1)]
    all = rest.slice(2)
  }
  if (words[0] === 'uv') {
    const fixed = env.has('UV_LOCKED') || env.has('UV_FROZEN')
    if (words[1] === 'lock') return has(/^--(check|locked|frozen)$/) ? null : 'installs-unlocked'
    if (words[1] === 'sync') {
      if (has(/^(--upgrade(-package)?|-U|-P)$/)) return 'installs-unlocked'
      return fixed || has(/^--(locked|frozen)$/) ? 'locked' : 'lock-not-enforced'
    }
    if (words[1] === 'run')
      return fixed || env.has('UV_NO_SYNC') || has(/^--(locked|frozen|no-sync|no-project)$/) ? 'locked' : 'if-checked'
    if (words[1] === 'add') return 'installs-unlocked'
    if (words[1] !== 'pip')
      return words[1] === 'tool' && /^(run|install)$/.test(words[2] ?? '') ? unpinned(words[3]) : null
    words = words.slice(1)
    if (words[1] === 'sync') return has(/^--require-hashes$/) ? 'locked' : 'lock-not-enforced'
  }
  if (words[0] === 'uvx') return unpinned(words[1])
  if (words[0] === 'pipx') return /^(run|install)$/.test(words[1] ?? '') ? unpinned(words[2]) : null
  if (/^pip-compile$/.test(words[0] ?? '')) return 'installs-unlocked'
  if (/^pip[\d.]*$/.test(words[0] ?? '') && /^(install|wheel|download)$/.test(words[1] ?? '')) {
    if (has(/^--require-hashes$/) || env.has('PIP_REQUIRE_HASHES')) return 'locked'
    const named = words.slice(2)
    // A folder or a wheel of its own without dependencies brings nothing from outside.
    const isOwn = (word: string): boolean => word === '.' || (word.includes('/') && !word.includes('://'))
    if (has(/^--no-deps$/) && named.length > 0 && named.every(isOwn)) return 'locked'
    if (has(/^--no-index$/)) return 'locked'
    if (all.some((word) => /^(-r|--requirement)/.test(word)))
      return named.length === 0 ? 'by-file' : 'installs-unlocked'
    return named.length > 0 && named.every((word) => PYTHON_TOOLS.test(word)) ? 'locked' : 'installs-unlocked'
  }
  if (words[0] === 'poetry') {
    if (words[1] === 'install' || words[1] === 'sync') return 'locked'
    return /^(add|update)$/.test(words[1] ?? '') || (words[1] === 'lock' && !has(/^--check$/))
      ? 'installs-unlocked'
      : null
  }
  if (words[0] === 'pipenv' && words[1] === 'sync') return 'locked'
  if (words[0] === 'pipenv' && words[1] === 'install')
    return has(/^--(deploy|ignore-pipfile)$/) ? 'locked' : 'lock-not-enforced'
  return null
}

/** A program run by name may be one of the project's own; only a version that floats is certain to be fetched. */
function unpinned(spec: string | undefined): Verdict | null {
  if (spec === undefined || spec === '') return null
  return isExact(spec) ? null : 'runs-unpinned'
}

function isExact(spec: string): boolean {
  return /.@v?\d+\.\d+\.\d+[\w.+-]*$|==[\w.+!-]+$/.test(spec)
}

/** Name of the program that npx and its kin would run. */
export function toolName(command: string): string {
  return (
    command
      .split(/\s+/)
      .filter((word) => !word.startsWith('-') && !/^(npx|npm|pnpm|yarn|bunx|exec|x|dlx|uvx)$/.test(word))[0] ?? ''
  )
}
