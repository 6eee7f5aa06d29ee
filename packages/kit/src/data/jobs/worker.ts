import type { JobWithMetadata, PgBoss } from 'pg-boss'
import { runInRequest } from '../../context/index.ts'
import { createPause } from '../pg-listener.ts'
import type { PgPool } from '../sql-client.ts'
import { bossDatabase } from './boss.ts'
import {
  envelopeSchema,
  type JobEnvelope,
  JobError,
  type JobRun,
  PoisonJobError,
  type ResolvedJobType,
} from './job-type.ts'

/** What happens to jobs, for logs and counters. */
export type JobEvent =
  | { readonly kind: 'completed'; readonly type: string; readonly jobId: string; readonly durationMs: number }
  | {
      readonly kind: 'failed' | 'dead'
      readonly type: string
      readonly jobId: string
      readonly attempt: number
      readonly error: unknown
    }
  | { readonly kind: 'given_back'; readonly type: string; readonly jobId: string }
  | ({ readonly kind: 'sla_missed' } & SlaMiss)
  /** Jobs can't be fetched, or the result of one can't be written: then it is run again when it has expired. */
  | { readonly kind: 'trouble'; readonly type: string; readonly error: unknown }

export interface SlaMiss {
  readonly type: string
  readonly jobId: string
  readonly limit: 'start' | 'finish'
  readonly limitMs: number
  readonly actualMs: number
}

export interface JobCounters {
  completed: number
  /** Attempts that failed, those included after which the job was dead. */
  failed: number
  dead: number
  givenBack: number
  slaMissed: number
}

export interface WorkerOptions {
  readonly boss: PgBoss
  readonly pool: PgPool
  readonly schema: string
  readonly type: ResolvedJobType<unknown>
  readonly pollMs: number
  readonly random: () => number
  readonly now: () => number
  readonly tell: (event: JobEvent) => void
}

type Fetched = JobWithMetadata<unknown>
type Ending = 'drained' | 'deadline'

/** How long a handler has to end by itself after its signal, before its job is given back all the same. */
const ABORT_GRACE_MS = 500
const SETTLE_ATTEMPTS = 3

/** What a job died of, without stacks and configuration: those may hold secrets. */
function outputOf(error: unknown): object {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error).slice(0, 500) }
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  return { name: error.name, message: error.message.slice(0, 500), ...code }
}

/** Takes jobs of one type and runs them, at most `concurrency` at once. */
export class JobWorker {
  readonly counters: JobCounters = { completed: 0, failed: 0, dead: 0, givenBack: 0, slaMissed: 0 }
  readonly #options: WorkerOptions
  readonly #pause = createPause()
  readonly #jobs = new Set<Promise<void>>()
  readonly #draining = new AbortController()
  #handlers = 0
  #isStopping = false
  #loop: Promise<void> | null = null

  constructor(options: WorkerOptions) {
    this.#options = options
  }

  /** Jobs whose result is not written yet. */
  get running(): number {
    return this.#jobs.size
  }

  start(): void {
    this.#loop ??= this.#run()
  }

  /** There may be something to do. */
  wake(): void {
    this.#pause.end()
  }

  async stopTaking(): Promise<void> {
    this.#isStopping = true
    this.#pause.end()
    await this.#loop
  }

