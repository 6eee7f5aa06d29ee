import type { Database } from '@greengate/kit/data'
import { createJobs, defineJob, type JobEvent, type Jobs } from '@greengate/kit/jobs'
import { createOutboxRelay, type OutboxEvent, type OutboxRelay } from '@greengate/kit/outbox'
import type { PgPool } from '@greengate/kit/data'
import type { HttpClient } from '@greengate/kit/resilience'
import type { Logger, Metrics } from '@greengate/kit/telemetry'
import { z } from 'zod'
import { deliverMail, type MailDeliveryOptions } from './mail-delivery.ts'
import { reapMedia } from './media-reaping.ts'
import { sweep } from './sweeping.ts'

export interface WorkOptions {
  /** For the outbox and the jobs. */
  readonly pool: PgPool
  /** For what the jobs do. */
  readonly database: Database
  readonly mail: MailDeliveryOptions
  readonly content: Pick<HttpClient, 'request'>
  readonly serviceToken: string
  readonly logger: Logger
  readonly metrics: Metrics
  /** Pauses of the relay, for tests. */
  readonly relay?: {
    readonly pollMs?: number
    readonly backoffMs?: number
    readonly backoffMaxMs?: number
    readonly attemptsMax?: number
  }
  /** Crontab lines, for tests. */
  readonly schedules?: boolean
}

export type JobName = 'sweep' | 'reap-media'
export type WorkJobs = Jobs<{ sweep: Record<string, never>; 'reap-media': Record<string, never> }>

/** What is done in the background. */
export interface Work {
  readonly relay: OutboxRelay
  readonly jobs: WorkJobs
  /** Whether the mail provider took nothing at the last try. */
  readonly mailIsDown: () => boolean
  start(): Promise<void>
  /** Takes nothing more, finishes what is under way, gives the rest back. */
  stop(timeoutMs: number): Promise<void>
}

/** A token in a delivered mail is of no use to us any more: the row goes with the next look. */
const KEEP_DELIVERED_MS = 1
const CLEAN_UP_MS = 1000
/** Their tokens ended long before; who looks into it needs some days. */
const KEEP_DEAD_MS = 7 * 86_400_000
const PUBLISH_TIMEOUT_MS = 15_000
/** With pauses of up to five minutes some two hours. */
const ATTEMPTS_MAX = 30

export function createWork(options: WorkOptions): Work {
  const { pool, database, mail, content, serviceToken, logger, metrics } = options
  const mails = metrics.counter('mails_total', 'Attempts to deliver mails by what became of them', ['outcome'])
  const runs = metrics.counter('jobs_total', 'Runs of jobs by what became of them', ['name', 'outcome'])
  let mailIsDown = false
  const relay = createOutboxRelay({
    pool,
    publish: (message) => deliverMail(message, mail),
    publishTimeoutMs: PUBLISH_TIMEOUT_MS,
    keepDeliveredMs: KEEP_DELIVERED_MS,
    cleanUpEveryMs: CLEAN_UP_MS,
    keepDeadMs: KEEP_DEAD_MS,
    attemptsMax: ATTEMPTS_MAX,
    // One mail at a time of a batch of few: what a dying process had delivered is delivered again.
    batchMax: 10,
    ...options.relay,
    onEvent: (event) => {
      mails.inc({ outcome: event.kind })
      if (event.kind !== 'relay_failed') mailIsDown = event.kind === 'publisher_unavailable'
      logMail(event, logger)
    },
  })
  const nothing = z.strictObject({})
  const jobs: WorkJobs = createJobs({
    pool,
    types: {
      sweep: defineJob({
        payload: nothing,
        concurrency: 1,
        expireInMs: 300_000,
        run: async (_payload, { signal, correlationId }) =>
          logger.log('info', 'swept', { correlation_id: correlationId, removed: await sweep(database, signal) }),
      }),
      'reap-media': defineJob({
        payload: nothing,
        concurrency: 1,
        expireInMs: 120_000,
        run: async (_payload, { signal, correlationId }) =>
          logger.log('info', 'media_reaped', {
            correlation_id: correlationId,
            removed: await reapMedia(content, serviceToken, signal),
          }),
      }),
    },
    ...(options.schedules === false
      ? {}
      : {
          schedules: {
            sweep: { type: 'sweep' as const, cron: '*/10 * * * *', payload: {} },
            'reap-media': { type: 'reap-media' as const, cron: '17 * * * *', payload: {} },
          },
        }),
    onEvent: (event) => {
      if ('kind' in event && event.kind !== 'sla_missed') runs.inc({ name: event.type, outcome: event.kind })
      logJob(event, logger)
    },
  })
  return {
    relay,
    jobs,
    mailIsDown: () => mailIsDown,
    start: async () => {
      await jobs.start()
      relay.start()
    },
    stop: async (timeoutMs) => void (await Promise.all([relay.stop(timeoutMs), jobs.stop(timeoutMs)])),
  }
}

/** Never the payload: it holds addresses and tokens. */
function logMail(event: OutboxEvent, logger: Logger): void {
  if (event.kind === 'relay_failed' || event.kind === 'publisher_unavailable') {
    logger.log(event.kind === 'relay_failed' ? 'error' : 'warn', `mail_${event.kind}`, {
      pause_ms: Math.round(event.pauseMs),
      error: event.error,
    })
    return
  }
  const { dedupeId, correlationId, attempt } = event.message
  const about = { message: dedupeId, correlation_id: correlationId ?? dedupeId, attempt }
  if (event.kind === 'delivered') logger.log('info', 'mail_delivered', { ...about, lag_ms: Math.round(event.lagMs) })
  else if (event.kind === 'dead') logger.log('error', 'mail_dead', { ...about, error: event.error })
  else
    logger.log('warn', 'mail_attempt_failed', {
      ...about,
      retry_in_ms: Math.round(event.retryInMs),
      error: event.error,
    })
}

function logJob(event: JobEvent, logger: Logger): void {
  if (event.kind === 'completed') return
  const level = event.kind === 'dead' ? 'error' : 'warn'
  const error = 'error' in event ? { error: event.error } : {}
  logger.log(level, `job_${event.kind}`, {
    job: event.type,
    ...('jobId' in event ? { job_id: event.jobId } : {}),
    ...error,
  })
}
