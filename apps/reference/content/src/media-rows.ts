import type { Queries } from '@greengate/kit/data'
import type { ContentType } from './media-kinds.ts'
import type { Folder } from './schemas.ts'

export interface MediaRow {
  readonly media_id: string
  readonly folder: Folder
  readonly file_name: string
  readonly type: 'image' | 'video'
  readonly content_type: ContentType
  /** Bytes. */
  readonly size: number
  readonly sha256: string
  readonly width: number | null
  readonly height: number | null
  readonly status: 'pending' | 'ready'
  readonly object_key: string
  readonly created_at: Date
}

/** What is announced of an upload. */
export type NewMedia = Pick<MediaRow, 'folder' | 'file_name' | 'type' | 'content_type' | 'size' | 'sha256'>

/** Uploads that are announced and not completed, of everybody together. */
const PENDING_MAX = 500

// size is a bigint, which the driver gives as text; it is far below what a number holds.
const columns = `media_id, folder, file_name, type, content_type, size::int, sha256, width, height, status, object_key,
  created_at`

const sql = {
  insert: {
    name: 'media-insert',
    text: `insert into media (media_id, folder, file_name, type, content_type, size, sha256, created_by, created_at)
      select $1::uuid, $2, $3, $4, $5, $6, $7, $8, $9
      where (select count(*) from media where status = 'pending') < ${PENDING_MAX} returning ${columns}`,
  },
  find: { name: 'media-find', text: `select ${columns} from media where media_id = $1` },
  list: {
    name: 'media-list',
    text: `select ${columns} from media where ($1::text is null or folder = $1)
        and ($2::timestamptz is null or (created_at, media_id) < ($2, $3))
      order by created_at desc, media_id desc limit $4`,
  },
  ready: {
    name: 'media-ready',
    text: `update media set status = 'ready', width = $2, height = $3, ready_at = $4
      where media_id = $1 and status = 'pending' returning ${columns}`,
  },
  remove: { name: 'media-remove', text: `delete from media where media_id = $1 returning object_key` },
  removePending: {
    name: 'media-remove-pending',
    text: `delete from media where media_id = $1 and status = 'pending' returning object_key`,
  },
  removeOld: {
    name: 'media-remove-old',
    text: `delete from media where media_id in (
        select media_id from media where status = 'pending' and created_at < $1 order by created_at limit $2
      ) returning media_id, object_key`,
  },
  byIds: { name: 'media-by-ids', text: `select ${columns} from media where media_id = any($1::uuid[])` },
  between: {
    name: 'media-between',
    text: `select ${columns} from media where status = 'ready' and object_key > $1 and ($2::text is null or object_key <= $2)
      order by object_key limit $3`,
  },
} as const

/** The table of media. */
export class MediaRows {
  readonly #queries: Queries

  constructor(queries: Queries) {
    this.#queries = queries
  }

  /** Null when too many uploads are announced already. */
  add(mediaId: string, media: NewMedia, by: string, now: Date): Promise<MediaRow | null> {
    const { folder, file_name, type, content_type, size, sha256 } = media
    const values = [mediaId, folder, file_name, type, content_type, size, sha256, by, now]
    return this.#queries.row<MediaRow>(sql.insert, values)
  }

  find(mediaId: string): Promise<MediaRow | null> {
    return this.#queries.row<MediaRow>(sql.find, [mediaId])
  }

  /** Newest first. */
  list(folder: Folder | undefined, limit: number, after: readonly [string, string] | null): Promise<MediaRow[]> {
    const values = [folder ?? null, after?.[0] ?? null, after?.[1] ?? null, limit]
    return this.#queries.rows<MediaRow>(sql.list, values)
  }

  /** Null when it is not pending (any more). */
  becomeReady(mediaId: string, width: number, height: number, now: Date): Promise<MediaRow | null> {
    return this.#queries.row<MediaRow>(sql.ready, [mediaId, width, height, now])
  }

  /** The key of its object, or null when there was none. @throws the server's 23503 when an entry shows it */
  async remove(mediaId: string): Promise<string | null> {
    return (await this.#queries.row<{ object_key: string }>(sql.remove, [mediaId]))?.object_key ?? null
  }

  /** The same, as long as it is not ready. */
  async removePending(mediaId: string): Promise<string | null> {
    return (await this.#queries.row<{ object_key: string }>(sql.removePending, [mediaId]))?.object_key ?? null
  }

  /** Removes what is pending since before a moment. */
  removeOld(before: Date, limit: number): Promise<{ media_id: string; object_key: string }[]> {
    return this.#queries.rows(sql.removeOld, [before, limit])
  }

  /** Those of the ids that have a row, by their id. */
  async byIds(mediaIds: readonly string[]): Promise<ReadonlyMap<string, MediaRow>> {
    if (mediaIds.length === 0) return new Map()
    const rows = await this.#queries.rows<MediaRow>(sql.byIds, [mediaIds])
    return new Map(rows.map((row) => [row.media_id, row]))
  }

  /** What is ready, in order of its keys' bytes. @param to null: to the end */
  readyBetween(afterKey: string, to: string | null, limit: number): Promise<MediaRow[]> {
    return this.#queries.rows<MediaRow>(sql.between, [afterKey, to, limit])
  }
}
