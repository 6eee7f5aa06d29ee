import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { createServer, request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { fileTypeFromBuffer } from 'file-type'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { imageKinds, imageSize } from './image-size.ts'
import { inspectUpload, type UploadKind, type UploadOptions } from './index.ts'
import { extensions, isUploadKind, kindOfBytes } from './upload-kind.ts'
import { avif, box, gif, jpeg, png, samples, webp } from './testing-upload-samples.ts'

const every = Object.keys(samples).filter(isUploadKind)
const inspect = (source: Parameters<typeof inspectUpload>[0], options: Partial<UploadOptions> = {}) =>
  inspectUpload(source, { allow: every, ...options })
const codeOf = async (...given: Parameters<typeof inspect>): Promise<string> => {
  const result = await inspect(...given)
  return result.ok ? 'ok' : result.code
}

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'uploads-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

describe('the kind', () => {
  it.each(Object.entries(samples))('%s is told by its bytes', async (kind, content) => {
    const result = await inspect(content, { declaredType: `${kind}; charset=utf-8`, fileName: 'mine.exe' })
    expect(result).toMatchObject({
      ok: true,
      kind,
      bytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
      fileName: `mine.${extensions[kind as UploadKind]}`,
      path: null,
    })
    expect(result.ok && result.content?.equals(content)).toBe(true)
  })

  // Another implementation's opinion, on the samples and on bytes changed at random.
  it('agrees with the file-type package', async () => {
    for (const [kind, content] of Object.entries(samples)) {
      if (kind.startsWith('text/')) continue
      expect((await fileTypeFromBuffer(content))?.mime, kind).toBe(kind)
    }
    const contents = Object.values(samples)
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...contents),
        fc.nat(15),
        fc.integer({ min: 1, max: 255 }),
        async (content, at, flip) => {
          const changed = Buffer.from(content)
          if (at >= changed.length) return
          changed[at] = (changed[at] ?? 0) ^ flip
          const kind = kindOfBytes(changed)
          if (kind === null) return
          // Where we name a kind it names the same; where it is more exact (another brand, APNG), ours is the family.
          const theirs = (await fileTypeFromBuffer(changed).catch(() => undefined))?.mime
          expect([kind, undefined, ...(families[kind] ?? [])]).toContain(theirs)
        },
      ),
    )
  })

  it.each<[string, Buffer]>([
    ['HTML', Buffer.from('<!DOCTYPE html><script>alert(1)</script>')],
    ['HTML without a head', Buffer.from('  \n<script>alert(1)</script>')],
    ['a program', Buffer.from('MZ\x90\x00\x03\x00\x00\x00', 'latin1')],
    ['ELF', Buffer.from('\x7fELF\x02\x01\x01', 'latin1')],
    ['a script', Buffer.from('#!/bin/sh\n\x00')],
    ['a document with macros', Buffer.from('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', 'latin1')],
    ['an image that begins later', Buffer.concat([Buffer.from(' '), png(1, 1)])],
    ['HEIC', Buffer.concat([box('ftyp', Buffer.from('heic\0\0\0\0mif1heic')), Buffer.alloc(100)])],
    ['a PNG without its header', Buffer.concat([png(1, 1).subarray(0, 8), png(1, 1).subarray(33)])],
    ['Matroska', Buffer.from('1a45dfa39342828' + '86d6174726f736b61', 'hex')],
    ['EBML of another kind', Buffer.from('1a45dfa3934282846162636400000000', 'hex')],
    ['XML', Buffer.from('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a/>')],
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')],
    ['SVG after a comment', Buffer.from('\uFEFF<?xml version="1.0"?>\n<!-- a -->\n<svg onload="alert(1)"/>')],
    ['a sound of no layer', Buffer.from([0xff, 0xff, 0xff, 0xff])],
  ])('%s is refused, whatever it is declared as', async (_name, content) => {
    for (const declaredType of ['image/png', 'text/plain', 'text/csv', 'image/svg+xml', 'text/html', ''])
      expect(await codeOf(content, { declaredType })).toMatch(/^(?:kind|malformed)$/)
    expect(await codeOf(content)).toBe('kind')
  })

  it('has to be one of those allowed, and the one declared', async () => {
    expect(await codeOf(png(1, 1), { allow: ['image/jpeg', 'application/pdf'] })).toBe('kind')
    expect(await codeOf(png(1, 1), { declaredType: 'image/jpeg' })).toBe('declared_mismatch')
    expect(await codeOf(png(1, 1), { declaredType: 'text/html' })).toBe('declared_mismatch')
    expect(await codeOf(png(1, 1), { declaredType: 'application/octet-stream' })).toBe('declared_mismatch')
    expect(await codeOf(png(1, 1), { declaredType: 'constructor' })).toBe('declared_mismatch')
    expect(await codeOf(jpeg(1, 1), { declaredType: 'IMAGE/JPG ; q=1' })).toBe('ok')
    expect(await codeOf(samples['text/csv'])).toBe('kind')
  })

  it('allows SVG only twice over, and without entities', async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')
    await expect(inspect(svg, { allow: ['image/svg+xml'] })).rejects.toThrow(RangeError)
    const options = { allow: ['image/svg+xml'], unsafeSvg: true } as const
    expect(await codeOf(svg, { ...options, declaredType: 'image/svg+xml' })).toBe('ok')
    const prologue = Buffer.from('<?xml version="1.0"?>\n<!-- drawn by hand -->\n<svg/>')
    expect(await codeOf(prologue, { ...options, declaredType: 'image/svg+xml' })).toBe('ok')
    const bomb = ['<svg>', '<!DOC', 'TYPE a [', '<!ENTITY b "c">', ']></svg>'].map((part) => Buffer.from(part))
    expect(await codeOf(Readable.from([Buffer.from(' '.repeat(5000)), ...bomb]), options)).toMatch(/kind|malformed/)
    const late = [Buffer.from(`<svg>${' '.repeat(5000)}`), ...bomb]
    expect(await codeOf(Readable.from(late), options)).toBe('malformed')
  })

  // A page inside an image stays an image: what is served must carry nosniff, as every profile of headers does.
  it('of an image that holds a page is that of the image', async () => {
    const polyglot = gif(1, 1, '<script>alert(1)</script>')
    expect(await inspect(polyglot, { declaredType: 'image/gif' })).toMatchObject({ ok: true, kind: 'image/gif' })
    expect(await codeOf(polyglot, { declaredType: 'text/html' })).toBe('declared_mismatch')
  })

  it('of text is text throughout', async () => {
    const declaredType = 'text/plain'
    const long = Buffer.from('ü'.repeat(10_000))
    const odd = Array.from({ length: 7 }, (_, i) => long.subarray(i * 2859, (i + 1) * 2859))
    expect(await codeOf(Readable.from(odd), { declaredType })).toBe('ok')
    expect(await codeOf(Buffer.concat([long, Buffer.from([0xff])]), { declaredType })).toBe('malformed')
    expect(await codeOf(long.subarray(0, -1), { declaredType })).toBe('malformed')
    expect(await codeOf(Readable.from([long, Buffer.from('a\0b')]), { declaredType })).toBe('malformed')
  })
})

