import type { MediaColumns } from './media-view.ts'
import type { Kind, Status } from './schemas.ts'

/** What an editor writes. */
export interface EntryFields {
  readonly title: string
  readonly summary: string
  readonly body_markdown: string
  readonly media_id: string | null
  readonly alt: string
}

/** An entry as a list shows it. */
export interface EntryRow {
  readonly id: string
  readonly kind: Kind
  readonly slug: string
  readonly status: Status
  readonly version: number
  readonly published_version: number | null
  readonly published_at: Date | null
  readonly scheduled_version: number | null
  readonly scheduled_at: Date | null
  readonly title: string
  readonly summary: string
  readonly updated_by: string
  readonly created_at: Date
  readonly updated_at: Date
}

/** An entry with its newest version. */
export interface WholeEntryRow extends EntryRow, MediaColumns {
  readonly body_markdown: string
  readonly body_html: string
}

export interface VersionRow {
  readonly version: number
  readonly title: string
  readonly summary: string
  readonly created_by: string
  readonly created_at: Date
}

export interface WholeVersionRow extends VersionRow, MediaColumns {
  readonly body_markdown: string
  readonly body_html: string
}

/** The columns that decide what readers see. */
export interface LockedEntry {
  readonly kind: Kind
  readonly slug: string
  readonly version: number
  readonly published_version: number | null
  readonly published_at: Date | null
  readonly released_at: Date | null
  readonly scheduled_version: number | null
  readonly scheduled_at: Date | null
}

const mediaColumns = 'v.media_id, m.type, m.width, m.height, m.object_key, v.alt'
// $1 is the moment: what was scheduled and has come counts as published.
const entryColumns = `e.id, e.kind, e.slug, e.version, e.created_at, e.updated_at,
    case when e.scheduled_at > $1 then 'scheduled' when l.version is null then 'draft'
      when l.version = e.version then 'published' else 'changed' end as status,
    l.version as published_version, l.published_at,
    case when e.scheduled_at > $1 then e.scheduled_version end as scheduled_version,
    case when e.scheduled_at > $1 then e.scheduled_at end as scheduled_at,
    v.title, v.summary, v.created_by as updated_by`
const entryTables = `entries e join entry_versions v on v.entry_id = e.id and v.version = e.version
    left join live_entries($1) l on l.entry_id = e.id`

export const entryStatements = {
  list: {
    name: 'entries-list',
    text: `select * from (select ${entryColumns} from ${entryTables}) e
      where ($2::text is null or kind = $2) and ($3::text is null or status = $3)
        and ($4::timestamptz is null or (created_at, id) < ($4, $5))
      order by created_at desc, id desc limit $6`,
  },
  find: {
    name: 'entry-find',
    text: `select ${entryColumns}, v.body_markdown, v.body_html, ${mediaColumns}
      from ${entryTables} left join media m on m.media_id = v.media_id where e.id = $2`,
  },
  lock: {
    name: 'entry-lock',
    text: `select kind, slug, version, published_version, published_at, released_at, scheduled_version, scheduled_at
      from entries where id = $1 for update`,
  },
  insert: {
    name: 'entry-insert',
    text: `insert into entries (id, kind, slug, version, created_at, updated_at) values ($1, $2, $3, 1, $4, $4)
      on conflict do nothing returning id`,
  },
  newVersion: {
    name: 'entry-new-version',
    text: 'update entries set version = $2, slug = $3, updated_at = $4 where id = $1',
  },
  insertVersion: {
    name: 'entry-version-insert',
    text: `insert into entry_versions
        (entry_id, version, title, summary, body_markdown, body_html, media_id, alt, created_by, created_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
  },
  copyVersion: {
    name: 'entry-version-copy',
    text: `insert into entry_versions
        (entry_id, version, title, summary, body_markdown, body_html, media_id, alt, created_by, created_at)
      select entry_id, $3, title, summary, body_markdown, body_html, media_id, alt, $4, $5
      from entry_versions where entry_id = $1 and version = $2 returning version`,
  },
  release: {
    name: 'entry-release',
    text: `update entries set published_version = $2, published_at = $3, released_at = $4, scheduled_version = $5,
      scheduled_at = $6, updated_at = $7 where id = $1`,
  },
  remove: { name: 'entry-remove', text: 'delete from entries where id = $1 returning id' },
  versions: {
    name: 'entry-versions',
    text: `select version, title, summary, created_by, created_at from entry_versions
      where entry_id = $1 and ($2::int is null or version < $2) order by version desc limit $3`,
  },
  version: {
    name: 'entry-version',
    text: `select v.version, v.title, v.summary, v.body_markdown, v.body_html, v.created_by, v.created_at, ${mediaColumns}
      from entry_versions v left join media m on m.media_id = v.media_id where v.entry_id = $1 and v.version = $2`,
  },
} as const
