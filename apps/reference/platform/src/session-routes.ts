import type { Database } from '@greengate/kit/data'
import { ServiceError } from '@greengate/kit/errors'
import type { AnyRoute } from '@greengate/kit/http'
import { z } from 'zod'
import { actorOf, route } from './actor.ts'
import type { ErrorCode } from './error-codes.ts'
import type { Passwords } from './passwords.ts'
import { role, slug, text } from './schemas.ts'
import type { Sessions } from './sessions.ts'
import type { SignInGuard } from './sign-in-guard.ts'

const findUser = { name: 'user-for-sign-in', text: 'select id, email, password_hash from users where email = $1' }
const findMe = {
  name: 'me',
  text: `select u.id, u.email, o.slug, o.name, m.role from users u
    join memberships m on m.user_id = u.id join organisations o on o.id = m.organisation_id
    where u.id = $1 order by o.slug limit 200`,
}

const meSchema = z.object({
  kind: z.enum(['user', 'service']),
  id: z.string(),
  email: z.string().nullable(),
  organisations: z.array(z.object({ slug, name: z.string(), role })),
})
const USER = '5b1f3d52-64c5-4b0e-9a56-3f1f7a0c2d11'

export function sessionRoutes(parts: {
  readonly database: Database
  readonly sessions: Sessions
  readonly passwords: Passwords
  readonly guard: SignInGuard
}): AnyRoute[] {
  const { database, sessions, passwords, guard } = parts
  const databaseErrors = ['database_unavailable', 'database_timeout']
  return [
    route({
      id: 'signIn',
      method: 'POST',
      path: '/v1/sign-in',
      access: 'public',
      tag: 'sessions',
      summary: 'Exchanges an address and a password for a session token',
      description:
        'After 5 failures for an account, whether it exists or not, or 30 from an address, 15 minutes of nothing but 429.',
      // Not checked for being an address: what is not one is refused like any other wrong one.
      body: z.strictObject({ email: text(1, 254), password: z.string().min(1).max(256) }),
      bodyExample: { email: 'owner@acme.test', password: 'a long pass phrase' },
      answers: {
        200: {
          description: 'Signed in',
          schema: z.object({
            token: z.string(),
            expires_at: z.iso.datetime(),
            user: z.object({ id: z.uuid(), email: z.string() }),
          }),
          example: {
            token: 'gs_...',
            expires_at: '2026-11-21T18:00:00.000Z',
            user: { id: USER, email: 'owner@acme.test' },
          },
        },
      },
      errors: ['sign_in_refused', 'sign_in_locked', 'overloaded', ...databaseErrors],
      handler: async ({ body, address }) => {
        const email = body.email.trim().toLowerCase()
        await guard.enter(email, address)
        const user = await database.row<{ id: string; email: string; password_hash: string }>(findUser, [email])
        const right = await passwords.matches(body.password, user?.password_hash ?? null)
        if (!user || !right) throw new ServiceError<ErrorCode>('sign_in_refused')
        await guard.succeeded(email, address)
        const { token, expiresAt } = await sessions.open(user.id)
        return {
          status: 200,
          body: { token, expires_at: expiresAt.toISOString(), user: { id: user.id, email: user.email } },
        }
      },
    }),
    route({
      id: 'signOut',
      method: 'POST',
      path: '/v1/sign-out',
      access: ['user'],
      tag: 'sessions',
      summary: 'Ends the session of the token that is sent',
      answers: { 204: { description: 'Signed out' } },
      errors: databaseErrors,
      handler: async ({ token }) => {
        await sessions.close(token)
        return { status: 204 }
      },
    }),
    route({
      id: 'getMe',
      method: 'GET',
      path: '/v1/me',
      access: ['user', 'service'],
      tag: 'sessions',
      summary: 'Who the token belongs to, and the organisations of a person',
      answers: {
        200: {
          description: 'You',
          schema: meSchema,
          example: {
            kind: 'user',
            id: USER,
            email: 'owner@acme.test',
            organisations: [{ slug: 'acme', name: 'Acme', role: 'owner' }],
          },
        },
      },
      errors: databaseErrors,
      handler: async (request) => {
        const actor = actorOf(request)
        if (actor.kind === 'service') {
          return { status: 200, body: { kind: actor.kind, id: actor.id, email: null, organisations: [] } }
        }
        const rows = await database.rows<{ email: string; slug: string; name: string; role: string }>(findMe, [
          actor.id,
        ])
        // The account may have been removed since the session was looked up.
        if (!rows[0]) throw new ServiceError('unauthenticated')
        const organisations = rows.map((row) => ({ slug: row.slug, name: row.name, role: row.role }))
        return { status: 200, body: { kind: 'user', id: actor.id, email: rows[0].email, organisations } }
      },
    }),
  ]
}