const families: Partial<Record<string, string[]>> = {
  'image/png': ['image/apng'],
  'video/mp4': ['video/x-m4v', 'audio/x-m4a', 'audio/mp4', 'video/quicktime'],
  'application/zip': ['application/x-zip-compressed'],
  'audio/mpeg': ['audio/aac'],
  'image/avif': ['image/avif-sequence'],
}

function gifFrame(width: number, height: number, frameWidth: number, frameHeight: number, left = 0, top = 0): Buffer {
  const frame = Buffer.from([0x21, 0xf9, 4, 0, 0, 0, 0, 0, 0x2c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0x44, 1, 0, 0x3b])
  for (const [at, value] of [left, top, frameWidth, frameHeight].entries()) frame.writeUInt16LE(value, 9 + 2 * at)
  return Buffer.concat([gif(width, height).subarray(0, 13), frame])
}

const brands = avif([1, 1]).subarray(0, 24)
const described = (width: number, height: number): Buffer => avif([width, height]).subarray(24)

function twoMetas(): Buffer {
  return Buffer.concat([brands, described(1, 1), described(60_000, 60_000)])
}

/** Properties outside of `meta`, where no decoder looks, in front of those inside. */
function looseDescription(): Buffer {
  const whole = described(1, 1)
  const loose = whole.subarray(whole.indexOf('iprp') - 4, whole.indexOf('mdat') - 4)
  return Buffer.concat([brands, loose, described(60_000, 60_000)])
}

