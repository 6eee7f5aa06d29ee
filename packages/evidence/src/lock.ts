import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { GreengateError } from '@greengate/contracts'
import { storeError, systemCode } from './files.ts'

const POLL_MS = 15
/** Breaking a stale lock takes microseconds: a breaker's mark older than this was left by one that died. */
const BREAKER_MS = 10_000
/** A lock file that is still empty after this was left by somebody who died between creating and writing it. */
const EMPTY_MS = 5_000

/**
 * Runs `work` while no other process that uses the same lock file does. A lock whose owner died is taken over: its
 * process is gone, or its id belongs to a process that started later.
 *
 * @param waitMsMax How long to wait for another owner. Default 30,000.
 * @throws GreengateError EVIDENCE_STORE when it is still held after that, or can't be created.
 */
export async function withLock<T>(path: string, work: () => Promise<T>, waitMsMax = 30_000): Promise<T> {
  const token = `${process.pid} ${await startedAt(process.pid)} ${randomBytes(8).toString('hex')}\n`
  const deadline = performance.now() + waitMsMax
  await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw storeError(path, error)
  })
  while (!(await create(path, token))) {
    await breakIfStale(path)
    if (performance.now() > deadline) {
      const owner = (await contentOf(path)).split(' ')[0] ?? ''
      throw new GreengateError(
        'EVIDENCE_STORE',
        `The ledger is in use by process ${owner} for more than ${waitMsMax} ms.`,
        {
          where: path,
          fix: 'Wait for that run to end, or end it; a lock of a process that is gone is taken over by itself.',
        },
      )
    }
    await sleep(POLL_MS)
  }
  try {
    return await work()
  } finally {
    if ((await contentOf(path)) === token) await rm(path, { force: true })
  }
}

async function create(path: string, token: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600)
    try {
      await file.writeFile(token)
    } catch (error) {
      await rm(path, { force: true })
      throw error
    } finally {
      await file.close()
    }
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw storeError(path, error)
  }
}

/** One breaker at a time, or a second one could remove the lock that somebody took after the first. */
async function breakIfStale(path: string): Promise<void> {
  if (!(await isStale(path))) return
  const breaker = `${path}.break`
  if (!(await create(breaker, `${process.pid}\n`))) {
    if ((await ageMs(breaker)) > BREAKER_MS) await rm(breaker, { force: true })
    return
  }
  try {
    if (await isStale(path)) await rm(path, { force: true })
  } finally {
    await rm(breaker, { force: true })
  }
}

async function isStale(path: string): Promise<boolean> {
  const [pid = '', started = ''] = (await contentOf(path)).split(' ')
  if (!/^[1-9][0-9]*$/.test(pid)) return (await ageMs(path)) > EMPTY_MS
  try {
    process.kill(Number(pid), 0)
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    if (systemCode(error) === 'ESRCH') return true
  }
  return (await startedAt(Number(pid))) !== started
}

/** When a process started, in the kernel's own ticks; 0 where that can't be known. Process ids are used again. */
async function startedAt(pid: number): Promise<string> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '0'
  } catch {
    return '0'
  }
}

async function contentOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}

async function ageMs(path: string): Promise<number> {
  try {
    return Date.now() - (await stat(path)).mtimeMs
  } catch {
    return 0
  }
}
