import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { canonicalRequest, uriEncode } from './canonical-request.ts'
import { sha256Hex, signatureOf, signingKeyOf } from './signature.ts'

export interface ObjectClientOptions {
  /** Address of a store that speaks S3, with path style. */
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly bucket: string
  /** Longest silence; milliseconds, default 30,000. */
  readonly idleMs?: number
  readonly nowMs?: () => number
}

export interface FetchedObject {
  /** In lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: AsyncIterable<Buffer>
}

export interface ObjectToPut {
  readonly key: string
  /** Bytes. */
  readonly size: number
  /** In hex; the store refuses anything else. */
  readonly sha256: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: AsyncIterable<Buffer>
}

/** The store answered with something else than what was asked for. */
export class ObjectClientError extends Error {
  override readonly name = 'ObjectClientError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const EMPTY = sha256Hex('')
const ERROR_BYTES_MAX = 4096

async function textOf(message: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of message) {
    text += String(part)
    if (text.length > ERROR_BYTES_MAX) break
  }
  return text
}

/** Resolves when more can be written, or never will have to be. */
function untilWritable(outgoing: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const events = ['drain', 'response', 'error', 'close'] as const
    const done = (): void => {
      for (const event of events) outgoing.off(event, done)
      resolve()
    }
    if (outgoing.destroyed) resolve()
    else for (const event of events) outgoing.on(event, done)
  })
}

/** Reads, writes and deletes whole objects of one bucket, as streams; enough for copies, without a library. */
export class ObjectClient {
  readonly #options: ObjectClientOptions
  readonly #nowMs: () => number

  constructor(options: ObjectClientOptions) {
    this.#options = options
    this.#nowMs = options.nowMs ?? (() => Date.now())
  }

  #signed(
    method: string,
    path: string,
    query: ReadonlyMap<string, string>,
    hash: string,
    extra: Record<string, string>,
  ) {
    const { endpoint, region, accessKeyId, secretAccessKey } = this.#options
    const amzDate = new Date(this.#nowMs()).toISOString().replace(/[-:]|\.\d{3}/g, '')
    const scope = `${amzDate.slice(0, 8)}/${region}/s3/aws4_request`
    const host = new URL(endpoint).host
    const headers = new Map(Object.entries({ ...extra, host, 'x-amz-content-sha256': hash, 'x-amz-date': amzDate }))
    const names = [...headers.keys()].sort((one, other) => (one < other ? -1 : 1))
    const canonical = canonicalRequest({ method, path, query, headers }, names, hash)
    const text = ['AWS4-HMAC-SHA256', amzDate, scope, sha256Hex(canonical)].join('\n')
    const signature = signatureOf(signingKeyOf(secretAccessKey, scope), text)
    const credential = `Credential=${accessKeyId}/${scope}`
    headers.set(
      'authorization',
      `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
    )
    return Object.fromEntries(headers)
  }

  async #send(
    method: string,
    key: string,
    options: {
      readonly query?: ReadonlyMap<string, string>
      readonly hash?: string
      readonly headers?: Record<string, string>
      readonly body?: AsyncIterable<Buffer>
    } = {},
  ): Promise<IncomingMessage> {
    const { query = new Map<string, string>(), hash = EMPTY, headers = {}, body } = options
    const { endpoint, bucket, idleMs = 30_000 } = this.#options
    const path = `/${bucket}${key === '' ? '' : `/${key}`}`
    const url = new URL(endpoint)
    const start = url.protocol === 'https:' ? httpsRequest : httpRequest
    const asked = [...query].map(([name, value]) => `${uriEncode(name)}=${uriEncode(value)}`).join('&')
    const outgoing = start({
      protocol: url.protocol,
      host: url.hostname,
      port: url.port,
      method,
      path: `${path.split('/').map(uriEncode).join('/')}${asked === '' ? '' : `?${asked}`}`,
      headers: this.#signed(method, path, query, hash, headers),
      timeout: idleMs,
      agent: false,
    })
    outgoing.once('timeout', () => outgoing.destroy(new Error('the object store fell silent')))
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve).once('error', reject)
    })
    // Looked at when all is written: a store that refuses in the middle ends the writing.
    answered.catch(() => {})
    try {
      for await (const part of body ?? []) if (!outgoing.write(part)) await untilWritable(outgoing)
    } catch (error) {
      outgoing.destroy()
      throw error
    }
    outgoing.end()
    const message = await answered
    const status = message.statusCode ?? 0
    if (status >= 200 && status < 300) return message
    const text = await textOf(message)
    message.destroy()
    const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? ''
    throw new ObjectClientError(status, `${method} ${path} answered ${status} ${code}`)
  }

  /** @throws ObjectClientError 404 when there is none */
  async get(key: string): Promise<FetchedObject> {
    const message = await this.#send('GET', key)
    const headers: Record<string, string> = {}
    for (const [name, value] of Object.entries(message.headers)) if (typeof value === 'string') headers[name] = value
    return { headers, body: message }
  }

  /** @throws ObjectClientError */
  async put({ key, size, sha256, headers, body }: ObjectToPut): Promise<void> {
    const all = { ...headers, 'content-length': String(size) }
    const message = await this.#send('PUT', key, { hash: sha256, headers: all, body })
    message.resume()
  }

  /** Takes an object away; that there is none is no error. @throws ObjectClientError */
  async delete(key: string): Promise<void> {
    const message = await this.#send('DELETE', key)
    message.resume()
  }

  /** Whether there is any object that begins like this. */
  async any(prefix: string): Promise<boolean> {
    const query = new Map([
      ['list-type', '2'],
      ['max-keys', '1'],
      ['prefix', prefix],
    ])
    const text = await textOf(await this.#send('GET', '', { query }))
    const count = /<KeyCount>(\d+)<\/KeyCount>/.exec(text)?.[1]
    if (count === undefined) throw new ObjectClientError(200, 'the list of the bucket cannot be read')
    return count !== '0'
  }
}
