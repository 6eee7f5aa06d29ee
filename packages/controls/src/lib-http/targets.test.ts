import { type CheckContext, serviceConfigSchema } from '@greengate/contracts'
import { describe, expect, it } from 'vitest'
import { operationsOf } from './openapi.ts'
import { eachInTime, furtherReads, type Target, targetsOf } from './targets.ts'

const context = (requests: object): CheckContext =>
  ({
    config: serviceConfigSchema.parse({
      service: 'x',
      identities: { me: { headers: { authorization: 'Bearer x' } } },
      requests,
    }),
  }) as unknown as CheckContext
const paths = (targets: readonly Target[]): string[] => targets.map((target) => target.spec.path)
const described = operationsOf({
  openapi: '3.0.3',
  paths: {
    '/open': { get: { responses: {} } },
    '/sign-out': { get: { responses: {}, security: [{ cookie: [] }] } },
  },
})

// Goal: every read is looked at, nothing that changes something is asked, and many routes are no reason to wait for ever.
describe('furtherReads', () => {
  it('takes declared reads beside the first, and / if nothing else asks it', () => {
    const targets = targetsOf(
      context({
        first: { path: '/first' },
        mine: { path: '/mine', as: 'me' },
        same: { path: '/first', as: 'me' },
        write: { method: 'POST', path: '/write', effect: 'write' },
        changes: { path: '/changes', effect: 'write' },
        made: { path: '/made/{n}' },
      }),
      [],
    )
    const reads = furtherReads(targets, targets[0] ?? null)
    expect(paths(reads.targets)).toEqual(['/mine', '/first', '/'])
    expect(reads.leftOut).toBe(0)
    const withHome = targetsOf(context({ home: { path: '/?of=page' }, other: { path: '/other' } }), [])
    expect(paths(furtherReads(withHome, withHome[1] ?? null).targets)).toEqual(['/?of=page'])
  })
  it('takes described reads that need no identity', () => {
    expect(paths(furtherReads(targetsOf(context({}), described), null).targets)).toEqual(['/open', '/'])
  })
  it('takes twenty, and says how many it left out', () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`r${index}`, { path: `/r${index}` }]))
    const targets = targetsOf(context(many), [])
    const reads = furtherReads(targets, targets[0] ?? null)
    expect(reads.targets.length).toBe(21)
    expect(reads.leftOut).toBe(9)
  })
})

it('eachInTime asks until the time is up, and says how many were not asked', async () => {
  let nowMs = 0
  const clocked = {
    clock: { monotonicMs: () => nowMs },
    signal: new AbortController().signal,
  } as unknown as CheckContext
  const asked: number[] = []
  const ask = (item: number): Promise<void> => {
    asked.push(item)
    nowMs += 40
    return Promise.resolve()
  }
  expect(await eachInTime(clocked, [1, 2, 3, 4, 5], ask, 100)).toBe(2)
  expect(asked).toEqual([1, 2, 3])
  expect(await eachInTime(clocked, [6], ask, 100)).toBe(0)
  const aborted = { ...clocked, signal: AbortSignal.abort() }
  expect(await eachInTime(aborted, [7, 8], ask, 100)).toBe(2)
})
