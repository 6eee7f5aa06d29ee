import type { Database, Queries } from '@greengate/kit/data'
import { ServiceError } from '@greengate/kit/errors'
import { Bulkhead, BulkheadFullError } from '@greengate/kit/resilience'
import { tokenDigest } from '@greengate/reference-base'
import { addMembership, addOrganisation, addUser, lockSlug } from './accounts.ts'
import { enqueueMail, enqueueMailIf } from './mail.ts'
import { endTokens, issueToken } from './one-time-tokens.ts'
import type { Passwords } from './passwords.ts'
import type { SignInGuard } from './sign-in-guard.ts'

/** How long somebody has to show that the address is theirs, and how long what they asked for is kept for them; seconds. */
export const UNVERIFIED_TTL_S = 86_400
const SWEPT_MAX = 100
// Each takes a connection now and then; with more at once a burst would fill the pool's queue, and others find no place.
const AT_ONCE = 4
const QUEUED_MAX = 300
const QUEUE_TIMEOUT_MS = 8000

const find = {
  name: 'sign-up-find',
  text: 'select holder, password_hash from sign_ups where slug = $1 and expires_at > now()',
}
const removeEnded = {
  name: 'sign-up-remove-ended',
  text: 'delete from sign_ups where slug = $1 and expires_at <= now()',
}
const slugTaken = {
  name: 'sign-up-slug-taken',
  text: `select exists (select 1 from organisations where slug = $1) as organisation,
    exists (select 1 from sign_ups where slug = $1) as sign_up`,
}
const insert = {
  name: 'sign-up-insert',
  text: `insert into sign_ups (slug, holder, password_hash, expires_at)
    values ($1, $2, $3, now() + make_interval(secs => $4))`,
}
const userByEmail = {
  name: 'sign-up-user',
  text: 'select id, name, verified_at is not null as verified from users where email = $1 for no key update',
}
const removeOf = { name: 'sign-up-remove-of', text: 'delete from sign_ups where holder = $1' }
const sweep = {
  name: 'sign-up-sweep',
  text: `delete from sign_ups where slug in
    (select slug from sign_ups where expires_at <= now() limit $1 for update skip locked)`,
}

export interface SignUp {
  /** In lower case. */
  readonly email: string
  readonly password: string
  readonly name: string
  readonly organisation: { readonly slug: string; readonly name: string }
}

function taken(): ServiceError {
  return new ServiceError('conflict', { details: [{ field: 'body.organisation.slug', problem: 'is taken' }] })
}

/** Nothing holds back what the address asked for any more: it was shown whose it is. */
export async function endSignUps(queries: Queries, email: string): Promise<void> {
  await queries.rows(removeOf, [tokenDigest(email)])
}

/**
 * Makes accounts with their organisations. Whatever is asked for is written down for a day, for an address that has an
 * account as for one that has none: the slug is held, and the password leads to the same answer at sign-in. So nothing
 * that anybody can do without the mailbox tells one from the other, and the same sign-up again is answered as the first one.
 */
export class SignUps {
  readonly #database: Database
  readonly #passwords: Passwords
  readonly #guard: SignInGuard
  readonly #bulkhead = new Bulkhead(AT_ONCE, QUEUED_MAX, { queueTimeoutMs: QUEUE_TIMEOUT_MS })

  constructor(database: Database, passwords: Passwords, guard: SignInGuard) {
    this.#database = database
    this.#passwords = passwords
    this.#guard = guard
  }

  /**
   * Account, organisation, its owner and the mail, all or none of it; for an address that has an account a mail that says so.
   * @throws ServiceError `conflict` when the slug is taken, `overloaded`
   */
  async signUp(asked: SignUp): Promise<void> {
    try {
      await this.#bulkhead.run(() => this.#signUp(asked))
    } catch (error) {
      throw error instanceof BulkheadFullError ? new ServiceError('overloaded', { cause: error }) : error
    }
  }

  async #signUp(asked: SignUp): Promise<void> {
    const mayMail = await this.#guard.mayMail(asked.email)
    if (await this.#isRepeated(asked)) return
    // One hash for everybody, and before the transaction: nothing waits for it with a connection in hand.
    const passwordHash = await this.#passwords.hash(asked.password)
    const made = await this.#database.transaction((queries) => this.#write(queries, asked, passwordHash, mayMail), {
      repeatable: true,
    })
    // The same sign-up twice at once: the other one was quicker.
    if (!made && !(await this.#isRepeated(asked))) throw taken()
    await this.#database.rows(sweep, [SWEPT_MAX])
  }

  /** Whether this very sign-up was answered before. Checks a password where otherwise one would be hashed. */
  async #isRepeated(asked: SignUp): Promise<boolean> {
    const before = await this.#database.row<{ holder: Buffer; password_hash: string }>(find, [asked.organisation.slug])
    if (!before) return false
    if (!before.holder.equals(tokenDigest(asked.email))) throw taken()
    if (!(await this.#passwords.matches(asked.password, before.password_hash))) throw taken()
    return true
  }

  /** @returns false when the same moment brought a sign-up for the same slug */
  async #write(queries: Queries, asked: SignUp, passwordHash: string, mayMail: boolean): Promise<boolean> {
    const { email, name, organisation } = asked
    await lockSlug(queries, organisation.slug)
    await queries.rows(removeEnded, [organisation.slug])
    const held = await queries.row<{ organisation: boolean; sign_up: boolean }>(slugTaken, [organisation.slug])
    if (held?.sign_up) return false
    if (held?.organisation !== false) throw taken()
    const userId = await addUser(queries, { email, name, passwordHash, verified: false })
    await (userId === null ? this.#tellOwner(queries, email, mayMail) : this.#found(queries, asked, userId))
    await queries.rows(insert, [organisation.slug, tokenDigest(email), passwordHash, UNVERIFIED_TTL_S])
    return true
  }

  async #found(queries: Queries, { email, name, organisation }: SignUp, userId: string): Promise<void> {
    const made = await addOrganisation(queries, organisation.slug, organisation.name)
    if (!made) throw taken()
    await addMembership(queries, made.id, userId, 'owner')
    const { token, expiresAt } = await issueToken(queries, userId, 'verify')
    const data = { name, token, expires_at: expiresAt.toISOString() }
    await enqueueMail(queries, { template: 'verify_email', to: email, data })
  }

  async #tellOwner(queries: Queries, email: string, mayMail: boolean): Promise<void> {
    const user = await queries.row<{ id: string; name: string; verified: boolean }>(userByEmail, [email])
    // Somebody else may have signed up with this address and another password: from now on only a reset lets anybody in.
    if (user && !user.verified) await endTokens(queries, user.id, 'verify')
    const mail = { template: 'account_exists', to: email, data: { name: user?.name ?? '' } } as const
    await enqueueMailIf(queries, mayMail && user !== null, mail)
  }
}
