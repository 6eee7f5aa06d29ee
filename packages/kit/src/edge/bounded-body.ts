import { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { SafeFetchError } from './safe-fetch-error.ts'

/**
 * A body, decompressed. Both what was sent and what it becomes have to stay below the limit.
 * @throws SafeFetchError `too_large` or `encoding`; what the stream throws
 */
export async function readBounded(
  body: Readable,
  encoding: string | string[] | undefined,
  method: string,
  bytesMax: number,
  signal: AbortSignal,
): Promise<Buffer> {
  const decoder = method === 'HEAD' ? null : decoderOf(encoding)
  let sent = 0
  const counted = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      sent += chunk.length
      if (sent > bytesMax) throw new SafeFetchError('too_large', `an answer over ${bytesMax} bytes`)
      yield chunk
    }
  }
  const raw = Readable.from(counted(body))
  let source: Readable = raw
  if (decoder) {
    raw.on('error', (error) => decoder.destroy(error))
    source = raw.pipe(decoder)
  }
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > bytesMax) throw new SafeFetchError('too_large', `an answer over ${bytesMax} bytes`)
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof SafeFetchError || signal.aborted || !isZlibError(error)) throw error
    throw new SafeFetchError('encoding', 'the answer is not compressed as it says', error)
  } finally {
    raw.destroy()
    body.on('error', () => undefined).destroy()
  }
  return Buffer.concat(chunks, length)
}

function decoderOf(encoding: string | string[] | undefined) {
  switch (typeof encoding === 'string' ? encoding.trim().toLowerCase() : encoding) {
    case undefined:
    case '':
    case 'identity':
      return null
    case 'gzip':
    case 'x-gzip':
      return createGunzip()
    case 'deflate':
      return createInflate()
    case 'br':
      return createBrotliDecompress()
    default:
      // Several on top of each other multiply what a small answer can become; nobody needs them.
      throw new SafeFetchError('encoding', 'the answer is compressed in a way that was not asked for')
  }
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(?:Z_|ERR__ERROR_|ERR_BROTLI_)/.test(String(error.code))
}
