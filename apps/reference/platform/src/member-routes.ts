import type { Database, Queries } from '@greengate/kit/data'
import { ServiceError } from '@greengate/kit/errors'
import type { AnyRoute } from '@greengate/kit/http'
import { z } from 'zod'
import { accessTo, addMember, ownedBy } from './accounts.ts'
import { actorOf, route } from './actor.ts'
import type { ErrorCode } from './error-codes.ts'
import type { Passwords } from './passwords.ts'
import { role, slug, text } from './schemas.ts'

const list = {
  name: 'members-list',
  text: `select m.user_id, u.email, m.role, m.created_at from memberships m join users u on u.id = m.user_id
    where m.organisation_id = $1 and ($2::uuid is null or m.user_id > $2) order by m.user_id limit $3`,
}
// Owners are counted and removed one removal at a time.
const lockOrganisation = { name: 'organisation-lock', text: 'select 1 from organisations where id = $1 for update' }
const owners = {
  name: 'owners-besides',
  text: `select count(*)::int as count from memberships where organisation_id = $1 and role = 'owner' and user_id <> $2`,
}
const removeMembership = {
  name: 'membership-remove',
  text: 'delete from memberships where organisation_id = $1 and user_id = $2 returning role',
}
// Whoever leaves the last organisation is gone, sessions included: the database would refuse anything else.
const removeHomeless = {
  name: 'user-remove-homeless',
  text: 'delete from users where id = $1 and not exists (select 1 from memberships where user_id = $1)',
}

const memberSchema = z.object({ user_id: z.uuid(), email: z.string(), role, created_at: z.iso.datetime() })
const example = {
  user_id: '5b1f3d52-64c5-4b0e-9a56-3f1f7a0c2d11',
  email: 'owner@acme.test',
  role: 'owner',
  created_at: '2026-11-01T09:30:00.000Z',
}
const databaseErrors = ['database_unavailable', 'database_timeout']
const path = '/v1/organisations/{slug}/members'

async function removeMember(queries: Queries, organisationId: string, userId: string): Promise<void> {
  await queries.rows(lockOrganisation, [organisationId])
  const removed = await queries.row<{ role: string }>(removeMembership, [organisationId, userId])
  if (!removed) throw new ServiceError('not_found')
  const others = await queries.row<{ count: number }>(owners, [organisationId, userId])
  if (removed.role === 'owner' && !others?.count) throw new ServiceError<ErrorCode>('last_owner')
  await queries.rows(removeHomeless, [userId])
}

export function memberRoutes(database: Database, passwords: Passwords): AnyRoute[] {
  return [
    route({
      id: 'listMembers',
      method: 'GET',
      path,
      access: ['user'],
      tag: 'members',
      summary: 'Members of an organisation, a page at a time',
      params: z.object({ slug }),
      query: z.strictObject({
        limit: z.coerce
          .number()
          .int()
          .min(1)
          .max(200)
          .default(50)
          .meta({ description: 'Members per page', examples: [50] }),
        after: z.uuid().optional().meta({ description: '`next` of the page before' }),
      }),
      answers: {
        200: {
          description: 'A page',
          schema: z.object({ members: z.array(memberSchema), next: z.uuid().nullable() }),
          example: { members: [example], next: null },
        },
      },
      errors: ['not_found', ...databaseErrors],
      handler: async (request) => {
        const { limit, after } = request.query
        const { organisation } = await accessTo(database, request.params.slug, actorOf(request))
        const rows = await database.rows<{ user_id: string; email: string; role: string; created_at: Date }>(list, [
          organisation.id,
          after ?? null,
          limit + 1,
        ])
        const members = rows.slice(0, limit).map((row) => ({ ...row, created_at: row.created_at.toISOString() }))
        return { status: 200, body: { members, next: rows.length > limit ? members.at(-1)?.user_id : null } }
      },
    }),
    route({
      id: 'addMember',
      method: 'POST',
      path,
      access: ['user'],
      tag: 'members',
      summary: 'Adds a member; owners only',
      description:
        'Makes the account with the initial password. An account that exists keeps its own password; the answer is the same.',
      params: z.object({ slug }),
      body: z.strictObject({ email: z.email().max(254), role, initial_password: text(12, 256) }),
      bodyExample: { email: 'sam@acme.test', role: 'member', initial_password: 'a long pass phrase' },
      answers: {
        201: {
          description: 'Added',
          schema: memberSchema,
          example: { ...example, email: 'sam@acme.test', role: 'member' },
        },
      },
      errors: ['not_found', 'conflict', 'overloaded', ...databaseErrors],
      handler: async (request) => {
        const { body, params } = request
        const organisation = await ownedBy(database, params.slug, actorOf(request))
        const email = body.email.toLowerCase()
        // Before the transaction: nothing waits for a hash with a connection in hand.
        const passwordHash = await passwords.hash(body.initial_password)
        const added = await database.transaction((queries) =>
          addMember(queries, organisation.id, { email, passwordHash, role: body.role }),
        )
        if (!added)
          throw new ServiceError('conflict', { details: [{ field: 'body.email', problem: 'is a member already' }] })
        return {
          status: 201,
          body: { user_id: added.userId, email, role: body.role, created_at: added.createdAt.toISOString() },
        }
      },
    }),
    route({
      id: 'removeMember',
      method: 'DELETE',
      path: `${path}/{user_id}`,
      access: ['user'],
      tag: 'members',
      summary: 'Removes a member; owners only',
      description: 'An account that is in no organisation any more is deleted with its sessions.',
      params: z.object({ slug, user_id: z.uuid() }),
      answers: { 204: { description: 'Removed' } },
      errors: ['not_found', 'last_owner', ...databaseErrors],
      handler: async (request) => {
        const organisation = await ownedBy(database, request.params.slug, actorOf(request))
        await database.transaction((queries) => removeMember(queries, organisation.id, request.params.user_id))
        return { status: 204 }
      },
    }),
  ]
}
