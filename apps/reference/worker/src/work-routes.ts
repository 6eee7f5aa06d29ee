import { type Actor, type AnyRoute, routesFor } from '@greengate/kit/http'
import { z } from 'zod'
import type { Connections } from './connections.ts'
import type { Work } from './work.ts'

const route = routesFor<Actor>()
const NAMES = ['mail', 'sweep', 'reap-media'] as const
const REPLAYED_MAX = 1000

const stateSchema = z.object({
  name: z.enum(NAMES),
  waiting: z.int().meta({ description: 'Counted up to 100,000' }),
  oldest_ms: z.int().meta({ description: 'Age of the oldest that waits' }),
  dead: z.int().meta({ description: 'Given up; counted up to 100,000' }),
})
const example = { work: [{ name: 'mail' as const, waiting: 0, oldest_ms: 0, dead: 1 }] }

const connectionSchema = z.object({
  name: z.enum(['mail', 'content']),
  answers: z.boolean().meta({ description: 'Whether any answer came that is not of a service in trouble' }),
  status: z.int().nullable().meta({ description: 'Null without an answer' }),
  took_ms: z.int(),
})

export interface WorkRoutesOptions extends Pick<Work, 'relay' | 'jobs'> {
  readonly connections: Pick<Connections, 'look'>
}

/**
 * For whoever operates it: how the work stands, for those who watch as well, and another try for what was given up, with the
 * token of the processes alone.
 */
export function workRoutes({ relay, jobs, connections }: WorkRoutesOptions): AnyRoute[] {
  return [
    route({
      id: 'listWork',
      method: 'GET',
      path: '/v1/work',
      access: ['service', 'watcher'],
      tag: 'work',
      summary: 'What waits and what was given up, over all workers',
      answers: { 200: { description: 'Each kind of work', schema: z.object({ work: z.array(stateSchema) }), example } },
      errors: ['database_unavailable', 'database_timeout'],
      handler: async () => {
        const [mail, all] = await Promise.all([relay.stats(), jobs.stats()])
        const rest = (['sweep', 'reap-media'] as const).map((name) => ({
          name,
          waiting: all[name].depth,
          oldest_ms: Math.round(all[name].oldestAgeMs),
          dead: all[name].deadLetters,
        }))
        const first = { name: 'mail', waiting: mail.pending, oldest_ms: Math.round(mail.lagMs), dead: mail.dead }
        return { status: 200, body: { work: [first, ...rest] } }
      },
    }),
    route({
      id: 'listConnections',
      method: 'GET',
      path: '/v1/connections',
      access: ['service', 'watcher'],
      tag: 'work',
      summary: 'Whether those that the work needs answer right now; nothing is sent or changed there',
      answers: {
        200: {
          description: 'Each of them',
          schema: z.object({ connections: z.array(connectionSchema) }),
          example: { connections: [{ name: 'mail', answers: true, status: 401, took_ms: 80 }] },
        },
      },
      errors: [],
      handler: async () => ({ status: 200, body: { connections: await connections.look() } }),
    }),
    route({
      id: 'replayWork',
      method: 'POST',
      path: '/v1/work/{name}/replay',
      access: ['service'],
      tag: 'work',
      summary: `Puts what was given up back, oldest first, ${REPLAYED_MAX} at most`,
      params: z.object({ name: z.enum(NAMES).meta({ examples: ['mail'] }) }),
      body: z.strictObject({ limit: z.int().min(1).max(REPLAYED_MAX).optional() }).nullish(),
      bodyExample: { limit: 10 },
      answers: {
        200: {
          description: 'How many',
          schema: z.object({ replayed: z.int() }),
          example: { replayed: 1 },
        },
      },
      errors: ['database_unavailable', 'database_timeout'],
      handler: async ({ params: { name }, body }) => {
        // A few first, when it is not sure that the cause is gone.
        const limit = body?.limit ?? REPLAYED_MAX
        const replayed = name === 'mail' ? await relay.replayDead(limit) : await jobs.replayDead(name, limit)
        return { status: 200, body: { replayed } }
      },
    }),
  ]
}
