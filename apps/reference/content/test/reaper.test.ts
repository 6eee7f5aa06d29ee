/**
 * Goal: what uploads leave behind goes away in both directions, what is under way stays, and the audit finds every difference.
 * Method: rows and objects are made apart from each other on a real database and store; the clock of the service is moved.
 */
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { auditCode, auditMedia } from '../src/commands.ts'
import { readConfig } from '../src/config.ts'
import type { ObjectStore } from '../src/object-store.ts'
import { MediaRows } from '../src/media-rows.ts'
import { Reaper } from '../src/reaper.ts'
import { S3Store, storeOf } from '../src/s3-store.ts'
import { earlyLogger, runCommand } from '@greengate/reference-base'
import { startWorld, type World } from './environment.ts'
import { png, sha256 } from './samples.ts'

let world: World
let admin: pg.Client
let store: ObjectStore
let s3: S3Client

const HOUR_MS = 3_600_000

async function reap(): Promise<Record<string, unknown>> {
  const answer = await world.call('POST', '/v1/media/reap', 'service')
  expect(answer.status).toBe(200)
  return answer.body
}
async function later<T>(hours: number, work: () => Promise<T>): Promise<T> {
  world.aheadMs = hours * HOUR_MS
  try {
    return await work()
  } finally {
    world.aheadMs = 0
  }
}
async function object(key: string, bytes: Buffer): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: 'content', Key: key, Body: bytes, ContentType: 'image/png' }))
}
async function announced(bytes: Buffer, put = true): Promise<string> {
  const body = {
    folder: 'docs',
    file_name: 'a.png',
    content_type: 'image/png',
    size: bytes.length,
    sha256: sha256(bytes),
  }
  const answer = await world.call('POST', '/v1/media', 'member', body)
  const upload = answer.body['upload'] as { url: string; headers: Record<string, string> }
  if (put && !(await fetch(upload.url, { method: 'PUT', headers: upload.headers, body: bytes })).ok)
    throw new Error('the store took no upload')
  return String(answer.body['media_id'])
}
async function ready(bytes: Buffer): Promise<{ id: string; key: string }> {
  const id = await announced(bytes)
  expect((await world.call('POST', `/v1/media/${id}/complete`, 'member')).status).toBe(200)
  return { id, key: `media/docs/${id}.png` }
}
async function keys(): Promise<string[]> {
  const lists = await Promise.all([store.list('uploads/', ''), store.list('media/', '')])
  return lists.flatMap((list) => list.objects.map((one) => one.key)).toSorted()
}
async function ids(): Promise<string[]> {
  const { rows } = await admin.query<{ media_id: string }>('select media_id from media order by media_id')
  return rows.map((row) => row.media_id)
}
async function audit(): Promise<{ code: number; found: string[] }> {
  const found: string[] = []
  const logger = earlyLogger('tests', {}, {}, (line) => {
    const record = JSON.parse(line) as { event: string; key?: string; problem?: string }
    if (record.event === 'media_wrong') found.push(`${record.key ?? ''} ${record.problem ?? ''}`)
  })
  const code = await runCommand('media_audit', () => auditMedia(world.env, logger), logger, auditCode)
  return { code, found: found.toSorted() }
}

beforeAll(async () => {
  world = await startWorld()
  store = storeOf(readConfig(world.env))
  admin = new pg.Client({ connectionString: world.env['DATABASE_URL'] })
  await admin.connect()
  s3 = new S3Client({
    endpoint: world.env['S3_ENDPOINT'] ?? '',
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'content-tests', secretAccessKey: world.env['S3_SECRET_ACCESS_KEY'] ?? '' },
  })
})
afterAll(async () => {
  s3?.destroy()
  store?.close()
  await admin?.end()
  await world?.close()
})
beforeEach(async () => {
  await admin.query('delete from entries')
  await admin.query('delete from media')
  for (const key of await keys()) await store.remove(key)
})

const nothing = { pending: 0, staging: 0, unreferenced: 0, rows: 0, missing: 0 }