  async whenIdle(): Promise<void> {
    await Promise.all(this.#jobs)
  }

  /** Ends what still runs: its jobs are given back. */
  abort(): void {
    this.#draining.abort(new JobError('job_drained', 'the process ends'))
  }

  /** Handlers that ignore their signal go on without a job; with as many of them as the concurrency nothing more is taken. */
  get #free(): number {
    const { concurrency } = this.#options.type
    return Math.min(concurrency - this.#jobs.size, 2 * concurrency - this.#handlers)
  }

  async #run(): Promise<void> {
    const { pollMs, random, type, boss, tell } = this.#options
    let troubles = 0
    while (!this.#isStopping) {
      let isFull = false
      try {
        const free = this.#free
        if (free > 0) {
          const jobs = await boss.fetch<unknown>(type.name, { batchSize: free, includeMetadata: true })
          for (const job of jobs) this.#begin(job)
          isFull = jobs.length === free
        }
        troubles = 0
      } catch (error) {
        troubles = Math.min(troubles + 1, 8)
        tell({ kind: 'trouble', type: type.name, error })
      }
      if (isFull && this.#free > 0) continue
      await this.#pause.wait(Math.min(30_000, pollMs * 2 ** troubles) * (0.8 + 0.4 * random()))
    }
  }

  #begin(job: Fetched): void {
    const work = this.#process(job).catch((error: unknown) => {
      this.#options.tell({ kind: 'trouble', type: this.#options.type.name, error })
    })
    this.#jobs.add(work)
    void work.then(() => {
      this.#jobs.delete(work)
      this.#pause.end()
    })
  }

  async #process(job: Fetched): Promise<void> {
    const { type, now } = this.#options
    const envelope = envelopeSchema.safeParse(job.data)
    const payload = envelope.success ? type.payload.safeParse(envelope.data.payload) : envelope
    if (!envelope.success || !payload.success)
      return this.#die(job, new PoisonJobError('the payload is not what the job type says', payload.error))
    const startedMs = now()
    const lateMs = job.startedOn.getTime() - job.startAfter.getTime()
    if (job.retryCount === 0) this.#measure(job, 'start', type.sla.startWithinMs, lateMs)
    const waitedMs = job.startedOn.getTime() - job.createdOn.getTime() - envelope.data.delayMs
    const age = (): number => waitedMs + now() - startedMs
    try {
      await this.#runHandler(job, envelope.data, payload.data, startedMs)
    } catch (error) {
      if (this.#draining.signal.aborted && !(error instanceof PoisonJobError)) return this.#giveBack(job)
      const isDead = error instanceof PoisonJobError || job.retryCount >= job.retryLimit
      if (isDead)
        this.#measure(job, 'finish', type.sla.finishWithinMs, Math.max(age(), (type.sla.finishWithinMs ?? 0) + 1))
      return isDead ? this.#die(job, error) : this.#fail(job, error)
    }
    await this.#settle((boss) => boss.complete(type.name, job.id))
    this.counters.completed += 1
    this.#measure(job, 'finish', type.sla.finishWithinMs, age())
    this.#options.tell({ kind: 'completed', type: type.name, jobId: job.id, durationMs: now() - startedMs })
  }

  async #runHandler(job: Fetched, envelope: JobEnvelope, payload: unknown, startedMs: number): Promise<void> {
    const { type, now } = this.#options
    const abort = new AbortController()
    const ended = Promise.withResolvers<Ending>()
    const onDrain = (): void => {
      abort.abort(this.#draining.signal.reason)
      // Some grace: a handler that ends well now is done, and one that ends later overlaps with its next run.
      setTimeout(() => ended.resolve('drained'), ABORT_GRACE_MS)
    }
    this.#draining.signal.addEventListener('abort', onDrain, { once: true })
    const late = new JobError('job_deadline_exceeded', `the job did not end within ${type.expireInMs} ms`)
    const timer = setTimeout(() => {
      abort.abort(late)
      ended.resolve('deadline')
    }, type.expireInMs)
    const remainingMs = (): number => type.expireInMs - (now() - startedMs)
    const correlationId = envelope.correlationId ?? `job-${job.id}`
    const run: JobRun = {
      id: job.id,
      type: type.name,
      attempt: job.retryCount + 1,
      isLastAttempt: job.retryCount >= job.retryLimit,
      signal: abort.signal,
      correlationId,
      remainingMs,
    }
    const context = { correlationId, deadline: { remainingMs, signal: abort.signal }, trace: traceOf(envelope) }
    this.#handlers += 1
    const handler = runInRequest(context, async () => type.run(payload, run)).finally(() => (this.#handlers -= 1))
    try {
      const ending = await Promise.race([handler, ended.promise])
      if (ending === 'deadline') throw late
      if (ending === 'drained') throw new JobError('job_drained', 'the process ends')
    } finally {
      clearTimeout(timer)
      this.#draining.signal.removeEventListener('abort', onDrain)
      handler.catch(() => {})
    }
  }

  async #fail(job: Fetched, error: unknown): Promise<void> {
    const { type, tell } = this.#options
    await this.#settle((boss) => boss.fail(type.name, job.id, outputOf(error)))
    this.counters.failed += 1
    tell({ kind: 'failed', type: type.name, jobId: job.id, attempt: job.retryCount + 1, error })
  }

  /** To the dead letters, whatever attempts are left: with none left, failing does that. */
  async #die(job: Fetched, error: unknown): Promise<void> {
    const { type, schema, pool, tell } = this.#options
    await this.#settle(async (boss) => {
      const client = await pool.connect()
      try {
        await client.query('begin')
        await client.query(
          `update ${schema}.job set retry_limit = retry_count where name = $1 and id = $2 and state = 'active'`,
          [type.name, job.id],
        )
        await boss.fail(type.name, job.id, outputOf(error), { db: bossDatabase(client) })
        await client.query('commit')
      } catch (cause) {
        await client.query('rollback').catch(() => {})
        throw cause
      } finally {
        client.release()
      }
    })
    this.counters.failed += 1
    this.counters.dead += 1
    tell({ kind: 'dead', type: type.name, jobId: job.id, attempt: job.retryCount + 1, error })
  }

  /** As if it had never been taken: the attempt does not count. */
  async #giveBack(job: Fetched): Promise<void> {
    const { type, schema, pool, tell } = this.#options
    await this.#settle(() =>
      pool.query(
        `update ${schema}.job set state = 'created', started_on = null, heartbeat_on = null
         where name = $1 and id = $2 and state = 'active'`,
        [type.name, job.id],
      ),
    )
    this.counters.givenBack += 1
    tell({ kind: 'given_back', type: type.name, jobId: job.id })
  }

  /** A result that can't be written is tried again for a moment; then the job expires and runs again. */
  async #settle(write: (boss: PgBoss) => Promise<unknown>): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await write(this.#options.boss)
        return
      } catch (error) {
        if (attempt >= SETTLE_ATTEMPTS) throw error
        await new Promise((resolve) => setTimeout(resolve, 200 * 2 ** attempt * this.#options.random()))
      }
    }
  }

  #measure(job: Fetched, limit: SlaMiss['limit'], limitMs: number | undefined, actualMs: number): void {
    if (limitMs === undefined || actualMs <= limitMs) return
    this.counters.slaMissed += 1
    this.#options.tell({ kind: 'sla_missed', type: this.#options.type.name, jobId: job.id, limit, limitMs, actualMs })
  }
}

function traceOf(envelope: JobEnvelope): { traceparent: string; tracestate: string; sampled: boolean } | null {
  if (envelope.traceparent === undefined) return null
  const sampled = (Number.parseInt(envelope.traceparent.slice(-2), 16) & 1) === 1
  return { traceparent: envelope.traceparent, tracestate: envelope.tracestate ?? '', sampled }
}
