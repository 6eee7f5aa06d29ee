import { createHash, randomUUID } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { safeFileName } from './file-name.ts'
import { imageKinds, type ImageSize, imageSize } from './image-size.ts'
import {
  declaredKind,
  extensions,
  isUploadKind,
  kindOfBytes,
  looksLikeMarkup,
  looksLikeSvg,
  signatureBytes,
  type UploadKind,
} from './upload-kind.ts'

export interface UploadOptions {
  /** Kinds that are accepted. At least one. */
  readonly allow: readonly UploadKind[]
  /** Default 10 MiB; at most 1 GiB in a file, 64 MiB in memory. */
  readonly bytesMax?: number
  /** What the caller says it is: the part's `Content-Type`. It has to match. Plain text and CSV are told by it alone. */
  readonly declaredType?: string
  /** What the caller calls it. Default: `file`. */
  readonly fileName?: string
  /** Pixels of an image, as its header says them: what a decoder would need memory for. Default 50,000,000. */
  readonly pixelsMax?: number
  /** Existing directory; the content goes into a file of a random name there. Default none: it stays in memory. */
  readonly directory?: string
  /** For all of it to arrive; milliseconds. Default 60,000. */
  readonly timeoutMs?: number
  /** Stops it. */
  readonly signal?: AbortSignal
  /** SVG runs scripts: allowing it takes this too, and serving it the `download` headers. Default false. */
  readonly unsafeSvg?: boolean
}

export type UploadRefusal =
  | 'empty'
  | 'too_large'
  /** Of a kind that is not accepted, or of none that is known. */
  | 'kind'
  /** It is not what it was declared as. */
  | 'declared_mismatch'
  /** It begins right and goes on wrong. */
  | 'malformed'
  /** More pixels than accepted. */
  | 'pixels'
  /** The sender stopped, the time was over, or the signal came. */
  | 'incomplete'

export interface AcceptedUpload {
  readonly ok: true
  /** Serve it as this, with `x-content-type-options: nosniff` always: an image can hold a page as well. */
  readonly kind: UploadKind
  readonly bytes: number
  /** In hex. */
  readonly sha256: string
  /** Safe to show and to offer; not to store under. */
  readonly fileName: string
  /** Of images. */
  readonly size: ImageSize | null
  /** The content, if no directory was given. */
  readonly content: Buffer | null
  /** The file that holds it, if one was. It is yours now. */
  readonly path: string | null
}

export type UploadResult =
  | AcceptedUpload
  | {
      readonly ok: false
      readonly code: UploadRefusal
      /** For the caller. */
      readonly message: string
      readonly cause?: unknown
    }

const mebibyte = 1_048_576
/** Where an image's size has to be: after its colour profile and its notes, which can be long. */
const headBytesMax = 2 * mebibyte

/**
 * Looks at an upload while it arrives: what it is by its bytes, whether that is allowed and what it was said to be, how
 * large it gets and its hash. Stops reading at the first reason to refuse, and leaves nothing then.
 *
 * It tells what a file is, not that it is harmless: macros, viruses and exploits of decoders are for a scanner.
 * @param source bytes, or a stream of them. A stream that is refused is destroyed; a request is only left unread, so that
 * it can still be answered: answer with `connection: close`, or read on what is worth it
 * @throws RangeError for no kind, an unknown one, SVG without `unsafeSvg`, or a limit out of range; what the file system
 * throws; nothing for what an upload holds
 * @example
 * const upload = await inspectUpload(request.raw, { allow: ['image/png', 'image/jpeg'], declaredType, fileName })
 * if (!upload.ok) throw new ServiceError('validation_failed', { message: upload.message })
 */
export async function inspectUpload(
  source: Readable | AsyncIterable<Uint8Array> | Uint8Array,
  options: UploadOptions,
): Promise<UploadResult> {
  const limits = checkOptions(options)
  const timer = new AbortController()
  const timeout = setTimeout(() => timer.abort(), limits.timeoutMs)
  const signal = options.signal ? AbortSignal.any([timer.signal, options.signal]) : timer.signal
  const stream = source instanceof Readable ? source : Readable.from(source instanceof Uint8Array ? [source] : source)
  const sink = options.directory === undefined ? new MemorySink() : await FileSink.open(options.directory)
  let kept = false
  try {
    const result = await inspect(stream, signal, sink, new Inspection(options, limits))
    kept = result.ok
    return result
  } finally {
    clearTimeout(timeout)
    stream.on('error', () => undefined)
    // Destroying a request closes its connection, and the answer with it.
    if (!(stream instanceof IncomingMessage)) stream.destroy()
    if (!kept) await sink.discard()
  }
}

