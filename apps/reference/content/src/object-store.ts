import type { Readable } from 'node:stream'

export interface StoredObject {
  readonly key: string
  /** Bytes. */
  readonly size: number
  readonly lastModified: Date
}

/** An object that is being read. Whoever asked for it reads it to its end or destroys it. */
export interface OpenObject {
  readonly body: Readable
  /** Bytes. */
  readonly size: number
  /** Names exactly these bytes. */
  readonly etag: string
}

export interface UploadAddress {
  readonly method: 'PUT'
  readonly url: string
  /** To be sent with it, exactly; the length of the body is signed as well. */
  readonly headers: Readonly<Record<string, string>>
  readonly expiresAt: Date
}

/** What an upload has to be. */
export interface ExpectedUpload {
  readonly contentType: string
  /** Bytes. */
  readonly size: number
  /** In hex. */
  readonly sha256: string
}

/**
 * Where the bytes of media are. Every call ends within its time limit; each may be repeated.
 * All throw ServiceError `upstream_unavailable`, `upstream_timeout` or `overloaded` when the store gives no answer, and
 * CallCancelledError when the caller went away.
 */
export interface ObjectStore {
  /** An address that takes exactly this upload, for a while. Made here: the store is not asked. */
  uploadAddress(key: string, upload: ExpectedUpload): Promise<UploadAddress>
  /** Null when there is no such object. */
  open(key: string): Promise<OpenObject | null>
  exists(key: string): Promise<boolean>
  /** @param etag of the source, which must not have changed. @returns false when the source is gone or another by now */
  copy(from: string, to: string, etag: string, contentType: string): Promise<boolean>
  /** Also when there is none. */
  remove(key: string): Promise<void>
  /** Up to 1,000 objects in order of their keys' bytes, after a key. @returns `next`: the last key when there may be more */
  list(
    prefix: string,
    after: string,
  ): Promise<{ readonly objects: readonly StoredObject[]; readonly next: string | null }>
  /** For gauges. */
  stats(): { readonly running: number; readonly waiting: number; readonly breaker: string }
  close(): void
}

/** Where an upload waits until it was verified. Nobody reads from there. */
export function stagingKey(mediaId: string): string {
  return `${STAGING_PREFIX}${mediaId}`
}

export const STAGING_PREFIX = 'uploads/'
export const MEDIA_PREFIX = 'media/'
