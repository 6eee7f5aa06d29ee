import { type CheckContext, type TreePort, defineCheck, needTree } from '@greengate/contracts'
import { brief, parseSarif } from '../../lib-reports/index.ts'
import {
  type Commands,
  type Manifest,
  type Step,
  pythonNames,
  readManifest,
  resolveSteps,
  scriptSteps,
  stepText,
  toolOf,
} from '../commands.ts'
import { askForReport, readLinter, roleOf } from '../linters.ts'
import { ownTool } from '../own-tools.ts'
import { runSteps } from '../run-steps.ts'
import { isWritten, languageOf, withoutRoot } from '../source-files.ts'
import { control } from './control.ts'
import { type Observation, judge } from './judge.ts'

const OUTPUT_BYTES_MAX = 32 * 1024 * 1024
/** More would not fit on a command line everywhere. */
const FORMATTED_MAX = 1500
const WORDS_MAX = 30
type Command = Observation['commands'][number]

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['tree'], effect: 'read', quiet: false, timeoutMs: 3_700_000 },
  async observe(context) {
    const tree = needTree(context)
    const manifest = await readManifest(tree)
    const sources = tree.files
      .filter((file) => file.link === undefined && isWritten(file.path))
      .map((file) => file.path)
    const lint = lintCommands(context, tree, manifest)
    const style = lint?.steps.some((step) => roleOf(step) === 'style') ? null : styleCommands(tree, manifest)
    const { lintReport } = context.config.tree
    const reported = lintReport !== undefined && lint ? await runReported(context, tree, lint, lintReport) : null
    const lintRuns = reported
      ? reported.commands
      : (lint?.steps ?? []).map((step) => runStep(context, tree, step, lint?.from ?? ''))
    const styleRuns = (style?.steps ?? []).map((step) => runStep(context, tree, step, style?.from ?? '', 'style'))
    const commands = await Promise.all([...lintRuns, ...styleRuns])
    const data: Observation = {
      sourceFiles: sources.filter(
        (path) => languageOf(path) !== 'other' || commands.every((command) => command.role !== 'lint'),
      ).length,
      commands,
      sarif: reported?.sarif ?? null,
      styleRules: styleRules(manifest),
    }
    const looked = commands.reduce((total, command) => total + (command.looked ?? 0), 0)
    return { data, exercised: { commands: commands.length, files: looked, sourceFiles: sources.length } }
  },
  clean: (bed) => bed.tree(planted({}), { config: linted() }),
  positiveControls: [
    {
      id: 'real-lint-error',
      breaks: 'lint',
      code: 'lint-errors',
      arrange: (bed) =>
        bed.tree(planted({ 'src/b.js': 'export function pick(a) {\n  debugger\n  return a\n}\n' }), {
          config: linted(),
        }),
    },
    {
      id: 'unformatted-file',
      breaks: 'style',
      code: 'style-errors',
      arrange: (bed) =>
        bed.tree(planted({ 'src/b.js': 'export   function pick(a){return   a}\n' }), { config: linted() }),
    },
  ],
})

function lintCommands(context: CheckContext, tree: TreePort, manifest: Manifest): Commands | null {
  const declared = context.config.tree.lint
  if (declared) return { steps: resolveSteps(declared, manifest), from: 'configuration tree.lint' }
  const script = scriptSteps(tree, manifest, ['lint', 'lint:check', 'check:lint', 'lint:ci'])
  if (script) return script
  const known = [
    ['oxlint', ['oxlint']],
    ['eslint', ['eslint', '.']],
    ['@biomejs/biome', ['biome', 'lint', '.']],
  ] as const
  for (const [name, argv] of known)
    if (manifest.packages.has(name)) return { steps: [{ argv, env: {} }], from: `package.json depends on ${name}` }
  if (tree.has('ruff.toml') || pythonNames(manifest, 'ruff'))
    return { steps: [{ argv: ['ruff', 'check', '.'], env: {} }], from: 'the Python manifests name ruff' }
  if (tree.has('.flake8') || pythonNames(manifest, 'flake8'))
    return { steps: [{ argv: ['flake8'], env: {} }], from: 'the Python manifests name flake8' }
  return null
}

/** Where nothing says how the style is checked: the formatter that the manifest names, on the tree's own source. */
export function styleCommands(tree: TreePort, manifest: Manifest): Commands | null {
  const script = scriptSteps(tree, manifest, [
    'format:check',
    'check:format',
    'fmt:check',
    'check-format',
    'prettier:check',
    'style',
    'lint:style',
  ])
  if (script) return script
  const from = 'a formatter is named in the manifest'
  // Only source: what else lies in the tree was perhaps never meant to be formatted.
  if (manifest.packages.has('prettier'))
    return { steps: [{ argv: ['prettier', '--check', ...formatted(tree)], env: {} }], from }
  if (manifest.packages.has('@biomejs/biome')) return { steps: [{ argv: ['biome', 'format', '.'], env: {} }], from }
  if (pythonNames(manifest, 'black')) return { steps: [{ argv: ['black', '--check', '.'], env: {} }], from }
  if (/\[tool\.ruff\.format\]|ruff-format/.test(manifest.python))
    return { steps: [{ argv: ['ruff', 'format', '--check', '.'], env: {} }], from }
  return null
}