interface Limits {
  readonly bytesMax: number
  readonly pixelsMax: number
  readonly timeoutMs: number
}

function checkOptions(options: UploadOptions): Limits {
  if (options.allow.length === 0) throw new RangeError('allow names no kind: nothing could be uploaded')
  for (const kind of options.allow) {
    if (!isUploadKind(kind)) throw new RangeError(`${String(kind)} is not a kind that can be told`)
  }
  if (options.allow.includes('image/svg+xml') && options.unsafeSvg !== true)
    throw new RangeError('image/svg+xml runs scripts; allowing it takes unsafeSvg: true')
  const bytesHighest = options.directory === undefined ? 64 * mebibyte : 1024 * mebibyte
  return {
    bytesMax: bounded('bytesMax', options.bytesMax ?? 10 * mebibyte, bytesHighest),
    pixelsMax: bounded('pixelsMax', options.pixelsMax ?? 50_000_000, 10_000_000_000),
    timeoutMs: bounded('timeoutMs', options.timeoutMs ?? 60_000, 3_600_000),
  }
}

function bounded(name: string, value: number, max: number): number {
  if (!Number.isInteger(value) || value < 1 || value > max)
    throw new RangeError(`${name} is ${value}; expected a whole number from 1 to ${max}`)
  return value
}

async function inspect(
  stream: Readable,
  signal: AbortSignal,
  sink: Sink,
  inspection: Inspection,
): Promise<UploadResult> {
  const chunks: AsyncIterator<unknown> = stream.iterator({ destroyOnReturn: false })
  try {
    for (;;) {
      const { done, value: chunk } = await nextChunk(chunks, signal)
      if (done) break
      if (!(chunk instanceof Uint8Array)) throw new TypeError('an upload is a stream of bytes; set no encoding on it')
      const refusal = inspection.take(chunk)
      if (refusal) return refusal
      await sink.write(chunk)
    }
  } catch (error) {
    // A broken disk or a stream of the wrong kind is ours; a broken stream is the sender's.
    if (error instanceof TypeError || error instanceof SinkError) throw error
    return { ...refuse('incomplete', 'The upload did not arrive completely.'), cause: error }
  }
  const accepted = inspection.end()
  return accepted.ok ? { ...accepted, ...(await sink.finish()) } : accepted
}

