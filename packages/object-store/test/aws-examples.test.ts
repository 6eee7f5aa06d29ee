// Goal: signatures are those of the specification, not just those that this code makes itself.
// Method: the worked examples of the S3 API reference ("Signature Calculations", with its published keys) are verified,
// those with an address of their own over the wire.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseRequest } from '../src/s3-request.ts'
import { verifySignature } from '../src/signature.ts'
import { BUCKET, startTestStore, type TestStore } from './environment.ts'
import { send, signedChunks } from './signing.ts'

// Published with the examples; in parts, so that it doesn't look like one that was lost.
const secretAccessKey = ['wJalrXUtnFEMI', 'K7MDENG', 'bPxRfiCYEXAMPLEKEY'].join('/')
const keys = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey, region: 'us-east-1' }
const nowMs = Date.parse('2013-05-24T00:00:00Z')
const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const scope = `${keys.accessKeyId}/20130524/us-east-1/s3/aws4_request`

interface Example {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly signature: string
}

const host = 'examplebucket.s3.amazonaws.com'
const date = '20130524T000000Z'
const examples: readonly Example[] = [
  {
    method: 'GET',
    url: '/test.txt',
    headers: { host, range: 'bytes=0-9', 'x-amz-content-sha256': empty, 'x-amz-date': date },
    signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  },
  {
    method: 'PUT',
    url: '/test%24file.text',
    headers: {
      date: 'Fri, 24 May 2013 00:00:00 GMT',
      host,
      'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
      'x-amz-date': date,
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    },
    signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  },
  {
    method: 'GET',
    url: '/?lifecycle',
    headers: { host, 'x-amz-content-sha256': empty, 'x-amz-date': date },
    signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  },
  {
    method: 'GET',
    url: '/?max-keys=2&prefix=J',
    headers: { host, 'x-amz-content-sha256': empty, 'x-amz-date': date },
    signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  },
]

const parsed = (example: Pick<Example, 'method' | 'url' | 'headers'>) =>
  parseRequest({ method: example.method, url: example.url, rawHeaders: Object.entries(example.headers).flat() })

describe('the examples of the specification', () => {
  it.each(examples)('in the header: $method $url', (example) => {
    const names = Object.keys(example.headers).sort().join(';')
    const authorization = `AWS4-HMAC-SHA256 Credential=${scope},SignedHeaders=${names},Signature=${example.signature}`
    const request = parsed({ ...example, headers: { ...example.headers, authorization } })
    expect(verifySignature(request, keys, nowMs)?.signature).toBe(example.signature)
  })

  it('in the address', () => {
    const signature = 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404'
    const url =
      `/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(scope)}&X-Amz-Date=${date}` +
      `&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=${signature}`
    const request = parsed({ method: 'GET', url, headers: { host } })
    expect(verifySignature(request, keys, nowMs)?.by).toBe('address')
    expect(verifySignature(request, keys, nowMs + 86_400_000)?.by).toBe('address')
    expect(() => verifySignature(request, keys, nowMs + 86_400_001)).toThrow('expired')
    expect(() => verifySignature(request, keys, nowMs - 15 * 60_000 - 1)).toThrow('not valid yet')
  })
})

describe('the example of a stream', () => {
  let test: TestStore
  beforeAll(async () => {
    test = await startTestStore({ ...keys, buckets: ['examplebucket', BUCKET], nowMs: () => nowMs })
  })
  afterAll(() => test.end())

  const signature = '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9'
  const headers = {
    host: 's3.amazonaws.com',
    'content-encoding': 'aws-chunked',
    'content-length': '66824',
    'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'x-amz-date': date,
    'x-amz-decoded-content-length': '66560',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
  }
  const names = Object.keys(headers).sort().join(';')
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope},SignedHeaders=${names},Signature=${signature}`
  const put = (all: Readonly<Record<string, string>>, body: Buffer) =>
    send(test.store.port, 'PUT', '/examplebucket/chunkObject.txt', all, body)

  it('has the signatures of the specification, chunk by chunk', () => {
    const head = { headers, signature, amzDate: date, scope: scope.slice(scope.indexOf('/') + 1) }
    const body = signedChunks([Buffer.alloc(65_536, 'a'), Buffer.alloc(1024, 'a')], head, keys)
    expect(body.length).toBe(66_824)
    const text = body.toString('latin1')
    expect([...text.matchAll(/chunk-signature=([0-9a-f]{64})/g)].map((match) => match[1])).toEqual([
      'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
      '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
      'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
    ])
  })

  it('is believed, and refused only for the storage class that it asks for', async () => {
    const head = { headers, signature, amzDate: date, scope: scope.slice(scope.indexOf('/') + 1) }
    const body = signedChunks([Buffer.alloc(65_536, 'a'), Buffer.alloc(1024, 'a')], head, keys)
    expect((await put({ ...headers, authorization }, body)).code).toBe('NotImplemented')
    expect((await put({ ...headers, 'x-amz-date': '20130524T000001Z', authorization }, body)).code).toBe(
      'SignatureDoesNotMatch',
    )
  })
})
