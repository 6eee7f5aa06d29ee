import type { Database } from '@greengate/kit/data'
import type { AnyRoute } from '@greengate/kit/http'
import type { Logger } from '@greengate/kit/telemetry'
import { z } from 'zod'
import { accessTo } from './access.ts'
import { actorOf, route } from './actor.ts'
import { changeRole, type Member, removeMember } from './members.ts'
import { idPageQuery, role, slug } from './schemas.ts'

const list = {
  name: 'members-list',
  text: `select m.user_id, u.email, u.name, m.role, m.created_at from memberships m join users u on u.id = m.user_id
    where m.organisation_id = $1 and ($2::uuid is null or m.user_id > $2) order by m.user_id limit $3`,
}

const memberSchema = z.object({
  user_id: z.uuid(),
  email: z.string(),
  name: z.string(),
  role,
  created_at: z.iso.datetime(),
})
const example = {
  user_id: '5b1f3d52-64c5-4b0e-9a56-3f1f7a0c2d11',
  email: 'owner@acme.test',
  name: 'Ada',
  role: 'owner',
  created_at: '2026-11-01T09:30:00.000Z',
}
const databaseErrors = ['database_unavailable', 'database_timeout']
const path = '/v1/organisations/{slug}/members'

function shown(member: Member): z.output<typeof memberSchema> {
  return { ...member, created_at: member.created_at.toISOString() }
}

/** Who is in an organisation, and as what. People come in by an invitation. */
export function memberRoutes(database: Database, logger: Logger): AnyRoute[] {
  const managed = {
    path: `${path}/{user_id}`,
    access: ['user'],
    permission: 'members.manage',
    tag: 'members',
    params: z.object({ slug, user_id: z.uuid() }),
    errors: ['not_found', 'last_owner', 'database_contention', ...databaseErrors],
  } as const
  return [
    route({
      id: 'listMembers',
      method: 'GET',
      path,
      access: ['user'],
      permission: 'members.read',
      tag: 'members',
      summary: 'Members of an organisation, a page at a time',
      params: z.object({ slug }),
      query: idPageQuery,
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
        const { organisation } = await accessTo(database, request.params.slug, actorOf(request), 'members.read')
        const rows = await database.rows<Member>(list, [organisation.id, after ?? null, limit + 1])
        const members = rows.slice(0, limit).map(shown)
        return { status: 200, body: { members, next: rows.length > limit ? members.at(-1)?.user_id : null } }
      },
    }),
    route({
      ...managed,
      id: 'changeMember',
      method: 'PATCH',
      summary: 'Gives a member another role',
      description: 'Admins and owners; nobody but owners makes owners, or makes something else of one.',
      body: z.strictObject({ role }),
      bodyExample: { role: 'admin' },
      answers: {
        200: { description: 'Changed', schema: memberSchema, example: { ...example, role: 'admin' } },
      },
      handler: async (request) => {
        const { params, body } = request
        const actor = actorOf(request)
        const { organisation } = await accessTo(database, params.slug, actor, 'members.manage')
        const change = { organisationId: organisation.id, actorId: actor.id, userId: params.user_id }
        const member = await database.transaction((queries) => changeRole(queries, change, body.role), {
          repeatable: true,
        })
        logger.log('info', 'member_changed', { ...change, role: body.role })
        return { status: 200, body: shown(member) }
      },
    }),
    route({
      ...managed,
      id: 'removeMember',
      method: 'DELETE',
      summary: 'Removes a member',
      description:
        'Admins and owners; nobody but owners removes owners. An account that is in no organisation any more is deleted with its sessions.',
      answers: { 204: { description: 'Removed' } },
      handler: async (request) => {
        const { params } = request
        const actor = actorOf(request)
        const { organisation } = await accessTo(database, params.slug, actor, 'members.manage')
        const change = { organisationId: organisation.id, actorId: actor.id, userId: params.user_id }
        await database.transaction((queries) => removeMember(queries, change), { repeatable: true })
        logger.log('info', 'member_removed', change)
        return { status: 204 }
      },
    }),
  ]
}
