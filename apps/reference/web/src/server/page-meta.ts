import type { EntryMedia, PageData, SiteSettings } from '../public/public-data.ts'
import type { PageMeta, SocialImage } from './document.ts'

const DESCRIPTION_CHARS_MAX = 300

export interface MetaParts {
  /** Of the route, before the site's. */
  readonly title: string
  readonly pathname: string
  readonly site: SiteSettings
  /** Null for pages of the browser alone. */
  readonly data: PageData | null
  /** Origin that the site is reached under. */
  readonly origin: string
  readonly fullTitle: (page: string, site: string) => string
}

function imageOf(media: EntryMedia | null, origin: string): SocialImage | null {
  if (media?.type !== 'image') return null
  const { width, height, alt } = media
  return { url: new URL(media.url, origin).href, width, height, alt }
}

/** What the page is about, from what it shows. */
export function metaOf({ title, pathname, site, data, origin, fullTitle }: MetaParts): PageMeta {
  const base = {
    title: fullTitle(title, site.site_title),
    description: site.tagline,
    canonical: new URL(pathname, origin).href,
    type: 'website',
    image: null,
    indexed: true,
  } as const
  if (data === null) return { ...base, canonical: null, indexed: false }
  switch (data.page) {
    case 'post':
    case 'doc': {
      const { entry } = data
      return {
        ...base,
        title: fullTitle(entry.title, site.site_title),
        description: entry.summary.slice(0, DESCRIPTION_CHARS_MAX),
        type: 'article',
        image: imageOf(entry.media, origin),
      }
    }
    case 'home':
      return {
        ...base,
        description: (data.hero?.summary || site.tagline).slice(0, DESCRIPTION_CHARS_MAX),
        image: imageOf(data.hero?.media ?? null, origin),
      }
    case 'posts':
    case 'docs':
      return base
    case 'not_found':
      return { ...base, title: fullTitle('Page not found', site.site_title), canonical: null, indexed: false }
    case 'unavailable':
      return { ...base, canonical: null, indexed: false }
  }
}