/** A box with its size in 64 bits, which is easily taken for the end. */
function longBox(): Buffer {
  const long = Buffer.alloc(24)
  long.writeUInt32BE(1)
  long.write('free', 4, 'latin1')
  long.writeBigUInt64BE(24n, 8)
  return Buffer.concat([brands, long, described(60_000, 60_000)])
}

describe('the size of an image', () => {
  it.each<[UploadKind, Buffer]>([
    ['image/png', png(640, 480)],
    ['image/jpeg', jpeg(640, 480)],
    ['image/jpeg', jpeg(640, 480, 700_000)],
    ['image/gif', gif(640, 480)],
    ['image/webp', webp(640, 480, 'VP8 ')],
    ['image/webp', webp(640, 480, 'VP8L')],
    ['image/webp', webp(640, 480, 'VP8X')],
    ['image/avif', avif([640, 480])],
    ['image/avif', avif([64, 48], [640, 480], [32, 24])],
  ])('of %s is read from its header', async (kind, content) => {
    expect(imageSize(kind, content)).toEqual({ width: 640, height: 480 })
    const chunks = Array.from({ length: Math.ceil(content.length / 1000) }, (_, i) =>
      content.subarray(i * 1000, i * 1000 + 1000),
    )
    expect(await inspect(Readable.from(chunks))).toMatchObject({ ok: true, kind, size: { width: 640, height: 480 } })
  })

  it('bounds what a decoder would need', async () => {
    expect(await codeOf(png(60_000, 60_000))).toBe('pixels')
    expect(await codeOf(png(0x7fffffff, 0x7fffffff))).toBe('pixels')
    expect(await codeOf(jpeg(65_535, 65_535))).toBe('pixels')
    expect(await codeOf(avif([10, 10], [60_000, 60_000]))).toBe('pixels')
    expect(await codeOf(png(100, 100), { pixelsMax: 9999 })).toBe('pixels')
    expect(await codeOf(png(100, 100), { pixelsMax: 10_000 })).toBe('ok')
  })

  // Named regressions: a small size in front of the one that a decoder goes by.
  it.each<[string, Buffer]>([
    ['a frame larger than its canvas', gifFrame(1, 1, 60_000, 60_000)],
    ['a frame far off its canvas', gifFrame(1, 1, 10, 65_535, 65_535, 0)],
    ['two descriptions', twoMetas()],
    ['a description beside the real one', looseDescription()],
    ['a long box in front', longBox()],
    [
      'a broken box in front',
      Buffer.concat([avif([1, 1]).subarray(0, 24), Buffer.from('00000002aabbccdd', 'hex'), avif([1, 1])]),
    ],
  ])('sees through %s', async (_name, content) => {
    expect(await codeOf(content, { pixelsMax: 1_000_000 })).toMatch(/^(?:pixels|malformed)$/)
  })

  it('of an AVIF that leads with another brand, or of a sequence', async () => {
    const led = Buffer.concat([box('ftyp', Buffer.from('mif1\0\0\0\0mif1avif')), described(640, 480)])
    expect(await inspect(led)).toMatchObject({ kind: 'image/avif', size: { width: 640, height: 480 } })
    const tkhd = Buffer.alloc(84)
    tkhd.writeUInt16BE(640, 76)
    tkhd.writeUInt16BE(480, 80)
    const movie = box('moov', box('mvhd', Buffer.alloc(4)), box('trak', box('tkhd', tkhd)))
    const sequence = box('ftyp', Buffer.from('avis\0\0\0\0avisavif'))
    expect(imageSize('image/avif', Buffer.concat([sequence, movie]))).toEqual({ width: 640, height: 480 })
    // The track and the still picture may differ: the larger one counts.
    expect(imageSize('image/avif', Buffer.concat([sequence, movie, described(900, 900)]))?.width).toBe(900)
    expect(imageSize('image/avif', Buffer.concat([sequence, movie, movie]))).toBeNull()
    expect(imageSize('image/avif', Buffer.concat([sequence, described(640, 480)]))).toBeNull()
    expect(imageSize('image/avif', Buffer.concat([sequence, box('moov', box('trak', box('tkhd')))]))).toBeNull()
  })

  it('of AVIF is found behind a long box, and not in a broken one', async () => {
    expect(imageSize('image/avif', longBox())).toEqual({ width: 60_000, height: 60_000 })
    const content = avif([1, 1], [5, 5])
    const second = content.lastIndexOf('ispe') - 4
    content.writeUInt32BE(1000, second)
    expect(await codeOf(content)).toBe('malformed')
  })

  it('is not guessed', async () => {
    expect(await codeOf(png(0, 5))).toBe('malformed')
    for (const kind of every.filter((name) => imageKinds.has(name)))
      expect(await codeOf(samples[kind as 'image/png'].subarray(0, kind === 'image/gif' ? 8 : 20))).toBe('malformed')
  })

  it('never throws, and is quick with what is made to be slow', () => {
    const kinds = every.filter((name) => imageKinds.has(name))
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.uint8Array({ maxLength: 200 }), fc.nat(64), (kind, noise, keep) => {
        const content = Buffer.concat([samples[kind as 'image/png'].subarray(0, keep), noise])
        for (const bytes of [content, noise]) {
          const { width, height } = imageSize(kind, bytes) ?? { width: 1, height: 1 }
          expect(width > 0 && height > 0).toBe(true)
        }
      }),
    )
    const padding = Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(2_000_000, 0xff)])
    const boxes = Buffer.from(box('free').toString('hex').repeat(100_000), 'hex')
    const started = performance.now()
    expect(imageSize('image/jpeg', padding)).toBeNull()
    expect(imageSize('image/avif', boxes)).toBeNull()
    expect(performance.now() - started).toBeLessThan(500)
  })
})

