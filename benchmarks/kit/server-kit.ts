/** The kit with its whole default set; nothing is turned off. */
import { createService, routesFor, type Actor } from '@greengate/kit/http'
import { defineErrors } from '@greengate/kit/errors'
import { type FinishedSpan, Logger, Tracing } from '@greengate/kit/telemetry'
import { z } from 'zod'
import { thing } from './thing.ts'
import { serve } from './serve.ts'

const spans: FinishedSpan[] = []
const tracing = new Tracing({
  sampleRatio: 0.1,
  exporter: {
    add: (span) => {
      if (spans.length < 10_000) spans.push(span)
      else spans.length = 0
    },
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  },
})
const route = routesFor<Actor>()
const service = createService<Actor>({
  info: { title: 'things', version: '1.0.0', description: 'For measuring.' },
  errors: defineErrors({}),
  logger: new Logger({ service: 'things' }),
  tracing,
  authenticate: () => Promise.resolve(null),
  corsOrigins: ['https://app.example.test'],
  ratePerMin: 600_000,
  routes: [
    route({
      id: 'getThing',
      method: 'GET',
      path: '/things/{id}',
      access: 'public',
      tag: 'things',
      summary: 'A thing',
      params: z.object({ id: z.string().min(1).max(40) }),
      answers: {
        200: {
          description: 'The thing',
          schema: z.object({ id: z.string(), name: z.string(), count: z.int(), tags: z.array(z.string()) }),
          example: thing('a'),
        },
      },
      errors: [],
      handler: async ({ params }) => ({ status: 200, body: await Promise.resolve(thing(params.id)) }),
    }),
  ],
})
await serve(async () => {
  await service.listen('127.0.0.1', 0)
  return service.app.server
})