/** The next chunk, unless the signal comes first. */
async function nextChunk(chunks: AsyncIterator<unknown>, signal: AbortSignal): Promise<IteratorResult<unknown>> {
  signal.throwIfAborted()
  const called = Promise.withResolvers<never>()
  const stop = (): void => called.reject(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  const next = chunks.next()
  // Of two that fail one is looked at; the other must not end the process.
  next.catch(() => undefined)
  try {
    return await Promise.race([next, called.promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

type Refused = UploadResult & { readonly ok: false }

function refuse(code: UploadRefusal, message: string): Refused {
  return { ok: false, code, message }
}

/** What is known of an upload so far. */
class Inspection {
  readonly #options: UploadOptions
  readonly #limits: Limits
  readonly #hash = createHash('sha256')
  readonly #head: Buffer[] = []
  #headLength = 0
  #bytes = 0
  #kind: UploadKind | null = null
  #text: TextCheck | null = null

  constructor(options: UploadOptions, limits: Limits) {
    this.#options = options
    this.#limits = limits
  }

  take(chunk: Uint8Array): Refused | null {
    this.#bytes += chunk.length
    if (this.#bytes > this.#limits.bytesMax)
      return refuse('too_large', `The file is larger than ${this.#limits.bytesMax} bytes.`)
    this.#hash.update(chunk)
    const room = headBytesMax - this.#headLength
    if (room > 0 && (this.#kind === null || imageKinds.has(this.#kind))) {
      const part = Buffer.from(chunk.subarray(0, room))
      this.#head.push(part)
      this.#headLength += part.length
    }
    if (this.#kind !== null) return this.#text?.take(chunk) ?? null
    return this.#bytes >= signatureBytes ? this.#decide() : null
  }

  end(): Refused | Omit<AcceptedUpload, 'content' | 'path'> {
    if (this.#bytes === 0) return refuse('empty', 'The file is empty.')
    const undecided = this.#kind === null ? this.#decide() : null
    if (undecided) return undecided
    const kind = this.#kind
    if (kind === null) return refuse('kind', 'The file is of no kind that is known here.')
    const broken = this.#text?.end() ?? null
    if (broken) return broken
    const size = imageKinds.has(kind) ? imageSize(kind, Buffer.concat(this.#head)) : null
    if (imageKinds.has(kind) && size === null) return refuse('malformed', 'The image does not say how large it is.')
    if (size && size.width * size.height > this.#limits.pixelsMax)
      return refuse('pixels', `The image has more than ${this.#limits.pixelsMax} pixels.`)
    const fileName = safeFileName(this.#options.fileName ?? 'file', { extension: extensions[kind] })
    return { ok: true, kind, bytes: this.#bytes, sha256: this.#hash.digest('hex'), fileName, size }
  }

  #decide(): Refused | null {
    const head = Buffer.concat(this.#head)
    const { declaredType } = this.#options
    const declared = declaredType === undefined ? null : declaredKind(declaredType)
    const kind = kindOfBytes(head) ?? this.#textKind(head, declared)
    if (kind === null || !this.#options.allow.includes(kind))
      return refuse('kind', `The file is none of ${this.#options.allow.join(', ')}.`)
    if (declaredType !== undefined && declared !== kind)
      return refuse('declared_mismatch', `The file is ${kind}, not what it was declared as.`)
    this.#kind = kind
    if (kind !== 'text/plain' && kind !== 'text/csv' && kind !== 'image/svg+xml') return null
    this.#text = new TextCheck(kind === 'image/svg+xml')
    return this.#text.take(head)
  }

  /** Text has no signature: it is what it was declared as, if it is text and no page. */
  #textKind(head: Buffer, declared: UploadKind | null): UploadKind | null {
    const text = head.subarray(0, signatureBytes).toString('utf8')
    if (looksLikeSvg(text)) return 'image/svg+xml'
    return (declared === 'text/plain' || declared === 'text/csv') && !looksLikeMarkup(text) ? declared : null
  }
}

/** Text is UTF-8 without control characters but those of lines and columns. */
class TextCheck {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })
  readonly #isSvg: boolean
  #tail = ''

  constructor(isSvg: boolean) {
    this.#isSvg = isSvg
  }

  take(chunk: Uint8Array): Refused | null {
    return this.#check(() => this.#decoder.decode(chunk, { stream: true }))
  }

  end(): Refused | null {
    return this.#check(() => this.#decoder.decode())
  }

  #check(decode: () => string): Refused | null {
    let text: string
    try {
      text = decode()
    } catch (cause) {
      return { ...refuse('malformed', 'The text is not UTF-8.'), cause }
    }
    if (/[\p{Cc}--[\t\n\f\r\x85]]/v.test(text)) return refuse('malformed', 'The text holds control characters.')
    if (!this.#isSvg) return null
    // Entities multiply and read files; a declaration may be cut in two by the chunks.
    const seen = this.#tail + text
    this.#tail = seen.slice(-16)
    return /<!(?:DOCTYPE|ENTITY)/i.test(seen) ? refuse('malformed', 'The SVG declares a document type.') : null
  }
}

/** Where the content goes. */
interface Sink {
  write(chunk: Uint8Array): Promise<void>
  finish(): Promise<Pick<AcceptedUpload, 'content' | 'path'>>
  /** Removes whatever was written. */
  discard(): Promise<void>
}

class SinkError extends Error {
  override readonly name = 'SinkError'
}

class MemorySink implements Sink {
  readonly #chunks: Uint8Array[] = []

  async write(chunk: Uint8Array): Promise<void> {
    this.#chunks.push(chunk)
  }

  async finish() {
    return { content: Buffer.concat(this.#chunks), path: null }
  }

  async discard(): Promise<void> {
    this.#chunks.length = 0
  }
}

class FileSink implements Sink {
  readonly #path: string
  readonly #file: Awaited<ReturnType<typeof open>>

  private constructor(path: string, file: Awaited<ReturnType<typeof open>>) {
    this.#path = path
    this.#file = file
  }

  static async open(directory: string): Promise<FileSink> {
    const path = join(directory, `${randomUUID()}.upload`)
    // Never one that exists, and nobody else's to read.
    return new FileSink(path, await open(path, 'wx', 0o600))
  }

  async write(chunk: Uint8Array): Promise<void> {
    try {
      await this.#file.writeFile(chunk)
    } catch (cause) {
      throw new SinkError('an upload could not be written', { cause })
    }
  }

  async finish() {
    try {
      await this.#file.sync()
      await this.#file.close()
    } catch (cause) {
      throw new SinkError('an upload could not be written', { cause })
    }
    return { content: null, path: this.#path }
  }

  async discard(): Promise<void> {
    await this.#file.close().catch(() => undefined)
    await rm(this.#path, { force: true })
  }
}
