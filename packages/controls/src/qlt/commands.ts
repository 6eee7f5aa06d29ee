import type { TreePort } from '@greengate/contracts'

/** One program with its arguments, as a script or the configuration has it. */
export interface Step {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** The tool behind a step: `npx --no-install eslint src` is eslint with the arguments `src`. */
export interface Tool {
  readonly name: string
  /** Position of the tool's own word in `argv`: what is before starts it, what is after are its arguments. */
  readonly at: number
}

export interface Commands {
  readonly steps: readonly Step[]
  /** How it is known: "package.json scripts.lint", "configuration tree.lint". */
  readonly from: string
}

export interface Manifest {
  readonly scripts: Readonly<Record<string, string>>
  /** Names of all direct dependencies, development ones included. */
  readonly packages: ReadonlySet<string>
  /** True if there is a package.json that could be read. */
  readonly node: boolean
  /** True if there is a Python project; `python` holds its manifests' text. */
  readonly hasPython: boolean
  readonly python: string
}

const SCRIPT_DEPTH_MAX = 6
const STEPS_MAX = 20

/** Reads the manifests at the root of the tree. What can't be read counts as not there. */
export async function readManifest(tree: TreePort): Promise<Manifest> {
  const text = tree.has('package.json') ? await tree.read('package.json').catch(() => '') : ''
  const json = parseObject(text)
  const scripts: Record<string, string> = {}
  for (const [name, script] of Object.entries(objectAt(json, 'scripts')))
    if (typeof script === 'string') scripts[name] = script
  const packages = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'].flatMap((key) =>
    Object.keys(objectAt(json, key)),
  )
  let python = ''
  for (const path of tree.files.map((file) => file.path)) {
    if (
      !/^(?:pyproject\.toml|setup\.cfg|tox\.ini|pytest\.ini|Pipfile|requirements[^/]*\.(?:txt|in)|requirements\/[^/]*\.txt)$/.test(
        path,
      )
    )
      continue
    python += `\n${await tree.read(path).catch(() => '')}`
  }
  return { scripts, packages: new Set(packages), node: json !== null, hasPython: python !== '', python }
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

function objectAt(json: Record<string, unknown> | null, key: string): Record<string, unknown> {
  const value = json?.[key]
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

/** Whether a Python project names a package or configures a tool. */
export function pythonNames(manifest: Manifest, name: string): boolean {
  return new RegExp(`(?:^|["'\\s\\[.])${name}(?=$|["'\\s\\]=<>~!;,.\\[])`, 'm').test(manifest.python)
}

/**
 * A command as the steps it consists of. Scripts of package.json are followed; where a script needs a shell (pipes,
 * substitutions, background jobs) the command stays whole.
 */
export function resolveSteps(argv: readonly string[], manifest: Manifest, depth = 0): readonly Step[] {
  const whole: readonly Step[] = [{ argv, env: {} }]
  if (depth > SCRIPT_DEPTH_MAX) return whole
  const script = scriptOf(argv, manifest)
  if (!script) return whole
  const steps: Step[] = []
  for (const name of [`pre${script.name}`, script.name, `post${script.name}`]) {
    const text = manifest.scripts[name]
    if (text === undefined) continue
    const parsed = splitScript(name === script.name ? [text, ...script.args.map(quote)].join(' ') : text)
    if (!parsed) return whole
    for (const step of parsed) {
      for (const inner of resolveSteps(step.argv, manifest, depth + 1)) {
        steps.push({ argv: inner.argv, env: { ...step.env, ...inner.env } })
      }
    }
  }
  return steps.length > 0 && steps.length <= STEPS_MAX ? steps : whole
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** `npm run lint -- --x` as the script and what is added to it; null if it is not the call of a script of this package. */
function scriptOf(argv: readonly string[], manifest: Manifest): { name: string; args: readonly string[] } | null {
  const [program = '', ...rest] = argv
  if (!/^(?:npm|pnpm|yarn|bun)$/.test(program)) return null
  const words = rest.filter((word) => !/^(?:-s|--silent|--if-present)$/.test(word))
  const hasVerb = words[0] === 'run' || words[0] === 'run-script'
  const verb = hasVerb ? words.slice(1) : words
  const name = verb[0] === 't' ? 'test' : verb[0]
  if (name === undefined || name.startsWith('-') || !Object.hasOwn(manifest.scripts, name)) return null
  if (!hasVerb && program === 'npm' && name !== 'test' && name !== 'start') return null
  const after = verb.slice(1)
  const separator = after.indexOf('--')
  // Options before `--` are the package manager's own: a workspace, a prefix.
  if (program === 'npm' && (separator < 0 ? after.length > 0 : separator > 0)) return null
  if (after.some((word) => /^(?:-w|-r|--workspaces?|--recursive|--filter|--prefix)/.test(word)) && separator !== 0)
    return null
  return { name, args: separator >= 0 ? [...after.slice(0, separator), ...after.slice(separator + 1)] : after }
}

/** The steps of a script joined with `&&`; null where it takes a shell to understand it. */
export function splitScript(text: string): Step[] | null {
  const steps: { argv: string[]; env: Record<string, string> }[] = [{ argv: [], env: {} }]
  let word = ''
  let inWord = false
  let quoteChar = ''
  const end = (): void => {
    if (!inWord) return
    const step = steps.at(-1)
    const assignment = /^([A-Za-z_]\w*)=(.*)$/s.exec(word)
    if (
      step &&
      assignment?.[1] &&
      (step.argv.length === 0 || (step.argv.length === 1 && step.argv[0] === 'cross-env'))
    ) {
      step.env[assignment[1]] = assignment[2] ?? ''
    } else step?.argv.push(word)
    word = ''
    inWord = false
  }
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charAt(i)
    if (quoteChar !== '') {
      if (c === quoteChar) quoteChar = ''
      else if (c === '\\' && quoteChar === '"' && /["\\$`]/.test(text.charAt(i + 1))) word += text.charAt((i += 1))
      else if (quoteChar === '"' && /[$`]/.test(c)) return null
      else word += c
    } else if (c === '"' || c === "'") {
      quoteChar = c
      inWord = true
    } else if (c === '&' && text.charAt(i + 1) === '&') {
      end()
      i += 1
      steps.push({ argv: [], env: {} })
    } else if (/[|&;<>$`()\n]/.test(c)) return null
    else if (/\s/.test(c)) end()
    else {
      if (c === '\\') i += 1
      word += text.charAt(i)
      inWord = true
    }
  }
  if (quoteChar !== '') return null
  end()
  for (const step of steps) if (step.argv[0] === 'cross-env') step.argv.shift()
  return steps.every((step) => step.argv.length > 0) ? steps : null
}

const STARTERS: readonly (readonly [RegExp, number])[] = [
  [/^(?:npx|bunx|pnpx)$/, 1],
  [/^(?:pnpm|yarn|npm|bun) (?:exec|dlx|x)$/, 2],
  [/^(?:uv|poetry|pipenv|pdm|hatch|rye) run$/, 2],
  [/^python[\d.]* -m$/, 2],
]

/** The tool that a step runs. */
export function toolOf(step: Step): Tool {
  let at = 0
  for (let round = 0; round < 4; round += 1) {
    const rest = step.argv.slice(at)
    const starter = STARTERS.find(([pattern, words]) => pattern.test(rest.slice(0, words).map(programName).join(' ')))
    if (starter) {
      at += starter[1]
      while ((step.argv[at] ?? '').startsWith('-') && at < step.argv.length - 1) at += 1
    } else if (programName(rest[0] ?? '') === 'node' && !rest.includes('--test') && !rest.includes('--check')) {
      const file = rest.findIndex((word, index) => index > 0 && !word.startsWith('-'))
      if (file < 0 || rest[file - 1] === '--import' || rest[file - 1] === '-r') break
      at += file
    } else break
  }
  return { name: programName(step.argv[at] ?? ''), at }
}

function programName(word: string): string {
  const name = word.replaceAll('\\', '/').split('/').at(-1) ?? ''
  return name.replace(/\.(?:exe|cmd|[cm]?js)$/i, '')
}

/** A step as a person would type it. */
export function stepText(step: Step): string {
  return [...Object.entries(step.env).map(([name, value]) => `${name}=${quote(value)}`), ...step.argv.map(quote)].join(
    ' ',
  )
}

/** The step with other arguments behind its tool. */
export function withArguments(step: Step, tool: Tool, change: (args: readonly string[]) => readonly string[]): Step {
  return { env: step.env, argv: [...step.argv.slice(0, tool.at + 1), ...change(step.argv.slice(tool.at + 1))] }
}

/** The package manager that the lock file says. */
export function packageManager(tree: TreePort): string {
  if (tree.has('pnpm-lock.yaml')) return 'pnpm'
  if (tree.has('yarn.lock')) return 'yarn'
  return tree.has('bun.lock') || tree.has('bun.lockb') ? 'bun' : 'npm'
}

/** The first of these scripts that there is. */
export function scriptSteps(tree: TreePort, manifest: Manifest, names: readonly string[]): Commands | null {
  const name = names.find((candidate) => Object.hasOwn(manifest.scripts, candidate))
  if (name === undefined) return null
  return { steps: resolveSteps([packageManager(tree), 'run', name], manifest), from: `package.json scripts.${name}` }
}
