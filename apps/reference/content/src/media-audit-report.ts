import type { Queries } from '@greengate/kit/data'
import { ServiceError } from '@greengate/kit/errors'
import { compareMedia } from './compare-media.ts'
import { inspectMedia, MediaUnreadError } from './inspect-media.ts'
import { type MediaRow, MediaRows } from './media-rows.ts'
import type { ObjectStore } from './object-store.ts'

export interface AuditFinding {
  readonly key: string
  readonly media_id: string | null
  readonly problem: string
  readonly [field: string]: unknown
}

export interface AuditReport {
  /** Objects that were read back. */
  readonly read: number
  readonly bytes: number
  readonly wrong: number
}

/** Reads every object back, one at a time, and compares it with its row. Changes nothing. */
export class MediaAudit {
  readonly #rows: MediaRows
  readonly #store: ObjectStore
  readonly #found: (finding: AuditFinding) => void

  /** @param found told of each difference */
  constructor(queries: Queries, store: ObjectStore, found: (finding: AuditFinding) => void) {
    this.#rows = new MediaRows(queries)
    this.#store = store
    this.#found = found
  }

  /** @throws ServiceError when store or database give no answer: then nobody knows */
  async run(): Promise<AuditReport> {
    let read = 0
    let bytes = 0
    let wrong = 0
    for await (const one of compareMedia(this.#store, this.#rows)) {
      const key = one.kind === 'unreferenced' ? one.object.key : one.row.object_key
      const problem = one.kind === 'both' ? await this.#problemOf(one.row) : one.kind
      if (one.kind === 'both') {
        read += 1
        bytes += one.object.size
      }
      if (problem === null) continue
      wrong += 1
      this.#found({ key, media_id: one.kind === 'unreferenced' ? null : one.row.media_id, problem })
    }
    return { read, bytes, wrong }
  }

  async #problemOf(row: MediaRow): Promise<string | null> {
    const object = await this.#store.open(row.object_key)
    // Deleted since the list was made, with its row or without.
    if (!object) return (await this.#rows.find(row.media_id)) ? 'missing' : null
    try {
      const found = await inspectMedia(object.body, row)
      if (!found.ok) return `${found.field}: ${found.problem}`
      if (found.width === row.width && found.height === row.height) return null
      return `dimensions: ${found.width} x ${found.height} instead of ${String(row.width)} x ${String(row.height)}`
    } catch (error) {
      if (!(error instanceof MediaUnreadError)) throw error
      throw new ServiceError('upstream_unavailable', { cause: error })
    }
  }
}
