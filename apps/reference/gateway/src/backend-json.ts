import { ServiceError } from '@greengate/kit/errors'
import type { BackendAnswer } from './backend.ts'

const ANSWER_BYTES_MAX = 65_536

/** Reads the whole of an answer and lets its connection go. @throws ServiceError `upstream_unavailable` for what is no JSON or too large */
export async function readJson({ body }: BackendAnswer): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > ANSWER_BYTES_MAX) throw new Error('the answer is too large')
      chunks.push(chunk)
    }
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown
  } catch (cause) {
    throw new ServiceError('upstream_unavailable', { cause, stack: false })
  } finally {
    body.destroy()
  }
}
