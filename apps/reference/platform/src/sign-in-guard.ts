import { createHash } from 'node:crypto'
import type { Database } from '@greengate/kit/data'
import { ServiceError } from '@greengate/kit/errors'
import type { ErrorCode } from './error-codes.ts'

/** How long attempts count, and with it how long a lock lasts; seconds. */
export const LOCK_S = 900
const ACCOUNT_ATTEMPTS_MAX = 5
// An office shares one address; its limit is against trying many accounts.
const ADDRESS_ATTEMPTS_MAX = 30
const SWEPT_MAX = 100

const count = {
  name: 'sign-in-count',
  text: `insert into sign_in_attempts as a (key, failures, ends_at) values ($1, 1, now() + make_interval(secs => $3))
    on conflict (key) do update set
      failures = case when a.ends_at <= now() then 1 else least(a.failures + 1, $2 + 1) end,
      ends_at = case when a.ends_at <= now() then excluded.ends_at else a.ends_at end
    returning failures`,
}
const forgive = { name: 'sign-in-forgive', text: 'delete from sign_in_attempts where key = $1' }
const giveBack = {
  name: 'sign-in-give-back',
  text: 'update sign_in_attempts set failures = greatest(failures - 1, 0) where key = $1',
}
const sweep = {
  name: 'sign-in-sweep',
  text: `delete from sign_in_attempts where key in
    (select key from sign_in_attempts where ends_at <= now() limit $1 for update skip locked)`,
}

function keyOf(kind: 'account' | 'address', value: string): Buffer {
  return createHash('sha256').update(`${kind}:${value}`).digest()
}

/**
 * Counts attempts to sign in, per account and per address, in the database: for all replicas, and across restarts. An
 * attempt counts before the password is looked at, and whether or not the account exists.
 */
export class SignInGuard {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** @throws ServiceError `sign_in_locked` */
  async enter(account: string, address: string): Promise<void> {
    const perAddress = await this.#count(keyOf('address', address), ADDRESS_ATTEMPTS_MAX)
    const perAccount = await this.#count(keyOf('account', account), ACCOUNT_ATTEMPTS_MAX)
    if (perAddress > ADDRESS_ATTEMPTS_MAX || perAccount > ACCOUNT_ATTEMPTS_MAX) {
      throw new ServiceError<ErrorCode>('sign_in_locked')
    }
  }

  /** After the right password: the account starts afresh, the address gets its attempt back. */
  async succeeded(account: string, address: string): Promise<void> {
    await this.#database.rows(forgive, [keyOf('account', account)])
    await this.#database.rows(giveBack, [keyOf('address', address)])
    await this.#database.rows(sweep, [SWEPT_MAX])
  }

  async #count(key: Buffer, max: number): Promise<number> {
    const row = await this.#database.row<{ failures: number }>(count, [key, max, LOCK_S])
    // Nobody gets in because a row was missing.
    return row?.failures ?? Number.POSITIVE_INFINITY
  }
}
