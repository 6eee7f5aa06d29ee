import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'
import { isParameter } from '../../lib-http/openapi.ts'

const routeSchema = z.strictObject({
  method: z.string(),
  path: z.string(),
  /** By what it was found: `declared request`, `log`, `link`, `router.get`, ... */
  by: z.string(),
  where: z.string(),
})
const observationSchema = z.strictObject({
  /** Paths asked for the description, with what they answered. */
  tried: z.array(z.strictObject({ path: z.string(), status: z.int() })),
  description: z
    .strictObject({
      path: z.string(),
      version: z.string(),
      /** What a validator of the specification says; empty: valid. */
      errors: z.array(z.string()),
      operations: z.array(z.strictObject({ method: z.string(), path: z.string() })),
    })
    .nullable(),
  source: z.strictObject({
    read: z.boolean(),
    filesRead: z.int(),
    filesOfOtherLanguages: z.int(),
    routes: z.array(routeSchema),
  }),
  /** Routes that answered, other than 404. */
  live: z.array(routeSchema),
  /** Described operations that were asked; `created`: its parameter names a thing that was made for this. */
  asked: z.array(
    z.strictObject({
      method: z.string(),
      path: z.string(),
      hasParameters: z.boolean(),
      status: z.int(),
      created: z.boolean(),
    }),
  ),
  /** Probes, metrics and the description itself: they need not be described. */
  operational: z.array(z.string()),
})
export type Observation = z.infer<typeof observationSchema>
type Route = z.infer<typeof routeSchema>
const paramsSchema = z.strictObject({})
export type Params = z.infer<typeof paramsSchema>

const ASPECTS = ['served', 'valid', 'source', 'live', 'answers'] as const
type Aspect = (typeof ASPECTS)[number]
const FIX =
  'Generate the description from the routes, or the routes from the description, and let a test hold the two lists equal.'

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 1,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation) {
    const verdicts = new Verdicts<Aspect>(ASPECTS)
    const { description, tried } = observation
    if (!description) {
      const input = {
        where: tried.map((entry) => entry.path).join(' '),
        message: 'No OpenAPI description is served.',
        expected: 'an OpenAPI document',
        observed: tried.map((entry) => entry.status).join(', '),
        fix: 'Serve the description, and name its path in `probes.openapi`.',
      }
      if (tried.every((entry) => entry.status === 0)) verdicts.inconclusive('served', { code: 'no-answers', ...input })
      else verdicts.fail('served', { code: 'no-description', ...input })
      return verdicts.done()
    }
    verdicts.pass('served')
    if (description.errors.length === 0 && description.operations.length > 0) verdicts.pass('valid')
    for (const error of description.errors)
      verdicts.fail('valid', {
        code: 'description-invalid',
        message: 'The description breaks its own specification.',
        where: `GET ${description.path}`,
        expected: `a valid OpenAPI ${description.version} document`,
        observed: error,
        fix: 'Run a validator over the description in the pipeline.',
      })
    if (description.operations.length === 0)
      verdicts.fail('valid', {
        code: 'no-operations',
        message: 'The description describes nothing.',
        where: `GET ${description.path}`,
        expected: 'operations',
        observed: 'none',
        fix: FIX,
      })
    judgeSource(verdicts, observation)
    judgeRoutes(verdicts, 'live', observation.live, observation)
    judgeAnswers(verdicts, observation)
    return verdicts.done()
  },
  refutations: [
    {
      id: 'no-description',
      breaks: 'served',
      code: 'no-description',
      apply: (o) => ({ ...o, description: null, tried: [{ path: '/openapi.json', status: 404 }] }),
    },
    {
      id: 'invalid',
      breaks: 'valid',
      code: 'description-invalid',
      apply: (o) => describe(o, (d) => ({ ...d, errors: ['/paths must be object'] })),
    },
    {
      id: 'describes-nothing',
      breaks: 'valid',
      code: 'no-operations',
      apply: (o) => describe(o, (d) => ({ ...d, operations: [] })),
    },
    {
      id: 'route-only-in-source',
      breaks: 'source',
      code: 'route-not-described',
      apply: (o) => ({
        ...o,
        source: {
          ...o.source,
          routes: [
            ...o.source.routes,
            { method: 'GET', path: '/greengate/undescribed', by: 'router.get', where: 'x.ts:1' },
          ],
        },
      }),
    },
    {
      id: 'nothing-in-source',
      breaks: 'source',
      code: 'no-routes-in-source',
      apply: (o) => ({ ...o, source: { ...o.source, routes: [] } }),
    },
    {
      id: 'route-only-live',
      breaks: 'live',
      code: 'route-not-described',
      apply: (o) => ({
        ...o,
        live: [...o.live, { method: 'GET', path: '/greengate/undescribed', by: 'link', where: '/' }],
      }),
    },
    { id: 'nothing-live', breaks: 'live', code: 'no-routes-seen', apply: (o) => ({ ...o, live: [] }) },
    {
      id: 'described-and-missing',
      breaks: 'answers',
      code: 'described-route-missing',
      apply(o) {
        const index = o.asked.findIndex((entry) => !entry.hasParameters)
        const entry = o.asked[index]
        return entry ? { ...o, asked: o.asked.with(index, { ...entry, status: 404 }) } : null
      },
    },
  ],
})

