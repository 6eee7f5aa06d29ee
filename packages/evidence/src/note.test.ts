import { createPrivateKey, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { EvidenceError } from './errors.ts'
import { describePublicKey, readPublicKey } from './keyid.ts'
import {
  type Checkpoint,
  checkpointText,
  encodeNote,
  isOrigin,
  NOTE_BYTES_MAX,
  noteKeyHash,
  readNote,
  readOwnNote,
} from './note.ts'
import { signNote } from './sign/signing.ts'
import { createTestKey } from './testing.ts'

const key = createTestKey()
const checkpoint = { origin: 'greengate.example/billing', size: 7, root: Buffer.alloc(32, 9) }
const note = signNote(key, checkpoint)
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const refusal = (code: EvidenceError['code'], message: string): unknown =>
  expect.objectContaining({ name: 'EvidenceError', code, message })

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
  const NO_NOTE = 'It is not a signed checkpoint with one signature.'
  const RE_ENCODED = 'The checkpoint is not in its one encoding.'
  const [body = '', signature = ''] = note.split('\n\n')
  const [, , root = ''] = note.split('\n')
  /** The same bytes in base64 with the bits set that padding leaves over. */
  const spelled = (text: string): string =>
    `${text.slice(0, -2)}${ALPHABET[ALPHABET.indexOf(text.at(-2) ?? '') + 1] ?? ''}=`
  test.each<[string, string, string]>([
    ['nothing', '', NO_NOTE],
    ['no signature', `${body}\n`, NO_NOTE],
    ['two signatures', note + signature, NO_NOTE],
    ['a line more', note.replace('\n\n', '\nmore\n\n'), NO_NOTE],
    ['an empty line before it', `\n${note}`, NO_NOTE],
    ['a line before it', `more\n${note}`, NO_NOTE],
    ['something behind it', `${note}more`, NO_NOTE],
    ['a byte order mark', `\ufeff${note}`, RE_ENCODED],
    ['another size', note.replace('\n7\n', '\n8\n'), 'The signature does not belong to this checkpoint.'],
    ['a size with a zero before it', note.replace('\n7\n', '\n07\n'), NO_NOTE],
    ['a size that is not exact', note.replace('\n7\n', '\n9999999999999999\n'), RE_ENCODED],
    ['a size of 17 digits', note.replace('\n7\n', '\n10000000000000000\n'), NO_NOTE],
    [
      'another signer than ledger',
      note.replace('\u2014 greengate.example/billing', '\u2014 someone'),
      'The checkpoint of greengate.example/billing is signed by someone.',
    ],
    ['a name that is none', note.replaceAll('greengate.example/billing', 'a+b'), RE_ENCODED],
    ['a hyphen for the dash', note.replace('\u2014', '-'), NO_NOTE],
    ['carriage returns', note.replaceAll('\n', '\r\n'), NO_NOTE],
    ['no newline at the end', note.slice(0, -1), NO_NOTE],
    ['another spelling of the root', note.replace(root, spelled(root)), RE_ENCODED],
    ['another spelling of the signature', `${note.slice(0, -3)}${spelled(note.slice(-3, -1))}\n`, RE_ENCODED],
    ['as long as can be', note + 'x'.repeat(NOTE_BYTES_MAX - Buffer.byteLength(note)), NO_NOTE],
    ['too long', note + 'x'.repeat(NOTE_BYTES_MAX - Buffer.byteLength(note) + 1), 'The checkpoint is too long.'],
  ])('%s', (_name, text, message) => {
    expect(() => readNote(Buffer.from(text), [key.publicKey])).toThrow(refusal('CHECKPOINT_INVALID', message))
  })

  test('bytes that are no text: why is kept', () => {
    expect(() => readNote(Buffer.from([0xff, 0xfe]), [key.publicKey])).toThrow(
      expect.objectContaining({
        code: 'CHECKPOINT_INVALID',
        message: 'The checkpoint is not UTF-8.',
        cause: expect.any(TypeError) as TypeError,
      }),
    )
  })

  test('bytes that are no text where the signed note has the sign for just these', () => {
    const odd = signNote(key, { ...checkpoint, origin: 'a\ufffdb' })
    expect(readNote(Buffer.from(odd), [key.publicKey]).origin).toBe('a\ufffdb')
    const other = Buffer.from(Buffer.from(odd).toString('latin1').replaceAll('\u00ef\u00bf\u00bd', '\u00ff'), 'latin1')
    expect(() => readNote(other, [key.publicKey])).toThrow(
      refusal('CHECKPOINT_INVALID', 'The checkpoint is not UTF-8.'),
    )
  })

  test('an encoding that is not the one: why is kept', () => {
    expect(() => readOwnNote(Buffer.from(note.replace(root, spelled(root))))).toThrow(
      expect.objectContaining({ code: 'CHECKPOINT_INVALID', cause: expect.any(EvidenceError) as EvidenceError }),
    )
  })

  test('another key, and another key under the same hash', () => {
    const other = createTestKey()
    const unknown = refusal('KEY_UNKNOWN', 'The checkpoint was signed with a key that the trust root does not name.')
    expect(() => readNote(Buffer.from(note), [other.publicKey])).toThrow(unknown)
    expect(() => readNote(Buffer.from(note), [])).toThrow(unknown)
    const forged = encodeNote(
      checkpoint,
      key.publicKey.raw,
      sign(null, Buffer.from(checkpointText(checkpoint)), other.privateKey),
    )
    expect(() => readNote(Buffer.from(forged), [key.publicKey])).toThrow(
      refusal('CHECKPOINT_INVALID', 'The signature does not belong to this checkpoint.'),
    )
  })

  test('the right key is found among others', () => {
    const keys = [createTestKey(), key, createTestKey()].map((one) => one.publicKey)
    expect(readNote(Buffer.from(note), keys).keyid).toBe(key.publicKey.keyid)
  })
})

describe('a checkpoint', () => {
  test.each<[string, Partial<Checkpoint>]>([
    ['without a name', { origin: '' }],
    ['of a name with a space', { origin: 'a b' }],
    ['of less than nothing', { size: -1 }],
    ['of half an entry', { size: 1.5 }],
    ['of a size that is not exact', { size: 2 ** 53 }],
    ['with a short root', { root: Buffer.alloc(31) }],
    ['with a long root', { root: Buffer.alloc(33) }],
  ])('%s is not written', (_name, parts) => {
    expect(() => checkpointText({ ...checkpoint, ...parts })).toThrow(
      refusal('CHECKPOINT_INVALID', 'A checkpoint has a name without spaces, a size and a root of 32 bytes.'),
    )
  })

  test('of an empty ledger is one', () => {
    expect(checkpointText({ ...checkpoint, size: 0 })).toBe(
      `greengate.example/billing\n0\n${Buffer.alloc(32, 9).toString('base64')}\n`,
    )
    expect(readNote(Buffer.from(signNote(key, { ...checkpoint, size: 0 })), [key.publicKey]).size).toBe(0)
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
  ['x'.repeat(200), true],
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
