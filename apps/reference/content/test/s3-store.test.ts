/**
 * Goal: whatever the object store does, its callers learn it in time and in words of ours.
 * Method: the real store behind a proxy that refuses, freezes and cuts; and servers that answer nonsense.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startObjectStore } from '@greengate/object-store'
import { type FaultProxy, startFaultProxy } from '@greengate/kit/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { inspectMedia } from '../src/inspect-media.ts'
import { S3Store, type S3StoreOptions } from '../src/s3-store.ts'
import { serve } from './environment.ts'
import { png, sha256 } from './samples.ts'

let folder = ''
let server: Awaited<ReturnType<typeof startObjectStore>>
let proxy: FaultProxy
let store: S3Store
const stores: S3Store[] = []

const bytes = png(30, 20, 'x'.repeat(500_000))
const secretAccessKey = 'only-for-these-tests-9f2c'

function opened(changes: Partial<S3StoreOptions> = {}): S3Store {
  const one = new S3Store({
    endpoint: proxy.through(server.url).replace(/\/$/, ''),
    region: 'us-east-1',
    bucket: 'content',
    accessKeyId: 'tests',
    secretAccessKey,
    timeoutMs: 1500,
    ...changes,
  })
  stores.push(one)
  return one
}
async function upload(key: string, content = bytes): Promise<void> {
  const expected = { contentType: 'image/png', size: content.length, sha256: sha256(content) }
  const { url, headers } = await store.uploadAddress(key, expected)
  expect((await fetch(url, { method: 'PUT', headers, body: Buffer.from(content) })).status).toBe(200)
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'content-store-'))
  server = await startObjectStore({ folder, port: 0, accessKeyId: 'tests', secretAccessKey, buckets: ['content'] })
  proxy = await startFaultProxy({ target: server.url })
})
beforeEach(async () => {
  await proxy.heal()
  store = opened()
})
afterAll(async () => {
  for (const one of stores) one.close()
  await proxy?.close()
  await server?.close()
  if (folder !== '') await rm(folder, { recursive: true, force: true })
})

describe('a store that works', () => {
  it('copies what did not change, lists in order, and removes what is not there', async () => {
    await upload('uploads/one')
    const object = await store.open('uploads/one')
    object?.body.destroy()
    expect(object?.size).toBe(bytes.length)
    expect(await store.copy('uploads/one', 'media/docs/one.png', object?.etag ?? '', 'image/png')).toBe(true)
    expect(await store.copy('uploads/one', 'media/docs/two.png', '"another"', 'image/png')).toBe(false)
    expect(await store.copy('uploads/none', 'media/docs/two.png', object?.etag ?? '', 'image/png')).toBe(false)
    expect([await store.exists('media/docs/one.png'), await store.exists('media/docs/two.png')]).toEqual([true, false])
    expect((await store.list('media/', '')).objects.map((one) => [one.key, one.size])).toEqual([
      ['media/docs/one.png', bytes.length],
    ])
    expect((await store.list('media/', 'media/docs/one.png')).objects).toEqual([])
    await store.remove('media/docs/one.png')
    await store.remove('media/docs/one.png')
    expect(await store.open('media/docs/one.png')).toBeNull()
  })

  it('makes addresses that end, for where browsers reach it', async () => {
    const nowMs = Date.parse('2026-11-21T10:00:00Z')
    const one = opened({ uploadEndpoint: 'https://store.acme.test', nowMs: () => nowMs, uploadExpiresS: 60 })
    const address = await one.uploadAddress('uploads/x', { contentType: 'image/png', size: 9, sha256: sha256(bytes) })
    expect(address.url).toMatch(/^https:\/\/store\.acme\.test\/content\/uploads\/x\?/)
    expect(address.expiresAt.toISOString()).toBe('2026-11-21T10:01:00.000Z')
    expect(new URL(address.url).searchParams.get('X-Amz-Expires')).toBe('60')
    const old = opened({ nowMs: () => Date.now() - 3_600_000 })
    const past = await old.uploadAddress('uploads/x', {
      contentType: 'image/png',
      size: bytes.length,
      sha256: sha256(bytes),
    })
    expect((await fetch(past.url, { method: 'PUT', headers: past.headers, body: Buffer.from(bytes) })).status).toBe(403)
  })
})

describe('a store that does not', () => {
  it('is unavailable when it refuses connections, and is left alone after a while', async () => {
    await proxy.refuse()
    for (let n = 0; n < 4; n += 1)
      await expect(store.open('uploads/x')).rejects.toMatchObject({ code: 'upstream_unavailable' })
    expect(store.stats().breaker).toBe('open')
    await expect(store.exists('uploads/x')).rejects.toMatchObject({
      code: 'upstream_unavailable',
      cause: { name: 'BreakerOpenError' },
    })
  })

  it('is given up when it says nothing', async () => {
    proxy.freeze()
    await expect(store.list('media/', '')).rejects.toMatchObject({ code: 'upstream_timeout' })
    expect(store.stats()).toMatchObject({ running: 0, waiting: 0 })
  })

  it('may stop in the middle of an object: that is no verdict about it', async () => {
    await upload('uploads/stops')
    proxy.set({ cutAfterBytes: 100_000 })
    const object = await store.open('uploads/stops')
    if (!object) throw new Error('there is no object')
    const expected = { content_type: 'image/png', size: bytes.length, sha256: sha256(bytes) } as const
    const read = inspectMedia(object.body, expected, AbortSignal.timeout(30_000))
    await expect(read).rejects.toMatchObject({ name: 'MediaUnreadError' })
  })

  it('is unavailable, not empty, when the bucket is missing or the key is wrong', async () => {
    for (const broken of [opened({ bucket: 'elsewhere' }), opened({ secretAccessKey: 'another-secret-of-tests' })]) {
      for (const ask of [
        () => broken.open('uploads/x'),
        () => broken.list('media/', ''),
        () => broken.copy('uploads/x', 'media/docs/x.png', '"x"', 'image/png'),
      ])
        await expect(ask()).rejects.toMatchObject({ code: 'upstream_unavailable' })
      // What speaks against us does not speak against the store.
      expect(broken.stats().breaker).toBe('closed')
    }
  })

  it.each([
    ['an error', 500, '<Error><Code>InternalError</Code></Error>'],
    ['a page', 200, '<!doctype html><p>Welcome'],
    ['nothing', 200, ''],
    ['half an answer', 200, '<ListBucketResult><Contents><Key>media/x</Key></Contents></ListBucketResult>'],
  ])('is unavailable, not empty, when it answers with %s', async (what, status, body) => {
    const odd = await serve((_request, response) =>
      response.writeHead(status, { 'content-type': 'application/xml' }).end(body),
    )
    try {
      const answer = opened({ endpoint: odd.url }).list('media/', '')
      await expect(answer, what).rejects.toMatchObject({ code: 'upstream_unavailable' })
    } finally {
      await odd.close()
    }
  })
})
