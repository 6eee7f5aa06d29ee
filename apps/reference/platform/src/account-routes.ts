import type { Database, Queries } from '@greengate/kit/data'
import { ServiceError } from '@greengate/kit/errors'
import type { AnyRoute } from '@greengate/kit/http'
import { lineSchema } from '@greengate/reference-base'
import { z } from 'zod'
import { normalEmail } from './accounts.ts'
import { route } from './actor.ts'
import type { ErrorCode } from './error-codes.ts'
import { enqueueMail, enqueueMailIf } from './mail.ts'
import { checkToken, endTokens, issueToken, type TokenPurpose, useToken } from './one-time-tokens.ts'
import type { Passwords } from './passwords.ts'
import { newPassword, slug } from './schemas.ts'
import { endSessions } from './sessions.ts'
import type { SignInGuard } from './sign-in-guard.ts'
import { endSignUps, type SignUps } from './sign-ups.ts'

const userByEmail = {
  name: 'user-for-mail',
  text: 'select id, name, verified_at is not null as verified from users where email = $1',
}
const verify = {
  name: 'user-verify',
  text: 'update users set verified_at = coalesce(verified_at, now()) where id = $1 returning email, name',
}
// Whoever reads the mail of an address has shown that it is theirs.
const setPassword = {
  name: 'user-set-password',
  text: `update users set password_hash = $2, verified_at = coalesce(verified_at, now())
    where id = $1 returning email, name`,
}

const address = z.email().max(254)
// Any text: what is no token is refused like one that was used.
const token = lineSchema(1, 256)
const sent = z.object({ status: z.literal('verification_sent') })
const databaseErrors = ['database_unavailable', 'database_timeout', 'database_contention', 'rate_limit_unavailable']
const TOKEN = 'gv_...'

interface Person {
  readonly email: string
  readonly name: string
}

interface Parts {
  readonly database: Database
  readonly passwords: Passwords
  readonly guard: SignInGuard
  readonly signUps: SignUps
  /** Whether anybody may sign up now. */
  readonly signUpOpen: () => Promise<boolean>
  readonly nowMs: () => number
}

/**
 * Sends a link to an address that has an account of the right kind. Who asks learns nothing: for any other address the
 * same statements run, and nothing is left of them.
 */
async function sendLink({ database, guard }: Parts, given: string, purpose: TokenPurpose): Promise<void> {
  const email = normalEmail(given)
  const mayMail = await guard.mayMail(purpose, email)
  await database.transaction(
    async (queries) => {
      const user = await queries.row<{ id: string; name: string; verified: boolean }>(userByEmail, [email])
      const isMeant = user !== null && mayMail && (purpose === 'reset' || !user.verified)
      const link = await issueToken(queries, isMeant ? user.id : null, purpose)
      await enqueueMailIf(queries, isMeant, {
        template: purpose === 'reset' ? 'reset_password' : 'verify_email',
        to: email,
        data: { name: user?.name ?? '', token: link.token, expires_at: link.expiresAt.toISOString() },
      })
    },
    { repeatable: true },
  )
}

/** @throws ServiceError `token_refused` */
async function confirmAddress(queries: Queries, given: string): Promise<void> {
  const userId = await useToken(queries, given, 'verify')
  const person = await queries.row<Person>(verify, [userId])
  await endTokens(queries, userId, 'verify')
  if (person) await endSignUps(queries, person.email)
}

/** Tells the owner of an account that its password is another one now. */
export async function mailPasswordChanged(queries: Queries, person: Person, nowMs: number): Promise<void> {
  const data = { name: person.name, at: new Date(nowMs).toISOString() }
  await enqueueMail(queries, { template: 'password_changed', to: person.email, data })
}

/** @throws ServiceError `token_refused` */
async function resetPassword(queries: Queries, given: string, passwordHash: string, nowMs: number): Promise<void> {
  const userId = await useToken(queries, given, 'reset')
  const person = await queries.row<Person>(setPassword, [userId, passwordHash])
  await endSessions(queries, userId)
  await endTokens(queries, userId)
  if (!person) return
  await endSignUps(queries, person.email)
  await mailPasswordChanged(queries, person, nowMs)
}

