import type { UploadKind } from './upload-kind.ts'

/** Pixels of an image as its header has them; of an animation, of its canvas. */
export interface ImageSize {
  readonly width: number
  readonly height: number
}

/** Kinds whose size is read. */
export const imageKinds: ReadonlySet<UploadKind> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
])

/**
 * The size in an image's header, without decoding anything: what decides how much memory a decoder will take. Null when
 * the header is broken or not within `head`. Never throws, and reads each byte a few times at most.
 */
export function imageSize(kind: UploadKind, head: Uint8Array): ImageSize | null {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  const size = readSize(kind, bytes)
  return size !== null && size.width > 0 && size.height > 0 ? size : null
}

function readSize(kind: UploadKind, bytes: Buffer): ImageSize | null {
  switch (kind) {
    case 'image/png':
      return bytes.length < 24 ? null : { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
    case 'image/gif':
      return gifSize(bytes)
    case 'image/webp':
      return webpSize(bytes)
    case 'image/jpeg':
      return jpegSize(bytes)
    case 'image/avif':
      return avifSize(bytes)
    case 'application/pdf':
    case 'application/zip':
    case 'video/mp4':
    case 'video/webm':
    case 'audio/mpeg':
    case 'audio/wav':
    case 'text/plain':
    case 'text/csv':
    case 'image/svg+xml':
      return null
  }
}

/** RFC 9649. */
function webpSize(bytes: Buffer): ImageSize | null {
  if (bytes.length < 30) return null
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8X':
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 }
    case 'VP8L': {
      if (bytes[20] !== 0x2f) return null
      const bits = bytes.readUInt32LE(21)
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
    }
    case 'VP8 ':
      if (bytes.readUIntBE(23, 3) !== 0x9d012a) return null
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff }
    default:
      return null
  }
}

/** ITU T.81: segments up to the frame header, which is any of SOF0 to SOF15 but DHT, JPG and DAC. */
function jpegSize(bytes: Buffer): ImageSize | null {
  let at = 2
  while (at + 9 < bytes.length) {
    if (bytes[at] !== 0xff) return null
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xff) {
      at += 1
      continue
    }
    // Start of scan before any frame header, end of image, or a marker that has no place here.
    if (marker === 0xda || marker === 0xd9 || marker === 0xd8 || marker === 0) return null
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc)
      return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) }
    const length = bytes.readUInt16BE(at + 2)
    if (length < 2) return null
    at += 2 + length
  }
  return null
}

/**
 * GIF89a: the canvas, and the frames in front of it, for a frame may be larger than the canvas and some decoders make
 * room for it. Frames beyond what was read are not seen.
 */
function gifSize(bytes: Buffer): ImageSize | null {
  if (bytes.length < 13) return null
  let width = bytes.readUInt16LE(6)
  let height = bytes.readUInt16LE(8)
  let at = 13 + colorTableBytes(bytes[10] ?? 0)
  while (at < bytes.length) {
    const block = bytes[at]
    if (block === 0x2c && at + 10 <= bytes.length) {
      width = Math.max(width, bytes.readUInt16LE(at + 1) + bytes.readUInt16LE(at + 5))
      height = Math.max(height, bytes.readUInt16LE(at + 3) + bytes.readUInt16LE(at + 7))
      at = afterSubBlocks(bytes, at + 11 + colorTableBytes(bytes[at + 9] ?? 0))
    } else if (block === 0x21) at = afterSubBlocks(bytes, at + 2)
    else break
  }
  return { width, height }
}

function colorTableBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 0x07) + 1)
}

function afterSubBlocks(bytes: Buffer, from: number): number {
  let at = from
  while (at < bytes.length && bytes[at] !== 0) at += 1 + (bytes[at] ?? 0)
  return at + 1
}

interface Box {
  readonly type: string
  /** Where its content is. */
  readonly from: number
  readonly to: number
}

const boxesMax = 4096

/**
 * ISO/IEC 23008-12: every picture of a file has an `ispe` box in meta/iprp/ipco, every sequence a `tkhd` in moov/trak;
 * the largest counts, so that a small thumbnail hides no large picture. What a decoder would read otherwise, a second
 * `meta` for instance, is refused.
 */
function avifSize(bytes: Buffer): ImageSize | null {
  const top = boxesIn(bytes, 0, bytes.length, true)
  const metas = top?.filter(({ type }) => type === 'meta') ?? []
  const movies = top?.filter(({ type }) => type === 'moov') ?? []
  const isSequence = bytes.toString('latin1', 8, 12) === 'avis'
  if (metas.length > 1 || movies.length > 1 || (isSequence ? movies : metas).length === 0) return null
  const sizes: ImageSize[] = []
  for (const meta of metas) {
    // A meta box has four bytes of version and flags in front of what it holds.
    for (const { from, to } of descend(bytes, { ...meta, from: meta.from + 4 }, ['iprp', 'ipco', 'ispe']) ?? []) {
      if (to - from < 12) return null
      sizes.push({ width: bytes.readUInt32BE(from + 4), height: bytes.readUInt32BE(from + 8) })
    }
  }
  for (const movie of movies) {
    for (const { from, to } of descend(bytes, movie, ['trak', 'tkhd']) ?? []) {
      if (to - from < 84) return null
      // Fixed-point numbers of 16 and 16 bits.
      sizes.push({ width: bytes.readUInt16BE(to - 8), height: bytes.readUInt16BE(to - 4) })
    }
  }
  return sizes.reduce<ImageSize | null>(
    (largest, size) => (largest && largest.width * largest.height >= size.width * size.height ? largest : size),
    null,
  )
}

/** All boxes at the end of a path; null if one on the way is broken. */
function descend(bytes: Buffer, root: Box, path: readonly string[]): readonly Box[] | null {
  let level: readonly Box[] = [root]
  for (const type of path) {
    const next: Box[] = []
    for (const { from, to } of level) {
      const boxes = boxesIn(bytes, from, to, false)
      if (boxes === null) return null
      next.push(...boxes.filter((inner) => inner.type === type))
    }
    level = next
  }
  return level
}

/** The boxes of a stretch; null if one has an impossible size, or goes on beyond its end where that may not be. */
function boxesIn(bytes: Buffer, from: number, end: number, isTop: boolean): readonly Box[] | null {
  const boxes: Box[] = []
  let at = from
  while (at + 8 <= end) {
    const short = bytes.readUInt32BE(at)
    const isLong = short === 1
    if (isLong && at + 16 > end) return null
    const head = isLong ? 16 : 8
    const size = isLong ? Number(bytes.readBigUInt64BE(at + 8)) : short === 0 ? end - at : short
    if (size < head || boxes.length === boxesMax || (!isTop && at + size > end)) return null
    // Of the file only its beginning is here: what does not fit cannot be looked into.
    if (at + size > end) return boxes
    boxes.push({ type: bytes.toString('latin1', at + 4, at + 8), from: at + head, to: at + size })
    at += size
  }
  return boxes
}
