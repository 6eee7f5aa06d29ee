import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { GreengateError } from '@greengate/contracts'
import { createKeyFile, loadKeyFile } from './keys.ts'

const NAME_FIX = 'Name the file that holds the key.'
const CREATE_FIX = 'Make its folder writable and leave room on the disk.'

let dir: string
let path: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'greengate-keys-'))
  path = join(dir, 'key.pem')
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(dir, { recursive: true, force: true })
})

async function refusal(attempt: Promise<unknown>): Promise<GreengateError> {
  const error: unknown = await attempt.then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof GreengateError)) throw error
  return error
}
const refused = (message: string, fix: string, where = path) => ({ code: 'SIGNER_FAILED', message, fix, where })
/** What all open files have in common, so that one of their operations can be watched, or fail. */
async function fileHandles(): Promise<Awaited<ReturnType<typeof open>>> {
  const file = await open(dir)
  await file.close()
  return Object.getPrototypeOf(file) as typeof file
}
const descriptors = (operation: { mock: { contexts: unknown[] } }): number[] =>
  (operation.mock.contexts as Awaited<ReturnType<typeof open>>[]).map((file) => file.fd)

describe('making a key file', () => {
  test('is done once, for its owner only, in a folder for its owner only', async () => {
    path = join(dir, 'deep', 'below', 'key.pem')
    expect(await createKeyFile(path)).toBe(true)
    const before = await readFile(path, 'utf8')
    expect(before).toMatch(/^-----BEGIN PRIVATE KEY-----\n/)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(dir, 'deep'))).mode & 0o777).toBe(0o700)
    expect(await createKeyFile(path)).toBe(false)
    expect(await readFile(path, 'utf8')).toBe(before)
    expect(await readdir(join(dir, 'deep', 'below'))).toEqual(['key.pem'])
  })

  test('by many at once makes one whole key, and leaves nothing beside it', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => createKeyFile(path)))
    expect(made.filter(Boolean)).toHaveLength(1)
    expect((await loadKeyFile(path)).publicKey.keyid).toMatch(/^[0-9a-f]{64}$/)
    expect(await readdir(dir)).toEqual(['key.pem'])
  })

  test('has it on the disk before it has its name, and leaves nothing open', async () => {
    const handles = await fileHandles()
    const spy = vi.spyOn(handles, 'sync').mockImplementation(async function (this: typeof handles) {
      const [name = '', ...others] = await readdir(dir)
      expect(others).toEqual([])
      expect(name).toMatch(/^\.[0-9a-f]{16}\.key$/)
      expect((await stat(join(dir, name))).mode & 0o777).toBe(0o600)
      await this.datasync()
    })
    expect(await createKeyFile(path)).toBe(true)
    expect(descriptors(spy)).toEqual([-1])
  })

  test('below a file is refused', async () => {
    await writeFile(join(dir, 'file'), '')
    path = join(dir, 'file', 'key.pem')
    const error = await refusal(createKeyFile(path))
    expect(error).toMatchObject(refused("The key file can't be created: EEXIST.", CREATE_FIX))
    expect(error.cause).toMatchObject({ code: 'EEXIST' })
  })

  test('under a name that is too long is refused, and leaves nothing behind', async () => {
    path = join(dir, 'x'.repeat(300))
    expect(await refusal(createKeyFile(path))).toMatchObject(
      refused("The key file can't be created: ENAMETOOLONG.", CREATE_FIX),
    )
    expect(await readdir(dir)).toEqual([])
  })

  test('on a full disk is refused, and leaves nothing behind and nothing open', async () => {
    const full = Object.assign(new Error('full'), { code: 'ENOSPC' })
    const write = vi.spyOn(await fileHandles(), 'writeFile').mockRejectedValueOnce(full)
    const error = await refusal(createKeyFile(path))
    expect(error).toMatchObject(refused("The key file can't be created: ENOSPC.", CREATE_FIX))
    expect(error.cause).toBe(full)
    expect(await readdir(dir)).toEqual([])
    expect(descriptors(write)).toEqual([-1])
  })
})