describe('bounds', () => {
  it('stop reading at the limit', async () => {
    let read = 0
    const endless = Readable.from(
      (async function* () {
        yield png(1, 1)
        for (;;) {
          read += 65_536
          yield Buffer.alloc(65_536)
        }
      })(),
    )
    expect(await codeOf(endless, { bytesMax: 1_000_000, directory })).toBe('too_large')
    expect(read).toBeLessThan(2_500_000)
    expect(endless.destroyed).toBe(true)
    expect(await readdir(directory)).toEqual([])
  })

  it('count to the byte', async () => {
    const content = png(1, 1)
    expect(await codeOf(content, { bytesMax: content.length })).toBe('ok')
    expect(await codeOf(content, { bytesMax: content.length - 1 })).toBe('too_large')
    expect(await codeOf(Buffer.alloc(0))).toBe('empty')
    expect(await codeOf(Readable.from([]))).toBe('empty')
  })

  it('stop reading once the kind is refused', async () => {
    let chunks = 0
    const source = Readable.from(
      (async function* () {
        for (let i = 0; i < 1000; i++) {
          chunks += 1
          yield Buffer.from('MZ'.repeat(2048))
        }
      })(),
    )
    expect(await codeOf(source)).toBe('kind')
    expect(chunks).toBeLessThan(40)
  })

  it('stop a sender that stalls, and one that was called off', async () => {
    const stalled = (): Readable => new Readable({ read: () => undefined })
    expect(await codeOf(stalled(), { timeoutMs: 50, directory })).toBe('incomplete')
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 20)
    expect(await codeOf(stalled(), { signal: controller.signal, directory })).toBe('incomplete')
    expect(await readdir(directory)).toEqual([])
  })
})

