/**
 * Goal: who is in an organisation and as what, also when several people change it at the same moment.
 * Method: requests injected into the service on a real database; each role against each route and each other role.
 */
import { type Role, ROLES } from '@greengate/reference-base'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { may, mayManage, type Permission } from '../src/permissions.ts'
import { serviceToken } from './environment.ts'
import {
  codeOf,
  type Method,
  type Organisation,
  type Person,
  type StartedPlatform,
  startPlatform,
} from './started-platform.ts'

let platform: StartedPlatform

beforeAll(async () => {
  platform = await startPlatform()
})
afterAll(() => platform.stop())

const membersOf = (organisation: Organisation): string => `/v1/organisations/${organisation.slug}/members`
const roleOf = async (organisation: Organisation, person: Person): Promise<string | undefined> => {
  const { rows } = await platform.admin.query<{ role: string }>(
    'select role from memberships where organisation_id = $1 and user_id = $2',
    [organisation.id, person.id],
  )
  return rows[0]?.role
}
const exists = async (person: Person): Promise<boolean> =>
  (await platform.admin.query('select 1 from users where id = $1', [person.id])).rows.length === 1
const owners = async (organisation: Organisation): Promise<number> =>
  (
    await platform.admin.query("select 1 from memberships where organisation_id = $1 and role = 'owner'", [
      organisation.id,
    ])
  ).rows.length

describe('organisations', () => {
  it('belong to who creates them, and do not exist for others', async () => {
    const home = await platform.organisation()
    const ada = await platform.person(home, 'viewer')
    const bob = await platform.person(home, 'owner')
    const made = await platform.call('POST', '/v1/organisations', ada.token, { slug: 'acme', name: 'Acme' })
    expect(made.status).toBe(201)
    expect(codeOf(await platform.call('POST', '/v1/organisations', ada.token, { slug: 'acme', name: 'x' }))).toBe(
      'conflict',
    )
    expect((await platform.call('POST', '/v1/organisations', serviceToken, { slug: 'other', name: 'x' })).status).toBe(
      403,
    )
    expect((await platform.call('GET', '/v1/organisations/acme', bob.token)).status).toBe(404)
    expect((await platform.call('GET', '/v1/organisations/acme', serviceToken)).body).toEqual(made.body)
    const renamed = await platform.call('PATCH', '/v1/organisations/acme', ada.token, { name: 'Acme & Co' })
    expect([renamed.status, renamed.body['name'], renamed.body['slug']]).toEqual([200, 'Acme & Co', 'acme'])
    expect((await platform.call('PATCH', '/v1/organisations/acme', bob.token, { name: 'x' })).status).toBe(404)
  })

  it('are listed for who is in them, in pages, with the role', async () => {
    const first = await platform.organisation()
    const person = await platform.person(first, 'admin')
    for (const slug of ['zeta-list', 'alpha-list'])
      await platform.call('POST', '/v1/organisations', person.token, { slug, name: slug })
    const page = await platform.call('GET', '/v1/organisations?limit=2', person.token)
    expect(page.body['next']).toBe(first.slug)
    const rest = await platform.call(
      'GET',
      `/v1/organisations?limit=2&after=${String(page.body['next'])}`,
      person.token,
    )
    expect(rest.body['next']).toBeNull()
    const all = [page.body['organisations'], rest.body['organisations']].flat() as unknown as {
      slug: string
      role: string
    }[]
    expect(all.map(({ slug, role }) => ({ slug, role }))).toEqual([
      { slug: 'alpha-list', role: 'owner' },
      { slug: first.slug, role: 'admin' },
      { slug: 'zeta-list', role: 'owner' },
    ])
  })

  it('of one slug are made once by 20 people at the same moment', async () => {
    const home = await platform.organisation()
    const people = await Promise.all(Array.from({ length: 20 }, () => platform.person(home, 'member')))
    const answers = await Promise.all(
      people.map((one) =>
        platform.callUntilServed('POST', '/v1/organisations', one.token, { slug: 'wanted', name: 'x' }),
      ),
    )
    expect(answers.filter((one) => one.status === 201)).toHaveLength(1)
    expect(answers.filter((one) => codeOf(one) === 'conflict')).toHaveLength(19)
    const { rows } = await platform.admin.query(
      `select 1 from memberships m join organisations o on o.id = m.organisation_id where o.slug = 'wanted'`,
    )
    expect(rows).toHaveLength(1)
  })
})