describe('reaping', () => {
  it('takes away what was announced an hour ago and not completed, and leaves what is under way', async () => {
    await announced(png(2, 2), false)
    await announced(png(2, 3))
    const done = await ready(png(2, 4))
    expect(await reap()).toEqual(nothing)
    expect(await ids()).toHaveLength(3)
    expect(await later(2, reap)).toEqual({ ...nothing, pending: 2 })
    expect(await ids()).toEqual([done.id])
    expect(await keys()).toEqual([done.key])
    expect(await later(2, reap)).toEqual(nothing)
  })

  it('takes away objects that no row names, when they are old, and keys that are not ours never', async () => {
    const done = await ready(png(3, 3))
    const gone = '11111111-1111-4111-8111-111111111111'
    await object(`uploads/${gone}`, png(1, 1))
    await object(`uploads/${done.id}`, png(1, 1))
    await object('uploads/not-an-id', png(1, 1))
    await object(`media/posts/${gone}.png`, png(1, 1))
    await object(`media/docs/${done.id}.gif`, png(1, 1))
    await object('media/docs/somebody-elses.txt', png(1, 1))
    expect(await reap()).toEqual(nothing)
    expect(await later(2, reap)).toEqual({ ...nothing, staging: 3, unreferenced: 2 })
    expect(await keys()).toEqual(['media/docs/somebody-elses.txt', done.key].toSorted())
  })

  it('takes away rows whose object is gone, unless an entry shows them: then it says so', async () => {
    const [kept, lost, shown] = [await ready(png(4, 1)), await ready(png(4, 2)), await ready(png(4, 3))]
    const body = { kind: 'post', slug: 'shows-lost', title: 'x', media_id: shown.id }
    expect((await world.call('POST', '/v1/content/entries', 'member', body)).status).toBe(201)
    for (const { key } of [lost, shown]) await store.remove(key)
    expect(await reap()).toEqual({ ...nothing, rows: 1, missing: 1 })
    expect(await ids()).toEqual([kept.id, shown.id].toSorted())
    expect(world.lines.join('')).toContain('media_missing')
  })

  it('forgets nothing when the store is empty: that is another store', async () => {
    const { key } = await ready(png(5, 1))
    await store.remove(key)
    expect(await reap()).toEqual(nothing)
    expect(await ids()).toHaveLength(1)
    expect(world.lines.join('')).toContain('media_store_empty')
  })

  it('walks more objects than a page of the store holds, a bounded number a round', async () => {
    const config = readConfig(world.env)
    const small = new S3Store({
      endpoint: config.S3_ENDPOINT,
      region: config.S3_REGION,
      bucket: config.S3_BUCKET,
      accessKeyId: config.S3_ACCESS_KEY_ID,
      secretAccessKey: config.S3_SECRET_ACCESS_KEY,
      pageMax: 7,
    })
    const logger = earlyLogger('tests', {}, {}, () => {})
    const nowMs = () => Date.now() + 2 * HOUR_MS
    const reaper = new Reaper({ rows: new MediaRows(world.database), store: small, logger, nowMs, eachMax: 20 })
    try {
      for (let n = 0; n < 45; n += 1)
        await object(`media/posts/22222222-2222-4222-8222-${String(n).padStart(12, '0')}.png`, png(1, 1))
      const done = [await ready(png(6, 1)), await ready(png(6, 2))]
      const rounds = [await reaper.run(), await reaper.run(), await reaper.run(), await reaper.run()]
      expect(rounds.map((one) => one.unreferenced)).toEqual([20, 20, 5, 0])
      expect(await keys()).toEqual(done.map((one) => one.key).toSorted())
    } finally {
      small.close()
    }
  })

  it('may run twice at once, beside a completion', async () => {
    const id = await announced(png(7, 1))
    const [, , answer] = await Promise.all([
      later(2, reap),
      later(2, reap),
      world.call('POST', `/v1/media/${id}/complete`, 'member'),
    ])
    const rows = await ids()
    expect(await keys()).toEqual(answer?.status === 200 && rows.length === 1 ? [`media/docs/${id}.png`] : [])
  })

  it('is for processes of the platform alone', async () => {
    for (const person of ['owner', 'viewer', 'stranger'] as const)
      expect((await world.call('POST', '/v1/media/reap', person)).status).toBe(403)
    expect((await world.call('POST', '/v1/media/reap', null)).status).toBe(401)
  })
})

describe('the audit', () => {
  it('says that all is well, with code 0', async () => {
    await ready(png(8, 1))
    expect(await audit()).toEqual({ code: 0, found: [] })
  })

  it('finds what is missing, unreferenced, changed, of another type or size, with code 1', async () => {
    const [fine, lost, flipped, shorter, measured] = [
      await ready(png(9, 1)),
      await ready(png(9, 2)),
      await ready(png(9, 3, 'abc')),
      await ready(png(9, 4)),
      await ready(png(9, 5)),
    ]
    await store.remove(lost.key)
    await object(flipped.key, png(9, 3, 'xyz'))
    await object(shorter.key, Buffer.from('GIF89a'))
    await object('media/docs/stray.png', png(1, 1))
    await admin.query('alter table media disable trigger media_ready_is_kept')
    await admin.query('update media set width = 10 where media_id = $1', [measured.id])
    await admin.query('alter table media enable trigger media_ready_is_kept')
    const { code, found } = await audit()
    expect(code).toBe(1)
    expect(found).toEqual(
      expect.arrayContaining([
        `${lost.key} missing`,
        `${flipped.key} sha256: is not what was announced`,
        expect.stringContaining(`${shorter.key} content_type: `),
        'media/docs/stray.png unreferenced',
        `${measured.key} dimensions: 9 x 5 instead of 10 x 5`,
      ]),
    )
    expect(found).toHaveLength(5)
    expect(found.join()).not.toContain(fine.id)
    // It only looks: what was wrong is still there to be looked at.
    expect(await ids()).toHaveLength(5)
  })

  it('says that it does not know when the store is away', async () => {
    await ready(png(9, 9))
    await world.endStore()
    try {
      expect((await audit()).code).toBe(69)
    } finally {
      await world.beginStore()
    }
    expect((await audit()).code).toBe(0)
  })
})
