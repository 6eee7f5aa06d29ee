import type { TreePort } from '@greengate/contracts'
import { parse as parseYaml } from 'yaml'
import { type Mention, type Scan, lineOf, objectOf, scanTree, valueAt } from './scan.ts'
import { NODE_PACKAGES, isKnown } from './known-packages.ts'

/** Something that was found out, and how. */
export interface Found<T> {
  readonly value: T
  /** For a person: what it was seen by. */
  readonly how: string
  /** `path:line`, or a path. */
  readonly where: string
}

export interface FoundDependency {
  readonly name: string
  readonly kind: 'postgres' | 'http' | 'tcp'
  /** Variable that is to point to it; empty if none is known. */
  readonly variable: string
  /** What it is: "PostgreSQL", "Redis". */
  readonly what: string
}

export interface Discovery {
  readonly service: Found<string>
  readonly start: Found<readonly string[]> | null
  /** Variable through which the service learns its port. */
  readonly portVariable: Found<string> | null
  readonly port: Found<number> | null
  readonly dependencies: readonly Found<FoundDependency>[]
  readonly live: Found<string> | null
  readonly ready: Found<string> | null
  readonly metrics: Found<string> | null
  readonly openapi: Found<string> | null
  readonly lint: Found<readonly string[]> | null
  readonly types: Found<readonly string[]> | null
  readonly tests: Found<readonly string[]> | null
  readonly pipelines: readonly Found<string>[]
  /** Variables the source reads or an example file names. */
  readonly variables: readonly Found<string>[]
}

const VARIABLES_MAX = 200

/** Finds out of a tree what a configuration would say. What was not found is null; nothing is guessed without a place. */
export async function discover(tree: TreePort): Promise<Discovery> {
  const scan = await scanTree(tree)
  const route = (pattern: RegExp): Found<string> | null => probeFound(scan, pattern)
  const live = route(
    /^\/(?:[\w-]+\/){0,2}(?:livez?|liveness|healthz?|health-?check|ping)$|^\/-\/(?:health|healthy|ping)$|^\/_?health(?:z|\/live)?$/,
  )
  const ready = route(/^\/(?:[\w-]+\/){0,2}(?:readyz?|readiness)$|^\/-\/ready$|^\/health\/ready$/)
  return {
    service: serviceName(scan),
    start: startCommand(scan),
    portVariable: portVariable(scan),
    port: exposedPort(scan),
    dependencies: dependencies(scan),
    live: live ?? containerProbe(scan),
    ready,
    metrics: route(/^\/(?:[\w-]+\/){0,2}(?:metrics|prometheus)$/),
    openapi: route(/^\/(?:[\w./-]*\/)?(?:openapi|swagger|api-docs)(?:\.(?:json|ya?ml))?$/) ?? frameworkOpenapi(scan),
    lint: toolCommand(tree, scan, ['lint', 'lint:check'], [['oxlint', ['oxlint']], ['eslint', ['eslint', '.']], ['@biomejs/biome', ['biome', 'lint', '.']]], [['ruff', ['ruff', 'check', '.']], ['flake8', ['flake8']]]),
    types: toolCommand(tree, scan, ['types', 'typecheck', 'type-check', 'check-types', 'check:types', 'tsc'], [['typescript', ['tsc', '--noEmit', '-p', '.']]], [['mypy', ['mypy', '.']], ['pyright', ['pyright']]]),
    tests: toolCommand(tree, scan, ['test'], [['vitest', ['vitest', 'run']], ['jest', ['jest']], ['mocha', ['mocha']]], [['pytest', ['pytest']]]),
    pipelines: tree.files.filter((file) => /^(?:\.github\/workflows\/[^/]+\.ya?ml|\.gitlab-ci\.yml|\.circleci\/config\.yml|Jenkinsfile|azure-pipelines\.yml|\.ci\/.+)$/.test(file.path)).map((file) => ({ value: file.path, how: 'the file is there', where: file.path })),
    variables: scan.env.slice(0, VARIABLES_MAX).map((mention) => ({ value: mention.name, how: 'is read or named there', where: mention.where })),
  } // prettier-ignore
}

function root<T extends { path: string }>(manifests: readonly T[]): T | undefined {
  return manifests.toSorted((a, b) => a.path.split('/').length - b.path.split('/').length)[0]
}

