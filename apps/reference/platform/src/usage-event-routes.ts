import type { Database } from '@greengate/kit/data'
import { ServiceError } from '@greengate/kit/errors'
import type { AnyRoute } from '@greengate/kit/http'
import { z } from 'zod'
import { accessTo } from './access.ts'
import { actorOf, type PlatformActor, route } from './actor.ts'
import type { ErrorCode } from './error-codes.ts'
import { meter, moment, slug } from './schemas.ts'
import { recordEvents, type RecordedEvent, type ReportedEvent, type RecordingResult } from './usage-events.ts'

const BATCH_MAX = 100

const reported = {
  idempotency_key: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{8,128}$/)
    .meta({ description: 'The same key twice is the same event' }),
  meter,
  quantity: z.int().min(1).max(1_000_000_000_000),
  occurred_at: moment.optional(),
}
const bodySchema = z.strictObject({ organisation: slug, ...reported })
const batchSchema = z.strictObject({
  organisation: slug,
  events: z.array(z.strictObject(reported)).min(1).max(BATCH_MAX),
})
const eventSchema = z.object({
  id: z.uuid(),
  organisation: slug,
  meter,
  quantity: z.int(),
  occurred_at: z.iso.datetime(),
  recorded_at: z.iso.datetime(),
  late: z.boolean().meta({ description: 'True when its period was closed already' }),
})
const resultSchema = z.object({
  idempotency_key: z.string(),
  status: z.enum(['recorded', 'repeated', 'conflict', 'refused']),
  event: eventSchema.nullable().meta({ description: 'What is written; null when this event is not' }),
  problem: z.string().nullable().meta({ description: 'Why it was refused' }),
})

const example = {
  id: '0c9f3c6a-53a1-4c7a-8f5e-6f1f0f7b9a10',
  organisation: 'acme',
  meter: 'api_calls',
  quantity: 25,
  occurred_at: '2026-11-20T10:00:00.000Z',
  recorded_at: '2026-11-20T10:00:01.000Z',
  late: false,
}
const bodyExample = {
  idempotency_key: 'meter-7:2026-11-20T10',
  meter: 'api_calls',
  quantity: 25,
  occurred_at: '2026-11-20T10:00:00Z',
}

function shown(event: RecordedEvent, organisation: string): z.output<typeof eventSchema> {
  return {
    id: event.id,
    organisation,
    meter: event.meter,
    quantity: Number(event.quantity),
    occurred_at: event.occurred_at.toISOString(),
    recorded_at: event.recorded_at.toISOString(),
    late: event.late,
  }
}

function shownResult(key: string, result: RecordingResult, organisation: string): z.output<typeof resultSchema> {
  return {
    idempotency_key: key,
    status: result.status,
    event: 'event' in result ? shown(result.event, organisation) : null,
    problem:
      result.status === 'refused'
        ? `${result.field} ${result.problem}`
        : result.status === 'conflict'
          ? 'idempotency_key was used for another event'
          : null,
  }
}

/** Writes usage events: one, or up to 100 at a time. */
export function usageEventRoutes(database: Database, nowMs: () => number): AnyRoute[] {
  const record = async (actor: PlatformActor, organisation: string, events: readonly ReportedEvent[]) => {
    const access = await accessTo(database, organisation, actor, 'usage.write')
    return recordEvents(database, access.organisation.id, `${actor.kind}:${actor.id}`, events, nowMs())
  }
  const common = {
    method: 'POST',
    access: ['user', 'service'],
    permission: 'usage.write',
    tag: 'usage',
  } as const
  return [
    route({
      ...common,
      id: 'recordUsage',
      path: '/v1/usage-events',
      summary: 'Records usage, once per idempotency key; events are never changed or deleted',
      description:
        'A correction is another event. A period is a calendar month (UTC) and closes 72 hours after its end; what comes later is taken for 90 days after it occurred, and marked as late. What lies more than 5 minutes ahead is refused.',
      body: bodySchema,
      bodyExample: { organisation: 'acme', ...bodyExample },
      answers: {
        200: { description: 'It was recorded before; this is what was', schema: eventSchema, example },
        201: { description: 'Recorded', schema: eventSchema, example },
      },
      errors: ['not_found', 'idempotency_conflict', 'database_unavailable', 'database_timeout'],
      handler: async (request) => {
        const { organisation, ...event } = request.body
        const [result] = await record(actorOf(request), organisation, [event])
        if (result?.status === 'refused') {
          const { field, problem } = result
          throw new ServiceError('validation_failed', { details: [{ field: `body.${field}`, problem }] })
        }
        if (!result || result.status === 'conflict') throw new ServiceError<ErrorCode>('idempotency_conflict')
        return { status: result.status === 'recorded' ? 201 : 200, body: shown(result.event, organisation) }
      },
    }),
    route({
      ...common,
      id: 'recordUsageBatch',
      path: '/v1/usage-events/batch',
      summary: `Records up to ${BATCH_MAX} events of one organisation, each with its own result`,
      description:
        'One that is refused keeps none of the others back, and the whole batch can be sent again. A batch that is malformed anywhere is refused as a whole.',
      body: batchSchema,
      bodyExample: { organisation: 'acme', events: [bodyExample] },
      answers: {
        200: {
          description: 'A result for each event, in their order',
          schema: z.object({ results: z.array(resultSchema) }),
          example: {
            results: [
              { idempotency_key: bodyExample.idempotency_key, status: 'recorded', event: example, problem: null },
            ],
          },
        },
      },
      errors: ['not_found', 'database_unavailable', 'database_timeout'],
      handler: async (request) => {
        const { organisation, events } = request.body
        const results = await record(actorOf(request), organisation, events)
        return {
          status: 200,
          body: {
            results: results.map((one, at) => shownResult(events[at]?.idempotency_key ?? '', one, organisation)),
          },
        }
      },
    }),
  ]
}
