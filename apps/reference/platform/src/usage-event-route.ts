import type { Database } from '@greengate/kit/data'
import { ServiceError } from '@greengate/kit/errors'
import type { AnyRoute } from '@greengate/kit/http'
import { z } from 'zod'
import { accessTo } from './accounts.ts'
import { actorOf, route } from './actor.ts'
import type { ErrorCode } from './error-codes.ts'
import { meter, moment, slug } from './schemas.ts'

interface EventRow {
  id: string
  meter: string
  quantity: string
  occurred_at: Date
  recorded_at: Date
}

const insert = {
  name: 'usage-insert',
  text: `insert into usage_events (organisation_id, meter, quantity, occurred_at, recorded_by, idempotency_key)
    select $1, m.name, $3, $4, $5, $6 from meters m where m.name = $2
    on conflict (organisation_id, idempotency_key) do nothing
    returning id, meter, quantity, occurred_at, recorded_at`,
}
const find = {
  name: 'usage-find',
  text: `select id, meter, quantity, occurred_at, recorded_at from usage_events
    where organisation_id = $1 and idempotency_key = $2`,
}

const bodySchema = z.strictObject({
  organisation: slug,
  idempotency_key: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{8,128}$/)
    .meta({ description: 'The same key twice is the same event' }),
  meter,
  quantity: z.int().min(1).max(1_000_000_000_000),
  occurred_at: moment.optional(),
})
const eventSchema = z.object({
  id: z.uuid(),
  organisation: slug,
  meter,
  quantity: z.int(),
  occurred_at: z.iso.datetime(),
  recorded_at: z.iso.datetime(),
})
const example = {
  id: '0c9f3c6a-53a1-4c7a-8f5e-6f1f0f7b9a10',
  organisation: 'acme',
  meter: 'api_calls',
  quantity: 25,
  occurred_at: '2026-11-20T10:00:00.000Z',
  recorded_at: '2026-11-20T10:00:01.000Z',
}

type Body = z.output<typeof bodySchema>

function sameEvent(row: EventRow, body: Body): boolean {
  const sameMoment = body.occurred_at === undefined || Date.parse(body.occurred_at) === row.occurred_at.getTime()
  return row.meter === body.meter && Number(row.quantity) === body.quantity && sameMoment
}

/** Writes a usage event once. */
export function usageEventRoute(database: Database, nowMs: () => number): AnyRoute {
  return route({
    id: 'recordUsage',
    method: 'POST',
    path: '/v1/usage-events',
    access: ['user', 'service'],
    tag: 'usage',
    summary: 'Records usage, once per idempotency key; events are never changed or deleted',
    description: 'For the metering pipeline and for owners. A correction is another event.',
    body: bodySchema,
    bodyExample: {
      organisation: 'acme',
      idempotency_key: 'meter-7:2026-11-20T10',
      meter: 'api_calls',
      quantity: 25,
      occurred_at: '2026-11-20T10:00:00Z',
    },
    answers: {
      200: { description: 'It was recorded before; this is what was', schema: eventSchema, example },
      201: { description: 'Recorded', schema: eventSchema, example },
    },
    errors: ['not_found', 'idempotency_conflict', 'database_unavailable', 'database_timeout'],
    handler: async (request) => {
      const { body } = request
      const actor = actorOf(request)
      const { organisation, role } = await accessTo(database, body.organisation, actor)
      if (role === 'member') throw new ServiceError('forbidden')
      const made = await database.row<EventRow>(insert, [
        organisation.id,
        body.meter,
        body.quantity,
        body.occurred_at ?? new Date(nowMs()),
        `${actor.kind}:${actor.id}`,
        body.idempotency_key,
      ])
      const row = made ?? (await database.row<EventRow>(find, [organisation.id, body.idempotency_key]))
      if (!row)
        throw new ServiceError('validation_failed', {
          details: [{ field: 'body.meter', problem: 'is not a known meter' }],
        })
      if (!made && !sameEvent(row, body)) throw new ServiceError<ErrorCode>('idempotency_conflict')
      return {
        status: made ? 201 : 200,
        body: {
          id: row.id,
          organisation: organisation.slug,
          meter: row.meter,
          quantity: Number(row.quantity),
          occurred_at: row.occurred_at.toISOString(),
          recorded_at: row.recorded_at.toISOString(),
        },
      }
    },
  })
}
