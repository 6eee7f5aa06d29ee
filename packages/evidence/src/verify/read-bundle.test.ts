import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BUNDLE_FILE, KEYS, LEDGER_CHECKPOINT } from '../bundle.ts'
import { buildBundle } from '../testing.ts'
import { readBundle } from './read-bundle.ts'
import { key, refusals, three, verify } from './verify-fixture.ts'

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
