import type { TreePort } from '@greengate/contracts'
import { Lang, parse, registerDynamicLanguage, type SgNode } from '@ast-grep/napi'
import python from '@ast-grep/lang-python'

/** A route as the source declares it; prefixes given elsewhere (`app.use('/api', router)`) are missing from its path. */
export interface SourceRoute {
  readonly method: string
  readonly path: string
  /** `file:line`. */
  readonly where: string
  /** By what it was recognised. */
  readonly by: string
}

export interface SourceReading {
  readonly routes: readonly SourceRoute[]
  readonly filesRead: number
  /** Files in languages whose routes can't be read here. */
  readonly filesOfOtherLanguages: number
}

const FILES_MAX = 4000
const ROUTES_MAX = 600
const METHODS = new Set(['get', 'post', 'put', 'patch', 'delete'])
const NOT_SERVED =
  /(^|\/)(?:tests?|__tests__|spec|e2e|mocks?|fixtures|examples?|node_modules|dist|build|\.venv|venv|vendor|coverage|scripts|bench(?:marks)?)\/|\.(?:test|spec|stories|d)\.[cm]?[jt]sx?$|(^|\/)(?:test_[^/]+|[^/]+_test|conftest)\.py$/
const OTHER = /\.(?:go|java|kt|rb|php|cs|rs|ex|exs|scala|swift)$/
/** Names under which applications and routers are kept; clients (`axios.get`) and stores (`cache.get`) are not among them. */
const ROUTER_NAME =
  /^(?:app|server|fastify|router|routes?|api|instance|scope|srv|web|blueprint|bp|\w*(?:Router|App|Routes|Server|_router|_app|_bp|_api|_blueprint))$/

let pythonReady = false

/** Reads every source file as a syntax tree: Express, Koa, Hono, Fastify, hapi and Nest; Flask, FastAPI and Django. */
export async function readSourceRoutes(tree: TreePort): Promise<SourceReading> {
  const routes: SourceRoute[] = []
  let filesRead = 0
  let filesOfOtherLanguages = 0
  for (const file of tree.files.slice(0, FILES_MAX)) {
    if (NOT_SERVED.test(file.path) || file.link !== undefined || file.sizeBytes > 1_000_000) continue
    if (OTHER.test(file.path)) filesOfOtherLanguages++
    const lang = languageOf(file.path)
    if (lang === null || routes.length >= ROUTES_MAX) continue
    const text = await tree.read(file.path)
    filesRead++
    if (!/route|get|post|put|patch|delete|path|method/i.test(text)) continue
    const root = parse(lang, text).root()
    const found = lang === 'python' ? pythonRoutes(root) : scriptRoutes(root)
    for (const { node, ...route } of found)
      routes.push({ ...route, where: `${file.path}:${node.range().start.line + 1}` })
  }
  return { routes: routes.slice(0, ROUTES_MAX), filesRead, filesOfOtherLanguages }
}

type Found = { method: string; path: string; by: string; node: SgNode }

function languageOf(path: string): Lang | 'python' | null {
  if (/\.[cm]?ts$/.test(path)) return Lang.TypeScript
  if (path.endsWith('.tsx')) return Lang.Tsx
  if (/\.[cm]?jsx?$/.test(path)) return Lang.JavaScript
  if (!path.endsWith('.py')) return null
  if (!pythonReady) registerDynamicLanguage({ python })
  pythonReady = true
  return 'python'
}

function scriptRoutes(root: SgNode): Found[] {
  return [
    ...root.findAll({ rule: { kind: 'call_expression' } }).flatMap(callRoute),
    ...root.findAll({ rule: { kind: 'object' } }).flatMap(objectRoute),
    ...root.findAll({ rule: { kind: 'decorator' } }).flatMap(decoratorRoute),
  ]
}

/** `app.get('/x', handler)`, `app.route('/x').get(handler)`. */
function callRoute(node: SgNode): Found[] {
  const callee = node.field('function')
  if (callee?.kind() !== 'member_expression') return []
  const method = callee.field('property')?.text() ?? ''
  const target = callee.field('object')
  if (!METHODS.has(method) || !target) return []
  const args =
    node
      .field('arguments')
      ?.children()
      .filter((child) => child.isNamed()) ?? []
  if (target.kind() === 'call_expression' && target.field('function')?.field('property')?.text() === 'route') {
    const path = literal(
      target
        .field('arguments')
        ?.children()
        .find((child) => child.isNamed()),
    )
    return path?.startsWith('/') ? [{ method: method.toUpperCase(), path, by: 'route().method()', node }] : []
  }
  const path = literal(args[0])
  if (path === null || !path.startsWith('/') || args.length < 2 || !ROUTER_NAME.test(lastName(target))) return []
  return [{ method: method.toUpperCase(), path, by: `${lastName(target)}.${method}`, node }]
}

