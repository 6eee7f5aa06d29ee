import type { IncomingMessage } from 'node:http'
import { S3Error } from './s3-error.ts'

/** A request as it was sent, taken apart once; whatever is ambiguous was refused. */
export interface S3Request {
  readonly method: string
  /** Decoded path, beginning with a slash; never normalised: `..` is a name like any other. */
  readonly path: string
  readonly bucket: string
  /** Empty: the bucket itself is meant. */
  readonly key: string
  readonly query: ReadonlyMap<string, string>
  /** Names in lower case, values as the bytes that came (latin1). */
  readonly headers: ReadonlyMap<string, string>
}

const KEY_BYTES_MAX = 1024
const BUCKET = /^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

export function isBucketName(name: string): boolean {
  return BUCKET.test(name)
}

/** Headers whose meaning changes with the number of times they are sent: more than once is refused. */
const ONCE = /^(?:host|authorization|range|expect|date|transfer-encoding|origin|(?:content|if|x-amz)-.*)$/

export function parseHeaders(rawHeaders: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase()
    const value = rawHeaders[at + 1] ?? ''
    const before = headers.get(name)
    if (before !== undefined && ONCE.test(name)) throw new S3Error('InvalidRequest', `${name} was sent more than once.`)
    headers.set(name, before === undefined ? value : `${before},${value}`)
  }
  return headers
}

/** Percent encoding only: a plus is a plus. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    throw new S3Error('InvalidURI', undefined, error)
  }
}

function parseQuery(text: string): Map<string, string> {
  const query = new Map<string, string>()
  for (const part of text === '' ? [] : text.split('&')) {
    const at = part.indexOf('=')
    const name = decoded(at < 0 ? part : part.slice(0, at))
    if (query.has(name)) throw new S3Error('InvalidArgument', 'A query parameter was sent more than once.')
    query.set(name, at < 0 ? '' : decoded(part.slice(at + 1)))
  }
  return query
}

/** @throws S3Error InvalidURI, InvalidRequest, InvalidArgument, InvalidBucketName or KeyTooLongError */
export function parseRequest(message: Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders'>): S3Request {
  const url = message.url ?? ''
  if (!url.startsWith('/')) throw new S3Error('InvalidURI')
  const mark = url.indexOf('?')
  const path = decoded(mark < 0 ? url : url.slice(0, mark))
  if (path.includes('\0')) throw new S3Error('InvalidURI', 'A key has no NUL in it.')
  const slash = path.indexOf('/', 1)
  const bucket = slash < 0 ? path.slice(1) : path.slice(1, slash)
  const key = slash < 0 ? '' : path.slice(slash + 1)
  if (Buffer.byteLength(key) > KEY_BYTES_MAX) throw new S3Error('KeyTooLongError')
  return {
    method: message.method ?? '',
    path,
    bucket,
    key,
    query: parseQuery(mark < 0 ? '' : url.slice(mark + 1)),
    headers: parseHeaders(message.rawHeaders),
  }
}
