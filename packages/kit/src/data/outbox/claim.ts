import type { PoolClient } from 'pg'

/** A message as the relay has it. */
export interface ClaimedMessage {
  readonly id: string
  readonly dedupeId: string
  readonly topic: string
  readonly stream: string
  readonly payload: unknown
  readonly correlationId: string | null
  readonly traceparent: string | null
  readonly tracestate: string | null
  readonly createdAt: Date
  readonly attempts: number
}

/** Where the last round ended: the next one goes on from there, so that no stream starves the others. */
export interface StreamPosition {
  readonly topic: string
  readonly stream: string
}

export interface Claim {
  /** In order within each stream. Empty: nothing to do here. */
  readonly messages: readonly ClaimedMessage[]
  /** Null when the end of the streams was reached: the next round begins at the first. */
  readonly next: StreamPosition | null
}

/** Streams that are looked at in one round, those included that wait for their next attempt. */
const STREAMS_MAX = 1000

const PENDING = 'delivered_at is null and dead_at is null'

/**
 * Takes streams: the lock is on the first waiting message of each, and whoever has it owns the messages behind. Another
 * relay sees that first message as waiting until this transaction ends, finds it locked and passes the stream over.
 *
 * The recursion walks from one stream to the next by the index (a loose index scan), so that a stream with a million
 * messages costs as much as one with a single one.
 */
export async function claim(
  client: PoolClient,
  table: string,
  after: StreamPosition | null,
  messagesMax: number,
): Promise<Claim> {
  const heads = await client.query<{ id: string; topic: string; stream: string; isDue: boolean }>(
    `with recursive heads as (
       (select topic, stream, id, available_at, 1 as n from ${table}
        where ${PENDING} and (topic, stream) > ($1, $2) order by topic, stream, id limit 1)
       union all
       select next.topic, next.stream, next.id, next.available_at, heads.n + 1 from heads
       cross join lateral (
         select topic, stream, id, available_at from ${table}
         where ${PENDING} and (topic, stream) > (heads.topic, heads.stream) order by topic, stream, id limit 1) as next
       where heads.n < $3
     )
     select id, topic, stream, available_at <= now() as "isDue" from heads`,
    [after?.topic ?? '', after?.stream ?? '', STREAMS_MAX],
  )
  const due = heads.rows.filter((head) => head.isDue).slice(0, messagesMax)
  const last =
    due.length === messagesMax ? due.at(-1) : heads.rows.length === STREAMS_MAX ? heads.rows.at(-1) : undefined
  const next = last ? { topic: last.topic, stream: last.stream } : null
  if (due.length === 0) return { messages: [], next }
  // Looked at again under the lock: another relay may have delivered it since.
  const locked = await client.query<{ id: string }>(
    `select id from ${table} where id = any($1::bigint[]) and ${PENDING} and available_at <= now()
     order by id for update skip locked`,
    [due.map((head) => head.id)],
  )
  const owned = new Set(locked.rows.map((row) => row.id))
  const streams = due.filter((head) => owned.has(head.id))
  if (streams.length === 0) return { messages: [], next }
  const messages = await client.query<ClaimedMessage>(
    `select m.* from unnest($1::text[], $2::text[]) as owned (topic, stream)
     cross join lateral (
       select id, dedupe_id as "dedupeId", topic, stream, payload, correlation_id as "correlationId", traceparent,
         tracestate, created_at as "createdAt", attempts
       from ${table} where ${PENDING} and topic = owned.topic and stream = owned.stream
       order by id limit $3) as m`,
    [
      streams.map((one) => one.topic),
      streams.map((one) => one.stream),
      Math.max(1, Math.floor(messagesMax / streams.length)),
    ],
  )
  return { messages: messages.rows, next }
}
