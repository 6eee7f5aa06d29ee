import { createHash, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { ErrorAnswers, PublicErrorEntry } from '../errors/envelope.ts'
import { ServiceError } from '../errors/service-error.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { type Actor, type AnyRoute, routesFor } from './route.ts'

export interface Operational {
  readonly metrics: Metrics
  readonly errors: ErrorAnswers
  /** Names of what does not answer; empty: ready. Must not throw and must be quick. */
  readonly notReady: () => Promise<readonly string[]>
  readonly document: () => Record<string, unknown>
  /** Names of what does not answer and is not needed for being ready. Must not throw and must be quick. */
  readonly degraded: () => Promise<readonly string[]>
  readonly access: OperationsAccess
  /** See `ServiceOptions`. */
  readonly errorsBehind: ErrorsBehind | null
}

/** What another service says of a code. @throws ServiceError `upstream_unavailable` or `upstream_timeout` when it cannot be asked */
export type ErrorsBehind = (
  code: string,
  request: { readonly signal: AbortSignal; readonly correlationId: string },
) => Promise<PublicErrorEntry | null>

/** Who may read `/metrics` and `/openapi.json`. */
export type OperationsAccess = 'public' | 'nobody' | { readonly token: string }

const TOKEN_CHARS_MIN = 16
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Puts the question of who asks before a route. @throws RangeError for a token that is too short to keep anybody out */
function restrictedBy(access: OperationsAccess): (route: AnyRoute) => AnyRoute {
  if (access === 'public') return (route) => route
  const code = access === 'nobody' ? 'not_found' : 'unauthenticated'
  const token = access === 'nobody' ? null : access.token
  if (token !== null && token.length < TOKEN_CHARS_MIN)
    throw new RangeError(`the token of operationsAccess has ${token.length} characters: ${TOKEN_CHARS_MIN} at least`)
  const expected = token === null ? null : digest(`Bearer ${token}`)
  return (route) => ({
    ...route,
    errors: [...route.errors, code],
    handler: (request) => {
      const authorization = request.header('authorization')
      // Digests are equally long, and comparing them takes equally long.
      const allowed =
        expected !== null && authorization !== undefined && timingSafeEqual(digest(authorization), expected)
      if (!allowed) throw new ServiceError(code, { stack: false })
      return route.handler(request)
    },
  })
}

const entrySchema = z.object({
  code: z.string(),
  class: z.string(),
  status: z.int(),
  retriable: z.boolean(),
  retryAfterS: z.int().nullable().describe('Sent as Retry-After; seconds'),
  message: z.string(),
  fix: z.string(),
  help: z.string(),
})

/** `/health`, `/ready`, `/metrics`, `/openapi.json`, `/errors` and `/errors/{code}`. */
export function operationalRoutes(operational: Operational): AnyRoute[] {
  const { metrics, errors, notReady, document, degraded, access, errorsBehind } = operational
  const route = routesFor<Actor>()
  const restricted = restrictedBy(access)
  const common = { method: 'GET', access: 'public', tag: 'operations' } as const
  const exampleEntry = errors.describe('rate_limited')
  return [
    route({
      ...common,
      id: 'getHealth',
      path: '/health',
      probe: true,
      summary: 'Whether the process lives; asks nothing else',
      answers: {
        200: { description: 'It lives', schema: z.object({ status: z.literal('ok') }), example: { status: 'ok' } },
      },
      errors: [],
      handler: () => ({ status: 200, body: { status: 'ok' } }),
    }),
    route({
      ...common,
      id: 'getReady',
      path: '/ready',
      probe: true,
      summary: 'Whether it can serve: required dependencies answer and it is not stopping',
      answers: {
        200: {
          description: 'It can serve',
          schema: z.object({
            status: z.literal('ready'),
            degraded: z.array(z.string()).optional().describe('What does not answer and is done without'),
          }),
          example: { status: 'ready' },
        },
      },
      errors: ['not_ready'],
      handler: async () => {
        const missing = await notReady()
        if (missing.length === 0) {
          const without = await degraded()
          return { status: 200, body: { status: 'ready', ...(without.length > 0 ? { degraded: without } : {}) } }
        }
        throw new ServiceError('not_ready', {
          details: missing.map((field) => ({ field, problem: 'is not available' })),
        })
      },
    }),
    restricted(
      route({
        ...common,
        id: 'getMetrics',
        path: '/metrics',
        probe: true,
        summary: 'Metrics in the Prometheus text format, or OpenMetrics with exemplars where it is asked for',
        answers: { 200: { description: 'All metrics', schema: z.string(), contentType: 'text/plain' } },
        errors: [],
        handler: async ({ header }) => {
          const { contentType, body } = await metrics.scrape(header('accept'))
          return { status: 200, body, headers: { 'content-type': contentType, vary: 'Accept' } }
        },
      }),
    ),
    restricted(
      route({
        ...common,
        id: 'getOpenApi',
        path: '/openapi.json',
        summary: 'This description',
        answers: { 200: { description: 'OpenAPI 3.1', schema: z.looseObject({ openapi: z.string() }) } },
        errors: [],
        handler: () => ({ status: 200, body: document() }),
      }),
    ),
    route({
      ...common,
      id: 'listErrors',
      path: '/errors',
      summary: 'Every error code this service answers with',
      answers: {
        200: {
          description: 'The registry',
          schema: z.object({ codes: z.record(z.string(), entrySchema) }),
          example: { codes: { rate_limited: exampleEntry } },
        },
      },
      errors: [],
      handler: () => ({ status: 200, body: errors.describeAll() }),
    }),
    route({
      ...common,
      id: 'getError',
      path: '/errors/{code}',
      summary: 'What an error code means and what to do',
      params: z.object({
        code: z
          .string()
          .regex(/^[a-z][a-z0-9_]{2,47}$/)
          .meta({ examples: ['rate_limited'] }),
      }),
      answers: { 200: { description: 'The code', schema: entrySchema, example: exampleEntry } },
      errors: ['not_found', ...(errorsBehind ? (['upstream_unavailable', 'upstream_timeout'] as const) : [])],
      handler: async ({ params, signal, correlationId }) => {
        const own = errors.describe(params.code)
        const entry = own ?? (await errorsBehind?.(params.code, { signal, correlationId }))
        if (!entry) throw new ServiceError('not_found')
        return { status: 200, body: entry }
      },
    }),
  ]
}
