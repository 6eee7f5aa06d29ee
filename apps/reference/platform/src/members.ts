import type { Queries } from '@greengate/kit/data'
import { ServiceError } from '@greengate/kit/errors'
import type { Role } from '@greengate/reference-base'
import type { ErrorCode } from './error-codes.ts'
import { mayManage } from './permissions.ts'

// Changes of one organisation's members come one after the other. Not `for update`: that would hold up every event and
// every membership that refers to the organisation.
const lockOrganisation = {
  name: 'organisation-lock',
  text: 'select 1 from organisations where id = $1 for no key update',
}
const roleOf = {
  name: 'membership-role',
  text: 'select role from memberships where organisation_id = $1 and user_id = $2',
}
const owners = {
  name: 'owners-besides',
  text: `select 1 as found from memberships where organisation_id = $1 and role = 'owner' and user_id <> $2 limit 1`,
}
const setRole = {
  name: 'membership-set-role',
  text: `update memberships m set role = $3 from users u
    where m.organisation_id = $1 and m.user_id = $2 and u.id = m.user_id
    returning m.user_id, u.email, u.name, m.role, m.created_at`,
}
// Removals of one account from two organisations must see each other: the second finds it without any.
const lockUser = { name: 'user-lock', text: 'select 1 from users where id = $1 for update' }
const removeMembership = {
  name: 'membership-remove',
  text: 'delete from memberships where organisation_id = $1 and user_id = $2',
}
// Whoever leaves the last organisation is gone, sessions included: the database would refuse anything else.
const removeHomeless = {
  name: 'user-remove-homeless',
  text: 'delete from users where id = $1 and not exists (select 1 from memberships where user_id = $1)',
}

export interface Member {
  readonly user_id: string
  readonly email: string
  readonly name: string
  readonly role: Role
  readonly created_at: Date
}

/** Which membership, and who wants to change it. */
export interface MemberChange {
  readonly organisationId: string
  readonly actorId: string
  readonly userId: string
}

/** Until the transaction ends nobody else changes the members or the invitations of the organisation. */
export async function lockMembers(queries: Queries, organisationId: string): Promise<void> {
  await queries.rows(lockOrganisation, [organisationId])
}

/** Null for who is no member. */
export async function roleIn(queries: Queries, organisationId: string, userId: string): Promise<Role | null> {
  return (await queries.row<{ role: Role }>(roleOf, [organisationId, userId]))?.role ?? null
}

/** Asked behind the lock: what the actor was when the request came may be over. */
async function checkChange(queries: Queries, change: MemberChange, becomes: Role | null): Promise<void> {
  const { organisationId, actorId, userId } = change
  await lockMembers(queries, organisationId)
  const actor = await roleIn(queries, organisationId, actorId)
  if (actor === null) throw new ServiceError('not_found')
  const target = await roleIn(queries, organisationId, userId)
  if (!mayManage(actor, target ?? 'viewer') || !mayManage(actor, becomes ?? 'viewer'))
    throw new ServiceError('forbidden')
  if (target === null) throw new ServiceError('not_found')
  if (target !== 'owner' || becomes === 'owner') return
  if ((await queries.row(owners, [organisationId, userId])) === null) throw new ServiceError<ErrorCode>('last_owner')
}

/**
 * Gives a member another role. Needs a transaction.
 * @throws ServiceError `not_found`, `forbidden`, `last_owner`
 */
export async function changeRole(queries: Queries, change: MemberChange, role: Role): Promise<Member> {
  await checkChange(queries, change, role)
  const row = await queries.row<Member>(setRole, [change.organisationId, change.userId, role])
  if (!row) throw new ServiceError('not_found')
  return row
}

/**
 * Takes a member out, and deletes an account that is in no organisation any more. Needs a transaction.
 * @throws ServiceError `not_found`, `forbidden`, `last_owner`
 */
export async function removeMember(queries: Queries, change: MemberChange): Promise<void> {
  await checkChange(queries, change, null)
  await queries.rows(lockUser, [change.userId])
  await queries.rows(removeMembership, [change.organisationId, change.userId])
  await queries.rows(removeHomeless, [change.userId])
}
