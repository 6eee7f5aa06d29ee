/** Fastify with a response schema and nothing else: what everything is compared with. */
import Fastify from 'fastify'
import { answerJsonSchema, thing } from './thing.ts'
import { serve } from './serve.ts'

const app = Fastify({ logger: false })
app.get<{ Params: { id: string } }>('/things/:id', { schema: { response: { 200: answerJsonSchema } } }, (request) =>
  Promise.resolve(thing(request.params.id)),
)
await serve(async () => {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return app.server
})
