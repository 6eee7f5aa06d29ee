/** Small files of every kind, built byte by byte, for the tests of uploads. */
import { crc32, deflateSync } from 'node:zlib'
import type { UploadKind } from './upload-kind.ts'

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1')
const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
const uint16 = (value: number): Buffer => uint32(value).subarray(2)
const little32 = (value: number): Buffer => Buffer.from(uint32(value)).reverse()
const little16 = (value: number): Buffer => Buffer.from(uint16(value)).reverse()

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([ascii(type), data])
  return Buffer.concat([uint32(data.length), body, uint32(crc32(body))])
}

export function png(width: number, height: number): Buffer {
  const header = Buffer.concat([uint32(width), uint32(height), Buffer.from([8, 0, 0, 0, 0])])
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(Buffer.alloc(8))),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
}

/** With so many bytes of notes before the frame header, as cameras write. */
export function jpeg(width: number, height: number, notesBytes = 100): Buffer {
  const segments: Buffer[] = []
  for (let left = notesBytes; left > 0; left -= 60_000) {
    const length = Math.min(left, 60_000)
    segments.push(Buffer.from([0xff, 0xe1]), uint16(length + 2), Buffer.alloc(length, 0x20))
  }
  const frame = Buffer.concat([Buffer.from([8]), uint16(height), uint16(width), Buffer.from([1, 1, 0x11, 0])])
  return Buffer.concat([
    Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]),
    ascii('JFIF\0'),
    Buffer.from([1, 1, 0, 0, 1, 0, 1, 0, 0]),
    ...segments,
    Buffer.from([0xff, 0xc4, 0, 4, 0, 0]),
    Buffer.from([0xff, 0xff, 0xc2]),
    uint16(frame.length + 2),
    frame,
    Buffer.from([0xff, 0xda, 0, 8, 1, 1, 0, 0, 0x3f, 0, 0xff, 0xd9]),
  ])
}

export function gif(width: number, height: number, tail = ''): Buffer {
  return Buffer.concat([
    ascii('GIF89a'),
    little16(width),
    little16(height),
    Buffer.from([0, 0, 0]),
    ascii(tail),
    ascii(';'),
  ])
}

function riff(type: string, data: Buffer): Buffer {
  return Buffer.concat([ascii('RIFF'), little32(data.length + 4), ascii(type), data])
}

export function webp(width: number, height: number, form: 'VP8 ' | 'VP8L' | 'VP8X'): Buffer {
  const data = {
    'VP8 ': Buffer.concat([
      Buffer.from([0x10, 0, 0, 0x9d, 0x01, 0x2a]),
      little16(width),
      little16(height),
      Buffer.alloc(4),
    ]),
    VP8L: Buffer.concat([Buffer.from([0x2f]), little32((width - 1) | ((height - 1) << 14)), Buffer.alloc(9)]),
    VP8X: Buffer.concat([
      Buffer.alloc(4),
      little32(width - 1).subarray(0, 3),
      little32(height - 1).subarray(0, 3),
      Buffer.alloc(4),
    ]),
  }[form]
  return riff('WEBP', Buffer.concat([ascii(form), little32(data.length), data]))
}

export function box(type: string, ...content: Buffer[]): Buffer {
  const data = Buffer.concat(content)
  return Buffer.concat([uint32(data.length + 8), ascii(type), data])
}

const ispe = (width: number, height: number): Buffer => box('ispe', Buffer.alloc(4), uint32(width), uint32(height))

/** Pictures of these sizes in one file, as a photo with its thumbnail. */
export function avif(...sizes: readonly (readonly [number, number])[]): Buffer {
  const properties = box('ipco', ...sizes.map(([width, height]) => ispe(width, height)))
  const meta = box(
    'meta',
    Buffer.alloc(4),
    box('hdlr', Buffer.alloc(24)),
    box('iprp', properties, box('ipma', Buffer.alloc(8))),
  )
  return Buffer.concat([
    box('ftyp', ascii('avif'), Buffer.alloc(4), ascii('mif1avif')),
    meta,
    box('mdat', Buffer.from('picture')),
  ])
}

/** One of each, but SVG, which is refused unless asked for. */
export const samples: Readonly<Record<Exclude<UploadKind, 'image/svg+xml'>, Buffer>> = {
  'image/png': png(3, 2),
  'image/jpeg': jpeg(3, 2),
  'image/gif': gif(3, 2),
  'image/webp': webp(3, 2, 'VP8L'),
  'image/avif': avif([3, 2]),
  'application/pdf': ascii('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n'),
  'application/zip': Buffer.concat([
    ascii('PK\x03\x04'),
    Buffer.from([20, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    Buffer.alloc(12),
    little16(5),
    little16(0),
    ascii('a.txt'),
    ascii('PK\x05\x06'),
    Buffer.alloc(18),
  ]),
  'video/mp4': Buffer.concat([box('ftyp', ascii('isom'), Buffer.alloc(4), ascii('isomiso2avc1mp41')), box('moov')]),
  'video/webm': Buffer.concat([
    Buffer.from([0x1a, 0x45, 0xdf, 0xa3, 0x9f, 0x42, 0x86, 0x81, 0x01, 0x42, 0xf7, 0x81, 0x01, 0x42, 0xf2, 0x81, 0x04]),
    Buffer.from([0x42, 0xf3, 0x81, 0x08, 0x42, 0x82, 0x84]),
    ascii('webm'),
    Buffer.from([0x42, 0x87, 0x81, 0x02, 0x42, 0x85, 0x81, 0x02]),
  ]),
  'audio/mpeg': Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0x64]), Buffer.alloc(413)]),
  'audio/wav': riff('WAVE', Buffer.concat([ascii('fmt '), little32(16), Buffer.alloc(16), ascii('data'), little32(0)])),
  'text/plain': Buffer.from('Grüße\n1 < 2\n'),
  'text/csv': Buffer.from('name,quantity\r\nBär,2\r\n'),
}
