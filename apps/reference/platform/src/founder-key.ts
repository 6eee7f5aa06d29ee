import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Queries } from '@greengate/kit/data'
import { tokenDigest } from '@greengate/reference-base'
import type { SignInGuard } from './sign-in-guard.ts'

const PREFIX = 'fk_'
const KEY_BYTES = 32

const read = { name: 'founder-key-read', text: 'select key_digest from founder_key' }
const replace = {
  name: 'founder-key-replace',
  text: `insert into founder_key (key_digest) values ($1)
    on conflict (only_row) do update set key_digest = excluded.key_digest, rotated_at = now()`,
}

/** Whether a bearer token is meant as a founder key: such a one is looked for nowhere else. */
export function looksLikeFounderKey(token: string): boolean {
  return token.startsWith(PREFIX)
}

/** Tells the founder key from others, which lock an address out like wrong passwords do. */
export class FounderKeys {
  readonly #database: Queries
  readonly #guard: Pick<SignInGuard, 'enter'>
  readonly #address: () => string
  readonly #pending = new Map<string, Promise<boolean>>()

  /** @param address whoever sends the request that is under way */
  constructor(database: Queries, guard: Pick<SignInGuard, 'enter'>, address: () => string) {
    this.#database = database
    this.#guard = guard
    this.#address = address
  }

  /**
   * Whether it is the founder key of this moment. Asked each time: a key that was replaced is dead at once.
   * @throws ServiceError `sign_in_locked` after too many wrong ones from this address
   */
  async isCurrent(token: string): Promise<boolean> {
    const address = this.#address()
    // One check for the requests of a page that come together: each counts as wrong until it turned out to be right.
    const which = `${address} ${token}`
    const pending = this.#pending.get(which)
    if (pending) return pending
    const check = this.#check(token, address).finally(() => this.#pending.delete(which))
    this.#pending.set(which, check)
    return check
  }

  async #check(token: string, address: string): Promise<boolean> {
    // Not one account for all: else anybody could lock the founder out.
    const succeeded = await this.#guard.enter(`founder key from ${address}`, address)
    const row = await this.#database.row<{ key_digest: Buffer }>(read)
    if (row === null || !timingSafeEqual(row.key_digest, tokenDigest(token))) return false
    await succeeded()
    return true
  }
}

/**
 * Makes a new founder key, the only one from then on. The database gets its digest; nobody can show the key again.
 * @param random that many bytes nobody can guess
 */
export async function rotateFounderKey(
  queries: Queries,
  random: (bytes: number) => Buffer = randomBytes,
): Promise<string> {
  const key = `${PREFIX}${random(KEY_BYTES).toString('base64url')}`
  await queries.rows(replace, [tokenDigest(key)])
  return key
}
