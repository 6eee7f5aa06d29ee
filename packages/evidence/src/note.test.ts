import { createPrivateKey, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { EvidenceError } from './errors.ts'
import { describePublicKey, readPublicKey } from './keyid.ts'
import { checkpointText, encodeNote, isOrigin, noteKeyHash, readNote, readOwnNote } from './note.ts'
import { signNote } from './sign/signing.ts'
import { createTestKey } from './testing.ts'

const key = createTestKey()
const checkpoint = { origin: 'greengate.example/billing', size: 7, root: Buffer.alloc(32, 9) }
const note = signNote(key, checkpoint)
const codeOf = (text: string | Uint8Array, keys = [key.publicKey]): string => {
  try {
    readNote(Buffer.from(text), keys)
  } catch (error) {
    return error instanceof EvidenceError ? error.code : 'another error'
  }
  return 'none'
}

test('a note is read back', () => {
  expect(readNote(Buffer.from(note), [key.publicKey])).toEqual({ ...checkpoint, keyid: key.publicKey.keyid })
  expect(readOwnNote(Buffer.from(note))).toEqual(checkpoint)
  expect(note).toMatch(
    /^greengate\.example\/billing\n7\n[A-Za-z0-9+/]{43}=\n\n\u2014 greengate\.example\/billing [A-Za-z0-9+/]{91}=\n$/,
  )
})

test('the key hash is that of the example in the specification of signed notes', () => {
  // Verifier key of the example: name PeterNeumann, hash c74f20a3.
  const encoded = Buffer.from('ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'base64')
  expect(encoded[0]).toBe(1)
  expect(noteKeyHash('PeterNeumann', encoded.subarray(1)).toString('hex')).toBe('c74f20a3')
})

describe('what is not a note of a trusted key is refused', () => {
  const [body = '', signature = ''] = note.split('\n\n')
  test.each<[string, string, string]>([
    ['nothing', '', 'CHECKPOINT_INVALID'],
    ['no signature', `${body}\n`, 'CHECKPOINT_INVALID'],
    ['two signatures', note + signature, 'CHECKPOINT_INVALID'],
    ['a line more', note.replace('\n\n', '\nmore\n\n'), 'CHECKPOINT_INVALID'],
    ['another size', note.replace('\n7\n', '\n8\n'), 'CHECKPOINT_INVALID'],
    ['a size with a zero before it', note.replace('\n7\n', '\n07\n'), 'CHECKPOINT_INVALID'],
    [
      'another signer than ledger',
      note.replace('\u2014 greengate.example/billing', '\u2014 someone'),
      'CHECKPOINT_INVALID',
    ],
    ['a hyphen for the dash', note.replace('\u2014', '-'), 'CHECKPOINT_INVALID'],
    ['carriage returns', note.replaceAll('\n', '\r\n'), 'CHECKPOINT_INVALID'],
    ['no newline at the end', note.slice(0, -1), 'CHECKPOINT_INVALID'],
    ['too long', note + 'x'.repeat(70_000), 'CHECKPOINT_INVALID'],
  ])('%s', (_name, text, code) => {
    expect(codeOf(text)).toBe(code)
  })

  test('bytes that are no text', () => {
    expect(codeOf(Buffer.from([0xff, 0xfe]))).toBe('CHECKPOINT_INVALID')
  })

  test('another key, and another key under the same hash', () => {
    const other = createTestKey()
    expect(codeOf(note, [other.publicKey])).toBe('KEY_UNKNOWN')
    expect(codeOf(note, [])).toBe('KEY_UNKNOWN')
    const forged = encodeNote(
      checkpoint,
      key.publicKey.raw,
      sign(null, Buffer.from(checkpointText(checkpoint)), other.privateKey),
    )
    expect(codeOf(forged)).toBe('CHECKPOINT_INVALID')
  })
})

test.each([
  ['greengate.example/a', true],
  ['', false],
  ['a b', false],
  ['a+b', false],
  ['a\nb', false],
  ['a\u2028b', false],
  ['a\u0000b', false],
  ['\ud800', false],
  ['x'.repeat(201), false],
])('%j as a name: %s', (origin, ok) => {
  expect(isOrigin(origin)).toBe(ok)
})

test('the key id of RFC 8410, section 10.1, as openssl computes it', () => {
  const pem =
    '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n'
  const secret =
    '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n'
  const read = readPublicKey(pem)
  expect(read.pem).toBe(pem)
  expect(Buffer.from(read.raw).toString('base64')).toBe('Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=')
  expect(read.keyid).toMatch(/^[0-9a-f]{64}$/)
  // A private key is never taken for a public one: its id would be that of a secret.
  expect(() => readPublicKey(secret)).toThrow(EvidenceError)
  expect(() => describePublicKey(createPrivateKey(secret))).toThrow(Error)
})
