import { randomBytes } from 'node:crypto'
import type { Queries } from '@greengate/kit/data'
import { ServiceError } from '@greengate/kit/errors'
import { tokenDigest } from '@greengate/reference-base'
import type { ErrorCode } from './error-codes.ts'

export type TokenPurpose = 'verify' | 'reset'

/** How long the link in a mail works; seconds. */
export const TOKEN_TTL_S: Readonly<Record<TokenPurpose, number>> = { verify: 86_400, reset: 3600 }
/** Links of one kind that one account may have in its mailbox. */
export const LIVE_MAX = 3
const TOKEN_BYTES = 32
const SWEPT_MAX = 100

// Two requests of one account take turns, or each would leave the other's tokens out of its count.
const lockUser = { name: 'token-user-lock', text: 'select 1 from users where id = $1 for no key update' }
const trim = {
  name: 'token-trim',
  text: `delete from one_time_tokens where user_id = $1 and purpose = $2 and token_digest not in
    (select token_digest from one_time_tokens where user_id = $1 and purpose = $2 and expires_at > now()
      order by created_at desc, token_digest limit $3)`,
}
// For nobody no row goes in, and the work is the same.
const insert = {
  name: 'token-insert',
  text: `insert into one_time_tokens (token_digest, purpose, user_id, expires_at)
    select $2, $3, id, now() + make_interval(secs => $4) from users where id = $1 returning expires_at`,
}
const peek = {
  name: 'token-peek',
  text: 'select 1 as found from one_time_tokens where token_digest = $1 and purpose = $2 and expires_at > now()',
}
// The account first, as everywhere: two tokens of one account used at once must not wait for each other in a circle.
const lockUserOf = {
  name: 'token-user-of-lock',
  text: `select u.id from one_time_tokens t join users u on u.id = t.user_id
    where t.token_digest = $1 and t.purpose = $2 and t.expires_at > now() for no key update of u`,
}
const use = {
  name: 'token-use',
  text: `delete from one_time_tokens where token_digest = $1 and purpose = $2 and expires_at > now() returning user_id`,
}
const endAll = { name: 'token-end-all', text: 'delete from one_time_tokens where user_id = $1' }
const endPurpose = {
  name: 'token-end-purpose',
  text: 'delete from one_time_tokens where user_id = $1 and purpose = $2',
}
const sweep = {
  name: 'token-sweep',
  text: `delete from one_time_tokens where token_digest in
    (select token_digest from one_time_tokens where expires_at <= now() limit $1 for update skip locked)`,
}

function refused(): ServiceError<ErrorCode> {
  return new ServiceError<ErrorCode>('token_refused')
}

/**
 * Makes a token; of those that live, the oldest beyond {@link LIVE_MAX} end. Needs a transaction. The database holds its digest.
 * @param userId null for nobody: the same work, and a token that is nobody's
 */
export async function issueToken(
  queries: Queries,
  userId: string | null,
  purpose: TokenPurpose,
): Promise<{ readonly token: string; readonly expiresAt: Date }> {
  const token = `${purpose === 'verify' ? 'gv' : 'gr'}_${randomBytes(TOKEN_BYTES).toString('base64url')}`
  await queries.rows(lockUser, [userId])
  await queries.rows(trim, [userId, purpose, LIVE_MAX - 1])
  const values = [userId, tokenDigest(token), purpose, TOKEN_TTL_S[purpose]]
  const row = await queries.row<{ expires_at: Date }>(insert, values)
  await queries.rows(sweep, [SWEPT_MAX])
  return { token, expiresAt: row?.expires_at ?? new Date(0) }
}

/** Whether it could be used now: spares whoever guesses the hash of a password. @throws ServiceError `token_refused` */
export async function checkToken(queries: Queries, token: string, purpose: TokenPurpose): Promise<void> {
  if (!(await queries.row(peek, [tokenDigest(token), purpose]))) throw refused()
}

/**
 * Uses a token up; of any number that try at once, one does. Needs a transaction, and locks the account until its end.
 * @returns the account
 * @throws ServiceError `token_refused`
 */
export async function useToken(queries: Queries, token: string, purpose: TokenPurpose): Promise<string> {
  const values = [tokenDigest(token), purpose]
  if (!(await queries.row(lockUserOf, values))) throw refused()
  const row = await queries.row<{ user_id: string }>(use, values)
  if (!row) throw refused()
  return row.user_id
}

/** Ends all tokens of an account, or those of one purpose. */
export async function endTokens(queries: Queries, userId: string, purpose?: TokenPurpose): Promise<void> {
  await (purpose === undefined ? queries.rows(endAll, [userId]) : queries.rows(endPurpose, [userId, purpose]))
}
