import type { AnyCheck, CheckContext, ServiceConfig } from '@greengate/contracts'
import { createBeds } from '@greengate/runner'
import { describeCheck } from '@greengate/runner/testing'
import { describe, expect, it } from 'vitest'
import { judge, type Observation, type Params } from './judge.ts'
import { check } from './observe.ts'

describeCheck(check)

const LIVE_TIMEOUT_MS = 300_000
const PARAMS = judge.parseParams({ ...check.control.params }) as Params
type State = Observation['states'][number]
type Aspect = (typeof judge.aspects)[number]
const BOOT = {
  purpose: 'as configured',
  variables: [],
  outcome: 'ready' as const,
  code: null,
  signal: null,
  afterMs: 500,
  portOpened: true,
  lines: [],
}
const request = (change: object = {}) => ({
  request: 'GET /list',
  touches: false,
  status: 200,
  error: '',
  durationMs: 9,
  baseline: { status: 200, durationMs: 9 },
  ...change,
})
const state = (change: Partial<State> = {}): State => ({
  dependency: 'prices',
  required: false,
  state: 'frozen',
  boot: BOOT,
  ready: [],
  requests: [request(), request({ request: 'GET /prices', touches: true })],
  seen: 3,
  ...change,
})
const verdict = (aspect: Aspect, states: readonly State[], change: Partial<Observation> = {}): string => {
  const first = states[0] as State
  const observation: Observation = {
    baseline: BOOT,
    readyPath: '/ready',
    readyBaseline: 200,
    objects: {},
    dependencies: [{ name: first.dependency, required: first.required, handed: true }],
    states: [...states],
    ...change,
  }
  const { outcome, code } = judge.judge(observation, PARAMS).aspects[aspect]
  return `${outcome} ${code}`
}

// Goal: what doesn't touch a lost dependency is answered as with everything up.
describe('RES-23 requests that do not touch the dependency', () => {
  it.each([
    [200, 200, 'pass ok'],
    [200, 304, 'pass ok'],
    [304, 200, 'pass ok'],
    [200, 206, 'pass ok'],
    [302, 302, 'pass ok'],
    [403, 403, 'pass ok'],
    // Better than before.
    [403, 200, 'pass ok'],
    [429, 401, 'pass ok'],
    [503, 503, 'pass ok'],
    [200, 429, 'fail request-blocked'],
    [200, 401, 'fail request-blocked'],
    [200, 404, 'fail request-blocked'],
    [200, 302, 'fail request-blocked'],
    [403, 429, 'fail request-blocked'],
    [200, 503, 'fail request-blocked'],
    [403, 500, 'fail request-blocked'],
    [200, 0, 'fail request-blocked'],
  ])('%d becomes %d', (before, status, expected) => {
    // One that is right shows how the service works; the other is the one in question.
    const requests = [request(), request({ status, baseline: { status: before, durationMs: 9 } })]
    expect(verdict('optional-request', [state({ requests })])).toBe(expected)
    expect(verdict('optional-lost', [state({ requests, state: 'lost' })])).toBe(expected)
  })

  it('may be answered in any way where they touch it', () => {
    expect(
      verdict('optional-request', [state({ requests: [request(), request({ touches: true, status: 503 })] })]),
    ).toBe('pass ok')
  })
})

