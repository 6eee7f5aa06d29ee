import { ServiceError } from '@greengate/kit/errors'
import { type AnyRoute, routesFor } from '@greengate/kit/http'
import type { EntrySummary } from '../public/public-data.ts'
import { escapeHtml } from './document.ts'
import { encoded } from './encoding.ts'
import type { SiteContent } from './site-content.ts'

const route = routesFor<never>()

/** How long a machine may keep them; seconds. */
const AGE_S = 300
/** Pages of posts that the map of the site follows; older ones are found by links. */
const POST_PAGES_MAX = 20

/** @throws ServiceError `upstream_unavailable` when neither the content service nor the memory has them */
async function newest(content: SiteContent): Promise<readonly EntrySummary[]> {
  const known = await content.posts()
  if (!known) throw new ServiceError('upstream_unavailable')
  return known.value?.posts ?? []
}

async function allPosts(content: SiteContent): Promise<readonly EntrySummary[]> {
  const all: EntrySummary[] = []
  let after: string | undefined
  for (let page = 0; page < POST_PAGES_MAX; page += 1) {
    const known = await content.posts(after)
    if (!known && page === 0) throw new ServiceError('upstream_unavailable')
    all.push(...(known?.value?.posts ?? []))
    if (!known?.value?.next) break
    after = known.value.next
  }
  return all
}

/** https://www.sitemaps.org/protocol.html */
function sitemap(origin: string, posts: readonly EntrySummary[], docs: readonly EntrySummary[]): string {
  const at = (path: string, changed?: string): string =>
    `<url><loc>${escapeHtml(new URL(path, origin).href)}</loc>${changed === undefined ? '' : `<lastmod>${changed}</lastmod>`}</url>`
  const urls = [
    at('/', posts[0]?.published_at),
    at('/posts', posts[0]?.published_at),
    at('/docs'),
    ...posts.map(({ slug, updated_at: changed }) => at(`/posts/${slug}`, changed)),
    ...docs.map(({ slug, updated_at: changed }) => at(`/docs/${slug}`, changed)),
  ]
  return `<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${urls.join('')}</urlset>\n`
}

interface FeedParts {
  readonly origin: string
  readonly title: string
  readonly tagline: string
  readonly posts: readonly EntrySummary[]
}

/** Atom, RFC 4287. */
function feed({ origin, title, tagline, posts }: FeedParts): string {
  const home = new URL('/', origin).href
  const entries = posts.map((post) => {
    const link = new URL(`/posts/${post.slug}`, origin).href
    return (
      `<entry><title>${escapeHtml(post.title)}</title><link href="${escapeHtml(link)}"/><id>${escapeHtml(link)}</id>` +
      `<published>${post.published_at}</published><updated>${post.updated_at}</updated>` +
      `<summary>${escapeHtml(post.summary)}</summary></entry>`
    )
  })
  const updated =
    posts
      .map((post) => post.updated_at)
      .toSorted()
      .at(-1) ?? '1970-01-01T00:00:00Z'
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"><title>${escapeHtml(title)}</title>` +
    `<subtitle>${escapeHtml(tagline)}</subtitle><link href="${escapeHtml(home)}"/><id>${escapeHtml(home)}</id>` +
    `<link rel="self" href="${escapeHtml(new URL('/feed.xml', origin).href)}"/><author><name>${escapeHtml(title)}</name></author>` +
    `<updated>${updated}</updated>${entries.join('')}</feed>\n`
  )
}

function robots(origin: string): string {
  return [
    'User-agent: *',
    'Disallow: /app',
    'Disallow: /admin',
    'Allow: /',
    `Sitemap: ${new URL('/sitemap.xml', origin).href}`,
    '',
  ].join('\n')
}

/** What machines read: the map of the site, its feed, and where they may go. @param origin that the site is reached under */
export function feedRoutes(content: SiteContent, origin: string): AnyRoute[] {
  const common = { method: 'GET', access: 'public', tag: 'machines' } as const
  const cache = { 'cache-control': `public, max-age=${AGE_S}` }
  return [
    route({
      ...common,
      id: 'getSitemap',
      path: '/sitemap.xml',
      summary: 'Addresses of all public pages',
      answers: { 200: { description: 'The map', contentType: 'application/xml' } },
      errors: ['upstream_unavailable'],
      handler: async ({ header }) => {
        const [posts, docs] = await Promise.all([allPosts(content), content.docs()])
        const { body, headers } = await encoded(sitemap(origin, posts, docs?.value ?? []), header('accept-encoding'))
        return {
          status: 200,
          body,
          headers: { ...headers, ...cache, 'content-type': 'application/xml; charset=utf-8' },
        }
      },
    }),
    route({
      ...common,
      id: 'getFeed',
      path: '/feed.xml',
      summary: 'The newest posts, as Atom',
      answers: { 200: { description: 'The feed', contentType: 'application/atom+xml' } },
      errors: ['upstream_unavailable'],
      handler: async ({ header }) => {
        const [posts, site] = await Promise.all([newest(content), content.settings()])
        const text = feed({ origin, title: site.value.site_title, tagline: site.value.tagline, posts })
        const { body, headers } = await encoded(text, header('accept-encoding'))
        return {
          status: 200,
          body,
          headers: { ...headers, ...cache, 'content-type': 'application/atom+xml; charset=utf-8' },
        }
      },
    }),
    route({
      ...common,
      id: 'getRobots',
      path: '/robots.txt',
      summary: 'Where machines may go',
      answers: { 200: { description: 'Rules', contentType: 'text/plain' } },
      errors: [],
      handler: () => ({
        status: 200,
        body: robots(origin),
        headers: { ...cache, 'content-type': 'text/plain; charset=utf-8' },
      }),
    }),
  ]
}
