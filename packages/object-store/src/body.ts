import type { IncomingMessage } from 'node:http'
import { S3Error } from './s3-error.ts'

/**
 * The body of a request as it arrives.
 * @param idleMs longest silence; milliseconds
 * @throws S3Error RequestTimeout after a silence, IncompleteBody when the caller goes away
 */
export async function* readBody(message: IncomingMessage, idleMs: number): AsyncGenerator<Buffer> {
  let stop: (error: S3Error) => void = () => {}
  const stopped = new Promise<never>((_, reject) => (stop = reject))
  stopped.catch(() => {})
  let waiting = false
  // Only the caller's silence counts, not how long the disk takes.
  const timer = setTimeout(() => waiting && stop(new S3Error('RequestTimeout')), idleMs)
  const bytes = message.iterator({ destroyOnReturn: false })
  try {
    for (;;) {
      timer.refresh()
      waiting = true
      const next: IteratorResult<Buffer> = await Promise.race([bytes.next(), stopped])
      waiting = false
      if (next.done === true) return
      yield next.value
    }
  } catch (error) {
    throw error instanceof S3Error ? error : new S3Error('IncompleteBody', undefined, error)
  } finally {
    clearTimeout(timer)
  }
}
