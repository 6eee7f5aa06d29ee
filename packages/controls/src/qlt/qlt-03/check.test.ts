import { describeCheck } from '@greengate/runner/testing'
import { describe, expect, it } from 'vitest'
import { judgementOutcome } from '@greengate/contracts'
import { type Observation, judge } from './judge.ts'
import { check } from './observe.ts'

describeCheck(check)

const sound: Observation = {
  command: 'npm test',
  from: '',
  understood: true,
  testFiles: 1,
  maybeTestFiles: 1,
  exit: 0,
  timedOut: false,
  output: '',
  report: {
    state: 'fresh',
    declared: false,
    path: '',
    problem: '',
    tests: 2,
    passed: 2,
    failed: 0,
    skipped: 0,
    failures: [],
  },
  focused: [],
}
const outcome = (change: Partial<Observation>) =>
  judgementOutcome(judge.judge({ ...sound, ...change }, { skippedPercentMax: 50 }))

describe('ways of passing without having run tests', () => {
  it('passes only with a fresh report of tests that passed', () => {
    expect(outcome({})).toBe('pass')
    expect(outcome({ command: '', testFiles: 0, maybeTestFiles: 0 })).toBe('fail')
    expect(outcome({ command: '' })).toBe('inconclusive')
    expect(outcome({ command: '', understood: false, maybeTestFiles: 0 })).toBe('inconclusive')
    for (const state of ['missing', 'broken', 'too-large', 'not-asked'] as const) {
      expect(outcome({ report: { ...sound.report, state } })).toBe('inconclusive')
    }
    expect(outcome({ report: { ...sound.report, state: 'missing', declared: true } })).toBe('fail')
    expect(outcome({ exit: null })).toBe('fail')
  })

  it('does not let exit 0 hide failures in the report', () => {
    const report = { ...sound.report, passed: 1, failed: 1 }
    expect(judge.judge({ ...sound, report }, { skippedPercentMax: 50 }).aspects.passed).toEqual({
      outcome: 'fail',
      code: 'tests-failed',
    })
  })
})
