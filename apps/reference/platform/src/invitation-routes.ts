import type { Database } from '@greengate/kit/data'
import { ServiceError } from '@greengate/kit/errors'
import type { AnyRoute } from '@greengate/kit/http'
import { Bulkhead, BulkheadFullError } from '@greengate/kit/resilience'
import type { Logger } from '@greengate/kit/telemetry'
import { lineSchema } from '@greengate/reference-base'
import { z } from 'zod'
import { accessTo } from './access.ts'
import { normalEmail } from './accounts.ts'
import { actorOf, route } from './actor.ts'
import type { ErrorCode } from './error-codes.ts'
import { accept, checkInvitation, type Invitation, invite, invitedBy, revoke } from './invitations.ts'
import type { Passwords } from './passwords.ts'
import { newPassword, idPageQuery, role, slug } from './schemas.ts'
import type { SignInGuard } from './sign-in-guard.ts'

const list = {
  name: 'invitations-list',
  text: `select id, email, role, created_at, expires_at from invitations
    where organisation_id = $1 and expires_at > now() and ($2::uuid is null or id > $2) order by id limit $3`,
}

const invitationSchema = z.object({
  id: z.uuid(),
  email: z.string(),
  role,
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
})
const example = {
  id: '3f6a1f0e-5a1c-4f0b-9d9f-0b7f6f1f2a11',
  email: 'sam@acme.test',
  role: 'member',
  created_at: '2026-11-01T09:30:00.000Z',
  expires_at: '2026-11-08T09:30:00.000Z',
}
const path = '/v1/organisations/{slug}/invitations'
// Those of one organisation wait for each other, each with a connection in hand: a burst of them must leave some to others.
const AT_ONCE = 2
const QUEUED_MAX = 300
const QUEUE_TIMEOUT_MS = 8000
const databaseErrors = ['database_unavailable', 'database_timeout']

function shown(invitation: Invitation): z.output<typeof invitationSchema> {
  const { id, email, created_at, expires_at } = invitation
  return {
    id,
    email,
    role: invitation.role,
    created_at: created_at.toISOString(),
    expires_at: expires_at.toISOString(),
  }
}

/** @throws ServiceError `overloaded` when too many wait */
async function inTurn<T>(bulkhead: Bulkhead, work: () => Promise<T>): Promise<T> {
  try {
    return await bulkhead.run(work)
  } catch (error) {
    throw error instanceof BulkheadFullError ? new ServiceError('overloaded', { cause: error }) : error
  }
}