/** Source that the formatter looks at: everything, or file by file where the configuration says that some is not the service's. */
function formatted(tree: TreePort): readonly string[] {
  const everything = ['**/*.{js,mjs,cjs,jsx,ts,mts,cts,tsx}']
  if (!tree.isExcluded) return everything
  const own = tree.files.filter((file) => file.link === undefined && /\.[cm]?[jt]sx?$/.test(file.path))
  return own.length > 0 && own.length <= FORMATTED_MAX ? own.map((file) => file.path) : everything
}

/** Packages that give a linter rules of style; flake8 and pylint have theirs built in. */
function styleRules(manifest: Manifest): string {
  const known = [
    '@stylistic/eslint-plugin',
    'eslint-plugin-prettier',
    'standard',
    'xo',
    'neostandard',
    'eslint-config-standard',
    'eslint-config-airbnb',
    'eslint-config-airbnb-base',
  ]
  const found = known.find((name) => manifest.packages.has(name))
  return found ?? (pythonNames(manifest, 'flake8') ? 'flake8' : pythonNames(manifest, 'pylint') ? 'pylint' : '')
}

async function runStep(
  context: CheckContext,
  tree: TreePort,
  step: Step,
  from: string,
  as?: Command['role'],
): Promise<Command> {
  const asked = askForReport(step)
  context.progress(`runs ${shortText(step)}`)
  const run = await tree.run({
    argv: asked.argv,
    env: asked.env,
    timeoutMs: context.config.tree.timeoutMs,
    outputBytesMax: OUTPUT_BYTES_MAX,
  })
  const read = readLinter(step, run, tree)
  return describe(tree, step, from, as ?? roleOf(step), {
    ...run,
    looked: run.truncated ? null : read.looked,
    errors: read.errors,
  })
}

/** A step as a person would type it, a long list of files left out. */
function shortText(step: Step): string {
  const kept = step.argv.slice(0, WORDS_MAX)
  const more = step.argv.length - kept.length
  return `${stepText({ ...step, argv: kept })}${more > 0 ? ` and ${more} more` : ''}`
}

interface Ran {
  readonly found: boolean
  readonly exit: number | null
  readonly timedOut: boolean
  readonly stdout: string
  readonly stderr: string
  readonly looked: number | null
  readonly errors: readonly { where: string; message: string }[]
}

function describe(tree: TreePort, step: Step, from: string, role: Command['role'], run: Ran): Command {
  const clean = (text: string): string => withoutRoot(text, [tree.root])
  return {
    role,
    text: clean(shortText(step)),
    from,
    tool: toolOf(step).name,
    found: run.found,
    exit: run.exit,
    timedOut: run.timedOut,
    errors: run.errors.length,
    samples: run.errors
      .slice(0, 20)
      .map((error) => ({ where: clean(error.where), message: brief(clean(error.message)) })),
    looked: run.looked,
    output: brief(clean(`${run.stderr} ${run.stdout}`).slice(0, 600), 600),
  }
}

/** A command that writes SARIF runs as the owner wrote it: it must be this run that wrote the report. */
async function runReported(
  context: CheckContext,
  tree: TreePort,
  lint: Commands,
  path: string,
): Promise<{ commands: Command[]; sarif: Observation['sarif'] }> {
  const run = await runSteps(tree, { steps: lint.steps, reports: [path], timeoutMs: context.config.tree.timeoutMs })
  const commands = lint.steps.flatMap((step, index) => {
    const ended = run?.steps[index]
    return ended ? [describe(tree, step, lint.from, roleOf(step), { ...ended, looked: null, errors: [] })] : []
  })
  const file = run?.reports[0]
  const base = { path, problem: '', errors: 0, files: 0, successful: false }
  if (!file) return { commands, sarif: { ...base, state: 'broken', problem: 'the run gave no answer' } }
  if (file.state !== 'fresh') return { commands, sarif: { ...base, state: file.state } }
  const parsed = parseSarif(file.text)
  if (!parsed.ok) return { commands, sarif: { ...base, state: 'broken', problem: parsed.message } }
  const { errors, files, successful } = parsed.value
  return { commands, sarif: { ...base, state: 'fresh', errors, files, successful } }
}

function linted(): { tree: { exclude: string[]; timeoutMs: number; lint: string[] } } {
  return { tree: { exclude: [], timeoutMs: 120_000, lint: [...ownTool('oxlint'), '--deny-warnings', '.'] } }
}

/** A sound tree; its style is checked by a real formatter, which is found beside Greengate. */
function planted(files: Readonly<Record<string, string>>): Record<string, string> {
  const words = [...ownTool('prettier'), '--check', 'src'].map((word) => `'${word}'`)
  const manifest = { name: 'planted', private: true, type: 'module', scripts: { 'format:check': words.join(' ') } }
  return {
    'package.json': `${JSON.stringify(manifest, null, 2)}\n`,
    'src/a.js': 'export function add(a, b) {\n  return a + b;\n}\n',
    '.prettierrc.json': '{}\n',
    ...Object.fromEntries(
      Object.entries(files).map(([path, text]) => [
        path,
        text.replace('debugger\n', 'debugger;\n').replace('return a\n', 'return a;\n'),
      ]),
    ),
  }
}
