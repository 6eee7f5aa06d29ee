import { Readable } from 'node:stream'
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { currentRequest } from '@greengate/kit/context'
import { ServiceError } from '@greengate/kit/errors'
import { Bulkhead, CallCancelledError, callErrorCode, CallPolicy, CircuitBreaker } from '@greengate/kit/resilience'
import type { Config } from './config.ts'
import type { ExpectedUpload, ObjectStore, OpenObject, UploadAddress } from './object-store.ts'

export interface S3StoreOptions {
  readonly endpoint: string
  /** Where browsers reach it. Default: `endpoint`. */
  readonly uploadEndpoint?: string
  readonly region: string
  readonly bucket: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Limit of one attempt, of an object's only until it begins; five times as much for a copy. Milliseconds, default 4,000. */
  readonly timeoutMs?: number
  /** For how long an address takes an upload; seconds. Default 900. */
  readonly uploadExpiresS?: number
  /** Objects of a page of a list; 1 to 1,000. Default 1,000. */
  readonly pageMax?: number
  readonly nowMs?: () => number
}

const AT_ONCE = 16
const WAITING_MAX = 64
const COPY_FACTOR = 5
/** What an id stands for never changes. */
const CACHE_CONTROL = 'public, max-age=31536000, immutable'

/** What the SDK would write to the console is not for our log; what matters of it is thrown. */
const silent = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore }

function ignore(): void {
  // Nothing.
}

/** Each call says which request it is made for, so that the store's log and ours can be laid side by side. */
function nameRequest(request: unknown): void {
  const context = currentRequest()
  if (!context || typeof request !== 'object' || request === null || !('headers' in request)) return
  const headers = request.headers as Record<string, string>
  if (context.correlationId !== '') headers['x-correlation-id'] = context.correlationId
  if (context.trace) headers['traceparent'] = context.trace.traceparent
}

/** The store of the configuration. */
export function storeOf(config: Config, nowMs?: () => number): ObjectStore {
  const { S3_UPLOAD_ENDPOINT } = config
  return new S3Store({
    endpoint: config.S3_ENDPOINT,
    ...(S3_UPLOAD_ENDPOINT === undefined ? {} : { uploadEndpoint: S3_UPLOAD_ENDPOINT }),
    region: config.S3_REGION,
    bucket: config.S3_BUCKET,
    accessKeyId: config.S3_ACCESS_KEY_ID,
    secretAccessKey: config.S3_SECRET_ACCESS_KEY,
    ...(nowMs ? { nowMs } : {}),
  })
}

/** An answer with an error in it, by its status: the policy tells by it whether the store is to blame. */
class StoreAnswerError extends Error {
  override readonly name = 'StoreAnswerError'
  readonly status: number | undefined

  constructor(status: number | undefined, cause: unknown) {
    super('the object store refused, or did not answer', { cause })
    this.status = status
  }
}

function partly(what: string): ServiceError {
  return new ServiceError('upstream_unavailable', { cause: new Error(`the object store sent no whole ${what}`) })
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined
  const metadata: unknown = error.$metadata
  return typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
    ? Number(metadata.httpStatusCode)
    : undefined
}

function isMissing(error: unknown): boolean {
  const cause = error instanceof StoreAnswerError ? error.cause : null
  // A bucket that is missing is no object that is missing.
  return cause instanceof Error && (cause.name === 'NoSuchKey' || cause.name === 'NotFound')
}

/** An S3-compatible store, through its SDK: one breaker, one bulkhead and one time limit around all of its calls. */
export class S3Store implements ObjectStore {
  readonly #options: S3StoreOptions
  readonly #client: S3Client
  readonly #signer: S3Client
  readonly #policy: CallPolicy
  /** The store moves the bytes itself before it answers. */
  readonly #copies: CallPolicy
  readonly #bulkhead = new Bulkhead(AT_ONCE, WAITING_MAX, { queueTimeoutMs: 5000 })
  readonly #breaker = new CircuitBreaker({ name: 'store' })

