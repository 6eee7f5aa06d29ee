import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { folderAnchor } from './anchor.ts'
import { digestOfBytes } from './canonical.ts'
import { EvidenceError } from './errors.ts'
import { rootOfEntries } from './ledger.ts'
import { signNote } from './sign/signing.ts'
import { createTestKey, digestFor } from './testing.ts'

const ORIGIN = 'greengate.example/test'
const key = createTestKey()
const noteOf = (origin: string, ...words: string[]): string =>
  signNote(key, { origin, size: words.length, root: rootOfEntries(words.map(digestFor)) })
let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'greengate-anchor-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

test('a note is kept under its digest, and what was kept is told', async () => {
  const note = noteOf(ORIGIN, 'a', 'b')
  const where = join(dir, `${digestOfBytes(note).slice(7)}.note`)
  const record = { kind: 'folder', where, origin: ORIGIN, size: 2, checkpoint: digestOfBytes(note) }
  expect(await folderAnchor(dir).publish(note)).toEqual(record)
  expect(await folderAnchor(dir).publish(note)).toEqual(record)
  expect(await readdir(dir)).toHaveLength(1)
  expect(await readFile(where, 'utf8')).toBe(note)
})

test('what is no note is not kept', async () => {
  await expect(folderAnchor(dir).publish('hello')).rejects.toBeInstanceOf(EvidenceError)
  expect(await readdir(dir)).toEqual([])
})

test('all notes of one ledger are given, and none of another', async () => {
  const notes = [noteOf(ORIGIN, 'a'), noteOf(ORIGIN, 'a', 'b')]
  for (const note of [...notes, noteOf('another', 'a')]) await folderAnchor(dir).publish(note)
  expect((await folderAnchor(dir).notes(ORIGIN)).toSorted()).toEqual(notes.toSorted())
  expect(await folderAnchor(dir).notes('nobody')).toEqual([])
})

test('other files in the folder are left alone', async () => {
  const note = noteOf(ORIGIN, 'a')
  const { where, checkpoint } = await folderAnchor(dir).publish(note)
  for (const name of ['README.md', `old-${checkpoint.slice(7)}.note`, `${checkpoint.slice(7)}.note.part`]) {
    await writeFile(join(dir, name), name === 'README.md' ? 'hello' : note)
  }
  expect(await folderAnchor(dir).notes(ORIGIN)).toEqual([note])
  expect(await readFile(where, 'utf8')).toBe(note)
})

test('a folder that is not there holds no notes', async () => {
  expect(await folderAnchor(join(dir, 'nowhere')).notes(ORIGIN)).toEqual([])
})

test('a file in place of the folder can not be read', async () => {
  const path = join(dir, 'file')
  await writeFile(path, '')
  await expect(folderAnchor(path).notes(ORIGIN)).rejects.toMatchObject({
    name: 'GreengateError',
    code: 'EVIDENCE_STORE',
    message: expect.stringMatching(/^Could not read .*file: ENOTDIR: /) as string,
    where: path,
    cause: expect.objectContaining({ code: 'ENOTDIR' }) as Error,
  })
})

test('a damaged note among them is an error and not left out', async () => {
  const { where } = await folderAnchor(dir).publish(noteOf(ORIGIN, 'a'))
  await writeFile(where, 'hello')
  await expect(folderAnchor(dir).notes(ORIGIN)).rejects.toMatchObject({
    code: 'EVIDENCE_STORE',
    message: `Could not read ${dir}: It is not a signed checkpoint with one signature.`,
    where: dir,
  })
})
