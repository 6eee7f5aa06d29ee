import type { Readable } from 'node:stream'

/**
 * Waits for a body, or for as much of it as is held, so that a caller that sends slowly takes no connection to a backend from
 * the others, and no place of the breaker's.
 * @param bytesMax Beyond it the rest is streamed
 * @returns All of it, or a stream that begins at its beginning
 * @throws whatever the body failed with
 */
export async function heldBody(body: Readable, bytesMax: number): Promise<Buffer | Readable> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes < bytesMax) continue
    body.unshift(Buffer.concat(chunks, bytes))
    return body
  }
  return Buffer.concat(chunks, bytes)
}
