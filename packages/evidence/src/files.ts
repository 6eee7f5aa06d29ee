import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type ErrorCode, GreengateError } from '@greengate/contracts'

const REASONS: Readonly<Record<string, { problem: string; fix: string }>> = {
  ENOSPC: { problem: 'there is no space left on the disk', fix: 'Free space on that disk, then run again.' },
  EDQUOT: { problem: 'the disk quota is used up', fix: 'Free space within the quota, then run again.' },
  EACCES: { problem: 'permission is denied', fix: 'Make the folder writable for the user who runs Greengate.' },
  EPERM: {
    problem: 'the operation is not permitted',
    fix: 'Make the folder writable for the user who runs Greengate.',
  },
  EROFS: { problem: 'the file system is read-only', fix: 'Use an evidence folder on a writable file system.' },
  ENOTDIR: { problem: 'a part of the path is a file', fix: 'Use another evidence folder, or move that file away.' },
  EISDIR: { problem: 'there is a folder where a file is expected', fix: 'Use another evidence folder.' },
  EFBIG: { problem: 'a file would be larger than allowed', fix: 'Raise the limit on file sizes, then run again.' },
  EMFILE: { problem: 'too many files are open', fix: 'Raise the limit on open files, then run again.' },
}

/** The system's error code of `error`; empty if it has none. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** An error of the file system as one that says what to do. An error that already does is returned as it is. */
export function storeError(path: string, cause: unknown, code: ErrorCode = 'EVIDENCE_STORE'): GreengateError {
  if (cause instanceof GreengateError) return cause
  const system = systemCode(cause)
  const reason = REASONS[system]
  const problem = reason?.problem ?? (system || (cause instanceof Error ? cause.message : String(cause)))
  return new GreengateError(code, `Could not write ${path}: ${problem}.`, {
    where: path,
    ...(reason ? { fix: reason.fix } : {}),
    cause,
  })
}

/** Writes files; a port, so that tests can have a full disk. */
export interface FileWriter {
  /** Creates or replaces a file so that readers see either the old or the whole new content, also after a crash. */
  replace(path: string, content: Uint8Array | string): Promise<void>
  /** Appends, and returns when it is on the disk. */
  append(path: string, content: Uint8Array | string): Promise<void>
}

/** Writes to the disk. Folders are created as needed, for their owner only. @throws GreengateError EVIDENCE_STORE */
export const diskWriter: FileWriter = {
  async replace(path, content) {
    const temporary = join(dirname(path), `.${randomBytes(8).toString('hex')}.tmp`)
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const file = await open(temporary, 'wx', 0o644)
      try {
        await file.writeFile(content)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, path)
      await syncFolder(dirname(path))
    } catch (error) {
      await rm(temporary).catch(() => undefined)
      throw storeError(path, error)
    }
  },
  async append(path, content) {
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const file = await open(path, 'a', 0o644)
      try {
        await file.writeFile(content)
        await file.sync()
      } finally {
        await file.close()
      }
    } catch (error) {
      throw storeError(path, error)
    }
  },
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } catch (error) {
    // Some file systems can't sync a folder; the rename is then as durable as they make it.
    if (!['EINVAL', 'EPERM', 'ENOTSUP', 'EISDIR'].includes(systemCode(error))) throw error
  } finally {
    await folder.close()
  }
}
