/**
 * Goal: media are what they were announced as, there once, and nothing is left of what was not.
 * Method: uploads to a real object store that verifies signatures and checksums; its objects and the rows are counted.
 */
import { request } from 'node:http'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ObjectStore } from '../src/object-store.ts'
import { readConfig } from '../src/config.ts'
import { storeOf } from '../src/s3-store.ts'
import { type Answer, codeOf, fieldsOf, startWorld, type World } from './environment.ts'
import { page, png, sha256, svg, video } from './samples.ts'

let world: World
let admin: pg.Client
let store: ObjectStore
let workFolder = ''

const HOUR_MS = 3_600_000

interface Upload {
  readonly url: string
  readonly headers: Record<string, string>
}

async function announce(bytes: Uint8Array, content_type = 'image/png', changes: object = {}): Promise<Answer> {
  const body = {
    folder: 'posts',
    file_name: 'a.png',
    content_type,
    size: bytes.length,
    sha256: sha256(bytes),
    ...changes,
  }
  return world.call('POST', '/v1/media', 'member', body)
}
function put({ url, headers }: Upload, bytes: Uint8Array): Promise<Response> {
  return fetch(url, { method: 'PUT', headers, body: Buffer.from(bytes) })
}
async function uploaded(bytes: Uint8Array, content_type?: string, changes?: object): Promise<string> {
  const { body, status } = await announce(bytes, content_type, changes)
  expect(status).toBe(201)
  const sent = await put(body['upload'] as Upload, bytes)
  expect(sent.status).toBe(200)
  return String(body['media_id'])
}
async function complete(id: string): Promise<Answer> {
  return world.call('POST', `/v1/media/${id}/complete`, 'member')
}
async function keys(): Promise<string[]> {
  const lists = await Promise.all([store.list('uploads/', ''), store.list('media/', '')])
  return lists.flatMap((list) => list.objects.map((one) => one.key))
}
async function rowsOf(id: string): Promise<{ status: string; object_key: string }[]> {
  return (await admin.query('select status, object_key from media where media_id = $1', [id])).rows
}
async function leftovers(): Promise<string[]> {
  return readdir(workFolder)
}

beforeAll(async () => {
  world = await startWorld()
  store = storeOf(readConfig(world.env))
  // Where uploads are looked at, for this process alone.
  workFolder = await mkdtemp(join(tmpdir(), 'content-work-'))
  process.env['TMPDIR'] = workFolder
  admin = new pg.Client({ connectionString: world.env['DATABASE_URL'] })
  await admin.connect()
})
afterAll(async () => {
  store?.close()
  await admin?.end()
  await world?.close()
  delete process.env['TMPDIR']
  if (workFolder !== '') await rm(workFolder, { recursive: true, force: true })
})

