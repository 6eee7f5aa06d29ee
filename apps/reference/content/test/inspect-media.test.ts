// Goal: an inspection leaves nothing behind, neither a file nor a connection to the store, however it ends.
// Method: bodies whose end is watched; a folder for temporary files that is there, and one that is not.
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { inspectMedia } from '../src/inspect-media.ts'
import { png, sha256 } from './samples.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inspect-media-'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

const picture = Buffer.from(png(3, 2))
const expected = { content_type: 'image/png', size: picture.length, sha256: sha256(picture) } as const

it('ends with neither a file nor an open body when the picture is what it has to be', async () => {
  vi.stubEnv('TMPDIR', folder)
  const body = Readable.from([picture])
  expect(await inspectMedia(body, expected)).toEqual({ ok: true, width: 3, height: 2 })
  expect(body.destroyed).toBe(true)
  expect(await readdir(folder)).toEqual([])
})

it('ends the body when there is nowhere to write it: the connection to the store would stay for ever', async () => {
  vi.stubEnv('TMPDIR', join(folder, 'not-there'))
  const body = new Readable({ read: () => {} })
  await expect(inspectMedia(body, expected)).rejects.toMatchObject({ code: 'ENOENT' })
  expect(body.destroyed).toBe(true)
})
