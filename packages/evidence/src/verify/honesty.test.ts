import { describe, expect, test } from 'vitest'
import { EvidenceError } from '../errors.ts'
import { buildEvidence, EVIDENCE_TIME_MS, type EvidenceParts } from '../testing.ts'
import { checkHonesty, SKEW_MS_MAX } from './honesty.ts'

/** Goal: what is true of honest evidence is required of any, each refusal with what it says. */

const check = (parts: EvidenceParts, nowMs = EVIDENCE_TIME_MS): string => {
  try {
    checkHonesty(buildEvidence(parts), nowMs)
  } catch (error) {
    return error instanceof EvidenceError ? `${error.code}: ${error.message}` : 'another error'
  }
  return ''
}
const refutations = (tried: number, caught: number, missed: string[] = []) => ({
  refutations: { tried, caught, missed },
})

test.each(['pass', 'fail', 'error', 'inconclusive', 'not_applicable'] as const)(
  '%s as it is built is honest',
  (outcome) => {
    expect(check({ outcome })).toBe('')
  },
)

describe('a pass', () => {
  test.each<[string, EvidenceParts, string]>([
    ['no refutation tried', refutations(0, 0), 'It passed, and no refutation was tried.'],
    ['fewer caught than tried', refutations(2, 1), 'It passed, and 1 of 2 refutations were caught.'],
    ['more caught than tried', refutations(2, 3), 'It passed, and 3 of 2 refutations were caught.'],
    ['one missed', refutations(2, 2, ['x']), 'It passed, and 2 of 2 refutations were caught.'],
    ['nothing exercised', { exercised: {} }, 'It passed, and nothing was exercised.'],
    ['zeros exercised', { exercised: { a: 0, b: 0 } }, 'It passed, and nothing was exercised.'],
  ])('with %s', (_name, parts, message) => {
    expect(check(parts)).toBe(`PASS_UNPROVED: ${message}`)
  })

  test('with one of two things exercised is one', () => {
    expect(check({ exercised: { requests: 0, samples: 1 } })).toBe('')
  })

  test('is alone in having to be proved', () => {
    expect(check({ outcome: 'fail', ...refutations(2, 1, ['x']), exercised: {} })).toBe('')
    expect(check({ outcome: 'inconclusive', ...refutations(0, 0), exercised: {} })).toBe('')
  })
})

describe('without an observation', () => {
  test.each(['pass', 'fail'] as const)('no %s', (outcome) => {
    expect(check({ outcome, observation: null })).toBe(
      `OBSERVATION_MISSING: Its outcome is ${outcome}, and there is no observation.`,
    )
  })

  test('no aspect that passed, wherever it stands', () => {
    const judgement = {
      aspects: { first: { outcome: 'error', code: 'x' }, second: { outcome: 'pass', code: 'ok' } },
      findings: [],
    } as const
    expect(check({ outcome: 'error', judgement: { ...judgement, findings: [] } })).toBe(
      'OBSERVATION_MISSING: Its aspect second passed without an observation.',
    )
    expect(check({ outcome: 'error', judgement: { ...judgement, findings: [] }, observation: { value: 7 } })).toBe('')
  })

  const MISSING = 'FACT_MISSING: It is not applicable, and carries no fact that says what is absent.'
  const fact = { name: 'database', target: 'component:api', state: 'absent', detector: 'd@1', how: '' } as const
  test.each<[string, EvidenceParts['facts'], string]>([
    ['no fact', [], MISSING],
    ['an unknown one', [{ ...fact, state: 'unknown' }], MISSING],
    ['one about another target', [{ ...fact, target: 'component:web' }], MISSING],
    ['the fact among others', [{ ...fact, target: 'component:web' }, fact], ''],
  ])('not applicable with %s', (_name, facts = [], problem) => {
    expect(check({ outcome: 'not_applicable', facts })).toBe(problem)
  })

  test('what is neither pass nor fail nor absent needs no fact', () => {
    expect(check({ outcome: 'error', facts: [] })).toBe('')
    expect(check({ outcome: 'not_applicable', facts: [], observation: { value: 7 } })).toBe('')
  })
})

describe('time', () => {
  const at = (ms: number): string => new Date(ms).toISOString()
  test('it may begin and end in the same millisecond, and not end before', () => {
    const [from, to] = [at(EVIDENCE_TIME_MS), at(EVIDENCE_TIME_MS - 1)]
    expect(check({ from, to: from })).toBe('')
    expect(check({ from, to })).toBe(`TIME_INVALID: It ended (${to}) before it began (${from}).`)
  })

  test('clocks may differ by five minutes', () => {
    const to = at(EVIDENCE_TIME_MS + 300_001)
    expect(SKEW_MS_MAX).toBe(300_000)
    expect(check({ to: at(EVIDENCE_TIME_MS + 300_000) })).toBe('')
    expect(check({ to })).toBe(`FROM_FUTURE: It was taken in the future: ${to}.`)
    expect(check({}, Number.NaN)).toBe('FROM_FUTURE: It was taken in the future: 2026-01-15T12:00:00.000Z.')
  })

  test.each([
    '',
    'yesterday',
    '2026',
    '2026-01-15',
    '2026-01-15T11:00:00Z',
    '2026-01-15T11:00:00.0000Z',
    '2026-01-15T11:00:00.000',
    '2026-01-15t11:00:00.000z',
    '2026-01-15 11:00:00.000Z',
    ' 2026-01-15T11:00:00.000Z',
    '2026-01-15T11:00:00.000Z\n',
    '2026-01-15T12:00:00.000+01:00',
    '2025-02-30T11:00:00.000Z',
    '2025-13-01T11:00:00.000Z',
    '2025-01-01T24:00:00.000Z',
    '-012026-01-15T11:00:00.000Z',
  ])('%j is none', (text) => {
    const problem = `TIME_INVALID: ${JSON.stringify(text)} is not a time in UTC with milliseconds.`
    expect(check({ from: text })).toBe(problem)
    expect(check({ to: text })).toBe(problem)
  })

  test('a year of five digits is none', () => {
    expect(check({ to: '+012026-01-15T11:00:00.000Z' })).toMatch(/^TIME_INVALID: /)
  })
})
