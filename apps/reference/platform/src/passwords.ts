import { hash, verify } from '@node-rs/argon2'
import { ServiceError } from '@greengate/kit/errors'
import { Bulkhead, BulkheadFullError } from '@greengate/kit/resilience'

// The package declares a const enum, which isolated modules can't read.
const ARGON2ID = 2
// OWASP's smallest recommendation for argon2id: 19 MiB, 2 passes. About 10 ms of one core.
const PARAMETERS = { algorithm: ARGON2ID, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const
const AT_ONCE = 2
const QUEUED_MAX = 40

/** Hashes and checks passwords, a few at a time, so that a burst of sign-ins can't take the machine from everybody. */
export class Passwords {
  readonly #bulkhead = new Bulkhead(AT_ONCE, QUEUED_MAX)
  #decoy: Promise<string> | null = null

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
      return await this.#bulkhead.run(work)
    } catch (error) {
      throw error instanceof BulkheadFullError ? new ServiceError('overloaded', { cause: error }) : error
    }
  }
}
