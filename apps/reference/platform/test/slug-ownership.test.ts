/**
 * Goal: a slug that nobody confirmed in time is free at once, whoever it was held for, and what is decided about it or about its
 * owner in the same moment counts. Method: the day is made to be over in the tables; transactions of the test hold what the
 * service has to wait for.
 */
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountCalls, type AccountCalls, type Applicant, OTHER_PASSWORD, PASSWORD } from './account-calls.ts'
import { type Answer, codeOf, type StartedPlatform, startPlatform } from './started-platform.ts'

let platform: StartedPlatform
let on: AccountCalls

beforeAll(async () => {
  platform = await startPlatform()
  on = accountCalls(platform)
})
afterAll(() => platform.stop())

/** A day later, for a sign-up and what came of it. */
async function dayIsOver({ email, slug }: Pick<Applicant, 'email' | 'slug'>): Promise<void> {
  await platform.admin.query(
    `update users set created_at = created_at - interval '1 day' where email = $1 and verified_at is null`,
    [email],
  )
  await platform.admin.query(
    `update sign_ups set created_at = created_at - interval '1 day', expires_at = expires_at - interval '1 day' where slug = $1`,
    [slug],
  )
}

const signUpBody = (who: Pick<Applicant, 'email' | 'slug'>): object => ({
  email: who.email,
  password: PASSWORD,
  name: 'Ada',
  organisation: { slug: who.slug, name: 'Acme' },
})

/** What is answered while a transaction of the test holds something, and commits once somebody waits for it. */
async function besides(
  held: (client: pg.PoolClient) => Promise<unknown>,
  call: () => Promise<Answer>,
): Promise<Answer> {
  const client = await platform.admin.connect()
  try {
    await client.query('begin')
    await held(client)
    let isAnswered = false
    const answer = call().finally(() => (isAnswered = true))
    const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
    while (!isAnswered && (await platform.admin.query(waiting)).rowCount === 0) await new Promise(setImmediate)
    await client.query('commit')
    return await answer
  } finally {
    client.release()
  }
}

describe('a slug that nobody confirmed in a day', () => {
  it.each(['a sign-up', 'a new organisation'])('is free for %s, as it is after one for an account', async (by) => {
    const [owner, member] = [await on.someone(), await on.someone()]
    const statuses = []
    for (const { email } of [owner, on.fresh()]) {
      const { slug } = on.fresh()
      expect((await on.signUp({ email, slug }, OTHER_PASSWORD)).status).toBe(202)
      await dayIsOver({ email, slug })
      const answer =
        by === 'a sign-up'
          ? await on.signUp({ email: on.fresh().email, slug })
          : await on.send('POST', '/v1/organisations', { token: member.token, body: { slug, name: 'Mine' } })
      statuses.push(answer.status)
      expect(await on.count('users where email = $1', [email])).toBe(email === owner.email ? 1 : 0)
    }
    expect(statuses).toEqual(by === 'a sign-up' ? [202, 202] : [201, 201])
  })

  it('is free for the one who asked for it, who gets a new account', async () => {
    const who = on.fresh()
    await on.signUp(who, OTHER_PASSWORD)
    await dayIsOver(who)
    expect((await on.signUp(who)).status).toBe(202)
    expect(await on.templates(who.email)).toEqual(['verify_email', 'verify_email'])
    expect((await on.confirm(await on.lastToken(who.email))).status).toBe(204)
    expect((await on.signIn(who)).status).toBe(200)
  })

  it.each([
    ['within the day', async () => {}],
    [
      'confirmed',
      (who: Applicant) => platform.admin.query('update users set verified_at = now() where email = $1', [who.email]),
    ],
    [
      'with somebody else in it',
      (who: Applicant) =>
        platform.admin.query(
          `insert into memberships (organisation_id, user_id, role) select o.id, u.id, 'owner' from organisations o, users u
            where o.slug = $1 and u.verified_at is not null limit 1`,
          [who.slug],
        ),
    ],
    [
      'used',
      (who: Applicant) =>
        platform.admin.query(
          `insert into usage_events (organisation_id, meter, quantity, occurred_at, recorded_by, idempotency_key)
            select id, 'api_calls', 1, now(), 'test', 'slug-ownership' from organisations where slug = $1`,
          [who.slug],
        ),
    ],
  ] as const)('stays taken while it is %s', async (what, make) => {
    await on.someone()
    const who = on.fresh()
    await on.signUp(who)
    await make(who)
    if (what !== 'within the day') await dayIsOver(who)
    expect(codeOf(await on.signUp({ email: on.fresh().email, slug: who.slug }))).toBe('conflict')
    expect(await on.count('organisations where slug = $1', [who.slug])).toBe(1)
  })

  it('stays taken when it is confirmed in this moment', async () => {
    const who = on.fresh()
    await on.signUp(who)
    await dayIsOver(who)
    const stranger = on.fresh()
    const answer = await besides(
      (client) => client.query('update users set verified_at = now() where email = $1', [who.email]),
      () => platform.callUntilServed('POST', '/v1/sign-up', '', signUpBody({ ...stranger, slug: who.slug })),
    )
    expect([answer.status, codeOf(answer)]).toEqual([409, 'conflict'])
    expect(
      await on.count('organisations o join memberships m on m.organisation_id = o.id where slug = $1', [who.slug]),
    ).toBe(1)
    expect((await on.signIn(who)).status).toBe(200)
  })
})

describe('an account', () => {
  it('is made for an address whose account is removed while somebody signs up with it', async () => {
    const owner = await on.someone()
    const { slug } = on.fresh()
    const { database } = platform
    const transaction = database.transaction.bind(database)
    let removed = 0
    database.transaction = (work, options) =>
      transaction(
        (queries) =>
          work({
            rows: (statement, values) => queries.rows(statement, values),
            row: async (statement, values) => {
              // After it was found to be there, before it is looked at.
              if (statement.name === 'sign-up-user' && removed === 0)
                removed +=
                  (await platform.admin.query('delete from users where email = $1', [owner.email])).rowCount ?? 0
              return queries.row(statement, values)
            },
          }),
        options,
      )
    try {
      expect((await on.signUp({ email: owner.email, slug })).status).toBe(202)
    } finally {
      database.transaction = transaction
    }
    expect(removed).toBe(1)
    expect((await on.templates(owner.email)).at(-1)).toBe('verify_email')
    expect((await on.confirm(await on.lastToken(owner.email))).status).toBe(204)
    expect((await on.signIn(owner)).status).toBe(200)
  })
})

describe('an organisation', () => {
  it('is made for nobody who is just being removed, and that is said', async () => {
    const person = await platform.person(await platform.organisation(), 'member')
    const { slug } = on.fresh()
    const answer = await besides(
      (client) => client.query('delete from users where id = $1', [person.id]),
      () => platform.callUntilServed('POST', '/v1/organisations', person.token, { slug, name: 'Mine' }),
    )
    expect([answer.status, codeOf(answer)]).toEqual([401, 'unauthenticated'])
    expect(await on.count('organisations where slug = $1', [slug])).toBe(0)
  })
})
