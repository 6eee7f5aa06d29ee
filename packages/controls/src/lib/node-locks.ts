import { parse as parseYaml } from 'yaml'
import { type Lock, record, text } from './locks.ts'
import { npmAllows } from './ranges.ts'

/** What the tree says beside the lock. */
export interface Surroundings {
  /** Names of the packages that the tree itself holds. */
  readonly local: ReadonlySet<string>
  /** Names whose versions the root manifest overrides. */
  readonly overridden: ReadonlySet<string>
  /** Specifications of catalogs, as `catalog:` or `catalog:name`, by package. */
  readonly catalogs: ReadonlyMap<string, ReadonlyMap<string, string>>
}

const GROUPS = ['dependencies', 'devDependencies', 'optionalDependencies'] as const

/** package-lock.json and npm-shrinkwrap.json of version 2 and later. @throws Error for a lock that is broken or older */
export function readNpmLock(source: string): Lock {
  const lock = record(JSON.parse(source))
  const packages = record(lock['packages'])
  if (Object.keys(packages).length === 0 && Object.keys(record(lock['dependencies'])).length > 0) {
    throw new Error(
      `lockfileVersion ${String(lock['lockfileVersion'])} is not understood; write it again with a current npm`,
    )
  }
  if (!('lockfileVersion' in lock)) throw new Error('no lockfileVersion in it')
  const entries = Object.entries(packages).flatMap(([path, value]) => {
    const entry = record(value)
    if (!path.includes('node_modules/') || entry['link'] === true || entry['inBundle'] === true) return []
    const name = path.slice(path.lastIndexOf('node_modules/') + 13)
    return [
      {
        name,
        version: text(entry['version']),
        hashed: /^sha(256|384|512)-/.test(text(entry['integrity'])),
        source: text(entry['resolved']),
      },
    ]
  })
  const own = (project: string): ReturnType<typeof record> => record(packages[project === '.' ? '' : project])
  /** As Node looks: in the folder's own node_modules, then in those above. */
  const resolve = (from: string, name: string): ReturnType<typeof record> | null => {
    let folder = from === '' ? '' : `${from}/`
    for (;;) {
      const entry = packages[`${folder}node_modules/${name}`]
      if (entry !== undefined) return record(entry)
      if (folder === '') return null
      const above = folder.slice(0, -1).lastIndexOf('/')
      folder = above < 0 ? '' : folder.slice(0, above + 1)
    }
  }
  const holes = Object.entries(packages).flatMap(([path, value]) =>
    record(value)['link'] === true
      ? []
      : Object.keys(record(record(value)['dependencies']))
          .filter((name) => path.includes('node_modules/') && !(name in record(record(value)['optionalDependencies'])))
          .filter((name) => resolve(path, name) === null)
          .map((name) => ({ name, neededBy: path })),
  )
  return {
    entries,
    holes,
    hasProject: (project) => (project === '.' ? '' : project) in packages,
    names: (project) => GROUPS.flatMap((key) => Object.keys(record(own(project)[key]))),
    declared(project, name, spec) {
      const wanted = GROUPS.map((key) => record(own(project)[key])[name]).find((value) => value !== undefined)
      if (wanted === undefined) return 'missing'
      if (wanted !== spec) return 'differs'
      const entry = resolve(project === '.' ? '' : project, name)
      if (!entry) return 'missing'
      return entry['link'] !== true && npmAllows(spec, text(entry['version'])) === false ? 'outside' : 'agrees'
    },
  }
}

