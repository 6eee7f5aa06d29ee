import { ServiceError } from '@greengate/kit/errors'
import { createClientAddress, RateLimiter, type RateLimitStore, SignInLockout } from '@greengate/kit/limits'
import type { ErrorCode } from './error-codes.ts'
import type { TokenPurpose } from './one-time-tokens.ts'

/** How long a lock lasts, and with it what Retry-After says; seconds. */
export const LOCK_S = 900
const ACCOUNT_ATTEMPTS_MAX = 5
// An office shares one address; its limit is against trying many accounts.
const ADDRESS_ATTEMPTS_MAX = 30
/** Mails of one kind that can be sent to one address, an hour. */
export const MAILS_MAX = 5
/** The kinds that are counted, each for itself: asking for one never uses up another, and so a reset is always mailed. */
export type MailKind = TokenPurpose | 'sign-up' | 'invitation'
// A statement may take 2.5 s; with less than that a busy database would look like a broken one.
const STORE_TIMEOUT_MS = 3000

const clientAddress = createClientAddress()

/** What limits count an address by: of IPv6 the network, which is one caller. */
function limitKeyOf(remoteAddress: string): string {
  return clientAddress.of({ socket: { remoteAddress }, headers: {} }).limitKey
}

// Nobody gets in because the counter was away. What the database said about it is the better answer.
function uncounted(cause: unknown): ServiceError {
  const inner = cause instanceof Error ? cause.cause : undefined
  return inner instanceof ServiceError ? inner : new ServiceError('rate_limit_unavailable', { cause })
}

/**
 * Counts attempts to sign in and mails that were asked for, in a store that all replicas share: by names, whether or not
 * there is such an account, and before the password is looked at.
 */
export class SignInGuard {
  readonly #lockout: SignInLockout
  readonly #mails: RateLimiter<'mail-address'>

  constructor(store: RateLimitStore) {
    const common = { store, whenStoreFails: 'closed', storeTimeoutMs: STORE_TIMEOUT_MS } as const
    // One step each: the registry of errors has one Retry-After.
    this.#lockout = new SignInLockout({
      ...common,
      perAccount: [{ failures: ACCOUNT_ATTEMPTS_MAX, lockS: LOCK_S }],
      perAddress: [{ failures: ADDRESS_ATTEMPTS_MAX, lockS: LOCK_S }],
    })
    this.#mails = new RateLimiter({
      ...common,
      limits: [{ name: 'mail-address', limit: MAILS_MAX, windowS: 3600 }],
    })
  }

  /**
   * Before every look at a password.
   * @returns to be called when it was right: the account starts afresh, the address gets its attempt back
   * @throws ServiceError `sign_in_locked`, `rate_limit_unavailable`, or what the database says
   */
  async enter(account: string, address: string): Promise<() => Promise<void>> {
    const attempt = await this.#lockout.attempt(account, limitKeyOf(address))
    switch (attempt.outcome) {
      case 'allowed':
        return attempt.succeeded
      case 'locked':
        throw new ServiceError<ErrorCode>('sign_in_locked', { stack: false })
      case 'store_unavailable':
        throw uncounted(attempt.cause)
    }
  }

  /** Whether another mail of a kind may go to an address. @throws ServiceError as `enter` */
  async mayMail(kind: MailKind, email: string): Promise<boolean> {
    const decision = await this.#mails.take({ 'mail-address': `${kind} ${email}` })
    if (decision.outcome === 'store_unavailable') throw uncounted(decision.cause)
    return decision.outcome === 'allowed'
  }
}
