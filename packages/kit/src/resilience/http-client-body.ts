import { Readable } from 'node:stream'
import type { Clock } from './clock.ts'
import { AnswerTooLargeError, WriteTimeoutError } from './http-client-error.ts'

// Small enough to be written to the socket in one go: no time limit of its own is needed.
const WHOLE_BYTES_MAX = 65_536

/** A body on its way out, and the signal that ends the request when the upstream does not take it. */
export interface OutgoingBody {
  readonly body: Uint8Array | Readable | null
  readonly signal: AbortSignal
  /** Gives back the timer. */
  done(): void
}

/** @param timeoutMs for the upstream to take all of it */
export function outgoingBody(
  bytes: Uint8Array | null,
  timeoutMs: number,
  signal: AbortSignal,
  clock: Pick<Clock, 'setTimeout'>,
): OutgoingBody {
  if (!bytes || bytes.length <= WHOLE_BYTES_MAX) return { body: bytes, signal, done: () => {} }
  const slow = new AbortController()
  const timer = clock.setTimeout(() => slow.abort(new WriteTimeoutError(timeoutMs)), timeoutMs)
  const done = (): void => timer[Symbol.dispose]()
  // Piece by piece: the next one is asked for when the socket has taken the last.
  async function* pieces(whole: Uint8Array): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < whole.length; at += WHOLE_BYTES_MAX) yield whole.subarray(at, at + WHOLE_BYTES_MAX)
    done()
  }
  const body = Readable.from(pieces(bytes), { objectMode: false, highWaterMark: WHOLE_BYTES_MAX })
  return { body, signal: AbortSignal.any([signal, slow.signal]), done }
}

/** All of a body. @throws AnswerTooLargeError as soon as that is known; the connection is closed, the rest not read */
export async function readBody(
  body: AsyncIterable<Buffer> & { destroy(error?: Error): unknown; on(event: 'error', listener: () => void): unknown },
  declared: string | string[] | undefined,
  bytesMax: number,
): Promise<Buffer> {
  const tooLarge = (): AnswerTooLargeError => {
    const error = new AnswerTooLargeError(bytesMax)
    // Destroying it says so to everybody who listens; without a listener that is an uncaught exception.
    body.on('error', () => {})
    body.destroy(error)
    return error
  }
  if (typeof declared === 'string' && Number(declared) > bytesMax) throw tooLarge()
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > bytesMax) throw tooLarge()
    chunks.push(chunk)
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, bytes)
}
