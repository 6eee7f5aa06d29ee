// Goal: programs written for S3 work unchanged.
// Method: the AWS SDK's own client and presigner against the store, with and without the checksums it sends by default.
import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  ChecksumAlgorithm,
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BUCKET, startTestStore, type TestStore } from './environment.ts'
import { KEYS } from './signing.ts'

let test: TestStore
let client: S3Client
/** Without the checksums that newer clients add by themselves. */
let plain: S3Client

function clientFor(extra: Partial<ConstructorParameters<typeof S3Client>[0]> = {}): S3Client {
  return new S3Client({
    endpoint: test.store.url,
    region: KEYS.region,
    forcePathStyle: true,
    credentials: KEYS,
    maxAttempts: 1,
    ...extra,
  })
}

beforeAll(async () => {
  test = await startTestStore()
  client = clientFor()
  plain = clientFor({ requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' })
})
afterAll(async () => {
  client.destroy()
  plain.destroy()
  await test.end()
})

const base64 = (algorithm: string, data: Buffer): string => createHash(algorithm).update(data).digest('base64')
const named = (name: string) => expect.objectContaining({ name }) as unknown

describe('objects', () => {
  it('come back as they were put, with their headers', async () => {
    const body = randomBytes(100_000)
    const put = await client.send(
      new PutObjectCommand({
        Bucket: BUCKET,
        Key: 'folder/ein Bild (1)+ä.png',
        Body: body,
        ContentType: 'image/png',
        CacheControl: 'public, max-age=60',
        Metadata: { made: 'in a  test' },
      }),
    )
    const md5 = createHash('md5').update(body).digest('hex')
    expect(put.ETag).toBe(`"${md5}"`)
    const got = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'folder/ein Bild (1)+ä.png' }))
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? [])).toEqual(body)
    expect(got).toMatchObject({ ContentType: 'image/png', CacheControl: 'public, max-age=60', ContentLength: 100_000 })
    expect(got.Metadata).toEqual({ made: 'in a  test' })
    expect(got.ContentEncoding).toBeUndefined()
    expect(got.ChecksumCRC32).toBe(put.ChecksumCRC32)
    expect(got.LastModified?.getTime()).toBeGreaterThan(Date.now() - 600_000)
  })

  it.each([ChecksumAlgorithm.CRC32, ChecksumAlgorithm.CRC32C, ChecksumAlgorithm.SHA1, ChecksumAlgorithm.SHA256])(
    'carry a %s that both sides verify, in the head and behind a stream',
    async (algorithm) => {
      const body = randomBytes(70_000)
      const name = `Checksum${algorithm}` as const
      const key = `sum-${algorithm}`
      const whole = await client.send(
        new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body, ChecksumAlgorithm: algorithm }),
      )
      const streamed = await client.send(
        new PutObjectCommand({
          Bucket: BUCKET,
          Key: `${key}-stream`,
          Body: Readable.from([body.subarray(0, 1), body.subarray(1, 66_000), body.subarray(66_000)]),
          ContentLength: body.length,
          ChecksumAlgorithm: algorithm,
        }),
      )
      expect(whole[name]).toBeTypeOf('string')
      expect(streamed[name]).toBe(whole[name])
      const head = await client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: key, ChecksumMode: 'ENABLED' }))
      expect(head[name]).toBe(whole[name])
      const got = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: `${key}-stream` }))
      expect(Buffer.from((await got.Body?.transformToByteArray()) ?? [])).toEqual(body)
    },
  )

  it('of 5 MiB, empty ones, and those of clients without checksums', async () => {
    for (const [key, body] of [
      ['large', randomBytes(5 * 1024 * 1024)],
      ['empty', Buffer.alloc(0)],
    ] as const) {
      await plain.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body, ContentMD5: base64('md5', body) }))
      const got = await plain.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }))
      expect(Buffer.from((await got.Body?.transformToByteArray()) ?? [])).toEqual(body)
    }
  })

  it('with a wrong checksum are refused, and the old ones stay', async () => {
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'kept', Body: 'the first' }))
    const wrong = base64('sha256', Buffer.from('something else'))
    const put = (more: object) => client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'kept', Body: 'b', ...more }))
    await expect(put({ ChecksumSHA256: wrong })).rejects.toThrow(named('BadDigest'))
    await expect(put({ ContentMD5: base64('md5', Buffer.from('c')) })).rejects.toThrow(named('BadDigest'))
    const got = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'kept' }))
    expect(await got.Body?.transformToString()).toBe('the first')
  })

  it('answer ranges and conditions', async () => {
    const { ETag } = await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'ten', Body: '0123456789' }))
    const get = (more: object) => client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'ten', ...more }))
    const parts: [string, string, string][] = [
      ['bytes=0-3', '0123', 'bytes 0-3/10'],
      ['bytes=7-', '789', 'bytes 7-9/10'],
      ['bytes=-2', '89', 'bytes 8-9/10'],
      ['bytes=5-99', '56789', 'bytes 5-9/10'],
    ]
    for (const [Range, text, ContentRange] of parts) {
      const part = await get({ Range })
      expect(await part.Body?.transformToString()).toBe(text)
      expect(part.ContentRange).toBe(ContentRange)
    }
    await expect(get({ Range: 'bytes=10-' })).rejects.toThrow(named('InvalidRange'))
    await expect(get({ IfNoneMatch: ETag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } })
    await expect(get({ IfMatch: '"other"' })).rejects.toThrow(named('PreconditionFailed'))
    expect(await (await get({ IfMatch: ETag, Range: 'bytes=0-0' })).Body?.transformToString()).toBe('0')
    await expect(get({ IfModifiedSince: new Date(Date.now() + 60_000) })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 304 },
    })
    await expect(get({ IfUnmodifiedSince: new Date(0) })).rejects.toThrow(named('PreconditionFailed'))
  })

  it('are made or replaced under a condition', async () => {
    const put = (more: object) => client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'once', Body: 'x', ...more }))
    const { ETag } = await put({ IfNoneMatch: '*' })
    await expect(put({ IfNoneMatch: '*' })).rejects.toThrow(named('PreconditionFailed'))
    await expect(put({ IfMatch: '"another"' })).rejects.toThrow(named('PreconditionFailed'))
    await put({ IfMatch: ETag })
  })

  it('are copied, with their headers or with others', async () => {
    const from = { Bucket: BUCKET, Key: 'from/ä b' }
    await client.send(new PutObjectCommand({ ...from, Body: 'copied', ContentType: 'text/plain' }))
    const CopySource = `${BUCKET}/from/${encodeURIComponent('ä b')}`
    const copy = await client.send(new CopyObjectCommand({ Bucket: BUCKET, Key: 'to', CopySource }))
    expect(copy.CopyObjectResult?.ETag).toBe(`"${createHash('md5').update('copied').digest('hex')}"`)
    expect((await client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'to' }))).ContentType).toBe('text/plain')
    await client.send(
      new CopyObjectCommand({
        Bucket: BUCKET,
        Key: 'to',
        CopySource: `${BUCKET}/to`,
        MetadataDirective: 'REPLACE',
        ContentType: 'text/html',
      }),
    )
    expect((await client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'to' }))).ContentType).toBe('text/html')
    const again = new CopyObjectCommand({ Bucket: BUCKET, Key: 'to', CopySource: `${BUCKET}/to` })
    await expect(client.send(again)).rejects.toThrow(named('InvalidRequest'))
    const missing = new CopyObjectCommand({ Bucket: BUCKET, Key: 'to', CopySource: `${BUCKET}/nothing` })
    await expect(client.send(missing)).rejects.toThrow(named('NoSuchKey'))
  })

  it('are deleted, also twice, and then are not there', async () => {
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'gone', Body: 'x' }))
    for (let count = 0; count < 2; count += 1)
      await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'gone' }))
    await expect(client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'gone' }))).rejects.toThrow(named('NoSuchKey'))
    await expect(client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'gone' }))).rejects.toThrow(named('NotFound'))
  })
})

