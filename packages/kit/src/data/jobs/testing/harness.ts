/** A real server for a file of tests, a new database for each of its tests, and one job type `work` on it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { z } from 'zod'
import { startPostgres, type TestPostgres } from '../../../testing/index.ts'
import { createBackgroundPool } from '../../background-pool.ts'
import { createJobs, defineJob, type JobEvent, type Jobs, type JobsOptions, type JobType } from '../index.ts'

export interface Payload {
  n: number
}
export type Run = JobType<Payload>['run']
export type Only = { work: Payload }
export const payload = z.object({ n: z.number().int() })

export interface Begun {
  readonly jobs: Jobs<Only>
  readonly of: (kind: JobEvent['kind']) => JobEvent[]
}

export interface Harness {
  readonly pool: pg.Pool
  readonly url: string
  readonly begin: (
    run: Run,
    type?: Partial<JobType<Payload>>,
    options?: Partial<JobsOptions<Only>>,
    start?: Parameters<Jobs<Only>['start']>[0],
  ) => Promise<Begun>
  /** Stopped, at once, after the test. */
  readonly opened: (jobs: { stop: (timeoutMs?: number) => Promise<void> }) => void
  readonly rows: (text: string) => Promise<Record<string, unknown>[]>
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1500; i += 1) {
    if (await condition()) return
    await sleep(10)
  }
  throw new Error('it never happened')
}

/** Call it once in a file of tests. */
export function useJobs(): Harness {
  let postgres: TestPostgres
  let current: { url: string; pool: pg.Pool } | null = null
  const opened: { stop: (timeoutMs?: number) => Promise<void> }[] = []
  const now = (): { url: string; pool: pg.Pool } => {
    if (!current) throw new Error('only inside of a test')
    return current
  }
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres.stop())
  beforeEach(async () => {
    const url = await postgres.database()
    current = { url, pool: createBackgroundPool({ url, name: 'jobs-test', connectionsMax: 8 }) }
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((one) => one.stop(0)))
    await current?.pool.end()
  })
  return {
    get pool() {
      return now().pool
    },
    get url() {
      return now().url
    },
    begin: async (run, type = {}, options = {}, start = {}) => {
      const events: JobEvent[] = []
      const jobs = createJobs<Only>({
        pool: now().pool,
        pollMs: 30,
        types: { work: defineJob({ payload, run, ...type }) },
        onEvent: (event) => events.push(event),
        ...options,
      })
      opened.push(jobs)
      await jobs.start(start)
      return { jobs, of: (kind) => events.filter((event) => event.kind === kind) }
    },
    opened: (jobs) => void opened.push(jobs),
    rows: async (text) => (await now().pool.query<Record<string, unknown>>(text)).rows,
  }
}
