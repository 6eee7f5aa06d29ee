/** Goal: SQL is split as PostgreSQL splits it, so that nothing dangerous hides in a string and no string looks dangerous. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { statementsOf, SqlSyntaxError, tokenize } from './sql-tokens.ts'

const statements = (text: string): string[] => statementsOf(text).map((one) => text.slice(one.start, one.end).trim())

describe('tokenize', () => {
  it.each([
    ["select 'it''s; -- no comment'", ['select', "'it''s; -- no comment'"]],
    ["select E'a\\'; drop table x; --'", ['select', "E'a\\'; drop table x; --'"]],
    ["select 'a\\'", ['select', "'a\\'"]],
    ["select U&'d\\0061t', b'01', x'ff', n'n'", ['select', "U&'d\\0061t'", ',', "b'01'", ',', "x'ff'", ',', "n'n'"]],
    ['select "odd ""name"";"', ['select', 'odd "name";']],
    ['select $$; \' " $$, $a$ $$ ; $b$ $a$', ['select', '$$; \' " $$', ',', '$a$ $$ ; $b$ $a$']],
    ['select $1 from a$b$c', ['select', '$1', 'from', 'a$b$c']],
    ['/* a /* nested */ ; */ select 1.5e3', ['/* a /* nested */ ; */', 'select', '1.5e3']],
    ['SELECT Übung -- the end', ['select', 'übung', '-- the end']],
  ])('reads %s', (text, expected) => {
    expect(tokenize(text).map((token) => token.text)).toEqual(expected)
  })

  it.each(["select 'open", 'select "open', 'select $x$ open $y$', '/* /* */ open', "select E'open\\'"])(
    'refuses %s',
    (text) => expect(() => tokenize(text)).toThrow(SqlSyntaxError),
  )

  it('covers every character but white space exactly once, or refuses: for any text', () => {
    const pieces = fc.constantFrom(
      "'",
      '"',
      '$',
      '$$',
      '$a$',
      '--',
      '\n',
      '/*',
      '*/',
      ';',
      'e',
      'ab',
      '\\',
      ' ',
      '1',
      '(',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 30 }), (parts) => {
        const text = parts.join('')
        let end = 0
        try {
          for (const token of tokenize(text)) {
            if (text.slice(end, token.start).trim() !== '' || token.end <= token.start) return false
            end = token.end
          }
          return text.slice(end).trim() === ''
        } catch (error) {
          return error instanceof SqlSyntaxError
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('statementsOf', () => {
  it('ends a statement at a semicolon outside of quotes, parentheses and bodies, and knows its line', () => {
    const text = `-- first\nselect ';' ;\ncreate rule r as on insert to t do (select 1; select 2);
create function f() returns int language sql begin atomic select case when true then 1 end; select 2; end;
create function g() returns int language sql as $$ select 1; $$;;
select 3`
    expect(statements(text)).toHaveLength(5)
    expect(statementsOf(text).map((one) => one.line)).toEqual([2, 3, 4, 5, 6])
    expect(statements(' ; -- nothing\n ; ')).toEqual([])
  })
})