describe('the table of permissions', () => {
  // The body is right and the target is there: what differs is who asks.
  const routes: readonly { method: Method; path: string; permission: Permission; body?: object }[] = [
    { method: 'GET', path: '', permission: 'organisation.read' },
    { method: 'PATCH', path: '', permission: 'organisation.update', body: { name: 'Again' } },
    { method: 'GET', path: '/members', permission: 'members.read' },
    { method: 'PATCH', path: '/members/{target}', permission: 'members.manage', body: { role: 'viewer' } },
    { method: 'DELETE', path: '/members/{target}', permission: 'members.manage' },
    { method: 'GET', path: '/invitations', permission: 'invitations.manage' },
    {
      method: 'POST',
      path: '/invitations',
      permission: 'invitations.manage',
      body: { email: 'a@b.test', role: 'viewer' },
    },
  ]

  it.each(routes)('holds on $method $path', async ({ method, path, permission, body }) => {
    for (const role of ROLES) {
      const organisation = await platform.organisation()
      const person = await platform.person(organisation, role)
      const target = await platform.person(organisation, 'viewer')
      const url = `/v1/organisations/${organisation.slug}${path.replace('{target}', target.id)}`
      const { status } = await platform.call(method, url, person.token, body)
      expect({ role, answered: status < 300 ? 'served' : status }).toEqual({
        role,
        answered: may(role, permission) ? 'served' : 403,
      })
      const stranger = await platform.person(await platform.organisation(), 'owner')
      expect((await platform.call(method, url, stranger.token, body)).status).toBe(404)
    }
  })

  it.each(ROLES)('says what a %s may make of whom, and whom take out', async (actorRole) => {
    for (const targetRole of ROLES) {
      const organisation = await platform.organisation()
      const actor = await platform.person(organisation, actorRole)
      await platform.person(organisation, 'owner')
      for (const becomes of ROLES) {
        const target = await platform.person(organisation, targetRole)
        const url = `${membersOf(organisation)}/${target.id}`
        const { status } = await platform.call('PATCH', url, actor.token, { role: becomes })
        const allowed = mayManage(actorRole, targetRole) && mayManage(actorRole, becomes)
        expect({ targetRole, becomes, status }).toEqual({ targetRole, becomes, status: allowed ? 200 : 403 })
        expect(await roleOf(organisation, target)).toBe(allowed ? becomes : targetRole)
      }
      const target = await platform.person(organisation, targetRole)
      const { status } = await platform.call('DELETE', `${membersOf(organisation)}/${target.id}`, actor.token)
      expect({ targetRole, status }).toEqual({ targetRole, status: mayManage(actorRole, targetRole) ? 204 : 403 })
      expect(await exists(target)).toBe(!mayManage(actorRole, targetRole))
    }
  })
})

describe('members', () => {
  it('are listed in pages, changed, and removed once, with their account when it was the last organisation', async () => {
    const organisation = await platform.organisation()
    const owner = await platform.person(organisation, 'owner')
    const kim = await platform.person(organisation, 'member')
    const first = await platform.call('GET', `${membersOf(organisation)}?limit=1`, owner.token)
    const after = String(first.body['next'])
    const rest = await platform.call('GET', `${membersOf(organisation)}?limit=1&after=${after}`, owner.token)
    expect([first.body['members'], rest.body['members']].flat()).toHaveLength(2)
    expect(rest.body['next']).toBeNull()
    const url = `${membersOf(organisation)}/${kim.id}`
    const changed = await platform.call('PATCH', url, owner.token, { role: 'admin' })
    expect(changed.body).toMatchObject({ user_id: kim.id, email: kim.email, role: 'admin' })
    expect((await platform.call('PATCH', url, owner.token, { role: 'admin' })).status).toBe(200)
    expect((await platform.call('DELETE', url, owner.token)).status).toBe(204)
    expect((await platform.call('DELETE', url, owner.token)).status).toBe(404)
    expect((await platform.call('PATCH', url, owner.token, { role: 'viewer' })).status).toBe(404)
    expect((await platform.call('GET', '/v1/me', kim.token)).status).toBe(401)
  })

  it('of another organisation are nobody here', async () => {
    const organisation = await platform.organisation()
    const owner = await platform.person(organisation, 'owner')
    const foreign = await platform.person(await platform.organisation(), 'viewer')
    const url = `${membersOf(organisation)}/${foreign.id}`
    expect((await platform.call('DELETE', url, owner.token)).status).toBe(404)
    expect((await platform.call('PATCH', url, owner.token, { role: 'viewer' })).status).toBe(404)
    expect(await exists(foreign)).toBe(true)
  })

  it('keep their last owner', async () => {
    const organisation = await platform.organisation()
    const owner = await platform.person(organisation, 'owner')
    const url = `${membersOf(organisation)}/${owner.id}`
    for (const role of ['admin', 'member', 'viewer'] satisfies Role[])
      expect(codeOf(await platform.call('PATCH', url, owner.token, { role }))).toBe('last_owner')
    expect(codeOf(await platform.call('DELETE', url, owner.token))).toBe('last_owner')
    expect((await platform.call('PATCH', url, owner.token, { role: 'owner' })).status).toBe(200)
    const second = await platform.person(organisation, 'owner')
    expect((await platform.call('PATCH', url, owner.token, { role: 'viewer' })).status).toBe(200)
    expect(codeOf(await platform.call('DELETE', `${membersOf(organisation)}/${second.id}`, second.token))).toBe(
      'last_owner',
    )
  })
})

