/** Goal: jobs outlive processes that end, well or badly, a database that goes away, and start when their schedules say. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { jobsSchemaSql, scheduleOffsetMs } from './index.ts'
import { type Run, until, useJobs } from './testing/harness.ts'

const server = useJobs()
const { begin, rows } = server

describe('the end of a process', () => {
  it('waits for what runs, and takes nothing more', async () => {
    const done: number[] = []
    const { jobs } = await begin(
      async ({ n }) => {
        await sleep(150)
        done.push(n)
      },
      { concurrency: 1 },
    )
    await jobs.enqueue('work', { n: 1 })
    await until(async () => (await jobs.stats()).work.running === 1)
    await jobs.enqueue('work', { n: 2 })
    await jobs.stop(5000)
    expect(done).toEqual([1])
    expect(await rows(`select state, retry_count from kit_jobs.job where name = 'work' order by state`)).toEqual([
      { state: 'created', retry_count: 0 },
      { state: 'completed', retry_count: 0 },
    ])
  })

  it('aborts what does not end in time and gives it back, the attempt not counted', async () => {
    const reasons: unknown[] = []
    const hanging = await begin(
      (_, job) => {
        job.signal.addEventListener('abort', () => reasons.push(job.signal.reason))
        return new Promise(() => {})
      },
      { retryLimit: 0 },
    )
    await hanging.jobs.enqueue('work', { n: 1 })
    await until(async () => (await hanging.jobs.stats()).work.running === 1)
    await hanging.jobs.stop(20)
    expect(reasons).toMatchObject([{ code: 'job_drained' }])
    expect(hanging.of('given_back')).toHaveLength(1)
    await expect(hanging.jobs.start()).rejects.toThrow('start: called twice')
    await expect(hanging.jobs.enqueue('work', { n: 2 })).rejects.toMatchObject({ code: 'jobs_not_started' })
    const attempts: number[] = []
    const next = await begin((_, job) => Promise.resolve(void attempts.push(job.attempt)), { retryLimit: 0 })
    await until(() => next.of('completed').length === 1)
    expect(attempts).toEqual([1])
  })

  it('is noticed when it comes without a word: the job runs again after its deadline', async () => {
    const { jobs, of } = await begin(() => Promise.resolve(), { expireInMs: 1000 }, { superviseMs: 1000 })
    // As a process that died would leave it.
    await server.pool.query(
      `insert into kit_jobs.job (name, data, state, started_on, expire_seconds, retry_limit)
       values ('work', '{"v": 1, "payload": {"n": 1}, "delayMs": 0}', 'active', now() - interval '10 s', 3, 2)`,
    )
    await until(() => of('completed').length === 1)
    expect((await jobs.stats()).work.active).toBe(0)
  })
})

describe('trouble with the database', () => {
  it('is told, and work goes on when it is back', async () => {
    const { jobs, of } = await begin(() => Promise.resolve(), {}, {})
    await server.pool.query('alter schema kit_jobs rename to away')
    await until(() => of('trouble').some((event) => event.kind === 'trouble' && event.type === 'work'))
    await server.pool.query('alter schema away rename to kit_jobs')
    await jobs.enqueue('work', { n: 1 })
    await until(() => of('completed').length === 1)
    expect(of('trouble')).toContainEqual({
      kind: 'trouble',
      type: 'work',
      error: expect.objectContaining({ code: '42P01' }),
    })
  })

  it('takes a schema that a migration made, and makes none itself', async () => {
    const options = { installSchema: false, schema: 'made' }
    await expect(begin(() => Promise.resolve(), {}, options)).rejects.toThrow('pg-boss is not installed')
    await server.pool.query(jobsSchemaSql('made'))
    const { jobs, of } = await begin(() => Promise.resolve(), {}, options)
    await jobs.enqueue('work', { n: 1 })
    await until(() => of('completed').length === 1)
  })
})

describe('schedules', () => {
  it('fire once for all replicas, moved by their jitter, and go when they are not declared any more', async () => {
    const done: number[] = []
    const jitterMs = 2000
    // The minute that is now, with enough of it left: it is due once.
    if (new Date().getUTCSeconds() >= 50) await sleep(60_000 - (Date.now() % 60_000) + 50)
    const [hour, minute] = [new Date().getUTCHours(), new Date().getUTCMinutes()]
    const schedules = {
      tick: { type: 'work', cron: `${minute} ${hour} * * *`, payload: { n: 7 }, jitterMs },
    } as const
    const options = { schedules, instance: 'eu-1', scheduleCheckMs: 1000 }
    const run: Run = ({ n }) => Promise.resolve(void done.push(n))
    const first = await begin(run, {}, options)
    await begin(run, {}, options)
    await until(() => done.length === 1)
    const [job] = await rows(
      `select data, extract(epoch from start_after - created_on) * 1000 as delay from kit_jobs.job where name = 'work'`,
    )
    const offsetMs = scheduleOffsetMs('tick', 'eu-1', jitterMs)
    expect(job?.['data']).toEqual({ v: 1, payload: { n: 7 }, delayMs: offsetMs })
    expect(Math.round(Number(job?.['delay']))).toBe(offsetMs)
    await sleep(100)
    expect(done).toEqual([7])
    expect(first.of('sla_missed')).toEqual([])
    await begin(run, {}, { schedules: {} })
    expect(await rows('select name from kit_jobs.schedule')).toEqual([])
  })

  it('are spread evenly over instances, and stay where they are for one', () => {
    const offsets = Array.from({ length: 1000 }, (_, i) => scheduleOffsetMs('tick', `instance-${i}`, 1000))
    expect(scheduleOffsetMs('tick', 'instance-0', 1000)).toBe(offsets[0])
    expect(offsets.every((offset) => offset >= 0 && offset < 1000)).toBe(true)
    for (let tenth = 0; tenth < 10; tenth += 1) {
      const inside = offsets.filter((offset) => Math.floor(offset / 100) === tenth).length
      expect(inside).toBeGreaterThan(60)
      expect(inside).toBeLessThan(140)
    }
    expect(scheduleOffsetMs('tick', 'a', 0)).toBe(0)
  })
})
