import { describe, expect, test } from 'vitest'
import { createTestKey } from '../testing.ts'
import { answerSchema, lineReader, MESSAGE_BYTES_MAX, requestSchema } from './protocol.ts'

const open = { id: 0, op: 'open', keyFile: '/key.pem', createIfMissing: true }
const checkpoint = { id: 2, op: 'checkpoint', origin: 'a', size: 0, root: 'AA==' }
const { keyid } = createTestKey().publicKey
const envelope = { payloadType: 'application/vnd.in-toto+json', payload: '', signatures: [{ keyid, sig: '' }] }

describe('a request', () => {
  test.each([open, { id: 1, op: 'sign', statement: { a: [1, null, 'x'] } }, checkpoint])('is read: $op', (request) => {
    expect(requestSchema.parse(request)).toEqual(request)
  })

  test.each<[string, object]>([
    ['of another kind', { ...open, op: 'export' }],
    ['of no kind', { id: 0 }],
    ['without a number', { ...open, id: undefined }],
    ['with half a number', { ...open, id: 0.5 }],
    ['with something more', { ...open, extra: 1 }],
    ['for a file without a name', { ...open, keyFile: '' }],
    ['that may or may not make a key', { ...open, createIfMissing: 'yes' }],
    ['to sign nothing', { id: 1, op: 'sign' }],
    ['to sign and more', { id: 1, op: 'sign', statement: 1, extra: 1 }],
    ['for a ledger of less than nothing', { ...checkpoint, size: -1 }],
    ['for half an entry', { ...checkpoint, size: 0.5 }],
    ['for a ledger without a root', { ...checkpoint, root: undefined }],
    ['for a ledger without a name', { ...checkpoint, origin: undefined }],
    ['for a ledger and more', { ...checkpoint, extra: 1 }],
  ])('is refused: one %s', (_name, request) => {
    expect(requestSchema.safeParse(request).success).toBe(false)
  })
})

describe('an answer', () => {
  const key = { keyid, publicKeyPem: 'pem', created: false }
  const error = { message: 'no', where: 'here', fix: 'this' }
  test.each<[string, object]>([
    ['a key', { id: 0, result: { op: 'open', key } }],
    ['an envelope', { id: 1, result: { op: 'sign', envelope } }],
    ['a note', { id: 2, result: { op: 'checkpoint', note: 'note' } }],
    ['an error', { id: 3, error }],
  ])('is read: %s', (_name, answer) => {
    expect(answerSchema.parse(answer)).toEqual(answer)
  })

  test.each<[string, object]>([
    ['without a number', { error }],
    ['with half a number', { id: 0.5, error }],
    ['that is a result and an error', { id: 0, result: { op: 'checkpoint', note: 'note' }, error }],
    ['with a result of no kind', { id: 0, result: { note: 'note' } }],
    ['with a result of another kind', { id: 0, result: { op: 'export', key } }],
    ['with a key and more', { id: 0, result: { op: 'open', key: { ...key, privateKey: 'x' } } }],
    ['with a result and more', { id: 0, result: { op: 'open', key, extra: 1 } }],
    ['with half a key', { id: 0, result: { op: 'open', key: { keyid } } }],
    ['with an envelope that is none', { id: 0, result: { op: 'sign', envelope: {} } }],
    ['with an envelope and more', { id: 0, result: { op: 'sign', envelope, extra: 1 } }],
    ['with a note that is none', { id: 0, result: { op: 'checkpoint', note: 1 } }],
    ['with a note and more', { id: 0, result: { op: 'checkpoint', note: '', extra: 1 } }],
    ['with half an error', { id: 0, error: { message: 'no' } }],
    ['with an error and more', { id: 0, error: { ...error, stack: 'x' } }],
  ])('is refused: one %s', (_name, answer) => {
    expect(answerSchema.safeParse(answer).success).toBe(false)
  })
})

describe('lines', () => {
  const reader = (bytesMax?: number) => {
    const lines: string[] = []
    const read = lineReader((line) => lines.push(line), bytesMax)
    return { lines, read: (text: string | Buffer) => read(Buffer.from(text as string)) }
  }

  test('are cut at newlines wherever the chunks end', () => {
    const { lines, read } = reader()
    for (const chunk of ['ab', '', 'c\nde\n\nf', '\n', 'g\nh']) expect(read(chunk)).toBe(true)
    expect(lines).toEqual(['abc', 'de', '', 'f', 'g'])
  })

  test('are whole although a chunk ends within a letter', () => {
    const { lines, read } = reader()
    const bytes = Buffer.from('ä€🚦\n')
    for (const byte of bytes) expect(read(Buffer.from([byte]))).toBe(true)
    expect(lines).toEqual(['ä€🚦'])
  })

  test('of the largest size are taken, in one chunk or in many', () => {
    const { lines, read } = reader(8)
    expect(read('12345678\n')).toBe(true)
    expect(read('1234')).toBe(true)
    expect(read('5678')).toBe(true)
    expect(read('\n12345678')).toBe(true)
    expect(read('\n')).toBe(true)
    expect(lines).toEqual(['12345678', '12345678', '12345678'])
  })

  test('that are larger are refused, whether they end or not', () => {
    const whole = reader(8)
    expect(whole.read('ok\n123456789\nmore\n')).toBe(false)
    expect(whole.lines).toEqual(['ok'])
    expect(reader(8).read('123456789')).toBe(false)
    const pieces = reader(8)
    expect([pieces.read('1234'), pieces.read('5678'), pieces.read('9')]).toEqual([true, true, false])
    const late = reader(8)
    expect([late.read('1234'), late.read('56789\n')]).toEqual([true, false])
    expect(late.lines).toEqual([])
  })

  test('are of 8 MiB at most unless told otherwise', () => {
    expect(MESSAGE_BYTES_MAX).toBe(8_388_608)
    const { lines, read } = reader()
    expect(read(Buffer.alloc(8_388_608, 'x'))).toBe(true)
    expect(read('\n')).toBe(true)
    expect(lines[0]).toHaveLength(8_388_608)
    expect(read(Buffer.alloc(8_388_609, 'x'))).toBe(false)
  })
})
