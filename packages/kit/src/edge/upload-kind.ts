/** Kinds of content that can be told from their bytes, by the media type they are served as. */
export type UploadKind =
  | 'image/png'
  | 'image/jpeg'
  | 'image/gif'
  | 'image/webp'
  | 'image/avif'
  | 'application/pdf'
  | 'application/zip'
  | 'video/mp4'
  | 'video/webm'
  | 'audio/mpeg'
  | 'audio/wav'
  | 'text/plain'
  | 'text/csv'
  | 'image/svg+xml'

/** Extension a file of each kind gets, without a dot. */
export const extensions: Readonly<Record<UploadKind, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/avif': 'avif',
  'application/pdf': 'pdf',
  'application/zip': 'zip',
  'video/mp4': 'mp4',
  'video/webm': 'webm',
  'audio/mpeg': 'mp3',
  'audio/wav': 'wav',
  'text/plain': 'txt',
  'text/csv': 'csv',
  'image/svg+xml': 'svg',
}

/** Other names that browsers declare the same content by. */
const aliases: Readonly<Record<string, UploadKind>> = {
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'audio/mp3': 'audio/mpeg',
  'audio/x-wav': 'audio/wav',
  'audio/wave': 'audio/wav',
  'audio/vnd.wave': 'audio/wav',
  'application/x-zip-compressed': 'application/zip',
  'audio/mp4': 'video/mp4',
  'audio/webm': 'video/webm',
}

/** What `kindOfBytes` needs to see at most; it may be less at the end of a file. */
export const signatureBytes = 4096

/** The kind that a `Content-Type` declares, or null for one that is none of ours. Parameters are ignored. */
export function declaredKind(contentType: string): UploadKind | null {
  const semicolon = contentType.indexOf(';')
  const essence = (semicolon === -1 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase()
  if (isUploadKind(essence)) return essence
  return Object.hasOwn(aliases, essence) ? (aliases[essence] ?? null) : null
}

export function isUploadKind(name: string): name is UploadKind {
  return Object.hasOwn(extensions, name)
}

/** The kind by its first bytes, at offset 0 always; null for text and whatever else has no signature here. */
export function kindOfBytes(head: Uint8Array): Exclude<UploadKind, 'text/plain' | 'text/csv' | 'image/svg+xml'> | null {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, signatureBytes))
  const at = (offset: number, length: number): string => bytes.toString('latin1', offset, offset + length)
  if (at(0, 8) === '\x89PNG\r\n\x1a\n' && at(12, 4) === 'IHDR') return 'image/png'
  if (at(0, 3) === '\xff\xd8\xff') return 'image/jpeg'
  if (at(0, 6) === 'GIF87a' || at(0, 6) === 'GIF89a') return 'image/gif'
  if (at(0, 4) === 'RIFF') {
    if (at(8, 4) === 'WEBP') return 'image/webp'
    return at(8, 4) === 'WAVE' ? 'audio/wav' : null
  }
  if (/^%PDF-[12]\.\d/.test(at(0, 8))) return 'application/pdf'
  if (at(0, 4) === 'PK\x03\x04' || at(0, 4) === 'PK\x05\x06') return 'application/zip'
  if (at(4, 4) === 'ftyp') return kindOfBrands(bytes)
  if (at(0, 4) === '\x1a\x45\xdf\xa3') return isWebm(bytes) ? 'video/webm' : null
  if (at(0, 3) === 'ID3' || isMpegFrame(bytes)) return 'audio/mpeg'
  return null
}

const mp4Brands = /^(?:isom|iso[2-9]|mp4[12]|avc1|dash|M4V |M4A |M4B |MSNV|cmfc|f4v )$/

/** ISO/IEC 14496-12: the first box says what the file can be read as. */
function kindOfBrands(bytes: Buffer): 'image/avif' | 'video/mp4' | null {
  const size = bytes.length >= 4 ? bytes.readUInt32BE(0) : 0
  if (size < 16 || size > signatureBytes) return null
  const brands: string[] = [bytes.toString('latin1', 8, 12)]
  for (let at = 16; at + 4 <= Math.min(size, bytes.length); at += 4) brands.push(bytes.toString('latin1', at, at + 4))
  if (brands[0] === 'avif' || brands[0] === 'avis') return 'image/avif'
  // mif1 is what some encoders put first; heic uses it too, and then does not list avif.
  if (brands[0] === 'mif1' && brands.includes('avif')) return 'image/avif'
  return mp4Brands.test(brands[0] ?? '') ? 'video/mp4' : null
}

/** EBML (RFC 8794): DocType, id 0x4282, says webm; plain Matroska is played by few browsers and refused. */
function isWebm(bytes: Buffer): boolean {
  const docType = bytes.subarray(0, 64).indexOf(Buffer.from([0x42, 0x82]))
  return docType !== -1 && bytes[docType + 2] === 0x84 && bytes.toString('latin1', docType + 3, docType + 7) === 'webm'
}

/** A frame header of MPEG layer III with a bit rate and a sampling rate that exist (ISO/IEC 11172-3). */
function isMpegFrame(bytes: Buffer): boolean {
  const [first = 0, second = 0, third = 0] = bytes
  const bitRate = third >> 4
  return (
    first === 0xff &&
    (second & 0xe0) === 0xe0 &&
    (second & 0x18) !== 0x08 &&
    (second & 0x06) === 0x02 &&
    bitRate !== 0 &&
    bitRate !== 15 &&
    (third & 0x0c) !== 0x0c
  )
}

/** Markup that a browser would take for a page, where the type is not believed. */
const markup =
  /^(?:\uFEFF)?\s{0,512}<(?:!doctype|!--|\?xml|html|head|body|script|iframe|svg|style|title|a|b|p|h1|div|table|font|img|br)[\s>/]/i

/** Whether text begins as a page does, so that it must not pass as plain text. */
export function looksLikeMarkup(head: string): boolean {
  return markup.test(`${head.slice(0, 2048)} `)
}

/** Whether text is an SVG document: its first element is `svg`, after at most a declaration and comments. */
export function looksLikeSvg(head: string): boolean {
  let at = 0
  const text = head.slice(0, 4096).replace(/^\uFEFF/, '')
  for (let i = 0; i < 16; i++) {
    while (at < text.length && /\s/.test(text[at] ?? '')) at += 1
    const closing = text.startsWith('<?xml', at) ? '?>' : text.startsWith('<!--', at) ? '-->' : null
    if (closing === null) return /^<svg[\s>/]/.test(text.slice(at, at + 5))
    const end = text.indexOf(closing, at)
    if (end === -1) return false
    at = end + closing.length
  }
  return false
}
