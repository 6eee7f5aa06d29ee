import { randomBytes } from 'node:crypto'
import type { Queries } from '@greengate/kit/data'
import { ServiceError } from '@greengate/kit/errors'
import { type Role, tokenDigest } from '@greengate/reference-base'
import { addMembership, addUser } from './accounts.ts'
import type { ErrorCode } from './error-codes.ts'
import { enqueueMail } from './mail.ts'
import { lockMembers, roleIn } from './members.ts'
import { endTokens } from './one-time-tokens.ts'
import { mayManage } from './permissions.ts'

const TTL_DAYS = 7
const TOKEN_BYTES = 32
/** Invitations of one organisation that may be open at a time. */
export const LIVE_MAX = 1000

const memberByEmail = {
  name: 'member-by-email',
  text: `select 1 as found from memberships m join users u on u.id = m.user_id
    where m.organisation_id = $1 and u.email = $2`,
}
const byEmail = {
  name: 'invitation-by-email',
  text: 'select role from invitations where organisation_id = $1 and email = $2 and expires_at > now()',
}
const countLive = {
  name: 'invitations-count',
  text: 'select count(*)::int as count from invitations where organisation_id = $1 and email <> $2 and expires_at > now()',
}
const columns = 'id, email, role, created_at, expires_at'
// Another id as well: whoever revokes by an old list must not revoke the new one.
const replace = {
  name: 'invitation-replace',
  text: `insert into invitations (organisation_id, email, role, token_digest, expires_at)
    values ($1, $2, $3, $4, now() + make_interval(days => $5))
    on conflict (organisation_id, email) do update set id = excluded.id, role = excluded.role,
      token_digest = excluded.token_digest, created_at = excluded.created_at, expires_at = excluded.expires_at
    returning ${columns}`,
}
const byId = {
  name: 'invitation-by-id',
  text: 'select role from invitations where organisation_id = $1 and id = $2 and expires_at > now()',
}
const removeById = {
  name: 'invitation-remove',
  text: 'delete from invitations where organisation_id = $1 and id = $2 returning id',
}
const byToken = {
  name: 'invitation-by-token',
  text: `select i.email, u.id as user_id, u.password_hash, u.verified_at is not null as verified
    from invitations i left join users u on u.email = i.email
    where i.token_digest = $1 and i.expires_at > now()`,
}
const use = {
  name: 'invitation-use',
  text: `delete from invitations i using organisations o
    where i.token_digest = $1 and i.expires_at > now() and o.id = i.organisation_id
    returning i.organisation_id, i.email, i.role, o.slug, o.name`,
}
// Held until the end: an account that is just leaving its last organisation is either gone by now or stays for this one.
const lockUser = {
  name: 'invitation-user-lock',
  text: 'select password_hash, verified_at is not null as verified from users where id = $1 for no key update',
}
const claim = {
  name: 'invitation-claim-account',
  text: `update users set password_hash = $2, verified_at = now(), name = coalesce($3, name)
    where id = $1 and verified_at is null`,
}

export interface Invitation {
  readonly id: string
  readonly email: string
  readonly role: Role
  readonly created_at: Date
  readonly expires_at: Date
}

/** Who an invitation is for, before it is accepted. */
export interface Invited {
  readonly email: string
  /** Null: the address has no account. */
  readonly account: { readonly id: string; readonly passwordHash: string; readonly verified: boolean } | null
}

function conflict(field: string, problem: string): ServiceError {
  return new ServiceError('conflict', { details: [{ field, problem }] })
}

async function checkRole(queries: Queries, organisationId: string, actorId: string, role: Role): Promise<void> {
  const actor = await roleIn(queries, organisationId, actorId)
  if (actor === null) throw new ServiceError('not_found')
  if (!mayManage(actor, role)) throw new ServiceError('forbidden')
}

/**
 * Whether somebody may invite an address as things are now.
 * @throws ServiceError `not_found`, `forbidden`, `conflict` for a member, or for too many open invitations
 */
