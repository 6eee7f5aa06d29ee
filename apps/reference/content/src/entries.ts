import { randomUUID } from 'node:crypto'
import type { Database, Queries } from '@greengate/kit/data'
import { ServiceError } from '@greengate/kit/errors'
import {
  type EntryFields,
  type EntryRow,
  entryStatements as sql,
  type LockedEntry,
  type VersionRow,
  type WholeEntryRow,
  type WholeVersionRow,
} from './entry-rows.ts'
import { invalid, type Kind, type Status } from './schemas.ts'
import { violatedConstraint } from './violated-constraint.ts'

export interface EntryFilter {
  readonly kind: Kind | undefined
  readonly status: Status | undefined
}

/** What readers see of an entry, decided by an editor. */
type Release = Omit<LockedEntry, 'kind' | 'slug' | 'version'>

const NOTHING: Release = {
  published_version: null,
  published_at: null,
  released_at: null,
  scheduled_version: null,
  scheduled_at: null,
}

function conflict(field: string, problem: string): ServiceError {
  return new ServiceError('conflict', { details: [{ field, problem }] })
}

/** What the database refused, as the caller knows it. */
function refusal(error: unknown): unknown {
  switch (violatedConstraint(error)) {
    case 'entry_media_ready':
    case 'entry_versions_media_id_fkey':
      return invalid('body.media_id', 'is not a media that was verified')
    case 'entries_kind_slug_key':
      return conflict('body.slug', 'is taken')
    default:
      return error
  }
}

/** An entry is changed by one at a time: each change takes the entry's lock first, and reads what it decides by under it. */
export class Entries {
  readonly #database: Database
  readonly #nowMs: () => number

  constructor(database: Database, nowMs: () => number) {
    this.#database = database
    this.#nowMs = nowMs
  }

  /** Newest first, one more than `limit`. */
  list(filter: EntryFilter, limit: number, after: readonly [string, string] | null): Promise<EntryRow[]> {
    const values = [filter.kind ?? null, filter.status ?? null, after?.[0] ?? null, after?.[1] ?? null, limit + 1]
    return this.#database.rows<EntryRow>(sql.list, [this.#now(), ...values])
  }

  /** @throws ServiceError `not_found` */
  find(id: string): Promise<WholeEntryRow> {
    return this.#find(this.#database, id)
  }