describe('a file', () => {
  it('holds the content, for its owner only', async () => {
    const result = await inspect(Readable.from([png(2, 2)]), { directory, fileName: '../../etc/passwd' })
    if (!result.ok || result.path === null) throw new Error('expected a file')
    expect(result.path.startsWith(directory)).toBe(true)
    expect(result.path).not.toContain('passwd')
    expect(await readFile(result.path)).toEqual(png(2, 2))
    expect((await stat(result.path)).mode & 0o777).toBe(0o600)
    expect(result).toMatchObject({ content: null, fileName: 'passwd.png' })
    await rm(result.path)
  })

  it.each<[string, () => Readable]>([
    [
      'a stream that breaks',
      () =>
        Readable.from(
          (async function* () {
            yield png(1, 1)
            throw new Error('reset')
          })(),
        ),
    ],
    ['a refused kind', () => Readable.from([Buffer.alloc(10_000, 1)])],
    ['too many pixels', () => Readable.from([png(60_000, 60_000)])],
  ])('is removed after %s', async (_name, make) => {
    expect(await codeOf(make(), { directory })).not.toBe('ok')
    expect(await readdir(directory)).toEqual([])
  })

  it('is removed when the stream is no stream of bytes', async () => {
    const text = Readable.from(['text']).setEncoding('utf8')
    await expect(inspect(text, { directory })).rejects.toThrow(TypeError)
    expect(await readdir(directory)).toEqual([])
  })

  // A client that goes away in the middle of a real request.
  it('is removed when the connection breaks', async () => {
    let inspected: Promise<string> = Promise.resolve('')
    const arrived = Promise.withResolvers<void>()
    const server = createServer((request) => {
      inspected = codeOf(request, { directory })
      arrived.resolve()
    })
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
    const client = httpRequest({ port, host: '127.0.0.1', method: 'POST', headers: { 'content-length': '100000' } })
    client.on('error', () => undefined)
    client.write(png(1, 1))
    await arrived.promise
    client.destroy()
    expect(await inspected).toBe('incomplete')
    expect(await readdir(directory)).toEqual([])
    await new Promise((resolve) => server.close(resolve))
  })

  // What is refused in a real request can still be answered.
  it('that is refused leaves its request to be answered', async () => {
    const server = createServer((request, response) => {
      void codeOf(request, { bytesMax: 100_000, directory }).then((code) =>
        response.writeHead(413, { connection: 'close' }).end(code),
      )
    })
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
    const answer = await new Promise<string>((resolve, reject) => {
      const client = httpRequest({ port, host: '127.0.0.1', method: 'POST' }, (response) => {
        response.setEncoding('utf8').on('data', (text: string) => resolve(`${response.statusCode} ${text}`))
      })
      client.on('error', reject)
      client.write(png(1, 1))
      client.end(Buffer.alloc(300_000))
    })
    expect(answer).toBe('413 too_large')
    expect(await readdir(directory)).toEqual([])
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  it('needs a directory that is there', async () => {
    await expect(inspect(png(1, 1), { directory: join(directory, 'missing') })).rejects.toThrow(/ENOENT/)
  })
})

describe('options', () => {
  it.each<Partial<UploadOptions>>([
    { allow: [] },
    { allow: ['image/tiff' as 'image/png'] },
    { bytesMax: 0 },
    { bytesMax: 64 * 1_048_576 + 1 },
    { pixelsMax: 0.5 },
    { timeoutMs: 0 },
  ])('refuses %j', async (options) => {
    await expect(inspect(png(1, 1), options)).rejects.toThrow(RangeError)
  })
})
