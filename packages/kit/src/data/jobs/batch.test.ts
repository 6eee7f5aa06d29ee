/** Goal: a batch loses nothing and repeats nothing that is in the database, wherever it is interrupted. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { startPostgres, type TestPostgres } from '../../testing/index.ts'
import { createBackgroundPool } from '../background-pool.ts'
import { batchesSchemaSql, type BatchOptions, createJobs, defineJob, forgetBatches, runBatch } from './index.ts'

let postgres: TestPostgres
let url = ''
let pool: pg.Pool
const children: ChildProcess[] = []

beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.stop())
beforeEach(async () => {
  url = await postgres.database()
  pool = createBackgroundPool({ url, name: 'batch-test' })
  await pool.query(batchesSchemaSql())
  await pool.query('create table items as select generate_series(1, 95) as id')
  await pool.query('create table copied (id int, chunk int, process int); create table chunk_begun (chunk int)')
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await pool.end()
})

type Options = BatchOptions<{ id: number }, number>
const batch = (options: Partial<Options> = {}) =>
  runBatch<{ id: number }, number>({
    pool,
    name: 'copy',
    cursor: z.number(),
    chunkMax: 10,
    read: async (after, limit, { client }) =>
      (
        await client.query<{ id: number }>('select id from items where id > $1 order by id limit $2', [
          after ?? 0,
          limit,
        ])
      ).rows,
    cursorOf: (item) => item.id,
    work: async (items, { client, number }) => {
      await client.query('insert into copied (id, chunk) select unnest($1::int[]), $2', [
        items.map((one) => one.id),
        number,
      ])
    },
    ...options,
  })
const copied = async (): Promise<number[]> =>
  (await pool.query<{ id: number }>('select id from copied order by id')).rows.map((row) => row.id)
const everything = Array.from({ length: 95 }, (_, index) => index + 1)

describe('runBatch', () => {
  it('works through everything in chunks, once', async () => {
    expect(await batch()).toEqual({ done: true, items: 95, chunks: 10, isResumed: false })
    expect(await batch()).toEqual({ done: true, items: 95, chunks: 10, isResumed: true })
    expect(await copied()).toEqual(everything)
  })

  it('goes on after a chunk that failed, an abort between chunks, and a bound on chunks', async () => {
    const original = batch
    let calls = 0
    const failing: Options['work'] = async (items, { client }) => {
      await client.query('insert into copied (id) select unnest($1::int[])', [items.map((one) => one.id)])
      if ((calls += 1) === 3) throw new Error('half-way')
    }
    await expect(original({ work: failing })).rejects.toThrow('half-way')
    expect(await copied()).toEqual(everything.slice(0, 20))
    expect(await batch({ chunksMax: 2 })).toEqual({ done: false, items: 40, chunks: 4, isResumed: true })
    const abort = new AbortController()
    const aborting: Options['cursorOf'] = (item) => {
      abort.abort()
      return item.id
    }
    await expect(batch({ signal: abort.signal, cursorOf: aborting })).rejects.toMatchObject({ code: 'batch_aborted' })
    expect(await batch()).toMatchObject({ done: true, items: 95, chunks: 10 })
    expect(await copied()).toEqual(everything)
  })

  it('lets one work on it at a time', async () => {
    const gate = Promise.withResolvers<void>()
    const running = batch({ work: () => gate.promise })
    for (let i = 0; i < 200; i += 1) {
      if (
        (await pool.query(`select 1 from pg_locks where relation = 'kit_batches'::regclass and mode = 'RowShareLock'`))
          .rowCount
      )
        break
      await sleep(5)
    }
    await expect(batch()).rejects.toMatchObject({ code: 'batch_busy' })
    gate.resolve()
    expect(await running).toMatchObject({ done: true })
  })

  it('refuses a cursor that stands still or is malformed, a read without limit, and options that cannot be', async () => {
    await expect(batch({ cursorOf: () => 1 })).rejects.toMatchObject({ code: 'batch_stuck' })
    await pool.query(`update kit_batches set cursor = '"text"'`)
    await expect(batch()).rejects.toMatchObject({ code: 'batch_cursor_invalid' })
    const many = Array.from({ length: 11 }, (_, id) => ({ id }))
    await expect(batch({ name: 'b', read: () => Promise.resolve(many) })).rejects.toThrow('read: expected at most 10')
    await expect(batch({ name: '' })).rejects.toThrow('name: expected')
    await expect(batch({ chunkMax: 0 })).rejects.toThrow('chunkMax: expected')
    await expect(batch({ chunksMax: 0 })).rejects.toThrow('chunksMax: expected')
  })

  it('forgets finished batches only', async () => {
    await batch({ chunksMax: 1, name: 'open' })
    await batch({ name: 'done' })
    await pool.query(`update kit_batches set finished_at = finished_at - interval '1 h'`)
    expect(await forgetBatches(pool, 60_000)).toBe(1)
    expect((await pool.query('select name from kit_batches')).rows).toEqual([{ name: 'open' }])
  })
})

describe('a process that is killed in the middle of a batch', () => {
  it('is followed by one that goes on exactly where it was', async () => {
    const start = (delayMs: number): ChildProcess => {
      const argv = [join(import.meta.dirname, 'testing', 'batch-process.ts'), url, String(delayMs)]
      const child = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'inherit'] })
      children.push(child)
      return child
    }
    const type = defineJob({
      payload: z.object({ name: z.string() }),
      run: () => Promise.resolve(),
      expireInMs: 1500,
      retryLimit: 5,
    })
    const jobs = createJobs({ pool, types: { copy: type } })
    await jobs.start({ work: 'none' })
    await jobs.enqueue('copy', { name: 'big' })
    const first = start(100)
    const begun = async (): Promise<number> => (await pool.query('select 1 from chunk_begun')).rowCount ?? 0
    const until = async (condition: () => Promise<boolean>): Promise<void> => {
      for (let i = 0; i < 1500; i += 1) {
        if (await condition()) return
        await sleep(10)
      }
      throw new Error('it never happened')
    }
    await until(async () => (await begun()) >= 4)
    const gone = new Promise((resolve) => first.once('exit', resolve))
    first.kill('SIGKILL')
    await gone
    const kept = (await copied()).length
    expect(kept).toBeGreaterThanOrEqual(20)
    expect(kept).toBeLessThan(95)
    start(0)
    await until(async () => (await copied()).length === 95)
    await until(
      async () => (await pool.query('select 1 from kit_batches where finished_at is not null')).rowCount === 1,
    )
    expect(await copied()).toEqual(everything)
    // One chunk, the interrupted one, was begun twice.
    const chunks = (await pool.query<{ chunk: number }>('select chunk from chunk_begun order by chunk')).rows.map(
      (row) => row.chunk,
    )
    expect(new Set(chunks)).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]))
    expect(chunks.length).toBeLessThanOrEqual(11)
    await jobs.stop()
  })
})
