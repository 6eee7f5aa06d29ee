import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { S3Error } from './s3-error.ts'

/** The checksums S3 knows that this store verifies and keeps; the value is the number of bytes. */
export const CHECKSUM_BYTES = { crc32: 4, crc32c: 4, sha1: 20, sha256: 32 } as const
export type ChecksumAlgorithm = keyof typeof CHECKSUM_BYTES

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm
  /** Base64. */
  readonly value: string
}

/** A digest that is fed as bytes arrive. */
export interface RunningDigest {
  update(chunk: Uint8Array): void
  digest(): Buffer
}

// Castagnoli, reflected, a byte at a time.
const CRC32C_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc >>> 0
})

function crc32c(chunk: Uint8Array, before: number): number {
  let crc = ~before >>> 0
  for (const byte of chunk) crc = (CRC32C_TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8)
  return ~crc >>> 0
}

function crcDigest(step: (chunk: Uint8Array, before: number) => number): RunningDigest {
  let crc = 0
  return {
    update: (chunk) => {
      crc = step(chunk, crc)
    },
    digest: () => {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32BE(crc)
      return bytes
    },
  }
}

export function runningDigest(algorithm: ChecksumAlgorithm | 'md5'): RunningDigest {
  switch (algorithm) {
    case 'crc32':
      return crcDigest((chunk, before) => crc32(chunk, before))
    case 'crc32c':
      return crcDigest(crc32c)
    case 'md5':
    case 'sha1':
    case 'sha256': {
      const hash = createHash(algorithm)
      return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest() }
    }
  }
}

/** The bytes of strict base64, null for anything else: a lenient reader would take two texts for one checksum. */
export function fromBase64(text: string, bytes: number): Buffer | null {
  const decoded = Buffer.from(text, 'base64')
  return decoded.length === bytes && decoded.toString('base64') === text ? decoded : null
}

/**
 * `x-amz-checksum-crc32` to `crc32`.
 * @throws S3Error NotImplemented for one that could not be verified here
 */
export function checksumAlgorithm(header: string): ChecksumAlgorithm {
  const name = header.slice('x-amz-checksum-'.length)
  if (Object.hasOwn(CHECKSUM_BYTES, name)) return name as ChecksumAlgorithm
  throw new S3Error('NotImplemented', `This store does not verify ${header}.`)
}

const NOT_VALUES = new Set(['x-amz-checksum-mode', 'x-amz-checksum-algorithm', 'x-amz-checksum-type'])

/**
 * The one checksum that headers carry, if they do.
 * @throws S3Error InvalidRequest for two, or for one that is not base64 of its length
 */
export function checksumIn(headers: ReadonlyMap<string, string>): Checksum | null {
  const names = [...headers.keys()].filter((name) => name.startsWith('x-amz-checksum-') && !NOT_VALUES.has(name))
  const [name] = names
  if (name === undefined) return null
  if (names.length > 1) throw new S3Error('InvalidRequest', 'One x-amz-checksum-* header at the most.')
  const algorithm = checksumAlgorithm(name)
  const value = headers.get(name) ?? ''
  if (!fromBase64(value, CHECKSUM_BYTES[algorithm]))
    throw new S3Error('InvalidRequest', `${name} is not the base64 of ${CHECKSUM_BYTES[algorithm]} bytes.`)
  return { algorithm, value }
}
