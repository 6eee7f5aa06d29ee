import type { Queries } from '@greengate/kit/data'
import { isOverdue, removeUnverified, type Role } from '@greengate/reference-base'
import type { Organisation } from './access.ts'

// What somebody asked for in a sign-up is theirs for a day, whether or not an account came of it.
const insertOrganisation = {
  name: 'organisation-insert',
  text: `insert into organisations (slug, name)
    select $1, $2 where not exists (select 1 from sign_ups where slug = $1 and expires_at > now())
    on conflict (slug) do nothing returning id, slug, name, created_at`,
}
const lockSlugStatement = {
  name: 'slug-lock',
  text: `select pg_advisory_xact_lock(hashtextextended('slug:' || $1, 0))`,
}
// Whoever confirms in this moment is waited for, and then is none of these.
const lockOverdue = {
  name: 'slug-overdue-lock',
  text: `select u.id from organisations o join memberships m on m.organisation_id = o.id join users u on u.id = m.user_id
    where o.slug = $1 and ${isOverdue('u')} order by u.id for update of u`,
}
const otherMember = {
  name: 'slug-other-member',
  text: `select 1 as found from organisations o join memberships m on m.organisation_id = o.id
    where o.slug = $1 and m.user_id <> all($2::uuid[]) limit 1`,
}
const insertUser = {
  name: 'user-insert',
  text: `insert into users (email, name, password_hash, verified_at)
    values ($1, $2, $3, case when $4 then now() end) on conflict (email) do nothing returning id`,
}
const insertMembership = {
  name: 'membership-insert',
  text: `insert into memberships (organisation_id, user_id, role) values ($1, $2, $3)
    on conflict do nothing returning created_at`,
}

/** An address as it is stored and looked for. */
export function normalEmail(email: string): string {
  return email.trim().toLowerCase()
}

/**
 * Until the transaction ends nobody else decides whose this slug is. What nobody confirmed in time holds it no longer, as what
 * was asked for with the address of an account does not: the sweep, which comes some minutes later, would tell them apart.
 */
export async function lockSlug(queries: Queries, slug: string): Promise<void> {
  await queries.rows(lockSlugStatement, [slug])
  const overdue = (await queries.rows<{ id: string }>(lockOverdue, [slug])).map(({ id }) => id)
  if (overdue.length === 0 || (await queries.row(otherMember, [slug, overdue]))) return
  await removeUnverified(queries, overdue)
}

/** Needs a transaction, which an owner has to join in. Null when the slug is taken. */
export async function addOrganisation(queries: Queries, slug: string, name: string): Promise<Organisation | null> {
  await lockSlug(queries, slug)
  return addOrganisationLocked(queries, slug, name)
}

/** As {@link addOrganisation}, behind {@link lockSlug}. */
export async function addOrganisationLocked(
  queries: Queries,
  slug: string,
  name: string,
): Promise<Organisation | null> {
  return queries.row<Organisation>(insertOrganisation, [slug, name])
}

/**
 * Makes an account. Needs a transaction, in which it joins an organisation: the database refuses it otherwise.
 * @param user `email` in lower case; `verified` when it was shown that the address is theirs
 * @returns null when the address has one
 */
export async function addUser(
  queries: Queries,
  user: { readonly email: string; readonly name: string; readonly passwordHash: string; readonly verified: boolean },
): Promise<string | null> {
  const row = await queries.row<{ id: string }>(insertUser, [user.email, user.name, user.passwordHash, user.verified])
  return row?.id ?? null
}

/** When the account joined; null when it is in the organisation already. */
export async function addMembership(
  queries: Queries,
  organisationId: string,
  userId: string,
  role: Role,
): Promise<Date | null> {
  const row = await queries.row<{ created_at: Date }>(insertMembership, [organisationId, userId, role])
  return row?.created_at ?? null
}
