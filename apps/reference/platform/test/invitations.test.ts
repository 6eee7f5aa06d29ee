/**
 * Goal: people come into an organisation by an invitation, once, as what they were invited as, and nothing else does it.
 * Method: requests injected into the service on a real database; tokens are read from the mails that were put out.
 */
import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Passwords } from '../src/passwords.ts'
import { codeOf, type Organisation, type Person, type StartedPlatform, startPlatform } from './started-platform.ts'

const password = 'a long pass phrase'
let platform: StartedPlatform
let passwordHash = ''
let organisation: Organisation
let owner: Person
let admin: Person

beforeAll(async () => {
  platform = await startPlatform()
  passwordHash = await new Passwords().hash(password)
  organisation = await platform.organisation()
  owner = await platform.person(organisation, 'owner')
  admin = await platform.person(organisation, 'admin')
})
afterAll(() => platform.stop())

const pathOf = (one: Organisation): string => `/v1/organisations/${one.slug}/invitations`
const address = (): string => `${randomUUID()}@invited.test`
const invite = (email: string, role = 'member', by = owner, to = organisation) =>
  platform.callUntilServed('POST', pathOf(to), by.token, { email, role })
let callers = 0
// Each from an address of its own: one alone is locked after 30 attempts that were not right, or are under way.
const accept = (token: string, given = password, more: object = {}) => {
  callers += 1
  const from = `10.1.${callers >> 8}.${callers & 255}`
  return platform.callUntilServed('POST', '/v1/invitations/accept', '', { token, password: given, ...more }, from)
}
const tokenFor = async (email: string): Promise<string> =>
  (await platform.mailsTo(email)).at(-1)?.data['token'] ?? 'no mail'
const membershipsOf = async (email: string): Promise<{ slug: string; role: string }[]> =>
  (
    await platform.admin.query<{ slug: string; role: string }>(
      `select o.slug, m.role from users u join memberships m on m.user_id = u.id
        join organisations o on o.id = m.organisation_id where u.email = $1 order by o.slug`,
      [email],
    )
  ).rows

describe('an invitation', () => {
  it('is mailed, kept as a digest, and makes a verified account that can sign in', async () => {
    const email = address()
    const made = await invite(email.toUpperCase(), 'admin')
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ email, role: 'admin' })
    const days =
      (Date.parse(String(made.body['expires_at'])) - Date.parse(String(made.body['created_at']))) / 86_400_000
    expect(days).toBe(7)
    expect(await platform.mailsTo(email)).toMatchObject([
      { template: 'invitation', data: { organisation: organisation.slug, role: 'admin' } },
    ])
    const token = await tokenFor(email)
    const { rows } = await platform.admin.query<{ row: string; digest: Buffer }>(
      'select i::text as row, token_digest as digest from invitations i where email = $1',
      [email],
    )
    expect(rows[0]?.row).not.toContain(token)
    expect(rows[0]?.digest.equals(createHash('sha256').update(token).digest())).toBe(true)

    const joined = await accept(token, password, { name: 'Kim' })
    expect([joined.status, joined.body]).toEqual([
      200,
      { organisation: { slug: organisation.slug, name: organisation.slug } },
    ])
    expect(await membershipsOf(email)).toEqual([{ slug: organisation.slug, role: 'admin' }])
    const signedIn = await platform.call('POST', '/v1/sign-in', '', { email, password })
    expect(signedIn.status).toBe(200)
    const me = await platform.call('GET', '/v1/me', String(signedIn.body['token']))
    expect(me.body).toMatchObject({ email, name: 'Kim' })
    expect(platform.lines.join('')).not.toContain(token)
  })

  it('works once', async () => {
    const email = address()
    await invite(email)
    const token = await tokenFor(email)
    expect((await accept(token)).status).toBe(200)
    expect(codeOf(await accept(token))).toBe('token_refused')
  })

  it('is one for an address and an organisation: sending again ends the one before', async () => {
    const email = address()
    const first = await invite(email, 'viewer')
    const old = await tokenFor(email)
    const second = await invite(email, 'member')
    expect(second.body['id']).not.toBe(first.body['id'])
    expect(codeOf(await accept(old))).toBe('token_refused')
    expect(
      (await platform.call('DELETE', `${pathOf(organisation)}/${String(first.body['id'])}`, owner.token)).status,
    ).toBe(404)
    expect((await accept(await tokenFor(email))).status).toBe(200)
    expect(await membershipsOf(email)).toEqual([{ slug: organisation.slug, role: 'member' }])
  })

  it('ends when it is revoked, and with time', async () => {
    const revoked = address()
    const { body } = await invite(revoked)
    const url = `${pathOf(organisation)}/${String(body['id'])}`
    expect((await platform.call('DELETE', url, admin.token)).status).toBe(204)
    expect((await platform.call('DELETE', url, admin.token)).status).toBe(404)
    expect(codeOf(await accept(await tokenFor(revoked)))).toBe('token_refused')

    const late = address()
    await invite(late)
    await platform.admin.query(`update invitations set expires_at = now() - interval '1 second' where email = $1`, [
      late,
    ])
    expect(codeOf(await accept(await tokenFor(late)))).toBe('token_refused')
    const listed = await platform.call('GET', `${pathOf(organisation)}?limit=200`, admin.token)
    expect(JSON.stringify(listed.body)).not.toContain(late)
    // The place is free again.
    expect((await invite(late)).status).toBe(201)
  })

  it('is listed in pages, without its token', async () => {
    const home = await platform.organisation()
    const boss = await platform.person(home, 'owner')
    for (let i = 0; i < 3; i += 1) await invite(address(), 'viewer', boss, home)
    const first = await platform.call('GET', `${pathOf(home)}?limit=2`, boss.token)
    const rest = await platform.call('GET', `${pathOf(home)}?limit=2&after=${String(first.body['next'])}`, boss.token)
    const all = [first.body['invitations'], rest.body['invitations']].flat() as unknown as object[]
    expect(all).toHaveLength(3)
    expect(rest.body['next']).toBeNull()
    for (const one of all)
      expect(Object.keys(one).toSorted()).toEqual(['created_at', 'email', 'expires_at', 'id', 'role'])
  })

  it('is refused for a member, and keeps what a member is', async () => {
    const email = address()
    await invite(email, 'viewer')
    const token = await tokenFor(email)
    const early = await platform.person(organisation, 'admin')
    await platform.admin.query('update users set email = $1, password_hash = $2 where id = $3', [
      email,
      passwordHash,
      early.id,
    ])
    expect((await accept(token)).status).toBe(200)
    expect(await membershipsOf(email)).toEqual([{ slug: organisation.slug, role: 'admin' }])
    expect(codeOf(await invite(email))).toBe('conflict')
  })

  it('is not something to send mails to somebody for ever with', async () => {
    const email = address()
    const statuses = []
    for (let i = 0; i < 6; i += 1) statuses.push((await invite(email)).status)
    expect(statuses).toEqual([201, 201, 201, 201, 201, 429])
    expect(await platform.mailsTo(email)).toHaveLength(5)
  })
})