/** How people come into an organisation: by a link that is sent to their address. */
export function invitationRoutes(parts: {
  readonly database: Database
  readonly passwords: Passwords
  readonly guard: SignInGuard
  readonly logger: Logger
}): AnyRoute[] {
  const { database, passwords, guard, logger } = parts
  const bulkhead = new Bulkhead(AT_ONCE, QUEUED_MAX, { queueTimeoutMs: QUEUE_TIMEOUT_MS })
  const managed = { access: ['user'], permission: 'invitations.manage', tag: 'invitations' } as const
  return [
    route({
      ...managed,
      id: 'invite',
      method: 'POST',
      path,
      summary: 'Invites somebody by mail; in place of an invitation that the address has',
      description: 'Admins and owners; nobody but owners invites owners. It can be accepted for 7 days.',
      params: z.object({ slug }),
      body: z.strictObject({ email: z.email().max(254), role }),
      bodyExample: { email: 'sam@acme.test', role: 'member' },
      answers: { 201: { description: 'Invited', schema: invitationSchema, example } },
      errors: ['not_found', 'conflict', 'overloaded', 'rate_limit_unavailable', ...databaseErrors],
      handler: async (request) => {
        const { params, body } = request
        const actor = actorOf(request)
        const email = normalEmail(body.email)
        const { organisation } = await accessTo(database, params.slug, actor, 'invitations.manage')
        const made = await inTurn(bulkhead, async () => {
          const invited = { email, role: body.role }
          // Asked again behind the lock. What is refused is no mail: it must not use up what others may send.
          await checkInvitation(database, organisation.id, actor.id, invited)
          if (!(await guard.mayMail('invitation', email))) throw new ServiceError('rate_limited')
          return database.transaction((queries) => invite(queries, organisation, actor.id, invited), {
            repeatable: true,
          })
        })
        const audit = { organisation_id: organisation.id, actor_id: actor.id, invitation_id: made.id, role: made.role }
        logger.log('info', 'member_invited', audit)
        return { status: 201, body: shown(made) }
      },
    }),
    route({
      ...managed,
      id: 'listInvitations',
      method: 'GET',
      path,
      summary: 'Invitations that can still be accepted, a page at a time',
      params: z.object({ slug }),
      query: idPageQuery,
      answers: {
        200: {
          description: 'A page',
          schema: z.object({ invitations: z.array(invitationSchema), next: z.uuid().nullable() }),
          example: { invitations: [example], next: null },
        },
      },
      errors: ['not_found', ...databaseErrors],
      handler: async (request) => {
        const { limit, after } = request.query
        const { organisation } = await accessTo(database, request.params.slug, actorOf(request), 'invitations.manage')
        const rows = await database.rows<Invitation>(list, [organisation.id, after ?? null, limit + 1])
        const invitations = rows.slice(0, limit).map(shown)
        return { status: 200, body: { invitations, next: rows.length > limit ? invitations.at(-1)?.id : null } }
      },
    }),
    route({
      ...managed,
      id: 'revokeInvitation',
      method: 'DELETE',
      path: `${path}/{id}`,
      summary: 'Takes an invitation back; nobody but owners takes back one for an owner',
      params: z.object({ slug, id: z.uuid() }),
      answers: { 204: { description: 'Taken back' } },
      errors: ['not_found', ...databaseErrors],
      handler: async (request) => {
        const { params } = request
        const actor = actorOf(request)
        const { organisation } = await accessTo(database, params.slug, actor, 'invitations.manage')
        await database.transaction((queries) => revoke(queries, organisation.id, actor.id, params.id), {
          repeatable: true,
        })
        const audit = { organisation_id: organisation.id, actor_id: actor.id, invitation_id: params.id }
        logger.log('info', 'invitation_revoked', audit)
        return { status: 204 }
      },
    }),
    route({
      id: 'acceptInvitation',
      method: 'POST',
      path: '/v1/invitations/accept',
      access: 'public',
      tag: 'invitations',
      summary: 'Joins the organisation of an invitation',
      description:
        'An account that exists keeps its password, which has to be given; attempts count as they do for signing in. Without one, or with one that was never verified, the account gets this password and counts as verified.',
      body: z.strictObject({
        token: lineSchema(1, 128),
        password: z.string().min(1).max(256),
        name: lineSchema(1, 120).optional(),
      }),
      bodyExample: { token: 'gi_...', password: 'a long pass phrase', name: 'Sam' },
      answers: {
        200: {
          description: 'Joined',
          schema: z.object({ organisation: z.object({ slug, name: z.string() }) }),
          example: { organisation: { slug: 'acme', name: 'Acme' } },
        },
      },
      errors: [
        'token_refused',
        'sign_in_refused',
        'sign_in_locked',
        'conflict',
        'overloaded',
        'rate_limit_unavailable',
        ...databaseErrors,
      ],
      handler: async ({ body, address }) => {
        const { token, password } = body
        const invited = await invitedBy(database, token)
        const keepsPassword = invited.account?.verified === true
        if (!keepsPassword && !newPassword.safeParse(password).success) {
          const problem = 'must be 12 to 256 characters, without control characters'
          throw new ServiceError('validation_failed', { details: [{ field: 'body.password', problem }] })
        }
        const succeeded = await guard.enter(invited.email, address)
        if (keepsPassword && !(await passwords.matches(password, invited.account?.passwordHash ?? null)))
          throw new ServiceError<ErrorCode>('sign_in_refused')
        // Before the transaction: nothing waits for a hash with a connection in hand.
        const passwordHash = keepsPassword ? null : await passwords.hash(password)
        const organisation = await database.transaction(
          (queries) => accept(queries, token, invited, { passwordHash, name: body.name }),
          { repeatable: true },
        )
        await succeeded()
        return { status: 200, body: { organisation } }
      },
    }),
  ]
}
