import * as z from 'zod/mini'

export const KINDS = ['hero', 'post', 'doc'] as const
export type Kind = (typeof KINDS)[number]
export const STATUSES = ['draft', 'scheduled', 'published', 'changed'] as const
export type Status = (typeof STATUSES)[number]
export const FOLDERS = ['hero', 'posts', 'docs'] as const
export type Folder = (typeof FOLDERS)[number]

const entryFields = {
  id: z.string(),
  kind: z.enum(KINDS),
  slug: z.string(),
  status: z.enum(STATUSES),
  version: z.number(),
  published_version: z.nullable(z.number()),
  published_at: z.nullable(z.string()),
  scheduled_at: z.nullable(z.string()),
  title: z.string(),
  summary: z.string(),
  updated_at: z.string(),
}
export const entrySummaryReader = z.object(entryFields)
export type EntrySummary = z.infer<typeof entrySummaryReader>
export const entriesReader = z.object({ entries: z.array(entrySummaryReader), next: z.nullable(z.string()) })

const shownMedia = z.nullable(
  z.object({
    media_id: z.string(),
    type: z.enum(['image', 'video']),
    width: z.number(),
    height: z.number(),
    url: z.string(),
    alt: z.string(),
  }),
)
const textFields = {
  body_markdown: z.string(),
  body_html: z.string(),
  media_id: z.nullable(z.string()),
  alt: z.string(),
  media: shownMedia,
}
export const entryReader = z.object({ ...entryFields, ...textFields })
export type Entry = z.infer<typeof entryReader>

const versionFields = { version: z.number(), title: z.string(), summary: z.string(), created_at: z.string() }
export const versionsReader = z.object({ versions: z.array(z.object(versionFields)), next: z.nullable(z.string()) })
export type VersionSummary = z.infer<typeof versionsReader>['versions'][number]
export const versionReader = z.object({ ...versionFields, ...textFields })
export type Version = z.infer<typeof versionReader>

export const mediaReader = z.object({
  media_id: z.string(),
  status: z.enum(['pending', 'ready']),
  folder: z.enum(FOLDERS),
  file_name: z.string(),
  type: z.enum(['image', 'video']),
  size: z.number(),
  sha256: z.string(),
  width: z.nullable(z.number()),
  height: z.nullable(z.number()),
  url: z.nullable(z.string()),
  created_at: z.string(),
})
export type Media = z.infer<typeof mediaReader>
export const mediaListReader = z.object({ media: z.array(mediaReader), next: z.nullable(z.string()) })
export const announcedReader = z.object({
  media_id: z.string(),
  upload: z.object({ url: z.string(), headers: z.record(z.string(), z.string()) }),
})
