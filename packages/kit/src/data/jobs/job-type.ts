import { z } from 'zod'

/** What a handler knows of the job that it runs. */
export interface JobRun {
  readonly id: string
  readonly type: string
  /** 1 at the first attempt. */
  readonly attempt: number
  /** When this one fails, the job goes to the dead letters. */
  readonly isLastAttempt: boolean
  /** Aborts at the deadline and when the process has to end. */
  readonly signal: AbortSignal
  /** Of the request that enqueued it, or `job-<id>`. */
  readonly correlationId: string
  /** Milliseconds until the deadline. */
  remainingMs(): number
}

/** A promise about time, missed ones are counted and told. */
export interface JobSla {
  /** From when a job may start (its enqueueing, or its delay's end) to its first attempt; milliseconds. */
  readonly startWithinMs?: number
  /** From then to its success; milliseconds. A job that dies has missed it. */
  readonly finishWithinMs?: number
}

/** A declared kind of job. */
export interface JobType<Payload> {
  /** What a payload is; without transforms, since it is stored as it was given. Checked when enqueued and when run. */
  readonly payload: z.ZodType<Payload>
  /** Does it. It may be called more than once for one job: make it repeatable. Throw `PoisonJobError` for what no attempt can mend. */
  readonly run: (payload: Payload, job: JobRun) => Promise<void>
  /** Jobs at once in this process. Default 2, at most 100. */
  readonly concurrency?: number
  /** Attempts after the first. Default 3, at most 100. */
  readonly retryLimit?: number
  /** Pause before the second attempt, doubled for each further one, jittered; milliseconds, at least 1,000. Default 1,000. */
  readonly backoffMs?: number
  /** Longest pause; milliseconds. Default 300,000. */
  readonly backoffMaxMs?: number
  /** Deadline of one attempt; milliseconds. Default 60,000, at most 23 hours. */
  readonly expireInMs?: number
  /** Jobs waiting at most. Default 10,000. */
  readonly depthMax?: number
  /** How long a job may wait before it is deleted unrun; milliseconds. Default 1,209,600,000 (14 days). */
  readonly keepQueuedMs?: number
  /** How long a finished job's row stays; milliseconds. Default 86,400,000. */
  readonly keepFinishedMs?: number
  /** How long a dead one stays; milliseconds. Default 2,592,000,000 (30 days). */
  readonly keepDeadMs?: number
  readonly sla?: JobSla
}

/** Declares a kind of job, so that the handler's payload has the schema's type. */
export function defineJob<Payload>(type: JobType<Payload>): JobType<Payload> {
  return type
}

/** A job that no further attempt can mend: it goes to the dead letters at once. */
export class PoisonJobError extends Error {
  override readonly name = 'PoisonJobError'
  readonly code = 'job_poison'

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
  }
}

/** A job can't be enqueued, or was ended from outside. */
export class JobError extends Error {
  override readonly name = 'JobError'
  readonly code:
    | 'job_payload_invalid'
    | 'job_payload_too_large'
    | 'job_queue_full'
    | 'job_deadline_exceeded'
    | 'job_drained'
    | 'jobs_not_started'

  constructor(code: JobError['code'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

/** A job type whose every option is there. */
export type ResolvedJobType<Payload> = Required<Omit<JobType<Payload>, 'sla'>> & {
  readonly sla: JobSla
  readonly name: string
  /** Queue of the dead ones. */
  readonly deadQueue: string
}

const NAME = /^[a-z][a-z0-9-]{0,63}$/
const DAY_MS = 86_400_000

function within(name: string, option: string, value: number, min: number, max: number): number {
  if (!(value >= min && value <= max))
    throw new RangeError(`job ${name}, ${option}: expected ${min} to ${max}, got ${value}`)
  return value
}

/** @throws RangeError for a name or an option that can't be */
export function resolveJobType<Payload>(name: string, type: JobType<Payload>): ResolvedJobType<Payload> {
  if (!NAME.test(name))
    throw new RangeError(
      `job ${JSON.stringify(name)}: expected a name of lower case letters, digits and dashes, at most 64`,
    )
  const check = (option: string, value: number, min: number, max: number): number =>
    within(name, option, value, min, max)
  const sla = type.sla ?? {}
  for (const [option, value] of Object.entries(sla))
    if (value !== undefined) check(`sla.${option}`, value, 1, 30 * DAY_MS)
  const concurrency = check('concurrency', type.concurrency ?? 2, 1, 100)
  if (!Number.isInteger(concurrency)) throw new RangeError(`job ${name}, concurrency: expected a whole number`)
  return {
    name,
    deadQueue: `${name}.dead`,
    payload: type.payload,
    run: type.run,
    concurrency,
    retryLimit: check('retryLimit', type.retryLimit ?? 3, 0, 100),
    backoffMs: check('backoffMs', type.backoffMs ?? 1000, 1000, DAY_MS),
    backoffMaxMs: check('backoffMaxMs', type.backoffMaxMs ?? 300_000, 1000, DAY_MS),
    expireInMs: check('expireInMs', type.expireInMs ?? 60_000, 10, 23 * 3_600_000),
    depthMax: check('depthMax', type.depthMax ?? 10_000, 1, 10_000_000),
    keepQueuedMs: check('keepQueuedMs', type.keepQueuedMs ?? 14 * DAY_MS, 1000, 365 * DAY_MS),
    keepFinishedMs: check('keepFinishedMs', type.keepFinishedMs ?? DAY_MS, 1000, 365 * DAY_MS),
    keepDeadMs: check('keepDeadMs', type.keepDeadMs ?? 30 * DAY_MS, 1000, 365 * DAY_MS),
    sla,
  }
}

/** What is stored of a job: the payload and where it comes from. */
export const envelopeSchema = z.strictObject({
  v: z.literal(1),
  payload: z.unknown(),
  correlationId: z.string().max(256).optional(),
  traceparent: z
    .string()
    .regex(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/)
    .optional(),
  tracestate: z.string().max(1024).optional(),
  /** Between being enqueued and being allowed to start; milliseconds. */
  delayMs: z.number().min(0),
})
export type JobEnvelope = z.output<typeof envelopeSchema>
