import { z } from 'zod'
import type { ErrorAnswers } from '../errors/envelope.ts'
import { ServiceError } from '../errors/service-error.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { type Actor, type AnyRoute, routesFor } from './route.ts'

export interface Operational {
  readonly metrics: Metrics
  readonly errors: ErrorAnswers
  /** Names of what does not answer; empty: ready. Must not throw and must be quick. */
  readonly notReady: () => Promise<readonly string[]>
  readonly document: () => Record<string, unknown>
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
export function operationalRoutes({ metrics, errors, notReady, document }: Operational): AnyRoute[] {
  const route = routesFor<Actor>()
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
          schema: z.object({ status: z.literal('ready') }),
          example: { status: 'ready' },
        },
      },
      errors: ['not_ready'],
      handler: async () => {
        const missing = await notReady()
        if (missing.length === 0) return { status: 200, body: { status: 'ready' } }
        throw new ServiceError('not_ready', {
          details: missing.map((field) => ({ field, problem: 'is not available' })),
        })
      },
    }),
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
    route({
      ...common,
      id: 'getOpenApi',
      path: '/openapi.json',
      summary: 'This description',
      answers: { 200: { description: 'OpenAPI 3.1', schema: z.looseObject({ openapi: z.string() }) } },
      errors: [],
      handler: () => ({ status: 200, body: document() }),
    }),
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
      errors: ['not_found'],
      handler: ({ params }) => {
        const entry = errors.describe(params.code)
        if (!entry) throw new ServiceError('not_found')
        return { status: 200, body: entry }
      },
    }),
  ]
}
