import { expect, it } from 'vitest'
import { judge } from './judge.ts'
import { describeCheck } from '@greengate/runner/testing'
import { check } from './observe.ts'

describeCheck(check)

interface Seen {
  plainThrough: number
  forgedThrough: number
  sent?: number
}
function aspectOf(seen: readonly Seen[]) {
  const headers = seen.map(({ plainThrough, forgedThrough, sent = 12 }) => {
    const both = { plainSent: sent, forgedSent: sent }
    return { header: 'x-real-ip', value: '198.51.100.1', plainThrough, forgedThrough, ...both }
  })
  const api = { request: 'GET /', sent: 100, firstLimited: 50, perAccount: false, headers }
  const observation = judge.parse({ api, signIn: null, signInDeclared: false })
  return judge.judge(observation, judge.parseParams({})).aspects.api
}
const held = Array.from({ length: 13 }, () => ({ plainThrough: 0, forgedThrough: 0 }))

it('takes what a limit gives back all the time for no bypass', () => {
  expect(aspectOf([...held, { plainThrough: 0, forgedThrough: 2 }])).toEqual({ outcome: 'pass', code: 'ok' })
  expect(aspectOf([...held, { plainThrough: 2, forgedThrough: 1 }])).toEqual({ outcome: 'pass', code: 'ok' })
  expect(aspectOf([...held, { plainThrough: 11, forgedThrough: 12 }])).toEqual({ outcome: 'pass', code: 'ok' })
})

it('finds one header among many that gets around it, given-back requests or not', () => {
  expect(aspectOf([...held, { plainThrough: 0, forgedThrough: 12 }]).outcome).toBe('fail')
  expect(aspectOf([...held, { plainThrough: 3, forgedThrough: 10 }]).outcome).toBe('fail')
})

it('says nothing where the limit did not hold, or too few were answered', () => {
  const ended = held.map(() => ({ plainThrough: 12, forgedThrough: 12 }))
  expect(aspectOf(ended)).toEqual({ outcome: 'inconclusive', code: 'limit-did-not-last' })
  const failing = held.map(() => ({ plainThrough: 0, forgedThrough: 0, sent: 2 }))
  expect(aspectOf(failing)).toEqual({ outcome: 'inconclusive', code: 'limit-did-not-last' })
  const unclear = held.map(() => ({ plainThrough: 0, forgedThrough: 6 }))
  expect(aspectOf(unclear)).toEqual({ outcome: 'inconclusive', code: 'limit-did-not-last' })
})