  constructor(options: S3StoreOptions) {
    const { timeoutMs = 4000, endpoint, uploadEndpoint = endpoint } = options
    this.#options = options
    const shared = {
      logger: silent,
      region: options.region,
      forcePathStyle: true,
      credentials: { accessKeyId: options.accessKeyId, secretAccessKey: options.secretAccessKey },
      // Repeated by the policy, which knows what is left of the time and how the store is doing.
      maxAttempts: 1,
      // Checksums are SHA-256, and computed here from the bytes that were read.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    } as const
    this.#client = new S3Client({
      ...shared,
      endpoint,
      // The limit for an answer is the policy's; this one ends a body that stops coming.
      requestHandler: { connectionTimeout: 2000, socketTimeout: timeoutMs * COPY_FACTOR, logger: silent },
    })
    this.#client.middlewareStack.add(
      (next) => (args) => {
        nameRequest(args.request)
        return next(args)
      },
      { step: 'build', name: 'nameRequest' },
    )
    this.#signer = new S3Client({ ...shared, endpoint: uploadEndpoint })
    const policy = {
      name: 'store',
      timeoutMs,
      breaker: this.#breaker,
      bulkhead: this.#bulkhead,
      retry: { attemptsMax: 2, delayMinMs: 100, delayMaxMs: 1000 },
    } as const
    this.#policy = new CallPolicy(policy)
    this.#copies = new CallPolicy({ ...policy, timeoutMs: timeoutMs * COPY_FACTOR })
  }

  async uploadAddress(key: string, { contentType, size, sha256 }: ExpectedUpload): Promise<UploadAddress> {
    const { bucket, uploadExpiresS = 900, nowMs = Date.now } = this.#options
    const checksum = Buffer.from(sha256, 'hex').toString('base64')
    const signingDate = new Date(nowMs())
    const signed = new Set(['host', 'content-length', 'content-type', 'x-amz-checksum-sha256'])
    const url = await getSignedUrl(
      this.#signer,
      new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        ContentType: contentType,
        ContentLength: size,
        ChecksumSHA256: checksum,
      }),
      {
        expiresIn: uploadExpiresS,
        signingDate,
        signableHeaders: signed,
        // In the address it would be a wish of whoever sends it; as a signed header the store holds the bytes to it.
        unhoistableHeaders: new Set(['x-amz-checksum-sha256']),
      },
    )
    return {
      method: 'PUT',
      url,
      headers: { 'content-type': contentType, 'x-amz-checksum-sha256': checksum },
      expiresAt: new Date(signingDate.getTime() + uploadExpiresS * 1000),
    }
  }

  async open(key: string): Promise<OpenObject | null> {
    const answer = await this.#call(
      (abortSignal) => this.#client.send(new GetObjectCommand({ ...this.#bucket, Key: key }), { abortSignal }),
      null,
    )
    if (!answer) return null
    const { Body, ContentLength, ETag } = answer
    if (!(Body instanceof Readable) || ContentLength === undefined || ETag === undefined) throw partly('answer')
    // What nobody reads any more may still break.
    Body.on('error', () => undefined)
    return { body: Body, size: ContentLength, etag: ETag }
  }

  async exists(key: string): Promise<boolean> {
    const command = (abortSignal: AbortSignal) =>
      this.#client.send(new HeadObjectCommand({ ...this.#bucket, Key: key }), { abortSignal })
    return (await this.#call(command, null)) !== null
  }

  async copy(from: string, to: string, etag: string, contentType: string): Promise<boolean> {
    const command = new CopyObjectCommand({
      ...this.#bucket,
      Key: to,
      CopySource: `${this.#options.bucket}/${from}`,
      CopySourceIfMatch: etag,
      MetadataDirective: 'REPLACE',
      ContentType: contentType,
      CacheControl: CACHE_CONTROL,
    })
    try {
      const send = (abortSignal: AbortSignal) => this.#client.send(command, { abortSignal })
      return (await this.#call(send, null, this.#copies)) !== null
    } catch (error) {
      if (error instanceof ServiceError && error.cause instanceof StoreAnswerError && error.cause.status === 412)
        return false
      throw error
    }
  }

  async remove(key: string): Promise<void> {
    const command = new DeleteObjectCommand({ ...this.#bucket, Key: key })
    await this.#call((abortSignal) => this.#client.send(command, { abortSignal }), null)
  }

  async list(prefix: string, after: string): ReturnType<ObjectStore['list']> {
    const command = new ListObjectsV2Command({
      ...this.#bucket,
      Prefix: prefix,
      MaxKeys: this.#options.pageMax ?? 1000,
      ...(after === '' ? {} : { StartAfter: after }),
    })
    const answer = await this.#call((abortSignal) => this.#client.send(command, { abortSignal }), undefined)
    // Read as "there is nothing", half an answer would cost objects their rows.
    if (answer?.IsTruncated === undefined) throw partly('list')
    const objects = (answer.Contents ?? []).map(({ Key, Size, LastModified }) => {
      if (Key === undefined || Size === undefined || LastModified === undefined) throw partly('list')
      return { key: Key, size: Size, lastModified: LastModified }
    })
    const last = objects.at(-1)?.key ?? null
    if (answer.IsTruncated && last === null) throw partly('list')
    return { objects, next: answer.IsTruncated ? last : null }
  }

  stats() {
    return { running: this.#bulkhead.running, waiting: this.#bulkhead.queued, breaker: this.#breaker.state.kind }
  }

  close(): void {
    this.#client.destroy()
    this.#signer.destroy()
  }

  get #bucket() {
    return { Bucket: this.#options.bucket }
  }

  /** @param missing answered when there is no such object; undefined: that is an error like others */
  async #call<T, M extends null | undefined>(
    work: (signal: AbortSignal) => Promise<T>,
    missing: M,
    policy: CallPolicy = this.#policy,
  ): Promise<T | M> {
    try {
      return await policy.run(({ signal }) =>
        work(signal).catch((error: unknown) => {
          throw new StoreAnswerError(statusOf(error), error)
        }),
      )
    } catch (error) {
      if (missing === null && isMissing(error)) return missing
      if (error instanceof CallCancelledError) throw error
      throw new ServiceError(callErrorCode(error) ?? 'upstream_unavailable', { cause: error })
    }
  }
}
