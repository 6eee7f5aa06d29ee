import { type CheckContext, defineCheck, needTree } from '@greengate/contracts'
import { type EnvRead, envReads } from '../../lib/env-reads.ts'
import { readRegistry } from '../../lib/registry.ts'
import { isSupportCode, languageOf, parseSource } from '../../lib/syntax.ts'
import { control } from './control.ts'
import { judge, type Observation } from './judge.ts'

const OTHER_SOURCE = /\.(go|rs|java|kt|rb|php|cs|ex|exs|scala|swift)$/
/** Files that read variables in languages of their own: only whether a name stands in them is looked at. */
const MENTIONS = /(\.prisma|\.ya?ml|\.toml|\.sh|Dockerfile[^/]*|Makefile|\.html|package\.json)$/

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

async function observeReads(context: CheckContext): Promise<Observation> {
  const tree = needTree(context)
  const registry = await readRegistry(context.config, tree)
  const declared = new Set(Object.keys(registry.variables))
  const reads: EnvRead[] = []
  const mentioned = new Set<string>()
  const groups: (readonly EnvRead[])[] = []
  const dynamic: { kind: 'keyed' | 'whole'; where: string }[] = []
  const notUnderstood: string[] = []
  let sources = 0
  for (const file of tree.files) {
    if (file.link !== undefined || /(^|\/)(dist|build|vendor|node_modules)\//.test(file.path)) continue
    const isSupport = isSupportCode(file.path)
    const language = languageOf(file.path)
    if (language === null) {
      if (OTHER_SOURCE.test(file.path) && !isSupport) notUnderstood.push(file.path)
      else if (MENTIONS.test(file.path) && file.sizeBytes < 1_000_000) {
        const text = await tree.read(file.path)
        for (const name of declared) if (new RegExp(`\\b${name}\\b`).test(text)) mentioned.add(name)
      }
      continue
    }
    const root = parseSource(file.path, await tree.read(file.path))
    if (!root) {
      if (!isSupport) notUnderstood.push(file.path)
      continue
    }
    const found = envReads(file.path, root, language)
    if (isSupport) {
      for (const read of found.reads) mentioned.add(read.name)
      continue
    }
    sources += 1
    reads.push(...found.reads)
    groups.push(...found.groups)
    dynamic.push(...found.dynamic)
  }
  const hasLoader = dynamic.length > 0
  const known = new Set(
    groups
      .flat()
      .map((entry) => entry.name)
      .filter((name) => declared.has(name)),
  )
  if (hasLoader) {
    for (const name of known) mentioned.add(name)
    // What stands beside declared names in the same literal is read by the same loader.
    for (const group of groups)
      if (group.filter((entry) => declared.has(entry.name)).length * 2 > group.length) reads.push(...group)
  }
  const registeredByFile = typeof context.config.variables === 'string' && hasLoader
  if (registeredByFile) for (const name of declared) mentioned.add(name)
  return {
    sources, notUnderstood: notUnderstood.slice(0, 50),
    registry: { where: registry.where, problem: registry.problem, variables: Object.entries(registry.variables).map(([name, { supplier, reason, format, secret }]) => ({ name, supplier, reason, format, secret })) },
    reads: reads.slice(0, 1500), mentioned: [...mentioned].toSorted().slice(0, 1500),
    dynamic: dynamic.slice(0, 200).map((entry) => ({ ...entry, registered: known.size > 0 || registeredByFile })),
  } // prettier-ignore
}
