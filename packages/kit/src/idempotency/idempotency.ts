import { randomUUID } from 'node:crypto'
import { whole } from '../limits/rate-limit.ts'
import { StoreGuard, type StoreGuardOptions, StoreUnavailableError } from '../limits/store-guard.ts'
import { hashed } from './fingerprint.ts'
import type { IdempotencyStore, StoredState } from './store.ts'
import { decodeAnswer, encodeAnswer, type StoredAnswer } from './stored-answer.ts'

export interface IdempotencyOptions extends Omit<StoreGuardOptions, 'storeTimeoutMs'> {
  readonly store: IdempotencyStore
  /** How long the store may take; milliseconds, 1 to 10,000. Default 1,000. */
  readonly storeTimeoutMs?: number
  /**
   * How long a request may be under way before its key is free again, because its process must have died; whole seconds,
   * 1 to 3,600. Longer than the longest deadline. Default 60.
   */
  readonly leaseS?: number
  /** How long an answer is kept; whole seconds, 1 to 2,592,000. Default 86,400, a day. */
  readonly ttlS?: number
  /** Bytes of a body that is kept, 0 to 16 Mi. Of a longer one the status and headers are. Default 64 Ki. */
  readonly bodyBytesMax?: number
  /** Header fields of an answer that are kept, in lower case; `set-cookie` may not be. Default content-type, location, etag. */
  readonly headers?: readonly string[]
  /**
   * Whether an answer is final. Default: below 500 and neither 408, 425 nor 429. Of any other the key is freed: the same
   * request may succeed the next time.
   */
  readonly keep?: (status: number) => boolean
  /**
   * Told when an answer was given but could not be kept: with what failed, or null when the lease had run out meanwhile.
   * The same request could be done a second time now: count it. Default: nobody is told.
   */
  readonly onNotKept?: (cause: unknown) => void
  /** A new secret for each holder. Default `randomUUID`. */
  readonly token?: () => string
}

/** A request that carries a key. */
export interface IdempotentRequest {
  /** As {@link parseIdempotencyKey} gives it. */
  readonly key: string
  /** Who asks; keys of different actors never meet. Any string that is the same for the same actor. */
  readonly actor: string
  readonly method: string
  /** The path as requested, not its pattern: `/v1/orders/17/pay`. */
  readonly route: string
  /** As it was sent, or serialised the same way each time. */
  readonly body: string | Uint8Array
}

/** What an answer consists of. */
export interface IdempotentAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

/** The request may run. Exactly one of the two has to be called at its end. */
export interface IdempotencyLease {
  /**
   * Keeps the answer for those who repeat the request; frees the key instead when the answer is not final.
   * @returns false when the lease had run out: somebody else may be doing the same now. Log it
   */
  complete(answer: IdempotentAnswer): Promise<boolean>
  /** Frees the key: nothing was done. @returns false when the lease had run out */
  release(): Promise<boolean>
}

export type IdempotencyState =
  | { readonly state: 'started'; readonly lease: IdempotencyLease }
  /** Done already: give this answer again. */
  | ({ readonly state: 'replay' } & StoredAnswer)
  /** Under way: 409, and Retry-After. */
  | { readonly state: 'in_progress'; readonly retryAfterS: number }
  /** The key belongs to another request: 422. */
  | { readonly state: 'mismatch' }

const defaultHeaders: readonly string[] = ['content-type', 'location', 'etag']
const NOT_FINAL = new Set([408, 425, 429])
/** Nobody should wait for a whole lease before asking again: most requests are over long before. */
const RETRY_AFTER_MAX_S = 5

/**
 * Runs a request once, however often it is sent, as draft-ietf-httpapi-idempotency-key-header-07 (October 2025)
 * describes. Keys belong to an actor; the same key with another method, route or body is a mismatch.
 *
 * The store failing rejects: answer 503. To go on without it would be to do twice what was to be done once.
 *
 * @example
 * const idempotency = new Idempotency({ store: new PostgresIdempotencyStore(pool) })
 * const found = await idempotency.begin({ key, actor: 'user:17', method: 'POST', route: '/v1/payments', body })
 * if (found.state === 'started') {
 *   const answer = await pay()
 *   await found.lease.complete(answer)
 * }
 */
export class Idempotency {
  readonly #store: IdempotencyStore
  readonly #leaseMs: number
  readonly #ttlMs: number
  readonly #bodyBytesMax: number
  readonly #headers: readonly string[]
  readonly #keep: (status: number) => boolean
  readonly #token: () => string
  readonly #guard: StoreGuard
  readonly #onNotKept: (cause: unknown) => void

