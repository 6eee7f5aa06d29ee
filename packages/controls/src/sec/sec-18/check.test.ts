import { refute } from '@greengate/runner'
import { describeCheck } from '@greengate/runner/testing'
import { describe, expect, it } from 'vitest'
import { judge, type Observation, type Params, type Probe } from './judge.ts'
import { check } from './observe.ts'

describeCheck(check)

const PARAMS = judge.parseParams({ ...check.control.params }) as Params
const LARGE = 20_000_000
const probe = (change: Partial<Probe> = {}): Probe => ({
  place: 'POST /first',
  further: false,
  smallStatus: 201,
  chunked: false,
  sentBytes: 130_000,
  status: 413,
  error: '',
  durationMs: 5,
  ...change,
})
const judged = (further: Partial<Probe>) => {
  const observation: Observation = {
    small: { place: 'POST /first', status: 201 },
    probes: [probe(), probe({ chunked: true }), probe({ place: 'POST /other', further: true, ...further })],
    rssBeforeBytes: 1,
    rssAfterBytes: 1,
    aliveStatus: 201,
    largeBytes: LARGE,
    notAsked: 3,
  }
  const judgement = judge.judge(observation, PARAMS)
  const { outcome, code } = judgement.aspects['content-length']
  // Whatever was seen: a green that could not turn red is none.
  if (outcome === 'pass') expect(refute(judge, observation, PARAMS, judgement).missed).toEqual([])
  return `${outcome} ${code}`
}

// Goal: a limit that one route lacks is found, and a route that refuses for another reason, or reads no body, is no reason.
describe('SEC-18 on further requests', () => {
  it.each([
    ['let in', { status: 200, sentBytes: LARGE }],
    ['let in where a small one is refused', { status: 201, sentBytes: LARGE, smallStatus: 409 }],
  ])('fails a body that is %s', (_name, further) => {
    expect(judged(further)).toBe('fail large-body-accepted')
  })
  it('fails a request that a large body breaks, and not one that is broken anyway', () => {
    expect(judged({ status: 500 })).toBe('fail large-body-crashes')
    expect(judged({ status: 503, smallStatus: 503 })).toBe('pass ok')
    expect(judged({ status: 503, smallStatus: 0 })).toBe('pass ok')
  })
  it.each([
    ['too large', { status: 413 }],
    ['answered before the body was there: nobody reads it', { status: 204, smallStatus: 204 }],
    ['refused for another reason', { status: 403, smallStatus: 403 }],
    ['refused for its content', { status: 422, smallStatus: 422, sentBytes: LARGE }],
    ['limited', { status: 429 }],
    ['cut', { status: 0, error: 'ECONNRESET' }],
    ['not answered', { status: 0, error: 'timeout' }],
  ])('passes a body that is %s', (_name, further) => {
    expect(judged(further)).toBe('pass ok')
  })
})
