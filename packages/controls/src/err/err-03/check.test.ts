import { describeCheck } from '@greengate/runner/testing'
import { describe, expect, it } from 'vitest'
import type { RegistryEntry } from '../../lib-http/error-registry.ts'
import type { Exchange } from '../../lib-http/exchange.ts'
import { judge, type Observation } from './judge.ts'
import { check } from './observe.ts'

describeCheck(check)

const answer = (kind: string, status: number, retryAfter: string | null = null, code = 'oops'): Exchange => ({
  kind,
  method: 'GET',
  path: '/items',
  status,
  error: '',
  headers: retryAfter === null ? {} : { 'retry-after': retryAfter },
  body: JSON.stringify({ error: { code } }),
})
const entry = (code: string, retriable: boolean | null, retryAfterS: number | null = null): RegistryEntry => ({
  code,
  class: 'server',
  status: null,
  retriable,
  retryAfterS,
  help: '',
})
const observed = (
  exchanges: Exchange[],
  entries: RegistryEntry[] | null = null,
  blanks: Observation['survey']['blanks'] = [],
): Observation => ({
  registry: entries && { source: 'errors.registry.json', entries },
  survey: { baseline: { path: '/items', status: 200 }, exchanges, blanks, declaredStatuses: null },
})
const outcome = (observation: Observation) => judge.judge(observation, {}).aspects['5xx']
const refused = (status: number, retryAfter: string | null = null) => answer('dependency-refused', status, retryAfter)

// Goal: an answer of which nobody says whether it is retriable is no pass, and no red either: RFC 9110 gives Retry-After to 503
// and not to an unexpected failure, and the control asks for it on retriable errors alone.
describe('ERR-03 while a dependency is down', () => {
  it.each([500, 502, 504])('decides nothing from a bare %i without a registry', (status) => {
    expect(outcome(observed([refused(status)]))).toEqual({ outcome: 'inconclusive', code: 'not-provoked' })
  })

  it('decides nothing from it where the registry does not list its code, or does not say', () => {
    expect(outcome(observed([refused(500)], [entry('other', true, 5)])).outcome).toBe('inconclusive')
    expect(outcome(observed([refused(500)], [entry('oops', null)])).outcome).toBe('inconclusive')
  })

  it('fails a bare 500 that the registry calls retriable, and a time on one that it calls final', () => {
    expect(outcome(observed([refused(500)], [entry('oops', true, 30)])).code).toBe('retry-after-missing')
    expect(outcome(observed([refused(500, '30')], [entry('oops', false)])).code).toBe('retry-after-on-final-error')
  })

  it('passes a bare 500 that the registry calls final, and one with the time that it gives', () => {
    expect(outcome(observed([refused(500)], [entry('oops', false)])).outcome).toBe('pass')
    expect(outcome(observed([refused(500, '30')], [entry('oops', true, 30)])).outcome).toBe('pass')
  })

  it('passes a 500 that names a time itself, and fails one whose time is none', () => {
    expect(outcome(observed([refused(500, '30')])).outcome).toBe('pass')
    expect(outcome(observed([refused(500, 'soon')])).code).toBe('retry-after-malformed')
  })

  it('fails a bare 503 whatever else was answered', () => {
    expect(outcome(observed([refused(500), refused(503)])).code).toBe('retry-after-missing')
  })

  it('passes a 503 with a time beside an unexpected failure of another request', () => {
    expect(outcome(observed([answer('odd-input', 500), refused(503, '5')])).outcome).toBe('pass')
  })

  it('has nothing to judge where no dependency can fail', () => {
    const blank = { kind: 'dependency-refused', absent: true, code: 'no-dependency', reason: 'None.' } as const
    expect(outcome(observed([answer('odd-input', 500)], null, [blank])).outcome).toBe('not_applicable')
  })
})
