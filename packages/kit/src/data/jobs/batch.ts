import type { PoolClient } from 'pg'
import { z } from 'zod'
import { type PgPool, qualified } from '../sql-client.ts'

/** Batch work can't go on. What was done before stays done. */
export class BatchError extends Error {
  override readonly name = 'BatchError'
  readonly code: 'batch_busy' | 'batch_cursor_invalid' | 'batch_stuck' | 'batch_aborted'

  constructor(code: BatchError['code'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

export interface BatchChunk {
  /** The chunk's transaction: what is written with it is kept exactly when the cursor is. */
  readonly client: PoolClient
  readonly signal: AbortSignal
  /** 1 for the first chunk of the batch, over all runs of it. */
  readonly number: number
}

export interface BatchOptions<Item, Cursor> {
  readonly pool: PgPool
  /** One piece of work, at most 200 characters: a job's id, or `reindex-2026-11`. Run again under the same name it goes on. */
  readonly name: string
  /** What a cursor is; it is stored as JSON, at most 4,096 bytes. */
  readonly cursor: z.ZodType<Cursor>
  /** The items after the cursor (null at the beginning), in an order that does not change, at most `limit`. None: done. */
  readonly read: (cursor: Cursor | null, limit: number, chunk: BatchChunk) => Promise<readonly Item[]>
  /** Works on a chunk. What it does outside of the chunk's transaction may happen twice. */
  readonly work: (items: readonly Item[], chunk: BatchChunk) => Promise<void>
  /** Where to go on after this item. */
  readonly cursorOf: (item: Item) => Cursor
  /** Items of a chunk at most. Default 500, at most 10,000. */
  readonly chunkMax?: number
  /** Chunks of this run at most; then it resolves with `done: false`. Default 100,000. */
  readonly chunksMax?: number
  /** Ends between two chunks; the running one is rolled back when its handler throws. A job's `signal`. */
  readonly signal?: AbortSignal
  /** Default `kit_batches`. */
  readonly table?: string
}

export interface BatchResult {
  readonly done: boolean
  /** Items and chunks over all runs of the batch. */
  readonly items: number
  readonly chunks: number
  /** Whether an earlier run had begun it. */
  readonly isResumed: boolean
}

/**
 * The SQL of the table of cursors, for a migration of the service.
 * @throws RangeError for a malformed name
 */
export function batchesSchemaSql(table = 'kit_batches'): string {
  return `create table ${qualified(table)} (
  name text primary key check (length(name) between 1 and 200),
  cursor jsonb check (octet_length(cursor::text) <= 4096),
  items bigint not null default 0,
  chunks integer not null default 0,
  started_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  finished_at timestamptz
);
`
}

const rowSchema = z.object({
  cursor: z.unknown(),
  items: z.coerce.number(),
  chunks: z.number(),
  isFinished: z.boolean(),
})
type Progress = z.output<typeof rowSchema>

async function begin(client: PoolClient, table: string, name: string): Promise<Progress> {
  try {
    // The lock keeps a second run of the same batch out, also the one that a dead process's job becomes.
    const { rows } = await client.query(
      `select cursor, items, chunks, finished_at is not null as "isFinished" from ${table} where name = $1 for update nowait`,
      [name],
    )
    return rowSchema.parse(rows[0])
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === '55P03')
      throw new BatchError('batch_busy', `somebody else is working on ${name}`, error)
    throw error
  }
}

async function oneChunk<Item, Cursor>(
  options: BatchOptions<Item, Cursor>,
  table: string,
  client: PoolClient,
): Promise<Progress> {
  const progress = await begin(client, table, options.name)
  if (progress.isFinished) return progress
  const cursor = progress.cursor === null ? null : options.cursor.safeParse(progress.cursor)
  if (cursor && !cursor.success)
    throw new BatchError(
      'batch_cursor_invalid',
      `the stored cursor of ${options.name} is not what it should be`,
      cursor.error,
    )
  const chunkMax = options.chunkMax ?? 500
  const signal = options.signal ?? new AbortController().signal
  const chunk: BatchChunk = { client, signal, number: progress.chunks + 1 }
  const items = await options.read(cursor?.data ?? null, chunkMax, chunk)
  if (items.length > chunkMax)
    throw new RangeError(`read: expected at most ${chunkMax} items, got ${items.length}: use its limit`)
  const last = items.at(-1)
  if (last === undefined) {
    await client.query(`update ${table} set finished_at = now(), updated_at = now() where name = $1`, [options.name])
    return { ...progress, isFinished: true }
  }
  await options.work(items, chunk)
  const next = JSON.stringify(options.cursorOf(last))
  const isSame = await client.query<{ moved: boolean }>(
    `update ${table} set cursor = $2::jsonb, items = items + $3, chunks = chunks + 1, updated_at = now()
     where name = $1 and cursor is distinct from $2::jsonb returning true as moved`,
    [options.name, next, items.length],
  )
  if (isSame.rows.length === 0)
    throw new BatchError(
      'batch_stuck',
      `the cursor of ${options.name} did not move: cursorOf has to name the last item`,
    )
  return { ...progress, items: progress.items + items.length, chunks: progress.chunks + 1 }
}

async function inTransaction<T>(pool: PgPool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  const ignore = (): void => {}
  client.on('error', ignore)
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((failed: unknown) => {
      broken = failed instanceof Error ? failed : new Error('rollback failed')
    })
    throw error
  } finally {
    client.off('error', ignore)
    client.release(broken)
  }
}

/**
 * Works through many items in chunks, and goes on after a crash exactly where it was: the cursor is written in the same
 * transaction as the chunk (DAT-23). What a chunk does in that transaction happens once; what it does outside (a mail,
 * a call) happens at least once, again for the one chunk that was interrupted.
 * @throws BatchError `batch_busy` while another process works on it, `batch_stuck`, `batch_cursor_invalid`, `batch_aborted`
 * @throws RangeError for a limit that can't be, or a `read` that ignores its limit
 */
export async function runBatch<Item, Cursor>(options: BatchOptions<Item, Cursor>): Promise<BatchResult> {
  const table = qualified(options.table ?? 'kit_batches')
  const { name, chunkMax = 500, chunksMax = 100_000 } = options
  if (name === '' || name.length > 200) throw new RangeError(`name: expected 1 to 200 characters, got ${name.length}`)
  if (!Number.isInteger(chunkMax) || chunkMax < 1 || chunkMax > 10_000)
    throw new RangeError(`chunkMax: expected 1 to 10,000, got ${chunkMax}`)
  if (!(chunksMax >= 1)) throw new RangeError(`chunksMax: expected 1 or more, got ${chunksMax}`)
  const created = await options.pool.query(
    `insert into ${table} (name) values ($1) on conflict (name) do nothing returning 1`,
    [name],
  )
  const isResumed = created.rowCount === 0
  for (let chunk = 0; ; chunk += 1) {
    if (options.signal?.aborted)
      throw new BatchError('batch_aborted', `${name} was interrupted between two chunks`, options.signal.reason)
    const progress = await inTransaction(options.pool, (client) => oneChunk(options, table, client))
    const { items, chunks } = progress
    if (progress.isFinished) return { done: true, items, chunks, isResumed }
    if (chunk + 1 >= chunksMax) return { done: false, items, chunks, isResumed }
  }
}

/** Forgets batches that were finished longer ago, at most 1,000 of them. @returns how many */
export async function forgetBatches(pool: PgPool, olderThanMs: number, table = 'kit_batches'): Promise<number> {
  const name = qualified(table)
  const { rowCount } = await pool.query(
    `delete from ${name} where name in (
       select name from ${name} where finished_at < now() - make_interval(secs => $1) limit 1000 for update skip locked)`,
    [olderThanMs / 1000],
  )
  return rowCount ?? 0
}
