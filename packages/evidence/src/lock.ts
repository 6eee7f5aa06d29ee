import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { GreengateError } from '@greengate/contracts'
import { storeError, systemCode } from './files.ts'

const POLL_MS = 15
/** Breaking a stale lock takes microseconds: a breaker's mark older than this was left by one that died. */
const BREAKER_MS = 10_000
/** A lock file that still names nobody after this was left by somebody who died between creating and writing it. */
const EMPTY_MS = 5_000
/** Stands for a start time that can't be known. */
const UNKNOWN_START = '0'

/**
 * Runs `work` while no other process that uses the same lock file does. A lock whose owner died is taken over: its
 * process is gone, or its id belongs to a process that started later.
 *
 * @param waitMsMax How long to wait for another owner. Default 30,000.
 * @throws GreengateError EVIDENCE_STORE when it is still held after that, or can't be created or read.
 */
export async function withLock<T>(path: string, work: () => Promise<T>, waitMsMax = 30_000): Promise<T> {
  const token = `${process.pid} ${await startedAt(process.pid)} ${randomBytes(8).toString('hex')}\n`
  const deadline = performance.now() + waitMsMax
  await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw storeError(path, error)
  })
  while (!(await create(path, token))) {
    if (await breakStale(path, token)) continue
    if (performance.now() > deadline) {
      const owner = await ownerOf(path)
      throw new GreengateError(
        'EVIDENCE_STORE',
        `The ledger is in use by ${owner ? `process ${owner.pid}` : 'another process'} for more than ${waitMsMax} ms.`,
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
    const content = await readFile(path, 'utf8').catch(() => undefined)
    if (content === token) await discard(path)
  }
}

/** Whether the file is new and now holds `token`; false if there is one already. */
async function create(path: string, token: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600)
    try {
      await file.writeFile(token)
    } catch (error) {
      await discard(path)
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

/** Removes a file that others remove too. */
async function discard(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw storeError(path, error)
  }
}

/**
 * Removes a lock whose owner is gone; says whether it did. One breaker at a time, or a second one could remove the lock
 * that somebody took after the first.
 */
async function breakStale(path: string, token: string): Promise<boolean> {
  // Asked here as well, so that waiting for an owner who lives writes nothing.
  if (!(await isStale(path))) return false
  const breaker = `${path}.break`
  if (!(await create(breaker, token))) {
    if (await isOlder(breaker, BREAKER_MS)) await discard(breaker)
    return false
  }
  try {
    const stale = await isStale(path)
    if (stale) await discard(path)
    return stale
  } finally {
    await discard(breaker)
  }
}

async function isStale(path: string): Promise<boolean> {
  const owner = await ownerOf(path)
  if (!owner) return isOlder(path, EMPTY_MS)
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    if (systemCode(error) === 'ESRCH') return true
  }
  const started = await startedAt(owner.pid)
  return started !== owner.started && started !== UNKNOWN_START && owner.started !== UNKNOWN_START
}

/** The process that a lock file names; null if it names none, or there is no such file any more. */
async function ownerOf(path: string): Promise<{ pid: number; started: string | undefined } | null> {
  try {
    const match = /^([1-9][0-9]*) ([0-9]+) /.exec((await readFile(path)).toString())
    return match && { pid: Number(match[1]), started: match[2] }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    throw storeError(path, error)
  }
}

/** When a process started, in the kernel's own ticks. Process ids are used again. */
async function startedAt(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/stat`, 'utf8').then(startTicks, () => UNKNOWN_START)
}

/** Field 22 of a `/proc/<pid>/stat`. The name of the program, in brackets, can hold spaces and brackets itself. */
export function startTicks(stat: string): string {
  return stat.slice(stat.lastIndexOf(') ') + 2).split(' ')[19] ?? UNKNOWN_START
}

/** Whether a file that is still there was last written more than `ms` ago. */
async function isOlder(path: string, ms: number): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined)
  return stats !== undefined && Date.now() - stats.mtimeMs > ms
}