export async function checkInvitation(
  queries: Queries,
  organisationId: string,
  actorId: string,
  { email, role }: { readonly email: string; readonly role: Role },
): Promise<void> {
  await checkRole(queries, organisationId, actorId, role)
  const open = await queries.row<{ role: Role }>(byEmail, [organisationId, email])
  if (open) await checkRole(queries, organisationId, actorId, open.role)
  if (await queries.row(memberByEmail, [organisationId, email])) throw conflict('body.email', 'is a member already')
  const live = await queries.row<{ count: number }>(countLive, [organisationId, email])
  if (live === null || live.count >= LIVE_MAX)
    throw conflict('body.email', `is one too many: ${LIVE_MAX} invitations are open`)
}

/**
 * Invites an address by mail, in place of an invitation that it has. Needs a transaction.
 * @param invited `email` in lower case
 * @throws ServiceError as {@link checkInvitation}
 */
export async function invite(
  queries: Queries,
  organisation: { readonly id: string; readonly name: string },
  actorId: string,
  invited: { readonly email: string; readonly role: Role },
): Promise<Invitation> {
  const { email, role } = invited
  await lockMembers(queries, organisation.id)
  await checkInvitation(queries, organisation.id, actorId, invited)
  const token = `gi_${randomBytes(TOKEN_BYTES).toString('base64url')}`
  const made = await queries.row<Invitation>(replace, [organisation.id, email, role, tokenDigest(token), TTL_DAYS])
  if (!made) throw new Error('an invitation was not written')
  const data = { organisation: organisation.name, role, token, expires_at: made.expires_at.toISOString() }
  await enqueueMail(queries, { template: 'invitation', to: email, data })
  return made
}

/** Needs a transaction. @throws ServiceError `not_found`, `forbidden` */
export async function revoke(queries: Queries, organisationId: string, actorId: string, id: string): Promise<void> {
  await lockMembers(queries, organisationId)
  const found = await queries.row<{ role: Role }>(byId, [organisationId, id])
  await checkRole(queries, organisationId, actorId, found?.role ?? 'viewer')
  if (!found || (await queries.row(removeById, [organisationId, id])) === null) throw new ServiceError('not_found')
}

/** Who a token invites. @throws ServiceError `token_refused` */
export async function invitedBy(queries: Queries, token: string): Promise<Invited> {
  const row = await queries.row<{
    email: string
    user_id: string | null
    password_hash: string | null
    verified: boolean
  }>(byToken, [tokenDigest(token)])
  if (!row) throw new ServiceError<ErrorCode>('token_refused')
  const { email, user_id: id, password_hash: passwordHash, verified } = row
  return { email, account: id !== null && passwordHash !== null ? { id, passwordHash, verified } : null }
}

/**
 * Uses an invitation up: of any number that try at once, one does. Needs a transaction.
 * @param expected what was looked at when the password was checked, or hashed; whatever changed since, nothing is done
 * @param passwordHash of the password that was given, for an account that is new or was never verified
 * @throws ServiceError `token_refused`, `conflict` when the account changed meanwhile
 */
export async function accept(
  queries: Queries,
  token: string,
  expected: Invited,
  given: { readonly passwordHash: string | null; readonly name: string | undefined },
): Promise<{ readonly slug: string; readonly name: string }> {
  const used = await queries.row<{
    organisation_id: string
    email: string
    role: Role
    slug: string
    name: string
  }>(use, [tokenDigest(token)])
  if (!used) throw new ServiceError<ErrorCode>('token_refused')
  const userId = await accountFor(queries, expected, given)
  // Who is a member already stays what they are.
  await addMembership(queries, used.organisation_id, userId, used.role)
  return { slug: used.slug, name: used.name }
}

async function accountFor(
  queries: Queries,
  expected: Invited,
  given: { readonly passwordHash: string | null; readonly name: string | undefined },
): Promise<string> {
  const { email, account } = expected
  const { passwordHash } = given
  if (account === null) {
    const name = given.name ?? ''
    const made = passwordHash === null ? null : await addUser(queries, { email, name, passwordHash, verified: true })
    if (made === null) throw conflict('body.token', 'is for an account that was made meanwhile')
    return made
  }
  const now = await queries.row<{ password_hash: string; verified: boolean }>(lockUser, [account.id])
  if (!now || now.password_hash !== account.passwordHash || now.verified !== account.verified)
    throw conflict('body.token', 'is for an account that changed meanwhile')
  if (!account.verified) {
    // The password is of somebody who never showed that the address is theirs; whoever reads its mail has.
    await queries.rows(claim, [account.id, passwordHash, given.name ?? null])
    await endTokens(queries, account.id)
  }
  return account.id
}
