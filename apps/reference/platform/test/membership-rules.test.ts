/**
 * Goal: the database itself never leaves a user without an organisation, nor an organisation's members without an owner,
 * however two transactions come together. Method: two connections with the rights of the process, at every pair of
 * isolation levels, one step at a time; what waits for a lock is seen waiting before the other one goes on.
 */
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Organisation, type Person, type StartedPlatform, startPlatform } from './started-platform.ts'

const LEVELS = ['read committed', 'repeatable read', 'serializable'] as const
type Level = (typeof LEVELS)[number]
const PAIRS = LEVELS.flatMap((first) => LEVELS.map((second) => [first, second] as const))
/** What the second of two gets: it looks again, or is told to start again. */
const refusalAt = (second: Level): string => (second === 'read committed' ? '23514' : '40001')
const LOOKS_MAX = 10_000

let platform: StartedPlatform
let one: pg.Client
let other: pg.Client

beforeAll(async () => {
  platform = await startPlatform()
  // As operations/compose/postgres/roles.sql has it for the process.
  await platform.admin.query(`create role process_of_tests;
    grant usage on schema public to process_of_tests;
    grant select, insert, update, delete on all tables in schema public to process_of_tests`)
})
afterAll(() => platform.stop())

beforeEach(async () => {
  const clients = [new pg.Client(platform.url), new pg.Client(platform.url)] as const
  ;[one, other] = clients
  for (const client of clients) {
    await client.connect()
    await client.query('set role process_of_tests')
  }
})
afterEach(async () => {
  await Promise.all([one.end(), other.end()])
})

interface Step {
  readonly sql: string
  readonly values: readonly string[]
}

const leave = (organisation: Organisation, person: Person): Step => ({
  sql: 'delete from memberships where organisation_id = $1 and user_id = $2',
  values: [organisation.id, person.id],
})
const become = (organisation: Organisation, person: Person, role: string): Step => ({
  sql: 'update memberships set role = $3 where organisation_id = $1 and user_id = $2',
  values: [organisation.id, person.id, role],
})
const move = (organisation: Organisation, person: Person, to: Organisation): Step => ({
  sql: 'update memberships set organisation_id = $3 where organisation_id = $1 and user_id = $2',
  values: [organisation.id, person.id, to.id],
})
const remove = (person: Person): Step => ({ sql: 'delete from users where id = $1', values: [person.id] })

const join = (organisation: Organisation, person: Person, role: string) =>
  platform.admin.query('insert into memberships (organisation_id, user_id, role) values ($1, $2, $3)', [
    organisation.id,
    person.id,
    role,
  ])
const run = (client: pg.Client, { sql, values }: Step) => client.query(sql, [...values])
/** What the server said to it: null for nothing wrong. */
const codeOf = (work: Promise<unknown>): Promise<string | null> =>
  work.then(
    () => null,
    (error: unknown) => (error instanceof pg.DatabaseError ? (error.code ?? '') : String(error)),
  )

/** Both begin and see what there is, both do their step, the first commits, and then the second. */
async function oneAfterTheOther(
  levels: readonly [Level, Level],
  steps: readonly [Step, Step],
): Promise<(string | null)[]> {
  for (const [at, client] of [one, other].entries()) {
    await client.query(`begin isolation level ${levels[at] ?? ''}`)
    await client.query('select count(*) from memberships')
  }
  await run(one, steps[0])
  await run(other, steps[1])
  return [await codeOf(one.query('commit')), await codeOf(other.query('commit'))]
}

/** The first has been checked and is not committed yet when the second comes to its end: that one has to wait. */
async function atOnce(levels: readonly [Level, Level], steps: readonly [Step, Step]): Promise<(string | null)[]> {
  for (const [at, client] of [one, other].entries()) {
    await client.query(`begin isolation level ${levels[at] ?? ''}`)
    await client.query('select count(*) from memberships')
  }
  await run(one, steps[0])
  await run(other, steps[1])
  const { rows } = await other.query<{ pid: number }>('select pg_backend_pid() as pid')
  await one.query('set constraints all immediate')
  const second = codeOf(other.query('commit'))
  for (let looks = 0; ; looks += 1) {
    const waiting = await platform.admin.query('select 1 from pg_locks where pid = $1 and not granted', [rows[0]?.pid])
    if (waiting.rows.length > 0) break
    expect(looks).toBeLessThan(LOOKS_MAX)
    await pause(5)
  }
  return [await codeOf(one.query('commit')), await second]
}

const WAYS = [
  ['one after the other', oneAfterTheOther],
  ['at once', atOnce],
] as const