/** `{ method: 'GET', url: '/x', handler }`: Fastify, hapi and tables of one's own. */
function objectRoute(node: SgNode): Found[] {
  const members = new Map<string, SgNode | null>()
  for (const child of node.children()) {
    if (child.kind() === 'pair')
      members.set(child.field('key')?.text().replaceAll(/['"]/g, '') ?? '', child.field('value'))
    else if (child.kind() === 'shorthand_property_identifier' || child.kind() === 'method_definition')
      members.set(child.field('name')?.text() ?? child.text(), null)
  }
  if (!['handler', 'handle', 'handlers', 'action', 'controller'].some((name) => members.has(name))) return []
  const path = literal(members.get('url') ?? members.get('path') ?? undefined)
  const given = members.get('method')
  const methods =
    given?.kind() === 'array'
      ? given.children().flatMap((child) => literal(child) ?? [])
      : [literal(given ?? undefined) ?? '']
  if (path === null || !path.startsWith('/')) return []
  return methods
    .filter((method) => METHODS.has(method.toLowerCase()))
    .map((method) => ({ method: method.toUpperCase(), path, by: 'route object', node }))
}

/** Nest: `@Controller('items')` on the class, `@Get(':id')` on the method. */
function decoratorRoute(node: SgNode): Found[] {
  const match = /^@(Get|Post|Put|Patch|Delete)\(\s*(?:['"`]([^'"`]*)['"`])?\s*\)$/.exec(node.text())
  if (!match) return []
  const holder = node
    .ancestors()
    .find(
      (ancestor) =>
        ancestor.kind() === 'class_declaration' ||
        ancestor.kind() === 'export_statement' ||
        ancestor.kind() === 'abstract_class_declaration',
    )
  const around = holder ? [holder, ...(holder.parent() ? [holder.parent() as SgNode] : [])] : []
  const controller = around
    .flatMap((entry) => entry.children())
    .find((child) => child.kind() === 'decorator' && child.text().startsWith('@Controller'))
  if (!controller) return []
  const prefix = /['"`]([^'"`]*)['"`]/.exec(controller.text())?.[1] ?? ''
  const path = `/${[prefix, match[2] ?? '']
    .flatMap((part) => part.split('/'))
    .filter((part) => part !== '')
    .join('/')}`
  return [{ method: (match[1] ?? '').toUpperCase(), path, by: 'Nest decorator', node }]
}

function pythonRoutes(root: SgNode): Found[] {
  const found: Found[] = []
  for (const node of root.findAll({ rule: { kind: 'decorator' } })) {
    const call = node.children().find((child) => child.kind() === 'call')
    const callee = call?.field('function')
    if (!call || callee?.kind() !== 'attribute') continue
    const name = callee.field('attribute')?.text() ?? ''
    const args =
      call
        .field('arguments')
        ?.children()
        .filter((child) => child.isNamed()) ?? []
    const path =
      literal(args[0]) ??
      literal(args.find((arg) => /^(?:path|rule)\s*=/.test(arg.text()))?.field('value') ?? undefined)
    if (path === null || !path.startsWith('/')) continue
    if (METHODS.has(name)) found.push({ method: name.toUpperCase(), path, by: `@${callee.text()}`, node })
    if (name !== 'route' && name !== 'api_route') continue
    const methods = args.find((arg) => /^methods\s*=/.test(arg.text()))?.text() ?? "['GET']"
    for (const [, method = ''] of methods.matchAll(/['"](\w+)['"]/g)) {
      if (METHODS.has(method.toLowerCase()))
        found.push({ method: method.toUpperCase(), path, by: `@${callee.text()}`, node })
    }
  }
  for (const node of root.findAll({ rule: { kind: 'call' } })) {
    if (!/^(?:path|re_path)$/.test(node.field('function')?.text() ?? '') || !/urlpatterns/.test(root.text())) continue
    const args =
      node
        .field('arguments')
        ?.children()
        .filter((child) => child.isNamed()) ?? []
    const path = literal(args[0])
    // Django says the method elsewhere; an included file has its own entries.
    if (
      path !== null &&
      args.length > 1 &&
      args[1]?.text().startsWith('include(') !== true &&
      !/admin/.test(args[1]?.text() ?? '')
    )
      found.push({ method: 'ANY', path: `/${path.replace(/^\^?\/?/, '')}`, by: 'Django path()', node })
  }
  return found
}

/** The value of a string literal without substitutions; null: it is something else. */
function literal(node: SgNode | undefined | null): string | null {
  if (!node) return null
  const text = node.text()
  const match = /^(['"`])([\s\S]*)\1$/.exec(text)
  return match && !text.includes('${') ? (match[2] ?? '') : null
}

function lastName(node: SgNode): string {
  return node.field('property')?.text() ?? node.text()
}
