import { spawn } from 'node:child_process'
import { createServer } from 'node:net'

/** A real Redis server for one test file, on 127.0.0.1, without persistence, gone afterwards. */
export interface TestRedis {
  readonly url: string
  /** Stops it from answering, as a partition would; `thaw` lets it go on. */
  freeze(): void
  thaw(): void
  stop(): Promise<void>
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/**
 * Starts `redis-server` of the system (Debian: `apt-get install redis-server`).
 * @throws Error when it is not installed or does not say within 10 s that it is ready
 */
export async function startRedis(): Promise<TestRedis> {
  const port = await freePort()
  const argv = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--daemonize', 'no']
  const child = spawn('redis-server', argv, { cwd: '/', stdio: ['ignore', 'pipe', 'ignore'] })
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error('redis-server did not get ready within 10 s'))
    }, 10_000)
    child.once('error', (cause) => {
      clearTimeout(timer)
      reject(new Error('redis-server is not installed: apt-get install redis-server', { cause }))
    })
    child.stdout.on('data', (chunk: Buffer) => {
      if (!chunk.toString('latin1').includes('Ready to accept connections')) return
      clearTimeout(timer)
      resolve()
    })
  })
  return {
    url: `redis://127.0.0.1:${port}`,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    stop: async () => {
      child.kill('SIGKILL')
      await gone
    },
  }
}
