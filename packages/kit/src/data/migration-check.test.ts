/** Goal: every dangerous statement is found, in every way it can be written, and what is safe is let through. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkMigration } from './migration-check.ts'
import { directivesOf } from './migration-directives.ts'
import { migrationRules } from './migration-rules.ts'
import { SqlSyntaxError, statementsOf, tokenize } from './sql-tokens.ts'

const check = (text: string, notNullChecks = new Set<string>()): string[] => {
  const tokens = tokenize(text)
  const context = { newTables: new Set<string>(), notNullChecks }
  return checkMigration(text, statementsOf(text, tokens), directivesOf(tokens), context).map((one) => one.rule)
}
const dangerous: readonly (readonly [string, string])[] = [
  ['drop-column', 'alter table users drop column email'],
  ['drop-column', 'ALTER TABLE IF EXISTS ONLY public."users" DROP email CASCADE'],
  ['drop-column', 'alter table users add column a int, drop if exists email'],
  ['drop-table', 'drop table if exists a, b'],
  ['drop-table', 'create table a (id int); drop table a, b'],
  ['drop-object', 'drop view v'],
  ['drop-object', 'drop materialized view v'],
  ['drop-object', 'drop function f(int)'],
  ['drop-object', 'drop schema s cascade'],
  ['truncate', 'truncate users'],
  ['rename', 'alter table users rename column a to b'],
  ['rename', 'alter table users rename a to b'],
  ['rename', 'alter table users rename to people'],
  ['rename', 'alter table users set schema other'],
  ['rename', 'alter view v rename to w'],
  ['rename', "alter type t rename value 'a' to 'b'"],
  ['alter-type', 'alter table users alter column a type bigint'],
  ['alter-type', 'alter table users alter a set data type bigint using a::bigint'],
  ['add-column-not-null', 'alter table users add column a int not null'],
  ['add-column-not-null', 'alter table users add if not exists a text NOT NULL'],
  ['table-rewrite', 'alter table users add column a uuid default gen_random_uuid()'],
  ['table-rewrite', 'alter table users add column a bigserial'],
  ['table-rewrite', 'alter table users add column a int generated always as (b * 2) stored'],
  ['table-rewrite', 'alter table users add column a int generated always as identity'],
  ['table-rewrite', 'alter table users set unlogged'],
  ['index-not-concurrent', 'create index on users (a)'],
  ['index-not-concurrent', 'create unique index if not exists i on only users (a)'],
  ['index-not-concurrent', 'create table if not exists users (id int); create index i on users (id)'],
  ['drop-index-not-concurrent', 'drop index if exists i'],
  ['constraint-not-valid', 'alter table users add constraint c check (a > 0)'],
  ['constraint-not-valid', 'alter table users add check (a > 0)'],
  ['constraint-not-valid', 'alter table users add foreign key (a) references b (id)'],
  ['constraint-not-valid', 'alter table users add column a int references b (id)'],
  ['constraint-builds-index', 'alter table users add constraint c unique (a)'],
  ['constraint-builds-index', 'alter table users add primary key (a)'],
  ['constraint-builds-index', 'alter table users add exclude using gist (a with &&)'],
  ['constraint-builds-index', 'alter table users add column a int unique'],
  ['set-not-null', 'alter table users alter column a set not null'],
  ['lock-table', 'lock table users in share mode'],
  ['blocking-rewrite', 'cluster users using i'],
  ['blocking-rewrite', 'refresh materialized view v'],
  ['blocking-rewrite', 'reindex table users'],
  ['do-block', "do $$ begin execute 'drop table users'; end $$"],
  ['do-block', 'call migrate_everything()'],
  ['do-block', 'prepare p as drop table users; execute p'],
  ['timeout-override', "set local lock_timeout = '1h'"],
  ['timeout-override', 'SET statement_timeout TO 0'],
  ['concurrently-in-transaction', 'create index concurrently if not exists i on users (a)'],
  ['concurrently-in-transaction', 'drop index concurrently i'],
  ['concurrently-in-transaction', 'vacuum users'],
  ['transaction-control', 'begin; select 1; commit'],
  ['transaction-control', 'rollback'],
  ['not-repeatable', '-- kit: no-transaction\ncreate index concurrently i on users (a)'],
  ['not-repeatable', '-- kit: no-transaction\ncreate index concurrently if not exists on users (a)'],
  ['not-repeatable', '-- kit: no-transaction\ninsert into users values (1)'],
]
const safe: readonly string[] = [
  'set local search_path = app; alter table users add column a timestamp(3) not null default now()::timestamp(3)',
  'create table a (id int primary key, b int not null references c (id) check (b > 0)); create unique index i on a (b)',
  'create table app.a (id int); create index on app.a (id); alter table app.a add column b int not null unique',
  'create temporary table if not exists t (id int); drop table t',
  'alter table users add column a int',
  "alter table users add column a text not null default ''",
  'alter table users add column a numeric(10, 2) not null default 0',
  'alter table users add column a timestamptz not null default now()',
  'alter table users alter column a set default gen_random_uuid()',
  'alter table users alter column a drop not null, drop constraint c, rename constraint d to e',
  'alter table users add constraint c check (a > 0) not valid',
  'alter table users add constraint c foreign key (a) references b (id) not valid',
  'alter table users validate constraint c',
  'alter table users add constraint c unique using index i',
  'alter table users add constraint c check (a is not null) not valid; alter table users alter a set not null',
  "insert into notes values ('drop table users; truncate users')",
  '-- drop table users\n/* truncate users */ select 1',
  'create function f() returns void language plpgsql as $$ begin drop table users; lock table users; end $$',
  "comment on table users is 'do not drop column email'",
  "alter type mood add value if not exists 'fine'",
  'alter index i rename to j',
  'refresh materialized view concurrently v',
  '-- kit: no-transaction\ncreate unique index concurrently if not exists i on users (a); drop index concurrently if exists j',
  '-- kit: no-transaction\nvacuum analyze users',
  '-- kit: phase contract\n-- kit: replicas >= 1.2.0\nalter table users drop column email; drop table old; alter table users rename a to b',
]

