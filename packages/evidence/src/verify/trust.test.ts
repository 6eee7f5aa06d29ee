import { describe, expect, test } from 'vitest'
import { GreengateError } from '@greengate/contracts'
import { EvidenceError } from '../errors.ts'
import { createTestKey, trustKeys } from '../testing.ts'
import { trustedKeys } from './trust.ts'

const [a, b] = [createTestKey(), createTestKey()]
const entries = trustKeys([a, b], 'runner').keys
const [first, second] = entries as [(typeof entries)[number], (typeof entries)[number]]
const refusal = (parts: Partial<GreengateError>): unknown =>
  expect.objectContaining({ name: 'GreengateError', code: 'TRUST_ROOT_INVALID', ...parts })

test('keys are known by the id that is computed from them, with their trust', () => {
  const keys = trustedKeys([first, { ...second, trust: 'local' }])
  expect([...keys].map(([keyid, key]) => [keyid, key.keyid, key.trust])).toEqual([
    [a.publicKey.keyid, a.publicKey.keyid, 'runner'],
    [b.publicKey.keyid, b.publicKey.keyid, 'local'],
  ])
  expect(keys.get(b.publicKey.keyid)?.raw).toEqual(b.publicKey.raw)
  expect(trustedKeys([]).size).toBe(0)
})

describe('a trust root is refused with the place', () => {
  test('of a key that is none, and why', () => {
    expect(() => trustedKeys([first, { ...second, publicKey: 'no key' }])).toThrow(
      refusal({
        message: 'It is not an Ed25519 public key in PEM.',
        where: 'keys.1',
        cause: expect.any(EvidenceError) as EvidenceError,
      }),
    )
  })

  test('of a key under another id', () => {
    expect(() => trustedKeys([{ ...first, keyid: second.keyid }])).toThrow(
      refusal({
        message: `The key id of this key is ${first.keyid}, not ${second.keyid}.`,
        where: 'keys.0',
        fix: 'Correct the trust root: docs/guides/authorize.md shows a whole one.',
      }),
    )
  })

  test('of a key that is named twice', () => {
    expect(() => trustedKeys([first, second, { ...first, trust: 'local' }])).toThrow(
      refusal({ message: 'The same key is named twice.', where: 'keys.2' }),
    )
  })
})
