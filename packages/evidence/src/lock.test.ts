import { rmSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, open, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { GreengateError } from '@greengate/contracts'
import { startTicks, withLock } from './lock.ts'

// Whoever waits here for something that never comes waits in vain: nothing takes long.
vi.setConfig({ testTimeout: 8_000 })

/** Linux gives no process an id above 4,194,304. */
const NO_PID = 4_194_305
const WAIT_FIX = 'Wait for that run to end, or end it; a lock of a process that is gone is taken over by itself.'

let dir: string
let path: string
let breaker: string
/** What this process writes of itself into a lock. */
let own: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'greengate-lock-'))
  path = join(dir, 'lock')
  breaker = `${path}.break`
  const [, ticks = ''] = /\) (?:\S+ ){19}([0-9]+) /.exec(await readFile(`/proc/${process.pid}/stat`, 'utf8')) ?? []
  own = `${process.pid} ${ticks} `
})
afterEach(async () => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  await rm(dir, { recursive: true, force: true })
})

/** Takes the lock if that is possible at once. */
const takeNow = (): Promise<string> => withLock(path, () => Promise.resolve('taken'), 0)
const inUseBy = (owner: string, ms = 0) => ({
  code: 'EVIDENCE_STORE',
  message: `The ledger is in use by ${owner} for more than ${ms} ms.`,
  where: path,
  fix: WAIT_FIX,
})
const systemError = (code: string): Error => Object.assign(new Error(code), { code })
/** Descriptors of the files that an operation was done on; -1 for a file that was closed since. */
const descriptors = (operation: { mock: { contexts: unknown[] } }): number[] =>
  (operation.mock.contexts as Awaited<ReturnType<typeof open>>[]).map((file) => file.fd)
/** What all open files have in common, so that one of their operations can fail. */
async function fileHandles(): Promise<Awaited<ReturnType<typeof open>>> {
  const file = await open(dir)
  await file.close()
  return Object.getPrototypeOf(file) as typeof file
}
/** It is now `ms` after the file was written. */
async function setAge(file: string, ms: number): Promise<void> {
  await utimes(file, 1_000_000, 1_000_000)
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000_000 + ms })
}

describe('a lock that is held', () => {
  test('names its owner and when that started, is for its owner only, and is gone afterwards', async () => {
    path = join(dir, 'deep', 'below', 'lock')
    const result = await withLock(path, async () => {
      expect(await readFile(path, 'utf8')).toMatch(new RegExp(`^${own}[0-9a-f]{16}\n$`))
      expect((await stat(path)).mode & 0o777).toBe(0o600)
      expect((await stat(join(dir, 'deep'))).mode & 0o777).toBe(0o700)
      return 'result'
    })
    expect(result).toBe('result')
    expect(await readdir(join(dir, 'deep', 'below'))).toEqual([])
  })

  test('is refused to others, with the owner, the place and what to do', async () => {
    await withLock(path, () => expect(takeNow()).rejects.toMatchObject(inUseBy(`process ${process.pid}`)))
    expect(await takeNow()).toBe('taken')
  })

  test('is given to the next when it is given back', async () => {
    const order: string[] = []
    const first = withLock(path, async () => {
      order.push('first in')
      await new Promise((resolve) => setTimeout(resolve, 60))
      order.push('first out')
    })
    await vi.waitFor(() => expect(order).toEqual(['first in']), { timeout: 5_000 })
    await withLock(path, () => Promise.resolve(order.push('second')))
    await first
    expect(order).toEqual(['first in', 'first out', 'second'])
  })

  test('is waited for until the last moment, which still counts', async () => {
    await writeFile(path, own)
    const now = vi.spyOn(performance, 'now')
    now.mockReturnValueOnce(1000).mockImplementationOnce(() => {
      rmSync(path)
      return 1060
    })
    expect(await withLock(path, () => Promise.resolve('taken'), 60)).toBe('taken')
  })

  test('is waited for 30 seconds unless told otherwise', async () => {
    await writeFile(path, own)
    vi.spyOn(performance, 'now').mockReturnValueOnce(1000).mockReturnValueOnce(31_000).mockReturnValueOnce(31_001)
    await expect(withLock(path, () => Promise.resolve())).rejects.toMatchObject(
      inUseBy(`process ${process.pid}`, 30_000),
    )
  })

  test('is waited for without writing anything', async () => {
    await writeFile(path, own)
    await utimes(dir, 5, 5)
    await expect(takeNow()).rejects.toMatchObject(inUseBy(`process ${process.pid}`))
    expect((await stat(dir)).mtimeMs).toBe(5000)
  })

  test('is left alone at the end when it is somebody else’s by then, or gone', async () => {
    await withLock(path, () => writeFile(path, 'of another'))
    expect(await readFile(path, 'utf8')).toBe('of another')
    await rm(path)
    expect(await withLock(path, () => rm(path).then(() => 'done'))).toBe('done')
  })
})

