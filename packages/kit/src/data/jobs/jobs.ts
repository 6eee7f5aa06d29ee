import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { PgBoss } from 'pg-boss'
import { currentRequest } from '../../context/index.ts'
import { createDepthGuard, type DepthGuard } from '../depth-guard.ts'
import { fitsJsonb } from '../jsonb.ts'
import { type PgPool, rowsOn, type TransactionClient } from '../sql-client.ts'
import { checkedSchema, createBoss, prepareQueues } from './boss.ts'
import { type JobEnvelope, JobError, type JobType, resolveJobType, type ResolvedJobType } from './job-type.ts'
import { countWaiting, type JobStats, readJobStats } from './job-stats.ts'
import { applySchedules, checkSchedules, type JobSchedule } from './schedules.ts'
import { type JobEvent, JobWorker } from './worker.ts'

export interface JobsOptions<Payloads> {
  /** For background work. Give it a connection for every job that runs at once, and two more. See `createBackgroundPool`. */
  readonly pool: PgPool
  /** Every job type there is, by name: lower case letters, digits and dashes. */
  readonly types: { readonly [Name in keyof Payloads]: JobType<Payloads[Name]> }
  /** By name. Written at `start`; those that are not declared any more are removed. */
  readonly schedules?: Readonly<Record<string, JobSchedule<keyof Payloads & string>>>
  /** What the jitter of schedules goes by: the same for all replicas of one deployment. Default the host's name. */
  readonly instance?: string
  /** Default `kit_jobs`. */
  readonly schema?: string
  /** Whether `start` makes and migrates pg-boss's tables. Default true; false where a migration does, see `jobsSchemaSql`. */
  readonly installSchema?: boolean
  /** How often a worker looks for jobs; milliseconds, spread by a fifth. Default 1,000. What this process enqueues is begun at once. */
  readonly pollMs?: number
  /** How often jobs of processes that died are looked for; milliseconds, at least 1,000. Default 30,000. */
  readonly superviseMs?: number
  /** How often it is looked whether a schedule is due; milliseconds, 1,000 to 45,000. Default 15,000. */
  readonly scheduleCheckMs?: number
  /** Bytes of a payload at most. Default 65,536: a job carries a reference, not the thing. */
  readonly payloadMaxBytes?: number
  readonly onEvent?: (event: JobEvent) => void
  readonly random?: () => number
  readonly now?: () => number
}

export interface EnqueueOptions {
  /** The caller's transaction: the job is there when it commits. */
  readonly client?: TransactionClient
  /** Not before this much later; milliseconds. Default 0. */
  readonly delayMs?: number
  /** The job's id, a UUID: a second one with the same id is not added while the first is kept. Default: a new one. */
  readonly id?: string
  /** Higher ones first. Default 0. */
  readonly priority?: number
}

export interface Jobs<Payloads> {
  /**
   * Makes the queues and begins to work.
   * @param work which types this process runs. Default all; `none` for a process that only enqueues
   */
  start(options?: { readonly work?: 'all' | 'none' | readonly (keyof Payloads & string)[] }): Promise<void>
  /**
   * Adds a job; the request's correlation id and trace go along.
   * @returns its id
   * @throws JobError `job_payload_invalid`, `job_payload_too_large`, `job_queue_full`, `jobs_not_started`
   */
  enqueue<Name extends keyof Payloads & string>(
    type: Name,
    payload: Payloads[Name],
    options?: EnqueueOptions,
  ): Promise<string>
  /**
   * Takes no more jobs, waits for running ones up to the limit (default 25,000 ms), then aborts them and gives their
   * jobs back, the attempt not counted.
   */
  stop(timeoutMs?: number): Promise<void>
  /** For gauges: one query, bounded. */
  stats(): Promise<Readonly<Record<keyof Payloads & string, JobStats>>>
  /** Puts dead jobs back into their queue, oldest first, with all their attempts. @returns how many */
  replayDead(type: keyof Payloads & string, limit?: number): Promise<number>
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

class JobsOnBoss<Payloads> implements Jobs<Payloads> {
  readonly #options: JobsOptions<Payloads>
  readonly #schema: string
  readonly #types = new Map<string, ResolvedJobType<unknown>>()
  readonly #guards = new Map<string, DepthGuard>()
  readonly #workers = new Map<string, JobWorker>()
  readonly #boss: PgBoss
  readonly #now: () => number
  #state: 'new' | 'starting' | 'started' | 'stopped' = 'new'

