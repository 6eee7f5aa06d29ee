import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { sendEmpty, sendXml } from './answer.ts'
import { type Bucket, bytesOf, type OpenObject } from './bucket.ts'
import { uriEncode } from './canonical-request.ts'
import { type Checksum, runningDigest } from './checksums.ts'
import { rangeOf, readCondition, writeCondition } from './conditions.ts'
import { KEPT_HEADERS, type ObjectRecord } from './object-record.ts'
import { planPayload, type Received, receivePayload } from './payload.ts'
import { S3Error } from './s3-error.ts'
import type { S3Request } from './s3-request.ts'
import type { Signed } from './signature.ts'

/** One request and what was found out about it. */
export interface Call {
  readonly request: S3Request
  /** Headers as they count, those in a presigned address included. */
  readonly headers: ReadonlyMap<string, string>
  /** Null: nobody signed it, and it is a read of what everybody may read. */
  readonly signed: Signed | null
  readonly message: IncomingMessage
  readonly response: ServerResponse
  /** Tells a caller that waits to send its body, then reads it. */
  readonly body: () => AsyncIterable<Buffer>
  readonly nowMs: () => number
  readonly objectBytesMax: number
}

const META_BYTES_MAX = 2048
const TYPE_WITHOUT = 'application/octet-stream'

/** A signer's call: reads that nobody signed never get to a place that needs one. */
export function signer(call: Call): Signed {
  if (!call.signed) throw new S3Error('AccessDenied')
  return call.signed
}

const etag = (record: Pick<ObjectRecord, 'md5'>): string => `"${record.md5}"`

function keptHeaders(headers: ReadonlyMap<string, string>): Record<string, string> {
  const kept: Record<string, string> = { 'content-type': TYPE_WITHOUT }
  let metaBytes = 0
  for (const [name, value] of headers) {
    const isMeta = name.startsWith('x-amz-meta-')
    if (isMeta) metaBytes += name.length - 'x-amz-meta-'.length + value.length
    if (isMeta || KEPT_HEADERS.some((one) => one === name)) kept[name] = value
  }
  if (metaBytes > META_BYTES_MAX) throw new S3Error('MetadataTooLarge')
  // How it was sent, not what it is.
  const encodings = (kept['content-encoding'] ?? '').split(',').map((one) => one.trim())
  const left = encodings.filter((one) => one !== '' && one !== 'aws-chunked')
  if (left.length > 0) kept['content-encoding'] = left.join(',')
  else delete kept['content-encoding']
  return kept
}

function recordOf(
  call: Call,
  key: string,
  received: Received,
  headers: Record<string, string>,
): Omit<ObjectRecord, 'data'> {
  return { key, ...received, modifiedMs: call.nowMs(), headers }
}

function checksumHeader(checksum: Checksum | null): Record<string, string> {
  return checksum ? { [`x-amz-checksum-${checksum.algorithm}`]: checksum.value } : {}
}

export async function putObject(bucket: Bucket, call: Call): Promise<void> {
  const signed = signer(call)
  const plan = planPayload(call.headers, signed, call.objectBytesMax)
  const allowed = writeCondition(call.headers)
  const kept = keptHeaders(call.headers)
  const upload = await bucket.upload()
  try {
    const received = await receivePayload(plan, signed, call.body(), (bytes) => upload.write(bytes))
    await upload.commit(recordOf(call, call.request.key, received, kept), allowed)
    call.response.setHeader('etag', `"${received.md5}"`)
    for (const [name, value] of Object.entries(checksumHeader(received.checksum))) call.response.setHeader(name, value)
    sendEmpty(call.response, 200)
  } finally {
    await upload.discard()
  }
}

