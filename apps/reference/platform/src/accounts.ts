import type { Queries } from '@greengate/kit/data'
import { ServiceError } from '@greengate/kit/errors'
import type { PlatformActor } from './actor.ts'

export type Role = 'owner' | 'member'

export interface Organisation {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly created_at: Date
}

const bySlug = {
  name: 'organisation-by-slug',
  text: `select o.id, o.slug, o.name, o.created_at, m.role
    from organisations o left join memberships m on m.organisation_id = o.id and m.user_id = $2
    where o.slug = $1`,
}
const insertOrganisation = {
  name: 'organisation-insert',
  text: `insert into organisations (slug, name) values ($1, $2) on conflict (slug) do nothing
    returning id, slug, name, created_at`,
}
const insertUser = {
  name: 'user-insert',
  text: 'insert into users (email, password_hash) values ($1, $2) on conflict (email) do nothing returning id',
}
const userByEmail = { name: 'user-by-email', text: 'select id from users where email = $1' }
const insertMembership = {
  name: 'membership-insert',
  text: `insert into memberships (organisation_id, user_id, role) values ($1, $2, $3)
    on conflict do nothing returning created_at`,
}

/** What an actor may do with an organisation: `service` is the metering pipeline. */
export interface Access {
  readonly organisation: Organisation
  readonly role: Role | 'service'
}

/**
 * The organisation and what the actor is in it. One that the actor has no part in does not exist for the actor.
 * @throws ServiceError `not_found`
 */
export async function accessTo(queries: Queries, organisationSlug: string, actor: PlatformActor): Promise<Access> {
  const userId = actor.kind === 'user' ? actor.id : null
  const row = await queries.row<Organisation & { role: Role | null }>(bySlug, [organisationSlug, userId])
  const granted = actor.kind === 'service' ? 'service' : row?.role
  if (!row || !granted) throw new ServiceError('not_found')
  const { role: _role, ...organisation } = row
  return { organisation, role: granted }
}

/** As `accessTo`, for owners alone. @throws ServiceError `not_found`, `forbidden` */
export async function ownedBy(queries: Queries, organisationSlug: string, actor: PlatformActor): Promise<Organisation> {
  const { organisation, role } = await accessTo(queries, organisationSlug, actor)
  if (role !== 'owner') throw new ServiceError('forbidden')
  return organisation
}

/** Null when the slug is taken. */
export function addOrganisation(queries: Queries, slug: string, name: string): Promise<Organisation | null> {
  return queries.row<Organisation>(insertOrganisation, [slug, name])
}

/**
 * Adds somebody to an organisation, making the account if there is none; the password of one there is stays. Needs a
 * transaction. Null when already a member.
 */
export async function addMember(
  queries: Queries,
  organisationId: string,
  member: { email: string; passwordHash: string; role: Role },
): Promise<{ userId: string; createdAt: Date } | null> {
  const made = await queries.row<{ id: string }>(insertUser, [member.email, member.passwordHash])
  const user = made ?? (await queries.row<{ id: string }>(userByEmail, [member.email]))
  if (!user) throw new ServiceError('conflict')
  const row = await queries.row<{ created_at: Date }>(insertMembership, [organisationId, user.id, member.role])
  return row ? { userId: user.id, createdAt: row.created_at } : null
}