describe('an upload', () => {
  it('is announced, sent to the store, verified, and then served from there', async () => {
    const bytes = png(40, 30)
    const before = await leftovers()
    const announced = await announce(bytes)
    expect(announced.body).toMatchObject({ status: 'pending', url: null, width: null, type: 'image', folder: 'posts' })
    const id = String(announced.body['media_id'])
    const upload = announced.body['upload'] as Upload
    const signed = new URL(upload.url).searchParams.get('X-Amz-SignedHeaders')
    expect(signed).toBe('content-length;content-type;host;x-amz-checksum-sha256')
    expect((await complete(id)).body).toMatchObject({ error: { code: 'media_not_uploaded' } })
    expect((await put(upload, bytes)).status).toBe(200)
    const done = await complete(id)
    const key = `media/posts/${id}.png`
    expect(done.body).toMatchObject({ status: 'ready', width: 40, height: 30, url: `https://www.acme.test/${key}` })
    expect((await keys()).filter((one) => one.includes(id))).toEqual([key])
    const served = await fetch(`${world.env['S3_ENDPOINT']}/content/${key}`)
    expect([served.status, served.headers.get('content-type')]).toEqual([200, 'image/png'])
    expect(served.headers.get('cache-control')).toContain('immutable')
    expect(Buffer.from(await served.arrayBuffer()).equals(bytes)).toBe(true)
    // Repeated, it says the same, and the store is not asked.
    expect((await complete(id)).body).toEqual(done.body)
    expect((await world.call('GET', `/v1/media/${id}`, 'viewer')).body).toEqual(done.body)
    expect(await leftovers()).toEqual(before)
  })

  it.each([
    ['mp4', 'video/mp4', 320, 180],
    ['webm', 'video/webm', 640, 360],
  ] as const)('may be a video: %s', async (kind, type, width, height) => {
    const id = await uploaded(await video(kind, width, height), type, { folder: 'hero' })
    expect((await complete(id)).body).toMatchObject({ type: 'video', width, height, status: 'ready' })
    expect((await rowsOf(id))[0]?.object_key).toBe(`media/hero/${id}.${kind}`)
  })

  it.each([
    ['an SVG', () => svg, 'image/png', 'content_type'],
    ['a page', () => page, 'image/jpeg', 'content_type'],
    ['another kind', () => png(3, 3), 'image/gif', 'content_type'],
    ['an image of too many pixels', () => png(9000, 1).fill(0xff, 16, 18), 'image/png', 'content'],
    [
      'a video without a picture',
      () => Buffer.from('0000001c6674797069736f6d0000020069736f6d69736f32617663316d703431', 'hex'),
      'video/mp4',
      'content',
    ],
    [
      'noise that begins as WebM',
      () =>
        Buffer.concat([
          Buffer.from('1a45dfa39f4286810142f7810142f2810442f381084282847765626d', 'hex'),
          Buffer.alloc(5000, 7),
        ]),
      'video/webm',
      'content',
    ],
  ])('is refused when it is %s in the clothes of something else', async (_what, make, type, field) => {
    const bytes = make()
    const id = await uploaded(bytes, type)
    const before = await leftovers()
    const answer = await complete(id)
    expect([answer.status, codeOf(answer), fieldsOf(answer)]).toEqual([422, 'media_rejected', [field]])
    expect((await keys()).filter((one) => one.includes(id))).toEqual([])
    expect(await rowsOf(id)).toEqual([])
    expect((await complete(id)).status).toBe(404)
    expect(await leftovers()).toEqual(before)
  })

  it('is refused by the store when it is not what was signed', async () => {
    const bytes = png(5, 5)
    const { body } = await announce(bytes)
    const upload = body['upload'] as Upload
    const other = png(5, 5, 'other')
    const flipped = Buffer.from(bytes)
    flipped[40] = 255 - (flipped[40] ?? 0)
    expect((await put(upload, other)).status).toBe(403)
    expect((await put(upload, flipped)).status).toBe(400)
    const asType = { ...upload, headers: { ...upload.headers, 'content-type': 'text/html' } }
    expect((await put(asType, bytes)).status).toBe(403)
    const { 'x-amz-checksum-sha256': _sum, ...without } = upload.headers
    expect((await put({ ...upload, headers: without }, bytes)).status).toBe(403)
    expect((await keys()).filter((one) => one.includes(String(body['media_id'])))).toEqual([])
  })

  it('leaves nothing when it stops half-way', async () => {
    const bytes = png(200, 200, 'x'.repeat(200_000))
    const { body } = await announce(bytes)
    const id = String(body['media_id'])
    const { url, headers } = body['upload'] as Upload
    const gone = await new Promise<string>((resolve) => {
      const sending = request(url, { method: 'PUT', headers: { ...headers, 'content-length': String(bytes.length) } })
      sending.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'))
      sending.on('response', () => resolve('answered'))
      sending.write(bytes.subarray(0, 100_000), () => sending.destroy())
    })
    expect(gone).not.toBe('answered')
    expect(codeOf(await complete(id))).toBe('media_not_uploaded')
    expect((await keys()).filter((one) => one.includes(id))).toEqual([])
    world.aheadMs = 2 * HOUR_MS
    try {
      expect((await world.call('POST', '/v1/media/reap', 'service')).status).toBe(200)
    } finally {
      world.aheadMs = 0
    }
    expect(await rowsOf(id)).toEqual([])
  })

  it('is refused before it is sent when it is too large, of a kind that is not taken, or has no checksum', async () => {
    const bytes = png(2, 2)
    const cases = await Promise.all([
      announce(bytes, 'image/png', { size: 10_485_761 }),
      announce(bytes, 'video/mp4', { size: 52_428_801 }),
      announce(bytes, 'image/png', { size: 0 }),
      announce(bytes, 'image/svg+xml'),
      announce(bytes, 'image/png', { sha256: 'ABC' }),
      announce(bytes, 'image/png', { folder: '../media' }),
    ])
    expect(cases.map((one) => [one.status, ...fieldsOf(one)])).toEqual([
      [422, 'body.size'],
      [422, 'body.size'],
      [422, 'body.size'],
      [422, 'body.content_type'],
      [422, 'body.sha256'],
      [422, 'body.folder'],
    ])
    const named = await announce(bytes, 'image/png', { file_name: '../..\\x\u0000\u202e.php.png' })
    expect(named.body['file_name']).toBe('x_php.png')
  })
})

