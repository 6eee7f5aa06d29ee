import type { ObjectRecord } from './object-record.ts'
import { S3Error } from './s3-error.ts'

type Headers = ReadonlyMap<string, string>

const tagsOf = (header: string): readonly string[] =>
  header.split(',').map((tag) =>
    tag
      .trim()
      .replace(/^W\//, '')
      .replace(/^"(.*)"$/, '$1'),
  )

const matches = (header: string, record: Pick<ObjectRecord, 'md5'>): boolean =>
  header.trim() === '*' || tagsOf(header).includes(record.md5)

/** Dates in headers have whole seconds. */
const secondsOf = (date: string): number => Math.floor(Date.parse(date) / 1000)

/**
 * Whether a read is answered with the object (200) or with "you have it" (304).
 * @throws S3Error PreconditionFailed
 */
export function readCondition(headers: Headers, record: ObjectRecord): 200 | 304 {
  const modifiedS = Math.floor(record.modifiedMs / 1000)
  const ifMatch = headers.get('if-match')
  const ifNoneMatch = headers.get('if-none-match')
  const unmodified = headers.get('if-unmodified-since')
  const modified = headers.get('if-modified-since')
  if (ifMatch !== undefined && !matches(ifMatch, record)) throw new S3Error('PreconditionFailed')
  if (ifMatch === undefined && unmodified !== undefined && modifiedS > secondsOf(unmodified))
    throw new S3Error('PreconditionFailed')
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, record) ? 304 : 200
  return modified !== undefined && modifiedS <= secondsOf(modified) ? 304 : 200
}

/**
 * What an object has to be to be replaced; undefined: anything.
 * @throws S3Error NotImplemented for a condition that a write can't have here
 */
export function writeCondition(headers: Headers): ((before: ObjectRecord | null) => void) | undefined {
  const ifMatch = headers.get('if-match')
  const ifNoneMatch = headers.get('if-none-match')
  if (headers.has('if-modified-since') || headers.has('if-unmodified-since') || (ifNoneMatch ?? '*') !== '*')
    throw new S3Error('NotImplemented', 'A write knows If-Match and If-None-Match: *.')
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined
  return (before) => {
    if (ifNoneMatch !== undefined && before) throw new S3Error('PreconditionFailed')
    if (ifMatch === undefined) return
    if (!before) throw new S3Error('NoSuchKey')
    if (!matches(ifMatch, before)) throw new S3Error('PreconditionFailed')
  }
}

export interface ByteRange {
  readonly from: number
  /** Behind the last byte. */
  readonly to: number
}

/**
 * The part that is asked for; null for the whole, also when several parts are asked for or the header can't be read.
 * @throws S3Error InvalidRange when there is nothing of the object in it
 */
export function rangeOf(headers: Headers, record: ObjectRecord): ByteRange | null {
  const header = headers.get('range')
  const ifRange = headers.get('if-range')
  const match = header === undefined ? null : /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim())
  const [, first = '', last = ''] = match ?? []
  if (first === '' && last === '') return null
  if (ifRange !== undefined && !matches(ifRange, record)) return null
  const { size } = record
  if (first === '') {
    if (Number(last) === 0 || size === 0) throw new S3Error('InvalidRange')
    return { from: Math.max(0, size - Number(last)), to: size }
  }
  if (last !== '' && Number(last) < Number(first)) return null
  if (Number(first) >= size) throw new S3Error('InvalidRange')
  return { from: Number(first), to: last === '' ? size : Math.min(size, Number(last) + 1) }
}
