import { sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { canonicalize } from './canonical.ts'
import {
  type Envelope,
  encodeEnvelope,
  ENVELOPE_BYTES_MAX,
  fromBase64,
  openEnvelope,
  PAYLOAD_TYPE,
  preAuthEncode,
  verifyEnvelope,
} from './dsse.ts'
import { EvidenceError } from './errors.ts'
import { createTestKey } from './testing.ts'

const key = createTestKey()
const { keyid } = key.publicKey
const keys = new Map([[keyid, key.publicKey]])

function envelopeOf(payload: string, signedAs = payload): Envelope {
  const signature = sign(null, preAuthEncode(PAYLOAD_TYPE, Buffer.from(signedAs)), key.privateKey)
  return {
    payloadType: PAYLOAD_TYPE,
    payload: Buffer.from(payload).toString('base64'),
    signatures: [{ keyid, sig: signature.toString('base64') }],
  }
}
const sound = envelopeOf('{"a":1}')
const bytesOf = (value: unknown): Buffer => Buffer.from(canonicalize(value))
function refusal(work: () => unknown): EvidenceError {
  try {
    work()
  } catch (error) {
    if (error instanceof EvidenceError) return error
    throw error
  }
  throw new Error('it was not refused')
}

test('what is signed is DSSE’s own encoding, its lengths counted in bytes', () => {
  expect(preAuthEncode('http://example.com/HelloWorld', Buffer.from('hello world')).toString()).toBe(
    'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
  )
  expect(preAuthEncode('ä', Buffer.from('ö')).toString()).toBe('DSSEv1 2 ä 2 ö')
  expect(PAYLOAD_TYPE).toBe('application/vnd.in-toto+json')
})

test('an envelope is written in one way, and opened again', () => {
  const opened = openEnvelope(encodeEnvelope(sound))
  expect(encodeEnvelope(sound).toString()).toBe(canonicalize(sound))
  expect(opened).toMatchObject({ keyid, payload: Buffer.from('{"a":1}') })
  expect(opened.signature).toHaveLength(64)
  expect(verifyEnvelope(opened, keys)).toEqual({ a: 1 })
})

describe('what is no envelope', () => {
  const [signature] = sound.signatures
  test.each<[string, unknown, RegExp]>([
    ['of another type', { ...sound, payloadType: '' }, /payloadType/],
    ['with something more', { ...sound, extra: 1 }, /extra/],
    ['without a signature', { ...sound, signatures: [] }, /signatures/],
    ['with two signatures', { ...sound, signatures: [signature, signature] }, /signatures/],
    ['with a longer key id', { ...sound, signatures: [{ ...signature, keyid: `${keyid}0` }] }, /keyid/],
    ['with something before the key id', { ...sound, signatures: [{ ...signature, keyid: `x${keyid}` }] }, /keyid/],
    ['with a key id in capitals', { ...sound, signatures: [{ ...signature, keyid: 'A'.repeat(64) }] }, /keyid/],
    ['with a payload that is no text', { ...sound, payload: 1 }, /payload/],
  ])('is refused: one %s', (_name, envelope, place) => {
    const error = refusal(() => openEnvelope(bytesOf(envelope)))
    expect(error.code).toBe('ENVELOPE_MALFORMED')
    expect(error.message).toMatch(/^It is not a DSSE envelope: /)
    expect(error.message).toMatch(place)
  })

  test('is refused with a signature of another length', () => {
    const sig = Buffer.alloc(63).toString('base64')
    expect(refusal(() => openEnvelope(bytesOf({ ...sound, signatures: [{ keyid, sig }] })))).toMatchObject({
      code: 'ENVELOPE_MALFORMED',
      message: 'The signature has 63 bytes instead of 64.',
    })
  })

  test('is not read further than the largest size, which is still read', () => {
    const error = refusal(() => openEnvelope(Buffer.alloc(ENVELOPE_BYTES_MAX + 1, ' ')))
    expect(error).toMatchObject({ code: 'TOO_LARGE', message: 'The envelope has more than 4194304 bytes.' })
    expect(refusal(() => openEnvelope(Buffer.alloc(ENVELOPE_BYTES_MAX, ' '))).code).toBe('NOT_JSON')
  })

  test.each(['YQ', 'YQ=', 'YQ==\n', 'YR==', '-_8=', 'Y Q='])('is refused with other base64: %j', (text) => {
    expect(refusal(() => fromBase64(text))).toMatchObject({
      code: 'NOT_CANONICAL',
      message: 'It is not standard base64.',
    })
    expect(refusal(() => openEnvelope(bytesOf({ ...sound, payload: text }))).code).toBe('NOT_CANONICAL')
  })
})

describe('a signature', () => {
  test('of a key that nobody named is refused', () => {
    const opened = openEnvelope(encodeEnvelope(sound))
    expect(refusal(() => verifyEnvelope(opened, new Map()))).toMatchObject({
      code: 'KEY_UNKNOWN',
      message: `It was signed with the key ${keyid}, which the trust root does not name.`,
    })
  })

  test('of a key that is kept under the id of another is refused', () => {
    const other = createTestKey().publicKey.keyid
    const opened = { ...openEnvelope(encodeEnvelope(sound)), keyid: other }
    expect(refusal(() => verifyEnvelope(opened, new Map([[other, key.publicKey]])))).toMatchObject({
      code: 'KEY_UNKNOWN',
      message: `It was signed with the key ${other}, which the trust root does not name.`,
    })
  })

  test('over another statement is refused', () => {
    const opened = openEnvelope(encodeEnvelope(envelopeOf('{"a":1}', '{"a":2}')))
    expect(refusal(() => verifyEnvelope(opened, keys))).toMatchObject({
      code: 'SIGNATURE_INVALID',
      message: 'The signature does not belong to this statement.',
    })
  })

  test('does not make up for a statement in another encoding', () => {
    const opened = openEnvelope(encodeEnvelope(envelopeOf('{ "a":1}')))
    expect(refusal(() => verifyEnvelope(opened, keys)).code).toBe('NOT_CANONICAL')
  })
})
