import { describeCheck } from '@greengate/runner/testing'
import { describe, expect, it } from 'vitest'
import { judge, type Observation } from './judge.ts'
import { check } from './observe.ts'

describeCheck(check)

type Upstream = Observation['upstream'][number]
const carries = { request: 'GET /a', sent: 1, reached: 1, carrying: 1 }
const bare = { request: 'GET /b', sent: 3, reached: 3, carrying: 0 }

function upstream(requests: Upstream['requests'], change: Partial<Upstream> = {}): string {
  const one = { dependency: 'prices', visible: true, busy: false, called: true, requests, ...change }
  const { outcome, code } = judge.judge({ probes: [], logLines: 0, upstream: [one] }, {}).aspects.upstream
  return `${outcome} ${code}`
}

// Goal: each request's own calls carry its id, and no call is blamed on a request that it need not belong to.
describe('OBS-02 of calls to other services', () => {
  it.each([
    ['one of two requests carries it', [carries, bare], {}],
    ['none carries it', [bare], {}],
    ['none carries it, and it can not be told whose calls they are', [bare], { busy: true }],
    ['the calls come after the answers, without it', [{ ...bare, reached: 0 }], {}],
  ])('fails where %s', (_name, requests, change) => {
    expect(upstream(requests, change)).toBe('fail not-sent-upstream')
  })

  it.each([
    ['each carries it', [carries, carries], {}],
    ['a request is answered without a call', [carries, { ...bare, reached: 0 }], {}],
    ['a call comes with it now and then: a refresh that requests share', [carries, { ...bare, reached: 1 }], {}],
    ['something goes there anyway', [carries, bare], { busy: true }],
  ])('passes where %s', (_name, requests, change) => {
    expect(upstream(requests, change)).toBe('pass ok')
  })

  it.each([
    ['nothing was called', [{ ...bare, reached: 0 }], { called: false }],
    ['what arrives is not seen', [bare], { visible: false }],
  ])('is not decided where %s', (_name, requests, change) => {
    expect(upstream(requests, change)).toBe('inconclusive upstream-not-reached')
  })
})
