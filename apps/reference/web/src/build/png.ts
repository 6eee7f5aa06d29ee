import { deflateSync } from 'node:zlib'

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value >>> 0
})

function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff
  for (const byte of bytes) value = (CRC_TABLE[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8)
  return (value ^ 0xffffffff) >>> 0
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(data.length, 0)
  body.copy(framed, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}

/**
 * A PNG (https://www.w3.org/TR/png-3/) of RGBA pixels, eight bits each, row by row.
 * @throws RangeError when there are not `width` times `height` pixels
 */
export function pngOf(width: number, height: number, pixels: Uint8Array): Buffer {
  if (pixels.length !== width * height * 4)
    throw new RangeError(`${pixels.length} bytes are not ${width} x ${height} pixels`)
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  // Depth 8, colour with alpha; compression, filter and order have one value that is in use.
  header.set([8, 6, 0, 0, 0], 8)
  const line = width * 4
  const rows = Buffer.alloc(height * (line + 1))
  for (let row = 0; row < height; row += 1)
    rows.set(pixels.subarray(row * line, (row + 1) * line), row * (line + 1) + 1)
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}