/** What people do before they can sign in. All of it is public, and none of it tells who has an account. */
export function accountRoutes(parts: Parts): AnyRoute[] {
  const { database, passwords, signUps, signUpOpen, nowMs } = parts
  return [
    route({
      id: 'signUp',
      method: 'POST',
      path: '/v1/sign-up',
      access: 'public',
      tag: 'accounts',
      summary: 'Asks for an account with an organisation of its own',
      description:
        'The answer is the same for an address that has an account, which gets a mail that says so. The same sign-up again is answered alike, and its password counts like one at a sign-in; the slug is kept for a day.',
      body: z.strictObject({
        email: address,
        password: newPassword,
        name: lineSchema(1, 120),
        organisation: z.strictObject({ slug, name: lineSchema(1, 120) }),
      }),
      bodyExample: {
        email: 'owner@acme.test',
        password: 'a long pass phrase',
        name: 'Ada Okafor',
        organisation: { slug: 'acme', name: 'Acme' },
      },
      answers: {
        202: { description: 'Look into the mailbox', schema: sent, example: { status: 'verification_sent' } },
      },
      errors: ['conflict', 'sign_up_closed', 'sign_in_locked', 'overloaded', ...databaseErrors],
      handler: async ({ body, address: from }) => {
        if (!(await signUpOpen())) throw new ServiceError<ErrorCode>('sign_up_closed')
        await signUps.signUp({ ...body, email: normalEmail(body.email) }, from)
        return { status: 202, body: { status: 'verification_sent' } }
      },
    }),
    route({
      id: 'requestEmailVerification',
      method: 'POST',
      path: '/v1/email-verifications',
      access: 'public',
      tag: 'accounts',
      summary: 'Sends the mail that confirms an address again, if there is anything to confirm',
      description:
        'At most 5 of these mails an hour go to one address; beyond that none is sent, and the answer is the same.',
      body: z.strictObject({ email: address }),
      bodyExample: { email: 'owner@acme.test' },
      answers: {
        202: { description: 'Look into the mailbox', schema: sent, example: { status: 'verification_sent' } },
      },
      errors: databaseErrors,
      handler: async ({ body }) => {
        await sendLink(parts, body.email, 'verify')
        return { status: 202, body: { status: 'verification_sent' } }
      },
    }),
    route({
      id: 'confirmEmail',
      method: 'POST',
      path: '/v1/email-verifications/confirm',
      access: 'public',
      tag: 'accounts',
      summary: 'Confirms an address with the token of a mail, which is used up',
      body: z.strictObject({ token }),
      bodyExample: { token: TOKEN },
      answers: { 204: { description: 'Confirmed: the account can sign in' } },
      errors: ['token_refused', ...databaseErrors],
      handler: async ({ body }) => {
        await database.transaction((queries) => confirmAddress(queries, body.token), { repeatable: true })
        return { status: 204 }
      },
    }),
    route({
      id: 'requestPasswordReset',
      method: 'POST',
      path: '/v1/password-resets',
      access: 'public',
      tag: 'accounts',
      summary: 'Sends a mail by which a new password can be set, if the address has an account',
      description:
        'At most 5 of these mails an hour go to one address; beyond that none is sent, and the answer is the same.',
      body: z.strictObject({ email: address }),
      bodyExample: { email: 'owner@acme.test' },
      answers: {
        202: {
          description: 'Look into the mailbox',
          schema: z.object({ status: z.literal('reset_sent') }),
          example: { status: 'reset_sent' },
        },
      },
      errors: databaseErrors,
      handler: async ({ body }) => {
        await sendLink(parts, body.email, 'reset')
        return { status: 202, body: { status: 'reset_sent' } }
      },
    }),
    route({
      id: 'resetPassword',
      method: 'POST',
      path: '/v1/password-resets/confirm',
      access: 'public',
      tag: 'accounts',
      summary: 'Sets a new password with the token of a mail, which is used up; all sessions end',
      body: z.strictObject({ token, password: newPassword }),
      bodyExample: { token: TOKEN.replace('gv_', 'gr_'), password: 'another long pass phrase' },
      answers: { 204: { description: 'The new password is the one that counts' } },
      errors: ['token_refused', 'overloaded', ...databaseErrors],
      handler: async ({ body }) => {
        await checkToken(database, body.token, 'reset')
        const passwordHash = await passwords.hash(body.password)
        await database.transaction((queries) => resetPassword(queries, body.token, passwordHash, nowMs()), {
          repeatable: true,
        })
        return { status: 204 }
      },
    }),
  ]
}
