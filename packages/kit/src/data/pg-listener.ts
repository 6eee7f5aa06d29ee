import type { PoolClient } from 'pg'
import type { PgPool } from './sql-client.ts'

export interface PgListenerOptions {
  readonly pool: PgPool
  /** Lower case letters, digits and underscores. */
  readonly channel: string
  /** A notification came, or the connection was made again and some may have been missed. */
  readonly onWake: (payload: string) => void
  readonly onError?: (error: unknown) => void
  /** Longest pause between two attempts to connect; milliseconds. Default 30,000. */
  readonly backoffMaxMs?: number
  /** How often the connection is asked whether it lives; milliseconds. Default 30,000. */
  readonly heartbeatMs?: number
  /** 0 to 1. Default `Math.random`. */
  readonly random?: () => number
}

/** A wait that can be cut short. */
export interface Pause {
  wait(forMs: number): Promise<void>
  end(): void
}

/** One waiter at a time; `end` wakes it, and the next one too when nobody waits, so that no wake-up is lost. */
export function createPause(): Pause {
  let wake: (() => void) | null = null
  let pending = false
  return {
    wait: async (forMs) => {
      if (pending) {
        pending = false
        return
      }
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        wake = resolve
        timer = setTimeout(resolve, forMs)
      })
      clearTimeout(timer)
      wake = null
      pending = false
    },
    end: () => {
      pending = true
      wake?.()
    },
  }
}

/**
 * Keeps one connection that listens on a channel. Notifications only make things faster: whoever uses it polls as well,
 * since a notification is lost whenever no connection is there (PostgreSQL, NOTIFY).
 */
export class PgListener {
  readonly #options: PgListenerOptions
  readonly #pause = createPause()
  #running: Promise<void> | null = null
  #isStopping = false
  #drop: (() => void) | null = null

  /** @throws RangeError for a channel name that would need quoting */
  constructor(options: PgListenerOptions) {
    if (!/^[a-z_][a-z0-9_]{0,62}$/.test(options.channel))
      throw new RangeError(
        `channel: expected lower case letters, digits and underscores, got ${JSON.stringify(options.channel)}`,
      )
    this.#options = options
  }

  start(): void {
    this.#running ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    this.#pause.end()
    this.#drop?.()
    await this.#running
  }

  async #run(): Promise<void> {
    let failures = 0
    while (!this.#isStopping) {
      try {
        await this.#listen(() => (failures = 0))
      } catch (error) {
        this.#options.onError?.(error)
      }
      if (this.#isStopping) return
      failures = Math.min(failures + 1, 16)
      // Full jitter, so that replicas don't come back together (RES-24).
      const ceilingMs = Math.min(this.#options.backoffMaxMs ?? 30_000, 100 * 2 ** failures)
      await this.#pause.wait((this.#options.random ?? Math.random)() * ceilingMs)
    }
  }

  async #listen(onConnected: () => void): Promise<void> {
    const client = await this.#options.pool.connect()
    let heartbeat: NodeJS.Timeout | undefined
    let isBroken = true
    try {
      await new Promise<void>((resolve, reject) => {
        this.#drop = resolve
        client.on('error', reject)
        client.on('end', () => reject(new Error('the listening connection ended')))
        client.on('notification', (message) => this.#options.onWake(message.payload ?? ''))
        if (this.#isStopping) resolve()
        client
          .query(`listen ${this.#options.channel}`)
          .then(() => {
            onConnected()
            const beat = (): void => {
              client.query('select 1').catch(reject)
            }
            heartbeat = setInterval(beat, this.#options.heartbeatMs ?? 30_000)
            this.#options.onWake('')
          })
          .catch(reject)
      })
      isBroken = false
    } finally {
      clearInterval(heartbeat)
      this.#drop = null
      this.#release(client, isBroken)
    }
  }

  /** The connection is not given back: it listens. */
  #release(client: PoolClient, isBroken: boolean): void {
    client.removeAllListeners('notification')
    // Whatever a broken connection still says has nobody to concern.
    client.on('error', () => {})
    client.release(isBroken ? new Error('broken') : true)
  }
}
