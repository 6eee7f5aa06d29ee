import { randomBytes } from 'node:crypto'
import type { Database, Queries } from '@greengate/kit/data'
import { tokenDigest } from '@greengate/reference-base'

/** Sessions that one account may have; signing in once more ends the oldest. */
export const SESSIONS_MAX = 100
const SWEPT_MAX = 100
const USER_AGENT_MAX = 256
const TOKEN_BYTES = 32

// Only while the password is still the one that was checked: it may be changed, and all sessions ended, in this moment.
const insert = {
  name: 'session-insert',
  text: `insert into sessions (token_digest, user_id, expires_at, user_agent, address)
    select $1, id, now() + make_interval(secs => $4), $5, $6 from users
      where id = $2 and password_hash = $3 for share
    returning expires_at`,
}
const find = {
  name: 'session-find',
  text: `select user_id, coalesce(last_used_at, created_at) < now() - interval '1 minute' as stale
    from sessions where token_digest = $1 and expires_at > now()`,
}
const touch = {
  name: 'session-touch',
  text: `update sessions set last_used_at = now()
    where token_digest = $1 and coalesce(last_used_at, created_at) < now() - interval '1 minute'`,
}
const list = {
  name: 'session-list',
  text: `select id, created_at, coalesce(last_used_at, created_at) as last_used_at, user_agent, address,
      token_digest = $2 as current
    from sessions where user_id = $1 and expires_at > now() order by created_at desc, id limit $3`,
}
const remove = { name: 'session-remove', text: 'delete from sessions where token_digest = $1' }
const removeById = {
  name: 'session-remove-by-id',
  text: 'delete from sessions where user_id = $1 and id = $2 returning id',
}
const removeAll = {
  name: 'session-remove-all',
  text: 'delete from sessions where user_id = $1 and token_digest is distinct from $2',
}
const removeOldest = {
  name: 'session-remove-oldest',
  text: `delete from sessions where token_digest in
    (select token_digest from sessions where user_id = $1 order by created_at desc, id offset $2)`,
}
const sweep = {
  name: 'session-sweep',
  text: `delete from sessions where token_digest in
    (select token_digest from sessions where expires_at <= now() limit $1 for update skip locked)`,
}

export interface SessionRow {
  readonly id: string
  readonly created_at: Date
  readonly last_used_at: Date
  readonly user_agent: string | null
  readonly address: string | null
  readonly current: boolean
}

/** As it is kept and shown: short, and without what a terminal or a page might act on. */
function shownAgent(userAgent: string | undefined): string | null {
  return userAgent?.replace(/\p{C}/gu, '').slice(0, USER_AGENT_MAX) ?? null
}

/** Opaque bearer tokens; the database holds their digests. 256 random bits need no salt and no slow hash. */
export class Sessions {
  readonly #database: Database
  readonly #ttlS: number

  constructor(database: Database, ttlS: number) {
    this.#database = database
    this.#ttlS = ttlS
  }

  /**
   * Null when the account is gone or its password is no longer the one that was checked.
   * @param passwordHash the hash that it was checked against
   */
  async open(
    user: { readonly id: string; readonly passwordHash: string },
    from: { readonly userAgent: string | undefined; readonly address: string },
  ): Promise<{ token: string; expiresAt: Date } | null> {
    const token = `gs_${randomBytes(TOKEN_BYTES).toString('base64url')}`
    const row = await this.#database.row<{ expires_at: Date }>(insert, [
      tokenDigest(token),
      user.id,
      user.passwordHash,
      this.#ttlS,
      shownAgent(from.userAgent),
      from.address.slice(0, 64),
    ])
    if (!row) return null
    await this.#database.rows(removeOldest, [user.id, SESSIONS_MAX])
    await this.#database.rows(sweep, [SWEPT_MAX])
    return { token, expiresAt: row.expires_at }
  }

  /** The user a token belongs to, or null. */
  async userOf(token: string): Promise<string | null> {
    const digest = tokenDigest(token)
    const row = await this.#database.row<{ user_id: string; stale: boolean }>(find, [digest])
    if (row?.stale) await this.#database.rows(touch, [digest])
    return row?.user_id ?? null
  }

  /** Those of a user, the newest first. @param token of the one that asks */
  list(userId: string, token: string): Promise<SessionRow[]> {
    return this.#database.rows<SessionRow>(list, [userId, tokenDigest(token), SESSIONS_MAX])
  }

  async close(token: string): Promise<void> {
    await this.#database.rows(remove, [tokenDigest(token)])
  }

  /** Whether the user had such a session. */
  async closeById(userId: string, id: string): Promise<boolean> {
    return (await this.#database.row(removeById, [userId, id])) !== null
  }
}

/** Ends the sessions of a user, but for the one of a token where one is given. */
export async function endSessions(queries: Queries, userId: string, exceptToken?: string): Promise<void> {
  await queries.rows(removeAll, [userId, exceptToken === undefined ? null : tokenDigest(exceptToken)])
}
