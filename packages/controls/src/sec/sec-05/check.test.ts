import { expect, it } from 'vitest'
import { judge } from './judge.ts'
import { describeCheck } from '@greengate/runner/testing'
import { check } from './observe.ts'

describeCheck(check)

it('takes a failure of the service for neither a bypass nor a limit that held', () => {
  const round = (forged: number) => ({ header: 'x-real-ip', value: '198.51.100.1', before: 429, forged, after: 429 })
  const aspectOf = (forged: readonly number[]) => {
    const api = { request: 'GET /', sent: 100, firstLimited: 50, perAccount: false, rounds: forged.map(round) }
    const observation = judge.parse({ api, signIn: null, signInDeclared: false })
    return judge.judge(observation, judge.parseParams({})).aspects.api
  }
  const held = Array.from({ length: 30 }, () => 429)
  expect(aspectOf([...held, 503])).toEqual({ outcome: 'pass', code: 'ok' })
  expect(aspectOf([...held, 401])).toEqual({ outcome: 'fail', code: 'limit-dodged' })
  expect(aspectOf([503, 503, 503])).toEqual({ outcome: 'inconclusive', code: 'limit-did-not-last' })
})
