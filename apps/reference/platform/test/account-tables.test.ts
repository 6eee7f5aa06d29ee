/**
 * Goal: the tables of accounts are what the kit expects, hold what was there before, and refuse what the service must not
 * write. Method: the migrations are run on a database that the first release filled, and its constraints are provoked.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { migrate, migrationStatus, readMigrations } from '@greengate/kit/data'
import { postgresRateLimitSchema } from '@greengate/kit/limits'
import { outboxSchemaSql } from '@greengate/kit/outbox'
import { startPostgres, type TestPostgres } from '@greengate/kit/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { migrationsFolder } from '../src/commands.ts'

let postgres: TestPostgres
let client: pg.Client
let url = ''
let refused: (string | null)[] = []

beforeAll(async () => {
  postgres = await startPostgres()
  url = await postgres.database()
  client = new pg.Client({ connectionString: url })
  await client.connect()
  const migrations = await readMigrations(migrationsFolder)
  await migrate(migrations.slice(0, 2), { url })
  await client.query(`with o as (insert into organisations (slug, name) values ('first-org', 'First') returning id),
      u as (insert into users (email, password_hash) values ('a@first.test', '$argon2id$x') returning id),
      m as (insert into memberships (organisation_id, user_id, role) select o.id, u.id, 'owner' from o, u)
    insert into sessions (token_digest, user_id, expires_at) select sha256('t'), id, now() + interval '1 hour' from u`)
  refused = (await migrationStatus(migrations, { url })).map((one) => one.refusedBecause)
  // As `npm run migrate` does it while the first release serves.
  await migrate(migrations, { url })
})
afterAll(async () => {
  await client.end()
  await postgres.stop()
})

it('are made by migrations that the running release does not notice', () => {
  expect(refused.filter((reason) => reason !== null)).toEqual([])
})

it('let those in who were there, with an identifier for each session', async () => {
  const { rows } = await client.query(
    `select u.name, u.verified_at = u.created_at as verified, s.id is not null as named from users u join sessions s on s.user_id = u.id`,
  )
  expect(rows).toEqual([{ name: '', verified: true, named: true }])
})

it('are the ones that the kit asks for', () => {
  const sql = readFileSync(join(migrationsFolder, '0003-sign-up.sql'), 'utf8')
  expect(sql).toContain(outboxSchemaSql())
  expect(sql).toContain(postgresRateLimitSchema())
})

it('still take what the release before writes', async () => {
  await client.query(`with u as (insert into users (email, password_hash) values ('b@first.test', '$argon2id$x') returning id),
      m as (insert into memberships (organisation_id, user_id, role) select o.id, u.id, 'member' from organisations o, u)
    insert into sessions (token_digest, user_id, expires_at) select sha256('s'), id, now() + interval '1 hour' from u`)
  const { rows } = await client.query(
    `select s.id is not null as named, u.verified_at from sessions s join users u on u.id = s.user_id where u.email = 'b@first.test'`,
  )
  expect(rows).toEqual([{ named: true, verified_at: null }])
})

it('lose the accounts that nobody confirmed, with their organisations, and none that is confirmed in this moment', async () => {
  const account = async (name: string, age: string): Promise<void> => {
    await client.query(
      `with u as (insert into users (email, password_hash, created_at) values ($1, '$argon2id$x', now() - $2::interval) returning id),
        o as (insert into organisations (slug, name) values ($3, 'O') returning id)
      insert into memberships (organisation_id, user_id, role) select o.id, u.id, 'owner' from o, u`,
      [`${name}@late.test`, age, `late-${name}`],
    )
  }
  for (const name of ['one', 'two', 'three', 'confirmed', 'metered']) await account(name, '25 hours')
  await account('young', '23 hours')
  await client.query(
    `insert into usage_events (organisation_id, meter, quantity, occurred_at, recorded_by, idempotency_key)
      select id, 'api_calls', 1, now(), 'test', 'late-metered' from organisations where slug = 'late-metered'`,
  )
  const other = new pg.Client({ connectionString: url })
  await other.connect()
  try {
    await other.query('begin')
    await other.query(`update users set verified_at = now() where email = 'confirmed@late.test'`)
    const sweep = async (): Promise<number> =>
      (await client.query<{ n: number }>(`select remove_unverified_accounts('24 hours', 3) as n`)).rows[0]?.n ?? -1
    expect([await sweep(), await sweep(), await sweep()]).toEqual([3, 1, 0])
    await other.query('commit')
    expect(await sweep()).toBe(0)
  } finally {
    await other.end()
  }
  const { rows } = await client.query(
    `select o.slug, u.email from organisations o left join memberships m on m.organisation_id = o.id
      left join users u on u.id = m.user_id where o.slug like 'late-%' order by o.slug`,
  )
  expect(rows).toEqual([
    { slug: 'late-confirmed', email: 'confirmed@late.test' },
    { slug: 'late-metered', email: null },
    { slug: 'late-young', email: 'young@late.test' },
  ])
})

it.each([
  ['a role that is none', `update memberships set role = 'god'`, '23514'],
  ['a name without end', `update users set name = repeat('x', 121)`, '23514'],
  [
    'a token in clear',
    `insert into one_time_tokens select 'gv_x', 'verify', id, now(), now() + interval '1 hour' from users`,
    '23514',
  ],
  [
    'a token for anything',
    `insert into one_time_tokens select sha256('a'), 'all', id, now(), now() + interval '1 hour' from users limit 1`,
    '23514',
  ],
  [
    'a token that ended before it began',
    `insert into one_time_tokens select sha256('a'), 'reset', id, now(), now() from users limit 1`,
    '23514',
  ],
  [
    'a password in clear',
    `insert into sign_ups values ('slug', sha256('a'), 'secret', now(), now() + interval '1 hour')`,
    '23514',
  ],
  [
    'an account without an organisation',
    `insert into users (email, password_hash) values ('c@x.test', '$argon2id$x')`,
    '23514',
  ],
])('refuse %s', async (_what, sql, code) => {
  await expect(client.query(sql).then(() => null)).rejects.toMatchObject({ code })
})
