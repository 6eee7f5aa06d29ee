/** Goal: declared jobs keep their promises on a real server: nothing is lost, nothing waits or grows without a bound. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { currentRequest, runInRequest } from '../../context/index.ts'
import { Database } from '../database.ts'
import { createJobs, defineJob, type JobRun, PoisonJobError } from './index.ts'
import { type Only, type Payload, payload, until, useJobs } from './testing/harness.ts'

const server = useJobs()
const { begin, rows } = server

describe('enqueue and run', () => {
  it('runs a job with the request and the trace it came from', async () => {
    const seen: { payload: Payload; job: JobRun; request: ReturnType<typeof currentRequest> }[] = []
    const { jobs, of } = await begin((given, job) => {
      seen.push({ payload: given, job, request: currentRequest() })
      return Promise.resolve()
    })
    const trace = { traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`, tracestate: 'a=b', sampled: true }
    const id = await runInRequest({ correlationId: 'request-1', deadline: null, trace }, () =>
      jobs.enqueue('work', { n: 1 }),
    )
    await jobs.enqueue('work', { n: 2 })
    await until(() => of('completed').length === 2)
    const first = seen.find((one) => one.payload.n === 1)
    expect(first).toMatchObject({
      payload: { n: 1 },
      job: { id, type: 'work', attempt: 1, isLastAttempt: false, correlationId: 'request-1' },
    })
    expect(first?.request).toMatchObject({ correlationId: 'request-1', trace })
    expect(first?.request?.deadline?.remainingMs()).toBeLessThanOrEqual(60_000)
    expect(first?.request?.deadline?.signal).toBe(first?.job.signal)
    await until(async () => (await jobs.stats()).work.running === 0)
    const second = seen.find((one) => one.payload.n === 2)
    expect(second?.request).toMatchObject({ correlationId: `job-${second?.job.id}`, trace: null })
    expect((await jobs.stats()).work).toMatchObject({
      depth: 0,
      running: 0,
      active: 0,
      completed: 2,
      failed: 0,
      dead: 0,
    })
  })

  it('belongs to the transaction of the caller, whichever kind it is', async () => {
    const done: number[] = []
    const { jobs } = await begin(({ n }) => Promise.resolve(void done.push(n)))
    const client = await server.pool.connect()
    await client.query('begin')
    await jobs.enqueue('work', { n: 1 }, { client })
    await client.query('rollback; begin')
    await jobs.enqueue('work', { n: 2 }, { client })
    await client.query('commit')
    client.release()
    const database = new Database({ url: server.url, name: 'jobs' })
    await database.transaction((queries) => jobs.enqueue('work', { n: 3 }, { client: queries }))
    await until(() => done.length === 2)
    await sleep(60)
    expect(done.toSorted((a, b) => a - b)).toEqual([2, 3])
    await database.close()
  })

  it('adds a job of one id once, and starts a delayed one later', async () => {
    const done: number[] = []
    const { jobs } = await begin(({ n }) => Promise.resolve(void done.push(n)))
    const id = randomUUID()
    const before = performance.now()
    expect(await jobs.enqueue('work', { n: 1 }, { id, delayMs: 300 })).toBe(id)
    expect(await jobs.enqueue('work', { n: 2 }, { id })).toBe(id)
    await until(() => done.length === 1)
    expect(performance.now() - before).toBeGreaterThan(250)
    await sleep(60)
    expect(done).toEqual([1])
  })

  it('refuses what can not be a job', async () => {
    const jobs = createJobs<Only>({
      pool: server.pool,
      payloadMaxBytes: 200,
      types: {
        work: defineJob({
          payload: z.object({ n: z.number(), text: z.string().optional() }),
          run: () => Promise.resolve(),
        }),
      },
    })
    server.opened(jobs)
    await expect(jobs.enqueue('work', { n: 1 })).rejects.toMatchObject({ code: 'jobs_not_started' })
    await jobs.start({ work: 'none' })
    await expect(jobs.enqueue('work', { n: Number.NaN })).rejects.toMatchObject({ code: 'job_payload_invalid' })
    for (const payload of ['a\0b', 'half \ud800', '\\\udfff'].map((text) => ({ n: 1, text })))
      await expect(jobs.enqueue('work', payload)).rejects.toMatchObject({ code: 'job_payload_invalid' })
    for (const payload of ['\\u0000', '\\ud800', '\u{1f600}'].map((text) => ({ n: 1, text })))
      await expect(jobs.enqueue('work', payload)).resolves.toBeDefined()
    const large = { n: 1, text: 'x'.repeat(200) }
    await expect(jobs.enqueue('work', large)).rejects.toMatchObject({ code: 'job_payload_too_large' })
    await expect(jobs.enqueue('work', { n: 1 }, { id: 'one' })).rejects.toThrow('id: expected a UUID')
    await expect(jobs.enqueue('work', { n: 1 }, { delayMs: -1 })).rejects.toThrow('delayMs: expected')
    await expect(jobs.replayDead('work', 0)).rejects.toThrow('limit: expected')
  })

  it.each([
    ['concurrency', { concurrency: 0 }],
    ['concurrency', { concurrency: 1.5 }],
    ['retryLimit', { retryLimit: -1 }],
    ['expireInMs', { expireInMs: 0 }],
    ['depthMax', { depthMax: 0 }],
    ['backoffMs', { backoffMs: 1 }],
    ['sla.startWithinMs', { sla: { startWithinMs: 0 } }],
  ] as const)('refuses a declaration: %s', (message, type) => {
    const types = { work: { payload, run: () => Promise.resolve(), ...type } }
    expect(() => createJobs<Only>({ pool: server.pool, types })).toThrow(message)
  })

  it('refuses names, schedules and options that can not be', () => {
    const type = { payload, run: () => Promise.resolve() }
    const types = { work: type }
    const schedule = (one: object) => () =>
      createJobs<Only>({
        pool: server.pool,
        types,
        schedules: { tick: { type: 'work', cron: '* * * * *', payload: { n: 1 }, ...one } },
      })
    expect(() => createJobs({ pool: server.pool, types: { 'No Name': type } })).toThrow('expected a name')
    expect(() => createJobs({ pool: server.pool, types: {} })).toThrow('at least one job type')
    expect(() => createJobs<Only>({ pool: server.pool, types, pollMs: 1 })).toThrow('pollMs')
    expect(() => createJobs<Only>({ pool: server.pool, types, schema: 'a"b' })).toThrow('schema')
    expect(schedule({ type: 'other' })).toThrow('there is no job type')
    expect(schedule({ jitterMs: -1 })).toThrow('jitterMs')
    expect(schedule({ lateMaxMs: 1 })).toThrow('lateMaxMs')
  })
})

describe('jobs that fail', () => {
  it('are tried again with growing pauses, and end among the dead letters, from where they can be replayed', async () => {
    let isBroken = true
    const attempts: number[] = []
    const { jobs, of } = await begin(
      (_, job) => {
        attempts.push(job.attempt)
        return isBroken ? Promise.reject(new Error('not now')) : Promise.resolve()
      },
      { retryLimit: 1 },
    )
    await jobs.enqueue('work', { n: 1 })
    await until(() => of('dead').length === 1)
    expect(attempts).toEqual([1, 2])
    expect(of('failed')).toMatchObject([{ attempt: 1, error: { message: 'not now' } }])
    expect((await jobs.stats()).work).toMatchObject({ depth: 0, deadLetters: 1, failed: 2, dead: 1 })
    isBroken = false
    expect(await jobs.replayDead('work')).toBe(1)
    await until(() => of('completed').length === 1)
    expect((await jobs.stats()).work).toMatchObject({ deadLetters: 0, completed: 1 })
  })

  it('go to the dead letters at once when they are poison: said so, of another shape, or no envelope at all', async () => {
    let calls = 0
    const { jobs, of } = await begin(
      () => {
        calls += 1
        return Promise.reject(new PoisonJobError('no such customer'))
      },
      { retryLimit: 5 },
    )
    await jobs.enqueue('work', { n: 1 })
    await server.pool.query(
      `insert into kit_jobs.job (name, data, retry_limit, dead_letter) values
        ('work', '{"v": 1, "payload": {"n": "text"}, "delayMs": 0}', 5, 'work.dead'), ('work', '[1]', 5, 'work.dead'), ('work', null, 5, 'work.dead')`,
    )
    await until(() => of('dead').length === 4)
    expect(calls).toBe(1)
    expect(of('failed')).toEqual([])
    expect((await jobs.stats()).work).toMatchObject({ depth: 0, active: 0, deadLetters: 4 })
  })

  it('do not leave configuration, causes or stacks of their errors in the database', async () => {
    const { jobs, of } = await begin(
      () =>
        Promise.reject(
          Object.assign(new Error('refused', { cause: 'token-abc' }), {
            code: 'E1',
            config: { authorization: 'Bearer secret-token' },
          }),
        ),
      { retryLimit: 0 },
    )
    await jobs.enqueue('work', { n: 1 })
    await until(() => of('dead').length === 1)
    const [row] = await rows(`select output from kit_jobs.job where name = 'work.dead'`)
    expect(row).toEqual({ output: { name: 'Error', message: 'refused', code: 'E1' } })
  })

  it('are ended at their deadline, also when they ignore it, and never take more than twice their slots', async () => {
    const signals: AbortSignal[] = []
    const { jobs, of } = await begin(
      (_, job) => {
        signals.push(job.signal)
        return new Promise(() => {})
      },
      { retryLimit: 0, expireInMs: 50, concurrency: 2 },
    )
    for (let n = 0; n < 8; n += 1) await jobs.enqueue('work', { n })
    await until(() => of('dead').length === 4)
    await sleep(150)
    expect(signals).toHaveLength(4)
    expect(signals.every((signal) => signal.aborted)).toBe(true)
    expect(of('dead')[0]).toMatchObject({ error: { code: 'job_deadline_exceeded' } })
    expect((await jobs.stats()).work).toMatchObject({ depth: 4, running: 0 })
  })
})

describe('bounds', () => {
  it('refuses a job when too many wait, and takes it again when they were done', async () => {
    let nowMs = 0
    const { jobs } = await begin(() => Promise.resolve(), { depthMax: 3 }, { now: () => nowMs }, { work: 'none' })
    for (let n = 0; n < 3; n += 1) await jobs.enqueue('work', { n })
    await expect(jobs.enqueue('work', { n: 4 })).rejects.toMatchObject({
      code: 'job_queue_full',
      message: '3 jobs of work wait already',
    })
    await server.pool.query(`delete from kit_jobs.job where name = 'work'`)
    nowMs = 60
    await jobs.enqueue('work', { n: 5 })
  })

  it('runs as many at once as declared, and not more', async () => {
    let running = 0
    let most = 0
    const { jobs, of } = await begin(
      async () => {
        running += 1
        most = Math.max(most, running)
        await sleep(20)
        running -= 1
      },
      { concurrency: 3 },
    )
    await Promise.all(Array.from({ length: 20 }, (_, n) => jobs.enqueue('work', { n })))
    await until(() => of('completed').length === 20)
    expect(most).toBe(3)
  })
})

describe('promises about time', () => {
  it('counts and tells what starts late, finishes late, or dies', async () => {
    const sla = { startWithinMs: 200, finishWithinMs: 260 }
    const { jobs, of } = await begin(
      async ({ n }) => {
        if (n === 2) await sleep(300)
        if (n === 3) throw new PoisonJobError('never')
      },
      { sla, concurrency: 5 },
      {},
      { work: 'none' },
    )
    await jobs.enqueue('work', { n: 1 })
    await sleep(250)
    const worker = await begin(
      async ({ n }) => {
        if (n === 2) await sleep(300)
        if (n === 3) throw new PoisonJobError('never')
      },
      { sla, concurrency: 5 },
    )
    await until(() => worker.of('completed').length === 1)
    await worker.jobs.enqueue('work', { n: 2 })
    await worker.jobs.enqueue('work', { n: 3 })
    // A delay that was asked for is nobody's lateness.
    await worker.jobs.enqueue('work', { n: 4 }, { delayMs: 400 })
    await until(() => worker.of('completed').length === 3)
    const missed = worker.of('sla_missed').map((event) => (event.kind === 'sla_missed' ? event.limit : ''))
    expect(missed.filter((limit) => limit === 'start')).toHaveLength(1)
    expect(missed.filter((limit) => limit === 'finish').length).toBeGreaterThanOrEqual(2)
    expect((await worker.jobs.stats()).work.slaMissed).toBe(missed.length)
    expect(of('sla_missed')).toEqual([])
  })

  it('shows how long the oldest has waited', async () => {
    const { jobs } = await begin(() => Promise.resolve(), {}, {}, { work: 'none' })
    await jobs.enqueue('work', { n: 1 })
    await jobs.enqueue('work', { n: 2 }, { delayMs: 60_000 })
    await server.pool.query(
      `update kit_jobs.job set start_after = start_after - interval '10 s' where start_after <= now()`,
    )
    const { work } = await jobs.stats()
    expect(work.depth).toBe(2)
    expect(work.oldestAgeMs).toBeGreaterThan(9900)
    expect(work.oldestAgeMs).toBeLessThan(15_000)
  })
})