function judgeSource(verdicts: Verdicts<Aspect>, observation: Observation): void {
  const { source } = observation
  if (source.read && source.routes.length > 0) return judgeRoutes(verdicts, 'source', source.routes, observation)
  verdicts.inconclusive('source', {
    code: source.read ? 'no-routes-in-source' : 'no-tree',
    message: source.read ? 'No route was recognised in the source.' : 'There is no source tree in this run.',
    where: 'source',
    expected:
      'routes of Express, Koa, Hono, Fastify, hapi, Nest, Flask, FastAPI or Django, or quoted paths that are answered with JSON',
    observed: `${source.filesRead} files read, ${source.filesOfOtherLanguages} in languages whose routes can't be read`,
    fix: 'Run `greengate check` in the repository of the service.',
  })
}

function judgeRoutes(
  verdicts: Verdicts<Aspect>,
  aspect: 'source' | 'live',
  routes: readonly Route[],
  observation: Observation,
): void {
  const operations = observation.description?.operations ?? []
  const counted = routes.filter((route) => !observation.operational.some((path) => sameTail(path, route.path)))
  if (counted.length === 0) {
    verdicts.inconclusive(aspect, {
      code: 'no-routes-seen',
      message: 'Apart from probes no route was seen.',
      where: aspect,
      expected: 'at least one route',
      observed: String(routes.length),
      fix: 'Declare requests in the configuration.',
    })
    return
  }
  verdicts.pass(aspect)
  for (const route of counted) {
    const described = operations.some(
      (op) =>
        (route.method === 'ANY' || op.method === route.method || route.method === 'HEAD') &&
        (aspect === 'source' ? sameTail(op.path, route.path) : fits(op.path, route.path)),
    )
    if (described) continue
    verdicts.fail(aspect, {
      code: 'route-not-described',
      message: `${route.method} ${route.path} is not in the description.`,
      where: route.where,
      expected: `${route.method} ${route.path} among ${operations.length} described operations`,
      observed: `found by ${route.by}`,
      fix: FIX,
    })
  }
}

function judgeAnswers(verdicts: Verdicts<Aspect>, observation: Observation): void {
  const known = observation.asked.filter((entry) => entry.status > 0)
  if (known.length === 0) return
  verdicts.pass('answers')
  for (const entry of known) {
    // With a parameter, 404 may be about the thing and not the route, unless the thing is known to be there.
    const missing = entry.status === 404 || entry.status === 405 || entry.status === 501
    if (!missing || (entry.hasParameters && !entry.created)) continue
    verdicts.fail('answers', {
      code: 'described-route-missing',
      message: `${entry.method} ${entry.path} is described and does not exist.`,
      where: `${entry.method} ${entry.path}`,
      expected: 'any answer but 404',
      observed: String(entry.status),
      fix: FIX,
    })
  }
}

/** Whether a path of the source, which may lack the prefix it is mounted at, is the end of a described one. */
function sameTail(described: string, path: string): boolean {
  const want = parts(described)
  const have = parts(path)
  if (have.length === 0) return true
  return (
    have.length <= want.length &&
    have.every((part, index) => {
      const other = want[want.length - have.length + index] ?? ''
      return part === other || isParameter(part) || isParameter(other)
    })
  )
}

function fits(template: string, path: string): boolean {
  const want = parts(template)
  const have = parts(path)
  return want.length === have.length && want.every((part, index) => part === have[index] || isParameter(part))
}

function parts(path: string): string[] {
  return (path.split('?')[0] ?? '').split('/').filter((part) => part !== '')
}

function describe(
  o: Observation,
  to: (d: NonNullable<Observation['description']>) => Observation['description'],
): Observation | null {
  return o.description && { ...o, description: to(o.description) }
}
