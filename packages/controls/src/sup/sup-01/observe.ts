import { dirname, join, relative } from 'node:path/posix'
import { defineCheck, needTree, type TreePort } from '@greengate/contracts'
import { parse as parseToml } from 'smol-toml'
import {
  type Lock,
  list,
  readNpmLock,
  readPnpmLock,
  readPythonLock,
  readYarnLock,
  record,
  requirementLines,
  text,
} from '../../lib/locks.ts'
import { control } from './control.ts'
import { judge, type Observation, type Project } from './judge.ts'

const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/(^|\/)go\.mod$/, 'Go'], [/(^|\/)Cargo\.toml$/, 'Rust'], [/(^|\/)pom\.xml$|(^|\/)build\.gradle(\.kts)?$/, 'Java'],
  [/(^|\/)Gemfile$/, 'Ruby'], [/(^|\/)composer\.json$/, 'PHP'], [/\.(cs|fs|vb)proj$/, '.NET'], [/(^|\/)mix\.exs$/, 'Elixir'],
  [/(^|\/)deno\.jsonc?$/, 'Deno'], [/(^|\/)bun\.lockb?$/, 'Bun'], [/(^|\/)setup\.(py|cfg)$/, 'Python setuptools'],
  [/(^|\/)environment\.ya?ml$/, 'Conda'], [/(^|\/)Package\.swift$/, 'Swift'], [/(^|\/)pubspec\.yaml$/, 'Dart'], [/(^|\/)build\.sbt$/, 'Scala'],
] // prettier-ignore
const NODE_LOCKS = ['package-lock.json', 'npm-shrinkwrap.json', 'pnpm-lock.yaml', 'yarn.lock']
const PYTHON_LOCKS = ['uv.lock', 'poetry.lock', 'Pipfile.lock']
const NOT_INSTALLED = /(^|\/)(node_modules|fixtures|__fixtures__|testdata)\//
const LISTED_MAX = 200

type Declared = { name: string; spec: string }

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['tree'], effect: 'read', quiet: false, timeoutMs: 120_000 },
  async observe(context) {
    const tree = needTree(context)
    const paths = tree.files
      .filter((file) => file.link === undefined && !NOT_INSTALLED.test(file.path))
      .map((file) => file.path)
    const projects: Project[] = []
    const pythonFolders = new Set<string>()
    for (const path of paths) {
      if (/(^|\/)package\.json$/.test(path)) projects.push(await nodeProject(tree, path))
      else if (/(^|\/)pyproject\.toml$|(^|\/)Pipfile$/.test(path)) {
        const project = await pythonProject(tree, path)
        if (project) projects.push(project)
        pythonFolders.add(dirname(path))
      } else if (/(^|\/)[^/]*requirements[^/]*\.txt$|(^|\/)requirements\/[^/]+\.txt$/.test(path))
        projects.push(await requirements(tree, path))
    }
    const notUnderstood = paths.flatMap((path) => {
      const other = OTHERS.find(([pattern]) => pattern.test(path))
      // A setup.py beside a pyproject.toml is the older half of the same project.
      return other && !(other[1] === 'Python setuptools' && pythonFolders.has(dirname(path)))
        ? [{ ecosystem: other[1], where: path }]
        : []
    })
    const manifests =
      /(^|\/)(package(-lock)?\.json|pnpm-lock\.yaml|yarn\.lock|pyproject\.toml|[^/]*requirements[^/]*\.txt|uv\.lock)$/
    const unreadable = tree.unreadable.map((entry) => entry.path).filter((path) => manifests.test(path))
    const data: Observation = { projects, notUnderstood, unreadable }
    const sum = (key: 'declared' | 'entries'): number => projects.reduce((total, project) => total + project[key], 0)
    return { data, exercised: { manifests: projects.length, declared: sum('declared'), locked: sum('entries') } }
  },
  clean: (bed) =>
    bed.tree({
      'package.json': MANIFEST,
      'package-lock.json': nodeLock({}),
      'requirements.txt': `demo==1.0.0 \\\n    --hash=sha256:${'a'.repeat(64)}\n`,
    }),
  positiveControls: [
    { id: 'no-lock', breaks: 'locked', code: 'lock-missing', arrange: (bed) => bed.tree({ 'package.json': MANIFEST }) },
    {
      id: 'lock-behind-manifest', breaks: 'agreeing', code: 'lock-disagrees',
      arrange: (bed) => bed.tree({ 'package.json': MANIFEST.replace('1.0.0', '2.0.0'), 'package-lock.json': nodeLock({}) }),
    },
    { id: 'git-dependency', breaks: 'hashed', code: 'hash-missing', arrange: (bed) => bed.tree({ 'package.json': MANIFEST, 'package-lock.json': nodeLock({ bare: true }) }) },
    { id: 'requirement-without-hash', breaks: 'hashed', code: 'hash-missing', arrange: (bed) => bed.tree({ 'requirements.txt': 'demo==1.0.0\n' }) },
  ], // prettier-ignore
})

