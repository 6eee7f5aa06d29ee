import { z } from 'zod'
import type { EntryRow, VersionRow, WholeEntryRow, WholeVersionRow } from './entry-rows.ts'
import { type MediaAddresses, mediaViewSchema } from './media-view.ts'
import { kind, STATUSES, version } from './schemas.ts'

const time = z.iso.datetime()

export const entrySummarySchema = z.object({
  id: z.uuid(),
  kind,
  slug: z.string(),
  status: z.enum(STATUSES).meta({
    description: 'draft: readers see nothing; changed: they see an earlier version; scheduled: it will appear',
  }),
  version: version.meta({ description: 'The newest version' }),
  published_version: version.nullable().meta({ description: 'What readers see now' }),
  published_at: time.nullable().meta({ description: 'Since when readers see the entry' }),
  scheduled_version: version.nullable(),
  scheduled_at: time.nullable(),
  title: z.string(),
  summary: z.string(),
  updated_by: z.string().meta({ description: 'Account that wrote the newest version' }),
  created_at: time,
  updated_at: time,
})
export type EntrySummary = z.output<typeof entrySummarySchema>

const textSchema = z.object({
  body_markdown: z.string(),
  body_html: z.string().meta({ description: 'As readers would get it' }),
  media_id: z.uuid().nullable(),
  alt: z.string(),
  media: mediaViewSchema.nullable(),
})

export const entrySchema = entrySummarySchema.extend(textSchema.shape)
export type Entry = z.output<typeof entrySchema>

export const versionSummarySchema = z.object({
  version,
  title: z.string(),
  summary: z.string(),
  created_by: z.string(),
  created_at: time,
})
export const versionSchema = versionSummarySchema.extend(textSchema.shape)

export function shownSummary(row: EntryRow): EntrySummary {
  return {
    id: row.id,
    kind: row.kind,
    slug: row.slug,
    status: row.status,
    version: row.version,
    published_version: row.published_version,
    published_at: row.published_at?.toISOString() ?? null,
    scheduled_version: row.scheduled_version,
    scheduled_at: row.scheduled_at?.toISOString() ?? null,
    title: row.title,
    summary: row.summary,
    updated_by: row.updated_by,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  }
}

function shownText(row: WholeEntryRow | WholeVersionRow, media: MediaAddresses): z.output<typeof textSchema> {
  const { body_markdown, body_html, media_id, alt } = row
  return { body_markdown, body_html, media_id, alt, media: media.shown(row) }
}

export function shownEntry(row: WholeEntryRow, media: MediaAddresses): Entry {
  return { ...shownSummary(row), ...shownText(row, media) }
}

export function shownVersionSummary(row: VersionRow): z.output<typeof versionSummarySchema> {
  const { version: number, title, summary, created_by, created_at } = row
  return { version: number, title, summary, created_by, created_at: created_at.toISOString() }
}

export function shownVersion(row: WholeVersionRow, media: MediaAddresses): z.output<typeof versionSchema> {
  return { ...shownVersionSummary(row), ...shownText(row, media) }
}
