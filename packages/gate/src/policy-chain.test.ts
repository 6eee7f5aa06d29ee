import { describe, expect, it } from 'vitest'
import { checkPolicyChain, type SignedPolicy } from './policy-chain.ts'
import { digestOf, NOW_MS, policy } from './testing.ts'
import type { Json, Policy } from '@greengate/contracts'

const PEOPLE = ['ada', 'bob', 'cem']
function signed(change: Partial<Policy>, signedBy: readonly string[] = ['ada', 'bob']): SignedPolicy {
  const made = policy(['CFG-01'], { approvers: PEOPLE, ...change })
  return { policy: made, digest: digestOf(made as unknown as Json), signedBy }
}
const first = signed({})
const next = (change: Partial<Policy> = {}, signedBy?: readonly string[]): SignedPolicy =>
  signed({ version: 2, prev: first.digest, ...change }, signedBy)
const codes = (chain: readonly SignedPolicy[], root = first.digest): string[] =>
  checkPolicyChain(chain, root, NOW_MS).map((problem) => problem.code)

describe('a policy chain', () => {
  it('holds when each version names and is approved by the one before', () => {
    expect(checkPolicyChain([first, next()], first.digest, NOW_MS)).toEqual([])
  })
  it('is refused when empty', () => {
    expect(checkPolicyChain([], first.digest, NOW_MS)).toEqual([
      { code: 'empty-chain', message: 'There is no policy in the chain.' },
    ])
  })
  it.each<[string, readonly SignedPolicy[], string]>([
    ['another root', [signed({ id: 'other' })], 'wrong-root'],
    ['a first version with a predecessor', [signed({ prev: first.digest })], 'wrong-root'],
    ['a first version that is not 1', [next()], 'wrong-root'],
    ['another id', [first, next({ id: 'other' })], 'id-changed'],
    ['a gap', [first, next({ version: 3 })], 'version-gap'],
    ['the same version twice', [first, next({ version: 1 })], 'version-gap'],
    ['another predecessor', [first, next({ prev: '' })], 'prev-mismatch'],
    ['one signature', [first, next({}, ['ada'])], 'too-few-signatures'],
    ['one person twice', [first, next({}, ['ada', 'ada'])], 'too-few-signatures'],
    ['strangers', [first, next({}, ['ada', 'eve'])], 'too-few-signatures'],
    [
      'no signature of the approvers before',
      [first, next({ approvers: ['eve', 'mal'] }, ['eve', 'mal'])],
      'too-few-signatures',
    ],
    ['a higher threshold not met', [first, next({ threshold: 3 })], 'too-few-signatures'],
    ['a threshold of one', [first, next({ threshold: 1 })], 'threshold-too-low'],
    ['an expiry that is over', [first, next({ expires: '2026-11-21T12:00:00.000Z' })], 'expired'],
    ['an expiry that cannot be read', [first, next({ expires: 'soon' })], 'expired'],
  ])('is refused for %s', (_name, chain, code) => {
    const root =
      code === 'wrong-root' ? (_name === 'another root' ? first.digest : (chain[0]?.digest ?? '')) : first.digest
    expect(codes(chain, root)).toContain(code)
  })
  it('needs two people even where a policy asks for fewer', () => {
    const problems = checkPolicyChain([first, next({ threshold: 1 }, ['ada'])], first.digest, NOW_MS)
    expect(problems.map((problem) => problem.code)).toContain('too-few-signatures')
    expect(problems.map((problem) => problem.message).join(' ')).toMatch(
      /carries 1 signatures of approvers of version \d; 2 are needed/,
    )
  })
  it('may have an expired version that a later one replaced', () => {
    const old = signed({ expires: '2020-01-01T00:00:00.000Z' })
    expect(checkPolicyChain([old, signed({ version: 2, prev: old.digest })], old.digest, NOW_MS)).toEqual([])
  })
  it('says what was expected', () => {
    const messages = checkPolicyChain(
      [first, next({ version: 3, prev: '', id: 'x', threshold: 1, expires: '2020-01-01T00:00:00.000Z' })],
      'sha256:pin',
      NOW_MS,
    ).map((problem) => problem.message)
    expect(messages.join('\n')).toMatchInlineSnapshot(`
      "The chain must start with version 1 and the pinned digest sha256:pin.
      The threshold is 1; it must be at least 2.
      The id changed from production to x.
      Version 2 is missing.
      It names nothing as its predecessor, which is sha256:caf1003c620ca8052139542fcba601c1228353b66cf0b5d84a665cb9a3ae56c0.
      It expired on 2020-01-01T00:00:00.000Z."
    `)
  })
})
