/**
 * The service that is soaked: everything of the kit that a request can meet, and what its process holds when asked. Started
 * with --expose-gc by `main.ts`.
 */
import { defineErrors, ServiceError } from '@greengate/kit/errors'
import { type Actor, createService, routesFor } from '@greengate/kit/http'
import { CircuitBreaker, LastKnownGood } from '@greengate/kit/resilience'
import { Logger } from '@greengate/kit/telemetry'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'

const route = routesFor<Actor>()
const common = { tag: 'soak', errors: [] as string[] }
const ok = { 200: { description: 'ok', schema: z.object({ ok: z.boolean(), fallback: z.boolean() }) } }
let flips = 0
const breaker = new CircuitBreaker({ name: 'flaky' })
const cache = new LastKnownGood<{ n: number }>({
  load: () => {
    flips += 1
    return flips % 5 === 0 ? Promise.reject(new Error('the source is away')) : Promise.resolve({ n: flips })
  },
  initial: { n: 0 },
  timeoutMs: 100,
  freshMs: 20,
  onFailure: () => undefined,
})

const service = createService<Actor>({
  info: { title: 'soak', version: '1.0.0', description: 'For soaking.' },
  errors: defineErrors({}),
  logger: new Logger({ service: 'soak' }),
  authenticate: (token) => Promise.resolve(token.endsWith('0') ? null : { kind: 'user', id: token }),
  corsOrigins: ['https://app.example.test'],
  ratePerMin: 5000,
  routes: [
    route({
      ...common,
      id: 'read',
      method: 'GET',
      path: '/things/{id}',
      access: 'public',
      summary: 'reads',
      params: z.object({ id: z.string().max(40) }),
      answers: ok,
      handler: async () => ({ status: 200, body: { ok: true, fallback: (await cache.get()).isFallback } }),
    }),
    route({
      ...common,
      id: 'write',
      method: 'POST',
      path: '/things',
      access: ['user'],
      summary: 'writes',
      body: z.object({ name: z.string().max(100), tags: z.array(z.string()).max(10) }),
      answers: ok,
      handler: async ({ signal }) => {
        await pause(5, undefined, { signal })
        return { status: 200, body: { ok: true, fallback: false } }
      },
    }),
    route({
      ...common,
      id: 'flaky',
      method: 'GET',
      path: '/flaky',
      access: 'public',
      summary: 'fails now and then',
      errors: ['overloaded'],
      answers: ok,
      handler: async () => {
        flips += 1
        const call = flips
        await breaker
          .run(() => (call % 7 < 5 ? Promise.reject(new Error('away')) : Promise.resolve(true)))
          .catch((cause: unknown) => {
            throw new ServiceError('overloaded', { cause })
          })
        return { status: 200, body: { ok: true, fallback: false } }
      },
    }),
    route({
      ...common,
      id: 'slow',
      method: 'GET',
      path: '/slow',
      access: 'public',
      summary: 'is cut off by its deadline',
      deadlineMs: 150,
      answers: ok,
      handler: async ({ signal }) => {
        await pause(2000, undefined, { signal })
        return { status: 200, body: { ok: true, fallback: false } }
      },
    }),
  ],
})

async function stop(): Promise<void> {
  const code = await service.stop()
  // What is closed is let go of a turn later.
  await pause(200)
  process.send?.({ code, handles: process.getActiveResourcesInfo() })
}

const port = await service.listen('127.0.0.1', 0)
process.on('message', (message) => {
  if (message === 'sample') {
    globalThis.gc?.()
    globalThis.gc?.()
    const { heapUsed, rss } = process.memoryUsage()
    process.send?.({ heapUsed, rss, handles: process.getActiveResourcesInfo() })
  }
  if (message === 'stop') void stop()
})
process.on('disconnect', () => process.exit(0))
process.send?.({ port })
