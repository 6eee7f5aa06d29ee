import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ENVELOPES_MAX, KEYS } from '../bundle.ts'
import { readBundle } from './read-bundle.ts'

/** Goal: the number of files is bounded, and their order is not the disk's. What a folder lists is made up here. */

vi.mock('node:fs/promises', { spy: true })

let dir: string
const listing = (names: readonly string[]): void => {
  vi.mocked(readdir).mockImplementation(((path: string) =>
    Promise.resolve(path === join(dir, KEYS) ? [...names] : [])) as unknown as typeof readdir)
}
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'greengate-many-'))
  await mkdir(join(dir, KEYS, '0'), { recursive: true })
})
afterEach(() => rm(dir, { recursive: true, force: true }))

test('a folder of more files than a bundle can have is refused before any is read', async () => {
  listing(Array.from({ length: ENVELOPES_MAX + 1 }, (_, index) => `${index}`))
  await expect(readBundle(dir)).rejects.toMatchObject({
    name: 'EvidenceError',
    code: 'TOO_LARGE',
    message: 'There are more than 100000 files.',
    where: join(dir, KEYS),
  })
})

test('one of as many as a bundle can have is read, the first of them first', async () => {
  listing(Array.from({ length: ENVELOPES_MAX }, (_, index) => `${ENVELOPES_MAX - 1 - index}`))
  // The file that is first by name is a folder here: reading stops there.
  await expect(readBundle(dir)).rejects.toMatchObject({ code: 'BUNDLE_FOREIGN', where: `${KEYS}/0` })
})

test('files are read in the order of their names', async () => {
  const names = ['a', 'b', 'c']
  for (const name of names) await writeFile(join(dir, KEYS, name), name)
  listing([...names].reverse())
  expect([...(await readBundle(dir)).keys()]).toEqual(names.map((name) => `${KEYS}/${name}`))
})