  /** @throws RangeError for an option outside of its range, or for `set-cookie` among the headers */
  constructor(options: IdempotencyOptions) {
    const leaseS = options.leaseS ?? 60
    const ttlS = options.ttlS ?? 86_400
    whole(leaseS, 1, 3600, 'leaseS')
    whole(ttlS, 1, 2_592_000, 'ttlS')
    this.#bodyBytesMax = options.bodyBytesMax ?? 65_536
    whole(this.#bodyBytesMax, 0, 16 * 1024 * 1024, 'bodyBytesMax')
    this.#headers = options.headers ?? defaultHeaders
    whole(this.#headers.length, 0, 32, 'number of headers')
    for (const name of this.#headers)
      if (!/^[a-z0-9-]{1,64}$/.test(name) || name === 'set-cookie')
        throw new RangeError(`header ${JSON.stringify(name)}: expected a lower case name other than set-cookie`)
    this.#store = options.store
    this.#leaseMs = leaseS * 1000
    this.#ttlMs = ttlS * 1000
    this.#keep = options.keep ?? ((status) => status < 500 && !NOT_FINAL.has(status))
    this.#token = options.token ?? randomUUID
    this.#onNotKept = options.onNotKept ?? (() => {})
    this.#guard = new StoreGuard({ ...options, storeTimeoutMs: options.storeTimeoutMs ?? 1000 }, () => {})
  }

  /**
   * What to do with a request that carries a key.
   * @throws StoreUnavailableError (the promise rejects) when the store fails, takes too long, or did so a moment ago
   * @throws IdempotencyStoreError when what it has kept can not be read
   */
  async begin(request: IdempotentRequest): Promise<IdempotencyState> {
    const id = hashed('key', request.actor, request.key)
    const fingerprint = hashed(request.method, request.route, request.actor, request.body)
    const token = this.#token()
    const found = await this.#begun(id, fingerprint, token)
    switch (found.state) {
      case 'started':
        return { state: 'started', lease: this.#lease(id, token) }
      case 'held':
        if (found.fingerprint !== fingerprint) return { state: 'mismatch' }
        return {
          state: 'in_progress',
          retryAfterS: Math.max(1, Math.min(RETRY_AFTER_MAX_S, Math.ceil(found.remainingMs / 1000))),
        }
      case 'completed':
        if (found.fingerprint !== fingerprint) return { state: 'mismatch' }
        return { state: 'replay', ...decodeAnswer(found.answer) }
    }
  }

  /**
   * `begin`, `work` and `complete` in one; frees the key and throws what `work` throws. An answer that could not be kept is
   * given all the same (and told to `onNotKept`): it is true, and failing now would only make the caller repeat.
   *
   * @returns the answer of `work`, or the state that says why it did not run
   */
  async run(
    request: IdempotentRequest,
    work: () => Promise<IdempotentAnswer>,
  ): Promise<
    { readonly state: 'done'; readonly answer: IdempotentAnswer } | Exclude<IdempotencyState, { state: 'started' }>
  > {
    const found = await this.begin(request)
    if (found.state !== 'started') return found
    let answer: IdempotentAnswer
    try {
      answer = await work()
    } catch (error) {
      // The lease frees it as well, later: a store that fails now must not hide what went wrong.
      await found.lease.release().catch(() => false)
      throw error
    }
    try {
      if (!(await found.lease.complete(answer))) this.#notKept(null)
    } catch (cause) {
      this.#notKept(cause)
    }
    return { state: 'done', answer }
  }

  async #begun(id: string, fingerprint: string, token: string): Promise<StoredState> {
    try {
      return await this.#guard.ask(() => this.#store.begin({ id, fingerprint, token, leaseMs: this.#leaseMs }))
    } catch (error) {
      // It may still have begun, late: given back, so that the caller's next try need not wait for a whole lease.
      if (error instanceof StoreUnavailableError && error.code === 'store_timeout')
        void this.#store.release({ id, token }).catch(() => false)
      throw error
    }
  }

  #notKept(cause: unknown): void {
    try {
      this.#onNotKept(cause)
    } catch {
      // Whoever watches must not take the answer away.
    }
  }

  #lease(id: string, token: string): IdempotencyLease {
    const release = (): Promise<boolean> => this.#guard.ask(() => this.#store.release({ id, token }))
    return {
      release,
      complete: (answer) => {
        if (!this.#keep(answer.status)) return release()
        const kept = encodeAnswer(answer, this.#headers, this.#bodyBytesMax)
        return this.#guard.ask(() => this.#store.complete({ id, token, answer: kept, ttlMs: this.#ttlMs }))
      },
    }
  }
}
