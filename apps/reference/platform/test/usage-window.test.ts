/** Goal: which events are late, and which are refused. Method: moments on both sides of every edge. */
import { expect, it } from 'vitest'
import { admissionOf, closesAtMs } from '../src/usage-window.ts'

const at = (moment: string): number => Date.parse(moment)

it.each([
  ['2026-11-21T12:00:00Z', '2026-12-04T00:00:00Z'],
  ['2026-11-30T23:59:59.999Z', '2026-12-04T00:00:00Z'],
  ['2026-12-01T00:00:00Z', '2027-01-04T00:00:00Z'],
  ['2027-12-31T23:59:59Z', '2028-01-04T00:00:00Z'],
])('the period of %s closes at %s', (moment, closes) => {
  expect(new Date(closesAtMs(at(moment)))).toEqual(new Date(closes))
})

it.each([
  ['now', '2026-11-21T12:00:00Z', '2026-11-21T12:00:00Z', 'on_time'],
  ['5 minutes ahead', '2026-11-21T12:05:00Z', '2026-11-21T12:00:00Z', 'on_time'],
  ['a moment more', '2026-11-21T12:05:00.001Z', '2026-11-21T12:00:00Z', 'too_early'],
  ['the month before, still open', '2026-10-31T23:59:59Z', '2026-11-03T23:59:59.999Z', 'on_time'],
  ['the month before, closed', '2026-10-31T23:59:59Z', '2026-11-04T00:00:00Z', 'late'],
  ['the first moment of a closed month', '2026-10-01T00:00:00Z', '2026-11-04T00:00:00Z', 'late'],
  ['90 days ago', '2026-08-23T12:00:00Z', '2026-11-21T12:00:00Z', 'late'],
  ['a moment more than that', '2026-08-23T11:59:59.999Z', '2026-11-21T12:00:00Z', 'too_late'],
])('%s is judged', (_what, occurred, now, expected) => {
  expect(admissionOf(at(occurred), at(now))).toBe(expected)
})
