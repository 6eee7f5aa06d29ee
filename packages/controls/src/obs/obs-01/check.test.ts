import { describeCheck } from '@greengate/runner/testing'
import { describe, expect, it } from 'vitest'
import { judge, type Observation } from './judge.ts'
import { check } from './observe.ts'

describeCheck(check)

const PARAMS = judge.parseParams({ ...check.control.params })
const silent = (sent: number, dropped = 0): Observation => ({
  ...judge.parse({
    lines: { total: 1, json: 1, stdout: 1, stdoutJson: 1, dropped },
    otherLines: [],
    sent,
    records: [],
  }),
})

// Goal: silence is never a pass, and a defect where requests were answered and nobody wrote it down.
describe('OBS-01 of a service that writes next to nothing', () => {
  it('fails where requests were answered', () => {
    const { aspects } = judge.judge(silent(60), PARAMS)
    expect(aspects.fields).toEqual({ outcome: 'fail', code: 'no-request-record' })
    expect(aspects.json).toEqual({ outcome: 'inconclusive', code: 'no-lines' })
  })

  it.each([
    ['no request was answered', silent(0)],
    ['lines were dropped', silent(60, 10)],
  ])('decides nothing where %s', (_name, observation) => {
    expect(Object.values(judge.judge(observation, PARAMS).aspects).map(({ outcome }) => outcome)).toEqual(
      Array(4).fill('inconclusive'),
    )
  })
})
