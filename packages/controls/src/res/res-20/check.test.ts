import { describeCheck } from '@greengate/runner/testing'
import { describe, expect, it } from 'vitest'
import { judge, type Observation, type Params } from './judge.ts'
import { check } from './observe.ts'

describeCheck(check)

const PARAMS = judge.parseParams({ ...check.control.params }) as Params
const slow = (change: object = {}) => ({
  request: 'POST /x',
  connected: true,
  watchedMs: 105_000,
  closedAfterMs: null,
  status: 0,
  ...change,
})
const seen = (change: Partial<Observation> = {}): Observation => ({
  baseline: { path: '/', status: 200 },
  headers: slow({ watchedMs: 61_000, closedAfterMs: 61_000 }),
  body: slow({ watchedMs: 30_000, closedAfterMs: 30_000 }),
  keepAlive: { firstStatus: 200, idleMs: 63_000, closedAfterMs: null, secondStatus: 200 },
  callers: [],
  objects: { database: 'absent', upstream: 'absent' },
  limitsOff: [],
  ...change,
})
const aspect = (observation: Observation, name: 'header-limit' | 'request-limit' | 'keep-alive' | 'caller-order') =>
  judge.judge(observation, PARAMS).aspects[name]

// Goal: what can't be told from none in the time is never a pass, and never a failure without a reason that was seen.
describe('RES-20 within two minutes', () => {
  it("passes Node's default for headers: 60 s and up to 30 s until the next look", () => {
    expect(aspect(seen({ headers: slow({ watchedMs: 91_000, closedAfterMs: 91_000 }) }), 'header-limit').outcome).toBe(
      'pass',
    )
  })

  it('fails headers that are still open when the watch ends', () => {
    expect(aspect(seen({ headers: slow({ watchedMs: 103_000 }) }), 'header-limit')).toEqual({
      outcome: 'fail',
      code: 'no-limit',
    })
  })

  it("can't decide on a body that is open for longer than is watched, and says what would", () => {
    const judgement = judge.judge(seen({ body: slow() }), PARAMS)
    expect(judgement.aspects['request-limit']).toEqual({ outcome: 'inconclusive', code: 'not-observed-long-enough' })
    expect(judgement.findings[0]?.fix).toContain('watchMsMax')
  })

  it('fails such a body where the source turns the limit off', () => {
    const off = { limitsOff: [{ where: 'server.js:3', name: 'requestTimeout' }] }
    expect(aspect(seen({ body: slow(), ...off }), 'request-limit')).toEqual({ outcome: 'fail', code: 'no-limit' })
    // The statement alone shows nothing where the request was ended all the same, or hardly watched.
    expect(aspect(seen(off), 'request-limit').outcome).toBe('pass')
    expect(aspect(seen({ body: slow({ watchedMs: 5000 }), ...off }), 'request-limit').outcome).toBe('inconclusive')
  })

  it.each([
    ['no connection', 'header-limit', { headers: slow({ connected: false, closedAfterMs: 10 }) }],
    ['no service', 'header-limit', { baseline: { path: '/', status: 0 } }],
    ['no request with a body', 'request-limit', { body: null }],
    [
      'no first answer',
      'keep-alive',
      { keepAlive: { firstStatus: 0, idleMs: 63_000, closedAfterMs: null, secondStatus: 200 } },
    ],
    [
      'too short a wait',
      'keep-alive',
      { keepAlive: { firstStatus: 200, idleMs: 5000, closedAfterMs: null, secondStatus: 200 } },
    ],
    ['no request and a database', 'caller-order', { objects: { database: 'present' } }],
    ['nothing known', 'caller-order', { objects: {} }],
  ] as const)('%s is no pass', (_name, name, change) => {
    expect(aspect(seen(change as Partial<Observation>), name).outcome).toBe('inconclusive')
  })

  it('ends within two minutes: the longest watch, whatever the limits', () => {
    expect(PARAMS.watchMsMax).toBeLessThanOrEqual(110_000)
    expect(PARAMS.proxyKeepAliveMs + PARAMS.callerTimeoutMs).toBeLessThanOrEqual(110_000)
  })
})
