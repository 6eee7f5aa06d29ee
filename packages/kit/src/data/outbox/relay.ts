import type { PoolClient } from 'pg'
import { createPause, PgListener } from '../pg-listener.ts'
import { flatName, type PgPool, qualified } from '../sql-client.ts'
import { claim, type ClaimedMessage, type StreamPosition } from './claim.ts'
import { cleanUp, type OutboxStats, readStats, replayDead } from './outbox-table.ts'

/** A message as the publisher gets it. */
export interface OutboxDelivery {
  /** The same at every attempt: the receiver's key against doing it twice. */
  readonly dedupeId: string
  readonly topic: string
  /** Null for a message without an order. */
  readonly key: string | null
  readonly payload: unknown
  /** Of the request that enqueued it. */
  readonly correlationId: string | null
  readonly traceparent: string | null
  readonly tracestate: string | null
  readonly createdAt: Date
  /** 1 at the first attempt. */
  readonly attempt: number
  /** Aborts at the attempt's time limit, and when the relay is stopped. */
  readonly signal: AbortSignal
}

/**
 * The publisher throws this when its receiver can't be reached at all. Then the whole relay pauses and no message's
 * attempts are counted: an outage of the broker must not send every message to the dead ones.
 */
export class PublisherUnavailable extends Error {
  override readonly name = 'PublisherUnavailable'
  readonly code = 'publisher_unavailable'

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
  }
}

/** The publisher throws this for a message that no further attempt can deliver: it is dead at once. */
export class PoisonMessageError extends Error {
  override readonly name = 'PoisonMessageError'
  readonly code = 'message_poison'

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
  }
}

export type OutboxEvent =
  | { readonly kind: 'delivered'; readonly message: OutboxDelivery; readonly lagMs: number }
  | {
      readonly kind: 'attempt_failed'
      readonly message: OutboxDelivery
      readonly error: unknown
      readonly retryInMs: number
    }
  | { readonly kind: 'dead'; readonly message: OutboxDelivery; readonly error: unknown }
  | { readonly kind: 'publisher_unavailable'; readonly error: unknown; readonly pauseMs: number }
  | { readonly kind: 'relay_failed'; readonly error: unknown; readonly pauseMs: number }

export interface OutboxRelayOptions {
  /** For background work; the relay keeps one connection to listen and one while it delivers. See `createBackgroundPool`. */
  readonly pool: PgPool
  /** Delivers one message. Resolves when the receiver has it; throws otherwise. It may be called again for the same one. */
  readonly publish: (message: OutboxDelivery) => Promise<void>
  /** Default `kit_outbox`. */
  readonly table?: string
  /** Messages taken at once, which is also how many may be delivered twice when a relay dies. Default 50, at most 1,000. */
  readonly batchMax?: number
  /** No further message of a batch is begun after this; milliseconds. Default 10,000. */
  readonly batchTimeoutMs?: number
  /** Limit of one attempt; milliseconds. Default 5,000. */
  readonly publishTimeoutMs?: number
  /** How often the table is looked at without a notification; milliseconds, spread by a tenth. Default 2,000. */
  readonly pollMs?: number
  /** Pause before a message's second attempt, doubled for each further one, jittered; milliseconds. Default 1,000. */
  readonly backoffMs?: number
  /** Longest pause; milliseconds. Default 300,000. */
  readonly backoffMaxMs?: number
  /** Attempts before a message is dead, and the ones behind it go on. Default 12. */
  readonly attemptsMax?: number
  /** How long delivered messages stay; milliseconds. Default 86,400,000. */
  readonly keepDeliveredMs?: number
  /** How long dead messages stay; milliseconds. Default 2,592,000,000 (30 days). */
  readonly keepDeadMs?: number
  /** How often old messages are removed; milliseconds. Default 60,000. */
  readonly cleanUpEveryMs?: number
  /** Whether to listen for commits, which takes a connection. Default true. */
  readonly listen?: boolean
  readonly onEvent?: (event: OutboxEvent) => void
  readonly random?: () => number
  readonly now?: () => number
}

export interface OutboxRelay {
  start(): void
  /** Takes nothing more, waits for the running batch until `timeoutMs` (default 10,000), then aborts it: what was not delivered stays. */
  stop(timeoutMs?: number): Promise<void>
  /** One round: what is due now, at most a batch. @returns how many messages were delivered */
  runOnce(): Promise<number>
  /** For gauges: one query, bounded. */
  stats(): Promise<OutboxStats>
  /** Puts dead messages back, oldest first, at the end of their order. @returns how many */
  replayDead(limit?: number): Promise<number>
}

const TIME_LIMIT = Symbol('time limit')

