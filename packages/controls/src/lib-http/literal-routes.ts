import type { CheckContext, HttpAnswer, Instance, TreePort } from '@greengate/contracts'
import { headerOf, requestSpec, SourceAddresses } from './exchange.ts'
import { isJsonType } from './openapi.ts'
import type { SourceRoute } from './source-routes.ts'

const SOURCE = /\.(?:[cm]?[jt]sx?|py|go|java|kt|kts|rb|php|cs|rs|ex|exs|scala|swift|clj|cpp|cc|hs|ml|fs|dart|lua|pl)$/
const NOT_SERVED =
  /(^|\/)(?:tests?|__tests__|spec|e2e|mocks?|fixtures|examples?|node_modules|dist|build|target|\.venv|venv|vendor|coverage|scripts|bench(?:marks)?)\/|[._-](?:test|spec)\.\w+$|Tests?\.\w+$/
/** A quoted path, with the method before it where a router takes both in one string (Go 1.22). */
const LITERAL = /["'`](?:(GET|POST|PUT|PATCH|DELETE) )?(?:\$?\{[\w.]+\})?(\/[A-Za-z0-9._~/-]{1,80})["'`]/g
const FILES_MAX = 4000
const CANDIDATES_MAX = 120

/**
 * Routes of a service whose framework can't be read: every quoted path in its source that the running service answers
 * unlike a path that nobody can have meant. In any language. Each is tried as it is and below the prefix that the described
 * paths share, as prefixes are given elsewhere.
 */
export async function literalRoutes(
  context: CheckContext,
  instance: Instance,
  tree: TreePort,
  described: readonly string[],
): Promise<SourceRoute[]> {
  const prefix = sharedPrefix(described)
  const found = await candidatesIn(tree)
  const candidates = [...found, ...(prefix === '' ? [] : found.map((one) => ({ ...one, path: prefix + one.path })))]
  const sources = new SourceAddresses(context.random)
  const [as = ''] = Object.keys(context.config.identities)
  const ask = (path: string): Promise<HttpAnswer> =>
    instance.http({
      ...instance.prepare(requestSpec({ path, as, headers: { accept: 'application/json' } })),
      from: sources.next(),
    })
  const routes: SourceRoute[] = []
  for (const { path, where } of candidates) {
    if (context.signal.aborted) break
    const answer = await ask(path)
    if (!isRoute(answer)) continue
    const folder = path.slice(0, path.lastIndexOf('/') + 1)
    const beside = await ask(`${folder}${context.random.hex(8)}`)
    // Below a prefix that asks for an identity every path is answered alike: that shows no route.
    if (beside.status === answer.status) continue
    routes.push({ method: 'GET', path, where, by: 'quoted path that is answered' })
  }
  return routes
}

/** The folders that all paths begin with: `/shop/v1`. */
function sharedPrefix(paths: readonly string[]): string {
  const [first = [], ...rest] = paths.map((path) => path.split('/').slice(0, -1))
  const parts = [...first]
  while (parts.length > 0 && !rest.every((other) => parts.every((part, index) => other[index] === part))) parts.pop()
  const prefix = parts.join('/')
  return prefix.includes('{') ? '' : prefix
}

/** An answer of a JSON operation: pages and files are none. */
function isRoute(answer: HttpAnswer): boolean {
  return answer.status >= 200 && answer.status < 300 && isJsonType(headerOf(answer, 'content-type'))
}

async function candidatesIn(tree: TreePort): Promise<{ path: string; where: string }[]> {
  const found = new Map<string, string>()
  for (const file of served(tree)) {
    const text = await tree.read(file.path)
    for (const match of text.matchAll(LITERAL)) {
      const [, method = 'GET', path = ''] = match
      if (method !== 'GET' || found.has(path) || found.size >= CANDIDATES_MAX || path.startsWith('//')) continue
      found.set(path, `${file.path}:${text.slice(0, match.index).split('\n').length}`)
    }
  }
  return [...found].map(([path, where]) => ({ path, where }))
}

/** Paths quoted in the source that match, without their places; the method before one is left out. */
export async function quotedPaths(tree: TreePort, pattern: RegExp): Promise<string[]> {
  const found = new Set<string>()
  for (const file of served(tree)) {
    for (const match of (await tree.read(file.path)).matchAll(LITERAL)) {
      const path = match[2] ?? ''
      if (found.size < CANDIDATES_MAX && !path.startsWith('//') && pattern.test(path)) found.add(path)
    }
  }
  return [...found]
}

function served(tree: TreePort): TreePort['files'] {
  return tree.files
    .slice(0, FILES_MAX)
    .filter(
      (file) =>
        SOURCE.test(file.path) && !NOT_SERVED.test(file.path) && file.link === undefined && file.sizeBytes <= 1_000_000,
    )
}