// Goal: a fault that nothing shows to have been there proves nothing.
describe('RES-23 faults that were not seen', () => {
  const unseen = 'inconclusive fault-not-seen'
  const nobody = { dependencies: [{ name: 'prices', required: false, handed: false }] }

  it('wants to see a request reach what hangs, if one is said to', () => {
    expect(verdict('optional-request', [state({ seen: 0 })])).toBe(unseen)
    expect(verdict('optional-lost', [state({ seen: 0, state: 'lost' })])).toBe(unseen)
    // Where nobody listens nothing can be seen.
    expect(verdict('optional-request', [state({ seen: 0, state: 'refused' })])).toBe('pass ok')
  })

  it('leaves a dependency alone that only what is not declared reaches', () => {
    const requests = [request()]
    expect(verdict('optional-request', [state({ seen: 0, requests })])).toBe('pass ok')
    expect(verdict('optional-lost', [state({ seen: 0, requests, state: 'lost' })])).toBe('pass ok')
  })

  it('wants the service to know where it is', () => {
    const requests = [request()]
    const states = (['absent', 'frozen', 'lost'] as const).map((one) => state({ state: one, seen: 0, requests }))
    for (const aspect of ['optional-start', 'optional-request', 'optional-lost'] as const)
      expect(verdict(aspect, states, nobody)).toBe(unseen)
    // It came by the address in another way.
    const reached = states.map((one) => ({ ...one, seen: one.state === 'frozen' ? 1 : 0 }))
    for (const aspect of ['optional-start', 'optional-request', 'optional-lost'] as const)
      expect(verdict(aspect, reached, nobody)).toBe('pass ok')
  })

  it('still fails a start that it blocks', () => {
    const blocked = state({ state: 'absent', seen: 0, boot: { ...BOOT, outcome: 'exited', code: 1 } })
    expect(verdict('optional-start', [blocked], nobody)).toBe('fail start-blocked')
  })

  it('is seen by the observer', { timeout: LIVE_TIMEOUT_MS }, async () => {
    const stranger = { kind: 'http' as const, required: false, sql: [], answers: [] }
    const judgement = await live([], (base) => ({ dependencies: { ...base.dependencies, stranger } }))
    for (const aspect of ['optional-start', 'optional-request', 'optional-lost'] as const)
      expect(judgement.aspects[aspect]).toEqual({ outcome: 'inconclusive', code: 'fault-not-seen' })
    expect(new Set(judgement.findings.map(({ where }) => where.split(' ')[0]))).toEqual(new Set(['stranger']))
  })
})

// Goal: a no of what never says yes is none.
describe('RES-23 readiness', () => {
  const up = state({ dependency: 'db', required: true, state: 'absent', ready: [404, 404], requests: [] })

  it.each([404, 401, 0])('%d with everything up as well proves nothing', (readyBaseline) => {
    expect(verdict('required-absent', [up], { readyBaseline })).toBe('inconclusive never-ready')
    expect(verdict('required-frozen', [{ ...up, state: 'frozen' }], { readyBaseline })).toBe('inconclusive never-ready')
  })

  it('is not needed of a service that exits', () => {
    const boot = { ...BOOT, outcome: 'exited' as const, code: 69, lines: ['no database'] }
    expect(verdict('required-absent', [{ ...up, boot, ready: [] }], { readyBaseline: 404 })).toBe('pass ok')
  })

  it('is a no where it said yes, and a yes is wrong', () => {
    expect(verdict('required-absent', [{ ...up, ready: [503, 503] }])).toBe('pass ok')
    expect(verdict('required-absent', [{ ...up, ready: [503, 200] }])).toBe('fail ready-without-dependency')
  })

  it('is asked with everything up by the observer', { timeout: LIVE_TIMEOUT_MS }, async () => {
    const judgement = await live(['db-missing-hang'], (base) => ({
      probes: { ...base.probes, ready: '/nowhere' },
      start: base.start && { ...base.start, readyTimeoutMs: 8000 },
    }))
    for (const aspect of ['required-absent', 'required-frozen'] as const)
      expect(judgement.aspects[aspect]).toEqual({ outcome: 'inconclusive', code: 'never-ready' })
  })
})

/** What the real observer sees of the sentinel. */
async function live(defects: readonly string[], change: (base: ServiceConfig) => Partial<ServiceConfig>) {
  const beds = createBeds()
  const open = await beds.open(check as unknown as AnyCheck)
  try {
    const { config } = await open.bed.service([])
    const context = await open.bed.service(defects, { config: change(config) })
    const { data } = await check.observe(context as CheckContext<Params>)
    return judge.judge(data, PARAMS)
  } finally {
    await open.close()
    await beds.close()
  }
}
