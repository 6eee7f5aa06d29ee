import type { AnyCheck, CheckContext, ServiceConfig } from '@greengate/contracts'
import { createBeds } from '@greengate/runner'
import { describeCheck } from '@greengate/runner/testing'
import { describe, expect, it } from 'vitest'
import { judge, type Observation, type Params } from './judge.ts'
import { check } from './observe.ts'

describeCheck(check)

const LIVE_TIMEOUT_MS = 240_000

const PARAMS = judge.parseParams({ ...check.control.params }) as Params
const KEPT = { firstStatus: 200, announcedClose: false, idleMs: 63_000, closedAfterMs: null, secondStatus: 200 }
const slow = (change: object = {}) => ({
  request: 'POST /x',
  connected: true,
  watchedMs: 105_000,
  closedAfterMs: null,
  status: 0,
  pieces: 9,
  ...change,
})
const seen = (change: Partial<Observation> = {}): Observation => ({
  baseline: { path: '/', status: 200 },
  headers: slow({ watchedMs: 61_000, closedAfterMs: 61_000 }),
  body: slow({ watchedMs: 30_000, closedAfterMs: 30_000 }),
  keepAlive: { ...KEPT },
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
    ['no first answer', 'keep-alive', { keepAlive: { ...KEPT, firstStatus: 0 } }],
    ['too short a wait', 'keep-alive', { keepAlive: { ...KEPT, idleMs: 5000 } }],
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

// Goal: a proxy has no race on a connection that was said to end; and an error that ends its own says nothing of the others.
describe('RES-20 without keep-alive', () => {
  const closed = { ...KEPT, announcedClose: true, idleMs: 3, closedAfterMs: 3, secondStatus: 0 }

  it.each([
    ['a service without keep-alive', closed, { outcome: 'not_applicable', code: 'no-keep-alive' }],
    [
      'one that has not closed yet',
      { ...closed, closedAfterMs: null },
      { outcome: 'not_applicable', code: 'no-keep-alive' },
    ],
    [
      'one that closes unannounced',
      { ...closed, announcedClose: false },
      { outcome: 'fail', code: 'closed-before-proxy' },
    ],
    ['an error', { ...closed, firstStatus: 404 }, { outcome: 'inconclusive', code: 'not-observed-long-enough' }],
  ] as const)('%s', (_name, keepAlive, expected) => {
    expect(aspect(seen({ keepAlive }), 'keep-alive')).toEqual(expected)
  })

  it('is seen by the observer', { timeout: LIVE_TIMEOUT_MS }, async () => {
    const result = await live(['no-keep-alive'])
    expect(result.aspects['keep-alive']).toEqual({ outcome: 'not_applicable', code: 'no-keep-alive' })
  })
})

// Goal: an answer to the head of a request shows no limit for its body.
describe('RES-20 with requests that are answered before their body', () => {
  const answered = (status: number, pieces: number) =>
    seen({ body: slow({ watchedMs: 9000, closedAfterMs: 9000, status, pieces }) })

  it.each([401, 403, 404, 405, 411, 413, 415, 429])('%d is no limit', (status) => {
    const verdict = { outcome: 'inconclusive', code: 'answered-before-its-body' }
    expect(aspect(answered(status, 0), 'request-limit')).toEqual(verdict)
    expect(aspect(answered(status, 9), 'request-limit')).toEqual(verdict)
  })

  it.each([200, 302, 400, 422, 500])('%d at once is none either, and after a while it is one', (status) => {
    expect(aspect(answered(status, 0), 'request-limit').code).toBe('answered-before-its-body')
    expect(aspect(answered(status, 9), 'request-limit').outcome).toBe('pass')
  })

  it('takes 408, and the end of the connection, for a limit whenever it comes', () => {
    for (const pieces of [0, 9])
      for (const status of [408, 0]) expect(aspect(answered(status, pieces), 'request-limit').outcome).toBe('pass')
  })

  it(
    'takes a request that waits for its body, however the ones before it are refused',
    { timeout: LIVE_TIMEOUT_MS },
    async () => {
      const add = {
        method: 'POST' as const,
        path: '/api/items',
        headers: {},
        as: '',
        effect: 'write' as const,
        touches: [],
        body: { name: 'x' },
      }
      const requests = { anonymous: { ...add, expect: 401 }, wrongly: { ...add, expect: 201 } }
      expect((await live([], { requests })).aspects['request-limit'].outcome).toBe('pass')
      // Without a sign-in there is none that waits.
      const code = 'answered-before-its-body'
      expect((await live([], { requests, signIn: undefined })).aspects['request-limit']).toEqual({
        outcome: 'inconclusive',
        code,
      })
    },
  )
})

/** What the real observer sees of the sentinel. */
async function live(defects: readonly string[], config: Partial<ServiceConfig> = {}) {
  const beds = createBeds()
  const open = await beds.open(check as unknown as AnyCheck)
  try {
    const context = await open.bed.service(defects, { config, params: { proxyKeepAliveMs: 1000 } })
    const { data } = await check.observe(context as CheckContext<Params>)
    return judge.judge(data, PARAMS)
  } finally {
    await open.close()
    await beds.close()
  }
}