/** Signers may have an object answered with other headers than those it was put with. */
function overridden(call: Call, headers: Readonly<Record<string, string>>): Record<string, string> {
  const result = { ...headers }
  for (const name of KEPT_HEADERS) {
    const value = call.request.query.get(`response-${name}`)
    if (value === undefined) continue
    if (!call.signed) throw new S3Error('InvalidRequest', `response-${name} is for signed requests.`)
    if (!/^[\t\x20-\x7e]*$/.test(value)) throw new S3Error('InvalidArgument', `response-${name} cannot be a header.`)
    result[name] = value
  }
  return result
}

function describe(call: Call, record: ObjectRecord): void {
  const headers = {
    ...overridden(call, record.headers),
    ...(call.headers.get('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED' ? checksumHeader(record.checksum) : {}),
    etag: etag(record),
    'last-modified': new Date(record.modifiedMs).toUTCString(),
    'accept-ranges': 'bytes',
  }
  for (const [name, value] of Object.entries(headers)) call.response.setHeader(name, value)
}

export async function getObject(bucket: Bucket, call: Call): Promise<void> {
  const { response } = call
  const object = await bucket.open(call.request.key)
  if (!object) throw new S3Error('NoSuchKey')
  try {
    const { record } = object
    const status = readCondition(call.headers, record)
    const range = status === 304 ? null : rangeOf(call.headers, record)
    describe(call, record)
    if (status === 304) return sendEmpty(response, 304)
    const { from, to } = range ?? { from: 0, to: record.size }
    if (range) {
      response.setHeader('content-range', `bytes ${from}-${to - 1}/${record.size}`)
      // A checksum of the whole says nothing of a part.
      for (const name of response.getHeaderNames()) if (name.startsWith('x-amz-checksum-')) response.removeHeader(name)
    }
    response.writeHead(range ? 206 : 200, { 'content-length': to - from })
    if (call.request.method === 'HEAD') {
      response.end()
      return
    }
    await pipeline(range ? bytesOf(object.handle, from, to) : checkedBytes(bucket, object), response)
  } finally {
    await object.handle.close()
  }
}

/** The last piece leaves only when the whole is what was put there: the caller sees an answer that breaks off otherwise. */
async function* checkedBytes(bucket: Bucket, { record, handle }: OpenObject): AsyncGenerator<Buffer> {
  const sha256 = runningDigest('sha256')
  let held: Buffer | null = null
  for await (const bytes of bytesOf(handle, 0, record.size)) {
    if (held) yield held
    sha256.update(bytes)
    held = bytes
  }
  if (sha256.digest().toString('hex') !== record.sha256) {
    bucket.corrupt(record)
    throw new S3Error('InternalError', 'The object on disk is not the one that was put there.')
  }
  if (held) yield held
}

function copySource(header: string): { bucket: string; key: string } {
  const match = /^\/?([^/?]+)\/([^?]+)(\?.*)?$/.exec(header)
  if (!match) throw new S3Error('InvalidArgument', 'x-amz-copy-source is bucket/key.')
  if (match[3] !== undefined) throw new S3Error('NotImplemented', 'This store keeps no versions.')
  try {
    return { bucket: decodeURIComponent(match[1] ?? ''), key: decodeURIComponent(match[2] ?? '') }
  } catch (error) {
    throw new S3Error('InvalidArgument', 'x-amz-copy-source is not percent encoded.', error)
  }
}

export async function copyObject(bucket: Bucket, call: Call, bucketNamed: (name: string) => Bucket): Promise<void> {
  signer(call)
  const from = copySource(call.headers.get('x-amz-copy-source') ?? '')
  const directive = call.headers.get('x-amz-metadata-directive') ?? 'COPY'
  if (directive !== 'COPY' && directive !== 'REPLACE')
    throw new S3Error('InvalidArgument', 'x-amz-metadata-directive is COPY or REPLACE.')
  if (Number(call.headers.get('content-length') ?? 0) > 0 || call.headers.has('transfer-encoding'))
    throw new S3Error('InvalidRequest', 'A copy has no body.')
  if (directive === 'COPY' && from.bucket === bucket.name && from.key === call.request.key)
    throw new S3Error('InvalidRequest', 'A copy of an object to itself changes its metadata, or is not one.')
  const allowed = writeCondition(call.headers)
  const source = await bucketNamed(from.bucket).open(from.key)
  if (!source) throw new S3Error('NoSuchKey')
  const upload = await bucket.upload()
  try {
    const { md5, sha256, size, checksum, headers } = source.record
    const ifMatch = call.headers.get('x-amz-copy-source-if-match')
    if (ifMatch !== undefined && readCondition(new Map([['if-match', ifMatch]]), source.record) !== 200)
      throw new S3Error('PreconditionFailed')
    for await (const bytes of checkedBytes(bucket, source)) await upload.write(bytes)
    const kept = directive === 'COPY' ? headers : keptHeaders(call.headers)
    const record = recordOf(call, call.request.key, { md5, sha256, size, checksum }, kept)
    await upload.commit(record, allowed)
    sendXml(call.response, 200, 'CopyObjectResult', [
      ['LastModified', new Date(record.modifiedMs).toISOString()],
      ['ETag', etag(record)],
    ])
  } finally {
    await source.handle.close()
    await upload.discard()
  }
}

export async function deleteObject(bucket: Bucket, call: Call): Promise<void> {
  signer(call)
  if (call.headers.has('if-match')) throw new S3Error('NotImplemented', 'A delete has no condition.')
  await bucket.delete(call.request.key)
  sendEmpty(call.response, 204)
}

const LIST_MAX = 1000

export function listObjects(bucket: Bucket, call: Call): void {
  signer(call)
  const of = (name: string): string => call.request.query.get(name) ?? ''
  if (of('list-type') !== '2') throw new S3Error('NotImplemented', 'A bucket is listed with list-type=2.')
  const maxKeys = of('max-keys') === '' ? String(LIST_MAX) : of('max-keys')
  if (!/^\d{1,9}$/.test(maxKeys)) throw new S3Error('InvalidArgument', 'max-keys is a number.')
  const token = of('continuation-token')
  const after = token === '' ? of('start-after') : Buffer.from(token, 'base64url').toString()
  if (token !== '' && Buffer.from(after).toString('base64url') !== token)
    throw new S3Error('InvalidArgument', 'continuation-token is not one that was given out.')
  const url = of('encoding-type') === 'url'
  if (of('encoding-type') !== '' && !url) throw new S3Error('InvalidArgument', 'encoding-type is url.')
  const text = (value: string): string => (url ? uriEncode(value).replaceAll('%2F', '/') : value)
  const max = Math.min(LIST_MAX, Number(maxKeys))
  const page = bucket.list({ prefix: of('prefix'), delimiter: of('delimiter'), after, max })
  sendXml(call.response, 200, 'ListBucketResult', [
    ['Name', bucket.name],
    ['Prefix', text(of('prefix'))],
    ...(of('delimiter') === '' ? [] : [['Delimiter', text(of('delimiter'))] as const]),
    ...(of('start-after') === '' ? [] : [['StartAfter', text(of('start-after'))] as const]),
    ...(url ? [['EncodingType', 'url'] as const] : []),
    ['KeyCount', page.objects.length + page.commonPrefixes.length],
    ['MaxKeys', max],
    ['IsTruncated', page.next !== null],
    ...(token === '' ? [] : [['ContinuationToken', token] as const]),
    ...(page.next === null ? [] : [['NextContinuationToken', Buffer.from(page.next).toString('base64url')] as const]),
    ...page.objects.map(
      (one) =>
        [
          'Contents',
          [
            ['Key', text(one.key)],
            ['LastModified', new Date(one.modifiedMs).toISOString()],
            ['ETag', etag(one)],
            ['Size', one.size],
            ['StorageClass', 'STANDARD'],
          ],
        ] as const,
    ),
    ...page.commonPrefixes.map((one) => ['CommonPrefixes', [['Prefix', text(one)]]] as const),
  ])
}