const MANIFEST = '{"name":"planted","dependencies":{"demo":"1.0.0"}}'

function nodeLock(options: { bare?: boolean }): string {
  const entry = options.bare
    ? { version: '1.0.0', resolved: 'git+ssh://git@host.invalid/demo.git#0123456' }
    : { version: '1.0.0', integrity: `sha512-${'A'.repeat(86)}==` }
  return JSON.stringify({
    name: 'planted',
    lockfileVersion: 3,
    packages: { '': { dependencies: { demo: '1.0.0' } }, 'node_modules/demo': entry },
  })
}

function compare(
  project: Omit<Project, 'declared' | 'agreeing' | 'entries' | 'hashed' | 'disagreements' | 'unhashed'>,
  folder: string,
  declared: readonly Declared[],
  lock: Lock | null,
): Project {
  const disagreements = lock ? declared.flatMap(({ name, spec }) => {
    const state = lock.declared(folder, name, spec)
    return state === 'agrees' ? [] : [{ name, where: project.manifest, detail: `${state}: ${spec}` }]
  }) : [] // prettier-ignore
  const unhashed = (lock?.entries ?? [])
    .filter((entry) => !entry.hashed)
    .map((entry) => ({
      name: entry.name,
      where: project.lock,
      detail: withoutCredentials(entry.source) || entry.version,
    }))
  const entries = lock?.entries.length ?? 0
  return {
    ...project, declared: declared.length, agreeing: lock ? declared.length - disagreements.length : 0, entries, hashed: entries - unhashed.length,
    disagreements: disagreements.slice(0, LISTED_MAX), unhashed: unhashed.slice(0, LISTED_MAX),
  } // prettier-ignore
}

function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^@/]+@/, '//').slice(0, 200)
}

function nearest(tree: TreePort, folder: string, names: readonly string[]): string {
  for (let at = folder; ; at = dirname(at)) {
    const name = names.find((candidate) => tree.has(join(at, candidate)))
    if (name) return join(at, name)
    if (at === '.' || at === '/') return ''
  }
}

async function nodeProject(tree: TreePort, manifest: string): Promise<Project> {
  const base = { ecosystem: 'node', manifest, lock: '', problem: '' }
  const folder = dirname(manifest)
  let declared: Declared[] = []
  let path = ''
  try {
    const json = record(JSON.parse(await tree.read(manifest)))
    const all = new Map<string, string>()
    for (const key of ['devDependencies', 'dependencies', 'optionalDependencies'])
      for (const [name, spec] of Object.entries(record(json[key]))) all.set(name, text(spec))
    declared = [...all].map(([name, spec]) => ({ name, spec }))
    path = nearest(tree, folder, NODE_LOCKS)
    if (path === '') return compare(base, '.', declared, null)
    const source = await tree.read(path)
    const lock = path.endsWith('.yaml')
      ? readPnpmLock(source)
      : path.endsWith('yarn.lock')
        ? readYarnLock(source)
        : readNpmLock(source)
    const own = relative(dirname(path), folder) || '.'
    if (!lock.hasProject(own) && own !== '.') return compare(base, '.', declared, null)
    return compare({ ...base, lock: path }, own, declared, lock)
  } catch (error) {
    return compare(
      { ...base, lock: path, problem: error instanceof Error ? error.message.slice(0, 200) : String(error) },
      '.',
      declared,
      null,
    )
  }
}

