import { describeCheck } from '@greengate/runner/testing'
import { describe, expect, it } from 'vitest'
import { judge, type Observation } from './judge.ts'
import { check } from './observe.ts'

describeCheck(check)

const PARAMS = { probeMsMax: 1000, turnMsMax: 10_000 }
const ok = Array.from({ length: 7 }, (_, index) => ({ status: 200, error: '', durationMs: 5, atMs: index * 150 }))
const withoutReadiness: Observation = {
  livePath: '/ping',
  readyPath: '',
  tried: ['/ready'],
  before: { live: ok, ready: [] },
  dependencies: [],
  objects: { database: 'absent', cache: 'unknown', queue: 'absent', upstream: 'absent' },
  phases: [],
}

describe('a service without a readiness endpoint', () => {
  it('is not blamed for it while it is not known whether it depends on anything', () => {
    const { aspects } = judge.judge(withoutReadiness, PARAMS)
    expect(aspects['ready-frozen']).toEqual({ outcome: 'inconclusive', code: 'dependencies-unknown' })
    expect(aspects['ready-fast']).toEqual({ outcome: 'inconclusive', code: 'dependencies-unknown' })
  })

  it('needs none if there is nothing it depends on', () => {
    const objects = { database: 'absent', cache: 'absent', queue: 'absent', upstream: 'absent' } as const
    const { aspects } = judge.judge({ ...withoutReadiness, objects }, PARAMS)
    expect(aspects['ready-frozen']).toEqual({ outcome: 'not_applicable', code: 'no-required-dependency' })
  })

  it('fails if a dependency is required', () => {
    const dependencies = [{ name: 'db', required: true }]
    const { aspects } = judge.judge({ ...withoutReadiness, dependencies }, PARAMS)
    expect(aspects['ready-frozen']).toEqual({ outcome: 'fail', code: 'no-readiness-endpoint' })
    expect(aspects['ready-down']).toEqual({ outcome: 'fail', code: 'no-readiness-endpoint' })
  })
})

describe('a service that does without all of its dependencies', () => {
  const slow = ok.map((sample) => ({ ...sample, durationMs: 5000 }))
  const withReady: Observation = {
    ...withoutReadiness,
    readyPath: '/ready',
    before: { live: ok, ready: ok },
    dependencies: [{ name: 'cache', required: false }],
    phases: [
      {
        dependency: 'cache',
        required: false,
        fault: 'frozen',
        faultSeen: { held: 1, broken: 0, touchingRequestFailed: false, cutOff: false },
        readyBefore: ok,
        live: ok,
        ready: ok,
        liveAfter: ok,
        readyAfter: [],
      },
    ],
  }
  const frozen = withReady.phases[0]

  it('has a quick readiness with one of them frozen, too', () => {
    expect(judge.judge(withReady, PARAMS).aspects['ready-fast']).toEqual({ outcome: 'pass', code: 'ok' })
    const phases = frozen ? [{ ...frozen, ready: slow }] : []
    expect(judge.judge({ ...withReady, phases }, PARAMS).aspects['ready-fast']).toEqual({
      outcome: 'fail',
      code: 'probe-slow',
    })
  })

  it('is caught by every refutation that fits it', () => {
    const tried = judge.refutations.flatMap((refutation) => {
      const broken = refutation.apply(withReady)
      const { id, breaks, code } = refutation
      return broken === null ? [] : [{ id, code, found: judge.judge(broken, PARAMS).aspects[breaks].code }]
    })
    expect(tried.map(({ id }) => id)).toContain('ready-slow')
    expect(tried.filter(({ code, found }) => code !== found)).toEqual([])
  })
})

// Goal: an outage of what the service does without must not take it out of rotation, and nothing else is taken for that.
describe('readiness without a dependency that is not required', () => {
  const no = ok.map((sample) => ({ ...sample, status: 503 }))
  const cache = {
    dependency: 'cache',
    required: false,
    faultSeen: { held: 0, broken: 1, touchingRequestFailed: false, cutOff: false },
    readyBefore: ok,
    live: ok,
    ready: ok,
    liveAfter: ok,
    readyAfter: [],
  }
  const withCache = (fault: 'frozen' | 'down', change: Partial<typeof cache>): Observation => ({
    ...withoutReadiness,
    readyPath: '/ready',
    before: { live: ok, ready: ok },
    dependencies: [{ name: 'cache', required: false }],
    phases: [{ ...cache, fault, ...change }],
  })
  const db = { ...cache, dependency: 'db', required: true, readyBefore: [], ready: no, readyAfter: ok }

  it.each([
    ['frozen', 'ready-frozen'],
    ['down', 'ready-down'],
  ] as const)('fails if one no is seen with it %s', (fault, aspect) => {
    const dropped = [...ok.slice(0, 4), ...no.slice(4)]
    const { aspects } = judge.judge(withCache(fault, { ready: dropped }), PARAMS)
    expect(aspects[aspect]).toEqual({ outcome: 'fail', code: 'ready-tracks-optional' })
  })

  it('fails beside a required one that is followed as it should be', () => {
    const observation = withCache('down', { ready: no })
    const phases = [{ ...db, fault: 'frozen' as const }, { ...db, fault: 'down' as const }, ...observation.phases]
    const dependencies = [{ name: 'db', required: true }, ...observation.dependencies]
    const { aspects } = judge.judge({ ...observation, dependencies, phases }, PARAMS)
    expect(aspects['ready-down']).toEqual({ outcome: 'fail', code: 'ready-tracks-optional' })
    expect(aspects['ready-frozen']).toEqual({ outcome: 'pass', code: 'ok' })
  })

  it.each([
    ['it stays', {}],
    ['the fault did not reach the service', { ready: no, faultSeen: { ...cache.faultSeen, broken: 0 } }],
    ['it was not well right before', { ready: no, readyBefore: [...ok.slice(1), ...no.slice(0, 1)] }],
    ['there are no samples of it', { ready: [] }],
  ])('is not blamed where %s', (_name, change) => {
    const { aspects } = judge.judge(withCache('down', change), PARAMS)
    expect(aspects['ready-down']).toEqual({ outcome: 'not_applicable', code: 'no-required-dependency' })
  })

  it('is refuted where it stays, and only there', () => {
    const refutation = judge.refutations.find(({ id }) => id === 'tracks-optional-down')
    expect(refutation?.apply(withCache('down', {}))).not.toBeNull()
    expect(refutation?.apply(withCache('down', { readyBefore: no }))).toBeNull()
    expect(refutation?.apply(withCache('frozen', {}))).toBeNull()
  })
})