function serviceName(scan: Scan): Found<string> {
  const manifest = root(scan.manifests)
  const name = manifest?.json['name']
  if (manifest && typeof name === 'string' && name !== '') {
    return {
      value: name.replace(/^@[^/]+\//, ''),
      how: 'its name',
      where: `${manifest.path}:${lineOf(manifest.text, '"name"')}`,
    }
  }
  const python = root(scan.pyprojects)
  const project = valueAt(python?.json, 'project', 'name') ?? valueAt(python?.json, 'tool', 'poetry', 'name')
  if (python && typeof project === 'string')
    return { value: project, how: 'its name', where: `${python.path}:${lineOf(python.text, 'name')}` }
  return { value: 'service', how: 'no manifest names it: give it its name', where: '' }
}

function startCommand(scan: Scan): Found<readonly string[]> | null {
  const manifest = root(scan.manifests)
  const script = valueAt(manifest?.json, 'scripts', 'start')
  if (manifest && typeof script === 'string') {
    const words = simpleWords(script)
    const where = `${manifest.path}:${lineOf(manifest.text, '"start"')}`
    // A package manager in between swallows signals: the program itself is started where the script is one.
    return words
      ? { value: words, how: 'scripts.start', where }
      : { value: ['npm', 'start'], how: 'scripts.start, which needs a shell', where }
  }
  for (const [path, text] of scan.texts) {
    const name = path.split('/').at(-1) ?? ''
    if (/^Procfile$/i.test(name)) {
      const line = /^web:\s*(.+)$/m.exec(text)
      const words = line?.[1] ? simpleWords(line[1]) : null
      if (line && words) return { value: words, how: 'its web process', where: `${path}:${lineOf(text, line[0])}` }
    }
  }
  for (const [path, text] of scan.texts) {
    if (!/(?:Docker|Container)file/.test(path)) continue
    const command = containerCommand(text)
    if (command) return { value: command.words, how: 'what the image runs', where: `${path}:${command.line}` }
  }
  const main = manifest?.json['main']
  if (
    manifest &&
    typeof main === 'string' &&
    scan.imports.some((mention) => isKnown(mention.name, NODE_PACKAGES.http))
  ) {
    return { value: ['node', main], how: 'main', where: `${manifest.path}:${lineOf(manifest.text, '"main"')}` }
  }
  const python = root(scan.pyprojects)
  const scripts = objectOf(valueAt(python?.json, 'project', 'scripts')) ?? {}
  const first = Object.keys(scripts)[0]
  if (python && first)
    return { value: [first], how: 'project.scripts', where: `${python.path}:${lineOf(python.text, first)}` }
  return null
}

/** CMD and ENTRYPOINT of the last stage, exec form or plain words. */
function containerCommand(text: string): { words: readonly string[]; line: number } | null {
  let entry: readonly string[] = []
  let words: readonly string[] | null = null
  let at = 0
  text.split('\n').forEach((line, index) => {
    if (/^\s*FROM\b/i.test(line)) [entry, words] = [[], null]
    const match = /^\s*(CMD|ENTRYPOINT)\s+(.+)$/i.exec(line)
    if (!match?.[2]) return
    const parsed = execForm(match[2]) ?? simpleWords(match[2])
    if (!parsed) return
    if (match[1]?.toUpperCase() === 'ENTRYPOINT') entry = parsed
    else words = parsed
    at = index + 1
  })
  const whole = [...entry, ...(words ?? [])]
  return whole.length > 0 ? { words: whole, line: at } : null
}

function execForm(text: string): readonly string[] | null {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && value.every((word) => typeof word === 'string') ? value : null
  } catch {
    return null
  }
}

