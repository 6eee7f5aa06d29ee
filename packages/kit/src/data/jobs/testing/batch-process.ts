/** A process that runs the job `copy`, a resumable batch, for tests that kill it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { createBackgroundPool } from '../../background-pool.ts'
import { createJobs, defineJob, runBatch } from '../index.ts'

const [, , url = '', chunkDelayMs = '0'] = process.argv
const pool = createBackgroundPool({ url, name: 'batch-process', connectionsMax: 5 })
const jobs = createJobs({
  pool,
  pollMs: 50,
  superviseMs: 1000,
  types: {
    copy: defineJob({
      payload: z.object({ name: z.string() }),
      expireInMs: 1500,
      retryLimit: 5,
      run: async ({ name }, job) => {
        await runBatch({
          pool,
          name,
          cursor: z.number(),
          chunkMax: 10,
          signal: job.signal,
          read: async (after, limit, { client }) =>
            (
              await client.query<{ id: number }>('select id from items where id > $1 order by id limit $2', [
                after ?? 0,
                limit,
              ])
            ).rows,
          cursorOf: (item) => item.id,
          work: async (items, { client, number }) => {
            await client.query('insert into copied (id, chunk, process) select unnest($1::int[]), $2, $3', [
              items.map((item) => item.id),
              number,
              process.pid,
            ])
            // Outside of the chunk's transaction: at least once.
            await pool.query('insert into chunk_begun (chunk) values ($1)', [number])
            await sleep(Number(chunkDelayMs))
          },
        })
      },
    }),
  },
})
await jobs.start()
