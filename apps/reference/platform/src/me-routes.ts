import type { Database, Queries } from '@greengate/kit/data'
import { ServiceError } from '@greengate/kit/errors'
import type { AnyRoute } from '@greengate/kit/http'
import { z } from 'zod'
import { mailPasswordChanged } from './account-routes.ts'
import { actorOf, route } from './actor.ts'
import type { ErrorCode } from './error-codes.ts'
import { endTokens } from './one-time-tokens.ts'
import type { Passwords } from './passwords.ts'
import { newPassword, role, slug } from './schemas.ts'
import { endSessions } from './sessions.ts'
import type { SignInGuard } from './sign-in-guard.ts'

const findMe = {
  name: 'me',
  text: `select u.id, u.email, u.name as person, o.slug, o.name, m.role from users u
    join memberships m on m.user_id = u.id join organisations o on o.id = m.organisation_id
    where u.id = $1 order by o.slug limit 200`,
}
const findAccount = { name: 'me-account', text: 'select email, password_hash from users where id = $1' }
// Only in place of the password that was checked: of two changes at once one is made.
const changePassword = {
  name: 'me-change-password',
  text: 'update users set password_hash = $3 where id = $1 and password_hash = $2 returning email, name',
}

const meSchema = z.object({
  kind: z.enum(['user', 'service', 'founder']),
  id: z.string(),
  email: z.string().nullable(),
  name: z.string().nullable(),
  organisations: z.array(z.object({ slug, name: z.string(), role })),
})
const USER = '5b1f3d52-64c5-4b0e-9a56-3f1f7a0c2d11'
const databaseErrors = ['database_unavailable', 'database_timeout']

interface Parts {
  readonly database: Database
  readonly passwords: Passwords
  readonly guard: SignInGuard
  readonly nowMs: () => number
}

interface Change {
  readonly userId: string
  /** The session that stays. */
  readonly token: string
  readonly before: string
  readonly after: string
}

/** @throws ServiceError `password_refused` when another change was quicker */
async function writePassword(queries: Queries, { userId, token, before, after }: Change, nowMs: number): Promise<void> {
  const person = await queries.row<{ email: string; name: string }>(changePassword, [userId, before, after])
  if (!person) throw new ServiceError<ErrorCode>('password_refused')
  await endSessions(queries, userId, token)
  // A link to set another password that was asked for before must not undo this.
  await endTokens(queries, userId)
  await mailPasswordChanged(queries, person, nowMs)
}

/** The account of whoever asks. */
export function meRoutes({ database, passwords, guard, nowMs }: Parts): AnyRoute[] {
  return [
    route({
      id: 'getMe',
      method: 'GET',
      path: '/v1/me',
      access: ['user', 'service'],
      tag: 'accounts',
      summary: 'Who the token belongs to, and the organisations of a person',
      answers: {
        200: {
          description: 'You',
          schema: meSchema,
          example: {
            kind: 'user',
            id: USER,
            email: 'owner@acme.test',
            name: 'Ada Okafor',
            organisations: [{ slug: 'acme', name: 'Acme', role: 'owner' }],
          },
        },
      },
      errors: databaseErrors,
      handler: async (request) => {
        const { kind, id } = actorOf(request)
        if (kind !== 'user') return { status: 200, body: { kind, id, email: null, name: null, organisations: [] } }
        const rows = await database.rows<{ email: string; person: string; slug: string; name: string; role: string }>(
          findMe,
          [id],
        )
        // The account may have been removed since the session was looked up.
        if (!rows[0]) throw new ServiceError('unauthenticated')
        const organisations = rows.map((row) => ({ slug: row.slug, name: row.name, role: row.role }))
        return { status: 200, body: { kind, id, email: rows[0].email, name: rows[0].person, organisations } }
      },
    }),
    route({
      id: 'changePassword',
      method: 'PUT',
      path: '/v1/me/password',
      access: ['user'],
      tag: 'accounts',
      summary: 'Sets a new password; your other sessions end',
      description: 'Counts as an attempt to sign in: who has a session can not guess the password with it.',
      body: z.strictObject({ current_password: z.string().min(1).max(256), new_password: newPassword }),
      bodyExample: { current_password: 'a long pass phrase', new_password: 'another long pass phrase' },
      answers: { 204: { description: 'The new password is the one that counts' } },
      errors: [
        'password_refused',
        'sign_in_locked',
        'rate_limit_unavailable',
        'overloaded',
        'database_contention',
        ...databaseErrors,
      ],
      handler: async (request) => {
        const { body, token, address } = request
        const userId = actorOf(request).id
        const account = await database.row<{ email: string; password_hash: string }>(findAccount, [userId])
        if (!account) throw new ServiceError('unauthenticated')
        const succeeded = await guard.enter(account.email, address)
        if (!(await passwords.matches(body.current_password, account.password_hash)))
          throw new ServiceError<ErrorCode>('password_refused')
        const change = { userId, token, before: account.password_hash, after: await passwords.hash(body.new_password) }
        await database.transaction((queries) => writePassword(queries, change, nowMs()), { repeatable: true })
        await succeeded()
        return { status: 204 }
      },
    }),
  ]
}