function simpleWords(text: string): readonly string[] | null {
  if (/[|&;<>`()$"'\\\n]|^\w+=/.test(text)) return null
  const words = text.trim().split(/\s+/)
  return words[0] === '' ? null : words
}

function portVariable(scan: Scan): Found<string> | null {
  const names = ['PORT', 'HTTP_PORT', 'SERVER_PORT', 'APP_PORT', 'LISTEN_PORT']
  for (const name of names) {
    const mention = scan.env.find((candidate) => candidate.name === name)
    if (mention) return { value: name, how: 'is read there', where: mention.where }
  }
  return null
}

function exposedPort(scan: Scan): Found<number> | null {
  for (const [path, text] of scan.texts) {
    const match = /^\s*EXPOSE\s+(\d+)/m.exec(text)
    if (match?.[1]) return { value: Number(match[1]), how: 'EXPOSE', where: `${path}:${lineOf(text, match[0].trim())}` }
  }
  return null
}

const POSTGRES = [
  'pg',
  'pg-promise',
  'postgres',
  'slonik',
  'pg-boss',
  'graphile-worker',
  'psycopg',
  'psycopg2',
  'psycopg2-binary',
  'asyncpg',
  'aiopg',
]
const REDIS = ['redis', 'ioredis', 'iovalkey', 'bullmq', 'bull', 'connect-redis', 'aioredis', 'valkey', 'django-redis']

function dependencies(scan: Scan): Found<FoundDependency>[] {
  const found: Found<FoundDependency>[] = []
  const used = [...scan.nodeDependencies, ...scan.pythonDependencies]
  const images = composeImages(scan)
  const variable = (pattern: RegExp): Mention | undefined => scan.env.find((mention) => pattern.test(mention.name))
  const add = (
    name: string,
    kind: FoundDependency['kind'],
    what: string,
    packages: readonly string[],
    env: RegExp,
    image: RegExp,
  ): void => {
    const library = used.find((mention) => packages.includes(mention.name))
    const box = images.find((candidate) => image.test(candidate.name))
    const named = variable(env)
    const seen = library ?? box
    if (!seen) return
    const how = library ? `depends on ${library.name}` : `starts the image ${seen.name}`
    found.push({ value: { name, kind, variable: named?.name ?? '', what }, how, where: seen.where })
  }
  add(
    'db',
    'postgres',
    'PostgreSQL',
    POSTGRES,
    /^(?:DATABASE_URL|POSTGRES(?:QL)?_(?:URL|URI)|DB_URL|PG_URL|DATABASE_URI)$/,
    /^(?:.*\/)?(?:postgres|postgis|timescaledb)/,
  )
  add('redis', 'tcp', 'Redis', REDIS, /^(?:REDIS|VALKEY)_?(?:URL|URI)$/, /^(?:.*\/)?(?:redis|valkey)/)
  const upstreams = scan.env.filter((mention) =>
    /^(?!SELF|PUBLIC|BASE|APP|SITE|SERVER|FRONTEND)[A-Z0-9_]+_(?:API_URL|BASE_URL|SERVICE_URL|ENDPOINT)$/.test(
      mention.name,
    ),
  )
  for (const mention of upstreams.slice(0, 10)) {
    const name = mention.name
      .replace(/_(?:API_URL|BASE_URL|SERVICE_URL|ENDPOINT)$/, '')
      .toLowerCase()
      .replaceAll('_', '-')
    found.push({
      value: { name, kind: 'http', variable: mention.name, what: 'an HTTP service' },
      how: `the variable ${mention.name}`,
      where: mention.where,
    })
  }
  return found
}

function composeImages(scan: Scan): Mention[] {
  return [...scan.texts].flatMap(([path, text]) => {
    if (!/compose[\w.-]*\.ya?ml$/.test(path)) return []
    let value: unknown
    try {
      value = parseYaml(text)
    } catch {
      return []
    }
    return Object.values(objectOf(valueAt(value, 'services')) ?? {}).flatMap((service) => {
      const image = valueAt(service, 'image')
      return typeof image === 'string' ? [{ name: image, where: `${path}:${lineOf(text, image)}` }] : []
    })
  })
}

function probeFound(scan: Scan, pattern: RegExp): Found<string> | null {
  const matches = scan.routes.filter((mention) => pattern.test(mention.name))
  // The shortest is the route; longer ones are as a rule the same below a prefix, or in a client.
  const best = matches.toSorted((a, b) => a.name.length - b.name.length)[0]
  return best ? { value: best.name, how: 'the source names this path', where: best.where } : null
}

function containerProbe(scan: Scan): Found<string> | null {
  for (const [path, text] of scan.texts) {
    const match =
      /HEALTHCHECK[\s\S]{0,300}?https?:\/\/[^/\s"']+(\/[\w./-]+)/.exec(text) ??
      /(?:liveness|readiness)Probe:[\s\S]{0,200}?path:\s*["']?(\/[\w./-]+)/.exec(text)
    if (match?.[1])
      return { value: match[1], how: 'the health check of the container', where: `${path}:${lineOf(text, match[1])}` }
  }
  return null
}

function frameworkOpenapi(scan: Scan): Found<string> | null {
  const fastapi = scan.pythonDependencies.find((mention) => mention.name === 'fastapi')
  return fastapi ? { value: '/openapi.json', how: 'FastAPI serves it there', where: fastapi.where } : null
}

type ToolTable = readonly (readonly [name: string, command: readonly string[]])[]

function toolCommand(
  tree: TreePort,
  scan: Scan,
  scripts: readonly string[],
  node: ToolTable,
  python: ToolTable,
): Found<readonly string[]> | null {
  const manifest = root(scan.manifests)
  for (const script of scripts) {
    const text = valueAt(manifest?.json, 'scripts', script)
    if (!manifest || typeof text !== 'string' || /no test specified/.test(text)) continue
    const manager = tree.has('pnpm-lock.yaml') ? 'pnpm' : tree.has('yarn.lock') ? 'yarn' : 'npm'
    return {
      value: [manager, 'run', script],
      how: `scripts.${script}`,
      where: `${manifest.path}:${lineOf(manifest.text, `"${script}"`)}`,
    }
  }
  for (const [name, command] of node) {
    const mention = [...scan.nodeDevDependencies, ...scan.nodeDependencies].find((candidate) => candidate.name === name)
    if (mention) return { value: command, how: `depends on ${name}`, where: mention.where }
  }
  for (const [name, command] of python) {
    const project = scan.pyprojects.find((candidate) => new RegExp(`\\b${name}\\b`).test(candidate.text))
    if (project) return { value: command, how: `names ${name}`, where: `${project.path}:${lineOf(project.text, name)}` }
  }
  return null
}
