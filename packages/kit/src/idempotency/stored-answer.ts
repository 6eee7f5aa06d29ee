import { z } from 'zod'
import { IdempotencyStoreError } from './store.ts'

/** An answer as it comes back. */
export interface StoredAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Null when it was too long to keep: what was asked for was done, say so with 409 rather than do it again. */
  readonly body: string | Uint8Array | null
}

/** Longest value of a header that is kept; longer ones are left out. */
const HEADER_CHARACTERS_MAX = 2048

const schema = z.strictObject({
  status: z.int().min(100).max(599),
  headers: z.record(z.string(), z.string()),
  text: z.string().optional(),
  bytes: z.base64().optional(),
})

/** One line of JSON, which every store can hold, whatever bytes the body has. */
export function encodeAnswer(
  answer: {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: string | Uint8Array
  },
  kept: readonly string[],
  bodyBytesMax: number,
): string {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(answer.headers)) {
    const lower = name.toLowerCase()
    if (kept.includes(lower) && value.length <= HEADER_CHARACTERS_MAX) headers[lower] = value
  }
  const { status, body } = answer
  if ((typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength) > bodyBytesMax)
    return JSON.stringify({ status, headers })
  return typeof body === 'string'
    ? JSON.stringify({ status, headers, text: body })
    : JSON.stringify({ status, headers, bytes: Buffer.from(body).toString('base64') })
}

/** @throws IdempotencyStoreError for anything but what `encodeAnswer` writes */
export function decodeAnswer(stored: string): StoredAnswer {
  let parsed: z.infer<typeof schema>
  try {
    parsed = schema.parse(JSON.parse(stored))
  } catch (cause) {
    throw new IdempotencyStoreError('store_malformed', 'a stored answer can not be read', cause)
  }
  const { status, headers, text, bytes } = parsed
  return { status, headers, body: text ?? (bytes === undefined ? null : Buffer.from(bytes, 'base64')) }
}
