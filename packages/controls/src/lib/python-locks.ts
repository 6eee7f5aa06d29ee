import { parse as parseToml } from 'smol-toml'
import { type Lock, list, pythonName, record, text } from './locks.ts'
import { pythonAllows } from './ranges.ts'

type Entry = Lock['entries'][number]

/** uv.lock, poetry.lock and pdm.lock (TOML), Pipfile.lock (JSON). @throws Error */
export function readPythonLock(path: string, source: string): Lock {
  const isUv = path.endsWith('uv.lock')
  const json = path.endsWith('Pipfile.lock') ? record(JSON.parse(source)) : null
  const toml = json ? {} : record(parseToml(source))
  const entries = json ? pipfile(json) : tomlEntries(toml)
  const versions = new Map<string, string[]>()
  for (const entry of entries) versions.set(entry.name, [...(versions.get(entry.name) ?? []), entry.version])
  const required = isUv ? requiresDist(toml) : null
  return {
    entries: entries.filter((entry) => entry.source !== 'local'),
    hasProject: () => true,
    names: () => (required ? [...required.keys()] : null),
    holes: isUv ? uvHoles(toml, versions) : [],
    declared(_project, name, spec) {
      const key = pythonName(name)
      const locked = versions.get(key)
      if (!locked) return 'missing'
      const specs = required?.get(key)
      if (required && !specs) return 'missing'
      if (specs && !specs.some((known) => known === null || normalSpec(known) === normalSpec(spec))) return 'differs'
      if (specs?.includes(null)) return 'agrees'
      return allowed(spec, locked) ? 'agrees' : 'outside'
    },
  }
}

/** Whether one of several locked versions is allowed; what is not understood is not held against the lock. */
function allowed(spec: string, versions: readonly string[]): boolean {
  return versions.some((version) => version === '' || pythonAllows(spec, version.replace(/^==/, '')) !== false)
}

function normalSpec(spec: string): string {
  return spec.replace(/\s+/g, '').split(',').toSorted().join(',')
}

function tomlEntries(lock: ReturnType<typeof record>): Entry[] {
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

/** What the projects of a uv.lock declared, by name; null: from a folder or an address, which has no specification. */
function requiresDist(lock: ReturnType<typeof record>): Map<string, (string | null)[]> {
  const all = new Map<string, (string | null)[]>()
  for (const value of list(lock['package'])) {
    const metadata = record(record(value)['metadata'])
    const groups = Object.values(record(metadata['requires-dev'])).flatMap((group) => list(group))
    for (const required of [...list(metadata['requires-dist']), ...groups]) {
      const entry = record(required)
      const elsewhere = ['git', 'url', 'path', 'editable', 'directory', 'virtual'].some((key) => key in entry)
      const name = pythonName(text(entry['name']))
      all.set(name, [...(all.get(name) ?? []), elsewhere ? null : text(entry['specifier'])])
    }
  }
  return all
}

function uvHoles(lock: ReturnType<typeof record>, versions: ReadonlyMap<string, unknown>): Lock['holes'] {
  return list(lock['package']).flatMap((value) =>
    list(record(value)['dependencies'])
      .map((needed) => pythonName(text(record(needed)['name'])))
      .filter((name) => name !== '' && !versions.has(name))
      .map((name) => ({ name, neededBy: text(record(value)['name']) })),
  )
}

function pipfile(lock: ReturnType<typeof record>): Entry[] {
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
  /** Condition under which it is installed; empty: always. */
  readonly marker: string
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
      marker: include === '' ? (/;\s*(.*?)(?:\s+--|$)/.exec(whole)?.[1] ?? '') : '',
      include,
    })
  }
  return lines
}
