import { hash, verify } from '@node-rs/argon2'
import { ServiceError } from '@greengate/kit/errors'
import { Bulkhead, BulkheadFullError } from '@greengate/kit/resilience'
import type { Metrics } from '@greengate/kit/telemetry'

// The package declares a const enum, which isolated modules can't read.
const ARGON2ID = 2
// OWASP's smallest recommendation for argon2id: 19 MiB, 2 passes. About 10 ms of one core.
const PARAMETERS = { algorithm: ARGON2ID, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
const AT_ONCE = 2
// A second and a half of work: whoever comes later would only wait for an answer that is too late.
const QUEUED_MAX = 300
// Below the deadline of a request, which is 10 s.
const QUEUE_TIMEOUT_MS = 8000

/** Hashes and checks passwords, a few at a time, so that a burst of sign-ins can't take the machine from everybody. */
export class Passwords {
  readonly #bulkhead = new Bulkhead(AT_ONCE, QUEUED_MAX, { queueTimeoutMs: QUEUE_TIMEOUT_MS })
  #decoy: Promise<string> | null = null
  #worked = 0

  /** Hashes computed since the start, those of checks included. */
  get worked(): number {
    return this.#worked
  }

  /** Of the moment, for gauges. */
  get queued(): number {
    return this.#bulkhead.queued
  }

  /** @throws ServiceError `overloaded` when too many wait */
  hash(password: string): Promise<string> {
    return this.#run(() => hash(password, PARAMETERS))
  }

  /**
   * Whether the password belongs to the hash. Without a hash, because there is no such account, the same work is done
   * on a decoy: how long it takes tells nothing.
   * @throws ServiceError `overloaded` when too many wait
   */
  async matches(password: string, passwordHash: string | null): Promise<boolean> {
    this.#decoy ??= hash('no account has this hash', PARAMETERS)
    const decoy = await this.#decoy
    const same = await this.#run(() => verify(passwordHash ?? decoy, password))
    return passwordHash !== null && same
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.#bulkhead.run(() => {
        this.#worked += 1
        return work()
      })
    } catch (error) {
      throw error instanceof BulkheadFullError ? new ServiceError('overloaded', { cause: error }) : error
    }
  }
}

/** What is said of the passwords where it is scraped. */
export function passwordGauges(metrics: Metrics, passwords: Pick<Passwords, 'worked' | 'queued'>): void {
  metrics.counterFrom('password_hashes_total', 'Password hashes computed, checks included', () => passwords.worked)
  metrics.gauge('password_hashes_waiting', 'Password hashes that wait for a place', () => passwords.queued)
}
