import { parse as parseToml } from 'smol-toml'
import { parse as parseYaml } from 'yaml'

/** A lock in one shape: what each project of it declares, and what it would install. */
export interface Lock {
  /** Declared dependency to the specification that the lock was made from, by project folder ('.' for the lock's own). Null: the lock does not hold it. */
  declared(project: string, name: string, spec: string): 'agrees' | 'missing' | 'differs'
  readonly hasProject: (project: string) => boolean
  readonly entries: readonly {
    readonly name: string
    readonly version: string
    readonly hashed: boolean
    readonly source: string
  }[]
}

type Rec = { readonly [key: string]: unknown }
export function record(value: unknown): Rec {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Rec) : {}
}
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** @throws Error for a lock that is broken or of a version that is not understood. */
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
  return {
    entries,
    hasProject: (project) => (project === '.' ? '' : project) in packages,
    declared(project, name, spec) {
      const own = record(packages[project === '.' ? '' : project])
      const wanted = ['dependencies', 'devDependencies', 'optionalDependencies']
        .map((key) => record(own[key])[name])
        .find((value) => value !== undefined)
      if (wanted === undefined) return 'missing'
      if (wanted !== spec) return 'differs'
      let folder = project === '.' ? '' : `${project}/`
      for (;;) {
        const entry = packages[`${folder}node_modules/${name}`]
        if (entry !== undefined)
          return /^\d+\.\d+\.\d+$/.test(spec) && record(entry)['link'] !== true && record(entry)['version'] !== spec
            ? 'differs'
            : 'agrees'
        if (folder === '') return 'missing'
        folder = folder.slice(0, -1).includes('/') ? `${folder.slice(0, folder.slice(0, -1).lastIndexOf('/'))}/` : ''
      }
    },
  }
}

