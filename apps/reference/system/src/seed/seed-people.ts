import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { MailCatcher } from '../servers/mail-catcher.ts'
import { SystemError } from '../start/system-folder.ts'
import type { Api } from './api.ts'
import { CUSTOMER, OPERATOR_NAME, PEOPLE, type SeededPerson } from './people.ts'

const MAIL_MS_MAX = 30_000
const RETRY_MS = 50

const signedIn = z.object({ token: z.string() })
const membersPage = z.object({ members: z.array(z.object({ email: z.string().nullable() })) })

/** The token of the link in the newest mail to somebody, which the worker brings in a moment. */
async function tokenFrom(mail: MailCatcher, to: string, path: string): Promise<string> {
  const deadlineMs = performance.now() + MAIL_MS_MAX
  for (;;) {
    for (const one of mail.mails(to)) {
      const token = new RegExp(`${path}#token=([A-Za-z0-9._~-]+)`).exec(one.text)?.[1]
      if (token !== undefined) return token
    }
    if (performance.now() > deadlineMs) throw new SystemError('seed_failed', `no mail with ${path} came for ${to}`)
    await sleep(RETRY_MS)
  }
}

/** A session, null when nobody can sign in like that. */
async function signIn(platform: Api, email: string, password: string): Promise<string | null> {
  const answer = await platform.ask('/v1/sign-in', {
    method: 'POST',
    body: { email, password },
    statuses: [200, 401, 403],
  })
  return answer.status === 200 ? signedIn.parse(answer.json).token : null
}

async function invite(
  platform: Api,
  mail: MailCatcher,
  token: string,
  person: SeededPerson,
  password: string,
): Promise<void> {
  const { email, role, name, organisation } = person
  await platform.ask(`/v1/organisations/${organisation}/invitations`, { method: 'POST', token, body: { email, role } })
  const invitation = await tokenFrom(mail, email, '/invitations/accept')
  await platform.ask('/v1/invitations/accept', { method: 'POST', body: { token: invitation, password, name } })
}

async function signUp(platform: Api, mail: MailCatcher, person: SeededPerson, password: string): Promise<void> {
  const { email, name } = person
  await platform.ask('/v1/sign-up', { method: 'POST', body: { email, password, name, organisation: CUSTOMER } })
  const token = await tokenFrom(mail, email, '/verify')
  await platform.ask('/v1/email-verifications/confirm', { method: 'POST', body: { token } })
}

/**
 * Brings everybody in the way people come in: by invitations and by signing up, with the links from their mails. Whoever
 * is there already stays as they are.
 * @returns a session of the first owner
 */
export async function seedPeople(platform: Api, mail: MailCatcher, password: string): Promise<string> {
  const [owner, ...others] = PEOPLE
  const token = owner ? await signIn(platform, owner.email, password) : null
  if (!owner || token === null)
    throw new SystemError('seed_failed', 'the first owner cannot sign in: was the password changed?')
  // The first organisation is called like its slug until somebody says more.
  await platform.ask(`/v1/organisations/${owner.organisation}`, {
    method: 'PATCH',
    token,
    body: { name: OPERATOR_NAME },
  })
  const page = await platform.read(`/v1/organisations/${owner.organisation}/members?limit=100`, membersPage, { token })
  const known = new Set(page.members.map((member) => member.email))
  for (const person of others) {
    if (person.organisation === owner.organisation) {
      if (!known.has(person.email)) await invite(platform, mail, token, person, password)
    } else if ((await signIn(platform, person.email, password)) === null) await signUp(platform, mail, person, password)
  }
  return token
}
