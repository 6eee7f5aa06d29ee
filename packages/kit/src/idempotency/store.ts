/** What a store found under an id. */
export type StoredState =
  /** Nothing, or something that had run out: it is the asker's now. */
  | { readonly state: 'started' }
  /** Somebody else's, and not over; `remainingMs` until it runs out. */
  | { readonly state: 'held'; readonly fingerprint: string; readonly remainingMs: number }
  /** Over, with this answer. */
  | { readonly state: 'completed'; readonly fingerprint: string; readonly answer: string }

/**
 * Where keys are kept. `begin` is atomic: of any number of callers at the same time, on any number of replicas, one is
 * told `started`. The contract is proved on every adapter by `idempotency-store.test.ts`.
 *
 * `token` is the holder's secret: after its lease ran out and somebody else began, it can neither complete nor release.
 */
export interface IdempotencyStore {
  /** Takes `id` for `leaseMs` when it is free or has run out. */
  begin(entry: {
    readonly id: string
    readonly fingerprint: string
    readonly token: string
    readonly leaseMs: number
  }): Promise<StoredState>
  /** Keeps the answer for `ttlMs`. False: the lease was lost. */
  complete(entry: {
    readonly id: string
    readonly token: string
    readonly answer: string
    readonly ttlMs: number
  }): Promise<boolean>
  /** Frees an id that was begun and not completed. False: the lease was lost, or it is completed. */
  release(entry: { readonly id: string; readonly token: string }): Promise<boolean>
}

/** A store could not take something, or could not be understood. */
export class IdempotencyStoreError extends Error {
  override readonly name = 'IdempotencyStoreError'
  readonly code: 'store_full' | 'store_malformed'

  constructor(code: 'store_full' | 'store_malformed', message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}
