import { createHash, createHmac } from 'node:crypto'
import { type IncomingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'

/** What the tests' store knows. */
export const KEYS = {
  accessKeyId: 'tests-access-key',
  secretAccessKey: 'tests-secret-key-of-nobody',
  region: 'eu-test-1',
}

export const sha256 = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex')
const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest()

export interface Unsigned {
  readonly method: string
  /** As it goes over the wire: encoded, query sorted. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly payloadHash: string
}

export interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly region: string
}

export function signingKey(keys: Keys, date: string): Buffer {
  return hmac(hmac(hmac(hmac(`AWS4${keys.secretAccessKey}`, date), keys.region), 's3'), 'aws4_request')
}

export interface SignedHead {
  readonly headers: Record<string, string>
  readonly signature: string
  readonly scope: string
  readonly amzDate: string
}

/** An independent signer: written from the text of the specification, it shares no code with the store. */
export function sign(unsigned: Unsigned, nowMs: number, keys: Keys = KEYS): SignedHead {
  const amzDate = new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, '')
  const scope = `${amzDate.slice(0, 8)}/${keys.region}/s3/aws4_request`
  const headers: Record<string, string> = {
    ...unsigned.headers,
    'x-amz-content-sha256': unsigned.payloadHash,
    'x-amz-date': amzDate,
  }
  const names = Object.keys(headers).sort()
  const [path = '', query = ''] = unsigned.path.split('?')
  const canonical = [
    unsigned.method,
    path,
    query,
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    unsigned.payloadHash,
  ].join('\n')
  const text = ['AWS4-HMAC-SHA256', amzDate, scope, sha256(canonical)].join('\n')
  const signature = hmac(signingKey(keys, amzDate.slice(0, 8)), text).toString('hex')
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope},SignedHeaders=${names.join(';')},Signature=${signature}`
  return { headers, signature, scope, amzDate }
}

/** The body of a stream whose chunks are signed one by one. */
export function signedChunks(
  chunks: readonly Buffer[],
  head: SignedHead,
  keys: Keys = KEYS,
  trailer?: { readonly name: string; readonly value: string },
): Buffer {
  const key = signingKey(keys, head.amzDate.slice(0, 8))
  let before = head.signature
  const next = (kind: string, ...rest: string[]): string =>
    (before = hmac(key, [kind, head.amzDate, head.scope, before, ...rest].join('\n')).toString('hex'))
  const parts = [...chunks, Buffer.alloc(0)].map((chunk) => {
    const signature = next('AWS4-HMAC-SHA256-PAYLOAD', sha256(''), sha256(chunk))
    const line = `${chunk.length.toString(16)};chunk-signature=${signature}\r\n`
    return Buffer.concat([Buffer.from(line), chunk, Buffer.from(chunk.length === 0 ? '' : '\r\n')])
  })
  if (!trailer) return Buffer.concat([...parts, Buffer.from('\r\n')])
  const signature = next('AWS4-HMAC-SHA256-TRAILER', sha256(`${trailer.name}:${trailer.value}\n`))
  const end = `${trailer.name}:${trailer.value}\r\nx-amz-trailer-signature:${signature}\r\n\r\n`
  return Buffer.concat([...parts, Buffer.from(end)])
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Word of S3's error, empty for none. */
  readonly code: string
}

/** Sends exactly these headers and this body. */
export function send(
  port: number,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: Buffer | string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (incoming) => {
      const parts: Buffer[] = []
      incoming.on('data', (part: Buffer) => parts.push(part))
      incoming.once('error', reject)
      incoming.once('end', () => {
        const text = Buffer.concat(parts).toString('latin1')
        const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? ''
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text, code })
      })
    })
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}

/** Signs and sends. */
export function sendSigned(
  port: number,
  nowMs: number,
  {
    method = 'GET',
    path,
    headers = {},
    body = '',
    payloadHash = sha256(body),
  }: Partial<Unsigned> & {
    readonly path: string
    readonly body?: Buffer | string
  },
): Promise<Answer> {
  const length = Buffer.byteLength(body)
  const all = { host: `127.0.0.1:${port}`, ...(length > 0 ? { 'content-length': String(length) } : {}), ...headers }
  return send(port, method, path, sign({ method, path, headers: all, payloadHash }, nowMs).headers, body)
}

/** Writes these bytes to the port and resolves with what came back when the connection ends. */
export function sendRaw(port: number, bytes: string, end: boolean): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => (end ? socket.end(bytes) : socket.write(bytes)))
    socket.on('data', (part) => (text += part.toString('latin1')))
    socket.on('error', () => {})
    socket.once('close', () => resolve(text))
  })
}
