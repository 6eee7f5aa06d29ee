import { judgementOutcome } from '@greengate/contracts'
import { describeCheck } from '@greengate/runner/testing'
import { describe, expect, it } from 'vitest'
import { type Observation, judge } from './judge.ts'
import { check } from './observe.ts'

describeCheck(check)

const sound: Observation = {
  command: 'npm test',
  exit: 0,
  report: { state: 'fresh', declared: false, path: 'lcov.info', problem: '' },
  sourceFiles: 1,
  countedFiles: 1,
  foreignFiles: 0,
  linesFound: 1000,
  linesHit: 900,
  uncountedFiles: 0,
  uncountedLines: 0,
  uncounted: [],
  worst: [],
  base: null,
}
const params = { linesPercentMin: 90, uncountedPercentMax: 10 }
const outcome = (change: Partial<Observation>) => judgementOutcome(judge.judge({ ...sound, ...change }, params))

describe('ways of passing without coverage', () => {
  it('takes the limit exactly: 90 % passes, 89.9 % does not', () => {
    expect(outcome({})).toBe('pass')
    expect(outcome({ linesHit: 899 })).toBe('fail')
  })
  it('never passes on an empty, foreign or absent report, or on a failed run', () => {
    expect(outcome({ linesFound: 0, linesHit: 0 })).toBe('inconclusive')
    expect(outcome({ countedFiles: 0, foreignFiles: 3 })).toBe('inconclusive')
    expect(outcome({ sourceFiles: 0 })).toBe('inconclusive')
    expect(outcome({ exit: 1 })).toBe('inconclusive')
    for (const state of ['missing', 'broken', 'too-large', 'not-asked'] as const) {
      expect(outcome({ report: { ...sound.report, state } })).toBe('inconclusive')
    }
  })
  it('counts files that no test loads as lines that are not hit', () => {
    expect(outcome({ linesHit: 1000, uncountedLines: 100, uncountedFiles: 1, sourceFiles: 2 })).toBe('pass')
    expect(outcome({ linesHit: 1000, uncountedLines: 112, uncountedFiles: 1, sourceFiles: 2 })).toBe('fail')
  })
  it('compares with the base, and not with an empty one', () => {
    expect(outcome({ base: { linesFound: 10, linesHit: 9, where: 'base' } })).toBe('pass')
    expect(outcome({ base: { linesFound: 100, linesHit: 91, where: 'base' } })).toBe('fail')
    expect(outcome({ base: { linesFound: 0, linesHit: 0, where: 'base' } })).toBe('inconclusive')
  })
})
