import type { TreePort } from '@greengate/contracts'
import { parse as parseToml } from 'smol-toml'
import { installedFor } from './lock-graph.ts'

/** One thing at one place. `where` is `path:line`. */
export interface Mention {
  readonly name: string
  readonly where: string
}

export interface Manifest {
  readonly path: string
  readonly text: string
  readonly json: Readonly<Record<string, unknown>>
}

/** What was read of a tree, once, for facts and for discovery. */
export interface Scan {
  readonly node: boolean
  readonly python: boolean
  /** Manifests of ecosystems whose insides are not understood. */
  readonly foreign: readonly string[]
  /** Names that production code depends on directly. */
  readonly nodeDependencies: readonly Mention[]
  readonly pythonDependencies: readonly Mention[]
  readonly nodeDevDependencies: readonly Mention[]
  /** Modules that production code imports, packages only. */
  readonly imports: readonly Mention[]
  /** Packages that a lock file installs, direct or through others; null without a lock file that was read. */
  readonly locked: ReadonlyMap<string, string> | null
  readonly manifests: readonly Manifest[]
  readonly pyprojects: readonly Manifest[]
  /** Environment variables: read by the source, or named in an example file. */
  readonly env: readonly Mention[]
  /** What no import shows: `fetch` is called, `process.env` is read as a whole and not by name. */
  readonly calls: readonly Mention[]
  /** Strings that look like a path: '/health'. First mention of each. */
  readonly routes: readonly Mention[]
  /** Production files whose text is kept for discovery: Dockerfile, Procfile, compose, Kubernetes. */
  readonly texts: ReadonlyMap<string, string>
  /** Why something may have been missed; empty: everything was read. */
  readonly blind: readonly string[]
}

const SOURCE = /\.(?:[cm]?[jt]sx?|vue|svelte|py)$/
const NOT_PRODUCTION =
  /(?:^|\/)(?:node_modules|vendor|dist|build|coverage|tests?|__tests__|__mocks__|fixtures?|e2e|testdata|\.venv|venv|site-packages)\/|[._](?:test|spec)\.[cm]?[jt]sx?$|(?:^|\/)test_[^/]*\.py$|_test\.py$|\.d\.[cm]?ts$|\.min\.js$/i
const FOREIGN =
  /(?:^|\/)(?:go\.mod|Cargo\.toml|pom\.xml|build\.gradle(?:\.kts)?|Gemfile|composer\.json|mix\.exs|Package\.swift|build\.sbt|pubspec\.yaml|[^/]+\.(?:csproj|fsproj|vbproj|sln))$/
const KEPT_TEXT =
  /(?:^|\/)(?:(?:[\w.-]*\.)?(?:Dockerfile|Containerfile)(?:\.[\w-]+)?|Procfile|(?:docker-)?compose[\w.-]*\.ya?ml|app\.json|fly\.toml)$|(?:^|\/)(?:k8s|kubernetes|deploy|deployment|manifests|helm|charts?)\/.*\.ya?ml$/i
const ENV_EXAMPLE = /(?:^|\/)\.env[._-]?(?:example|sample|template|dist|defaults?)$|(?:^|\/)(?:example|sample)\.env$/i
const SOURCE_FILES_MAX = 20_000
const SOURCE_BYTES_MAX = 96 * 1024 * 1024
const FILE_BYTES_MAX = 2 * 1024 * 1024
const LIST_MAX = 5_000

const scans = new WeakMap<TreePort, Promise<Scan>>()

/** Reads the tree; once, however often it is asked for. */
export function scanTree(tree: TreePort): Promise<Scan> {
  const known = scans.get(tree)
  if (known) return known
  const scan = readTree(tree)
  scans.set(tree, scan)
  return scan
}

