import { createHash } from 'node:crypto'
import { CHECKSUM_BYTES, type Checksum, fromBase64 } from './checksums.ts'

/** Headers of S3 that are kept with an object and answered with it. */
export const KEPT_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
] as const

/** What is kept beside the bytes of an object. */
export interface ObjectRecord {
  readonly key: string
  /** Name of the file with the bytes. */
  readonly data: string
  readonly size: number
  /** MD5 in hex, which is what S3 calls the entity tag of an object that was put in one piece. */
  readonly md5: string
  readonly sha256: string
  readonly checksum: Checksum | null
  /** Milliseconds since 1970. */
  readonly modifiedMs: number
  /** Of `KEPT_HEADERS` and `x-amz-meta-*`, in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

/** With a digest of its own: a record that was altered is not believed. */
export function writeRecord(record: ObjectRecord): string {
  return `${JSON.stringify({ record, sha256: digestOf(JSON.stringify(record)) })}\n`
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

function isChecksum(value: unknown): value is Checksum {
  if (!isObject(value) || typeof value['value'] !== 'string') return false
  const bytes = Object.entries(CHECKSUM_BYTES).find(([name]) => name === value['algorithm'])?.[1]
  return bytes !== undefined && fromBase64(value['value'], bytes) !== null
}

function isRecord(value: unknown): value is ObjectRecord {
  return (
    isObject(value) &&
    typeof value['key'] === 'string' &&
    typeof value['data'] === 'string' &&
    /^[0-9a-f]{64}\.[0-9a-f]{32}$/.test(value['data']) &&
    Number.isSafeInteger(value['size']) &&
    typeof value['md5'] === 'string' &&
    typeof value['sha256'] === 'string' &&
    (value['checksum'] === null || isChecksum(value['checksum'])) &&
    Number.isSafeInteger(value['modifiedMs']) &&
    isObject(value['headers']) &&
    Object.values(value['headers']).every((one) => typeof one === 'string')
  )
}

/** Null for anything that is not exactly what was written. */
export function readRecord(text: string): ObjectRecord | null {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return null
  }
  if (!isObject(parsed) || !isRecord(parsed['record'])) return null
  return parsed['sha256'] === digestOf(JSON.stringify(parsed['record'])) ? parsed['record'] : null
}