/** pnpm-lock.yaml, versions 5.4 to 9. @throws Error */
export function readPnpmLock(source: string, tree: Surroundings): Lock {
  const lock = record(parseYaml(source, { maxAliasCount: 100 }))
  const version = Number.parseFloat(String(lock['lockfileVersion']))
  if (!(version >= 5 && version < 10))
    throw new Error(`lockfileVersion ${String(lock['lockfileVersion'])} is not understood`)
  const importers = 'importers' in lock ? record(lock['importers']) : { '.': lock }
  const packages = record(lock['packages'])
  const snapshots = record(lock['snapshots'])
  const entries = Object.entries(packages).flatMap(([id, value]) => {
    const resolution = record(record(value)['resolution'])
    if (resolution['type'] === 'directory') return []
    return [
      {
        name: id,
        version: text(record(value)['version']),
        hashed: text(resolution['integrity']) !== '',
        source: text(resolution['tarball']) || text(resolution['repo']),
      },
    ]
  })
  const holds = (name: string, value: string): boolean =>
    version < 9 ||
    /^(link|file|workspace):/.test(value) ||
    [`${name}@${value}`, value].some((id) => id in snapshots || id.replace(/\(.*$/, '') in packages)
  const holes = Object.entries(snapshots).flatMap(([id, value]) =>
    Object.entries(record(record(value)['dependencies']))
      .filter(([name, at]) => typeof at === 'string' && !holds(name, at))
      .map(([name]) => ({ name, neededBy: id })),
  )
  // An override replaces the specification itself; its key may be `a`, `a@1` or `b>a`.
  const overrides = new Set(
    Object.keys(record(lock['overrides'])).map((key) => key.slice(key.lastIndexOf('>') + 1).replace(/(.)@.*$/, '$1')),
  )
  return {
    entries,
    holes,
    hasProject: (project) => project in importers,
    names: (project) => GROUPS.flatMap((key) => Object.keys(record(record(importers[project])[key]))),
    declared(project, name, spec) {
      const own = record(importers[project])
      const old = text(record(own['specifiers'])[name])
      const found = GROUPS.map((key) => record(own[key])[name]).find((value) => value !== undefined)
      if (found === undefined) return 'missing'
      const locked = text(record(found)['version']) || text(found)
      if (!overrides.has(name)) {
        if ((old || text(record(found)['specifier'])) !== spec) return 'differs'
        if (spec.startsWith('catalog:')) {
          const now = tree.catalogs.get(spec === 'catalog:default' ? 'catalog:' : spec)?.get(name)
          const then = record(record(record(lock['catalogs'])[spec.slice(8) || 'default'])[name])['specifier']
          if (now !== undefined && now !== then) return 'differs'
        } else if (npmAllows(spec, locked.replace(/[(_].*$/, '').replace(/^.*@(?=\d)/, '')) === false) return 'outside'
      }
      return holds(name, locked) ? 'agrees' : 'missing'
    },
  }
}

interface Block {
  readonly keys: readonly string[]
  readonly body: ReturnType<typeof record>
  readonly needs: readonly string[]
}

function berryBlocks(source: string): Block[] {
  return Object.entries(record(parseYaml(source)))
    .filter(([key]) => key !== '__metadata')
    .map(([key, value]) => {
      const body = record(value)
      const optional = record(body['dependenciesMeta'])
      const needs = Object.keys(record(body['dependencies']))
      return { keys: key.split(/,\s*/), body, needs: needs.filter((name) => !(name in optional)) }
    })
}

function classicBlocks(source: string): Block[] {
  if (!/^# yarn lockfile v1/m.test(source)) throw new Error('neither the classic format nor that of yarn 2 and later')
  return [...source.matchAll(/^([^\s#][^\n]*):\n((?: {2}[^\n]*\n?)+)/gm)].map((match) => {
    const block = match[2] ?? ''
    const fields = [...block.matchAll(/^ {2}(\w+) "?([^"\n]+)"?$/gm)].map((line) => [line[1] ?? '', line[2] ?? ''])
    const needed = /^ {2}dependencies:\n((?: {4}[^\n]*\n?)+)/m.exec(block)?.[1] ?? ''
    return {
      keys: (match[1] ?? '').split(/,\s*/).map((key) => key.replaceAll('"', '')),
      body: Object.fromEntries(fields) as ReturnType<typeof record>,
      needs: [...needed.matchAll(/^ {4}"?([^\s"]+)"?\s/gm)].map((line) => line[1] ?? ''),
    }
  })
}

/** yarn.lock, classic and berry. @throws Error */
export function readYarnLock(source: string, tree: Surroundings): Lock {
  if (/^(<{7}|>{7}) /m.test(source)) throw new Error('it holds marks of a merge conflict')
  const isBerry = source.includes('__metadata:')
  const blocks = isBerry ? berryBlocks(source) : classicBlocks(source)
  const byKey = new Map(blocks.flatMap((block) => block.keys.map((key) => [key, block] as const)))
  const nameOf = (key: string): string => key.slice(0, key.indexOf('@', 1))
  const names = new Set([...byKey.keys()].map(nameOf))
  const project = (folder: string): Block | undefined =>
    blocks.find(({ body }) => text(body['resolution']).endsWith(`@workspace:${folder}`))
  return {
    entries: blocks.flatMap(({ keys: [key = ''], body }) => {
      const resolution = text(body['resolution']) || text(body['resolved'])
      if (/@(workspace|link|portal):/.test(resolution || key)) return []
      // A folder of the tree, copied: the tree's own content.
      if (!isBerry && /@file:/.test(key) && resolution === '' && !/\.t(ar\.)?gz$/.test(key)) return []
      // Yarn writes no checksum for packages of other platforms that it never fetched.
      const hashed = isBerry ? text(body['checksum']) !== '' || 'conditions' in body : text(body['integrity']) !== ''
      return [{ name: nameOf(key), version: text(body['version']), hashed, source: resolution }]
    }),
    holes: blocks.flatMap(({ keys, needs }) =>
      needs
        .filter((name) => !names.has(name) && !tree.local.has(name) && !tree.overridden.has(name))
        .map((name) => ({ name, neededBy: keys[0] ?? '' })),
    ),
    hasProject: (folder) => !isBerry || project(folder) !== undefined,
    names: (folder) => (isBerry ? Object.keys(record(project(folder)?.body['dependencies'])) : null),
    declared(_project, name, spec) {
      if (/^(workspace|link|portal|file|catalog|patch):/.test(spec)) return 'agrees'
      const block = byKey.get(`${name}@${spec}`) ?? byKey.get(`${name}@npm:${spec}`)
      if (block) return npmAllows(spec, text(block.body['version'])) === false ? 'outside' : 'agrees'
      if (tree.local.has(name) || (tree.overridden.has(name) && names.has(name))) return 'agrees'
      return names.has(name) ? 'differs' : 'missing'
    },
  }
}
