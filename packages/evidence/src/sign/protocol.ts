import { envelopeSchema } from '../dsse.ts'
import { z } from 'zod'

/** What parent and signer say to each other: one JSON value per line. */

/** A statement with the largest observation and all its findings fits; nothing larger is read. */
export const MESSAGE_BYTES_MAX = 8 * 1024 * 1024

export const requestSchema = z.discriminatedUnion('op', [
  z.strictObject({ id: z.int(), op: z.literal('open'), keyFile: z.string().min(1), createIfMissing: z.boolean() }),
  z.strictObject({ id: z.int(), op: z.literal('sign'), statement: z.json() }),
  z.strictObject({
    id: z.int(),
    op: z.literal('checkpoint'),
    origin: z.string(),
    size: z.int().nonnegative(),
    root: z.string(),
  }),
])
export type SignerRequest = z.infer<typeof requestSchema>
/** A request before it is numbered. */
export type SignerRequestBody = SignerRequest extends infer R
  ? R extends SignerRequest
    ? Omit<R, 'id'>
    : never
  : never

const keySchema = z.strictObject({ keyid: z.string(), publicKeyPem: z.string(), created: z.boolean() })
export const resultSchema = z.union([
  z.strictObject({ op: z.literal('open'), key: keySchema }),
  z.strictObject({ op: z.literal('sign'), envelope: envelopeSchema }),
  z.strictObject({ op: z.literal('checkpoint'), note: z.string() }),
])
export type SignerResult = z.infer<typeof resultSchema>

export const answerSchema = z.union([
  z.strictObject({ id: z.int(), result: resultSchema }),
  z.strictObject({ id: z.int(), error: z.strictObject({ message: z.string(), where: z.string(), fix: z.string() }) }),
])
export type SignerAnswer = z.infer<typeof answerSchema>

/** Cuts a stream of bytes into lines. Returns false when a line is longer than allowed: the stream is then useless. */
export function lineReader(onLine: (line: string) => void, bytesMax = MESSAGE_BYTES_MAX): (chunk: Buffer) => boolean {
  let parts: Buffer[] = []
  let size = 0
  return (chunk) => {
    let rest = chunk
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      const line = Buffer.concat([...parts, rest.subarray(0, end)])
      parts = []
      size = 0
      rest = rest.subarray(end + 1)
      if (line.length > bytesMax) return false
      onLine(line.toString())
    }
    parts.push(rest)
    size += rest.length
    return size <= bytesMax
  }
}
