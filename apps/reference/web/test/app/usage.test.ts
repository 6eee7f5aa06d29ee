/**
 * Goal: the usage page asks for whole periods, leaves no gap, and draws what it was told. Method: the pure functions, with
 * edges of months, leap days and quantities beyond what a number holds.
 */
import { describe, expect, it } from 'vitest'
import { axisValues, layoutOf, roundUp } from '../../src/app/usage/chart-layout.ts'
import { choiceOf, nextStart, periodStart, problemsOf, spanOf } from '../../src/app/usage/usage-range.ts'
import { formatPeriod, meterName, type Point, seriesOf, startsOf } from '../../src/app/usage/usage-series.ts'

const NOW = Date.parse('2028-02-29T13:45:10Z')
const iso = (ms: number): string => new Date(ms).toISOString()
const span = (preset: '24h' | '7d' | '30d' | '12m') => spanOf({ kind: 'preset', preset }, NOW)

describe('the time that is shown', () => {
  it.each([
    ['24h', '2028-02-28T14:00:00.000Z', '2028-02-29T14:00:00.000Z', 24],
    ['7d', '2028-02-23T00:00:00.000Z', '2028-03-01T00:00:00.000Z', 7],
    ['30d', '2028-01-31T00:00:00.000Z', '2028-03-01T00:00:00.000Z', 30],
    ['12m', '2027-03-01T00:00:00.000Z', '2028-03-01T00:00:00.000Z', 12],
  ] as const)('%s is whole periods', (preset, from, to, count) => {
    expect([iso(span(preset).fromMs), iso(span(preset).toMs)]).toEqual([from, to])
    expect(startsOf(span(preset))).toHaveLength(count)
  })

  it.each([
    ['', 'preset'],
    ['range=nonsense', 'preset'],
    ['range=toString', 'preset'],
    ['range=custom', 'preset'],
    ['range=custom&from=2026-01-01&to=2026-13-45', 'preset'],
    ['range=custom&from=2026-01-01&to=2026-01-31&period=century', 'custom'],
  ])('of %s is %s', (query, kind) => {
    expect(choiceOf(new URLSearchParams(query)).kind).toBe(kind)
  })

  it('of days of one’s own holds the last day', () => {
    const own = spanOf({ kind: 'custom', from: '2026-10-01', to: '2026-10-31', period: 'day' }, 0)
    expect(startsOf(own)).toHaveLength(31)
  })

  it.each([
    [{ from: '', to: '2026-10-31', period: 'day' }, { from: 'Enter the first day, for example 2026-11-01.' }],
    [{ from: '2026-10-31', to: '2026-10-30', period: 'day' }, { to: 'The last day must not be before the first.' }],
    [{ from: '2026-10-31', to: '2026-10-31', period: 'hour' }, {}],
    [{ from: '2026-10-01', to: '2026-10-31', period: 'hour' }, {}],
  ] as const)('%j has the problems %j', (choice, problems) => {
    expect(problemsOf(choice)).toEqual(problems)
  })

  it('is refused when the server would refuse it', () => {
    expect(problemsOf({ from: '2026-09-30', to: '2026-10-31', period: 'hour' }).to).toContain('at most 31 days')
    expect(problemsOf({ from: '2025-01-01', to: '2026-10-31', period: 'day' }).to).toContain('at most 400 days')
  })

  it('steps over the ends of months and years', () => {
    const start = periodStart(Date.parse('2026-12-31T23:59:59Z'), 'month')
    expect([iso(start), iso(nextStart(start, 'month'))]).toEqual([
      '2026-12-01T00:00:00.000Z',
      '2027-01-01T00:00:00.000Z',
    ])
  })
})

describe('series', () => {
  const row = (start: string, quantity: string, late = 0) => ({
    start,
    meter: 'api_calls',
    quantity,
    events: 1,
    late_quantity: late === 0 ? '0' : quantity,
    late_events: late,
  })

  it('have a point for each period, and exact sums beyond 2^53', () => {
    const rows = [row('2028-02-24T00:00:00.000Z', '9007199254740993'), row('2028-02-28T00:00:00.000Z', '2', 1)]
    const [one] = seriesOf(rows, span('7d'))
    expect(one?.points).toHaveLength(7)
    expect(one).toMatchObject({ total: 9007199254740995n, events: 2, lateEvents: 1 })
  })

  it('are none for no rows, and leave out what is outside', () => {
    expect(seriesOf([], span('7d'))).toEqual([])
    expect(seriesOf([row('2020-01-01T00:00:00.000Z', '5')], span('7d'))[0]?.total).toBe(0n)
  })

  it('have names as people say them', () => {
    expect(['api_calls', 'storage_gb_hours', 'seats'].map(meterName)).toEqual([
      'API calls',
      'Storage GB hours',
      'Seats',
    ])
    expect(formatPeriod(Date.parse('2026-11-01T00:00:00Z'), 'month', 'en-GB')).toBe('November 2026')
    expect(formatPeriod(Date.parse('2026-11-01T00:00:00Z'), 'month', 'de')).toBe('November 2026')
  })
})

describe('the chart', () => {
  const point = (quantity: bigint, lateQuantity = 0n): Point => ({
    startMs: 0,
    quantity,
    events: 1,
    lateQuantity,
    lateEvents: lateQuantity === 0n ? 0 : 1,
  })

  it.each([
    [0, 1],
    [0.2, 1],
    [7, 10],
    [23, 25],
    [26, 50],
    [12_000, 20_000],
  ])('rounds %s up to %s', (value, rounded) => expect(roundUp(value)).toBe(rounded))

  it('has whole numbers at its axis, that reach above the highest bar', () => {
    for (const max of [0, 1, 3, 7, 99, 12_345, 1e15]) {
      const values = axisValues(max)
      expect(values.at(-1)).toBeGreaterThanOrEqual(Math.max(1, max))
      expect(values.every(Number.isInteger)).toBe(true)
      expect(values.length).toBeLessThanOrEqual(7)
    }
  })

  it.each([240, 300, 640, 1200])('keeps bars and names within %s pixels', (width) => {
    const points = Array.from({ length: 744 }, (_, index) => point(BigInt(index * 31), BigInt(index % 2)))
    const { bars, plot, ticks } = layoutOf(points, width, 220)
    for (const bar of bars) {
      expect(bar.x).toBeGreaterThanOrEqual(plot.left)
      expect(bar.x + bar.width).toBeLessThanOrEqual(plot.right + 1)
      expect(bar.y).toBeGreaterThanOrEqual(plot.top - 0.001)
      expect(bar.lateHeight).toBeLessThanOrEqual(bar.height)
    }
    expect(ticks.length).toBeLessThanOrEqual(width / 60)
  })

  it('shows a little among much, and nothing for nothing', () => {
    const { bars } = layoutOf([point(1n), point(0n), point(1_000_000n, 1n)], 640, 220)
    expect(bars.map(({ index }) => index)).toEqual([0, 2])
    expect(bars[0]?.height).toBeGreaterThanOrEqual(2)
    expect(bars[1]?.lateHeight).toBeGreaterThanOrEqual(3)
  })
})
