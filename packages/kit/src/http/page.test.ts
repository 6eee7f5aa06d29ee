import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { pageQuery, readCursor, writeCursor } from './page.ts'

const key = z.strictObject({ at: z.string(), id: z.int() })

describe('pageQuery', () => {
  const query = pageQuery({ sizeMax: 50 })
  it('gives a size to who asks for none', () => expect(query.parse({})).toEqual({ limit: 20 }))
  it('takes what is in range', () => expect(query.parse({ limit: '50' }).limit).toBe(50))
  it.each(['0', '51', '-1', '1.5', '1e1', ' 5', '', '00005', '99999999999999999999', 'all'])('refuses %j', (limit) =>
    expect(query.safeParse({ limit }).success).toBe(false),
  )
  it.each(['', 'a b', '%', 'x'.repeat(513)])('refuses the cursor %j', (cursor) =>
    expect(query.safeParse({ cursor }).success).toBe(false),
  )
  it.each([{ sizeMax: 0 }, { sizeMax: 1001 }, { sizeMax: 10, sizeDefault: 11 }, { sizeMax: 1.5 }])(
    'can not be made with %j',
    (options) => expect(() => pageQuery(options)).toThrow(RangeError),
  )
})

describe('cursors', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.record({ at: fc.string({ maxLength: 40 }), id: fc.integer() }), (value) => {
        expect(readCursor(writeCursor(value), key)).toEqual(value)
      }),
    )
  })
  it('that nobody wrote are the caller’s mistake, whatever they hold', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 100 }), (text) => {
        expect(() => readCursor(text, key)).toThrow(expect.objectContaining({ code: 'validation_failed' }))
      }),
    )
  })
  it('of a key that is too long are refused where they are made', () =>
    expect(() => writeCursor({ at: 'x'.repeat(600), id: 1 })).toThrow(RangeError))
})
