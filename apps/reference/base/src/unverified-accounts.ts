import type { Queries } from '@greengate/kit/data'

/** How long somebody has to show that the address of a new account is theirs; seconds. */
export const UNVERIFIED_TTL_S = 86_400

const organisationsOf = {
  name: 'unverified-organisations',
  text: 'select distinct organisation_id as id from memberships where user_id = any($1::uuid[])',
}
const removeUsers = { name: 'unverified-remove-users', text: 'delete from users where id = any($1::uuid[])' }
/** Of those only what nobody is in any more and nothing was used by: usage is kept for ever. */
const removeOrganisations = {
  name: 'unverified-remove-organisations',
  text: `delete from organisations o where id = any($1::uuid[])
    and not exists (select 1 from memberships where organisation_id = o.id)
    and not exists (select 1 from usage_events where organisation_id = o.id)`,
}

/**
 * SQL of whether an account is one that nobody showed to be theirs in time.
 * @param user alias of a row of `users`
 */
export function isOverdue(user: string): string {
  return `${user}.verified_at is null and ${user}.created_at <= now() - make_interval(secs => ${UNVERIFIED_TTL_S})`
}

/**
 * Removes accounts, and the organisations that were made for them. Needs a transaction that found them overdue and holds
 * them locked: whoever confirms in this moment is no longer one of them.
 */
export async function removeUnverified(queries: Queries, userIds: readonly string[]): Promise<void> {
  const organisations = await queries.rows<{ id: string }>(organisationsOf, [userIds])
  await queries.rows(removeUsers, [userIds])
  await queries.rows(removeOrganisations, [organisations.map(({ id }) => id)])
}
