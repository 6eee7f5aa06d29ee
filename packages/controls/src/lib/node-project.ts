import { dirname, join, relative } from 'node:path/posix'
import type { TreePort } from '@greengate/contracts'
import { parse as parseYaml } from 'yaml'
import { type Lock, record, text } from './locks.ts'
import { readNpmLock, readPnpmLock, readYarnLock, type Surroundings } from './node-locks.ts'
import { compare, type Declared, nearest, notUnderstood } from './lock-comparison.ts'
import type { Project } from '../sup/sup-01/judge.ts'

const NODE_LOCKS = ['package-lock.json', 'npm-shrinkwrap.json', 'pnpm-lock.yaml', 'yarn.lock']
/** Locks of package managers whose format is not read here. */
const OTHER_LOCKS = ['bun.lock', 'bun.lockb', 'deno.lock']

/** A package.json with the lock that is for it. */
export async function nodeProject(tree: TreePort, manifest: string): Promise<Project> {
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
    if (path === '') {
      const other = nearest(tree, folder, OTHER_LOCKS)
      if (other !== '' && declared.length > 0)
        return notUnderstood({ ...base, lock: other }, declared, new Error(`${other} is a lock that is not read yet`))
      return compare(base, '.', declared, null)
    }
    const lock = await readLock(tree, path)
    const own = relative(dirname(path), folder) || '.'
    if (!lock.hasProject(own) && own !== '.') return compare(base, '.', declared, null)
    // With `autoInstallPeers` pnpm locks peers as if they were dependencies.
    return compare({ ...base, lock: path }, own, declared, lock, new Set(Object.keys(record(json['peerDependencies']))))
  } catch (error) {
    return notUnderstood({ ...base, lock: path }, declared, error)
  }
}

async function readLock(tree: TreePort, path: string): Promise<Lock> {
  const source = await tree.read(path)
  if (path.endsWith('.yaml')) return readPnpmLock(source, await surroundings(tree, dirname(path)))
  return path.endsWith('yarn.lock')
    ? readYarnLock(source, await surroundings(tree, dirname(path)))
    : readNpmLock(source)
}

async function surroundings(tree: TreePort, folder: string): Promise<Surroundings> {
  const local = new Set<string>()
  for (const file of tree.files) {
    if (file.link !== undefined || !/(^|\/)package\.json$/.test(file.path) || file.path.includes('node_modules/'))
      continue
    local.add(text(record(await readJson(tree, file.path))['name']))
  }
  const root = record(await readJson(tree, join(folder, 'package.json')))
  const overridden = new Set(Object.keys(record(root['resolutions'])).map((key) => /(?:@[^/]+\/)?[^/@]+(?=(?:@[^/]*)?$)/.exec(key)?.[0] ?? key)) // prettier-ignore
  const catalogs = new Map<string, Map<string, string>>()
  const workspace = join(folder, 'pnpm-workspace.yaml')
  if (tree.has(workspace)) {
    const yaml = record(parseYaml(await tree.read(workspace)))
    const named = [['', yaml['catalog']] as const, ...Object.entries(record(yaml['catalogs']))]
    for (const [name, catalog] of named) {
      const specs = Object.entries(record(catalog)).map(([key, spec]) => [key, text(spec)] as const)
      if (specs.length > 0) catalogs.set(`catalog:${name === 'default' ? '' : name}`, new Map(specs))
    }
  }
  return { local, overridden, catalogs }
}

async function readJson(tree: TreePort, path: string): Promise<unknown> {
  try {
    return JSON.parse(await tree.read(path))
  } catch {
    // That it is broken is said where it is judged itself.
    return {}
  }
}
