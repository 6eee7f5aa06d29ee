import { ServiceError } from '@greengate/kit/errors'
import { type AnyRoute, type RouteAnswer, routesFor } from '@greengate/kit/http'
import { z } from 'zod'
import { asksForPage } from './encoding.ts'
import { loadPage, type PublicPage } from './page-loader.ts'
import { contentHeaders, type PageRenderer, type RenderModule } from './page-renderer.ts'
import type { SiteContent } from './site-content.ts'

const route = routesFor<never>()

const slugParams = z.object({
  // What can't be one is not found, as what is not there: it was an address, not a form.
  slug: z
    .string()
    .max(200)
    .meta({ description: 'Last part of the address', examples: ['first-steps'] }),
})
const afterQuery = z.object({
  after: z
    .string()
    .max(512)
    .regex(/^[A-Za-z0-9_-]+$/)
    .optional()
    .meta({ description: 'Where the page before ended' }),
})
/** Parts of addresses that the browser alone knows what to do with. */
const PART = z.string().min(1).max(100)

const page = (description: string) => ({ description, contentType: 'text/html' })
const answers = {
  200: page(
    'The page; with `x-content-stale: true` it may be out of date, with `x-content-missing: true` parts of it are not known. Its errors are pages too, for who accepts HTML',
  ),
}
const dataAnswers = {
  200: {
    description: 'What the page shows, marked as the page is',
    schema: z.looseObject({ page: z.string(), stale: z.boolean() }),
  },
}

export interface PageRoutesParts {
  readonly content: SiteContent
  readonly renderer: PageRenderer
  readonly module: RenderModule
}

interface PageHeaders {
  readonly header: (name: string) => string | undefined
}

/** Every page of the client's route table, and the data of the public ones for who is on the site already. */
export function pageRoutes(parts: PageRoutesParts): AnyRoute[] {
  const { module } = parts
  const shells = module.routes.filter((one) => one.area !== 'public')
  return [...publicPages(parts), ...shells.map((one) => shellRoute(parts, one)), offlineRoute(parts)]
}

function publicPages(parts: PageRoutesParts): AnyRoute[] {
  return [
    ...fixedPage(parts, 'home', '/', '/page-data/home'),
    ...fixedPage(parts, 'posts', '/posts', '/page-data/posts'),
    ...slugPage(parts, 'post', '/posts/{slug}'),
    ...fixedPage(parts, 'docs', '/docs', '/page-data/docs'),
    ...slugPage(parts, 'doc', '/docs/{slug}'),
  ]
}

function fixedPage(parts: PageRoutesParts, id: 'home' | 'posts' | 'docs', path: string, dataPath: string): AnyRoute[] {
  const { title } = titleOf(parts, id)
  return [
    route({
      ...common(`page-${id}`, path, `The page ${title || 'at the front'}`),
      answers: { 200: answers[200] },
      errors: ['upstream_unavailable'],
      handler: ({ header }) => publicPage(parts, { id }, path, { header }),
    }),
    route({
      ...common(`data-${id}`, dataPath, `What the page ${title || 'at the front'} shows`),
      headers: 'api',
      query: afterQuery,
      answers: dataAnswers,
      errors: ['upstream_unavailable'],
      handler: ({ query }) => pageData(parts, id === 'posts' ? { id, after: query.after } : { id }),
    }),
  ]
}

function slugPage(parts: PageRoutesParts, id: 'post' | 'doc', path: string): AnyRoute[] {
  const what = id === 'post' ? 'post' : 'document'
  return [
    route({
      ...common(`page-${id}`, path, `The page of one ${what}`),
      params: slugParams,
      answers: { 200: answers[200] },
      errors: ['not_found', 'upstream_unavailable'],
      handler: ({ params, header }) =>
        publicPage(parts, { id, slug: params.slug }, path.replace('{slug}', encodeURIComponent(params.slug)), {
          header,
        }),
    }),
    route({
      ...common(`data-${id}`, `/page-data${path}`, `What the page of one ${what} shows`),
      headers: 'api',
      params: slugParams,
      answers: dataAnswers,
      errors: ['upstream_unavailable'],
      handler: ({ params }) => pageData(parts, { id, slug: params.slug }),
    }),
  ]
}

