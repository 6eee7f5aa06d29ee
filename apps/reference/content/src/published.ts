import type { Queries } from '@greengate/kit/data'
import { writeCursor } from '@greengate/kit/http'
import { z } from 'zod'
import { type MediaAddresses, type MediaColumns, mediaViewSchema } from './media-view.ts'
import { kind, type Kind, version } from './schemas.ts'

interface LiveRow extends MediaColumns {
  readonly kind: Kind
  readonly slug: string
  readonly version: number
  readonly published_at: Date
  readonly updated_at: Date
  readonly title: string
  readonly summary: string
}
interface WholeLiveRow extends LiveRow {
  readonly body_html: string
}

const columns = `l.kind, l.slug, l.version, l.published_at, l.updated_at, v.title, v.summary, v.alt,
    m.media_id, m.type, m.width, m.height, m.object_key`
const joined = `join entry_versions v on v.entry_id = l.entry_id and v.version = l.version
    left join media m on m.media_id = v.media_id`

const hero = {
  name: 'live-hero',
  text: `select ${columns}, v.body_html from live_entries($1) l ${joined} where l.kind = 'hero'`,
}
const bySlug = {
  name: 'live-by-slug',
  text: `select ${columns}, v.body_html from live_entries($1) l ${joined} where l.kind = $2 and l.slug = $3`,
}
const posts = {
  name: 'live-posts',
  text: `select ${columns} from (
      select * from live_entries($1) where kind = 'post' and ($2::timestamptz is null or (published_at, slug) < ($2, $3))
      order by published_at desc, slug desc limit $4
    ) l ${joined} order by l.published_at desc, l.slug desc`,
}
const docs = {
  name: 'live-docs',
  text: `select ${columns} from (
      select * from live_entries($1) where kind = 'doc' and ($2::text is null or slug > $2) order by slug limit $3
    ) l ${joined} order by l.slug`,
}

/** Without its text, as lists have it. */
export const listedSchema = z.object({
  kind,
  slug: z.string(),
  title: z.string(),
  summary: z.string(),
  published_at: z.iso.datetime().meta({ description: 'Since when readers see it' }),
  updated_at: z.iso.datetime().meta({ description: 'Since when they see this version' }),
  media: mediaViewSchema.nullable(),
  version,
})
export type ListedEntry = z.output<typeof listedSchema>

export const publishedSchema = listedSchema.extend({
  body_html: z.string().meta({ description: 'Safe to put into a page' }),
})
export type PublishedEntry = z.output<typeof publishedSchema>

export interface Page {
  readonly entries: readonly ListedEntry[]
  readonly next: string | null
}

/** What readers see. Scheduled versions appear when their time has come: the clock is asked with each question. */
export class Published {
  readonly #queries: Queries
  readonly #media: MediaAddresses
  readonly #nowMs: () => number

  constructor(queries: Queries, media: MediaAddresses, nowMs: () => number) {
    this.#queries = queries
    this.#media = media
    this.#nowMs = nowMs
  }

  async hero(): Promise<PublishedEntry | null> {
    const row = await this.#queries.row<WholeLiveRow>(hero, [this.#now()])
    return row && this.#whole(row)
  }

  async entry(of: Kind, slug: string): Promise<PublishedEntry | null> {
    const row = await this.#queries.row<WholeLiveRow>(bySlug, [this.#now(), of, slug])
    return row && this.#whole(row)
  }

  /** Newest first. */
  async posts(limit: number, after: readonly [string, string] | null): Promise<Page> {
    const values = [this.#now(), after?.[0] ?? null, after?.[1] ?? null, limit + 1]
    const rows = await this.#queries.rows<LiveRow>(posts, values)
    return this.#page(rows, limit, (row) => [row.published_at.toISOString(), row.slug])
  }

  /** By their address. */
  async docs(limit: number, after: string | null): Promise<Page> {
    const rows = await this.#queries.rows<LiveRow>(docs, [this.#now(), after, limit + 1])
    return this.#page(rows, limit, (row) => row.slug)
  }

  #now(): Date {
    return new Date(this.#nowMs())
  }

  #page(rows: readonly LiveRow[], limit: number, positionOf: (row: LiveRow) => unknown): Page {
    const page = rows.slice(0, limit)
    const last = page.at(-1)
    const next = last && rows.length > limit ? writeCursor(positionOf(last)) : null
    return { entries: page.map((row) => this.#listed(row)), next }
  }

  #whole(row: WholeLiveRow): PublishedEntry {
    return { ...this.#listed(row), body_html: row.body_html }
  }

  #listed(row: LiveRow): ListedEntry {
    const { slug, title, summary, published_at, updated_at, version: number } = row
    return {
      kind: row.kind,
      slug,
      title,
      summary,
      published_at: published_at.toISOString(),
      updated_at: updated_at.toISOString(),
      media: this.#media.shown(row),
      version: number,
    }
  }
}
