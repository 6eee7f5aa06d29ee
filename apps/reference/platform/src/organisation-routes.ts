import type { Database, Queries } from '@greengate/kit/data'
import { ServiceError } from '@greengate/kit/errors'
import type { AnyRoute } from '@greengate/kit/http'
import type { Role } from '@greengate/reference-base'
import { lineSchema } from '@greengate/reference-base'
import { z } from 'zod'
import { accessTo, type Organisation } from './access.ts'
import { addMembership, addOrganisation } from './accounts.ts'
import { actorOf, route } from './actor.ts'
import { pageSize, role, slug } from './schemas.ts'

const listMine = {
  name: 'organisations-of-user',
  text: `select o.id, o.slug, o.name, o.created_at, m.role
    from memberships m join organisations o on o.id = m.organisation_id
    where m.user_id = $1 and ($2::text is null or o.slug > $2) order by o.slug limit $3`,
}
// Held until the end: an account that is just being removed is either gone by now, or stays for this organisation.
const keepUser = { name: 'organisation-user-keep', text: 'select 1 as found from users where id = $1 for key share' }
const rename = {
  name: 'organisation-rename',
  text: 'update organisations set name = $2 where id = $1 returning id, slug, name, created_at',
}

const organisationSchema = z.object({ id: z.uuid(), slug, name: z.string(), created_at: z.iso.datetime() })
const mineSchema = organisationSchema.extend({ role })
const name = lineSchema(1, 120)
const example = {
  id: 'c0a8f9c2-7f0d-4b5e-8a57-9d6f0e1b2c3d',
  slug: 'acme',
  name: 'Acme',
  created_at: '2026-11-01T09:30:00.000Z',
}

function shown(organisation: Organisation): z.output<typeof organisationSchema> {
  const { id, created_at } = organisation
  return { id, slug: organisation.slug, name: organisation.name, created_at: created_at.toISOString() }
}

export function organisationRoutes(database: Database): AnyRoute[] {
  const databaseErrors = ['database_unavailable', 'database_timeout']
  const path = '/v1/organisations/{slug}'
  return [
    route({
      id: 'listOrganisations',
      method: 'GET',
      path: '/v1/organisations',
      access: ['user'],
      tag: 'organisations',
      summary: 'Organisations that you are in, a page at a time',
      query: z.strictObject({ limit: pageSize, after: slug.optional() }),
      answers: {
        200: {
          description: 'A page',
          schema: z.object({ organisations: z.array(mineSchema), next: slug.nullable() }),
          example: { organisations: [{ ...example, role: 'owner' }], next: null },
        },
      },
      errors: databaseErrors,
      handler: async (request) => {
        const { limit, after } = request.query
        const values = [actorOf(request).id, after ?? null, limit + 1]
        const rows = await database.rows<Organisation & { role: Role }>(listMine, values)
        const organisations = rows.slice(0, limit).map((row) => ({ ...shown(row), role: row.role }))
        return { status: 200, body: { organisations, next: rows.length > limit ? organisations.at(-1)?.slug : null } }
      },
    }),
    route({
      id: 'createOrganisation',
      method: 'POST',
      path: '/v1/organisations',
      access: ['user'],
      permission: 'organisation.create',
      tag: 'organisations',
      summary: 'Creates an organisation; whoever does it becomes its owner',
      body: z.strictObject({ slug, name }),
      bodyExample: { slug: 'acme', name: 'Acme' },
      answers: { 201: { description: 'Created', schema: organisationSchema, example } },
      errors: ['conflict', 'database_contention', ...databaseErrors],
      handler: async (request) => {
        const { body } = request
        const userId = actorOf(request).id
        const make = async (queries: Queries): Promise<Organisation> => {
          if (!(await queries.row(keepUser, [userId]))) throw new ServiceError('unauthenticated')
          const made = await addOrganisation(queries, body.slug, body.name)
          if (!made) throw new ServiceError('conflict', { details: [{ field: 'body.slug', problem: 'is taken' }] })
          await addMembership(queries, made.id, userId, 'owner')
          return made
        }
        const organisation = await database.transaction(make, { repeatable: true })
        return { status: 201, body: shown(organisation) }
      },
    }),
    route({
      id: 'getOrganisation',
      method: 'GET',
      path,
      access: ['user', 'service'],
      permission: 'organisation.read',
      tag: 'organisations',
      summary: 'One organisation',
      params: z.object({ slug }),
      answers: { 200: { description: 'The organisation', schema: organisationSchema, example } },
      errors: ['not_found', ...databaseErrors],
      handler: async (request) => {
        const { organisation } = await accessTo(database, request.params.slug, actorOf(request), 'organisation.read')
        return { status: 200, body: shown(organisation) }
      },
    }),
    route({
      id: 'renameOrganisation',
      method: 'PATCH',
      path,
      access: ['user'],
      permission: 'organisation.update',
      tag: 'organisations',
      summary: 'Renames an organisation; owners only. Its slug stays for ever',
      params: z.object({ slug }),
      body: z.strictObject({ name }),
      bodyExample: { name: 'Acme & Co' },
      answers: { 200: { description: 'Renamed', schema: organisationSchema, example } },
      errors: ['not_found', ...databaseErrors],
      handler: async (request) => {
        const { params, body } = request
        const { organisation } = await accessTo(database, params.slug, actorOf(request), 'organisation.update')
        const renamed = await database.row<Organisation>(rename, [organisation.id, body.name])
        if (!renamed) throw new ServiceError('not_found')
        return { status: 200, body: shown(renamed) }
      },
    }),
  ]
}