/** pnpm-lock.yaml, versions 5.4 to 9. @throws Error */
export function readPnpmLock(source: string): Lock {
  const lock = record(parseYaml(source, { maxAliasCount: 100 }))
  const version = Number.parseFloat(String(lock['lockfileVersion']))
  if (!(version >= 5 && version < 10))
    throw new Error(`lockfileVersion ${String(lock['lockfileVersion'])} is not understood`)
  const importers = 'importers' in lock ? record(lock['importers']) : { '.': lock }
  const entries = Object.entries(record(lock['packages'])).flatMap(([id, value]) => {
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
  return {
    entries,
    hasProject: (project) => project in importers,
    declared(project, name, spec) {
      const own = record(importers[project])
      const old = text(record(own['specifiers'])[name])
      const found = ['dependencies', 'devDependencies', 'optionalDependencies']
        .map((key) => record(own[key])[name])
        .find((value) => value !== undefined)
      if (found === undefined) return 'missing'
      return (old || text(record(found)['specifier'])) === spec ? 'agrees' : 'differs'
    },
  }
}

/** yarn.lock, classic and berry. @throws Error */
export function readYarnLock(source: string): Lock {
  const isBerry = source.includes('__metadata:')
  const blocks: { keys: string[]; body: Rec }[] = []
  if (isBerry) {
    for (const [key, value] of Object.entries(record(parseYaml(source))))
      if (key !== '__metadata') blocks.push({ keys: key.split(/,\s*/), body: record(value) })
  } else {
    if (!/^# yarn lockfile v1/m.test(source)) throw new Error('neither the classic format nor that of yarn 2 and later')
    for (const match of source.matchAll(/^(\S[^\n]*):\n((?: {2}[^\n]*\n?)+)/gm)) {
      const body = Object.fromEntries(
        [...(match[2] ?? '').matchAll(/^ {2}(\w+) "?([^"\n]+)"?$/gm)].map((line) => [line[1] ?? '', line[2] ?? '']),
      )
      blocks.push({ keys: (match[1] ?? '').split(/,\s*/).map((key) => key.replaceAll('"', '')), body })
    }
  }
  const keys = new Set(blocks.flatMap((block) => block.keys))
  const names = new Set([...keys].map((key) => key.slice(0, key.indexOf('@', 1))))
  return {
    entries: blocks.flatMap(({ keys: [key = ''], body }) => {
      const resolution = text(body['resolution']) || text(body['resolved'])
      if (/@(workspace|link|portal):/.test(resolution || key)) return []
      // Yarn writes no checksum for packages of other platforms that it never fetched.
      const hashed = isBerry ? text(body['checksum']) !== '' || 'conditions' in body : text(body['integrity']) !== ''
      return [{ name: key.slice(0, key.indexOf('@', 1)), version: text(body['version']), hashed, source: resolution }]
    }),
    hasProject: (project) =>
      !isBerry || blocks.some(({ body }) => text(body['resolution']).endsWith(`@workspace:${project}`)),
    declared(_project, name, spec) {
      if (
        keys.has(`${name}@${spec}`) ||
        keys.has(`${name}@npm:${spec}`) ||
        /^(workspace|link|portal|file|catalog):/.test(spec)
      )
        return 'agrees'
      return names.has(name) ? 'differs' : 'missing'
    },
  }
}

export function pythonName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-')
}

/** uv.lock, poetry.lock (both TOML), Pipfile.lock (JSON). @throws Error */
export function readPythonLock(path: string, source: string): Lock {
  const entries = path.endsWith('Pipfile.lock')
    ? pipfile(record(JSON.parse(source)))
    : tomlEntries(record(parseToml(source)))
  const names = new Set(entries.map((entry) => entry.name))
  const required = path.endsWith('uv.lock') ? requiresDist(record(parseToml(source))) : null
  return {
    entries: entries.filter((entry) => entry.source !== 'local'),
    hasProject: () => true,
    declared(_project, name, spec) {
      const key = pythonName(name)
      if (!names.has(key)) return 'missing'
      if (required === null) return 'agrees'
      const specs = required.get(key)
      if (!specs) return 'missing'
      return specs.some((known) => normalSpec(known) === normalSpec(spec)) ? 'agrees' : 'differs'
    },
  }
}

function normalSpec(spec: string): string {
  return spec.replace(/\s+/g, '').split(',').toSorted().join(',')
}

function tomlEntries(lock: Rec): Lock['entries'][number][] {
  return list(lock['package']).map((value) => {
    const entry = record(value)
    const source = record(entry['source'])
    const files = [...list(entry['files']), ...list(entry['wheels']), ...('sdist' in entry ? [entry['sdist']] : [])]
    const isLocal =
      'editable' in source || 'virtual' in source || 'directory' in source || source['type'] === 'directory'
    return {
      name: pythonName(text(entry['name'])), version: text(entry['version']),
      hashed: files.length > 0 && files.every((file) => text(record(file)['hash']).startsWith('sha')),
      source: isLocal ? 'local' : text(source['git']) || text(source['url']) || text(source['registry']),
    } // prettier-ignore
  })
}

function requiresDist(lock: Rec): Map<string, string[]> {
  const all = new Map<string, string[]>()
  for (const value of list(lock['package'])) {
    const metadata = record(record(value)['metadata'])
    const groups = Object.values(record(metadata['requires-dev'])).flatMap((group) => list(group))
    for (const entry of [...list(metadata['requires-dist']), ...groups]) {
      const name = pythonName(text(record(entry)['name']))
      all.set(name, [...(all.get(name) ?? []), text(record(entry)['specifier'])])
    }
  }
  return all
}

function pipfile(lock: Rec): Lock['entries'][number][] {
  return ['default', 'develop'].flatMap((group) =>
    Object.entries(record(lock[group])).map(([name, value]) => {
      const entry = record(value)
      return {
        name: pythonName(name),
        version: text(entry['version']),
        hashed: list(entry['hashes']).length > 0,
        source: text(entry['git']) || (entry['path'] ? 'local' : ''),
      }
    }),
  )
}

export interface RequirementLine {
  readonly line: number
  readonly name: string
  readonly version: string
  readonly spec: string
  readonly hashed: boolean
  /** `-r` and `-c` name another file, relative to this one. */
  readonly include: string
}

/** Lines of a requirements file with continuations joined; options that install nothing are left out. */
export function requirementLines(source: string): RequirementLine[] {
  const lines: RequirementLine[] = []
  const raw = source.split(/\r?\n/)
  for (let i = 0; i < raw.length; i += 1) {
    const line = i + 1
    let whole = raw[i] ?? ''
    while (whole.trimEnd().endsWith('\\') && i + 1 < raw.length)
      whole = `${whole.trimEnd().slice(0, -1)} ${raw[(i += 1)] ?? ''}`
    whole = whole.replace(/(^|\s)#.*$/, '').trim()
    if (whole === '') continue
    const include = /^(?:-r|-c|--requirement|--constraint)[= ]?\s*(\S+)/.exec(whole)?.[1] ?? ''
    if (include === '' && whole.startsWith('-') && !/^(-e|--editable)/.test(whole)) continue
    const [, name = whole.split(/\s/)[0] ?? '', spec = ''] =
      /^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*([^;]*?)(?:\s+--|\s*;|$)/.exec(whole) ?? []
    const version = /^={2,3}\s*([^\s,*]+)$/.exec(spec.trim())?.[1] ?? ''
    lines.push({
      line,
      name: include === '' ? name : '',
      spec: spec.trim(),
      version,
      hashed: /--hash=sha(256|384|512):/.test(whole),
      include,
    })
  }
  return lines
}