const organisationsOf = async (person: Person): Promise<number> =>
  (await platform.admin.query('select 1 from memberships where user_id = $1', [person.id])).rows.length
const ownersOf = async (organisation: Organisation): Promise<number> =>
  (
    await platform.admin.query(`select 1 from memberships where organisation_id = $1 and role = 'owner'`, [
      organisation.id,
    ])
  ).rows.length

describe.each(WAYS)('two transactions, %s,', (_way, together) => {
  it.each(PAIRS)('at %s and %s leave nobody without an organisation', async (...levels) => {
    const organisations = [await platform.organisation(), await platform.organisation()] as const
    const kim = await platform.person(organisations[0], 'viewer')
    await join(organisations[1], kim, 'viewer')
    const ends = await together(levels, [leave(organisations[0], kim), leave(organisations[1], kim)])
    expect({ ends, organisations: await organisationsOf(kim) }).toEqual({
      ends: [null, refusalAt(levels[1])],
      organisations: 1,
    })
  })

  it.each(PAIRS)('at %s and %s leave no members without an owner', async (...levels) => {
    const elsewhere = await platform.organisation()
    const ways: readonly ((organisation: Organisation, person: Person) => Step)[] = [
      leave,
      (organisation, person) => become(organisation, person, 'admin'),
      (organisation, person) => move(organisation, person, elsewhere),
      (_, person) => remove(person),
    ]
    for (const [at, first] of ways.entries()) {
      const organisation = await platform.organisation()
      const owners = [
        await platform.person(organisation, 'owner'),
        await platform.person(organisation, 'owner'),
      ] as const
      await platform.person(organisation, 'viewer')
      // Both are in another organisation as well, so that leaving this one is no matter of the other rule.
      for (const owner of owners) await join(await platform.organisation(), owner, 'viewer')
      const second = ways[(at + 1) % ways.length] ?? leave
      const ends = await together(levels, [first(organisation, owners[0]), second(organisation, owners[1])])
      expect({ at, ends, owners: await ownersOf(organisation) }).toEqual({
        at,
        ends: [null, refusalAt(levels[1])],
        owners: 1,
      })
    }
  })
})

describe('an organisation', () => {
  it.each([
    ['is made something else', (organisation, person) => become(organisation, person, 'viewer')],
    ['is taken out', leave],
    ['has no account any more', (_, person) => remove(person)],
  ] as const satisfies readonly [string, (organisation: Organisation, person: Person) => Step][])(
    'with members refuses that its last owner %s',
    async (_what, step) => {
      const organisation = await platform.organisation()
      const owner = await platform.person(organisation, 'owner')
      await platform.person(organisation, 'admin')
      await join(await platform.organisation(), owner, 'viewer')
      await expect(run(one, step(organisation, owner))).rejects.toMatchObject({
        code: '23514',
        constraint: 'organisation_has_owner',
      })
      expect(await ownersOf(organisation)).toBe(1)
    },
  )

  it('refuses it for all organisations at once as well', async () => {
    const organisation = await platform.organisation()
    await platform.person(organisation, 'owner')
    await expect(one.query(`update memberships set role = 'viewer' where role = 'owner'`)).rejects.toMatchObject({
      constraint: 'organisation_has_owner',
    })
  })

  it('goes with everybody in it, and hands itself over within one transaction', async () => {
    const organisation = await platform.organisation()
    const owner = await platform.person(organisation, 'owner')
    const kim = await platform.person(organisation, 'member')
    await one.query('begin')
    await run(one, become(organisation, owner, 'viewer'))
    await run(one, become(organisation, kim, 'owner'))
    await one.query('commit')
    await one.query('begin')
    await run(one, remove(owner))
    await run(one, remove(kim))
    await one.query('commit')
    expect(
      (await platform.admin.query('select 1 from organisations where id = $1', [organisation.id])).rows,
    ).toHaveLength(1)
    const another = await platform.organisation()
    const people = [await platform.person(another, 'owner'), await platform.person(another, 'viewer')]
    for (const person of people) await join(organisation, person, 'owner')
    await one.query('delete from organisations where id = $1', [another.id])
    expect(await Promise.all(people.map(organisationsOf))).toEqual([1, 1])
  })
})

it.each(['memberships', 'users cascade', 'organisations cascade'])(
  'nothing empties the memberships without looking at them: truncate %s',
  async (what) => {
    await platform.person(await platform.organisation(), 'owner')
    await expect(platform.admin.query(`truncate ${what}`)).rejects.toMatchObject({ code: '23001' })
    expect((await platform.admin.query('select 1 from memberships limit 1')).rows).toHaveLength(1)
  },
)