  constructor(options: JobsOptions<Payloads>) {
    this.#options = options
    this.#schema = checkedSchema(options.schema ?? 'kit_jobs')
    this.#now = options.now ?? (() => performance.now())
    const { pool } = options
    for (const name of Object.keys(options.types)) {
      const type = resolveErased(name, options.types)
      this.#types.set(name, type)
      const count = (limit: number): Promise<number> => countWaiting(pool, this.#schema, name, limit)
      this.#guards.set(name, createDepthGuard({ max: type.depthMax, count, refreshMs: 1000, now: this.#now }))
    }
    if (this.#types.size === 0) throw new RangeError('types: expected at least one job type')
    checkSchedules(options.schedules ?? {}, this.#types)
    for (const [option, value, min] of [
      ['pollMs', options.pollMs ?? 1000, 10],
      ['superviseMs', options.superviseMs ?? 30_000, 1000],
      ['scheduleCheckMs', options.scheduleCheckMs ?? 15_000, 1000],
      ['payloadMaxBytes', options.payloadMaxBytes ?? 65_536, 1],
    ] as const)
      if (!(value >= min)) throw new RangeError(`${option}: expected ${min} or more, got ${value}`)
    this.#boss = createBoss({
      pool,
      schema: this.#schema,
      installSchema: options.installSchema ?? true,
      superviseMs: options.superviseMs ?? 30_000,
      withSchedules: Object.keys(options.schedules ?? {}).length > 0,
      scheduleCheckMs: options.scheduleCheckMs ?? 15_000,
      onError: (error) => options.onEvent?.({ kind: 'trouble', type: 'pg-boss', error }),
    })
  }

  async start(options: { work?: 'all' | 'none' | readonly string[] } = {}): Promise<void> {
    const { work = 'all' } = options
    const names = work === 'all' ? [...this.#types.keys()] : work === 'none' ? [] : work
    for (const name of names) this.#typeOf(name)
    if (this.#state !== 'new') throw new RangeError('start: called twice; make another one with createJobs')
    this.#state = 'starting'
    await this.#boss.start()
    for (const type of this.#types.values()) await prepareQueues(this.#boss, type)
    this.#state = 'started'
    const instance = this.#options.instance ?? hostname()
    await applySchedules(this.#boss, this.#options.schedules ?? {}, instance, new Set(this.#types.keys()))
    for (const name of names) {
      const worker = new JobWorker({
        boss: this.#boss,
        pool: this.#options.pool,
        schema: this.#schema,
        type: this.#typeOf(name),
        pollMs: this.#options.pollMs ?? 1000,
        random: this.#options.random ?? Math.random,
        now: this.#now,
        tell: (event) => this.#options.onEvent?.(event),
      })
      this.#workers.set(name, worker)
      worker.start()
    }
  }

  async enqueue(name: string, payload: unknown, options: EnqueueOptions = {}): Promise<string> {
    const type = this.#typeOf(name)
    if (this.#state !== 'started') throw new JobError('jobs_not_started', 'between start() and stop() only')
    const id = options.id ?? randomUUID()
    const delayMs = options.delayMs ?? 0
    if (!UUID.test(id)) throw new RangeError(`id: expected a UUID in lower case, got ${JSON.stringify(id)}`)
    if (!(delayMs >= 0)) throw new RangeError(`delayMs: expected 0 or more milliseconds, got ${delayMs}`)
    const envelope = this.#envelope(type, payload, delayMs)
    const guard = this.#guards.get(name)
    if (guard && !(await guard.admit()))
      throw new JobError('job_queue_full', `${type.depthMax} jobs of ${name} wait already`)
    const { client } = options
    await this.#boss.send(name, envelope, {
      id,
      ...(delayMs > 0 && { startAfter: delayMs / 1000 }),
      ...(options.priority !== undefined && { priority: options.priority }),
      ...(client && {
        db: {
          executeSql: async (text: string, values?: unknown[]) => ({ rows: await rowsOn(client, text, values ?? []) }),
        },
      }),
    })
    if (!client && delayMs === 0) this.#workers.get(name)?.wake()
    return id
  }

  async stop(timeoutMs = 25_000): Promise<void> {
    const before = this.#state
    this.#state = 'stopped'
    const workers = [...this.#workers.values()]
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)))
    const done = Promise.all(
      workers.map(async (worker) => {
        await worker.stopTaking()
        await worker.whenIdle()
      }),
    )
    await Promise.race([done, limit])
    clearTimeout(timer)
    for (const worker of workers) worker.abort()
    await done
    // Also after a start that failed half-way: its timers would go on.
    if (before === 'starting' || before === 'started') await this.#boss.stop({ graceful: false, close: false })
  }

  async stats(): Promise<Readonly<Record<keyof Payloads & string, JobStats>>> {
    const types = [...this.#types.values()]
    return readJobStats<keyof Payloads & string>(this.#options.pool, this.#schema, types, this.#workers)
  }

  async replayDead(name: string, limit = 1000): Promise<number> {
    if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
      throw new RangeError(`limit: expected 1 to 10,000, got ${limit}`)
    const moved = await this.#boss.redrive(this.#typeOf(name).deadQueue, { destination: name, limit })
    this.#workers.get(name)?.wake()
    return moved
  }

  #envelope(type: ResolvedJobType<unknown>, payload: unknown, delayMs: number): JobEnvelope {
    const parsed = type.payload.safeParse(payload)
    if (!parsed.success)
      throw new JobError(
        'job_payload_invalid',
        `the payload of ${type.name} is not what the job type says`,
        parsed.error,
      )
    const request = currentRequest()
    const envelope: JobEnvelope = {
      v: 1,
      payload,
      delayMs,
      ...(request && { correlationId: request.correlationId.slice(0, 256) }),
      ...(request?.trace && { traceparent: request.trace.traceparent }),
      ...(request?.trace && request.trace.tracestate.length <= 1024 && { tracestate: request.trace.tracestate }),
    }
    let text: string
    try {
      text = JSON.stringify(envelope)
    } catch (cause) {
      throw new JobError('job_payload_invalid', `the payload of ${type.name} is not what JSON can say`, cause)
    }
    if (!fitsJsonb(text))
      throw new JobError('job_payload_invalid', 'a payload has no NUL characters and no halves of surrogate pairs')
    const max = this.#options.payloadMaxBytes ?? 65_536
    if (Buffer.byteLength(text) > max)
      throw new JobError('job_payload_too_large', `expected at most ${max} bytes of JSON; send a reference`)
    return envelope
  }

  #typeOf(name: string): ResolvedJobType<unknown> {
    const type = this.#types.get(name)
    if (!type) throw new RangeError(`there is no job type ${JSON.stringify(name)}: declare it in types`)
    return type
  }
}

/**
 * One type without the type of its payload, which is checked where it matters: the schema is asked before the handler is
 * called, so that the handler gets what it declared.
 */
function resolveErased<Payloads>(name: string, types: JobsOptions<Payloads>['types']): ResolvedJobType<unknown> {
  const erase = <Payload>(type: JobType<Payload>): ResolvedJobType<unknown> => {
    const resolved = resolveJobType(name, type)
    return {
      ...resolved,
      run: async (payload, job) => resolved.run(resolved.payload.parse(payload), job),
    }
  }
  for (const key in types) if (key === name) return erase(types[key])
  throw new RangeError(`there is no job type ${name}`)
}

/**
 * Background jobs on pg-boss: declared types, at least once, bounded queues, dead letters, deadlines, promises about
 * time, schedules.
 * @throws RangeError for options that can't be
 * @example
 * const jobs = createJobs({ pool, types: { mail: defineJob({ payload: z.object({ to: z.email() }), run: sendMail }) } })
 * await jobs.start()
 * await jobs.enqueue('mail', { to: 'a@example.org' }, { client })
 */
export function createJobs<Payloads>(options: JobsOptions<Payloads>): Jobs<Payloads> {
  return new JobsOnBoss(options)
}
