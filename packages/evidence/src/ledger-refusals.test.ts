import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Digest } from '@greengate/contracts'
import { EvidenceError } from './errors.ts'
import { openLedger } from './ledger.ts'
import { createTestKey, digestFor, testSigner } from './testing.ts'

/** Goal: what a ledger refuses, with its place, and what is on the disk then. A disk that can't cut a file is made up. */

vi.mock('node:fs/promises', { spy: true })

const ORIGIN = 'greengate.example/test'
const signer = testSigner(createTestKey())
let dir: string
let entriesPath: string
let notePath: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'greengate-ledger-'))
  entriesPath = join(dir, 'entries')
  notePath = join(dir, 'checkpoint')
})
afterEach(() => rm(dir, { recursive: true, force: true }))
const ledger = () => openLedger(dir, ORIGIN)
const append = (...words: string[]) => ledger().append(() => words.map(digestFor), signer)
const lines = (...words: string[]): string => words.map((word) => `${digestFor(word)}\n`).join('')
const invalid = (message: string, where: string) => ({ name: 'GreengateError', code: 'LEDGER_INVALID', message, where })

test('a name that can not be one is told with what can', () => {
  expect(() => openLedger(dir, 'a "b"')).toThrow(
    expect.objectContaining({
      code: 'LEDGER_INVALID',
      message: '"a \\"b\\"" can\'t be the name of a ledger.',
      fix: 'Use a name without spaces and plus signs, such as `greengate.example/billing`.',
    }),
  )
})

test('a folder without a ledger is an empty one', async () => {
  expect(await ledger().read()).toEqual({ entries: [], note: '', tornBytes: 0 })
  expect(ledger().origin).toBe(ORIGIN)
})

describe('nothing but digests is appended', () => {
  test.each([
    ['a word', ['hello']],
    ['a digest with something before it', [`x${digestFor('a')}`]],
    ['a digest with something behind it', [`${digestFor('a')}\n`]],
    ['a word among digests', [digestFor('a'), 'hello', digestFor('b')]],
  ])('%s', async (_name, entries) => {
    await append('first')
    await expect(ledger().append(() => entries as Digest[], signer)).rejects.toThrow('the ledger holds digests only')
    expect(await readFile(entriesPath, 'utf8')).toBe(lines('first'))
    expect((await ledger().read()).entries).toEqual([digestFor('first')])
  })

  test('nothing at all is appended and signed as well', async () => {
    await append('a')
    expect(await append()).toMatchObject({ entries: [digestFor('a')], first: 1, tornBytes: 0 })
  })
})

describe('a torn last line', () => {
  test('is gone from the disk after the next append', async () => {
    await append('a')
    await writeFile(entriesPath, `${lines('a')}sha256:0123`)
    expect(await ledger().read()).toMatchObject({ entries: [digestFor('a')], tornBytes: 11 })
    const { entries, note } = await append('b')
    expect(await readFile(entriesPath, 'utf8')).toBe(lines('a', 'b'))
    expect(await ledger().read()).toEqual({ entries, note, tornBytes: 0 })
  })

  test('that can not be removed stops the append, with its place', async () => {
    await append('a')
    const torn = `${lines('a')}sha256:0123`
    await writeFile(entriesPath, torn)
    vi.mocked(truncate).mockRejectedValueOnce(Object.assign(new Error('read-only'), { code: 'EROFS' }))
    await expect(append('b')).rejects.toMatchObject({
      name: 'GreengateError',
      code: 'EVIDENCE_STORE',
      message: `Could not write ${entriesPath}: the file system is read-only.`,
      where: entriesPath,
    })
    expect(await readFile(entriesPath, 'utf8')).toBe(torn)
  })
})

describe('a damaged ledger is refused with its place', () => {
  test.each<[string, (line: string) => string]>([
    ['in upper case', (line) => line.toUpperCase()],
    ['without its newline', (line) => line.replace('\n', ' ')],
    ['of another algorithm', (line) => line.replace('sha256', 'sha512')],
    ['of other lengths', (line) => `${line.slice(0, -2)}\n0`],
  ])('a line %s', async (_name, change) => {
    await append('a', 'b', 'c')
    await writeFile(entriesPath, `${lines('a')}${change(lines('b'))}${lines('c')}`)
    const problem = invalid('Line 2 of the ledger is not a digest.', `${entriesPath}:2`)
    await expect(ledger().read()).rejects.toMatchObject(problem)
    await expect(append('d')).rejects.toMatchObject(problem)
  })

  test('cut short', async () => {
    await append('a', 'b')
    await writeFile(entriesPath, lines('a'))
    await expect(ledger().read()).rejects.toMatchObject(
      invalid('The ledger has 1 whole entries and its checkpoint says 2: it was cut short.', entriesPath),
    )
  })

  test('altered', async () => {
    await append('a', 'b')
    await writeFile(entriesPath, lines('a', 'x'))
    await expect(ledger().read()).rejects.toMatchObject(
      invalid('The entries of the ledger are not those of its checkpoint: it was altered.', entriesPath),
    )
  })

  test('of another name', async () => {
    await append('a')
    await expect(openLedger(dir, 'another').read()).rejects.toMatchObject(
      invalid(`The ledger here is ${ORIGIN}, not another.`, entriesPath),
    )
  })

  test('a checkpoint that is none: why is kept', async () => {
    await append('a')
    await writeFile(notePath, 'hello')
    await expect(ledger().read()).rejects.toMatchObject({
      ...invalid('The checkpoint of the ledger is damaged.', notePath),
      cause: expect.any(EvidenceError) as EvidenceError,
    })
  })

  test.each(['entries', 'checkpoint'])('a folder in place of %s, which can not be read', async (name) => {
    await append('a')
    const path = join(dir, name)
    await rm(path)
    await mkdir(path)
    await expect(ledger().read()).rejects.toMatchObject({
      name: 'GreengateError',
      code: 'EVIDENCE_STORE',
      message: `Could not read ${path}: EISDIR.`,
      where: path,
      cause: expect.objectContaining({ code: 'EISDIR' }) as Error,
    })
  })
})