describe('buckets', () => {
  it('are found, made once, and listed page by page', async () => {
    await client.send(new HeadBucketCommand({ Bucket: BUCKET }))
    await expect(client.send(new HeadBucketCommand({ Bucket: 'not-there' }))).rejects.toThrow(named('NotFound'))
    await client.send(new CreateBucketCommand({ Bucket: 'made-later' }))
    await expect(client.send(new CreateBucketCommand({ Bucket: 'made-later' }))).rejects.toThrow(
      named('BucketAlreadyOwnedByYou'),
    )
    const keys = ['a', 'a/1', 'a/2', 'a0', 'b/1/x', 'b/2', 'c', 'é', '\u{1f600}', '\uffee']
    for (const Key of keys) await client.send(new PutObjectCommand({ Bucket: 'made-later', Key, Body: Key }))
    const listed: string[] = []
    for await (const page of paginateListObjectsV2({ client, pageSize: 3 }, { Bucket: 'made-later' })) {
      expect(page.KeyCount).toBeLessThanOrEqual(3)
      listed.push(...(page.Contents ?? []).map((one) => one.Key ?? ''))
    }
    // In the order of their bytes, which is not the one of JavaScript.
    expect(listed).toEqual([...keys].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other))))
    const grouped: string[] = []
    for await (const page of paginateListObjectsV2({ client, pageSize: 1 }, { Bucket: 'made-later', Delimiter: '/' }))
      grouped.push(
        ...(page.Contents ?? []).map((one) => one.Key ?? ''),
        ...(page.CommonPrefixes ?? []).map((one) => one.Prefix ?? ''),
      )
    expect(grouped).toEqual(['a', 'a/', 'a0', 'b/', 'c', 'é', '\uffee', '\u{1f600}'])
    const under = await client.send(new ListObjectsV2Command({ Bucket: 'made-later', Prefix: 'b/', StartAfter: 'b/1' }))
    expect(under.Contents?.map((one) => [one.Key, one.Size])).toEqual([
      ['b/1/x', 5],
      ['b/2', 3],
    ])
  })
})

