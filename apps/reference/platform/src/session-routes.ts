import type { Database } from '@greengate/kit/data'
import { ServiceError } from '@greengate/kit/errors'
import type { AnyRoute } from '@greengate/kit/http'
import { isOverdue, lineSchema, tokenDigest } from '@greengate/reference-base'
import { z } from 'zod'
import { normalEmail } from './accounts.ts'
import { actorOf, route } from './actor.ts'
import type { ErrorCode } from './error-codes.ts'
import type { Passwords } from './passwords.ts'
import { endSessions, type Sessions } from './sessions.ts'
import type { SignInGuard } from './sign-in-guard.ts'

// Beside the account, the first sign-up of the last day for this address: it may have been for an account that exists.
const findUser = {
  name: 'user-for-sign-in',
  text: `select u.id, u.email, u.password_hash, u.verified_at is not null as verified, s.password_hash as asked_hash
    from (select $1::text as email) as given
    left join users u on u.email = given.email
      and not (${isOverdue('u')})
    left join lateral (select password_hash from sign_ups where holder = $2 and expires_at > now()
      order by created_at, slug limit 1) s on true`,
}

type Found = {
  readonly email: string | null
  readonly asked_hash: string | null
} & (
  | { readonly id: string; readonly password_hash: string; readonly verified: boolean }
  | { readonly id: null; readonly password_hash: null; readonly verified: false }
)

interface Parts {
  readonly database: Database
  readonly sessions: Sessions
  readonly passwords: Passwords
  readonly guard: SignInGuard
}

/**
 * The account that the password opens. What is looked at does not depend on whether there is an account, only on whether
 * somebody signed up with the address in the last day, which is no secret of the address's owner.
 * @throws ServiceError `sign_in_refused`, `email_unverified`
 */
async function accountFor(
  { database, passwords }: Parts,
  email: string,
  password: string,
): Promise<{ readonly id: string; readonly email: string; readonly passwordHash: string }> {
  const found = await database.row<Found>(findUser, [email, tokenDigest(email)])
  const right = await passwords.matches(password, found?.password_hash ?? null)
  const asked = found?.asked_hash ?? null
  const rightForAsked = asked !== null && (await passwords.matches(password, asked))
  if (right && found?.id && found.verified) return { id: found.id, email, passwordHash: found.password_hash }
  throw new ServiceError<ErrorCode>(right || rightForAsked ? 'email_unverified' : 'sign_in_refused')
}

const sessionSchema = z.object({
  id: z.uuid(),
  created_at: z.iso.datetime(),
  last_used_at: z.iso.datetime().meta({ description: 'To the minute' }),
  user_agent: z.string().nullable(),
  address: z.string().nullable(),
  current: z.boolean().meta({ description: 'The one that this request came with' }),
})
const SESSION = '0d9d1f5e-6f4e-4a53-8d5c-0f5b7a1e9c22'
const USER = '5b1f3d52-64c5-4b0e-9a56-3f1f7a0c2d11'
const databaseErrors = ['database_unavailable', 'database_timeout']

function signInRoute(parts: Parts): AnyRoute {
  const { sessions, guard } = parts
  return route({
    id: 'signIn',
    method: 'POST',
    path: '/v1/sign-in',
    access: 'public',
    tag: 'sessions',
    summary: 'Exchanges an address and a password for a session token',
    description:
      'After 5 failures for an account, whether it exists or not, or 30 from an address: 429, and one attempt every 15 minutes.',
    // Not checked for being an address: what is not one is refused like any other wrong one.
    body: z.strictObject({ email: lineSchema(1, 254), password: z.string().min(1).max(256) }),
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
    errors: [
      'sign_in_refused',
      'email_unverified',
      'sign_in_locked',
      'rate_limit_unavailable',
      'overloaded',
      ...databaseErrors,
    ],
    handler: async ({ body, address, header }) => {
      const email = normalEmail(body.email)
      const succeeded = await guard.enter(email, address)
      const user = await accountFor(parts, email, body.password)
      const session = await sessions.open(user, { userAgent: header('user-agent'), address })
      if (!session) throw new ServiceError<ErrorCode>('sign_in_refused')
      await succeeded()
      const { token, expiresAt } = session
      return {
        status: 200,
        body: { token, expires_at: expiresAt.toISOString(), user: { id: user.id, email: user.email } },
      }
    },
  })
}

/** Signing in and out, and what people see and end of their sessions. */
export function sessionRoutes(parts: Parts): AnyRoute[] {
  const { database, sessions } = parts
  return [
    signInRoute(parts),
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
      id: 'listSessions',
      method: 'GET',
      path: '/v1/sessions',
      access: ['user'],
      tag: 'sessions',
      summary: 'Where you are signed in, the newest first; at most 100',
      answers: {
        200: {
          description: 'Your sessions',
          schema: z.object({ sessions: z.array(sessionSchema) }),
          example: {
            sessions: [
              {
                id: SESSION,
                created_at: '2026-11-21T06:00:00.000Z',
                last_used_at: '2026-11-21T09:30:00.000Z',
                user_agent: 'Mozilla/5.0',
                address: '192.0.2.7',
                current: true,
              },
            ],
          },
        },
      },
      errors: databaseErrors,
      handler: async (request) => {
        const rows = await sessions.list(actorOf(request).id, request.token)
        const shown = rows.map((row) => ({
          ...row,
          created_at: row.created_at.toISOString(),
          last_used_at: row.last_used_at.toISOString(),
        }))
        return { status: 200, body: { sessions: shown } }
      },
    }),
    route({
      id: 'endSession',
      method: 'DELETE',
      path: '/v1/sessions/{id}',
      access: ['user'],
      tag: 'sessions',
      summary: 'Ends one of your sessions',
      params: z.object({ id: z.uuid() }),
      answers: { 204: { description: 'Ended' } },
      errors: ['not_found', ...databaseErrors],
      handler: async (request) => {
        if (!(await sessions.closeById(actorOf(request).id, request.params.id))) throw new ServiceError('not_found')
        return { status: 204 }
      },
    }),
    route({
      id: 'endOtherSessions',
      method: 'DELETE',
      path: '/v1/sessions',
      access: ['user'],
      tag: 'sessions',
      summary: 'Ends all of your sessions but this one',
      answers: { 204: { description: 'This one is the only one' } },
      errors: databaseErrors,
      handler: async (request) => {
        await endSessions(database, actorOf(request).id, request.token)
        return { status: 204 }
      },
    }),
  ]
}
