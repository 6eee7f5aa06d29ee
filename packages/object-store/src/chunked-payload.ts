import { createHash } from 'node:crypto'
import { ByteReader } from './byte-reader.ts'
import { S3Error } from './s3-error.ts'
import { sameText, sha256Hex, type Signed, signatureOf } from './signature.ts'

export interface ChunkedOptions {
  /** Whose signature the chunks carry; null: they carry none. */
  readonly signed: Signed | null
  /** Name of the trailing header that must come; null: none may. */
  readonly trailer: string | null
  /** Bytes of the object, as announced. */
  readonly length: number
  readonly onTrailer: (value: string) => void
}

const LINE_BYTES_MAX = 512
const EMPTY = sha256Hex('')

/** Every chunk's signature covers the one before, so none can be left out, moved or taken from elsewhere. */
class ChunkSignatures {
  readonly #signed: Signed
  #before: string

  constructor(signed: Signed) {
    this.#signed = signed
    this.#before = signed.signature
  }

  #expect(signature: string, kind: string, ...rest: string[]): void {
    const { amzDate, scope, signingKey } = this.#signed
    const right = signatureOf(signingKey, [kind, amzDate, scope, this.#before, ...rest].join('\n'))
    if (!sameText(right, signature)) throw new S3Error('SignatureDoesNotMatch', 'A chunk has a wrong signature.')
    this.#before = right
  }

  chunk(signature: string, hash: string): void {
    this.#expect(signature, 'AWS4-HMAC-SHA256-PAYLOAD', EMPTY, hash)
  }

  trailer(signature: string, name: string, value: string): void {
    this.#expect(signature, 'AWS4-HMAC-SHA256-TRAILER', sha256Hex(`${name}:${value}\n`))
  }
}

interface ChunkHead {
  readonly size: number
  readonly signature: string
}

function chunkHead(line: string, signed: boolean): ChunkHead {
  const match = /^([0-9a-fA-F]{1,10})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line)
  if (!match || (match[2] !== undefined) !== signed)
    throw new S3Error(signed ? 'SignatureDoesNotMatch' : 'InvalidRequest', 'A chunk does not begin as it should.')
  return { size: Number.parseInt(match[1] ?? '', 16), signature: match[2] ?? '' }
}

async function readTrailer(reader: ByteReader, name: string): Promise<string> {
  const line = await reader.line(LINE_BYTES_MAX)
  const at = line.indexOf(':')
  if (at < 0 || line.slice(0, at).trim().toLowerCase() !== name) throw new S3Error('MalformedTrailerError')
  return line.slice(at + 1).trim()
}

async function readEnd(reader: ByteReader, options: ChunkedOptions, signatures: ChunkSignatures | null): Promise<void> {
  const { trailer } = options
  if (trailer !== null) {
    const value = await readTrailer(reader, trailer)
    if (signatures) signatures.trailer(await readTrailer(reader, 'x-amz-trailer-signature'), trailer, value)
    options.onTrailer(value)
  }
  // Some clients leave out the empty line at the very end.
  if (!(await reader.atEnd()) && (await reader.line(LINE_BYTES_MAX)) !== '') throw new S3Error('MalformedTrailerError')
  if (!(await reader.atEnd())) throw new S3Error('InvalidRequest', 'Something follows the last chunk.')
}

/**
 * The bytes of an `aws-chunked` body. They are handed on as they arrive, before the signature of their chunk is known to
 * be right: whoever keeps them must not until the end.
 * @throws S3Error SignatureDoesNotMatch, IncompleteBody, MalformedTrailerError or InvalidRequest
 */
export async function* decodeChunks(source: AsyncIterable<Buffer>, options: ChunkedOptions): AsyncGenerator<Buffer> {
  const reader = new ByteReader(source)
  const signatures = options.signed ? new ChunkSignatures(options.signed) : null
  let total = 0
  for (;;) {
    const { size, signature } = chunkHead(await reader.line(LINE_BYTES_MAX), signatures !== null)
    total += size
    if (total > options.length) throw new S3Error('InvalidRequest', 'The body is longer than announced.')
    const hash = signatures ? createHash('sha256') : null
    for (let left = size; left > 0;) {
      const bytes = await reader.some(left)
      left -= bytes.length
      hash?.update(bytes)
      yield bytes
    }
    if (hash) signatures?.chunk(signature, hash.digest('hex'))
    if (size === 0) break
    if ((await reader.line(0)) !== '') throw new S3Error('InvalidRequest', 'A chunk is longer than it says.')
  }
  await readEnd(reader, options, signatures)
  if (total !== options.length) throw new S3Error('IncompleteBody')
}
