import type { Queries } from '@greengate/kit/data'
import { ServiceError } from '@greengate/kit/errors'
import type { Role } from '@greengate/reference-base'
import type { PlatformActor } from './actor.ts'
import { may, type Permission } from './permissions.ts'

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

/** An organisation and what the actor is in it. */
export interface Access {
  readonly organisation: Organisation
  readonly role: Role | 'service'
}

/**
 * The organisation, for an actor who has the permission there. One that the actor has no part in does not exist for the actor.
 * @throws ServiceError `not_found`, `forbidden`
 */
export async function accessTo(
  queries: Queries,
  organisationSlug: string,
  actor: PlatformActor,
  permission: Permission,
): Promise<Access> {
  const userId = actor.kind === 'user' ? actor.id : null
  const row = await queries.row<Organisation & { role: Role | null }>(bySlug, [organisationSlug, userId])
  const role = actor.kind === 'service' ? 'service' : row?.role
  if (!row || !role) throw new ServiceError('not_found')
  if (!may(role, permission)) throw new ServiceError('forbidden')
  return { organisation: { id: row.id, slug: row.slug, name: row.name, created_at: row.created_at }, role }
}
