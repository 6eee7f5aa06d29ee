import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { realpathSync } from 'node:fs'

/** Makes sure that one process at a time works on a folder; the system lets go when the process ends, however it ends. */
export interface FolderLock {
  release(): Promise<void>
}

/**
 * On Linux a socket without a file stands for the folder. Elsewhere there is no such thing, and no lock.
 * @throws Error when another process has the folder
 */
export async function lockFolder(folder: string, platform: string = process.platform): Promise<FolderLock> {
  if (platform !== 'linux') return { release: () => Promise.resolve() }
  const name = createHash('sha256').update(realpathSync(folder)).digest('hex')
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new Error('another process has this folder open', { cause: error }) : error),
    )
    server.listen({ path: `\0object-store-${name}` }, resolve)
  })
  server.unref()
  return { release: () => new Promise((resolve) => server.close(() => resolve())) }
}
