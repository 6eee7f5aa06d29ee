import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

export type Encoding = 'br' | 'gzip' | 'identity'

const brotli = promisify(brotliCompress)
const zip = promisify(gzip)

/** Half a millisecond for a page; the best level would take thirty times as long for a tenth less. */
const BROTLI_QUALITY = 5
const GZIP_LEVEL = 6
/** Below this an answer fits into one packet anyway. */
const WORTH_BYTES = 1024

/** The best of what an Accept-Encoding header (RFC 9110, 12.5.3) lets through; without one: as it is. */
export function acceptedEncoding(header: string | undefined): Encoding {
  const accepted = new Set<string>()
  for (const part of (header ?? '').slice(0, 1000).toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((one) => one.trim())
    if (!parameters.some((one) => /^q=0(?:\.0*)?$/.test(one))) accepted.add(name)
  }
  return accepted.has('br') ? 'br' : accepted.has('gzip') ? 'gzip' : 'identity'
}

/** Whether somebody looks at the answer in a browser. */
export function asksForPage(accept: string | undefined): boolean {
  return (accept ?? '').includes('text/html')
}

export interface EncodedBody {
  readonly body: Buffer
  readonly headers: Readonly<Record<string, string>>
}

/** A text as it goes over the wire. */
export async function encoded(text: string, accept: string | undefined): Promise<EncodedBody> {
  const bytes = Buffer.from(text)
  const encoding = bytes.length < WORTH_BYTES ? 'identity' : acceptedEncoding(accept)
  const headers = { vary: 'Accept-Encoding' }
  switch (encoding) {
    case 'identity':
      return { body: bytes, headers }
    case 'gzip':
      return { body: await zip(bytes, { level: GZIP_LEVEL }), headers: { ...headers, 'content-encoding': 'gzip' } }
    case 'br': {
      const params = {
        [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      }
      return { body: await brotli(bytes, { params }), headers: { ...headers, 'content-encoding': 'br' } }
    }
  }
}