describe('an invitation that is refused', () => {
  it('uses up no mail of the address', async () => {
    const member = await platform.person(organisation, 'member')
    const email = address()
    for (let i = 0; i < 6; i += 1) {
      expect((await invite(email, 'owner', admin)).status).toBe(403)
      expect((await invite(email, 'viewer', member)).status).toBe(403)
    }
    expect((await invite(email)).status).toBe(201)
    const home = await platform.organisation()
    const boss = await platform.person(home, 'owner')
    for (let i = 0; i < 6; i += 1) expect(codeOf(await invite(boss.email, 'viewer', boss, home))).toBe('conflict')
    expect((await invite(boss.email)).status).toBe(201)
  })
})

describe('admins', () => {
  it('invite everybody but owners, and touch no invitation of an owner', async () => {
    for (const role of ['admin', 'member', 'viewer']) expect((await invite(address(), role, admin)).status).toBe(201)
    expect((await invite(address(), 'owner', admin)).status).toBe(403)
    const email = address()
    const { body } = await invite(email, 'owner', owner)
    expect((await invite(email, 'viewer', admin)).status).toBe(403)
    const url = `${pathOf(organisation)}/${String(body['id'])}`
    expect((await platform.call('DELETE', url, admin.token)).status).toBe(403)
    expect((await accept(await tokenFor(email))).status).toBe(200)
    expect(await membershipsOf(email)).toEqual([{ slug: organisation.slug, role: 'owner' }])
  })
})

describe('somebody who has an account', () => {
  it('keeps the password, which has to be given, and gains an organisation', async () => {
    const home = await platform.organisation()
    const person = await platform.person(home, 'viewer', passwordHash)
    await invite(person.email, 'member')
    const token = await tokenFor(person.email)
    expect(codeOf(await accept(token, 'another pass phrase'))).toBe('sign_in_refused')
    expect(await membershipsOf(person.email)).toHaveLength(1)
    expect((await accept(token)).status).toBe(200)
    expect(await membershipsOf(person.email)).toHaveLength(2)
    const { rows } = await platform.admin.query<{ password_hash: string }>(
      'select password_hash from users where id = $1',
      [person.id],
    )
    expect(rows[0]?.password_hash).toBe(passwordHash)
  })

  it('is locked out after wrong passwords like at the sign-in: accepting is no way to guess one', async () => {
    const home = await platform.organisation()
    const person = await platform.person(home, 'viewer', passwordHash)
    await invite(person.email, 'member')
    const token = await tokenFor(person.email)
    const codes = []
    for (let i = 0; i < 6; i += 1) codes.push(codeOf(await accept(token, 'a wrong pass phrase')))
    expect(codes).toEqual([...Array<string>(5).fill('sign_in_refused'), 'sign_in_locked'])
    expect(codeOf(await accept(token))).toBe('sign_in_locked')
    expect(codeOf(await platform.call('POST', '/v1/sign-in', '', { email: person.email, password }))).toBe(
      'sign_in_locked',
    )
    expect(await membershipsOf(person.email)).toHaveLength(1)
  })

  it('but never showed that the address is theirs loses it to who reads its mail', async () => {
    const home = await platform.organisation()
    const person = await platform.person(home, 'owner', passwordHash)
    await platform.admin.query('update users set verified_at = null where id = $1', [person.id])
    await invite(person.email, 'member')
    const token = await tokenFor(person.email)
    expect((await accept(token, 'short')).status).toBe(422)
    expect((await accept(token, 'chosen by the reader')).status).toBe(200)
    const { email } = person
    expect((await platform.call('POST', '/v1/sign-in', '', { email, password: 'chosen by the reader' })).status).toBe(
      200,
    )
    expect((await platform.call('POST', '/v1/sign-in', '', { email, password })).status).toBe(401)
  })
})

