import { dirname, join } from 'node:path/posix'
import type { TreePort } from '@greengate/contracts'
import { parse as parseToml } from 'smol-toml'
import { type Lock, list, pythonName, record, text } from './locks.ts'
import { readPythonLock, requirementLines } from './python-locks.ts'
import { pythonAllows } from './ranges.ts'
import { compare, type Declared, nearest, notUnderstood } from './lock-comparison.ts'
import type { Project } from '../sup/sup-01/judge.ts'

const LOCKS = ['uv.lock', 'poetry.lock', 'pdm.lock', 'Pipfile.lock']
/** Locks of package managers whose format is not read here. */
const OTHER_LOCKS = ['pylock.toml', 'conda-lock.yml', 'pixi.lock']

/** A pyproject.toml or Pipfile with its lock; null: it declares no project, only settings of tools. */
export async function pythonProject(tree: TreePort, manifest: string): Promise<Project | null> {
  const base = { ecosystem: 'python', manifest, lock: '', problem: '' }
  const folder = dirname(manifest)
  const isPipfile = manifest.endsWith('Pipfile')
  let path = ''
  try {
    const toml = record(parseToml(await tree.read(manifest)))
    const poetry = 'poetry' in record(toml['tool'])
    const declared = isPipfile ? pipfileDeclared(toml) : pyprojectDeclared(toml)
    if (!isPipfile && !('project' in toml) && !poetry && declared.length === 0) return null
    path = nearest(tree, folder, isPipfile ? ['Pipfile.lock'] : LOCKS)
    if (path !== '') {
      const lock = readPythonLock(path, await tree.read(path))
      // One uv.lock is for all projects of its workspace: only alone does what it declares belong to this one.
      const alone = tree.files.filter((file) => /(^|\/)pyproject\.toml$/.test(file.path)).length === 1
      return compare({ ...base, lock: path }, '.', declared, alone ? lock : { ...lock, names: () => null })
    }
    const compiled = ['requirements.txt', 'requirements.lock'].map((name) => join(folder, name)).find((name) => tree.has(name)) // prettier-ignore
    if (compiled)
      return compare({ ...base, lock: compiled }, '.', declared, requirementsLock(await tree.read(compiled)))
    const other = nearest(tree, folder, OTHER_LOCKS)
    if (other !== '' && declared.length > 0)
      return notUnderstood({ ...base, lock: other }, declared, new Error(`${other} is a lock that is not read yet`))
    return compare(base, '.', declared, null)
  } catch (error) {
    return notUnderstood({ ...base, lock: path }, [], error)
  }
}

/** A requirements file: its own lock if every line has one version and hashes, and that of a `.in` file beside it. */
export async function requirements(tree: TreePort, path: string): Promise<Project> {
  const base = { ecosystem: 'python', manifest: path, lock: path, problem: '' }
  try {
    const source = await tree.read(path)
    const lines = requirementLines(source)
    const missing = lines.filter((line) => line.include !== '' && !tree.has(join(dirname(path), line.include)))
    const lock = requirementsLock(source)
    const input = path.replace(/\.txt$/, '.in')
    const wanted = requirementLines(tree.has(input) ? await tree.read(input) : source).filter(
      (line) => line.name !== '',
    )
    const problem = missing[0] ? `it includes ${missing[0].include}, which is not in the tree` : ''
    const declared = wanted.filter((line) => !/[/:]/.test(line.name)).map(({ name, spec }) => ({ name, spec }))
    const manifest = tree.has(input) ? input : path
    return compare({ ...base, manifest, problem }, '.', declared, lock)
  } catch (error) {
    return notUnderstood(base, [], error)
  }
}

function requirementsLock(source: string): Lock {
  const lines = requirementLines(source).filter((line) => line.name !== '')
  const versions = new Map(lines.map((line) => [pythonName(line.name), line.version]))
  return {
    entries: lines.map((line) => ({
      name: line.name,
      version: line.version,
      hashed: line.hashed && line.version !== '',
      source: line.version === '' ? `not pinned: ${line.spec || 'any version'}` : '',
    })),
    hasProject: () => true,
    names: () => null,
    holes: [],
    declared(_project, name, spec) {
      const version = versions.get(pythonName(name))
      if (version === undefined) return 'missing'
      return version !== '' && pythonAllows(spec, version) === false ? 'outside' : 'agrees'
    },
  }
}

function fromLine(line: string): Declared[] {
  const [, name = '', spec = ''] = /^\s*([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*([^;@]*)/.exec(line) ?? []
  return name === '' ? [] : [{ name: pythonName(name), spec: spec.trim().replace(/^\(|\)$/g, '') }]
}

/** `"^1.2"`, `{version = "^1.2", extras = [...]}`, or several for several platforms, of which none is compared. */
function fromTable(table: unknown): Declared[] {
  return Object.entries(record(table))
    .filter(([name]) => name !== 'python')
    .map(([name, value]) => ({ name: pythonName(name), spec: text(value) || text(record(value)['version']) }))
}

function pyprojectDeclared(toml: ReturnType<typeof record>): Declared[] {
  const project = record(toml['project'])
  const tool = record(toml['tool'])
  const poetry = record(tool['poetry'])
  const lines = [
    ...list(project['dependencies']),
    ...Object.values(record(project['optional-dependencies'])).flatMap((group) => list(group)),
    ...Object.values(record(toml['dependency-groups'])).flatMap((group) => list(group)),
    ...list(record(tool['uv'])['dev-dependencies']),
    ...Object.values(record(record(tool['pdm'])['dev-dependencies'])).flatMap((group) => list(group)),
  ].filter((line) => typeof line === 'string')
  // A package's own extra (`shop[all]`) is no dependency.
  const own = pythonName(text(project['name']))
  const groups = [
    poetry['dependencies'],
    poetry['dev-dependencies'],
    ...Object.values(record(poetry['group'])).map((group) => record(group)['dependencies']),
  ]
  return [...lines.flatMap(fromLine), ...groups.flatMap(fromTable)].filter(({ name }) => name !== own)
}

function pipfileDeclared(toml: ReturnType<typeof record>): Declared[] {
  return ['packages', 'dev-packages'].flatMap((key) => fromTable(toml[key]))
}