describe('at the same moment', () => {
  it.each([
    ['remove', 'DELETE', undefined],
    ['demote', 'PATCH', { role: 'viewer' }],
  ] as const)('two owners who %s each other leave one', async (_what, method, body) => {
    for (let round = 0; round < 10; round += 1) {
      const organisation = await platform.organisation()
      const ada = await platform.person(organisation, 'owner')
      const bob = await platform.person(organisation, 'owner')
      const answers = await Promise.all([
        platform.callUntilServed(method, `${membersOf(organisation)}/${bob.id}`, ada.token, body),
        platform.callUntilServed(method, `${membersOf(organisation)}/${ada.id}`, bob.token, body),
      ])
      expect(await owners(organisation)).toBe(1)
      expect(answers.filter((one) => one.status < 300)).toHaveLength(1)
      // The other one was an owner when the request came, and is none behind the lock.
      expect([401, 403, 404]).toContain(answers.find((one) => one.status >= 300)?.status)
    }
  })

  it('two owners who step down leave one', async () => {
    for (let round = 0; round < 10; round += 1) {
      const organisation = await platform.organisation()
      const people = [await platform.person(organisation, 'owner'), await platform.person(organisation, 'owner')]
      const answers = await Promise.all(
        people.map((one) => platform.callUntilServed('DELETE', `${membersOf(organisation)}/${one.id}`, one.token)),
      )
      expect(await owners(organisation)).toBe(1)
      expect(answers.map((one) => one.status).toSorted((a, b) => a - b)).toEqual([204, 409])
    }
  })

  it('removals from all organisations of somebody end with the account, never with one without any', async () => {
    for (let round = 0; round < 10; round += 1) {
      const organisations = await Promise.all(Array.from({ length: 4 }, () => platform.organisation()))
      const managers = await Promise.all(organisations.map((one) => platform.person(one, 'owner')))
      const [home, ...others] = organisations as [Organisation, ...Organisation[]]
      const kim = await platform.person(home, 'viewer')
      for (const one of others)
        await platform.admin.query(
          `insert into memberships (organisation_id, user_id, role) values ($1, $2, 'viewer')`,
          [one.id, kim.id],
        )
      const answers = await Promise.all(
        organisations.map((one, at) =>
          platform.callUntilServed('DELETE', `${membersOf(one)}/${kim.id}`, managers[at]?.token ?? ''),
        ),
      )
      expect(answers.map((one) => one.status)).toEqual([204, 204, 204, 204])
      expect(await exists(kim)).toBe(false)
    }
  })

  it('the database itself refuses to leave somebody without an organisation, past the service as well', async () => {
    const first = await platform.organisation()
    const second = await platform.organisation()
    for (let round = 0; round < 10; round += 1) {
      const kim = await platform.person(first, 'viewer')
      await platform.admin.query(`insert into memberships (organisation_id, user_id, role) values ($1, $2, 'viewer')`, [
        second.id,
        kim.id,
      ])
      const remove = {
        name: 'test-remove',
        text: 'delete from memberships where organisation_id = $1 and user_id = $2',
      }
      const ends = await Promise.allSettled(
        [first, second].map((one) =>
          platform.database.transaction(async (queries) => {
            await queries.rows(remove, [one.id, kim.id])
          }),
        ),
      )
      expect(ends.map((one) => one.status).toSorted()).toEqual(['fulfilled', 'rejected'])
      const refused = ends.find((one) => one.status === 'rejected')
      expect(refused?.reason).toMatchObject({ code: '23514', constraint: 'user_has_organisation' })
      const { rows } = await platform.admin.query('select 1 from memberships where user_id = $1', [kim.id])
      expect(rows).toHaveLength(1)
    }
    const { rows: homeless } = await platform.admin.query(
      'select 1 from users u where not exists (select 1 from memberships m where m.user_id = u.id)',
    )
    expect(homeless).toEqual([])
  })

  it('no user goes in without an organisation', async () => {
    const insert = `insert into users (email, password_hash) values ('lost@x.test', '$argon2id$x')`
    await expect(platform.admin.query(insert)).rejects.toMatchObject({ constraint: 'user_has_organisation' })
  })
})
