import type { IncomingMessage } from 'node:http'
import { S3Error } from './s3-error.ts'

/**
 * The body of a request as it arrives.
 * @param idleMs longest silence; milliseconds
 * @throws S3Error RequestTimeout after a silence, IncompleteBody when the caller goes away
 */
export async function* readBody(message: IncomingMessage, idleMs: number): AsyncGenerator<Buffer> {
  // Only the caller's silence counts, not how long the disk takes: null while nobody waits for the caller.
  let giveUp: ((error: S3Error) => void) | null = null
  const timer = setTimeout(() => giveUp?.(new S3Error('RequestTimeout')), idleMs)
  const bytes: AsyncIterator<Buffer> = message.iterator({ destroyOnReturn: false })
  try {
    for (;;) {
      timer.refresh()
      // A promise for each piece: racing all of them against one that lasts would keep every piece in memory.
      const next = await new Promise<IteratorResult<Buffer>>((resolve, reject) => {
        giveUp = reject
        bytes.next().then(resolve, reject)
      })
      giveUp = null
      if (next.done === true) return
      yield next.value
    }
  } catch (error) {
    throw error instanceof S3Error ? error : new S3Error('IncompleteBody', undefined, error)
  } finally {
    clearTimeout(timer)
  }
}
