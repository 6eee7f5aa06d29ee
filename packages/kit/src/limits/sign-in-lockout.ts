import { createHash } from 'node:crypto'
import type { StoreFailurePolicy } from './decision.ts'
import { RateLimiter, type RateLimiterEvent } from './rate-limiter.ts'
import { type RateLimitOptions, whole } from './rate-limit.ts'
import type { RateLimitStore } from './store.ts'
import type { StoreGuardOptions } from './store-guard.ts'

/** After `failures` in a row there is one attempt every `lockS`. */
export interface LockoutStep {
  /** Failures, whole, 1 to 1,000. */
  readonly failures: number
  /** Seconds, whole, 1 to 86,400. */
  readonly lockS: number
}

export interface SignInLockoutOptions extends StoreGuardOptions {
  readonly store: RateLimitStore
  /** As for {@link RateLimiter}. `closed` is the one that can't be used to guess on. */
  readonly whenStoreFails: StoreFailurePolicy
  /** 1 to 6, each with more failures and a longer lock. Default 5 failures: a minute, 10: a quarter of an hour, 20: 4 hours. */
  readonly perAccount?: readonly LockoutStep[]
  /** As above, for one address over all accounts. Default 30 failures: a minute, 100: a quarter of an hour. */
  readonly perAddress?: readonly LockoutStep[]
  /** As for {@link RateLimiter}. */
  readonly onEvent?: (event: RateLimiterEvent) => void
}

export type SignInAttempt =
  /** Check the password; call `succeeded` when it was right, and nothing when it was not. */
  | { readonly outcome: 'allowed'; readonly succeeded: () => Promise<void> }
  /** Answer 429 with Retry-After, without looking at the password. */
  | { readonly outcome: 'locked'; readonly retryAfterS: number }
  /** Answer 503: nobody can tell. Only with `closed`. */
  | { readonly outcome: 'store_unavailable'; readonly cause: unknown }

const perAccountDefault: readonly LockoutStep[] = [
  { failures: 5, lockS: 60 },
  { failures: 10, lockS: 900 },
  { failures: 20, lockS: 14_400 },
]
const perAddressDefault: readonly LockoutStep[] = [
  { failures: 30, lockS: 60 },
  { failures: 100, lockS: 900 },
]

/**
 * Holds up guessing of passwords, per account and per address, longer the longer it goes on (OWASP ASVS 5.0, 6.3.1;
 * NIST SP 800-63B-4, 3.2.2). It knows names, not accounts: one that does not exist is locked like one that does, so
 * a lock tells nobody who exists.
 *
 * An attempt is counted as a failure before the password is looked at, and given back after a success: a thousand
 * parallel guesses find the same lock as a thousand in a row. While locked nothing is counted, so that an attacker
 * can't keep a lock up for ever; success frees the account but not the address, or an attacker with one account of
 * their own could free the address for each guess.
 *
 * @example
 * const attempt = await lockout.attempt(body.email, clientKey)
 * if (attempt.outcome === 'locked') throw tooManyRequests(attempt.retryAfterS)
 */
export class SignInLockout {
  readonly #limiter: RateLimiter<string>
  readonly #account: readonly string[]
  readonly #address: readonly string[]

  /** @throws RangeError for steps that are none, too many, not rising, or outside of their ranges */
  constructor(options: SignInLockoutOptions) {
    const account = stepsAsLimits('signin-account', options.perAccount ?? perAccountDefault)
    const address = stepsAsLimits('signin-address', options.perAddress ?? perAddressDefault)
    this.#account = account.map((limit) => limit.name)
    this.#address = address.map((limit) => limit.name)
    const { perAccount: _, perAddress: __, ...rest } = options
    this.#limiter = new RateLimiter({ ...rest, limits: [...account, ...address] })
  }

  /**
   * Before every look at a password.
   * @param account As it was typed; compared without case and surrounding space, stored as a hash.
   * @param address Of the caller, as `ClientAddress` gives it for limits.
   */
  async attempt(account: string, address: string): Promise<SignInAttempt> {
    const name = createHash('sha256').update(account.normalize('NFKC').trim().toLowerCase()).digest('base64url')
    const accountKeys = Object.fromEntries(this.#account.map((limit) => [limit, name]))
    const addressKeys = Object.fromEntries(this.#address.map((limit) => [limit, address]))
    const decision = await this.#limiter.take({ ...accountKeys, ...addressKeys })
    const counted =
      decision.outcome === 'store_unavailable' && decision.policy === 'local' ? decision.standIn : decision
    if (counted.outcome === 'refused') return { outcome: 'locked', retryAfterS: counted.retryAfterS }
    if (counted.outcome === 'store_unavailable' && counted.policy !== 'open')
      return { outcome: 'store_unavailable', cause: counted.cause }
    return {
      outcome: 'allowed',
      succeeded: async () => {
        await this.#limiter.reset(accountKeys)
        await this.#limiter.refund(addressKeys)
      },
    }
  }
}

function stepsAsLimits(prefix: string, steps: readonly LockoutStep[]): readonly RateLimitOptions[] {
  whole(steps.length, 1, 6, `${prefix}: number of steps`)
  for (const [index, step] of steps.entries()) {
    whole(step.failures, 1, 1000, `${prefix}: failures`)
    whole(step.lockS, 1, 86_400, `${prefix}: lockS`)
    const before = steps[index - 1]
    if (before && (step.failures <= before.failures || step.lockS <= before.lockS))
      throw new RangeError(`${prefix}: each step needs more failures and a longer lock than the one before`)
  }
  // One unit every lock, and as many at once as failures are forgiven: the algorithm's own shape of a lockout.
  return steps.map(({ failures, lockS }, index) => ({
    name: `${prefix}-${index + 1}`,
    limit: 1,
    windowS: lockS,
    burst: failures,
  }))
}
