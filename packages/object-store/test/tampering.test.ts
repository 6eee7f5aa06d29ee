// Goal: nothing that was signed can be changed, and nothing unsigned slips in.
// Method: right requests are made by an independent signer; each part of them is changed, one at a time; the store's clock is set.
import { createHash, createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BUCKET, startTestStore, type TestStore } from './environment.ts'
import { type Answer, KEYS, send, sendSigned, sha256, sign, signedChunks, signingKey } from './signing.ts'

let test: TestStore
let nowMs = Date.parse('2026-03-04T05:06:07Z')
const MINUTE_MS = 60_000

beforeAll(async () => {
  test = await startTestStore({ nowMs: () => nowMs })
})
afterAll(() => test.end())

const path = `/${BUCKET}/kept`
const body = 'what was signed'
const flipped = (text: string, at: number): string => {
  const other = text[at] === '0' ? '1' : '0'
  return text.slice(0, at) + other + text.slice(at + 1)
}
const stored = async (): Promise<string> => (await sendSigned(test.store.port, nowMs, { path })).body

interface Wire {
  method: string
  path: string
  headers: Record<string, string>
  body: Buffer | string
}

function put(): Wire {
  const headers = {
    host: `127.0.0.1:${test.store.port}`,
    'content-length': String(body.length),
    'content-type': 'text/plain',
    'x-amz-meta-a': '1',
  }
  const unsigned = { method: 'PUT', path: `${path}?x-id=PutObject`, headers, payloadHash: sha256(body) }
  return { ...unsigned, headers: sign(unsigned, nowMs).headers, body }
}

const sendWire = (wire: Wire): Promise<Answer> => send(test.store.port, wire.method, wire.path, wire.headers, wire.body)

