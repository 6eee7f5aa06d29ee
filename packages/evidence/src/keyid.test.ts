import { createSecretKey, generateKeyPairSync, hash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { EvidenceError } from './errors.ts'
import { describePublicKey, readPublicKey } from './keyid.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
const rsaPem = generateKeyPairSync('rsa', { modulusLength: 1024 })
  .publicKey.export({ type: 'spki', format: 'pem' })
  .toString()

function refusal(work: () => unknown): EvidenceError {
  try {
    work()
  } catch (error) {
    if (error instanceof EvidenceError) return error
    throw error
  }
  throw new Error('it was not refused')
}

test('a public key is known by the digest of its DER', () => {
  const der = publicKey.export({ type: 'spki', format: 'der' })
  const key = readPublicKey(pem)
  expect(key).toMatchObject({ keyid: hash('sha256', der), pem })
  expect(Buffer.from(key.raw)).toEqual(der.subarray(-32))
  expect(key.raw).toHaveLength(32)
  expect(key.key.equals(publicKey)).toBe(true)
  expect(describePublicKey(publicKey)).toMatchObject({ keyid: key.keyid, pem })
})

describe('what is no public key', () => {
  test.each([
    ['a text', 'no key'],
    ['nothing', ''],
    ['a private key', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
    ['a key that is not at the beginning', `\n${pem}`],
  ])('is refused: %s', (_name, text) => {
    const error = refusal(() => readPublicKey(text))
    expect(error).toMatchObject({ code: 'KEY_MALFORMED', message: 'It is not a public key in PEM.' })
    expect(error.cause).toBeUndefined()
  })

  test('is refused with its reason when it only begins like one', () => {
    const error = refusal(() => readPublicKey('-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'))
    expect(error).toMatchObject({ code: 'KEY_MALFORMED', message: 'It is not a public key in PEM.' })
    expect(error.cause).toBeInstanceOf(Error)
  })
})

test('a key of another kind is refused with that kind', () => {
  const message = 'It is a key of the kind rsa; Ed25519 is expected.'
  expect(refusal(() => readPublicKey(rsaPem))).toMatchObject({ code: 'KEY_MALFORMED', message })
  const x25519 = generateKeyPairSync('x25519').publicKey
  expect(refusal(() => describePublicKey(x25519)).message).toBe('It is a key of the kind x25519; Ed25519 is expected.')
  const secret = createSecretKey(Buffer.alloc(32))
  expect(refusal(() => describePublicKey(secret))).toMatchObject({
    code: 'KEY_MALFORMED',
    message: 'It is a key of the kind secret; Ed25519 is expected.',
  })
})
