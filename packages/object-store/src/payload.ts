import {
  CHECKSUM_BYTES,
  type Checksum,
  checksumAlgorithm,
  type ChecksumAlgorithm,
  checksumIn,
  fromBase64,
  runningDigest,
} from './checksums.ts'
import { decodeChunks } from './chunked-payload.ts'
import { S3Error } from './s3-error.ts'
import { sameText, type Signed } from './signature.ts'

/** What a body has to be, as the signed head of its request says. */
export interface PayloadPlan {
  /** Bytes of the object. */
  readonly length: number
  readonly chunked: boolean
  readonly signedChunks: boolean
  readonly sha256: string | null
  readonly md5: Buffer | null
  readonly checksum: Checksum | null
  /** Checksum that comes after the body. */
  readonly trailer: ChecksumAlgorithm | null
}

/** What arrived, verified. */
export interface Received {
  readonly size: number
  readonly md5: string
  readonly sha256: string
  readonly checksum: Checksum | null
}

/** The words for streams. A map: an object knows words of its own, `constructor` for one, which are none of these. */
const CHUNKED: ReadonlyMap<string, { readonly signed: boolean; readonly trailer: boolean }> = new Map([
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', { signed: true, trailer: false }],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', { signed: true, trailer: true }],
  ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', { signed: false, trailer: true }],
])

function lengthOf(headers: ReadonlyMap<string, string>, chunked: boolean, bytesMax: number): number {
  const announced = headers.get(chunked ? 'x-amz-decoded-content-length' : 'content-length')
  if (announced === undefined || !/^[0-9]{1,15}$/.test(announced)) throw new S3Error('MissingContentLength')
  if (Number(announced) > bytesMax) throw new S3Error('EntityTooLarge')
  return Number(announced)
}

function trailerOf(headers: ReadonlyMap<string, string>, expected: boolean): ChecksumAlgorithm | null {
  const name = headers.get('x-amz-trailer')
  if (name === undefined && !expected) return null
  if (name === undefined || !expected || !name.startsWith('x-amz-checksum-'))
    throw new S3Error('InvalidRequest', 'x-amz-trailer names one x-amz-checksum-* header, and only with a trailer.')
  return checksumAlgorithm(name.toLowerCase())
}

/**
 * @param bytesMax largest object that is taken
 * @throws S3Error when the head contradicts itself, or leaves the body unprotected where it must not
 */
export function planPayload(headers: ReadonlyMap<string, string>, signed: Signed, bytesMax: number): PayloadPlan {
  const hash = signed.payloadHash
  const chunked = CHUNKED.get(hash)
  if (chunked === undefined && hash !== 'UNSIGNED-PAYLOAD' && !/^[0-9a-f]{64}$/.test(hash))
    throw new S3Error('InvalidArgument', 'x-amz-content-sha256 is a SHA-256 in hex or one of the words for streams.')
  const md5Header = headers.get('content-md5')
  const md5 = md5Header === undefined ? null : fromBase64(md5Header, 16)
  if (md5Header !== undefined && !md5) throw new S3Error('InvalidDigest')
  const checksum = checksumIn(headers)
  const trailer = trailerOf(headers, chunked?.trailer ?? false)
  if (checksum && trailer) throw new S3Error('InvalidRequest', 'The checksum is before or after the body, not both.')
  const length = lengthOf(headers, chunked !== undefined, bytesMax)
  // There is no TLS here: whoever signs a head without a word on the body would let anybody on the way choose it.
  if (signed.by === 'header' && hash === 'UNSIGNED-PAYLOAD' && !checksum && length > 0)
    throw new S3Error(
      'AccessDenied',
      'UNSIGNED-PAYLOAD is for presigned addresses, or with an x-amz-checksum-* header.',
    )
  return {
    length,
    chunked: chunked !== undefined,
    signedChunks: chunked?.signed ?? false,
    sha256: /^[0-9a-f]{64}$/.test(hash) ? hash : null,
    md5,
    checksum,
    trailer,
  }
}

async function* exactly(source: AsyncIterable<Buffer>, length: number): AsyncGenerator<Buffer> {
  let total = 0
  for await (const chunk of source) {
    total += chunk.length
    if (total > length) throw new S3Error('InvalidRequest', 'The body is longer than announced.')
    yield chunk
  }
  if (total < length) throw new S3Error('IncompleteBody')
}

/**
 * Takes a body in and hands its bytes to `sink`; what it resolves to was verified against everything the head said.
 * @throws S3Error IncompleteBody, BadDigest, XAmzContentSHA256Mismatch, SignatureDoesNotMatch and those of a chunked body
 */
export async function receivePayload(
  plan: PayloadPlan,
  signed: Signed,
  source: AsyncIterable<Buffer>,
  sink: (bytes: Buffer) => Promise<void>,
): Promise<Received> {
  const algorithm = plan.checksum?.algorithm ?? plan.trailer
  const md5 = runningDigest('md5')
  const sha256 = runningDigest('sha256')
  const extra = algorithm === null || algorithm === 'sha256' ? null : runningDigest(algorithm)
  let trailing: string | null = null
  const bytes = plan.chunked
    ? decodeChunks(source, {
        signed: plan.signedChunks ? signed : null,
        trailer: plan.trailer === null ? null : `x-amz-checksum-${plan.trailer}`,
        length: plan.length,
        onTrailer: (value) => (trailing = value),
      })
    : exactly(source, plan.length)
  for await (const chunk of bytes) {
    for (const digest of [md5, sha256, extra]) digest?.update(chunk)
    await sink(chunk)
  }
  const digests = { md5: md5.digest(), sha256: sha256.digest() }
  if (plan.sha256 !== null && !sameText(plan.sha256, digests.sha256.toString('hex')))
    throw new S3Error('XAmzContentSHA256Mismatch')
  if (plan.md5 && !plan.md5.equals(digests.md5)) throw new S3Error('BadDigest')
  const actual = (extra?.digest() ?? digests.sha256).toString('base64')
  const expected = plan.checksum?.value ?? trailing
  if (algorithm !== null) {
    if (expected === null || !fromBase64(expected, CHECKSUM_BYTES[algorithm]))
      throw new S3Error('MalformedTrailerError')
    if (!sameText(expected, actual)) throw new S3Error('BadDigest')
  }
  return {
    size: plan.length,
    md5: digests.md5.toString('hex'),
    sha256: digests.sha256.toString('hex'),
    checksum: algorithm === null ? null : { algorithm, value: actual },
  }
}