const changes: readonly [what: string, code: string, change: (wire: Wire) => void][] = [
  ['method', 'SignatureDoesNotMatch', (wire) => (wire.method = 'DELETE')],
  ['key', 'SignatureDoesNotMatch', (wire) => (wire.path = wire.path.replace('kept', 'kepT'))],
  ['bucket', 'SignatureDoesNotMatch', (wire) => (wire.path = wire.path.replace(BUCKET, 'other'))],
  ['parameter', 'SignatureDoesNotMatch', (wire) => (wire.path = wire.path.replace('PutObject', 'CopyObject'))],
  ['parameter added', 'SignatureDoesNotMatch', (wire) => (wire.path += '&a=b')],
  ['host', 'SignatureDoesNotMatch', (wire) => (wire.headers['host'] = 'store.test')],
  ['port in host', 'SignatureDoesNotMatch', (wire) => (wire.headers['host'] = '127.0.0.1')],
  ['content-type', 'SignatureDoesNotMatch', (wire) => (wire.headers['content-type'] = 'text/html')],
  ['metadata', 'SignatureDoesNotMatch', (wire) => (wire.headers['x-amz-meta-a'] = '2')],
  ['signed header gone', 'SignatureDoesNotMatch', (wire) => delete wire.headers['x-amz-meta-a']],
  ['unsigned header added', 'AccessDenied', (wire) => (wire.headers['x-amz-meta-b'] = '2')],
  ['copy source added', 'AccessDenied', (wire) => (wire.headers['x-amz-copy-source'] = `${BUCKET}/secret`)],
  ['payload hash', 'SignatureDoesNotMatch', (wire) => (wire.headers['x-amz-content-sha256'] = sha256('x'))],
  ['no payload hash', 'InvalidRequest', (wire) => delete wire.headers['x-amz-content-sha256']],
  ['hash to unsigned', 'SignatureDoesNotMatch', (wire) => (wire.headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD')],
  ['body', 'XAmzContentSHA256Mismatch', (wire) => (wire.body = 'what was sighed')],
  [
    'time',
    'SignatureDoesNotMatch',
    (wire) => (wire.headers['x-amz-date'] = flipped(wire.headers['x-amz-date'] ?? '', 14)),
  ],
  ['no time', 'AccessDenied', (wire) => delete wire.headers['x-amz-date']],
  ['signature', 'SignatureDoesNotMatch', (wire) => changeAuthorization(wire, (text) => flipped(text, text.length - 1))],
  [
    'access key',
    'InvalidAccessKeyId',
    (wire) => changeAuthorization(wire, (text) => text.replace('tests-a', 'testS-a')),
  ],
  ['region', 'AuthorizationHeaderMalformed', (wire) => changeAuthorization(wire, (text) => text.replace('eu-', 'us-'))],
  [
    'service',
    'AuthorizationHeaderMalformed',
    (wire) => changeAuthorization(wire, (text) => text.replace('/s3/', '/ec2/')),
  ],
  [
    'date',
    'AuthorizationHeaderMalformed',
    (wire) => changeAuthorization(wire, (text) => text.replace('20260304', '20260305')),
  ],
  [
    'end',
    'AuthorizationHeaderMalformed',
    (wire) => changeAuthorization(wire, (text) => text.replace('aws4_', 'aws5_')),
  ],
  [
    'algorithm',
    'AuthorizationHeaderMalformed',
    (wire) => changeAuthorization(wire, (text) => text.replace('AWS4', 'AWS3')),
  ],
  [
    'host not signed',
    'AuthorizationHeaderMalformed',
    (wire) => changeAuthorization(wire, (text) => text.replace(';host', '')),
  ],
  [
    'list not sorted',
    'AuthorizationHeaderMalformed',
    (wire) => changeAuthorization(wire, (text) => text.replace('content-type;host', 'host;content-type')),
  ],
  ['no authorization', 'AccessDenied', (wire) => delete wire.headers['authorization']],
  ['a session token', 'InvalidToken', (wire) => (wire.headers['x-amz-security-token'] = 'x')],
]

function changeAuthorization(wire: Wire, change: (text: string) => string): void {
  wire.headers['authorization'] = change(wire.headers['authorization'] ?? '')
}

describe('a request signed in its headers', () => {
  it('works as it is', async () => {
    expect((await sendWire(put())).status).toBe(200)
    expect(await stored()).toBe(body)
  })

  it.each(changes)('with another %s is refused: %s', async (_what, code, change) => {
    const wire = put()
    change(wire)
    const answer = await sendWire(wire)
    expect(answer.code).toBe(code)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(await stored()).toBe(body)
  })

  it('is refused whichever character of the signature is changed', async () => {
    for (let at = 1; at <= 64; at += 7) {
      const wire = put()
      changeAuthorization(wire, (text) => flipped(text, text.length - at))
      expect((await sendWire(wire)).code).toBe('SignatureDoesNotMatch')
    }
  })

  it('is good for 15 minutes, before and after', async () => {
    for (const [afterMs, code] of [
      [-15 * MINUTE_MS, ''],
      [15 * MINUTE_MS, ''],
      [-15 * MINUTE_MS - 1000, 'RequestTimeTooSkewed'],
      [15 * MINUTE_MS + 1000, 'RequestTimeTooSkewed'],
    ] as const)
      expect((await sendSigned(test.store.port, nowMs + afterMs, { path })).code).toBe(code)
  })

  it('has a body that is protected, one way or another', async () => {
    const headers = { 'x-amz-checksum-sha256': createHash('sha256').update(body).digest('base64') }
    const unsigned = { method: 'PUT', path, body, payloadHash: 'UNSIGNED-PAYLOAD' }
    expect((await sendSigned(test.store.port, nowMs, unsigned)).code).toBe('AccessDenied')
    expect((await sendSigned(test.store.port, nowMs, { ...unsigned, headers })).status).toBe(200)
    expect((await sendSigned(test.store.port, nowMs, { ...unsigned, body: 'x', headers })).code).toBe('BadDigest')
  })
})

describe('a presigned address', () => {
  interface Address {
    readonly method?: string
    readonly expires?: string
    readonly extra?: Readonly<Record<string, string>>
  }
  function address({ method = 'GET', expires = '300', extra = {} }: Address = {}): string {
    const amzDate = new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, '')
    const scope = `${amzDate.slice(0, 8)}/${KEYS.region}/s3/aws4_request`
    const query = Object.entries({
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': `${KEYS.accessKeyId}/${scope}`,
      'X-Amz-Date': amzDate,
      'X-Amz-Expires': expires,
      'X-Amz-SignedHeaders': 'host',
      ...extra,
    })
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .sort()
      .join('&')
    const canonical = `${method}\n${path}\n${query}\nhost:127.0.0.1:${test.store.port}\n\nhost\nUNSIGNED-PAYLOAD`
    const text = `AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${sha256(canonical)}`
    const signature = createHmac('sha256', signingKey(KEYS, amzDate.slice(0, 8)))
      .update(text)
      .digest('hex')
    return `${path}?${query}&X-Amz-Signature=${signature}`
  }
  const get = (url: string, headers = {}, method = 'GET') =>
    send(test.store.port, method, url, { host: `127.0.0.1:${test.store.port}`, ...headers })

  it('is good until it expires, for its method and key', async () => {
    const url = address()
    expect((await get(url)).status).toBe(200)
    nowMs += 300_000
    expect((await get(url)).status).toBe(200)
    nowMs += 1
    expect(await get(url)).toMatchObject({ status: 403, code: 'AccessDenied' })
    nowMs -= 300_001
    expect((await get(url, {}, 'DELETE')).code).toBe('SignatureDoesNotMatch')
    expect((await get(url.replace('kept', 'other'))).code).toBe('SignatureDoesNotMatch')
    expect((await get(url.replace('Expires=300', 'Expires=301'))).code).toBe('SignatureDoesNotMatch')
    expect((await get(`${url}&a=b`)).code).toBe('SignatureDoesNotMatch')
    expect((await get(`${url}&X-Amz-Expires=600`)).code).toBe('InvalidArgument')
    expect((await get(url, { host: 'other.test' })).code).toBe('SignatureDoesNotMatch')
    expect((await get(url, { 'x-amz-meta-a': 'b' })).code).toBe('AccessDenied')
    expect((await get(url, { authorization: 'AWS4-HMAC-SHA256 x' })).code).toBe('InvalidArgument')
    expect((await get(flipped(url, url.length - 1))).code).toBe('SignatureDoesNotMatch')
  })

  it.each(['0', '-1', '604801', '1e3', '99999999', ''])('cannot last %s seconds', async (expires) => {
    expect((await get(address({ expires }))).code).toBe('AuthorizationQueryParametersError')
  })

  it('lasts a week at the most', async () => {
    expect((await get(address({ expires: '604800' }))).status).toBe(200)
  })

  it('with headers in it means those headers, and only those', async () => {
    const value = createHash('sha256').update(body).digest('base64')
    const url = address({ method: 'PUT', extra: { 'x-amz-checksum-sha256': value } })
    const length = (text: string) => ({ 'content-length': String(text.length), host: `127.0.0.1:${test.store.port}` })
    expect((await send(test.store.port, 'PUT', url, length('other'), 'other')).code).toBe('BadDigest')
    expect((await send(test.store.port, 'PUT', url, length(body), body)).status).toBe(200)
    expect((await get(address({ extra: { 'x-amz-server-side-encryption': 'AES256' } }))).code).toBe('NotImplemented')
  })
})

describe('a stream', () => {
  const chunks = [Buffer.alloc(9000, 'a'), Buffer.alloc(9000, 'b'), Buffer.alloc(10, 'c')]
  const whole = Buffer.concat(chunks)
  const sum = createHash('sha256').update(whole).digest('base64')
  const trailer = { name: 'x-amz-checksum-sha256', value: sum }

  interface Stream {
    readonly kind: string
    readonly length?: number
    readonly trailer?: typeof trailer
    readonly unsigned?: boolean
    readonly change?: (bytes: Buffer) => Buffer
  }
  function stream({
    kind,
    length = whole.length,
    trailer: after,
    unsigned = false,
    change = (bytes) => bytes,
  }: Stream): Promise<Answer> {
    const key = `/${BUCKET}/streamed`
    const plain = Buffer.concat([
      ...chunks.flatMap((one) => [Buffer.from(`${one.length.toString(16)}\r\n`), one, Buffer.from('\r\n')]),
      Buffer.from(`0\r\n${after ? `${after.name}:${after.value}\r\n` : ''}\r\n`),
    ])
    const headers: Record<string, string> = {
      host: `127.0.0.1:${test.store.port}`,
      'content-encoding': 'aws-chunked',
      'transfer-encoding': 'chunked',
      'x-amz-decoded-content-length': String(length),
      ...(after ? { 'x-amz-trailer': after.name } : {}),
    }
    const head = sign({ method: 'PUT', path: key, headers, payloadHash: kind }, nowMs)
    const bytes = change(unsigned ? plain : signedChunks(chunks, head, KEYS, after))
    return send(test.store.port, 'PUT', key, head.headers, bytes)
  }
  const SIGNED = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'
  const replace = (from: string, to: string) => (bytes: Buffer) =>
    Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1')
  const flipAt = (at: number) => (bytes: Buffer) => {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 1
    return changed
  }
  /** Two chunks of equal length change places with their heads. */
  const swapped = (bytes: Buffer) => {
    const size = `2328;chunk-signature=${'0'.repeat(64)}\r\n`.length + 9002
    return Buffer.concat([bytes.subarray(size, 2 * size), bytes.subarray(0, size), bytes.subarray(2 * size)])
  }

  it('of signed chunks, with and without a trailer, and of unsigned ones with a trailer is taken', async () => {
    for (const one of [
      { kind: SIGNED },
      { kind: `${SIGNED}-TRAILER`, trailer },
      { kind: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', trailer, unsigned: true },
    ]) {
      expect((await stream(one)).status).toBe(200)
      const got = await sendSigned(test.store.port, nowMs, { path: `/${BUCKET}/streamed` })
      expect(got.body).toBe(whole.toString())
      expect(got.headers['content-encoding']).toBeUndefined()
    }
  })

  const refused: readonly [what: string, code: string, one: Stream][] = [
    ['a changed byte', 'SignatureDoesNotMatch', { kind: SIGNED, change: flipAt(200) }],
    ['a changed chunk signature', 'SignatureDoesNotMatch', { kind: SIGNED, change: flipAt(30) }],
    ['chunks in another order', 'SignatureDoesNotMatch', { kind: SIGNED, change: swapped }],
    ['chunks that are not signed', 'SignatureDoesNotMatch', { kind: SIGNED, unsigned: true }],
    ['no last chunk', 'IncompleteBody', { kind: SIGNED, change: (bytes) => bytes.subarray(0, bytes.length - 200) }],
    [
      'something behind it',
      'InvalidRequest',
      { kind: SIGNED, change: (bytes) => Buffer.concat([bytes, Buffer.from('x\r\n')]) },
    ],
    ['less than announced', 'IncompleteBody', { kind: SIGNED, length: whole.length + 1 }],
    ['more than announced', 'InvalidRequest', { kind: SIGNED, length: whole.length - 1 }],
    [
      'a changed trailer',
      'SignatureDoesNotMatch',
      { kind: `${SIGNED}-TRAILER`, trailer, change: replace(sum, sha256('').slice(0, 43) + '=') },
    ],
    [
      'no trailer',
      'MalformedTrailerError',
      { kind: `${SIGNED}-TRAILER`, trailer, change: replace('x-amz-checksum-sha256', 'x-other') },
    ],
    [
      'a wrong checksum behind it',
      'BadDigest',
      { kind: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', trailer, unsigned: true, change: flipAt(20) },
    ],
    // Words that every object knows by its kind: none of them is one of the words for streams.
    ['constructor for a word', 'InvalidArgument', { kind: 'constructor', unsigned: true }],
    ['toString for a word', 'InvalidArgument', { kind: 'toString', unsigned: true }],
    ['__proto__ for a word', 'InvalidArgument', { kind: '__proto__', unsigned: true }],
    ['no word on a trailer', 'InvalidRequest', { kind: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', unsigned: true }],
    [
      'a trailer that nobody verifies',
      'NotImplemented',
      {
        kind: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        unsigned: true,
        trailer: { name: 'x-amz-checksum-crc64nvme', value: 'AAAAAAAAAAA=' },
      },
    ],
    [
      'a trailer that every object knows',
      'NotImplemented',
      {
        kind: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        unsigned: true,
        trailer: { name: 'x-amz-checksum-constructor', value: sum },
      },
    ],
  ]
  it.each(refused)('with %s is refused: %s', async (_what, code, one) => {
    const before = await sendSigned(test.store.port, nowMs, { path: `/${BUCKET}/streamed` })
    expect((await stream(one)).code).toBe(code)
    const after = await sendSigned(test.store.port, nowMs, { path: `/${BUCKET}/streamed` })
    expect(after.headers['last-modified']).toBe(before.headers['last-modified'])
    expect(after.body).toBe(before.body)
    expect((await test.files()).filter((file) => file.includes(`/${BUCKET}/tmp/`))).toEqual([])
  })
})
