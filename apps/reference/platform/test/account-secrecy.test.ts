/**
 * Goal: nobody without the mailbox learns whether an address has an account, from no answer and from no work.
 * Method: every account route, and every sequence of them that could tell, is played for an address that has an account
 * and for one that has none; answers are compared whole, work by the password hashes and the statements it takes.
 */
import type { Queries } from '@greengate/kit/data'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountCalls, type AccountCalls, OTHER_PASSWORD, shape } from './account-calls.ts'
import { type Answer, codeOf, type StartedPlatform, startPlatform } from './started-platform.ts'

let platform: StartedPlatform
let on: AccountCalls

beforeAll(async () => {
  platform = await startPlatform()
  on = accountCalls(platform)
})
afterAll(() => platform.stop())

interface Seen {
  readonly shapes: unknown[]
  readonly hashes: number[]
}

/** What somebody who only knows the address sees of a sequence of calls. */
async function seen(steps: readonly (() => Promise<Answer>)[]): Promise<Seen> {
  const result: Seen = { shapes: [], hashes: [] }
  for (const step of steps) {
    const before = await on.hashes()
    const answer = await step()
    result.shapes.push(shape(answer))
    result.hashes.push((await on.hashes()) - before)
  }
  return result
}

/** The same sequence for an account that exists and for nobody. */
async function bothWays(stepsFor: (email: string) => readonly (() => Promise<Answer>)[]): Promise<[Seen, Seen]> {
  const owner = await on.someone()
  const there = await seen(stepsFor(owner.email))
  const absent = await seen(stepsFor(on.fresh().email))
  return [there, absent]
}

describe('an account that exists and one that does not', () => {
  it('are told apart by no sign-in', async () => {
    const [there, absent] = await bothWays((email) => {
      const from = on.fresh().from
      return Array.from({ length: 7 }, () => () => on.signIn({ email, from }, 'wrong password 1'))
    })
    expect(there).toEqual(absent)
    expect(there.hashes).toEqual([1, 1, 1, 1, 1, 0, 0])
    expect((there.shapes as { status: number }[]).map((one) => one.status)).toEqual([401, 401, 401, 401, 401, 429, 429])
  })

  it('are told apart by no mail that is asked for', async () => {
    const [there, absent] = await bothWays((email) => [
      () => on.askReset(email),
      () => on.askVerification(email),
      ...Array.from({ length: 6 }, () => () => on.askReset(email)),
    ])
    expect(there).toEqual(absent)
  })

  it('are told apart by no sign-up, nor by what the sign-up can be used for afterwards', async () => {
    const member = await on.someone()
    const [there, absent] = await bothWays((email) => {
      const { slug, from } = on.fresh()
      const stranger = { email: `${slug}@stranger.test`, slug }
      return [
        () => on.signUp({ email, slug }),
        // The same again, and with another password.
        () => on.signUp({ email, slug }),
        () => on.signUp({ email, slug }, OTHER_PASSWORD),
        // Whether the slug went to anybody.
        () => on.signUp(stranger),
        () => on.send('POST', '/v1/organisations', { token: member.token, body: { slug, name: 'Mine' } }),
        // Whether the password became anybody's.
        () => on.signIn({ email, from }, 'the pass phrase of nobody'),
        () => on.signIn({ email, from }, 'wrong password 1'),
        () => on.askVerification(email),
        () => on.signUp({ email, slug: `${slug}-b` }, OTHER_PASSWORD),
        () => on.signIn({ email, from }, OTHER_PASSWORD),
      ]
    })
    expect(there).toEqual(absent)
    expect((there.shapes as { status: number }[]).map((one) => one.status)).toEqual([
      202, 202, 409, 409, 409, 401, 401, 202, 202, 401,
    ])
    // One hash or check for each sign-up, whichever way it goes; two for a sign-in after one.
    expect(there.hashes).toEqual([1, 1, 1, 0, 0, 2, 2, 0, 1, 2])
  })

  it('are told apart by no sign-in with the password of a sign-up', async () => {
    const [there, absent] = await bothWays((email) => {
      const { slug, from } = on.fresh()
      return [
        () => on.signUp({ email, slug }, 'what a stranger chose'),
        () => on.signIn({ email, from }, 'what a stranger chose'),
        () => on.signIn({ email, from }, 'something else again'),
      ]
    })
    expect(there).toEqual(absent)
    expect((there.shapes as { status: number }[]).map((one) => one.status)).toEqual([202, 403, 401])
  })

  it('are told apart by no slug that is kept, once the day is over', async () => {
    const member = await on.someone()
    const { slug } = on.fresh()
    const owner = await on.someone()
    await on.signUp({ email: owner.email, slug }, OTHER_PASSWORD)
    const make = (): Promise<Answer> =>
      on.send('POST', '/v1/organisations', { token: member.token, body: { slug, name: 'Mine' } })
    expect(codeOf(await make())).toBe('conflict')
    await platform.admin.query(
      `update sign_ups set created_at = now() - interval '2 days', expires_at = now() where slug = $1`,
      [slug],
    )
    expect((await make()).status).toBe(201)
  })

  it('are told apart by no sign-up that is repeated, until it is locked', async () => {
    const [there, absent] = await bothWays((email) => {
      const { slug } = on.fresh()
      return [
        () => on.signUp({ email, slug }, 'what a stranger chose'),
        ...Array.from({ length: 4 }, () => () => on.signUp({ email, slug }, 'something else again')),
        () => on.signUp({ email, slug }, 'what a stranger chose'),
        ...Array.from({ length: 6 }, () => () => on.signUp({ email, slug }, 'something else again')),
        () => on.signUp({ email, slug }, 'what a stranger chose'),
      ]
    })
    expect(there).toEqual(absent)
    expect((there.shapes as { status: number }[]).map((one) => one.status)).toEqual([
      202, 409, 409, 409, 409, 202, 409, 409, 409, 409, 409, 429, 429,
    ])
    expect(there.hashes).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0])
  })

  it('are told apart by no name that can not be kept', async () => {
    const [there, absent] = await bothWays((email) => {
      const { slug } = on.fresh()
      const body = { email, password: OTHER_PASSWORD, name: '\ud800', organisation: { slug, name: 'Acme' } }
      return [() => on.send('POST', '/v1/sign-up', { body })]
    })
    expect(there).toEqual(absent)
    expect(there.shapes).toMatchObject([{ status: 422 }])
  })
})