function limitsOf(options: OutboxRelayOptions) {
  const limits = {
    batchMax: options.batchMax ?? 50,
    batchTimeoutMs: options.batchTimeoutMs ?? 10_000,
    publishTimeoutMs: options.publishTimeoutMs ?? 5000,
    pollMs: options.pollMs ?? 2000,
    backoffMs: options.backoffMs ?? 1000,
    backoffMaxMs: options.backoffMaxMs ?? 300_000,
    attemptsMax: options.attemptsMax ?? 12,
    keepDeliveredMs: options.keepDeliveredMs ?? 86_400_000,
    keepDeadMs: options.keepDeadMs ?? 2_592_000_000,
    cleanUpEveryMs: options.cleanUpEveryMs ?? 60_000,
  }
  for (const [name, value] of Object.entries(limits))
    if (!(value > 0)) throw new RangeError(`${name}: expected a number above 0, got ${value}`)
  if (!Number.isInteger(limits.batchMax) || limits.batchMax > 1000)
    throw new RangeError(`batchMax: expected 1 to 1,000, got ${limits.batchMax}`)
  return limits
}

/** The limits of a relay, complete. */
type Limits = ReturnType<typeof limitsOf>
type Outcome = 'delivered' | 'failed' | 'unavailable'

/** Delivers what is in the outbox; any number of relays may run. */
class Relay implements OutboxRelay {
  readonly #options: OutboxRelayOptions
  readonly #limits: Limits
  readonly #table: string
  readonly #pause = createPause()
  readonly #stopping = new AbortController()
  readonly #listener: PgListener | null
  readonly #random: () => number
  readonly #now: () => number
  #isStopping = false
  #running: Promise<void> | null = null
  #position: StreamPosition | null = null
  #troubles = 0

  constructor(options: OutboxRelayOptions) {
    this.#options = options
    this.#limits = limitsOf(options)
    this.#table = qualified(options.table ?? 'kit_outbox')
    this.#random = options.random ?? Math.random
    this.#now = options.now ?? (() => performance.now())
    this.#listener =
      (options.listen ?? true)
        ? new PgListener({
            pool: options.pool,
            channel: flatName(options.table ?? 'kit_outbox'),
            onWake: () => this.#pause.end(),
            random: this.#random,
          })
        : null
  }

  start(): void {
    this.#listener?.start()
    this.#running ??= this.#run()
  }

