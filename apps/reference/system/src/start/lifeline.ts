// Loaded before a process of the platform, with `--import`: whoever started it holds the other end of the pipe at 3. When
// that end closes, also by a SIGKILL, the process stops as if it had been asked to.
import { Socket } from 'node:net'
import { isMainThread } from 'node:worker_threads'

/** A little more than a process takes for what is under way. */
const KILL_AFTER_MS = 12_000

if (isMainThread) {
  const pipe = new Socket({ fd: 3 })
  pipe.unref()
  pipe.on('error', () => {})
  pipe.once('close', () => {
    process.kill(process.pid, 'SIGTERM')
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), KILL_AFTER_MS).unref()
  })
  pipe.resume()
}
