import { expect, it } from 'vitest'
import { type BootRecord, messagesOf, names, normaliseLine, refusalProblem } from './boot-record.ts'
import { placeholderKindOf, placeholderValue } from './placeholders.ts'
import { stackTraceIn } from './stack-traces.ts'

const refused: BootRecord = {
  purpose: 'without A',
  variables: ['A'],
  outcome: 'exited',
  code: 1,
  signal: null,
  afterMs: 5,
  portOpened: false,
  lines: ['A is missing'],
}

it('tells an orderly refusal from every other end', () => {
  expect(refusalProblem(refused)).toBeNull()
  expect(refusalProblem({ ...refused, code: 0 })?.code).toBe('exit-zero')
  expect(refusalProblem({ ...refused, code: null, signal: 'SIGSEGV' })?.code).toBe('killed-by-signal')
  expect(refusalProblem({ ...refused, outcome: 'not-ready', code: null })?.code).toBe('did-not-exit')
  expect(refusalProblem({ ...refused, outcome: 'not-ready', portOpened: true })?.code).toBe('started-anyway')
})

it('finds a variable as a word of its own', () => {
  expect(names('"PORT" is missing', 'PORT')).toBe(true)
  expect(names('EXPORT and PORT_RANGE', 'PORT')).toBe(false)
})

it('takes a run of plain lines for one message and each JSON line for its own', () => {
  expect(messagesOf(['a', 'b', '{"level":"fatal"}', 'c']).length).toBe(3)
  expect(normaliseLine('2026-01-01T00:00:01Z pid 12 x')).toBe(normaliseLine('2027-01-01T00:00:02Z pid 9 x'))
})

it('knows placeholders and leaves ordinary values alone', () => {
  expect(placeholderKindOf('changeme', false)).toBe('changeme')
  expect(placeholderKindOf('<your-key>', true)).toBe('angle-brackets')
  expect(placeholderKindOf('info', false)).toBeNull()
  expect(placeholderKindOf('8080', false)).toBeNull()
})

it('keeps a placeholder to the declared form', () => {
  const spec = {
    required: true,
    secret: true,
    format: 'string',
    supplier: '',
    reason: '',
    thirdParty: true,
    pattern: '^mk_test_[A-Za-z0-9]{24}$',
  } as const
  expect(placeholderValue('changeme', spec, `mk_test_${'q1W2'.repeat(6)}`).wellFormed).toBe(true)
})

it('sees stack traces of several runtimes and no ordinary text', () => {
  expect(stackTraceIn('Error: x\n    at f (/srv/a.js:1:2)')).toBe('JavaScript')
  expect(stackTraceIn('Traceback (most recent call last):')).toBe('Python')
  expect(stackTraceIn('{"error":{"message":"Look at this: not found"}}')).toBeNull()
})
