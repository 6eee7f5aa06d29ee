import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BUNDLE_FILE, KEYS, LEDGER_CHECKPOINT, LEDGER_ENTRIES } from '../bundle.ts'
import { NOTE_BYTES_MAX } from '../note.ts'
import { buildBundle } from '../testing.ts'
import { envelopesOf, key, refusals, three, verify } from '../testing-verify-fixture.ts'
import { readBundle } from './read-bundle.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'greengate-read-'))
  for (const [path, bytes] of buildBundle(key, three())) {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), bytes)
  }
})
afterEach(() => rm(dir, { recursive: true, force: true }))

test('a folder gives the files that were written', async () => {
  expect((await readBundle(dir)).size).toBe(3 + 3 + 1)
  expect((await verify(dir)).ok).toBe(true)
})

test('a link in place of a file is refused, wherever it leads', async () => {
  await rm(join(dir, BUNDLE_FILE))
  await symlink('/dev/zero', join(dir, BUNDLE_FILE))
  expect(await refusals(dir)).toEqual(['BUNDLE_FOREIGN'])
})

test('a folder among the envelopes is refused', async () => {
  await mkdir(join(dir, 'envelopes', 'more'))
  expect(await refusals(dir)).toEqual(['BUNDLE_FOREIGN'])
})

test.each([BUNDLE_FILE, LEDGER_CHECKPOINT, `${KEYS}/large.pem`])('%s of a gigabyte is not read', async (path) => {
  await writeFile(join(dir, path), '')
  await truncate(join(dir, path), 1024 ** 3)
  expect(await refusals(dir)).toEqual(['TOO_LARGE'])
})

test('an empty folder is a bundle without everything', async () => {
  const empty = await mkdtemp(join(dir, 'empty-'))
  expect(await refusals(empty)).toEqual(['BUNDLE_TRUNCATED'])
})

describe('what is read', () => {
  test('is every file of a bundle by its path, in one order', async () => {
    const written = buildBundle(key, three())
    const read = await readBundle(dir)
    const paths = [BUNDLE_FILE, LEDGER_ENTRIES, LEDGER_CHECKPOINT, ...envelopesOf(written).sort()]
    expect([...read.keys()]).toEqual([...paths, `${KEYS}/${key.publicKey.keyid}.pem`])
    for (const [path, bytes] of read)
      expect([path, Buffer.compare(bytes, written.get(path) as Uint8Array)]).toEqual([path, 0])
  })

  test('is nothing that is not there', async () => {
    const empty = await mkdtemp(join(dir, 'empty-'))
    expect([...(await readBundle(empty)).keys()]).toEqual([])
  })

  test('is nothing besides', async () => {
    await writeFile(join(dir, 'notes.txt'), 'x')
    await mkdir(join(dir, 'more'))
    expect((await readBundle(dir)).size).toBe(3 + 3 + 1)
  })

  test('is a file of just as many bytes as are allowed', async () => {
    await writeFile(join(dir, LEDGER_CHECKPOINT), Buffer.alloc(NOTE_BYTES_MAX))
    expect((await readBundle(dir)).get(LEDGER_CHECKPOINT)?.length).toBe(NOTE_BYTES_MAX)
    await writeFile(join(dir, LEDGER_CHECKPOINT), Buffer.alloc(NOTE_BYTES_MAX + 1))
    await expect(readBundle(dir)).rejects.toMatchObject({
      code: 'TOO_LARGE',
      message: 'It has more than 65536 bytes.',
      where: LEDGER_CHECKPOINT,
    })
  })
})

describe('is refused with its place', () => {
  test.each([`${KEYS}/key.pem`, `envelopes/x.json`, 'blobs/x', LEDGER_ENTRIES])('a folder at %s', async (path) => {
    await rm(join(dir, path), { force: true })
    await mkdir(join(dir, path), { recursive: true })
    await expect(readBundle(dir)).rejects.toMatchObject({
      name: 'EvidenceError',
      code: 'BUNDLE_FOREIGN',
      message: 'It is not a file.',
      where: path,
    })
  })

  test.each([
    [`${KEYS}/large.pem`, 16 * 1024],
    ['envelopes/large.json', 4 * 1024 * 1024],
    ['blobs/large', 256 * 1024 * 1024],
    [BUNDLE_FILE, 16 * 1024 * 1024],
    [LEDGER_ENTRIES, 512 * 1024 * 1024],
  ])('%s of more than %i bytes', async (path, max) => {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), '')
    await truncate(join(dir, path), max + 1)
    await expect(readBundle(dir)).rejects.toMatchObject({
      code: 'TOO_LARGE',
      message: `It has more than ${max} bytes.`,
      where: path,
    })
  })
})

describe('can not be read', () => {
  const unreadable = (where: string, problem: string) => ({
    name: 'GreengateError',
    code: 'EVIDENCE_STORE',
    message: `Could not read the evidence in ${where}: ${problem}.`,
    where,
    fix: 'Name a folder that `greengate check` wrote, and make it readable.',
  })

  test('a folder that is not there: why is kept', async () => {
    const nowhere = join(dir, 'nowhere')
    const cause = expect.objectContaining({ code: 'ENOENT' }) as Error
    await expect(readBundle(nowhere)).rejects.toMatchObject({ ...unreadable(nowhere, 'ENOENT'), cause })
  })

  test('a file in place of the folder', async () => {
    const file = join(dir, BUNDLE_FILE)
    await expect(readBundle(file)).rejects.toMatchObject(unreadable(file, 'it is not a folder'))
  })

  test.each(['ledger', 'envelopes', KEYS])('a file in place of %s', async (folder) => {
    await rm(join(dir, folder), { recursive: true })
    await writeFile(join(dir, folder), 'x')
    await expect(readBundle(dir)).rejects.toMatchObject(unreadable(dir, 'ENOTDIR'))
  })
})
