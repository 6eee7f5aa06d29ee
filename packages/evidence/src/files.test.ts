import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { GreengateError } from '@greengate/contracts'
import { diskWriter, storeError, systemCode } from './files.ts'

let dir: string
let path: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'greengate-files-'))
  path = join(dir, 'deep', 'below', 'file')
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(dir, { recursive: true, force: true })
})

const systemError = (code: string): Error => Object.assign(new Error(code), { code })
/** Descriptors of the files that an operation was done on; -1 for a file that was closed since. */
const descriptors = (operation: { mock: { contexts: unknown[] } }): number[] =>
  (operation.mock.contexts as Awaited<ReturnType<typeof open>>[]).map((file) => file.fd)
/** What all open files have in common, so that one of their operations can be watched, or fail. */
async function fileHandles(): Promise<Awaited<ReturnType<typeof open>>> {
  const file = await open(dir)
  await file.close()
  return Object.getPrototypeOf(file) as typeof file
}
const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o777

describe('what the system says', () => {
  const WRITABLE = 'Make the folder writable for the user who runs Greengate.'
  test.each([
    ['ENOSPC', 'there is no space left on the disk', 'Free space on that disk, then run again.'],
    ['EDQUOT', 'the disk quota is used up', 'Free space within the quota, then run again.'],
    ['EACCES', 'permission is denied', WRITABLE],
    ['EPERM', 'the operation is not permitted', WRITABLE],
    ['EROFS', 'the file system is read-only', 'Use an evidence folder on a writable file system.'],
    ['ENOTDIR', 'a part of the path is a file', 'Use another evidence folder, or move that file away.'],
    ['EISDIR', 'there is a folder where a file is expected', 'Use another evidence folder.'],
    ['EFBIG', 'a file would be larger than allowed', 'Raise the limit on file sizes, then run again.'],
    ['EMFILE', 'too many files are open', 'Raise the limit on open files, then run again.'],
    ['EIO', 'EIO', 'Make the evidence folder writable and leave room on the disk.'],
  ])('%s is told as a problem and what to do about it', (code, problem, fix) => {
    const cause = systemError(code)
    const error = storeError('/evidence/x', cause)
    expect(error).toBeInstanceOf(GreengateError)
    expect(error).toMatchObject({
      code: 'EVIDENCE_STORE',
      message: `Could not write /evidence/x: ${problem}.`,
      where: '/evidence/x',
      fix,
      cause,
    })
  })

  test('is told under another code where that is asked for', () => {
    expect(storeError('/key', systemError('EIO'), 'SIGNER_FAILED')).toMatchObject({ code: 'SIGNER_FAILED' })
  })

  test('is told in its own words where it has no code', () => {
    expect(storeError('/x', new Error('odd')).message).toBe('Could not write /x: odd.')
    expect(storeError('/x', 'odder').message).toBe('Could not write /x: odder.')
  })

  test('is told once: an error that says what to do stays as it is', () => {
    const error = new GreengateError('SIGNER_FAILED', 'gone', { where: 'here' })
    expect(storeError('/x', error)).toBe(error)
  })

  test.each([
    ['an error with a code', systemError('EIO'), 'EIO'],
    ['an error without one', new Error('odd'), ''],
    ['an error with a number', Object.assign(new Error('odd'), { code: 5 }), ''],
    ['something with a code that is no error', { code: 'EIO' }, ''],
    ['a text', 'EIO', ''],
    ['null', null, ''],
  ])('has a code in %s: %s', (_name, error, code) => {
    expect(systemCode(error)).toBe(code)
  })
})