async function readTree(tree: TreePort): Promise<Scan> {
  const blind: string[] = tree.unreadable.slice(0, 5).map((entry) => `${entry.path} could not be read`)
  const nodeDependencies: Mention[] = []
  const nodeDevDependencies: Mention[] = []
  const pythonDependencies: Mention[] = []
  const manifests: Manifest[] = []
  const pyprojects: Manifest[] = []
  const imports = new Map<string, string>()
  const env = new Map<string, string>()
  const routes = new Map<string, string>()
  const calls = new Map<string, string>()
  const texts = new Map<string, string>()
  const foreign: string[] = []
  const locks: { path: string; name: string; text: string }[] = []
  let sourceFiles = 0
  let sourceBytes = 0
  let python = false
  let nodeSource = false
  for (const file of tree.files) {
    if (file.link !== undefined) continue
    const { path } = file
    const name = path.slice(path.lastIndexOf('/') + 1)
    if (/(?:^|\/)(?:node_modules|site-packages)\//.test(path)) continue
    if (FOREIGN.test(path) && !NOT_PRODUCTION.test(path)) foreign.push(path)
    const isSource = SOURCE.test(path) && !NOT_PRODUCTION.test(path) && !/^greengate\.(?:[\w-]+\.)?config\./.test(name)
    const isLock =
      /^(?:package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock|uv\.lock|poetry\.lock)$/.test(name)
    const isManifest =
      name === 'package.json' ||
      name === 'pyproject.toml' ||
      name === 'Pipfile' ||
      /^requirements[^/]*\.(?:txt|in)$/.test(name)
    const isKept = KEPT_TEXT.test(path) || ENV_EXAMPLE.test(path)
    if (!isSource && !isLock && !isManifest && !isKept) continue
    if (isSource) {
      sourceFiles += 1
      sourceBytes += file.sizeBytes
      if (sourceFiles > SOURCE_FILES_MAX || sourceBytes > SOURCE_BYTES_MAX || file.sizeBytes > FILE_BYTES_MAX) {
        if (blind.length < 5) blind.push(`${path} was not read: too much source`)
        continue
      }
    }
    const text = await tree.read(path).catch(() => null)
    if (text === null) {
      if (blind.length < 5) blind.push(`${path} could not be read`)
      continue
    }
    if (isSource) {
      if (name.endsWith('.py')) python = true
      else nodeSource = true
      readSource(path, text, { imports, env, routes, calls })
    } else if (isLock) {
      locks.push({ path, name, text })
    } else if (name === 'package.json' && !NOT_PRODUCTION.test(path)) {
      const json = parseJson(text)
      if (!json) {
        blind.push(`${path} is not JSON`)
        continue
      }
      manifests.push({ path, text, json })
      nodeDependencies.push(...namesIn(path, text, json, ['dependencies', 'optionalDependencies', 'peerDependencies']))
      nodeDevDependencies.push(...namesIn(path, text, json, ['devDependencies']))
    } else if (isManifest && !NOT_PRODUCTION.test(path)) {
      python = true
      if (name === 'pyproject.toml') {
        const json = toml(text)
        if (json) pyprojects.push({ path, text, json })
        else blind.push(`${path} is not TOML`)
        pythonDependencies.push(...pyprojectNames(path, text, json))
      } else if (!/dev|test|lint|docs?/i.test(name)) pythonDependencies.push(...requirementNames(path, text))
    }
    if (ENV_EXAMPLE.test(path)) {
      text.split('\n').forEach((line, index) => {
        const variable = /^\s*#?\s*(?:export\s+)?([A-Z][A-Z0-9_]+)=/.exec(line)?.[1]
        if (variable && !env.has(variable)) env.set(variable, `${path}:${index + 1}`)
      })
    } else if (isKept) texts.set(path, text)
  }
  return {
    node: manifests.length > 0 || nodeSource,
    python,
    foreign,
    nodeDependencies,
    pythonDependencies,
    nodeDevDependencies,
    imports: listed(imports),
    locked: lockedBy(locks, manifests),
    manifests,
    pyprojects,
    env: listed(env),
    calls: listed(calls),
    routes: listed(routes),
    texts,
    blind,
  }
}

function listed(map: ReadonlyMap<string, string>): Mention[] {
  return [...map].slice(0, LIST_MAX).map(([name, where]) => ({ name, where }))
}

interface Seen {
  readonly imports: Map<string, string>
  readonly env: Map<string, string>
  readonly routes: Map<string, string>
  readonly calls: Map<string, string>
}

const JS_IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire(?:\.resolve)?\s*\(\s*)(['"])([^'"\n]+)\1/g
const PY_IMPORT = /^\s*(?:from\s+([\w.]+)\s+import|import\s+([\w.]+(?:\s*,\s*[\w.]+)*))/gm
const ENV_READ =
  /\bprocess\.env(?:\.([A-Z][A-Z0-9_]+)|\[['"]([A-Z][A-Z0-9_]+)['"]\])|\bos\.(?:environ(?:\.get\(|\[)|getenv\()\s*['"]([A-Z][A-Z0-9_]+)['"]|\bDeno\.env\.get\(['"]([A-Z][A-Z0-9_]+)['"]\)/g
const ROUTE = /(['"`])(\/[A-Za-z0-9._~/{}:*-]{1,80})\1/g

function readSource(path: string, text: string, seen: Seen): void {
  const lineAt = lineCounter(text)
  const note = (map: Map<string, string>, name: string, index: number): void => {
    if (!map.has(name)) map.set(name, `${path}:${lineAt(index)}`)
  }
  if (path.endsWith('.py')) {
    for (const match of text.matchAll(PY_IMPORT)) {
      for (const module of (match[1] ?? match[2] ?? '').split(',')) {
        const name = module.trim()
        if (name === '' || name.startsWith('.')) continue
        note(seen.imports, pythonName(name), match.index)
        // `urllib.parse` takes addresses apart and calls nobody; `import urllib` and `from urllib import ...` may.
        if (!/^urllib\.(?:parse|error|robotparser|response)$/.test(name))
          note(seen.imports, pythonName(name.split('.')[0] ?? name), match.index)
      }
    }
  } else {
    for (const match of text.matchAll(JS_IMPORT)) {
      const name = packageOf(match[2] ?? '')
      if (name !== '') note(seen.imports, name, match.index)
    }
    const whole = /\bprocess\.env\b(?!\s*\.\s*[A-Z]|\[['"])/.exec(text)
    if (whole) note(seen.calls, 'process.env', whole.index)
    const fetched = /(?<![\w.$])fetch\s*\(/.exec(text)
    if (fetched) note(seen.calls, 'fetch', fetched.index)
  }
  for (const match of text.matchAll(ENV_READ)) {
    note(seen.env, match[1] ?? match[2] ?? match[3] ?? match[4] ?? '', match.index)
  }
  for (const match of text.matchAll(ROUTE)) note(seen.routes, match[2] ?? '', match.index)
}

/** `@scope/name/sub` as `@scope/name`; empty for relative files. */
function packageOf(specifier: string): string {
  if (specifier.startsWith('.') || specifier.startsWith('/') || specifier.startsWith('#')) return ''
  if (specifier.startsWith('node:')) return specifier
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '')
}

export function pythonName(name: string): string {
  return name.toLowerCase().replaceAll('_', '-')
}

/** Line numbers for offsets that only grow. */
function lineCounter(text: string): (index: number) => number {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return (index) => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((starts[middle] ?? 0) <= index) low = middle
      else high = middle - 1
    }
    return low + 1
  }
}

export function lineOf(text: string, needle: string): number {
  const at = text.indexOf(needle)
  return at < 0 ? 1 : text.slice(0, at).split('\n').length
}

function parseJson(text: string): Record<string, unknown> | null {
  try {
    return objectOf(JSON.parse(text.replace(/^\uFEFF/, '')))
  } catch {
    return null
  }
}

function toml(text: string): Record<string, unknown> | null {
  try {
    return parseToml(text)
  } catch {
    return null
  }
}

export function objectOf(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null
}

/** The value at a path of keys, or undefined. */
export function valueAt(value: unknown, ...keys: readonly string[]): unknown {
  let at = value
  for (const key of keys) at = objectOf(at)?.[key]
  return at
}

function namesIn(path: string, text: string, json: Record<string, unknown>, keys: readonly string[]): Mention[] {
  return keys.flatMap((key) => {
    const start = text.indexOf(`"${key}"`)
    return Object.keys(objectOf(json[key]) ?? {}).map((name) => {
      const at = text.indexOf(`"${name}"`, Math.max(0, start))
      return { name, where: `${path}:${text.slice(0, Math.max(0, at)).split('\n').length}` }
    })
  })
}

function pyprojectNames(path: string, text: string, json: Record<string, unknown> | null): Mention[] {
  const listedNames = valueAt(json, 'project', 'dependencies')
  const poetry = objectOf(valueAt(json, 'tool', 'poetry', 'dependencies')) ?? {}
  const raw = [...(Array.isArray(listedNames) ? listedNames : []), ...Object.keys(poetry)].filter(
    (entry) => typeof entry === 'string',
  )
  return raw.flatMap((entry) => {
    const name = /^\s*([A-Za-z0-9._-]+)/.exec(entry)?.[1]
    return name && name !== 'python' ? [{ name: pythonName(name), where: `${path}:${lineOf(text, entry)}` }] : []
  })
}

function requirementNames(path: string, text: string): Mention[] {
  return text.split('\n').flatMap((line, index) => {
    const name = /^\s*"?([A-Za-z0-9][A-Za-z0-9._-]*)/.exec(line)?.[1]
    return name ? [{ name: pythonName(name), where: `${path}:${index + 1}` }] : []
  })
}

/** Names that the lock files install for the manifests, with the place of each; null without a lock file. */
function lockedBy(
  locks: readonly { readonly path: string; readonly name: string; readonly text: string }[],
  manifests: readonly Manifest[],
): ReadonlyMap<string, string> | null {
  if (locks.length === 0) return null
  const locked = new Map<string, string>()
  for (const { path, name, text } of locks) {
    const base = path.slice(0, path.length - name.length)
    const folders = manifests
      .filter((manifest) => manifest.path.startsWith(base))
      .map((manifest) => manifest.path.slice(base.length).replace(/\/?package\.json$/, ''))
    // With its root manifest hidden nothing says whose the lock file is.
    const isNpm = name === 'package-lock.json' || name === 'npm-shrinkwrap.json'
    const installed = isNpm && folders.includes('') ? installedFor(text, folders) : null
    for (const [packageName, line] of lockedNames(name, text))
      if (!locked.has(packageName) && installed?.has(packageName) !== false) locked.set(packageName, `${path}:${line}`)
  }
  return locked
}

/** Names that a lock file installs, with their lines. */
function* lockedNames(file: string, text: string): Generator<[string, number]> {
  const patterns: Readonly<Record<string, RegExp>> = {
    'package-lock.json': /^\s*"(?:[^"]*node_modules\/)((?:@[^/"]+\/)?[^/"]+)":/,
    'npm-shrinkwrap.json': /^\s*"(?:[^"]*node_modules\/)((?:@[^/"]+\/)?[^/"]+)":/,
    'pnpm-lock.yaml': /^ {2}['"]?\/?((?:@[^/@'"]+\/)?[^/@'"\s]+)[@/]\d/,
    'yarn.lock': /^"?((?:@[^/@"]+\/)?[^@"\s]+)@/,
    'uv.lock': /^name = "([^"]+)"/,
    'poetry.lock': /^name = "([^"]+)"/,
  }
  const pattern = patterns[file]
  if (!pattern) return
  let line = 0
  for (const content of text.split('\n')) {
    line += 1
    const name = pattern.exec(content)?.[1]
    if (name) yield [file === 'uv.lock' || file === 'poetry.lock' ? pythonName(name) : name, line]
  }
}