describe('at the same moment', () => {
  it('one of 40 accepts of one token does it', async () => {
    const email = address()
    await invite(email)
    const token = await tokenFor(email)
    const answers = await Promise.all(Array.from({ length: 40 }, () => accept(token)))
    const codes = answers.map((one) => (one.status === 200 ? 'joined' : codeOf(one)))
    expect(codes.filter((one) => one === 'joined')).toHaveLength(1)
    expect(codes.filter((one) => one === 'joined' || one === 'token_refused' || one === 'sign_in_locked')).toHaveLength(
      40,
    )
    expect(await membershipsOf(email)).toHaveLength(1)
    expect((await platform.admin.query('select 1 from users where email = $1', [email])).rows).toHaveLength(1)
  })

  it('200 invitations and their 200 accepts are 200 memberships', async () => {
    const home = await platform.organisation()
    const boss = await platform.person(home, 'owner')
    const emails = Array.from({ length: 200 }, address)
    const invited = await Promise.all(emails.map((email) => invite(email, 'viewer', boss, home)))
    expect(invited.filter((one) => one.status !== 201)).toEqual([])
    const tokens = await Promise.all(emails.map(tokenFor))
    expect(new Set(tokens).size).toBe(200)
    const joined = await Promise.all(tokens.map((token) => accept(token)))
    // Whoever was answered 503 at the end of a deadline may have been let in all the same: asked again, the link is used.
    const wasLetIn = (one: (typeof joined)[number]): boolean =>
      one.status === 200 || (one.attempts > 1 && codeOf(one) === 'token_refused')
    expect(joined.filter((one) => !wasLetIn(one))).toEqual([])
    const { rows } = await platform.admin.query<{ role: string; count: number }>(
      'select role, count(*)::int as count from memberships where organisation_id = $1 group by role order by role',
      [home.id],
    )
    expect(rows).toEqual([
      { role: 'owner', count: 1 },
      { role: 'viewer', count: 200 },
    ])
    const left = await platform.admin.query('select 1 from invitations where organisation_id = $1', [home.id])
    expect(left.rows).toEqual([])
  })

  it('50 invitations of one address leave one', async () => {
    const home = await platform.organisation()
    const boss = await platform.person(home, 'owner')
    const email = address()
    await Promise.all(Array.from({ length: 50 }, () => invite(email, 'viewer', boss, home)))
    const left = await platform.admin.query('select 1 from invitations where organisation_id = $1', [home.id])
    expect(left.rows).toHaveLength(1)
    // As many mails as were let through, and the token of one of them works.
    const tokens = (await platform.mailsTo(email)).map((one) => one.data['token'] ?? '')
    expect(tokens).toHaveLength(5)
    const answers = []
    for (const token of tokens) answers.push((await accept(token)).status)
    expect(answers.filter((status) => status === 200)).toHaveLength(1)
  })

  it('an invitation that is revoked while it is accepted was either', async () => {
    for (let round = 0; round < 10; round += 1) {
      const email = address()
      const { body } = await invite(email)
      const token = await tokenFor(email)
      const [joined, revoked] = await Promise.all([
        accept(token),
        platform.callUntilServed('DELETE', `${pathOf(organisation)}/${String(body['id'])}`, owner.token),
      ])
      expect([joined.status, revoked.status]).toEqual(joined.status === 200 ? [200, 404] : [422, 204])
      expect(await membershipsOf(email)).toHaveLength(joined.status === 200 ? 1 : 0)
    }
  })

  it('somebody who joins while leaving the last organisation has one, or is gone', async () => {
    for (let round = 0; round < 10; round += 1) {
      const home = await platform.organisation()
      const boss = await platform.person(home, 'owner')
      const person = await platform.person(home, 'viewer', passwordHash)
      await invite(person.email)
      const token = await tokenFor(person.email)
      const [joined, removed] = await Promise.all([
        accept(token),
        platform.callUntilServed('DELETE', `/v1/organisations/${home.slug}/members/${person.id}`, boss.token),
      ])
      expect(removed.status).toBe(204)
      expect([200, 409, 422]).toContain(joined.status)
      expect(await membershipsOf(person.email)).toEqual(
        joined.status === 200 ? [{ slug: organisation.slug, role: 'member' }] : [],
      )
    }
  })
})