function common(id: string, path: string, summary: string) {
  return { id, method: 'GET', path, access: 'public', tag: 'pages', summary, headers: 'document' } as const
}

function titleOf(parts: PageRoutesParts, id: string): { readonly title: string } {
  const found = parts.module.routes.find((one) => one.id === id)
  if (!found) throw new RangeError(`the client has no route ${id}`)
  return found
}

async function publicPage(
  { content, renderer, module }: PageRoutesParts,
  wanted: PublicPage,
  pathname: string,
  { header }: PageHeaders,
): Promise<RouteAnswer> {
  const [site, { status, data, whole }] = await Promise.all([content.settings(), loadPage(content, wanted)])
  // Who did not ask for a page is told in the envelope, as everywhere.
  if (status !== 200 && !asksForPage(header('accept')))
    throw new ServiceError(status === 404 ? 'not_found' : 'upstream_unavailable')
  const { title } = titleOf({ content, renderer, module }, wanted.id)
  return renderer.page({
    routeId: wanted.id,
    title,
    pathname,
    site: site.value,
    data,
    status,
    stale: site.stale || data.stale,
    whole: site.known && whole,
    acceptEncoding: header('accept-encoding'),
  })
}

/**
 * That there is no such post is an answer to this question as well. That nobody knows is none: it must not take the place of
 * what a browser has.
 * @throws ServiceError `upstream_unavailable`
 */
async function pageData({ content }: PageRoutesParts, wanted: PublicPage): Promise<RouteAnswer> {
  const { status, data, whole } = await loadPage(content, wanted)
  if (status === 503) throw new ServiceError('upstream_unavailable', { stack: false })
  return { status: 200, body: data, headers: { 'cache-control': 'no-cache', ...contentHeaders(data.stale, whole) } }
}

/** A page of a person: the server sends its frame and its code, the browser asks for the rest. */
function shellRoute(parts: PageRoutesParts, one: RenderModule['routes'][number]): AnyRoute {
  const names = [...one.path.matchAll(/:([a-z]+)/g)].map(([, name = '']) => name)
  return route({
    ...common(`page-${one.id}`, one.path.replaceAll(/:([a-z]+)/g, '{$1}'), `The page ${one.title}`),
    ...(names.length > 0
      ? {
          params: z.object(
            Object.fromEntries(
              names.map((name) => [name, PART.meta({ description: 'Part of the address', examples: ['acme'] })]),
            ),
          ),
        }
      : {}),
    answers: { 200: page('The frame of the page; the browser fills it') },
    errors: [],
    handler: async ({ params, header }) => {
      const site = await parts.content.settings()
      const values = params as Readonly<Record<string, string>>
      const pathname = one.path.replaceAll(/:([a-z]+)/g, (_, name: string) => encodeURIComponent(values[name] ?? ''))
      return shell(parts, one.id, one.title, pathname, site, header)
    },
  })
}

/** What the service worker shows for addresses that it has nothing for. */
function offlineRoute(parts: PageRoutesParts): AnyRoute {
  return route({
    ...common('page-offline', '/offline', 'The page that is shown without a connection'),
    answers: { 200: page('The shell') },
    errors: [],
    handler: async ({ header }) => {
      const { title } = titleOf(parts, 'offline')
      return shell(parts, 'offline', title, null, await parts.content.settings(), header)
    },
  })
}

function shell(
  { renderer }: PageRoutesParts,
  routeId: string,
  title: string,
  pathname: string | null,
  site: Awaited<ReturnType<SiteContent['settings']>>,
  header: PageHeaders['header'],
): Promise<RouteAnswer> {
  return renderer.page({
    routeId,
    title,
    pathname,
    site: site.value,
    data: null,
    status: 200,
    stale: site.stale,
    whole: site.known,
    acceptEncoding: header('accept-encoding'),
  })
}
