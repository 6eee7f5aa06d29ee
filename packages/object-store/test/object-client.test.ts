// Goal: the client without a library reads and writes what S3 would accept, and says what was refused.
// Method: against the store, which verifies signatures and hashes; streams of several pieces and streams that fail.
import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ObjectClient } from '../src/index.ts'
import { BUCKET, startTestStore, type TestStore } from './environment.ts'
import { KEYS } from './signing.ts'

let test: TestStore
beforeAll(async () => {
  test = await startTestStore()
})
afterAll(() => test.end())

const body = randomBytes(700_000)
async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 50_000) yield bytes.subarray(at, at + 50_000)
}
const clientWith = (more: Partial<ConstructorParameters<typeof ObjectClient>[0]> = {}) =>
  new ObjectClient({ endpoint: test.store.url, bucket: BUCKET, ...KEYS, ...more })
const object = (key: string, bytes = body) => ({
  key,
  size: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
  headers: { 'content-type': 'video/mp4' },
  body: pieces(bytes),
})

describe('the client', () => {
  it('puts and gets objects as streams, whatever their names', async () => {
    const client = clientWith()
    expect(await client.any('folder/')).toBe(false)
    await client.put(object('folder/ä (1)+&.mp4'))
    const got = await client.get('folder/ä (1)+&.mp4')
    expect(got.headers['content-type']).toBe('video/mp4')
    const parts: Buffer[] = []
    for await (const part of got.body) parts.push(part)
    expect(Buffer.concat(parts).equals(body)).toBe(true)
    expect(await client.any('folder/')).toBe(true)
  })

  it('takes objects away, also one that is not there', async () => {
    const client = clientWith()
    await client.put(object('gone/ä (1)+&.mp4'))
    await client.delete('gone/ä (1)+&.mp4')
    await expect(client.get('gone/ä (1)+&.mp4')).rejects.toMatchObject({ status: 404 })
    expect(await client.any('gone/')).toBe(false)
    await client.delete('gone/ä (1)+&.mp4')
    await expect(clientWith({ bucket: 'no-such-bucket' }).delete('a')).rejects.toMatchObject({ status: 404 })
  })

  it('says what was refused, also in the middle of a body', async () => {
    await expect(clientWith().get('none')).rejects.toMatchObject({ status: 404, message: /NoSuchKey/ })
    const wrong = { ...object('wrong'), sha256: createHash('sha256').digest('hex') }
    await expect(clientWith().put(wrong)).rejects.toMatchObject({ status: 400, message: /XAmzContentSHA256Mismatch/ })
    const stranger = clientWith({ secretAccessKey: 'another-secret-key-of-nobody' })
    await expect(stranger.put(object('stranger'))).rejects.toMatchObject({ status: 403 })
    await expect(clientWith({ bucket: 'no-such-bucket' }).any('')).rejects.toMatchObject({ status: 404 })
  })

  it('gives up on a store that is away, or falls silent', async () => {
    const silent = createServer((socket) => socket.resume())
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const address = silent.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const client = clientWith({ endpoint: `http://127.0.0.1:${port}`, idleMs: 50 })
    await expect(client.get('a')).rejects.toThrow('fell silent')
    await new Promise((resolve) => silent.close(resolve))
    await expect(client.get('a')).rejects.toThrow('ECONNREFUSED')
  })

  it('leaves nothing when what it sends ends too early', async () => {
    async function* failing(): AsyncGenerator<Buffer> {
      yield body.subarray(0, 100_000)
      throw new Error('the source is gone')
    }
    await expect(clientWith().put({ ...object('failing'), body: failing() })).rejects.toThrow('the source is gone')
    await expect(clientWith().get('failing')).rejects.toMatchObject({ status: 404 })
  })
})