describe('an owner that is gone', () => {
  test.each(['0', '1'])('is succeeded at once, its start known as %s', async (started) => {
    await writeFile(path, `${NO_PID} ${started} x\n`)
    expect(await takeNow()).toBe('taken')
    expect(await readdir(dir)).toEqual([])
  })

  test('is succeeded when its id belongs to a process that started at another time', async () => {
    await writeFile(path, `${process.pid} 1 x\n`)
    expect(await takeNow()).toBe('taken')
  })

  test('is not told from a living one where a start is unknown: then it is waited for', async () => {
    await writeFile(path, `${process.pid} 0 x\n`)
    await expect(takeNow()).rejects.toMatchObject(inUseBy(`process ${process.pid}`))
    await writeFile(path, `${NO_PID} 7 x\n`)
    vi.spyOn(process, 'kill').mockImplementation(() => {
      throw systemError('EPERM')
    })
    await expect(takeNow()).rejects.toMatchObject(inUseBy(`process ${NO_PID}`))
  })

  test('is not one of another user, whom this one may not signal', async () => {
    await writeFile(path, `${own}x\n`)
    const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
      throw systemError('EPERM')
    })
    await expect(takeNow()).rejects.toMatchObject(inUseBy(`process ${process.pid}`))
    expect(kill).toHaveBeenCalledWith(process.pid, 0)
  })
})

describe('a lock that names nobody', () => {
  test.each(['', '\n', '0 0 x\n', `-${NO_PID} 0 x\n`, `x${NO_PID} 0 x\n`, `${NO_PID}x 1 x\n`, `${NO_PID} -1 x\n`])(
    '(%j) is somebody’s who has just created it, for five seconds',
    async (content) => {
      await writeFile(path, content)
      await expect(takeNow()).rejects.toMatchObject(inUseBy('another process'))
      await setAge(path, 5000)
      await expect(takeNow()).rejects.toMatchObject(inUseBy('another process'))
      await setAge(path, 5001)
      expect(await takeNow()).toBe('taken')
    },
  )

  test('because it leads nowhere is waited for', async () => {
    await symlink(join(dir, 'nowhere'), path)
    await expect(takeNow()).rejects.toMatchObject(inUseBy('another process'))
  })

  test('because it is a folder is refused with what to do', async () => {
    await mkdir(path)
    await expect(takeNow()).rejects.toMatchObject({
      code: 'EVIDENCE_STORE',
      message: `Could not write ${path}: there is a folder where a file is expected.`,
      where: path,
    })
  })
})

