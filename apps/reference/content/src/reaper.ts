import type { Logger } from '@greengate/kit/telemetry'
import { compareMedia, mediaIdOf } from './compare-media.ts'
import type { MediaRows } from './media-rows.ts'
import { MEDIA_PREFIX, type ObjectStore, STAGING_PREFIX, stagingKey } from './object-store.ts'
import { isMediaInUse } from './violated-constraint.ts'

export interface ReapParts {
  readonly rows: MediaRows
  readonly store: ObjectStore
  readonly logger: Logger
  readonly nowMs: () => number
  /** Taken away of each sort in one round; the next one goes on. Default 500. */
  readonly eachMax?: number
}

/** What one round took away. */
export interface Reaped {
  /** Uploads that were announced and not completed. */
  pending: number
  /** Uploaded objects that wait for nothing. */
  staging: number
  /** Objects that no row names. */
  unreferenced: number
  /** Rows whose object is gone and that no entry shows. */
  rows: number
  /** Rows whose object is gone although an entry shows it: somebody has to upload it again. */
  missing: number
}

/** How long an upload may be under way before it counts as left behind; milliseconds. */
const GRACE_MS = 3_600_000
const EACH_MAX = 500

/**
 * Takes away what uploads left behind: rows without an object and objects without a row. Nothing that is younger than an
 * hour is touched, so that an upload under way is not hit. Safe to repeat, and to run twice at once.
 */
export class Reaper {
  readonly #parts: ReapParts
  readonly #eachMax: number

  constructor(parts: ReapParts) {
    this.#parts = parts
    this.#eachMax = parts.eachMax ?? EACH_MAX
  }

  /** @throws ServiceError when store or database give no answer; what was done until then stays done */
  async run(): Promise<Reaped> {
    const reaped: Reaped = { pending: 0, staging: 0, unreferenced: 0, rows: 0, missing: 0 }
    await this.#pending(reaped)
    await this.#staging(reaped)
    await this.#compared(reaped)
    return reaped
  }

  get #before(): Date {
    return new Date(this.#parts.nowMs() - GRACE_MS)
  }

  async #pending(reaped: Reaped): Promise<void> {
    const { rows, store } = this.#parts
    for (const { media_id, object_key } of await rows.removeOld(this.#before, this.#eachMax)) {
      reaped.pending += 1
      // The copy as well: whoever completed it just now finds no row, and the copy would stay.
      for (const key of [stagingKey(media_id), object_key]) await store.remove(key)
    }
  }

  async #staging(reaped: Reaped): Promise<void> {
    const { rows, store } = this.#parts
    let after = ''
    for (;;) {
      const { objects, next } = await store.list(STAGING_PREFIX, after)
      const old = objects.filter((object) => object.lastModified < this.#before)
      const ids = new Map(old.map(({ key }) => [key, key.slice(STAGING_PREFIX.length)]))
      const known = await rows.byIds([...ids.values()].filter((id) => isUuid(id)))
      for (const [key, id] of ids) {
        if (known.get(id)?.status === 'pending') continue
        if (reaped.staging >= this.#eachMax) return
        await store.remove(key)
        reaped.staging += 1
      }
      if (next === null) return
      after = next
    }
  }

  async #compared(reaped: Reaped): Promise<void> {
    const { rows, store, logger } = this.#parts
    let seen = 0
    for await (const one of compareMedia(store, rows)) {
      if (one.kind !== 'missing') seen += 1
      if (one.kind === 'unreferenced' && one.object.lastModified < this.#before && mediaIdOf(one.object.key) !== null) {
        if (reaped.unreferenced >= this.#eachMax) return
        await store.remove(one.object.key)
        reaped.unreferenced += 1
      } else if (one.kind === 'missing') {
        // A store without anything is the wrong one, or was lost: no reason to forget what was in it.
        if (seen === 0 && (await store.list(MEDIA_PREFIX, '')).objects.length === 0) {
          logger.log('error', 'media_store_empty', {})
          return
        }
        if (reaped.rows + reaped.missing >= this.#eachMax) return
        if (await this.#removeRow(one.row.media_id)) reaped.rows += 1
        else {
          reaped.missing += 1
          logger.log('error', 'media_missing', { media_id: one.row.media_id, key: one.row.object_key })
        }
      }
    }
  }

  /** False when an entry shows it. */
  async #removeRow(mediaId: string): Promise<boolean> {
    try {
      await this.#parts.rows.remove(mediaId)
      return true
    } catch (error) {
      if (isMediaInUse(error)) return false
      throw error
    }
  }
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
}
