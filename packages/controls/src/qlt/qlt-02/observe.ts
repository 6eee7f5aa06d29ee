import { type CheckContext, type ToolRun, type TreePort, defineCheck, needTree } from '@greengate/contracts'
import { brief } from '../../lib-reports/index.ts'
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
  withArguments,
} from '../commands.ts'
import { ownTool } from '../own-tools.ts'
import { type Language, byLanguage, isProduction, languageOf, relativeTo, withoutRoot } from '../source-files.ts'
import { control } from './control.ts'
import { type Observation, judge } from './judge.ts'

const SAMPLES_MAX = 20
const OUTPUT_BYTES_MAX = 32 * 1024 * 1024

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['tree'], effect: 'read', quiet: false, timeoutMs: 3_700_000 },
  async observe(context) {
    const tree = needTree(context)
    const sources = tree.files
      .filter((file) => file.link === undefined && isProduction(file.path))
      .map((file) => file.path)
    const commands = await typeCommands(context, tree)
    const runs = await Promise.all(
      (commands?.steps ?? []).map((step) => runStep(context, tree, step, commands?.from ?? '')),
    )
    const wanted = new Set(runs.flatMap((run) => run.languages))
    const denominator = sources.filter((path) => wanted.has(languageOf(path) ?? 'other'))
    // A tool that counts and does not list is believed as far as its count reaches.
    const listed = new Set(runs.flatMap((run) => run.files))
    const countOnly = Math.max(0, ...runs.map((run) => (run.files.length === 0 ? (run.command.looked ?? 0) : 0)))
    const leftOut = countOnly > 0 ? [] : denominator.filter((path) => !listed.has(path))
    const data: Observation = {
      languages: byLanguage(sources),
      commands: runs.map((run) => run.command),
      sourceFiles: denominator.length,
      leftOutFiles: countOnly > 0 ? Math.max(0, denominator.length - countOnly) : leftOut.length,
      leftOut: leftOut.slice(0, 50),
    }
    return {
      data,
      exercised: { commands: runs.length, files: Math.max(listed.size, countOnly), sourceFiles: sources.length },
    }
  },
  clean: (bed) => bed.tree(SOUND, { config: typed() }),
  positiveControls: [
    {
      id: 'wrong-type',
      breaks: 'types',
      code: 'type-errors',
      arrange: (bed) =>
        bed.tree({ ...SOUND, 'src/b.ts': `export const count: number = 'three'\n` }, { config: typed() }),
    },
    {
      id: 'folder-left-out',
      breaks: 'looked',
      code: 'source-left-out',
      arrange: (bed) =>
        bed.tree({ ...SOUND, 'server/main.ts': `export const count: number = 'three'\n` }, { config: typed() }),
    },
  ],
})

async function typeCommands(context: CheckContext, tree: TreePort): Promise<Commands | null> {
  const manifest = await readManifest(tree)
  const declared = context.config.tree.types
  if (declared) return { steps: resolveSteps(declared, manifest), from: 'configuration tree.types' }
  const script = scriptSteps(tree, manifest, [
    'types',
    'typecheck',
    'type-check',
    'check-types',
    'check:types',
    'types:check',
    'tsc',
  ])
  return script ?? toolByManifest(tree, manifest)
}

function toolByManifest(tree: TreePort, manifest: Manifest): Commands | null {
  if (tree.has('tsconfig.json') && manifest.packages.has('typescript')) {
    return {
      steps: [{ argv: ['tsc', '--noEmit', '-p', '.'], env: {} }],
      from: 'tsconfig.json and the dependency on typescript',
    }
  }
  for (const name of ['mypy', 'basedpyright', 'pyright']) {
    const configured =
      (name === 'mypy' && tree.has('mypy.ini')) || (name === 'pyright' && tree.has('pyrightconfig.json'))
    if (configured || pythonNames(manifest, name))
      return {
        steps: [{ argv: name === 'mypy' ? ['mypy', '.'] : [name], env: {} }],
        from: `the Python manifests name ${name}`,
      }
  }
  return null
}

interface TypeRun {
  readonly command: Observation['commands'][number]
  /** Files of the tree that it listed. */
  readonly files: readonly string[]
  readonly languages: readonly Language[]
}

