/** What public pages show, as the web server hands it to them. Names are those of the content and platform services. */

/** Public settings of the platform. */
export interface SiteSettings {
  readonly site_title: string
  readonly tagline: string
  /** A colour, `#rrggbb`. */
  readonly accent: string
  readonly support_email: string | null
  readonly concierge_enabled: boolean
  readonly sign_up_enabled: boolean
}

export interface EntryMedia {
  readonly media_id: string
  readonly type: 'image' | 'video'
  /** Pixels. */
  readonly width: number
  readonly height: number
  readonly url: string
  readonly alt: string
}

/** A published entry without its text, as lists have it. */
export interface EntrySummary {
  readonly slug: string
  readonly title: string
  readonly summary: string
  readonly published_at: string
  readonly updated_at: string
  readonly media: EntryMedia | null
}

export interface Entry extends EntrySummary {
  /** Made safe by the content service. */
  readonly body_html: string
}

/** `stale`: it is what was known before, and may be out of date. */
export type PageData = { readonly stale: boolean } & (
  | { readonly page: 'home'; readonly hero: Entry | null; readonly posts: readonly EntrySummary[] | null }
  | { readonly page: 'posts'; readonly posts: readonly EntrySummary[]; readonly next: string | null }
  | { readonly page: 'post'; readonly entry: Entry }
  | { readonly page: 'docs'; readonly docs: readonly EntrySummary[] }
  | { readonly page: 'doc'; readonly entry: Entry; readonly docs: readonly EntrySummary[] }
  | { readonly page: 'not_found' }
  /** The content service does not answer, and this was never seen before. `offline`: nobody answers, says the browser. */
  | { readonly page: 'unavailable'; readonly offline?: boolean }
)

export type PageName = PageData['page']

/** What comes along with the HTML for the client to go on with. */
export interface FirstData {
  /** Null: the page is not that of an address, as the offline shell; the client renders anew what is at its own. */
  readonly pathname: string | null
  readonly site: SiteSettings
  /** Null for pages that are rendered in the browser alone. */
  readonly data: PageData | null
}
