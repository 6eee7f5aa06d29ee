import {
  type CheckContext,
  defineCheck,
  type Instance,
  needTestbed,
  type PositiveBed,
  type RequestSpec,
} from '@greengate/contracts'
import { Validator } from '@seriousme/openapi-schema-validator'
import { headerOf, probePaths, requestSpec, SourceAddresses, withInstance } from '../../lib-http/exchange.ts'
import { type FoundDescription, findDescription } from '../../lib-http/find-openapi.ts'
import { parseRecord } from '../../lib-http/log-records.ts'
import { isJsonType, fillPath, specVersion, type Operation, operationsOf } from '../../lib-http/openapi.ts'
import { literalRoutes } from '../../lib-http/literal-routes.ts'
import { readSourceRoutes } from '../../lib-http/source-routes.ts'
import { createThings } from '../../lib-http/created-things.ts'
import { control } from './control.ts'
import { judge, type Observation } from './judge.ts'

const LINKS_MAX = 30
const ERRORS_MAX = 10
/** Names under which frameworks serve what is for operators; never part of the API. */
const OPERATIONAL = [
  '/health',
  '/healthz',
  '/livez',
  '/readyz',
  '/ready',
  '/live',
  '/metrics',
  '/favicon.ico',
  '/robots.txt',
]

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'write', quiet: false, timeoutMs: 120_000 },
  async observe(context) {
    const testbed = needTestbed(context)
    return withInstance(await testbed.boot({ purpose: 'routes compared' }), async (instance) => {
      const { found, tried } = await findDescription(context, instance)
      const operations = found ? operationsOf(found.doc) : []
      const source = context.tree ? await readSourceRoutes(context.tree) : null
      const byLiteral =
        context.tree && found && source?.routes.length === 0
          ? await literalRoutes(
              context,
              instance,
              context.tree,
              operations.map(({ path }) => path),
            )
          : []
      const sourceRoutes = [...(source?.routes ?? []), ...byLiteral]
      const live = found ? await liveRoutes(context, instance) : []
      const asked = await askDescribed(context, instance, operations)
      const data: Observation = {
        tried: [...tried],
        description: found && {
          path: found.path,
          version: specVersion(found.doc),
          errors: await problemsOf(found),
          operations: operations.map(({ method, path }) => ({ method, path })),
        },
        source: {
          read: source !== null,
          filesRead: source?.filesRead ?? 0,
          filesOfOtherLanguages: source?.filesOfOtherLanguages ?? 0,
          routes: sourceRoutes,
        },
        live,
        asked,
        operational: [...new Set([...probePaths(context), ...(found ? [found.path] : []), ...OPERATIONAL])],
      }
      return {
        data,
        exercised: {
          requests: tried.length + asked.length,
          operations: operations.length,
          routesInSource: sourceRoutes.length,
          routesLive: live.length,
        },
      }
    })
  },
  clean: (bed) => withSource(bed, []),
  positiveControls: [
    { id: 'missing', breaks: 'served', code: 'no-description', arrange: (bed) => withSource(bed, ['openapi-missing']) },
    {
      id: 'invalid',
      breaks: 'valid',
      code: 'description-invalid',
      arrange: (bed) => withSource(bed, ['openapi-invalid']),
    },
    {
      id: 'undescribed-in-source',
      breaks: 'source',
      code: 'route-not-described',
      arrange: (bed) => withSource(bed, [], "router.get('/api/hidden', hidden)\n"),
    },
    {
      id: 'undescribed-in-foreign-source',
      breaks: 'source',
      code: 'route-not-described',
      arrange: async (bed) => {
        const { tree } = await bed.tree({
          'main.go': 'mux.HandleFunc("GET /api/items", list)\nmux.HandleFunc("/api/hidden", hidden)\n',
        })
        return { ...(await bed.service(['route-undocumented'])), tree }
      },
    },
    {
      id: 'undescribed-live',
      breaks: 'live',
      code: 'route-not-described',
      arrange: async (bed) => {
        const context = await withSource(bed, ['route-undocumented'])
        return {
          ...context,
          config: {
            ...context.config,
            requests: { ...context.config.requests, hidden: requestSpec({ path: '/api/hidden' }) },
          },
        }
      },
    },
    {
      id: 'described-and-missing',
      breaks: 'answers',
      code: 'described-route-missing',
      arrange: (bed) => withSource(bed, ['route-missing']),
    },
  ],
})

/** The sentinel beside a source that declares its routes in the manner of a framework. */
async function withSource(bed: PositiveBed, defects: readonly string[], more = ''): Promise<CheckContext> {
  const source = [
    "import { Router } from 'express'",
    'export const router = Router()',
    "router.get('/errors', errors)",
    "router.get('/errors/:id', help)",
    "router.get('/items', list)",
    "router.post('/items', add)",
    "router.route('/items/:id').get(one).delete(remove)",
    "router.get('/slow', slow)",
    "router.post('/sign-in', signIn)",
    more,
  ].join('\n')
  const { tree } = await bed.tree({ 'src/routes.ts': source })
  return { ...(await bed.service(defects)), tree }
}