async function runStep(context: CheckContext, tree: TreePort, step: Step, from: string): Promise<TypeRun> {
  const tool = toolOf(step)
  const isTypeScript = tool.name === 'tsc' || tool.name === 'vue-tsc' || tool.name === 'tsgo'
  const asked = isTypeScript
    ? withArguments(step, tool, (args) => [
        ...args.filter((word) => !/^(?:--watch|-w|--pretty)$/.test(word)),
        '--listFiles',
        '--pretty',
        'false',
      ])
    : tool.name.endsWith('pyright')
      ? withArguments(step, tool, (args) => [...args, '--outputjson'])
      : step
  context.progress(`runs ${stepText(step)}`)
  const run = await tree.run({
    argv: asked.argv,
    env: asked.env,
    timeoutMs: context.config.tree.timeoutMs,
    outputBytesMax: OUTPUT_BYTES_MAX,
  })
  const read = isTypeScript ? readTsc(run, tree) : readPython(tool.name, run)
  const clean = (text: string): string => withoutRoot(text, [tree.root])
  return {
    command: {
      text: clean(stepText(step)),
      from,
      tool: tool.name,
      found: run.found,
      exit: run.exit,
      timedOut: run.timedOut,
      errors: read.errors.length,
      samples: read.errors
        .slice(0, SAMPLES_MAX)
        .map((error) => ({ where: clean(error.where), message: brief(clean(error.message)) })),
      // A listing that was cut off is no denominator.
      looked: run.truncated ? null : read.looked,
      output: brief(clean(`${run.stderr} ${read.rest}`).slice(0, 600), 600),
    },
    files: read.files,
    languages: read.languages,
  }
}

interface ToolOutput {
  readonly errors: readonly { where: string; message: string }[]
  readonly files: readonly string[]
  readonly looked: number | null
  readonly languages: readonly Language[]
  readonly rest: string
}

function readTsc(run: ToolRun, tree: TreePort): ToolOutput {
  const errors: { where: string; message: string }[] = []
  const files: string[] = []
  const rest: string[] = []
  for (const line of run.stdout.split(/\r?\n/)) {
    const error = /^(.+?)\((\d+),\d+\): error (TS\d+: .*)$/.exec(line)
    const global = /^error (TS\d+: .*)$/.exec(line)
    if (error) errors.push({ where: `${relativeTo([tree.root], error[1] ?? '')}:${error[2]}`, message: error[3] ?? '' })
    else if (global) errors.push({ where: 'tsconfig.json', message: global[1] ?? '' })
    else {
      const path = relativeTo([tree.root], line.trim())
      if (tree.has(path) && languageOf(path) !== null) files.push(path)
      else if (!/\.d\.[cm]?ts$|\.json$/.test(line)) rest.push(line)
    }
  }
  const languages: Language[] = files.some((path) => languageOf(path) === 'javascript')
    ? ['typescript', 'javascript']
    : ['typescript']
  return { errors, files, looked: files.length, languages, rest: rest.join(' ') }
}

function readPython(tool: string, run: ToolRun): ToolOutput {
  if (tool.endsWith('pyright')) {
    try {
      const json = JSON.parse(run.stdout) as {
        summary?: { filesAnalyzed?: number }
        generalDiagnostics?: { severity?: string; file?: string; message?: string }[]
      }
      const errors = (json.generalDiagnostics ?? [])
        .filter((item) => item.severity === 'error')
        .map((item) => ({ where: item.file ?? '', message: item.message ?? '' }))
      return { errors, files: [], looked: json.summary?.filesAnalyzed ?? null, languages: ['python'], rest: '' }
    } catch {
      return { errors: [], files: [], looked: null, languages: ['python'], rest: run.stdout.slice(0, 600) }
    }
  }
  const errors = [...run.stdout.matchAll(/^(.+?:\d+)(?::\d+)?: error: (.*)$/gm)].map((match) => ({
    where: match[1] ?? '',
    message: match[2] ?? '',
  }))
  const count = tool === 'mypy' ? /(?:no issues found in|checked) (\d+) source files?/.exec(run.stdout)?.[1] : undefined
  return {
    errors,
    files: [],
    looked: count === undefined ? null : Number(count),
    languages: tool === 'mypy' ? ['python'] : ['javascript', 'typescript', 'python', 'other'],
    rest: run.stdout.slice(0, 600),
  }
}

function typed(): { tree: { exclude: string[]; timeoutMs: number; types: string[] } } {
  return { tree: { exclude: [], timeoutMs: 120_000, types: [...ownTool('typescript'), '--noEmit', '-p', '.'] } }
}

const SOUND = {
  'tsconfig.json':
    '{"compilerOptions":{"strict":true,"types":[],"module":"esnext","target":"es2022","moduleResolution":"bundler"},"include":["src"]}\n',
  'src/a.ts': 'export function add(a: number, b: number): number {\n  return a + b\n}\n',
} as const