describe('the same statements are run', () => {
  /** Names of what a call asks the database, looked at over the shoulder of the real one. */
  async function statements(call: () => Promise<Answer>): Promise<string[]> {
    const names: string[] = []
    const { database } = platform
    const watched = (queries: Queries): Queries => ({
      row: (statement, values) => (names.push(statement.name), queries.row(statement, values)),
      rows: (statement, values) => (names.push(statement.name), queries.rows(statement, values)),
    })
    const own = { row: database.row.bind(database), rows: database.rows.bind(database) }
    const transaction = database.transaction.bind(database)
    Object.assign(database, watched(own))
    database.transaction = (work, options) => transaction((queries) => work(watched(queries)), options)
    try {
      await call()
    } finally {
      Object.assign(database, own)
      database.transaction = transaction
    }
    return names
  }

  it('when a mail is asked for', async () => {
    const owner = await on.someone()
    for (const ask of [on.askReset, on.askVerification]) {
      const there = await statements(() => ask(owner.email))
      const absent = await statements(() => ask(on.fresh().email))
      expect(there.length).toBeGreaterThan(5)
      // What is put out for nobody is taken back.
      expect(absent.filter((name) => name !== 'mail-undo')).toEqual(there.filter((name) => name !== 'mail-undo'))
      expect(absent.at(-1)).toBe('mail-undo')
    }
  })

  it('when somebody signs up, whether the address is new, has an account, or was never confirmed', async () => {
    const waiting = on.fresh()
    await on.signUp(waiting)
    const owner = await on.someone()
    const kinds = [on.fresh().email, owner.email, waiting.email]
    const signedUp = []
    for (const email of kinds) {
      const { slug } = on.fresh()
      const first = await statements(() => on.signUp({ email, slug }, OTHER_PASSWORD))
      // And when that is asked for again, with its password and with another one.
      const again = await statements(() => on.signUp({ email, slug }, OTHER_PASSWORD))
      const otherwise = await statements(() => on.signUp({ email, slug }, 'something else again'))
      // A part is kept or taken back; either is one statement at the same place.
      signedUp.push([first, again, otherwise].map((names) => names.map((name) => name.replace(/-(?:keep|undo)$/, ''))))
    }
    const [absent, there, unverified] = signedUp
    expect(absent?.[0]).toContain('organisation-insert')
    expect(absent?.[0]).toContain('token-end-purpose')
    expect(there).toEqual(absent)
    expect(unverified).toEqual(absent)
    expect(await on.count('memberships m join users u on u.id = m.user_id where u.email = any($1)', [kinds])).toBe(3)
  })
})
