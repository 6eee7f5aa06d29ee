import { randomUUID } from 'node:crypto'
import { currentRequest } from '../../context/index.ts'
import { createDepthGuard, type DepthGuard } from '../depth-guard.ts'
import { fitsJsonb } from '../jsonb.ts'
import { flatName, type PgPool, qualified, rowsOn, type TransactionClient } from '../sql-client.ts'

/** A message can't be put into the outbox; the caller's transaction goes on when it catches this. */
export class OutboxError extends Error {
  override readonly name = 'OutboxError'
  readonly code: 'outbox_message_malformed' | 'outbox_payload_too_large' | 'outbox_full'

  constructor(code: OutboxError['code'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

/** A message as the caller gives it. */
export interface OutboxMessage {
  /** What it is about: letters, digits, dots, dashes and underscores, at most 128. */
  readonly topic: string
  /** Messages of one topic and key are delivered in the order of their transactions' commits. Absent: no order. At most 256 characters. */
  readonly key?: string
  /** Anything that JSON can say, in well-formed text without NUL characters: what jsonb holds. */
  readonly payload: unknown
  /** The receiver's key against doing it twice; a UUID. Default: a new one. The same one twice is refused by the database. */
  readonly dedupeId?: string
}

export interface OutboxOptions {
  /** Default `kit_outbox`. `outboxSchemaSql` makes it. */
  readonly table?: string
  /** Bytes of a payload at most. Default 262,144. */
  readonly payloadMaxBytes?: number
  /** Messages waiting at most, other processes' additions of the last second aside; needs `pool`. Default 1,000,000. */
  readonly pendingMax?: number
  /** Counts what waits. Without it nothing is counted and `pendingMax` does not hold. */
  readonly pool?: PgPool
  /** Wakes the relay when the transaction commits. Default true; off spares the commit the lock of NOTIFY where thousands of transactions a second enqueue. */
  readonly notify?: boolean
  readonly now?: () => number
}

/** Puts messages into the caller's transaction. */
export interface Outbox {
  /**
   * Adds a message to the transaction: it is delivered if that commits, at least once, and never if it does not. The
   * request's correlation id and trace go along.
   *
   * Transactions with the same topic and key wait for each other from here to their end, which is what makes the order.
   * A transaction with several keys should enqueue them in the same order everywhere, as with every lock.
   * @returns the dedupe id
   * @throws OutboxError for a malformed message, a payload too large, or a full outbox
   * @example await outbox.enqueue(client, { topic: 'invoice.paid', key: invoice.id, payload: { amount: 100 } })
   */
  enqueue(client: TransactionClient, message: OutboxMessage): Promise<string>
}

/** Longest key, topic included, is far below what an index entry may have. */
const TOPIC = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const KEY_MAX = 256

/**
 * The SQL of the table, for a migration of the service.
 * @throws RangeError for a malformed name
 */
export function outboxSchemaSql(table = 'kit_outbox'): string {
  const name = qualified(table)
  const flat = flatName(table)
  return `create table ${name} (
  id bigint generated always as identity primary key,
  dedupe_id uuid not null unique,
  topic text not null,
  -- What is ordered: "k" and the caller's key, or "u" and something unique.
  stream text not null,
  payload jsonb,
  correlation_id text,
  traceparent text,
  tracestate text,
  created_at timestamptz not null default now(),
  attempts integer not null default 0,
  available_at timestamptz not null default now(),
  delivered_at timestamptz,
  dead_at timestamptz,
  last_error text
);
create index ${flat}_pending on ${name} (topic, stream, id) where delivered_at is null and dead_at is null;
create index ${flat}_age on ${name} (created_at) where delivered_at is null and dead_at is null;
create index ${flat}_delivered on ${name} (delivered_at) where delivered_at is not null;
create index ${flat}_dead on ${name} (dead_at) where dead_at is not null;
`
}

function checked(
  message: OutboxMessage,
  payloadMaxBytes: number,
): { payload: string; dedupeId: string; stream: string } {
  const { topic, key } = message
  const dedupeId = message.dedupeId ?? randomUUID()
  if (!TOPIC.test(topic))
    throw new OutboxError(
      'outbox_message_malformed',
      'topic: expected letters, digits, dots, dashes and underscores, at most 128',
    )
  if (key !== undefined && (key === '' || key.length > KEY_MAX || key.includes('\0') || !key.isWellFormed()))
    throw new OutboxError(
      'outbox_message_malformed',
      `key: expected 1 to ${KEY_MAX} well-formed characters without NUL`,
    )
  if (!UUID.test(dedupeId)) throw new OutboxError('outbox_message_malformed', 'dedupeId: expected a UUID in lower case')
  let payload: string | undefined
  try {
    payload = JSON.stringify(message.payload)
  } catch (cause) {
    throw new OutboxError('outbox_message_malformed', 'payload: expected what JSON can say', cause)
  }
  if (payload === undefined || !fitsJsonb(payload))
    throw new OutboxError(
      'outbox_message_malformed',
      'payload: expected what JSON can say, without NUL characters and halves of surrogate pairs',
    )
  if (Buffer.byteLength(payload) > payloadMaxBytes)
    throw new OutboxError(
      'outbox_payload_too_large',
      `payload: expected at most ${payloadMaxBytes} bytes of JSON; send a reference`,
    )
  return { payload, dedupeId, stream: key === undefined ? `u${unique(dedupeId)}` : `k${key}` }
}

/** Sorts by time, so that messages without a key are visited in about the order they came. */
function unique(dedupeId: string): string {
  return `${Date.now().toString(16).padStart(12, '0')}-${dedupeId}`
}

/**
 * The writing side of a transactional outbox (Richardson, "Transactional outbox"): the message is in the same
 * transaction as what it tells of, so that neither exists without the other. `createOutboxRelay` delivers.
 * @throws RangeError for a malformed table name or a limit below 1
 */
export function createOutbox(options: OutboxOptions = {}): Outbox {
  const table = qualified(options.table ?? 'kit_outbox')
  const channel = flatName(options.table ?? 'kit_outbox')
  const payloadMaxBytes = options.payloadMaxBytes ?? 262_144
  const pendingMax = options.pendingMax ?? 1_000_000
  if (!(payloadMaxBytes >= 1)) throw new RangeError(`payloadMaxBytes: expected 1 or more, got ${payloadMaxBytes}`)
  if (!(pendingMax >= 1)) throw new RangeError(`pendingMax: expected 1 or more, got ${pendingMax}`)
  const { pool } = options
  const guard: DepthGuard | null = pool
    ? createDepthGuard({
        max: pendingMax,
        count: (limit) => countPending(pool, table, limit),
        refreshMs: 1000,
        now: options.now ?? (() => performance.now()),
      })
    : null
  // The lock comes before the identifier: then the order of identifiers in a stream is the order of commits.
  const locked = `with locked as materialized (select pg_advisory_xact_lock(hashtext($9), hashtext($1 || ' ' || $2)) as done)`
  const insert = (from: string): string => `insert into ${table}
      (topic, stream, payload, dedupe_id, correlation_id, traceparent, tracestate)
    select $1::text, $2::text, $3::jsonb, $4::uuid, $5::text, $6::text, $7::text ${from}`
  const notified = (with_: string, from: string): string =>
    `${with_} inserted as (${insert(from)} returning id) select case when $8::boolean then pg_notify($9, '') end from inserted`
  const withKey = notified(`${locked},`, 'from locked')
  const withoutKey = notified('with', '')
  const notify = options.notify ?? true
  return {
    enqueue: async (client, message) => {
      const { payload, dedupeId, stream } = checked(message, payloadMaxBytes)
      if (guard && !(await guard.admit()))
        throw new OutboxError('outbox_full', `${pendingMax} messages wait already: is the relay running?`)
      const request = currentRequest()
      await rowsOn(client, message.key === undefined ? withoutKey : withKey, [
        message.topic,
        stream,
        payload,
        dedupeId,
        request?.correlationId ?? null,
        request?.trace?.traceparent ?? null,
        request?.trace?.tracestate ?? null,
        notify,
        channel,
      ])
      return dedupeId
    },
  }
}

/** Messages that wait, counted up to a limit. */
export async function countPending(pool: PgPool, quotedTable: string, limit: number): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int as count from (
       select 1 from ${quotedTable} where delivered_at is null and dead_at is null limit $1) as waiting`,
    [limit],
  )
  return rows[0]?.count ?? 0
}
