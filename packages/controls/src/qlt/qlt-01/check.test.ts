import { judgementOutcome } from '@greengate/contracts'
import { describeCheck } from '@greengate/runner/testing'
import { expect, it } from 'vitest'
import { type Observation, judge } from './judge.ts'
import { check } from './observe.ts'

describeCheck(check)

it('does not pass without a linter, a formatter, or files that were looked at', () => {
  const lint = {
    role: 'lint' as const,
    text: 'eslint',
    from: '',
    tool: 'eslint',
    found: true,
    exit: 0,
    timedOut: false,
    errors: 0,
    samples: [],
    looked: 3,
    output: '',
  }
  const style = { ...lint, role: 'style' as const, tool: 'prettier', looked: null }
  const sound: Observation = { sourceFiles: 3, commands: [lint, style], sarif: null, styleRules: '' }
  const outcome = (change: Partial<Observation>) =>
    judgementOutcome(judge.judge({ ...sound, ...change }, { filesPercentMin: 50 }))
  expect(outcome({})).toBe('pass')
  expect(outcome({ commands: [lint], styleRules: 'xo' })).toBe('pass')
  expect(outcome({ commands: [] })).toBe('inconclusive')
  expect(outcome({ commands: [style] })).toBe('inconclusive')
  expect(outcome({ commands: [lint] })).toBe('inconclusive')
  expect(outcome({ commands: [{ ...lint, looked: null }, style] })).toBe('inconclusive')
  expect(outcome({ commands: [{ ...lint, errors: 1 }, style] })).toBe('fail')
})
