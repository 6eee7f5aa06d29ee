import { describeCheck } from '@greengate/runner/testing'
import { describe, expect, it } from 'vitest'
import { countsRequests, judge, type Observation, type Traffic } from './judge.ts'
import { check } from './observe.ts'

describeCheck(check)

type Kind = Traffic['kind']
const SCRAPES = 3
const COUNT = 'http_request_duration_seconds_count'
const BUCKET = 'http_request_duration_seconds_bucket'
const UNITS = 12

/** A service that counts scrapes as well, and of each kind of request as many as are said. */
function seen(counted: Partial<Record<Kind, number>>, sent: Partial<Record<Kind, number>> = {}): Observation {
  const answered = { reads: 12, refused: 6, unknown: 0, failed: 4, ...sent }
  const own = { ...answered, ...counted }
  const kinds = (['reads', 'refused', 'unknown', 'failed'] as const).filter((kind) => answered[kind] > 0)
  const series = { type: 'counter', scrapeMilli: 1000, beforeMilli: 5000, afterMilli: 90_000 }
  return {
    tried: [{ path: '/metrics', status: 200, contentType: 'text/plain', problems: [], samples: 9 }],
    path: '/metrics',
    readIsRoute: true,
    traffic: kinds.map((kind) => ({
      kind,
      answered: answered[kind],
      scrapes: SCRAPES,
      rises: [COUNT, BUCKET].map((name) => ({
        name,
        milli: (own[kind] + SCRAPES) * 1000 * (name === BUCKET ? UNITS : 1),
        errorsMilli: kind === 'reads' ? 0 : own[kind] * 1000,
        serverErrorsMilli: kind === 'failed' ? own[kind] * 1000 : 0,
      })),
    })),
    series: [
      { ...series, name: COUNT },
      { ...series, name: BUCKET, scrapeMilli: 1000 * UNITS },
      { ...series, name: 'process_cpu_seconds_total' },
      { ...series, name: 'process_resident_memory_bytes' },
    ],
  }
}

function codes(observation: Observation): Record<string, string> {
  const { aspects } = judge.judge(judge.parse(structuredClone(observation)), {})
  return Object.fromEntries(Object.entries(aspects).map(([name, { outcome, code }]) => [name, `${outcome} ${code}`]))
}

// Goal: what the check itself does is never taken for the traffic of users.
describe('scrapes', () => {
  it('are no reads', () => {
    const found = codes(seen({ reads: 0 }))
    expect(found['rate']).toBe('fail metric-does-not-move')
    expect(found['duration']).toBe('fail metric-does-not-move')
  })

  it('may be counted or not beside reads that are', () => {
    expect(new Set(Object.values(codes(seen({}))))).toEqual(new Set(['pass ok']))
    const { series, ...rest } = seen({ reads: 12 - SCRAPES })
    const free = series.map((entry) => ({ ...entry, scrapeMilli: 0 }))
    expect(codes({ ...rest, series: free })['rate']).toBe('pass ok')
  })

  it('are taken for one request each, however often a start-up counted between two of them', () => {
    const { series, ...rest } = seen({ reads: 24 })
    const odd = series.map((entry) => ({ ...entry, scrapeMilli: 50_000 }))
    expect(codes({ ...rest, series: odd })['rate']).toBe('pass ok')
  })
})

describe('errors', () => {
  it.each([
    ['bodies that a route refused are left out', { refused: 0 }, {}],
    ['one of them is counted', { refused: 1 }, {}],
    ['thrown errors are left out', { failed: 0 }, {}],
    ['one of them is counted', { failed: 1 }, {}],
    ['unknown paths are all there is and none is counted', { unknown: 0 }, { refused: 0, failed: 0, unknown: 6 }],
  ])('fail where %s', (_name, counted, sent) => {
    expect(codes(seen(counted, sent))['errors']).toBe('fail metric-does-not-move')
  })

  it.each([
    ['nothing was away', {}, { failed: 0 }],
    ['unknown paths are left out', { unknown: 0 }, { refused: 0, unknown: 6 }],
    ['one unknown path was counted and there is nothing else', { unknown: 1 }, { refused: 0, failed: 0, unknown: 6 }],
    ['more is counted than was sent', { refused: 7, failed: 9 }, {}],
  ])('pass where %s', (_name, counted, sent) => {
    expect(codes(seen(counted, sent))['errors']).toBe('pass ok')
  })

  it('are not decided where none was answered', () => {
    expect(codes(seen({}, { refused: 0, failed: 0 }))['errors']).toBe('inconclusive no-errors-sent')
  })

  it('may be a counter of their own without labels', () => {
    const observation = seen({ refused: 0, failed: 0 })
    const traffic = observation.traffic.map((sent) => ({
      ...sent,
      rises: [
        ...sent.rises,
        { name: 'http_errors_total', milli: sent.answered * 1000, errorsMilli: 0, serverErrorsMilli: 0 },
      ],
    }))
    expect(codes({ ...observation, traffic })['errors']).toBe('pass ok')
  })
})

describe('a read that only probes send', () => {
  it('is not missed, and no proof either', () => {
    const found = codes({ ...seen({ reads: 0 }), readIsRoute: false })
    expect([found['rate'], found['duration']]).toEqual(['inconclusive no-read', 'inconclusive no-read'])
  })

  it('is as good as any where it is counted', () => {
    expect(codes({ ...seen({}), readIsRoute: false })['rate']).toBe('pass ok')
  })
})

// A counter that falls is taken for a process that was started anew; a gauge falls whenever a request ends.
describe('counters of requests', () => {
  it.each([
    ['http_requests_total', true],
    ['http_server_request_duration_seconds_count', true],
    ['http_requests_in_flight', false],
    ['http_request_duration_seconds_sum', false],
  ])('%s: %s', (name, expected) => {
    expect(countsRequests(name)).toBe(expected)
  })
})
