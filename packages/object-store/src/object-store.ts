import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { mkdir, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { sendEmpty, sendError } from './answer.ts'
import { readBody } from './body.ts'
import { Bucket, type Report } from './bucket.ts'
import { answerPreflight, corsHeaders } from './cors.ts'
import { type FolderLock, lockFolder } from './folder-lock.ts'
import { KeyedQueue } from './keyed-queue.ts'
import { type Call, copyObject, deleteObject, getObject, listObjects, putObject, signer } from './object-routes.ts'
import { planPayload, receivePayload } from './payload.ts'
import { S3Error } from './s3-error.ts'
import { isBucketName, parseRequest, type S3Request } from './s3-request.ts'
import { effectiveHeaders, verifySignature } from './signature.ts'
import { refuseUnsupported } from './supported.ts'

export interface ObjectStoreOptions {
  /** Where everything is kept; made when it is missing. One store at a time. */
  readonly folder: string
  /** Default: 127.0.0.1. */
  readonly host?: string
  /** 0: a free one. */
  readonly port: number
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Default: us-east-1. */
  readonly region?: string
  /** Buckets that are there from the start; others come by CreateBucket. */
  readonly buckets?: readonly string[]
  /** Beginnings of keys that everybody may read, such as `media/`. Default: none. */
  readonly publicPrefixes?: readonly string[]
  /** Origins whose scripts may use presigned addresses. Default: none. */
  readonly corsOrigins?: readonly string[]
  /** Largest object; bytes, default 1 GiB. */
  readonly objectBytesMax?: number
  /** Most objects of a bucket, whose keys are held in memory; default 100,000. */
  readonly objectsMax?: number
  /** Most connections at a time; default 256. */
  readonly connectionsMax?: number
  /** Longest silence within a body; milliseconds, default 15,000. */
  readonly bodyIdleMs?: number
  /** Longest time from the first byte of a request to its last; milliseconds, default 300,000. */
  readonly requestMs?: number
  /** Milliseconds since 1970; default the clock of the machine. */
  readonly nowMs?: () => number
  /** Takes what an operator has to know. Default: nothing is done with it. */
  readonly report?: (event: ObjectStoreEvent) => void
}

export type ObjectStoreEvent =
  Parameters<Report>[0] | { readonly event: 'request_failed'; readonly requestId: string; readonly error: unknown }

export interface ObjectStore {
  /** Address for `endpoint`, with path style. */
  readonly url: string
  readonly port: number
  /** Lets what is under way end for up to 3 s, then cuts it off; uploads that were cut off leave nothing. */
  close(): Promise<void>
}

const BUCKETS_MAX = 100
const CLOSE_MS = 3_000
/** No bucket can have this name, so it is free for a probe. */
const HEALTH_PATH = '/-/health'

class Store {
  readonly #options: ObjectStoreOptions
  readonly #nowMs: () => number
  readonly #region: string
  readonly #report: (event: ObjectStoreEvent) => void
  readonly #buckets = new Map<string, Bucket>()
  readonly #root: string
  readonly #making = new KeyedQueue()
  readonly #underWay = new Set<Promise<void>>()

  constructor(options: ObjectStoreOptions) {
    this.#options = options
    this.#nowMs = options.nowMs ?? (() => Date.now())
    this.#region = options.region ?? 'us-east-1'
    this.#report = options.report ?? (() => {})
    this.#root = join(resolve(options.folder), 'buckets')
  }

  async open(): Promise<void> {
    await mkdir(this.#root, { recursive: true, mode: 0o700 })
    const names = new Set([...(await readdir(this.#root)), ...(this.#options.buckets ?? [])])
    for (const name of names) await this.#make(name)
  }

  async #make(name: string): Promise<void> {
    if (!isBucketName(name)) throw new S3Error('InvalidBucketName', `${name} is no name for a bucket.`)
    if (this.#buckets.size >= BUCKETS_MAX) throw new S3Error('InvalidRequest', `${BUCKETS_MAX} buckets at the most.`)
    this.#buckets.set(name, await Bucket.open(this.#root, name, this.#report, this.#options.objectsMax ?? 100_000))
  }

  readonly #named = (name: string): Bucket => {
    const bucket = this.#buckets.get(name)
    if (!bucket) throw new S3Error(isBucketName(name) ? 'NoSuchBucket' : 'InvalidBucketName')
    return bucket
  }

  /** Handles one request; never rejects. */
  handle(message: IncomingMessage, response: ServerResponse, waits: boolean): void {
    const done = this.#answer(message, response, waits)
    this.#underWay.add(done)
    void done.finally(() => this.#underWay.delete(done))
  }

  /** All requests that were begun have let go of their files. */
  async quiet(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  async #answer(message: IncomingMessage, response: ServerResponse, waits: boolean): Promise<void> {
    const requestId = randomBytes(8).toString('hex').toUpperCase()
    response.setHeader('x-amz-request-id', requestId)
    // What people uploaded must not act as a page of this address.
    response.setHeader('x-content-type-options', 'nosniff')
    response.setHeader('content-security-policy', "default-src 'none'; sandbox")
    let bodyComes = !waits
    const body = (): AsyncIterable<Buffer> => {
      if (!bodyComes) response.writeContinue()
      bodyComes = true
      return readBody(message, this.#options.bodyIdleMs ?? 15_000)
    }
    try {
      await this.#route(message, response, body)
    } catch (error) {
      const known = error instanceof S3Error ? error : new S3Error('InternalError', undefined, error)
      if (!(error instanceof S3Error) && !message.destroyed && !response.destroyed)
        this.#report({ event: 'request_failed', requestId, error })
      if (response.headersSent || response.destroyed) response.destroy()
      else await sendError(message, response, known, bodyComes)
    }
  }

  async #route(message: IncomingMessage, response: ServerResponse, body: () => AsyncIterable<Buffer>): Promise<void> {
    const request = parseRequest(message)
    corsHeaders(request, response, this.#options.corsOrigins ?? [])
    if (request.path === HEALTH_PATH && request.method === 'GET') return sendEmpty(response, 200)
    if (request.method === 'OPTIONS') return answerPreflight(request, response, this.#options.corsOrigins ?? [])
    const { accessKeyId, secretAccessKey } = this.#options
    const signed = verifySignature(request, { accessKeyId, secretAccessKey, region: this.#region }, this.#nowMs())
    if (!signed && !this.#isPublicRead(request)) throw new S3Error('AccessDenied')
    const headers = effectiveHeaders(request, signed)
    refuseUnsupported(request, headers)
    const objectBytesMax = this.#options.objectBytesMax ?? 1024 ** 3
    const call = { request, headers, signed, message, response, body, nowMs: this.#nowMs, objectBytesMax }
    if (request.bucket === '') throw new S3Error('NotImplemented', 'Buckets are not listed here.')
    await (request.key === '' ? this.#bucketCall(call) : this.#objectCall(call))
  }

  #isPublicRead(request: S3Request): boolean {
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    return isRead && (this.#options.publicPrefixes ?? []).some((one) => one !== '' && request.key.startsWith(one))
  }

  async #objectCall(call: Call): Promise<void> {
    const bucket = this.#named(call.request.bucket)
    switch (call.request.method) {
      case 'GET':
      case 'HEAD':
        return getObject(bucket, call)
      case 'PUT':
        return call.headers.has('x-amz-copy-source') ? copyObject(bucket, call, this.#named) : putObject(bucket, call)
      case 'DELETE':
        return deleteObject(bucket, call)
      default:
        throw new S3Error('MethodNotAllowed')
    }
  }

  async #bucketCall(call: Call): Promise<void> {
    const name = call.request.bucket
    const signed = signer(call)
    switch (call.request.method) {
      case 'GET':
        return listObjects(this.#named(name), call)
      case 'HEAD':
        this.#named(name)
        call.response.setHeader('x-amz-bucket-region', this.#region)
        return sendEmpty(call.response, 200)
      case 'PUT': {
        // Where the bucket should be is the only thing a body could say, and there is one place.
        const headers = new Map([['content-length', '0'], ...call.headers])
        await receivePayload(planPayload(headers, signed, 64 * 1024), signed, call.body(), () => Promise.resolve())
        await this.#making.run(name, async () => {
          if (this.#buckets.has(name)) throw new S3Error('BucketAlreadyOwnedByYou')
          await this.#make(name)
        })
        call.response.setHeader('location', `/${name}`)
        return sendEmpty(call.response, 200)
      }
      default:
        throw new S3Error('MethodNotAllowed')
    }
  }
}

function limit(server: Server, options: ObjectStoreOptions): void {
  server.maxConnections = options.connectionsMax ?? 256
  server.maxHeadersCount = 100
  server.headersTimeout = Math.min(10_000, options.requestMs ?? 300_000)
  server.requestTimeout = options.requestMs ?? 300_000
  // Longer than clients keep a connection that rests: whoever closes it first must not be us.
  server.keepAliveTimeout = 72_000
  // Somebody who does not read what was sent holds a connection no longer than this.
  server.timeout = 60_000
}

async function close(server: Server, store: Store, lock: FolderLock): Promise<void> {
  const closed = new Promise<void>((done) => server.close(() => done()))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), CLOSE_MS)
  await closed
  clearTimeout(timer)
  await store.quiet()
  await lock.release()
}

/**
 * Starts an S3-compatible store on disk that verifies every signature and every checksum. Plain HTTP, path style.
 * @throws Error when the folder is in use or the port is taken
 */
export async function startObjectStore(options: ObjectStoreOptions): Promise<ObjectStore> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 })
  const lock = await lockFolder(options.folder)
  try {
    const store = new Store(options)
    await store.open()
    const server = createServer(
      { maxHeaderSize: 16 * 1024, connectionsCheckingInterval: 1_000, requireHostHeader: true },
      (message, response) => store.handle(message, response, false),
    )
    server.on('checkContinue', (message: IncomingMessage, response: ServerResponse) =>
      store.handle(message, response, true),
    )
    limit(server, options)
    const host = options.host ?? '127.0.0.1'
    await new Promise<void>((done, reject) => {
      server.once('error', reject)
      server.listen(options.port, host, done)
    })
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : options.port
    let closing: Promise<void> | undefined
    return {
      url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
      port,
      close: () => (closing ??= close(server, store, lock)),
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}
