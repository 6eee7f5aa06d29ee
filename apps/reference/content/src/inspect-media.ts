import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { type ImageSize, inspectUpload } from '@greengate/kit/edge'
import type { Input as MediaInput } from 'mediabunny'
import { CONTENT_TYPES, type ContentType, SIDE_MAX } from './media-kinds.ts'

/** What an object has to be. */
export interface ExpectedMedia {
  readonly content_type: ContentType
  /** Bytes. */
  readonly size: number
  /** In hex. */
  readonly sha256: string
}

export type MediaFinding =
  | { readonly ok: true; readonly width: number; readonly height: number }
  /** It is something else; `problem` is for people. */
  | { readonly ok: false; readonly field: 'content_type' | 'size' | 'sha256' | 'content'; readonly problem: string }

/** The object did not arrive: that says nothing about what it is. */
export class MediaUnreadError extends Error {
  override readonly name = 'MediaUnreadError'
}

const READ_TIMEOUT_MS = 45_000
const MEASURE_TIMEOUT_MS = 10_000

function wrong(field: 'content_type' | 'size' | 'sha256' | 'content', problem: string): MediaFinding {
  return { ok: false, field, problem }
}

/**
 * Reads an object to its end, into a file that is gone afterwards, and says whether it is what it has to be: by its
 * bytes, whatever it is called. Memory stays small however large it is.
 * @param body destroyed in any case
 * @throws MediaUnreadError when it did not arrive completely; what the file system says, when it can't be written
 */
export async function inspectMedia(
  body: Readable,
  expected: ExpectedMedia,
  signal?: AbortSignal,
): Promise<MediaFinding> {
  let directory: string | null = null
  try {
    directory = await mkdtemp(join(tmpdir(), 'content-media-'))
    const found = await inspectUpload(body, {
      allow: CONTENT_TYPES,
      declaredType: expected.content_type,
      directory,
      bytesMax: expected.size,
      timeoutMs: READ_TIMEOUT_MS,
      ...(signal ? { signal } : {}),
    })
    if (!found.ok) {
      if (found.code === 'incomplete') throw new MediaUnreadError('the object did not arrive', { cause: found.cause })
      if (found.code === 'too_large' || found.code === 'empty') return wrong('size', 'is not what was announced')
      const isKind = found.code === 'kind' || found.code === 'declared_mismatch'
      return wrong(isKind ? 'content_type' : 'content', found.message)
    }
    if (found.bytes !== expected.size) return wrong('size', 'is not what was announced')
    if (found.sha256 !== expected.sha256) return wrong('sha256', 'is not what was announced')
    const size = found.size ?? (found.path === null ? null : await videoSize(found.path))
    if (size === null) return wrong('content', 'holds no picture whose width and height can be told')
    if (size.width > SIDE_MAX || size.height > SIDE_MAX) return wrong('content', `has a side over ${SIDE_MAX} pixels`)
    return { ok: true, width: size.width, height: size.height }
  } finally {
    // Not the inspection's to close: it leaves the answer of a server open.
    body.destroy()
    if (directory !== null) await rm(directory, { recursive: true, force: true })
  }
}

/** As it is shown, turned if it has to be. Null for what has no picture, or is broken. */
async function videoSize(path: string): Promise<ImageSize | null> {
  // Loaded with the first video: it takes 20 MB that readers of texts do not need.
  const { FilePathSource, Input, MP4, WEBM } = await import('mediabunny')
  const input = new Input({
    formats: [MP4, WEBM],
    source: new FilePathSource(path, { handleUnhandledError: () => {} }),
  })
  const late = Promise.withResolvers<null>()
  const timer = setTimeout(() => late.resolve(null), MEASURE_TIMEOUT_MS)
  try {
    return await Promise.race([displaySize(input).catch(() => null), late.promise])
  } finally {
    clearTimeout(timer)
    input.dispose()
  }
}

async function displaySize(input: MediaInput): Promise<ImageSize | null> {
  const track = await input.getPrimaryVideoTrack()
  if (!track) return null
  const [width, height] = await Promise.all([track.getDisplayWidth(), track.getDisplayHeight()])
  return Number.isSafeInteger(width) && Number.isSafeInteger(height) && width > 0 && height > 0
    ? { width, height }
    : null
}
