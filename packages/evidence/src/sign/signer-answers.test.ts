import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { GreengateError } from '@greengate/contracts'
import { EvidenceError } from '../errors.ts'
import { readNote } from '../note.ts'
import { evidenceStatement } from '../statement.ts'
import { buildEvidence } from '../testing.ts'
import type { SignerRequest } from './protocol.ts'
import { answerTo, describeError, type SignerState } from './signer-answers.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'greengate-answers-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const statement = evidenceStatement(buildEvidence()) as unknown as Extract<SignerRequest, { op: 'sign' }>['statement']

test('nothing is signed before there is a key, and the key is never exchanged', async () => {
  const state: SignerState = { key: null }
  await expect(answerTo(state, { id: 1, op: 'sign', statement })).rejects.toMatchObject({
    message: 'The signer has no key yet.',
  })
  const root = Buffer.alloc(32).toString('base64')
  await expect(answerTo(state, { id: 1, op: 'checkpoint', origin: 'a', size: 1, root })).rejects.toMatchObject({
    code: 'SIGNER_FAILED',
  })
  const open = { id: 2, op: 'open', keyFile: join(dir, 'key.pem'), createIfMissing: true } as const
  expect(await answerTo(state, open)).toMatchObject({
    op: 'open',
    key: { created: true, keyid: state.key?.publicKey.keyid },
  })
  await expect(answerTo(state, open)).rejects.toMatchObject({ message: 'The signer holds a key already.' })
  expect(await answerTo(state, { id: 3, op: 'sign', statement })).toMatchObject({
    op: 'sign',
    envelope: { signatures: [{ keyid: state.key?.publicKey.keyid }] },
  })
  const answer = await answerTo(state, { id: 4, op: 'checkpoint', origin: 'a', size: 1, root })
  const note = answer.op === 'checkpoint' ? answer.note : ''
  expect(readNote(Buffer.from(note), state.key ? [state.key.publicKey] : [])).toMatchObject({ origin: 'a', size: 1 })
})

test('a key is not made unless that was asked for', async () => {
  const open = { id: 1, op: 'open', keyFile: join(dir, 'key.pem'), createIfMissing: false } as const
  await expect(answerTo({ key: null }, open)).rejects.toMatchObject({ message: 'There is no key file.' })
})

test('an error is told with its place and what to do, and nothing else', () => {
  expect(describeError(new GreengateError('SIGNER_FAILED', 'no', { where: 'here', fix: 'this' }))).toEqual({
    message: 'no',
    where: 'here',
    fix: 'this',
  })
  expect(describeError(new EvidenceError('NOT_JSON', 'no', { where: 'here' }))).toEqual({
    message: 'no',
    where: 'here',
    fix: 'Send a statement of a kind that the signer signs.',
  })
})

test('an error that nobody foresaw tells nothing of the inside', () => {
  expect(describeError(new Error('secret detail'))).toEqual({
    message: 'The request is not understood.',
    where: '',
    fix: 'Send one JSON request per line.',
  })
})
