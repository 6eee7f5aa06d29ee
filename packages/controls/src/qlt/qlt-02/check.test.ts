import { judgementOutcome } from '@greengate/contracts'
import { describeCheck } from '@greengate/runner/testing'
import { expect, it } from 'vitest'
import { type Observation, judge } from './judge.ts'
import { check } from './observe.ts'

describeCheck(check)

it('does not pass without a command, without files, or with errors behind exit 0', () => {
  const command = {
    text: 'tsc',
    from: '',
    tool: 'tsc',
    found: true,
    exit: 0,
    timedOut: false,
    errors: 0,
    samples: [],
    looked: 3,
    output: '',
  }
  const sound: Observation = {
    languages: { javascript: 0, typescript: 3, python: 0, other: 0 },
    commands: [command],
    sourceFiles: 3,
    leftOutFiles: 0,
    leftOut: [],
  }
  const outcome = (change: Partial<Observation>) =>
    judgementOutcome(judge.judge({ ...sound, ...change }, { filesPercentMin: 90 }))
  expect(outcome({})).toBe('pass')
  expect(outcome({ commands: [] })).toBe('inconclusive')
  expect(outcome({ commands: [{ ...command, looked: 0 }] })).toBe('inconclusive')
  expect(outcome({ commands: [{ ...command, looked: null }] })).toBe('inconclusive')
  expect(outcome({ sourceFiles: 0 })).toBe('inconclusive')
  expect(outcome({ commands: [{ ...command, errors: 1 }] })).toBe('fail')
})