describe('many at once', () => {
  it('complete an upload once: one row, one object, one answer', async () => {
    const id = await uploaded(png(64, 64))
    const answers = await Promise.all(Array.from({ length: 20 }, () => complete(id)))
    expect(answers.map((one) => one.status)).toEqual(Array.from({ length: 20 }, () => 200))
    expect(new Set(answers.map((one) => JSON.stringify(one.body)))).toHaveProperty('size', 1)
    expect(await rowsOf(id)).toEqual([{ status: 'ready', object_key: `media/posts/${id}.png` }])
    expect((await keys()).filter((one) => one.includes(id))).toEqual([`media/posts/${id}.png`])
  })

  it('reject an upload once, and leave nothing', async () => {
    const id = await uploaded(svg)
    const answers = await Promise.all(Array.from({ length: 8 }, () => complete(id)))
    const statuses = answers.map((one) => one.status)
    expect(statuses).toContain(422)
    expect(statuses.every((status) => status === 422 || status === 404)).toBe(true)
    expect(await rowsOf(id)).toEqual([])
    expect((await keys()).filter((one) => one.includes(id))).toEqual([])
  })

  it('complete and delete: there is both or nothing', async () => {
    for (let round = 0; round < 4; round += 1) {
      const id = await uploaded(png(20, 20, String(round)))
      await Promise.all([complete(id), world.call('DELETE', `/v1/media/${id}`, 'admin'), complete(id)])
      const rows = await rowsOf(id)
      const objects = (await keys()).filter((one) => one.includes(id))
      expect(objects).toEqual(rows.map((row) => row.object_key))
    }
  })

  it('announce no more than may be pending', async () => {
    await admin.query(
      `insert into media (media_id, folder, file_name, type, content_type, size, sha256, created_by, created_at)
        select gen_random_uuid(), 'docs', 'f', 'image', 'image/png', 1, repeat('0', 64), 'tests', now() from generate_series(1, 500)`,
    )
    const answer = await announce(png(1, 1))
    expect([answer.status, codeOf(answer), answer.headers['retry-after']]).toEqual([429, 'too_many_uploads', '60'])
    await admin.query(`delete from media where created_by = 'tests'`)
  })
})

describe('an entry', () => {
  it('shows media that were verified, and keeps them', async () => {
    const pending = await announce(png(7, 7))
    const post = { kind: 'post', slug: 'with-picture', title: 'x', alt: 'Grey' }
    for (const media_id of [pending.body['media_id'], '00000000-0000-4000-8000-000000000000']) {
      const refused = await world.call('POST', '/v1/content/entries', 'member', { ...post, media_id })
      expect([refused.status, fieldsOf(refused)]).toEqual([422, ['body.media_id']])
    }
    const id = await uploaded(png(7, 9))
    await complete(id)
    const made = await world.call('POST', '/v1/content/entries', 'member', { ...post, media_id: id })
    expect(made.status).toBe(201)
    const entry = `/v1/content/entries/${String(made.body['id'])}`
    await world.call('POST', `${entry}/publish`, 'owner')
    const shown = { media_id: id, type: 'image', width: 7, height: 9, alt: 'Grey' }
    expect((await world.call('GET', '/v1/content/posts/with-picture', null)).body['media']).toMatchObject(shown)
    // An earlier version shows it still.
    const text = { title: 'x', summary: '', body_markdown: '', media_id: null, alt: '' }
    await world.call('PUT', entry, 'member', { version: 1, ...text })
    const kept = await world.call('DELETE', `/v1/media/${id}`, 'admin')
    expect([kept.status, codeOf(kept)]).toEqual([409, 'media_in_use'])
    expect((await keys()).filter((one) => one.includes(id))).toHaveLength(1)
    await world.call('DELETE', entry, 'owner')
    expect((await world.call('DELETE', `/v1/media/${id}`, 'admin')).status).toBe(204)
    expect((await keys()).filter((one) => one.includes(id))).toEqual([])
  })

  it('never loses media to somebody who may only write', async () => {
    const [pending, done] = [await uploaded(png(7, 11)), await uploaded(png(7, 12))]
    await complete(done)
    const as = (who: 'member' | 'viewer', id: string) => world.call('DELETE', `/v1/media/${id}`, who)
    expect([(await as('viewer', pending)).status, (await as('member', done)).status]).toEqual([403, 403])
    // An upload that is given up is gone at once.
    expect([(await as('member', pending)).status, (await as('member', pending)).status]).toEqual([204, 404])
    expect((await keys()).filter((one) => one.includes(pending))).toEqual([])
    expect((await rowsOf(done))[0]?.status).toBe('ready')
  })

  it('never sees ready media change', async () => {
    const id = await uploaded(png(7, 10))
    await complete(id)
    await expect(admin.query('update media set width = 1 where media_id = $1', [id])).rejects.toMatchObject({
      code: '23001',
    })
  })
})

