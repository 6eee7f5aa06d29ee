import { refute } from '@greengate/runner'
import { describeCheck } from '@greengate/runner/testing'
import { describe, expect, it } from 'vitest'
import { judge, type Probe } from './judge.ts'
import { check } from './observe.ts'

describeCheck(check)

const probe = (change: Partial<Probe> = {}): Probe => ({
  on: 'success',
  place: 'GET /first',
  open: false,
  kind: 'foreign',
  origin: 'https://evil.example',
  status: 200,
  error: '',
  allowOrigin: [],
  allowCredentials: false,
  ...change,
})
const judged = (on: Probe['on'], further: Partial<Probe>) => {
  const probes = [probe({ on }), probe({ on, place: 'GET /other', ...further })]
  const judgement = judge.judge({ probes, notAsked: 0 }, {})
  // Whatever was seen: a green that could not turn red is none.
  if (judgement.aspects[on].outcome === 'pass')
    expect(refute(judge, { probes, notAsked: 0 }, {}, judgement).missed).toEqual([])
  return judgement.aspects[on]
}

// Goal: one route that is open to foreign pages is found; what everybody gets anyway may be read by everybody's pages.
describe.each(['success', 'preflight'] as const)('SEC-01 on further routes, %s', (on) => {
  const reflected = { allowOrigin: ['https://evil.example'] }
  it.each([
    ['reflects with credentials', { ...reflected, allowCredentials: true }],
    ['reflects with credentials what anybody gets', { ...reflected, allowCredentials: true, open: true }],
    ['reflects what only somebody gets', reflected],
  ])('fails one that %s', (_name, further) => {
    expect(judged(on, further)).toEqual({ outcome: 'fail', code: 'origin-reflected' })
  })
  it('fails one with * for what only somebody gets', () => {
    expect(judged(on, { allowOrigin: ['*'] })).toEqual({ outcome: 'fail', code: 'any-origin' })
  })
  it.each([
    ['is for pages of any origin', { allowOrigin: ['*'], open: true }],
    [
      'is for pages of any origin, and says what browsers ignore',
      { allowOrigin: ['*'], open: true, allowCredentials: true },
    ],
    ['reflects without credentials what anybody gets', { ...reflected, open: true }],
    ['names another origin', { allowOrigin: ['https://own.example'], allowCredentials: true }],
  ])('passes one that %s', (_name, further) => {
    expect(judged(on, further)).toEqual({ outcome: 'pass', code: 'ok' })
  })
  it('takes what anybody may read for no answer of the rest', () => {
    const { aspects } = judge.judge({ probes: [probe({ on, status: 0 }), probe({ on, open: true })], notAsked: 0 }, {})
    expect(aspects[on]).toEqual({ outcome: 'inconclusive', code: 'no-answers' })
  })
})