async function pythonProject(tree: TreePort, manifest: string): Promise<Project | null> {
  const base = { ecosystem: 'python', manifest, lock: '', problem: '' }
  const folder = dirname(manifest)
  try {
    const toml = record(parseToml(await tree.read(manifest)))
    const declared = manifest.endsWith('Pipfile') ? pipfileDeclared(toml) : pyprojectDeclared(toml)
    if (
      !manifest.endsWith('Pipfile') &&
      !('project' in toml) &&
      !('poetry' in record(toml['tool'])) &&
      declared.length === 0
    )
      return null
    const path = nearest(tree, folder, manifest.endsWith('Pipfile') ? ['Pipfile.lock'] : PYTHON_LOCKS)
    if (path !== '') return compare({ ...base, lock: path }, '.', declared, readPythonLock(path, await tree.read(path)))
    const compiled = ['requirements.txt', 'requirements.lock']
      .map((name) => join(folder, name))
      .find((name) => tree.has(name))
    if (!compiled) return compare(base, '.', declared, null)
    const lines = requirementLines(await tree.read(compiled)).filter((line) => line.name !== '')
    const names = new Set(lines.map((line) => line.name.toLowerCase().replace(/[-_.]+/g, '-')))
    const entries = lines.map((line) => ({
      name: line.name,
      version: line.version,
      hashed: line.hashed && line.version !== '',
      source: '',
    }))
    return compare({ ...base, lock: compiled }, '.', declared, {
      entries, hasProject: () => true, declared: (_project, name) => (names.has(name.toLowerCase().replace(/[-_.]+/g, '-')) ? 'agrees' : 'missing'),
    }) // prettier-ignore
  } catch (error) {
    return compare(
      { ...base, problem: error instanceof Error ? (error.message.split('\n')[0] ?? '').slice(0, 200) : String(error) },
      '.',
      [],
      null,
    )
  }
}

function pyprojectDeclared(toml: ReturnType<typeof record>): Declared[] {
  const project = record(toml['project'])
  const lines = [
    ...list(project['dependencies']),
    ...Object.values(record(project['optional-dependencies'])).flatMap((group) => list(group)),
    ...Object.values(record(toml['dependency-groups'])).flatMap((group) => list(group)),
  ].filter((line) => typeof line === 'string')
  const poetry = record(record(toml['tool'])['poetry'])
  const groups = [
    poetry['dependencies'],
    poetry['dev-dependencies'],
    ...Object.values(record(poetry['group'])).map((group) => record(group)['dependencies']),
  ]
  const named = groups.flatMap((group) => Object.keys(record(group))).filter((name) => name !== 'python')
  return [
    ...lines.flatMap((line) => {
      const [, name = '', spec = ''] = /^\s*([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*([^;@]*)/.exec(line) ?? []
      return name === '' ? [] : [{ name, spec: spec.trim().replace(/^\(|\)$/g, '') }]
    }),
    ...named.map((name) => ({ name, spec: '' })),
  ]
}

function pipfileDeclared(toml: ReturnType<typeof record>): Declared[] {
  return ['packages', 'dev-packages']
    .flatMap((key) => Object.keys(record(toml[key])))
    .map((name) => ({ name, spec: '' }))
}

async function requirements(tree: TreePort, path: string): Promise<Project> {
  const base = { ecosystem: 'python', manifest: path, lock: path, problem: '' }
  try {
    const lines = requirementLines(await tree.read(path))
    const missing = lines.filter((line) => line.include !== '' && !tree.has(join(dirname(path), line.include)))
    const wanted = lines.filter((line) => line.name !== '')
    const lock: Lock = {
      entries: wanted.map((line) => ({
        name: line.name,
        version: line.version,
        hashed: line.hashed && line.version !== '',
        source: line.version === '' ? `not pinned: ${line.spec || 'any version'}` : '',
      })),
      hasProject: () => true,
      declared: () => 'agrees',
    }
    const problem = missing[0] ? `it includes ${missing[0].include}, which is not in the tree` : ''
    return compare({ ...base, problem }, '.', wanted.map(({ name, spec }) => ({ name, spec })), lock) // prettier-ignore
  } catch (error) {
    return compare({ ...base, problem: error instanceof Error ? error.message : String(error) }, '.', [], null)
  }
}
