import { randomBytes } from 'node:crypto'
import type { Database, Queries } from '@greengate/kit/data'
import { ServiceError } from '@greengate/kit/errors'
import { Bulkhead, BulkheadFullError } from '@greengate/kit/resilience'
import { isOverdue, tokenDigest, UNVERIFIED_TTL_S } from '@greengate/reference-base'
import { addMembership, addOrganisationLocked, addUser, lockSlug } from './accounts.ts'
import { enqueueMail } from './mail.ts'
import { endTokens, issueToken } from './one-time-tokens.ts'
import type { Passwords } from './passwords.ts'
import type { SignInGuard } from './sign-in-guard.ts'

const SWEPT_MAX = 100
// Each takes a connection now and then; with more at once a burst would fill the pool's queue, and others find no place.
const AT_ONCE = 4
const QUEUED_MAX = 300
const QUEUE_TIMEOUT_MS = 8000
/** No account has it: what is done to nobody's is the same statement. */
const NOBODY = '00000000-0000-0000-0000-000000000000'

const find = {
  name: 'sign-up-find',
  text: 'select holder, password_hash from sign_ups where slug = $1 and expires_at > now()',
}
// Before anything is hashed or counted. What may be overdue is looked at behind the lock.
const organisationHolds = {
  name: 'sign-up-organisation-holds',
  text: `select 1 as found from organisations o where slug = $1 and not exists (select 1 from memberships m
    join users u on u.id = m.user_id where m.organisation_id = o.id and ${isOverdue('u')})`,
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
const takePassword = {
  name: 'sign-up-take-password',
  text: 'update users set password_hash = $2 where id = $1 and verified_at is null',
}
const mark = { name: 'sign-up-mark', text: 'savepoint sign_up' }
const keep = { name: 'sign-up-keep', text: 'release savepoint sign_up' }
const undo = { name: 'sign-up-undo', text: 'rollback to savepoint sign_up' }
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

interface User {
  readonly id: string
  readonly name: string
  readonly verified: boolean
}

function taken(): ServiceError {
  return new ServiceError('conflict', { details: [{ field: 'body.organisation.slug', problem: 'is taken' }] })
}

/** Nothing holds back what the address asked for any more: it was shown whose it is. */
export async function endSignUps(queries: Queries, email: string): Promise<void> {
  await queries.rows(removeOf, [tokenDigest(email)])
}

/** Looks like the hash that is given and takes as long to check, but its digest was drawn: nobody has a password for it. */
function hashOfNothing(passwordHash: string): string {
  const start = passwordHash.lastIndexOf('$') + 1
  const { length } = Buffer.from(passwordHash.slice(start), 'base64')
  return passwordHash.slice(0, start) + randomBytes(length).toString('base64').replaceAll('=', '')
}

/** The same work whether or not it is kept; nothing is left of it when it is not. */
async function keptIf(queries: Queries, isKept: boolean, work: () => Promise<void>): Promise<void> {
  await queries.rows(mark)
  await work()
  await queries.rows(isKept ? keep : undo)
}

/** Organisation, owner, and the mail that asks for the address to be confirmed. */
async function found(queries: Queries, { email, name, organisation }: SignUp, userId: string): Promise<void> {
  const made = await addOrganisationLocked(queries, organisation.slug, organisation.name)
  if (!made) throw taken()
  await addMembership(queries, made.id, userId, 'owner')
  const { token, expiresAt } = await issueToken(queries, userId, 'verify')
  const data = { name, token, expires_at: expiresAt.toISOString() }
  await enqueueMail(queries, { template: 'verify_email', to: email, data })
}

/**
 * Tells the owner of an account that somebody signed up with its address. One that was never confirmed is contested then:
 * nobody knows whose the password is, so it loses that and its links, and from now on only a reset lets anybody in.
 * @param user null where there was no account: the same work, and nothing comes of it
 */
async function tellOwner(
  queries: Queries,
  email: string,
  user: User | null,
  how: { readonly mayMail: boolean; readonly passwordHash: string },
): Promise<void> {
  const contested = user === null || user.verified ? NOBODY : user.id
  await endTokens(queries, contested, 'verify')
  await queries.rows(takePassword, [contested, hashOfNothing(how.passwordHash)])
  await keptIf(queries, how.mayMail && user !== null, () =>
    enqueueMail(queries, { template: 'account_exists', to: email, data: { name: user?.name ?? '' } }),
  )
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
   * @param address of the caller
   * @throws ServiceError `conflict` when the slug is taken, `overloaded`, or as {@link SignInGuard.enter}
   */
  async signUp(asked: SignUp, address: string): Promise<void> {
    try {
      await this.#bulkhead.run(() => this.#signUp(asked, address))
    } catch (error) {
      throw error instanceof BulkheadFullError ? new ServiceError('overloaded', { cause: error }) : error
    }
  }

  async #signUp(asked: SignUp, address: string): Promise<void> {
    if (await this.#isRepeated(asked, address)) return
    if (await this.#database.row(organisationHolds, [asked.organisation.slug])) throw taken()
    const mayMail = await this.#guard.mayMail('sign-up', asked.email)
    // One hash for everybody, and before the transaction: nothing waits for it with a connection in hand.
    const passwordHash = await this.#passwords.hash(asked.password)
    const made = await this.#database.transaction((queries) => this.#write(queries, asked, { passwordHash, mayMail }), {
      repeatable: true,
    })
    // The same sign-up twice at once: the other one was quicker.
    if (!made && !(await this.#isRepeated(asked, address))) throw taken()
    await this.#database.rows(sweep, [SWEPT_MAX])
  }

  /** Whether this very sign-up was answered before. Checks a password where otherwise one would be hashed. */
  async #isRepeated(asked: SignUp, address: string): Promise<boolean> {
    const { email, password, organisation } = asked
    const before = await this.#database.row<{ holder: Buffer; password_hash: string }>(find, [organisation.slug])
    if (!before) return false
    if (!before.holder.equals(tokenDigest(email))) throw taken()
    // Counted for this sign-up, not for the account: its password may be that of a stranger, who would free the account
    // with it to go on guessing.
    const succeeded = await this.#guard.enter(`sign-up ${organisation.slug} ${email}`, address)
    const passwordHash = before.password_hash
    if (!(await this.#passwords.matches(password, passwordHash))) {
      const mayMail = await this.#guard.mayMail('sign-up', email)
      await this.#database.transaction(
        async (queries) => {
          const user = await queries.row<User>(userByEmail, [email])
          await tellOwner(queries, email, user, { passwordHash, mayMail })
        },
        { repeatable: true },
      )
      throw taken()
    }
    await succeeded()
    return true
  }

  /** @returns false when the same moment brought a sign-up for the same slug */
  async #write(
    queries: Queries,
    asked: SignUp,
    how: { readonly passwordHash: string; readonly mayMail: boolean },
  ): Promise<boolean> {
    const { email, name, organisation } = asked
    const { passwordHash } = how
    await lockSlug(queries, organisation.slug)
    await queries.rows(removeEnded, [organisation.slug])
    const held = await queries.row<{ organisation: boolean; sign_up: boolean }>(slugTaken, [organisation.slug])
    if (held?.sign_up) return false
    if (held?.organisation !== false) throw taken()
    const isNew = (await addUser(queries, { email, name, passwordHash, verified: false })) !== null
    const user = await queries.row<User>(userByEmail, [email])
    // It was there and was removed in this moment: the same again finds none.
    if (!user) throw new ServiceError('database_contention')
    // How long an answer takes is to say nothing: what is for a new account is done for every address, and so is the rest.
    await keptIf(queries, isNew, () => found(queries, asked, user.id))
    await tellOwner(queries, email, isNew ? null : user, how)
    await queries.rows(insert, [organisation.slug, tokenDigest(email), passwordHash, UNVERIFIED_TTL_S])
    return true
  }
}