describe('a key file', () => {
  beforeEach(async () => {
    await createKeyFile(path)
  })

  test('gives the key in it, and stays open no longer than that', async () => {
    const read = vi.spyOn(await fileHandles(), 'stat')
    const { privateKey, publicKey } = await loadKeyFile(path)
    const pem = await readFile(path, 'utf8')
    expect(privateKey.export({ type: 'pkcs8', format: 'pem' })).toBe(pem)
    expect(publicKey.pem).toBe(createPublicKey(pem).export({ type: 'spki', format: 'pem' }))
    expect(descriptors(read)).toEqual([-1])
  })

  test.each([0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o660, 0o644])('is refused with mode %o', async (mode) => {
    await chmod(path, mode)
    const read = vi.spyOn(await fileHandles(), 'stat')
    expect(await refusal(loadKeyFile(path))).toMatchObject(
      refused(
        'Others can read the key file.',
        `Run \`chmod 600 ${path}\`; if others could read it for long, make a new key.`,
      ),
    )
    expect(descriptors(read)).toEqual([-1])
  })

  test.each([0o600, 0o400, 0o700])('is taken with mode %o', async (mode) => {
    await chmod(path, mode)
    expect((await loadKeyFile(path)).publicKey.keyid).toMatch(/^[0-9a-f]{64}$/)
  })

  test('of another user is refused', async () => {
    const { uid } = await stat(path)
    vi.spyOn(process as { getuid: () => number }, 'getuid').mockReturnValue(uid + 1)
    expect(await refusal(loadKeyFile(path))).toMatchObject(
      refused('The key file belongs to another user.', 'Use a key file of the user who runs Greengate.'),
    )
  })

  test('is taken where users have no number', async () => {
    const { getuid } = process
    try {
      Object.assign(process, { getuid: undefined })
      expect((await loadKeyFile(path)).publicKey.keyid).toMatch(/^[0-9a-f]{64}$/)
    } finally {
      Object.assign(process, { getuid })
    }
  })

  test('is refused when it is missing, a link, a folder, or below a file', async () => {
    const fix = 'Name the file that holds the key; it must be mode 0600.'
    const none = join(dir, 'none.pem')
    const missing = await refusal(loadKeyFile(none))
    expect(missing).toMatchObject(refused('There is no key file.', fix, none))
    expect(missing.cause).toMatchObject({ code: 'ENOENT' })
    const link = join(dir, 'link.pem')
    await symlink(path, link)
    expect(await refusal(loadKeyFile(link))).toMatchObject(refused('The key file is a link.', fix, link))
    const below = join(path, 'below')
    expect(await refusal(loadKeyFile(below))).toMatchObject(refused("The key file can't be read: ENOTDIR.", fix, below))
    const folder = join(dir, 'folder')
    await mkdir(folder, { mode: 0o700 })
    expect(await refusal(loadKeyFile(folder))).toMatchObject(refused('The key file is not a file.', NAME_FIX, folder))
  })

  test('is refused when it is too large for a key, and read up to that size', async () => {
    const pem = await readFile(path, 'utf8')
    await writeFile(path, pem.padEnd(16_384, '\n'))
    expect((await loadKeyFile(path)).publicKey.keyid).toMatch(/^[0-9a-f]{64}$/)
    await writeFile(path, pem.padEnd(16_385, '\n'))
    expect(await refusal(loadKeyFile(path))).toMatchObject(refused('The key file is too large for a key.', NAME_FIX))
  })

  test('is refused with something else in it', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
    for (const content of ['no key', '', rsa.export({ type: 'pkcs8', format: 'pem' }).toString()]) {
      await writeFile(path, content)
      const error = await refusal(loadKeyFile(path))
      expect(error).toMatchObject(
        refused(
          'The key file does not hold an Ed25519 private key in PEM.',
          'Restore it from its backup, or remove it to make a new one.',
        ),
      )
      expect(error.cause).toBeInstanceOf(Error)
    }
  })
})