describe('a list', () => {
  it('is by folder and goes on where it ended', async () => {
    const ids = [
      await uploaded(png(1, 2), 'image/png', { folder: 'docs' }),
      await uploaded(png(1, 3), 'image/png', { folder: 'docs' }),
    ]
    const first = await world.call('GET', '/v1/media?folder=docs&limit=1', 'viewer')
    const rest = await world.call('GET', `/v1/media?folder=docs&limit=5&after=${String(first.body['next'])}`, 'viewer')
    const seen = [first, rest].flatMap((one) => (one.body['media'] as { media_id: string }[]).map((m) => m.media_id))
    expect(seen).toEqual(ids.toReversed())
    expect(rest.body['next']).toBeNull()
  })
})

describe('without the object store', () => {
  it('nothing is verified and nothing is lost, readers notice nothing, and it goes on where it stopped', async () => {
    const id = await uploaded(png(50, 50))
    const shown = await uploaded(png(50, 51))
    await complete(shown)
    const post = { kind: 'post', slug: 'with-store-away', title: 'x', media_id: shown }
    const made = await world.call('POST', '/v1/content/entries', 'member', post)
    await world.call('POST', `/v1/content/entries/${String(made.body['id'])}/publish`, 'owner')
    const deleted = await uploaded(png(50, 52))
    await complete(deleted)
    await world.endStore()
    try {
      const answer = await complete(id)
      expect([answer.status, codeOf(answer), answer.headers['retry-after']]).toEqual([503, 'upstream_unavailable', '5'])
      expect(await rowsOf(id)).toMatchObject([{ status: 'pending' }])
      expect((await announce(png(1, 9))).status).toBe(201)
      // The row decides; the object is left for the reaper, and the log says so.
      expect((await world.call('DELETE', `/v1/media/${deleted}`, 'admin')).status).toBe(204)
      expect(world.lines.join('')).toContain('media_object_left')
      expect((await world.call('POST', '/v1/media/reap', 'service')).status).toBe(503)
      expect((await world.call('GET', '/v1/content/posts/with-store-away', null)).status).toBe(200)
      expect((await complete(shown)).status).toBe(200)
      expect((await world.call('GET', '/ready', null)).status).toBe(200)
    } finally {
      await world.beginStore()
    }
    // Refused as long as the breaker leaves the store alone.
    const answered = async (work: () => Promise<Answer>): Promise<number> => {
      let last = await work()
      for (let n = 0; n < 300 && last.status === 503; n += 1) {
        await new Promise((resolve) => setTimeout(resolve, 100))
        last = await work()
      }
      return last.status
    }
    expect(await answered(() => complete(id))).toBe(200)
    expect((await keys()).filter((one) => one.includes(deleted))).toHaveLength(1)
    world.aheadMs = 2 * HOUR_MS
    try {
      expect(await answered(() => world.call('POST', '/v1/media/reap', 'service'))).toBe(200)
    } finally {
      world.aheadMs = 0
    }
    expect((await keys()).filter((one) => one.includes(deleted))).toEqual([])
    expect((await keys()).filter((one) => one.includes(id))).toHaveLength(1)
  })
})
