import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Something that stops a start and that whoever started it can put right. */
export class SystemError extends Error {
  override readonly name = 'SystemError'
  readonly code: 'already_running' | 'folder_unusable' | 'not_startable' | 'not_ready' | 'seed_failed'

  constructor(code: SystemError['code'], message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

export interface SystemFolder {
  /** A path in the folder. */
  path(...names: string[]): string
  release(): Promise<void>
}

/** The lock is a socket without a file: the system takes it back when the process ends, however that happens. */
async function lock(folder: string): Promise<() => Promise<void>> {
  const name = createHash('sha256').update(realpathSync(folder)).digest('hex')
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new SystemError('already_running', `the platform runs already, with its data in ${folder}`, error)
          : error,
      ),
    )
    server.listen({ path: `\0reference-system-${name}` }, resolve)
  })
  server.unref()
  return () => new Promise((resolve) => server.close(() => resolve()))
}

/** PostgreSQL refuses to run as root; this is `nobody` everywhere. */
export const asNobody: { uid?: number; gid?: number } = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

const passable = (path: string): boolean =>
  (statSync(path).mode & 0o001) !== 0 && (path === '/' || passable(dirname(path)))

/** A new folder where a database that runs as somebody else gets to, whatever private one TMPDIR names. */
export function temporaryFolder(): string {
  const places = [tmpdir(), '/tmp', '/var/tmp'].filter((path) => existsSync(path))
  const place = asNobody.uid === undefined ? places[0] : places.find(passable)
  if (place === undefined) throw new SystemError('folder_unusable', 'there is no folder for temporary files')
  return mkdtempSync(join(place, 'reference-platform-'))
}

/**
 * Makes the folder if need be, and keeps others from starting on it.
 * @throws SystemError `already_running`, `folder_unusable`
 */
export async function openFolder(folder: string): Promise<SystemFolder> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // Files in it have modes of their own; a database that runs as somebody else has to get through.
  chmodSync(folder, asNobody.uid === undefined ? 0o700 : 0o711)
  if (asNobody.uid !== undefined && !passable(folder))
    throw new SystemError(
      'folder_unusable',
      `PostgreSQL does not run as root, and nobody else gets to ${folder}: choose another one with --folder`,
    )
  const release = await lock(folder)
  return { path: (...names) => join(folder, ...names), release }
}