describe('presigned addresses', () => {
  it('take an upload of exactly what was agreed on', async () => {
    const body = randomBytes(5000)
    const ChecksumSHA256 = base64('sha256', body)
    const command = new PutObjectCommand({
      Bucket: BUCKET,
      Key: 'uploads/1',
      ContentType: 'image/png',
      ContentLength: body.length,
      ChecksumSHA256,
    })
    const unhoistableHeaders = new Set(['x-amz-checksum-sha256'])
    const signableHeaders = new Set(['host', 'content-type', 'content-length'])
    for (const [presigning, headers] of [
      [plain, { unhoistableHeaders, signableHeaders }],
      [plain, { signableHeaders }],
      [plain, {}],
    ] as const) {
      const url = await getSignedUrl(presigning, command, { expiresIn: 300, ...headers })
      const inHead = 'unhoistableHeaders' in headers ? { 'x-amz-checksum-sha256': ChecksumSHA256 } : {}
      const put = (bytes: Buffer, type: string) =>
        fetch(url, { method: 'PUT', headers: { 'content-type': type, ...inHead }, body: new Uint8Array(bytes) })
      const other = Buffer.from(body)
      other[100] = (other[100] ?? 0) ^ 1
      expect((await put(other, 'image/png')).status).toBe(400)
      // Only what was signed binds; the length always is.
      const bound = 'signableHeaders' in headers
      expect((await put(body, 'text/html')).status).toBe(bound ? 403 : 200)
      expect((await put(body.subarray(1), 'image/png')).status).toBe(403)
      expect((await put(body, 'image/png')).status).toBe(200)
    }
    const url = await getSignedUrl(client, new GetObjectCommand({ Bucket: BUCKET, Key: 'uploads/1' }))
    const got = await fetch(url)
    expect(got.headers.get('content-type')).toBe('image/png')
    expect(Buffer.from(await got.arrayBuffer())).toEqual(body)
  })

  it('answer with the headers that the signer chose', async () => {
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'report', Body: 'text' }))
    const command = new GetObjectCommand({
      Bucket: BUCKET,
      Key: 'report',
      ResponseContentDisposition: 'attachment; filename="a.txt"',
    })
    const answer = await fetch(await getSignedUrl(client, command))
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="a.txt"')
    expect(await answer.text()).toBe('text')
  })
})

describe('everybody', () => {
  it('reads under public prefixes and nowhere else, and writes nowhere', async () => {
    await client.send(
      new PutObjectCommand({ Bucket: BUCKET, Key: 'media/hero/a.png', Body: 'png', ContentType: 'image/png' }),
    )
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'uploads/b', Body: 'private' }))
    const at = (path: string, init?: RequestInit) => fetch(`${test.store.url}${path}`, init)
    const seen = await at(`/${BUCKET}/media/hero/a.png`)
    expect([seen.status, await seen.text(), seen.headers.get('x-content-type-options')]).toEqual([
      200,
      'png',
      'nosniff',
    ])
    expect((await at(`/${BUCKET}/media/hero/a.png`, { method: 'HEAD' })).headers.get('content-length')).toBe('3')
    expect((await at(`/${BUCKET}/media/none`)).status).toBe(404)
    expect((await at(`/${BUCKET}/media/hero/a.png?response-content-type=text/html`)).status).toBe(400)
    for (const path of ['/uploads/b', '/mediab', '', '/?list-type=2', '/?list-type=2&prefix=media/'])
      expect((await at(`/${BUCKET}${path}`)).status).toBe(403)
    for (const method of ['PUT', 'DELETE', 'POST', 'PATCH']) {
      const refused = await at(`/${BUCKET}/media/hero/a.png`, { method })
      expect([method, refused.status]).toEqual([method, 403])
    }
    expect((await at('/-/health')).status).toBe(200)
  })

  it('gets CORS headers when its origin is allowed', async () => {
    const preflight = (origin: string, method: string) =>
      fetch(`${test.store.url}/${BUCKET}/uploads/1`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': method,
          'access-control-request-headers': 'content-type,x-amz-checksum-sha256',
        },
      })
    const allowed = await preflight('https://app.test', 'PUT')
    expect(allowed.status).toBe(200)
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.test')
    expect(allowed.headers.get('access-control-allow-headers')).toBe('content-type,x-amz-checksum-sha256')
    for (const refused of [await preflight('https://evil.test', 'PUT'), await preflight('https://app.test', 'PATCH')])
      expect([refused.status, refused.headers.get('access-control-allow-headers')]).toEqual([403, null])
    const stranger = await fetch(`${test.store.url}/${BUCKET}/media/hero/a.png`, {
      headers: { origin: 'https://evil.test' },
    })
    expect([stranger.headers.get('access-control-allow-origin'), stranger.headers.get('vary')]).toEqual([
      null,
      'Origin',
    ])
  })
})
