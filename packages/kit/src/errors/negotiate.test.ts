/** Goal: RFC 9457 goes to those who prefer it and to nobody else. Method: the rules of RFC 9110, 12.5.1, case by case. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wantsProblem } from './index.ts'

const problem = 'application/problem+json'

describe('wantsProblem', () => {
  it.each([
    problem,
    'Application/Problem+JSON',
    `application/json, ${problem}`,
    `${problem};q=0.5, application/json;q=0.4`,
    `${problem};charset=utf-8;q=0.9, */*;q=0.8`,
    `${problem};q=0.2, */*;q=0.1`,
    `text/html, ${problem}`,
    // The specific range overrides the general one.
    `${problem};q=0.5, application/json;q=0.1, */*;q=1`,
    `${problem}, application/json;q=nonsense`,
  ])('yes: %s', (accept) => expect(wantsProblem(accept)).toBe(true))

  it.each([
    undefined,
    '',
    '*/*',
    'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'application/json',
    'application/*',
    `${problem};q=0`,
    `${problem};q=0.5, application/json`,
    `${problem};q=0.9, */*`,
    `${problem};q=1.5`,
    `${problem};q=`,
    `${problem}x`,
    `x-${problem}`,
    `text/plain;note="${problem}"`,
    `${'text/html,'.repeat(32)}${problem}`,
    `${problem},${'x'.repeat(1024)}`,
  ])('no: %s', (accept) => expect(wantsProblem(accept)).toBe(false))

  it('says yes or no to anything', () => {
    const piece = fc.oneof(
      fc.constantFrom(problem, 'application/json', '*/*', ';q=', '0.5', '1', ',', ';', ' ', '"'),
      fc.string(),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        expect(typeof wantsProblem(pieces.join(''))).toBe('boolean')
      }),
      { numRuns: 500 },
    )
  })
})
