import { dirname, join } from 'node:path/posix'
import { type CheckContext, defineCheck, needTree, type TreePort } from '@greengate/contracts'
import { type EnvRead, type EnvReads, envReads } from '../../lib/env-reads.ts'
import { surveyEnv } from '../../lib/env-survey.ts'
import { readRegistry } from '../../lib/registry.ts'
import { isSupportCode, languageOf, parseSource } from '../../lib/syntax.ts'
import { control } from './control.ts'
import { judge, type Observation } from './judge.ts'

const OTHER_SOURCE = /\.(go|rs|java|kt|rb|php|cs|ex|exs|scala|swift)$/
/** Files that read variables in languages of their own: only whether a name stands in them is looked at. */
/** Variables by setting, for the package `config`. */
const NODE_CONFIG = /(^|\/)custom-environment-variables\.(json|ya?ml)$/
const MENTIONS =
  /(custom-environment-variables\.json|\.prisma|\.ya?ml|\.toml|\.sh|Dockerfile[^/]*|Makefile|\.html|package\.json)$/

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['tree'], effect: 'read', quiet: false, timeoutMs: 120_000 },
  async observe(context) {
    const data = await observeReads(context)
    return { data, exercised: { sources: data.sources, reads: data.reads.length } }
  },
  clean: (bed) =>
    bed.tree(
      { 'src/main.ts': CLEAN, 'src/load.ts': LOADER },
      { config: { variables: variables('PORT', 'API_TOKEN', 'FROM_LOOP') } },
    ),
  positiveControls: [
    { id: 'undeclared', breaks: 'declared', code: 'undeclared-variable', arrange: (bed) => bed.tree({ 'src/main.ts': `${CLEAN}const { EXTRA: extra = 1 } = process.env\n` }, { config: { variables: variables('PORT', 'API_TOKEN') } }) },
    { id: 'undeclared-python', breaks: 'declared', code: 'undeclared-variable', arrange: (bed) => bed.tree({ 'app/main.py': 'import os\nport = os.environ["PORT"]\nkey = os.getenv("HIDDEN", "x")\n' }, { config: { variables: variables('PORT') } }) },
    { id: 'no-reason', breaks: 'described', code: 'description-incomplete', arrange: (bed) => bed.tree({ 'src/main.ts': CLEAN }, { config: { variables: { ...variables('PORT', 'API_TOKEN'), PORT: { ...variable(), reason: '' } } } }) },
    { id: 'unread', breaks: 'read', code: 'unread-variable', arrange: (bed) => bed.tree({ 'src/main.ts': CLEAN }, { config: { variables: variables('PORT', 'API_TOKEN', 'OLD_ONE') } }) },
  ], // prettier-ignore
})

const CLEAN = "export const port = process.env.PORT\nexport const token = process.env['API_TOKEN']\n"
const LOADER =
  'const all = { FROM_LOOP: { required: true } }\nexport const values = Object.keys(all).map((key) => process.env[key])\n'

function variable() {
  return {
    required: true,
    secret: false,
    format: 'string' as const,
    supplier: 'platform',
    reason: 'test',
    thirdParty: false,
  }
}

function variables(...names: string[]) {
  return Object.fromEntries(names.map((name) => [name, variable()]))
}

/** Folders of the tree's own packages, by name. */
async function packageFolders(tree: TreePort): Promise<Map<string, string>> {
  const folders = new Map<string, string>()
  for (const file of tree.files) {
    if (file.link !== undefined || !/(^|\/)package\.json$/.test(file.path) || file.path.includes('node_modules/'))
      continue
    const name = /"name"\s*:\s*"([^"]+)"/.exec(await tree.read(file.path).catch(() => ''))?.[1]
    if (name !== undefined) folders.set(name, dirname(file.path))
  }
  return folders
}

/** Folders of the tree from which a file imports: of its neighbours, and of packages of the tree. */
function importedFolders(path: string, found: EnvReads, packages: ReadonlyMap<string, string>): string[] {
  return [...found.imports.values()].flatMap((from) => {
    if (from.startsWith('.')) return [dirname(join(dirname(path), from))]
    const name = from
      .split('/')
      .slice(0, from.startsWith('@') ? 2 : 1)
      .join('/')
    return packages.get(name) ?? []
  })
}

async function observeReads(context: CheckContext): Promise<Observation> {
  const tree = needTree(context)
  const registry = await readRegistry(context.config, tree)
  const declared = new Set(Object.keys(registry.variables))
  const files = new Map<string, EnvReads>()
  const mentioned = new Set<string>()
  const extra: EnvRead[] = []
  const notUnderstood: string[] = []
  const registryFile = registry.where.split('/').at(-1) ?? ''
  const loaders: string[] = []
  const packages = await packageFolders(tree)
  for (const file of tree.files) {
    if (file.link !== undefined || /(^|\/)(dist|build|vendor|node_modules|\.venv|venv)\//.test(file.path)) continue
    const isSupport = isSupportCode(file.path)
    const language = languageOf(file.path)
    if (language === null && !OTHER_SOURCE.test(file.path) && !MENTIONS.test(file.path)) continue
    const text = await tree.read(file.path).catch(() => null)
    if (language === null || text === null) {
      if ((language !== null || OTHER_SOURCE.test(file.path)) && !isSupport) notUnderstood.push(file.path)
      else if (text !== null && file.sizeBytes < 1_000_000) {
        for (const name of declared) if (new RegExp(`\\b${name}\\b`).test(text)) mentioned.add(name)
        if (NODE_CONFIG.test(file.path))
          for (const match of text.matchAll(/:\s*"?([A-Z][A-Z0-9_]+)"?\s*[,}\n]/g))
            extra.push({ name: match[1] ?? '', where: `${file.path}:${text.slice(0, match.index).split('\n').length}` })
      }
      continue
    }
    const root = parseSource(file.path, text)
    if (!root) {
      if (!isSupport) notUnderstood.push(file.path)
      continue
    }
    const found = envReads(file.path, root, language)
    if (isSupport) {
      for (const read of found.reads) mentioned.add(read.name)
      for (const call of found.calls)
        for (const arg of call.args) if (arg && 'literal' in arg) mentioned.add(arg.literal)
      continue
    }
    files.set(file.path, found)
    if (typeof context.config.variables === 'string' && text.includes(registryFile))
      loaders.push(dirname(file.path), ...importedFolders(file.path, found, packages))
  }
  const survey = surveyEnv(files, (name) => declared.has(name))
  // A loader beside the code that opens the registry's own file reads what the registry declares, and that alone.
  const readsRegistry = (where: string): boolean =>
    loaders.some((folder) => `${dirname(where)}/`.startsWith(`${folder}/`) || folder === '.')
  const dynamic = survey.dynamic.map(({ kind, where, registered }) => ({
    kind,
    where,
    registered: registered || readsRegistry(where),
  }))
  if (survey.dynamic.some((entry) => readsRegistry(entry.where))) for (const name of declared) mentioned.add(name)
  const reads = [...survey.reads, ...extra]
  const sources = files.size
  return {
    sources, notUnderstood: notUnderstood.slice(0, 50),
    registry: { where: registry.where, problem: registry.problem, variables: Object.entries(registry.variables).map(([name, { supplier, reason, format, secret }]) => ({ name, supplier, reason, format, secret })) },
    reads: reads.slice(0, 1500), mentioned: [...mentioned].toSorted().slice(0, 1500),
    dynamic: dynamic.slice(0, 200),
  } // prettier-ignore
}
