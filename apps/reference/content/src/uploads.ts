import { randomUUID } from 'node:crypto'
import { ServiceError } from '@greengate/kit/errors'
import { Bulkhead } from '@greengate/kit/resilience'
import type { Logger } from '@greengate/kit/telemetry'
import { fail } from './error-codes.ts'
import { inspectMedia, MediaUnreadError } from './inspect-media.ts'
import type { MediaRow, MediaRows, NewMedia } from './media-rows.ts'
import { type ObjectStore, type OpenObject, stagingKey, type UploadAddress } from './object-store.ts'
import { isMediaInUse } from './violated-constraint.ts'

/** How many uploads are read back at once, and how many wait for that. */
const VERIFIED_AT_ONCE = 4
const WAITING_MAX = 32

export interface UploadParts {
  readonly rows: MediaRows
  readonly store: ObjectStore
  readonly logger: Logger
  readonly nowMs: () => number
}

/**
 * Uploads from announced to verified. The bytes go from the browser to the store and wait at `uploads/<id>`; what is
 * there is read back, copied to `media/...`, and only then the row says that it is ready. Each step may be repeated, by
 * several at once: the key follows from the id, the row becomes ready once, and what is left over is reaped.
 */
export class Uploads {
  readonly #parts: UploadParts
  readonly #verifying = new Bulkhead(VERIFIED_AT_ONCE, WAITING_MAX, { queueTimeoutMs: 20_000 })

  constructor(parts: UploadParts) {
    this.#parts = parts
  }

  /** @throws ServiceError `too_many_uploads` */
  async announce(media: NewMedia, by: string): Promise<{ row: MediaRow; upload: UploadAddress }> {
    const { rows, store, nowMs } = this.#parts
    const mediaId = randomUUID()
    const { content_type: contentType, size, sha256 } = media
    const upload = await store.uploadAddress(stagingKey(mediaId), { contentType, size, sha256 })
    const row = await rows.add(mediaId, media, by, new Date(nowMs()))
    if (!row) throw fail('too_many_uploads')
    return { row, upload }
  }

  /**
   * Verifies what was uploaded and makes it available.
   * @param signal aborts when nobody waits any more: then nothing has changed, or all of it
   * @throws ServiceError `not_found`; `media_not_uploaded`; `media_rejected`, after which nothing of it is left
   */
  async complete(mediaId: string, signal: AbortSignal): Promise<MediaRow> {
    const row = await this.#parts.rows.find(mediaId)
    if (!row) throw new ServiceError('not_found')
    if (row.status === 'ready') return row
    return this.#verifying.run(() => this.#verify(row, signal), signal)
  }

  /** @throws ServiceError `not_found`, `media_in_use` */
  async remove(mediaId: string): Promise<void> {
    const key = await this.#parts.rows.remove(mediaId).catch((error: unknown) => {
      throw isMediaInUse(error) ? fail('media_in_use') : error
    })
    if (key === null) throw new ServiceError('not_found')
    await this.#forget(key)
    await this.#forget(stagingKey(mediaId))
  }

  /** Gives an upload up that is not ready. @throws ServiceError `not_found`; `forbidden` for one that is ready */
  async withdraw(mediaId: string): Promise<void> {
    const { rows } = this.#parts
    const key = await rows.removePending(mediaId)
    if (key === null) throw new ServiceError((await rows.find(mediaId)) ? 'forbidden' : 'not_found')
    await this.#forget(key)
    await this.#forget(stagingKey(mediaId))
  }

  async #verify(row: MediaRow, signal: AbortSignal): Promise<MediaRow> {
    const { rows, store, nowMs } = this.#parts
    const staging = stagingKey(row.media_id)
    const object = await store.open(staging)
    if (!object) return this.#overtaken(row)
    const found = await this.#inspect(object, row, signal)
    if (!found.ok) {
      await this.#reject(row)
      const details = [{ field: found.field, problem: found.problem }]
      throw fail('media_rejected', { details })
    }
    if (!(await store.copy(staging, row.object_key, object.etag, row.content_type))) return this.#overtaken(row)
    const ready = await rows.becomeReady(row.media_id, found.width, found.height, new Date(nowMs()))
    if (!ready) return this.#overtaken(row)
    await this.#forget(staging)
    return ready
  }

  async #inspect(object: OpenObject, row: MediaRow, signal: AbortSignal) {
    if (object.size !== row.size) {
      object.body.destroy()
      return { ok: false, field: 'size', problem: 'is not what was announced' } as const
    }
    try {
      return await inspectMedia(object.body, row, signal)
    } catch (error) {
      if (!(error instanceof MediaUnreadError)) throw error
      throw new ServiceError(signal.aborted ? 'deadline_exceeded' : 'upstream_unavailable', { cause: error })
    }
  }

  /** Somebody else was here in the meantime. */
  async #overtaken(row: MediaRow): Promise<MediaRow> {
    const { rows, store } = this.#parts
    const now = await rows.find(row.media_id)
    if (now?.status === 'ready') return now
    if (now) throw fail('media_not_uploaded')
    // Deleted while it was verified: the copy has nobody who names it.
    await store.remove(row.object_key)
    throw new ServiceError('not_found')
  }

  /** The object first: as long as there is a row, whatever fails here can be repeated. */
  async #reject(row: MediaRow): Promise<void> {
    const { rows, store } = this.#parts
    await store.remove(stagingKey(row.media_id))
    await rows.removePending(row.media_id)
  }

  /** The row decides: an object that stays for now is not named by anything, and is reaped. */
  async #forget(key: string): Promise<void> {
    const { store, logger } = this.#parts
    await store.remove(key).catch((error: unknown) => logger.log('warn', 'media_object_left', { key, error }))
  }
}