  async stop(timeoutMs = 10_000): Promise<void> {
    this.#isStopping = true
    this.#pause.end()
    const timer = setTimeout(() => this.#stopping.abort(new Error('the relay was stopped')), timeoutMs)
    await Promise.all([this.#running, this.#listener?.stop()])
    clearTimeout(timer)
  }

  stats(): Promise<OutboxStats> {
    return readStats(this.#options.pool, this.#table)
  }

  replayDead(limit = 1000): Promise<number> {
    return replayDead(this.#options.pool, this.#table, limit)
  }

  async runOnce(): Promise<number> {
    return (await this.#round()).delivered
  }

  async #run(): Promise<void> {
    let cleanedAtMs = Number.NEGATIVE_INFINITY
    while (!this.#isStopping) {
      try {
        const { delivered, hasMore, isUnavailable } = await this.#round()
        if (this.#now() - cleanedAtMs >= this.#limits.cleanUpEveryMs) {
          cleanedAtMs = this.#now()
          await cleanUp(this.#options.pool, this.#table, this.#limits)
        }
        if (isUnavailable) continue
        this.#troubles = 0
        if (delivered === 0 && !hasMore) await this.#pause.wait(this.#limits.pollMs * (0.9 + 0.2 * this.#random()))
      } catch (error) {
        const pauseMs = this.#troublePause()
        this.#options.onEvent?.({ kind: 'relay_failed', error, pauseMs })
        await this.#pause.wait(pauseMs)
      }
    }
  }

  #troublePause(): number {
    this.#troubles = Math.min(this.#troubles + 1, 16)
    return this.#backoff(this.#troubles)
  }

  /** Half of it fixed, half of it jittered: never at once, never together (RES-24). */
  #backoff(attempt: number): number {
    const ceilingMs = Math.min(this.#limits.backoffMaxMs, this.#limits.backoffMs * 2 ** Math.min(attempt - 1, 30))
    return ceilingMs / 2 + (this.#random() * ceilingMs) / 2
  }

  async #round(): Promise<{ delivered: number; hasMore: boolean; isUnavailable: boolean }> {
    const client = await this.#options.pool.connect()
    const ignore = (): void => {}
    // The server may end the connection while a message is being published: the next statement says so.
    client.on('error', ignore)
    let broken: Error | undefined
    try {
      await client.query('begin')
      const after = this.#position
      const { messages, next } = await claim(client, this.#table, after, this.#limits.batchMax)
      this.#position = next
      const result = await this.#deliver(client, messages)
      await client.query('commit')
      for (const event of result.events) this.#options.onEvent?.(event)
      if (result.pauseMs > 0) await this.#pause.wait(result.pauseMs)
      // A round that began in the middle says nothing of the streams before it.
      const hasMore = next !== null || after !== null
      return { delivered: result.delivered, hasMore, isUnavailable: result.pauseMs > 0 }
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

  async #deliver(
    client: PoolClient,
    messages: readonly ClaimedMessage[],
  ): Promise<{ delivered: number; pauseMs: number; events: OutboxEvent[] }> {
    const endMs = this.#now() + this.#limits.batchTimeoutMs
    const held = new Set<string>()
    const events: OutboxEvent[] = []
    const delivered: string[] = []
    let pauseMs = 0
    for (const message of messages) {
      if (pauseMs > 0 || this.#now() >= endMs || this.#isStopping) break
      // The order of a stream is kept by not going past a message that failed.
      const stream = `${message.topic} ${message.stream}`
      if (held.has(stream)) continue
      const outcome = await this.#attempt(client, message, events)
      if (outcome === 'delivered') delivered.push(message.id)
      else held.add(stream)
      if (outcome === 'unavailable') pauseMs = this.#troublePause()
    }
    if (delivered.length > 0)
      await client.query(
        `update ${this.#table} set delivered_at = now(), attempts = attempts + 1 where id = any($1::bigint[])`,
        [delivered],
      )
    return { delivered: delivered.length, pauseMs, events: events.map((one) => withPause(one, pauseMs)) }
  }

  async #attempt(client: PoolClient, message: ClaimedMessage, events: OutboxEvent[]): Promise<Outcome> {
    const abort = new AbortController()
    const onStop = (): void => abort.abort(this.#stopping.signal.reason)
    this.#stopping.signal.addEventListener('abort', onStop, { once: true })
    const timer = setTimeout(() => abort.abort(TIME_LIMIT), this.#limits.publishTimeoutMs)
    const delivery = deliveryOf(message, abort.signal)
    try {
      await withinSignal(this.#options.publish(delivery), abort.signal, this.#limits.publishTimeoutMs)
      events.push({
        kind: 'delivered',
        message: delivery,
        lagMs: Math.max(0, Date.now() - message.createdAt.getTime()),
      })
      return 'delivered'
    } catch (error) {
      // Stopped: nothing is known of the receiver, and nothing is counted.
      if (this.#stopping.signal.aborted) return 'failed'
      if (error instanceof PublisherUnavailable) {
        events.push({ kind: 'publisher_unavailable', error, pauseMs: 0 })
        return 'unavailable'
      }
      events.push(await this.#count(client, delivery, message.id, error))
      return 'failed'
    } finally {
      clearTimeout(timer)
      this.#stopping.signal.removeEventListener('abort', onStop)
    }
  }

  async #count(client: PoolClient, message: OutboxDelivery, id: string, error: unknown): Promise<OutboxEvent> {
    const isDead = error instanceof PoisonMessageError || message.attempt >= this.#limits.attemptsMax
    const retryInMs = isDead ? 0 : this.#backoff(message.attempt)
    const text = (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 1000)
    await client.query(
      `update ${this.#table} set attempts = attempts + 1, last_error = $2,
         dead_at = case when $3::boolean then now() end,
         available_at = clock_timestamp() + make_interval(secs => $4)
       where id = $1`,
      [id, text.replaceAll('\0', ''), isDead, retryInMs / 1000],
    )
    return isDead ? { kind: 'dead', message, error } : { kind: 'attempt_failed', message, error, retryInMs }
  }
}

const withPause = (event: OutboxEvent, pauseMs: number): OutboxEvent =>
  event.kind === 'publisher_unavailable' ? { ...event, pauseMs } : event

function deliveryOf(message: ClaimedMessage, signal: AbortSignal): OutboxDelivery {
  return {
    dedupeId: message.dedupeId,
    topic: message.topic,
    key: message.stream.startsWith('k') ? message.stream.slice(1) : null,
    payload: message.payload,
    correlationId: message.correlationId,
    traceparent: message.traceparent,
    tracestate: message.tracestate,
    createdAt: message.createdAt,
    attempt: message.attempts + 1,
    signal,
  }
}

/** Does not wait for a publisher that does not listen to its signal. */
async function withinSignal(work: Promise<void>, signal: AbortSignal, timeoutMs: number): Promise<void> {
  let onAbort = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      const { reason }: { reason: unknown } = signal
      reject(
        reason === TIME_LIMIT
          ? new Error(`the publisher did not finish within ${timeoutMs} ms`)
          : new Error('stopped', { cause: reason }),
      )
    }
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
    work.catch(() => {})
  }
}

/**
 * The delivering side of the outbox: at least once, in the order of commits within a topic and key. A batch is one
 * transaction that holds the streams' first messages, so a relay that dies gives everything back at once; what it
 * delivered of that batch is delivered again, with the same dedupe ids.
 * @throws RangeError for a limit that is not above zero, or a batch above 1,000
 * @example
 * const relay = createOutboxRelay({ pool, publish: (message) => broker.send(message.topic, message) })
 * relay.start()
 */
export function createOutboxRelay(options: OutboxRelayOptions): OutboxRelay {
  return new Relay(options)
}