async function problemsOf(found: FoundDescription): Promise<string[]> {
  // A copy: the validator resolves references in place.
  const result = await new Validator().validate(structuredClone(found.doc) as Record<string, unknown>)
  if (result.valid) return []
  const errors = Array.isArray(result.errors)
    ? result.errors.map((error) => `${error.instancePath || '/'} ${error.message ?? ''}`.trim())
    : [String(result.errors ?? 'not valid')]
  return [...new Set(errors)].slice(0, ERRORS_MAX)
}

/** Routes that answered: declared requests, what the log says was served, and links in answers. */
async function liveRoutes(context: CheckContext, instance: Instance): Promise<Observation['live']> {
  const sources = new SourceAddresses(context.random)
  const routes = new Map<string, Observation['live'][number]>()
  const add = (method: string, path: string, by: string, where: string): void => {
    const clean = path.split('?')[0] ?? '/'
    if (!routes.has(`${method} ${clean}`)) routes.set(`${method} ${clean}`, { method, path: clean, by, where })
  }
  const links = new Set<string>()
  const start = requestSpec({ path: '/' })
  for (const [name, spec] of [['', start] as [string, RequestSpec], ...Object.entries(context.config.requests)]) {
    const answer = await instance.http({ ...instance.prepare(spec, 1), from: sources.next() })
    if (name !== '' && answer.status > 0 && answer.status !== 404 && answer.status !== 405)
      add(spec.method, instance.prepare(spec, 1).path, 'declared request', `requests.${name}`)
    for (const link of linksIn(answer.body, instance)) links.add(link)
  }
  for (const path of [...links].slice(0, LINKS_MAX)) {
    const answer = await instance.http({ path, from: sources.next(), headers: { accept: 'application/json' } })
    // Pages and files are not operations of an API.
    if (answer.status >= 200 && answer.status < 300 && isJsonType(headerOf(answer, 'content-type')))
      add('GET', path, 'link', `link to ${path}`)
  }
  for (const line of instance.logs()) {
    const served = servedIn(parseRecord(line.text))
    if (served) add(served.method, served.path, 'log', 'log record')
  }
  return [...routes.values()].slice(0, 200)
}

/** Method and path of a log record about a request that a route served. */
function servedIn(record: Record<string, unknown> | null): { method: string; path: string } | null {
  const inner = record?.['req'] ?? record?.['request']
  const flat = { ...(typeof inner === 'object' ? inner : {}), ...record } as Record<string, unknown>
  const { method, status, statusCode, status_code: snake } = flat
  const path = flat['route'] ?? flat['path'] ?? flat['url']
  const code = Number(status ?? statusCode ?? snake)
  if (typeof method !== 'string' || typeof path !== 'string' || !path.startsWith('/')) return null
  return code >= 200 && code < 400 && /^(?:GET|POST|PUT|PATCH|DELETE)$/.test(method) && path !== '/'
    ? { method, path }
    : null
}

function linksIn(body: string, instance: Instance): string[] {
  const found: string[] = []
  const pattern = /(?:href|src|action)="([^"#]+)"|"(?:href|url|link|next|self|first|last|location)"\s*:\s*"([^"]+)"/g
  for (const match of body.matchAll(pattern)) {
    const url = URL.parse(match[1] ?? match[2] ?? '', instance.baseUrl)
    if (url && url.host === new URL(instance.baseUrl).host) found.push(`${url.pathname}${url.search}`)
    if (found.length >= LINKS_MAX) break
  }
  return found
}

/** Asks each described operation whether it is there; bodies are malformed, so that nothing is written. */
async function askDescribed(
  context: CheckContext,
  instance: Instance,
  operations: readonly Operation[],
): Promise<Observation['asked']> {
  const sources = new SourceAddresses(context.random)
  const asked: Observation['asked'] = []
  const ids = await createThings(context, instance, sources)
  for (const operation of operations) {
    if (context.signal.aborted || operation.method === 'OPTIONS' || operation.method === 'TRACE') continue
    const id = ids.get(operation.path.replace(/\/\{[^}]+\}$/, ''))
    const writes = operation.method !== 'GET' && operation.method !== 'HEAD'
    const request = {
      method: operation.method,
      path: id === undefined ? fillPath(operation) : operation.path.replace(/\{[^}]+\}/, id),
      headers: {
        accept: 'application/json',
        ...context.config.probes.headers,
        ...(writes ? { 'content-type': 'application/json' } : {}),
      },
      ...(writes ? { body: '{"broken"' } : {}),
    }
    const answer = await instance.http({ ...request, from: sources.next() })
    asked.push({
      method: operation.method,
      path: operation.path,
      hasParameters: operation.path.includes('{'),
      status: answer.status,
      created: id !== undefined,
    })
  }
  return asked
}