describe('breaking a stale lock', () => {
  beforeEach(() => writeFile(path, `${NO_PID} 1 x\n`))

  test('is left to whoever has begun with it, for ten seconds', async () => {
    await writeFile(breaker, 'of another')
    await expect(takeNow()).rejects.toMatchObject(inUseBy(`process ${NO_PID}`))
    expect((await readdir(dir)).sort()).toEqual(['lock', 'lock.break'])
    await setAge(breaker, 10_000)
    await expect(takeNow()).rejects.toMatchObject(inUseBy(`process ${NO_PID}`))
    expect((await readdir(dir)).sort()).toEqual(['lock', 'lock.break'])
  })

  test('is taken over from a breaker that died', async () => {
    await writeFile(breaker, 'of another')
    await setAge(breaker, 10_001)
    await expect(takeNow()).rejects.toMatchObject(inUseBy(`process ${NO_PID}`))
    expect(await readdir(dir)).toEqual(['lock'])
    expect(await takeNow()).toBe('taken')
  })

  test('does not take it from somebody who took it in the meantime', async () => {
    const handles = await fileHandles()
    vi.spyOn(handles, 'writeFile').mockImplementation(async function (this: typeof handles, content) {
      writeFileSync(path, `${own}of another\n`)
      await this.write(String(content))
    })
    await expect(takeNow()).rejects.toMatchObject(inUseBy(`process ${process.pid}`))
    expect(await readFile(path, 'utf8')).toBe(`${own}of another\n`)
    expect(await readdir(dir)).toEqual(['lock'])
  })

  test('does not mind that another breaker removed its mark', async () => {
    const handles = await fileHandles()
    vi.spyOn(handles, 'writeFile').mockImplementationOnce(async function (this: typeof handles, content) {
      await this.write(String(content))
      rmSync(breaker)
    })
    expect(await takeNow()).toBe('taken')
  })
})

describe('a lock that can not be created', () => {
  test('because a part of its path is a file', async () => {
    await writeFile(join(dir, 'file'), '')
    path = join(dir, 'file', 'below', 'lock')
    await expect(takeNow()).rejects.toMatchObject({
      code: 'EVIDENCE_STORE',
      message: `Could not write ${path}: a part of the path is a file.`,
      where: path,
    })
  })

  test('because its folder can not be made', async () => {
    path = '/sys/greengate/lock'
    await expect(takeNow()).rejects.toMatchObject({
      code: 'EVIDENCE_STORE',
      message: expect.stringMatching(
        /: (?:the operation is not permitted|permission is denied|.* read-only)\.$/,
      ) as string,
      where: path,
    })
  })

  test('because its name is too long is not waited for', async () => {
    path = join(dir, 'x'.repeat(300))
    await expect(takeNow()).rejects.toMatchObject({ message: `Could not write ${path}: ENAMETOOLONG.`, where: path })
  })

  test('because the disk is full leaves no empty file and no open one', async () => {
    const handles = await fileHandles()
    const write = vi.spyOn(handles, 'writeFile').mockRejectedValueOnce(systemError('ENOSPC'))
    await expect(takeNow()).rejects.toMatchObject({
      code: 'EVIDENCE_STORE',
      message: `Could not write ${path}: there is no space left on the disk.`,
    })
    expect(await readdir(dir)).toEqual([])
    expect(descriptors(write)).toEqual([-1])
  })

  test('says that the disk is full also when somebody else has removed the file', async () => {
    vi.spyOn(await fileHandles(), 'writeFile').mockImplementationOnce(() => {
      rmSync(path)
      return Promise.reject(systemError('ENOSPC'))
    })
    await expect(takeNow()).rejects.toMatchObject({ message: expect.stringMatching(/no space left/) as string })
  })

  test('because somebody put a folder in the place of the file', async () => {
    vi.spyOn(await fileHandles(), 'writeFile').mockImplementationOnce(async () => {
      rmSync(path)
      await mkdir(path)
      throw systemError('ENOSPC')
    })
    const attempt = takeNow()
    await expect(attempt).rejects.toBeInstanceOf(GreengateError)
    await expect(attempt).rejects.toMatchObject({ message: expect.stringMatching(/is a folder where|EPERM/) as string })
  })
})

describe('the start of a process', () => {
  const fields = Array.from({ length: 30 }, (_, index) => String(index + 3)).join(' ')

  test.each(['node', 'a b', 'a) b', ') '])('is field 22, whatever the program is called: %j', (name) => {
    expect(startTicks(`12 (${name}) ${fields}`)).toBe('22')
  })

  test('is unknown where the text ends before it', () => {
    expect(startTicks('12 (node) S 1')).toBe('0')
  })
})
