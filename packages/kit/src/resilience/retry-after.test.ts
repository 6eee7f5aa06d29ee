// Goal: the two forms of Retry-After that RFC 9110 allows, nothing else, and no exception for anything.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRetryAfter } from './index.ts'

// Controls, Latin-1 and beyond, evenly.
const character = fc.integer({ min: 0, max: 0x2ff }).map((code) => String.fromCharCode(code))
const nowMs = Date.UTC(2026, 0, 1)

describe('parseRetryAfter', () => {
  it.each([
    ['0', 0],
    [' 120 ', 120_000],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Wed, 31 Dec 2025 23:59:59 GMT', 0],
    ['Sat, 28 Feb 2026 00:00:00 GMT', 58 * 86_400_000],
  ])('reads %j', (value, expected) => expect(parseRetryAfter(value, nowMs)).toBe(expected))

  it.each([
    null,
    undefined,
    '',
    '-1',
    '1.5',
    '1e3',
    '0x10',
    '12345678901',
    '2026-01-01T00:00:30Z',
    'Thu, 01 Foo 2026 00:00:30 GMT',
    'Thu, 01 anF 2026 00:00:30 GMT',
    'Thu, 31 Feb 2026 00:00:30 GMT',
    'Thu, 01 Jan 2026 24:00:00 GMT',
    'Thu, 01 Jan 2026 00:60:00 GMT',
    'Thu, 01 Jan 2026 00:00:30 UTC',
    `1${' '.repeat(1000)}`,
  ])('takes %j for no wish', (value) => expect(parseRetryAfter(value, nowMs)).toBeNull())

  it('gives a wait of 0 or more, or null, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: character }), (text) => {
        const waitMs = parseRetryAfter(text, nowMs)
        expect(waitMs === null || (Number.isFinite(waitMs) && waitMs >= 0)).toBe(true)
      }),
    )
    fc.assert(
      fc.property(fc.date({ min: new Date(nowMs), max: new Date('2099-12-31'), noInvalidDate: true }), (date) => {
        expect(parseRetryAfter(date.toUTCString(), nowMs)).toBe(Math.floor(date.getTime() / 1000) * 1000 - nowMs)
      }),
    )
  })
})
