import { createHash } from 'node:crypto'

/** SHA-256 over parts that can't run into each other: each goes behind its length. */
export function hashed(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part
    hash.update(`${bytes.length}:`).update(bytes)
  }
  return hash.digest('base64url')
}
