import { createPublicKey, verify } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Json } from '@greengate/contracts'
import { canonicalize } from '../canonical.ts'
import { encodeEnvelope, openEnvelope, PAYLOAD_TYPE, preAuthEncode, verifyEnvelope } from '../dsse.ts'
import { EvidenceError } from '../errors.ts'
import { readNote } from '../note.ts'
import { evidenceStatement } from '../statement.ts'
import { buildEvidence, createTestKey } from '../testing.ts'
import { signNote, signStatement } from './signing.ts'

const key = createTestKey()
const { keyid, pem } = key.publicKey
const statement = evidenceStatement(buildEvidence({ org: 'Köln' })) as unknown as Json

test('a statement is signed as it was sent, in its canonical encoding', () => {
  const envelope = signStatement(key, statement)
  const payload = Buffer.from(canonicalize(statement))
  expect(envelope).toMatchObject({ payloadType: PAYLOAD_TYPE, payload: payload.toString('base64') })
  expect(envelope.signatures.map((one) => one.keyid)).toEqual([keyid])
  const signature = Buffer.from(envelope.signatures[0].sig, 'base64')
  expect(verify(null, preAuthEncode(PAYLOAD_TYPE, payload), createPublicKey(pem), signature)).toBe(true)
  expect(verifyEnvelope(openEnvelope(encodeEnvelope(envelope)), new Map([[keyid, key.publicKey]]))).toEqual(statement)
})

test.each<[string, Json]>([
  ['a text', 'hello'],
  ['nothing', null],
  ['a statement of no known kind', { ...(statement as object), predicateType: 'https://example.com/x' }],
  ['a statement with something more', { ...(statement as object), extra: 1 }],
])('%s is not signed', (_name, wrong) => {
  let error: unknown
  try {
    signStatement(key, wrong)
  } catch (thrown) {
    error = thrown
  }
  expect(error).toBeInstanceOf(EvidenceError)
  expect(error).toMatchObject({
    code: 'STATEMENT_MALFORMED',
    message: expect.stringMatching(/^This is nothing that the signer signs: \S/) as string,
  })
})

test('a checkpoint is signed as a note', () => {
  const note = signNote(key, { origin: 'a/b', size: 3, root: Buffer.alloc(32, 1) })
  expect(readNote(Buffer.from(note), [key.publicKey])).toMatchObject({ origin: 'a/b', size: 3, keyid })
})
