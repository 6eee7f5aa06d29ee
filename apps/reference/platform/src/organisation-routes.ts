import type { Database } from '@greengate/kit/data'
import { ServiceError } from '@greengate/kit/errors'
import type { AnyRoute } from '@greengate/kit/http'
import { z } from 'zod'
import { accessTo, addOrganisation, type Organisation } from './accounts.ts'
import { actorOf, route } from './actor.ts'
import { slug, text } from './schemas.ts'

const insertOwner = {
  name: 'membership-insert-owner',
  text: `insert into memberships (organisation_id, user_id, role) values ($1, $2, 'owner')`,
}

const organisationSchema = z.object({
  id: z.uuid(),
  slug,
  name: z.string(),
  created_at: z.iso.datetime(),
})
const example = {
  id: 'c0a8f9c2-7f0d-4b5e-8a57-9d6f0e1b2c3d',
  slug: 'acme',
  name: 'Acme',
  created_at: '2026-11-01T09:30:00.000Z',
}

function shown(organisation: Organisation): z.output<typeof organisationSchema> {
  const { id, name, created_at } = organisation
  return { id, slug: organisation.slug, name, created_at: created_at.toISOString() }
}

export function organisationRoutes(database: Database): AnyRoute[] {
  const databaseErrors = ['database_unavailable', 'database_timeout']
  return [
    route({
      id: 'createOrganisation',
      method: 'POST',
      path: '/v1/organisations',
      access: ['user'],
      tag: 'organisations',
      summary: 'Creates an organisation; whoever does it becomes its owner',
      body: z.strictObject({ slug, name: text(1, 120) }),
      bodyExample: { slug: 'acme', name: 'Acme' },
      answers: { 201: { description: 'Created', schema: organisationSchema, example } },
      errors: ['conflict', ...databaseErrors],
      handler: async (request) => {
        const { body } = request
        const organisation = await database.transaction(async (queries) => {
          const made = await addOrganisation(queries, body.slug, body.name)
          if (!made) throw new ServiceError('conflict', { details: [{ field: 'body.slug', problem: 'is taken' }] })
          await queries.rows(insertOwner, [made.id, actorOf(request).id])
          return made
        })
        return { status: 201, body: shown(organisation) }
      },
    }),
    route({
      id: 'getOrganisation',
      method: 'GET',
      path: '/v1/organisations/{slug}',
      access: ['user', 'service'],
      tag: 'organisations',
      summary: 'One organisation',
      params: z.object({ slug }),
      answers: { 200: { description: 'The organisation', schema: organisationSchema, example } },
      errors: ['not_found', ...databaseErrors],
      handler: async (request) => {
        const { organisation } = await accessTo(database, request.params.slug, actorOf(request))
        return { status: 200, body: shown(organisation) }
      },
    }),
  ]
}