describe('replacing a file', () => {
  test('makes the folders for their owner only, and a file that all can read, with nothing beside it', async () => {
    await diskWriter.replace(path, 'one')
    expect(await readFile(path, 'utf8')).toBe('one')
    expect(await modeOf(path)).toBe(0o644)
    expect(await modeOf(join(dir, 'deep'))).toBe(0o700)
    expect(await modeOf(join(dir, 'deep', 'below'))).toBe(0o700)
    await diskWriter.replace(path, Buffer.from([0xff, 0x00]))
    expect(await readFile(path)).toEqual(Buffer.from([0xff, 0x00]))
    expect(await readdir(join(dir, 'deep', 'below'))).toEqual(['file'])
  })

  test('has the new content on the disk before it has the name, and then the folder, and leaves nothing open', async () => {
    await diskWriter.replace(path, 'old')
    const handles = await fileHandles()
    const seen: string[] = []
    const spy = vi.spyOn(handles, 'sync').mockImplementation(async function (this: typeof handles) {
      seen.push(`${(await this.stat()).isDirectory() ? 'folder' : 'file'}: ${await readFile(path, 'utf8')}`)
      await this.datasync()
    })
    await diskWriter.replace(path, 'new')
    expect(seen).toEqual(['file: old', 'folder: new'])
    expect(descriptors(spy)).toEqual([-1, -1])
  })

  test('that fails leaves the old content, nothing beside it, and nothing open', async () => {
    await diskWriter.replace(path, 'old')
    const handles = await fileHandles()
    const write = vi.spyOn(handles, 'writeFile').mockRejectedValueOnce(systemError('ENOSPC'))
    await expect(diskWriter.replace(path, 'new')).rejects.toMatchObject({
      code: 'EVIDENCE_STORE',
      message: `Could not write ${path}: there is no space left on the disk.`,
      where: path,
    })
    expect(await readFile(path, 'utf8')).toBe('old')
    expect(await readdir(join(dir, 'deep', 'below'))).toEqual(['file'])
    expect(descriptors(write)).toEqual([-1])
  })

  test('says what was wrong also when there is nothing to clean up', async () => {
    await writeFile(join(dir, 'deep'), '')
    await expect(diskWriter.replace(path, 'new')).rejects.toMatchObject({
      code: 'EVIDENCE_STORE',
      message: `Could not write ${path}: a part of the path is a file.`,
    })
  })

  test('of many at once leaves one of them whole', async () => {
    const contents = Array.from({ length: 20 }, (_, index) => String(index).repeat(10_000))
    await Promise.all(contents.map((content) => diskWriter.replace(path, content)))
    expect(contents).toContain(await readFile(path, 'utf8'))
    expect(await readdir(join(dir, 'deep', 'below'))).toEqual(['file'])
  })

  test.each(['EINVAL', 'EPERM', 'ENOTSUP', 'EISDIR'])(
    'takes %s of a folder: it can not be synced there',
    async (code) => {
      const handles = await fileHandles()
      const sync = vi.spyOn(handles, 'sync').mockResolvedValueOnce(undefined).mockRejectedValueOnce(systemError(code))
      await diskWriter.replace(path, 'new')
      expect(await readFile(path, 'utf8')).toBe('new')
      expect(descriptors(sync)).toEqual([-1, -1])
    },
  )

  test('does not take another error of a folder', async () => {
    const handles = await fileHandles()
    const sync = vi.spyOn(handles, 'sync').mockResolvedValueOnce(undefined).mockRejectedValueOnce(systemError('EIO'))
    await expect(diskWriter.replace(path, 'new')).rejects.toMatchObject({
      code: 'EVIDENCE_STORE',
      message: `Could not write ${path}: EIO.`,
    })
    expect(descriptors(sync)).toEqual([-1, -1])
  })
})

describe('appending to a file', () => {
  test('creates it, then adds to it, in folders for their owner only', async () => {
    await diskWriter.append(path, 'one\n')
    await diskWriter.append(path, Buffer.from('two\n'))
    expect(await readFile(path, 'utf8')).toBe('one\ntwo\n')
    expect(await modeOf(path)).toBe(0o644)
    expect(await modeOf(join(dir, 'deep'))).toBe(0o700)
  })

  test('is done when it is on the disk, and leaves nothing open', async () => {
    const handles = await fileHandles()
    const sync = vi.spyOn(handles, 'sync')
    await diskWriter.append(path, 'one\n')
    expect(descriptors(sync)).toEqual([-1])
  })

  test('to a disk that is full says so', async () => {
    await expect(diskWriter.append('/dev/full', 'one\n')).rejects.toMatchObject({
      code: 'EVIDENCE_STORE',
      message: 'Could not write /dev/full: there is no space left on the disk.',
      where: '/dev/full',
      fix: 'Free space on that disk, then run again.',
    })
  })

  test('that fails leaves nothing open', async () => {
    const handles = await fileHandles()
    const sync = vi.spyOn(handles, 'sync').mockRejectedValueOnce(systemError('EIO'))
    await expect(diskWriter.append(path, 'one\n')).rejects.toMatchObject({ message: `Could not write ${path}: EIO.` })
    expect(descriptors(sync)).toEqual([-1])
  })

  test('to a folder is refused', async () => {
    await mkdir(path, { recursive: true })
    await expect(diskWriter.append(path, 'x')).rejects.toMatchObject({
      message: `Could not write ${path}: there is a folder where a file is expected.`,
    })
    await rename(path, `${path}.moved`)
    await diskWriter.append(path, 'x')
    expect(await readFile(path, 'utf8')).toBe('x')
  })
})
