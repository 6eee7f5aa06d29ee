import { createHash, randomBytes } from 'node:crypto'
import type { Database } from '@greengate/kit/data'

const SWEPT_MAX = 100

const insert = {
  name: 'session-insert',
  text: `insert into sessions (token_digest, user_id, expires_at) values ($1, $2, now() + make_interval(secs => $3))
    returning expires_at`,
}
const find = {
  name: 'session-find',
  text: 'select user_id from sessions where token_digest = $1 and expires_at > now()',
}
const remove = { name: 'session-remove', text: 'delete from sessions where token_digest = $1' }
const sweep = {
  name: 'session-sweep',
  text: `delete from sessions where token_digest in
    (select token_digest from sessions where expires_at <= now() limit $1 for update skip locked)`,
}

export function tokenDigest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** Opaque bearer tokens; the database holds their digests. 256 random bits need no salt and no slow hash. */
export class Sessions {
  readonly #database: Database
  readonly #ttlS: number

  constructor(database: Database, ttlS: number) {
    this.#database = database
    this.#ttlS = ttlS
  }

  async open(userId: string): Promise<{ token: string; expiresAt: Date }> {
    const token = `gs_${randomBytes(32).toString('base64url')}`
    const row = await this.#database.row<{ expires_at: Date }>(insert, [tokenDigest(token), userId, this.#ttlS])
    if (!row) throw new Error('a session was not written')
    await this.#database.rows(sweep, [SWEPT_MAX])
    return { token, expiresAt: row.expires_at }
  }

  /** The user a token belongs to, or null. */
  async userOf(token: string): Promise<string | null> {
    const row = await this.#database.row<{ user_id: string }>(find, [tokenDigest(token)])
    return row?.user_id ?? null
  }

  async close(token: string): Promise<void> {
    await this.#database.rows(remove, [tokenDigest(token)])
  }
}
