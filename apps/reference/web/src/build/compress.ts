import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const brotli = promisify(brotliCompress)
const zip = promisify(gzip)

/** Below this a compressed answer saves no packet. */
const WORTH_BYTES = 512
const TEXT = /\.(?:js|css|svg|webmanifest|json|txt|xml|html)$/

export interface Compressed {
  readonly br: Buffer | null
  readonly gz: Buffer | null
}

/** The smallest forms of a file, or null where there is nothing to gain. */
export async function compressed(name: string, bytes: Buffer): Promise<Compressed> {
  if (!TEXT.test(name) || bytes.length < WORTH_BYTES) return { br: null, gz: null }
  const [br, gz] = await Promise.all([
    brotli(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
    zip(bytes, { level: 9 }),
  ])
  return { br: br.length < bytes.length ? br : null, gz: gz.length < bytes.length ? gz : null }
}