describe('checkMigration', () => {
  it.each(dangerous)('finds %s in: %s', (rule, sql) => expect(check(sql)).toContain(rule))

  it.each(safe)('lets through: %s', (sql) => expect(check(sql)).toEqual([]))

  it('has an example of every rule', () => {
    expect(new Set(dangerous.map(([rule]) => rule))).toEqual(new Set(Object.keys(migrationRules)))
  })

  it('minds locks in contract migrations as well', () => {
    const contract = '-- kit: phase contract\n-- kit: replicas >= 1.2.0\n'
    expect(check(`${contract}create index i on users (a)`)).toEqual(['index-not-concurrent'])
  })

  it('accepts set not null after a check in an earlier migration', () => {
    const known = new Set<string>()
    check('alter table users add constraint c check ("a" is not null) not valid', known)
    expect(check('alter table users alter column a set not null', known)).toEqual([])
    expect(check('alter table users alter column b set not null', known)).toEqual(['set-not-null'])
  })

  it('takes an acknowledgement with a reason, for that rule only', () => {
    const allow = '-- kit: allow truncate because nobody reads this table yet\n'
    expect(check(`${allow}truncate users`)).toEqual([])
    expect(check(`${allow}truncate users; drop table b`)).toEqual(['drop-table'])
  })

  it.each([
    ['-- kit: allow truncate because nobody reads this table yet\nselect 1', 'nothing needs it'],
    ['-- kit: allow everything because nobody reads this table yet\nselect 1', 'there is no such rule'],
    ['-- kit: allow transaction-control because I know what I do\nbegin', 'no reason is accepted'],
    ['-- kit: allow truncate because\ntruncate a', 'expected "allow'],
    ['-- kit: allow truncate because short\ntruncate a', 'expected "allow'],
    ['-- kit: phase contract\nselect 1', 'replicas >='],
    ['-- kit: phase both', 'expected "phase expand"'],
    ['-- kit: replicas >= new', 'expected "replicas'],
    ['-- kit: phase expand\n-- kit: phase expand', 'said twice'],
    ['-- kit: no-transactions', 'unknown directive'],
    ['-- kit: lock-timeout-ms 5s', 'expected milliseconds'],
    ['-- kit: statement-timeout-ms 999999999', 'expected milliseconds'],
  ])('refuses the directives of %j', (sql, message) => expect(() => check(sql)).toThrow(message))

  it('does not read directives from strings and bodies', () => {
    expect(check("select '\n-- kit: allow truncate because a string is no comment\n'; truncate a")).toEqual([
      'truncate',
    ])
    expect(check('create function f() returns int as $$\n-- kit: phase contract\n$$; drop table a')).toEqual([
      'drop-table',
    ])
  })

  it('answers or refuses, and never fails otherwise: for any mixture of SQL', () => {
    const words = [...dangerous.flatMap(([, sql]) => sql.split(' ')), '(', ')', ',', '.', ';', '"', '-- kit: ', '\n']
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 25 }), (parts) => {
        try {
          return check(parts.join(' ')).every((rule) => Object.hasOwn(migrationRules, rule))
        } catch (error) {
          return error instanceof RangeError || error instanceof SqlSyntaxError
        }
      }),
      { numRuns: 500 },
    )
  })
})
