import type { PageData } from '../public/public-data.ts'
import { SLUG } from './schemas.ts'
import type { SiteContent } from './site-content.ts'

/** What a page shows, with the status of its answer. */
export interface LoadedPage {
  readonly status: 200 | 404 | 503
  readonly data: PageData
  /** False: parts of it could not be had and were never known. Who has the page from before has a better one. */
  readonly whole: boolean
}

export type PublicPage =
  | { readonly id: 'home' | 'docs' }
  | { readonly id: 'posts'; readonly after?: string | undefined }
  | { readonly id: 'post' | 'doc'; readonly slug: string }

/** One row where there is room for three. */
const POSTS_AT_HOME = 3

const unavailable: LoadedPage = { status: 503, data: { page: 'unavailable', stale: false }, whole: false }
const notFound: LoadedPage = { status: 404, data: { page: 'not_found', stale: false }, whole: true }

const found = (data: PageData, whole = true): LoadedPage => ({ status: 200, data, whole })

/** The data of a public page. Never throws because another service is down. */
export async function loadPage(content: SiteContent, page: PublicPage): Promise<LoadedPage> {
  if ('slug' in page && !SLUG.test(page.slug)) return notFound
  switch (page.id) {
    case 'home':
      return home(content)
    case 'posts': {
      const known = await content.posts(page.after)
      if (!known) return unavailable
      if (!known.value) return notFound
      return found({ page: 'posts', stale: known.stale, ...known.value })
    }
    case 'post': {
      const known = await content.post(page.slug)
      if (!known) return unavailable
      return known.value ? found({ page: 'post', stale: known.stale, entry: known.value }) : notFound
    }
    case 'docs': {
      const known = await content.docs()
      return known ? found({ page: 'docs', stale: known.stale, docs: known.value ?? [] }) : unavailable
    }
    case 'doc':
      return doc(content, page.slug)
  }
}

/** The front page is never missing: what can't be had is left out, in words. */
async function home(content: SiteContent): Promise<LoadedPage> {
  const [hero, posts] = await Promise.all([content.hero(), content.posts()])
  const stale = !hero || !posts || hero.stale || posts.stale
  const newest = posts ? (posts.value?.posts.slice(0, POSTS_AT_HOME) ?? []) : null
  return found({ page: 'home', stale, hero: hero?.value ?? null, posts: newest }, Boolean(hero && posts))
}

async function doc(content: SiteContent, slug: string): Promise<LoadedPage> {
  const [entry, docs] = await Promise.all([content.doc(slug), content.docs()])
  if (!entry) return unavailable
  if (!entry.value) return notFound
  const stale = entry.stale || (docs?.stale ?? true)
  return found({ page: 'doc', stale, entry: entry.value, docs: docs?.value ?? [] }, Boolean(docs))
}
