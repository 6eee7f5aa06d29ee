import type { Queries } from '@greengate/kit/data'
import { admissionOf, LATE_MAX_DAYS } from './usage-window.ts'

/** An event as a meter reports it. */
export interface ReportedEvent {
  readonly idempotency_key: string
  readonly meter: string
  readonly quantity: number
  /** RFC 3339; absent: now. */
  readonly occurred_at?: string | undefined
}

/** An event as it was written. */
export interface RecordedEvent {
  readonly id: string
  readonly idempotency_key: string
  readonly meter: string
  readonly quantity: string
  readonly occurred_at: Date
  readonly recorded_at: Date
  readonly late: boolean
}

export type RecordingResult =
  | { readonly status: 'recorded' | 'repeated'; readonly event: RecordedEvent }
  /** The key names another event. */
  | { readonly status: 'conflict' }
  | { readonly status: 'refused'; readonly field: 'meter' | 'occurred_at'; readonly problem: string }

const columns = 'id, idempotency_key, meter, quantity, occurred_at, recorded_at, late'

// In the order of their keys: two batches that share keys then wait for each other in the same order, and never in a circle.
const insert = {
  name: 'usage-insert',
  text: `insert into usage_events
      (organisation_id, recorded_by, idempotency_key, meter, quantity, occurred_at, late)
    select $1, $2, e.key, m.name, e.quantity, e.occurred_at, e.late
    from unnest($3::text[], $4::text[], $5::bigint[], $6::timestamptz[], $7::boolean[])
      as e (key, meter, quantity, occurred_at, late)
    join meters m on m.name = e.meter
    order by e.key
    on conflict (organisation_id, idempotency_key) do nothing
    returning ${columns}`,
}
const find = {
  name: 'usage-find',
  text: `select ${columns} from usage_events where organisation_id = $1 and idempotency_key = any ($2::text[])`,
}

const knownMeters = { name: 'usage-meters', text: 'select name from meters where name = any ($1::text[])' }

const refusals = {
  too_late: { field: 'occurred_at', problem: `is more than ${LATE_MAX_DAYS} days ago` },
  too_early: { field: 'occurred_at', problem: 'is in the future' },
} as const

interface Admitted {
  readonly event: ReportedEvent
  readonly occurredAt: Date
  readonly late: boolean
}

function same(row: RecordedEvent, event: ReportedEvent): boolean {
  const sameMoment = event.occurred_at === undefined || Date.parse(event.occurred_at) === row.occurred_at.getTime()
  return row.meter === event.meter && Number(row.quantity) === event.quantity && sameMoment
}

/**
 * Writes events, each once per key and each for itself: one that is refused keeps none of the others back. The same
 * event again is what was written the first time, however late it comes again.
 * @param recordedBy who says so, kept with each
 * @returns one result per event, in their order
 */
export async function recordEvents(
  queries: Queries,
  organisationId: string,
  recordedBy: string,
  events: readonly ReportedEvent[],
  nowMs: number,
): Promise<RecordingResult[]> {
  const isMeter = await meterCheck(queries, events)
  const admissions = events.map((event) => {
    const occurredMs = event.occurred_at === undefined ? nowMs : Date.parse(event.occurred_at)
    return { event, occurredAt: new Date(occurredMs), admission: admissionOf(occurredMs, nowMs) }
  })
  // Of several with one key in a batch the first that can be is written, as it would be one after the other.
  const firsts = new Map<string, Admitted>()
  for (const { event, occurredAt, admission } of admissions) {
    if (admission === 'too_late' || admission === 'too_early' || !isMeter(event.meter)) continue
    if (firsts.has(event.idempotency_key)) continue
    firsts.set(event.idempotency_key, { event, occurredAt, late: admission === 'late' })
  }
  const made = firsts.size === 0 ? [] : await write(queries, organisationId, recordedBy, [...firsts.values()])
  const known = new Map(made.map((row) => [row.idempotency_key, row]))
  const unknown = [...new Set(events.map((one) => one.idempotency_key))].filter((key) => !known.has(key))
  if (unknown.length > 0) {
    for (const row of await queries.rows<RecordedEvent>(find, [organisationId, unknown]))
      known.set(row.idempotency_key, row)
  }
  const fresh = new Set(made.map((row) => row.idempotency_key))
  return admissions.map(({ event, admission }) => {
    const row = known.get(event.idempotency_key)
    // What this batch wrote was not there yet for those that came before it.
    const isTooSoon = fresh.has(event.idempotency_key) && firsts.get(event.idempotency_key)?.event !== event
    if (row === undefined || isTooSoon)
      return admission === 'too_late' || admission === 'too_early'
        ? { status: 'refused', ...refusals[admission] }
        : { status: 'refused', field: 'meter', problem: 'is not a known meter' }
    if (!same(row, event)) return { status: 'conflict' }
    return { status: fresh.delete(event.idempotency_key) ? 'recorded' : 'repeated', event: row }
  })
}

/** Whether a meter is known. Asked only where a key comes twice: elsewhere the insert finds it out by itself. */
async function meterCheck(queries: Queries, events: readonly ReportedEvent[]): Promise<(meter: string) => boolean> {
  if (new Set(events.map((one) => one.idempotency_key)).size === events.length) return () => true
  const rows = await queries.rows<{ name: string }>(knownMeters, [events.map((one) => one.meter)])
  const names = new Set(rows.map((row) => row.name))
  return (meter) => names.has(meter)
}

function write(
  queries: Queries,
  organisationId: string,
  recordedBy: string,
  admitted: readonly Admitted[],
): Promise<RecordedEvent[]> {
  return queries.rows<RecordedEvent>(insert, [
    organisationId,
    recordedBy,
    admitted.map((one) => one.event.idempotency_key),
    admitted.map((one) => one.event.meter),
    admitted.map((one) => one.event.quantity),
    admitted.map((one) => one.occurredAt),
    admitted.map((one) => one.late),
  ])
}
