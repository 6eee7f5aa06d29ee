import { describeCheck } from '@greengate/runner/testing'
import { describe, expect, it } from 'vitest'
import { judge, type Observation } from './judge.ts'
import { check } from './observe.ts'

describeCheck(check)

const unknown = (...statuses: number[]): Observation => ({
  known: { path: '/livez', status: 200 },
  unknown: statuses.map((status) => ({
    path: '/<unknown>',
    accept: '*/*',
    status,
    error: status === 0 ? 'timeout' : '',
  })),
})
const outcome = (observation: Observation) => judge.judge(observation, {}).aspects['unknown-path'].outcome

// Goal: refusals of every right kind pass, and neither redirects nor silence do.
describe('OBS-21', () => {
  it.each([[[404, 404, 404]], [[401, 404, 401]], [[403, 404, 410]], [[404, 405, 429]]])('passes %j', (statuses) => {
    expect(outcome(unknown(...statuses))).toBe('pass')
  })

  it.each([[[404, 404, 200]], [[404, 302, 404]], [[204, 404, 404]], [[404, 404, 500]]])('fails %j', (statuses) => {
    expect(outcome(unknown(...statuses))).toBe('fail')
  })

  it.each([[[]], [[404, 404]], [[0, 0, 404, 404]]])('decides nothing from %j', (statuses) => {
    expect(outcome(unknown(...statuses))).toBe('inconclusive')
  })

  it('decides nothing where the known path was not answered', () => {
    expect(outcome({ ...unknown(404, 404, 404), known: { path: '/', status: 0 } })).toBe('inconclusive')
  })
})