  /** @throws ServiceError `conflict` when the address is taken or there is a hero already; `validation_failed` */
  create(kind: Kind, slug: string, fields: EntryFields, html: string, by: string): Promise<WholeEntryRow> {
    return this.#changing(async (queries) => {
      const id = randomUUID()
      const now = this.#now()
      if (!(await queries.row(sql.insert, [id, kind, slug, now])))
        throw kind === 'hero' ? conflict('body.kind', 'there is a hero already') : conflict('body.slug', 'is taken')
      await this.#addVersion(queries, id, 1, fields, html, by, now)
      return this.#find(queries, id)
    })
  }

  /**
   * A new version, on top of the one that the editor saw.
   * @throws ServiceError `not_found`; `conflict` when there is a newer version, or the address is taken or fixed; `validation_failed`
   */
  update(
    id: string,
    seen: number,
    change: { readonly slug: string | undefined; readonly fields: EntryFields; readonly html: string },
    by: string,
  ): Promise<WholeEntryRow> {
    return this.#changing(async (queries) => {
      const entry = await this.#lock(queries, id, seen)
      const slug = change.slug ?? entry.slug
      if (slug !== entry.slug && (entry.published_at ?? entry.scheduled_at))
        throw conflict('body.slug', 'stays as it is once readers may know it: unpublish the entry first')
      const now = this.#now()
      await this.#addVersion(queries, id, entry.version + 1, change.fields, change.html, by, now)
      await queries.rows(sql.newVersion, [id, entry.version + 1, slug, now])
      return this.#find(queries, id)
    })
  }

  /**
   * Shows the newest version to readers, now or from a moment on. What is scheduled and has not come is replaced.
   * @param at null for now
   * @param seen the version that the editor means; undefined: whichever is the newest
   */
  publish(id: string, at: Date | null, seen: number | undefined): Promise<WholeEntryRow> {
    return this.#changing(async (queries) => {
      const entry = await this.#lock(queries, id, seen)
      const now = this.#now()
      const before = this.#seenByReaders(entry, now)
      if (at && at > now)
        return this.#release(queries, id, { ...before, scheduled_version: entry.version, scheduled_at: at }, now)
      const isSame = before.published_version === entry.version
      const release = {
        published_version: entry.version,
        published_at: before.published_at ?? now,
        released_at: isSame ? before.released_at : now,
        scheduled_version: null,
        scheduled_at: null,
      }
      return this.#release(queries, id, release, now)
    })
  }

  /** Takes it away from readers, and whatever was scheduled. */
  unpublish(id: string): Promise<WholeEntryRow> {
    return this.#changing(async (queries) => {
      await this.#lock(queries, id, undefined)
      return this.#release(queries, id, NOTHING, this.#now())
    })
  }

  /** Deletes it with its history. @throws ServiceError `not_found` */
  async remove(id: string): Promise<void> {
    if (!(await this.#database.row(sql.remove, [id]))) throw new ServiceError('not_found')
  }

  /** Newest first, one more than `limit`. @throws ServiceError `not_found` */
  async versions(id: string, limit: number, before: number | null): Promise<VersionRow[]> {
    const rows = await this.#database.rows<VersionRow>(sql.versions, [id, before, limit + 1])
    // Every entry has a version: without any there is no entry, unless the list had come to its end.
    if (rows.length === 0 && before === null) throw new ServiceError('not_found')
    return rows
  }

  /** @throws ServiceError `not_found` */
  async version(id: string, version: number): Promise<WholeVersionRow> {
    const row = await this.#database.row<WholeVersionRow>(sql.version, [id, version])
    if (!row) throw new ServiceError('not_found')
    return row
  }

  /** An earlier version once more, as the newest. The history stays as it is. */
  restore(id: string, version: number, seen: number | undefined, by: string): Promise<WholeEntryRow> {
    return this.#changing(async (queries) => {
      const entry = await this.#lock(queries, id, seen)
      const now = this.#now()
      if (!(await queries.row(sql.copyVersion, [id, version, entry.version + 1, by, now])))
        throw new ServiceError('not_found')
      await queries.rows(sql.newVersion, [id, entry.version + 1, entry.slug, now])
      return this.#find(queries, id)
    })
  }

  #now(): Date {
    return new Date(this.#nowMs())
  }

  /** @throws ServiceError `validation_failed` for a media that is not there; `conflict` for an address that is taken */
  async #changing<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    try {
      return await this.#database.transaction(work, { repeatable: true })
    } catch (error) {
      throw refusal(error)
    }
  }

  async #find(queries: Queries, id: string): Promise<WholeEntryRow> {
    const row = await queries.row<WholeEntryRow>(sql.find, [this.#now(), id])
    if (!row) throw new ServiceError('not_found')
    return row
  }

  async #lock(queries: Queries, id: string, seen: number | undefined): Promise<LockedEntry> {
    const entry = await queries.row<LockedEntry>(sql.lock, [id])
    if (!entry) throw new ServiceError('not_found')
    if (seen !== undefined && seen !== entry.version)
      throw conflict('body.version', `the newest version is ${entry.version}`)
    return entry
  }

  /** What was scheduled and has come is what readers see. */
  #seenByReaders(entry: LockedEntry, now: Date): Release {
    const { published_version, published_at, released_at, scheduled_version, scheduled_at } = entry
    if (scheduled_at === null || scheduled_at > now)
      return { published_version, published_at, released_at, scheduled_version: null, scheduled_at: null }
    const since = published_at ?? scheduled_at
    return { ...NOTHING, published_version: scheduled_version, published_at: since, released_at: scheduled_at }
  }

  async #release(queries: Queries, id: string, release: Release, now: Date): Promise<WholeEntryRow> {
    const { published_version, published_at, released_at, scheduled_version, scheduled_at } = release
    const values = [published_version, published_at, released_at, scheduled_version, scheduled_at, now]
    await queries.rows(sql.release, [id, ...values])
    return this.#find(queries, id)
  }

  async #addVersion(
    queries: Queries,
    id: string,
    version: number,
    fields: EntryFields,
    html: string,
    by: string,
    now: Date,
  ): Promise<void> {
    const { title, summary, body_markdown, media_id, alt } = fields
    await queries.rows(sql.insertVersion, [id, version, title, summary, body_markdown, html, media_id, alt, by, now])
  }
}
