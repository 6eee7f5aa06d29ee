import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { SecurityHeaderProfile } from '@greengate/kit/edge'
import type { RouteAnswer } from '@greengate/kit/http'
import type { Build } from '../build/build-description.ts'
// Types alone: what runs is the bundle that was built of it.
import type * as Renderer from '../client/entry-server.tsx'
import type { PageData, SiteSettings } from '../public/public-data.ts'
import { htmlDocument } from './document.ts'
import { encoded } from './encoding.ts'
import { metaOf } from './page-meta.ts'

export type RenderModule = typeof Renderer

export interface PageRequest {
  readonly routeId: string
  readonly title: string
  /** Null: the page is not that of an address; the client starts from nothing. */
  readonly pathname: string | null
  readonly site: SiteSettings
  readonly data: PageData | null
  readonly status: number
  /** Any part of it may be out of date. */
  readonly stale: boolean
  /** False: parts of it are not known. */
  readonly whole: boolean
  readonly acceptEncoding: string | undefined
}

export interface ErrorRequest {
  readonly site: SiteSettings
  readonly status: number
  readonly title: string
  readonly text: string
  readonly requestId: string
}

const RENDERED_MAX = 200

/** What a page says of its content; the service worker goes by it. */
export function contentHeaders(stale: boolean, whole: boolean): Record<string, string> {
  return { ...(stale ? { 'x-content-stale': 'true' } : {}), ...(whole ? {} : { 'x-content-missing': 'true' }) }
}

/** @throws Error when the bundle is not there or is none */
export async function loadRenderer(folder: string): Promise<RenderModule> {
  const module = (await import(pathToFileURL(join(folder, 'server', 'entry-server.js')).href)) as RenderModule
  await module.loadPages()
  return module
}

/** Makes pages. What React renders of the same data is rendered once; what is around it is new in each answer. */
export class PageRenderer {
  readonly #build: Build
  readonly #module: RenderModule
  readonly #profile: Extract<SecurityHeaderProfile, { kind: 'nonce' }>
  readonly #origin: string
  readonly #rendered = new Map<string, string>()

  /** @param origin that the site is reached under, for addresses that leave it */
  constructor(build: Build, module: RenderModule, profile: SecurityHeaderProfile, origin: string) {
    if (profile.kind !== 'nonce') throw new RangeError('pages need a policy with nonces')
    this.#build = build
    this.#module = module
    this.#profile = profile
    this.#origin = origin
  }

  async page(request: PageRequest): Promise<RouteAnswer> {
    const { routeId, title, pathname, site, data, status, stale, whole, acceptEncoding } = request
    const nonce = this.#profile.nonce()
    const { guard, entry, preload, pages } = this.#build
    const { scripts = [], styles = [] } = pages[routeId] ?? {}
    const route = this.#module.routes.find((one) => one.id === routeId)?.path ?? 'unknown'
    const html = htmlDocument({
      meta: metaOf({
        title,
        pathname: pathname ?? '/',
        site,
        data,
        origin: this.#origin,
        fullTitle: this.#module.fullTitle,
      }),
      site,
      css: this.#build.css,
      code: { guard, route, entry, preload: [...preload, ...scripts], styles },
      nonce,
      html: this.#inside(pathname ?? '/offline', site, data),
      first: { pathname, site, data },
    })
    const { body, headers } = await encoded(html, acceptEncoding)
    return {
      status,
      body,
      headers: {
        ...headers,
        ...this.#policy(nonce),
        'content-type': 'text/html; charset=utf-8',
        // Nonces are for one answer. What belongs to a person is not even kept for going back.
        'cache-control': data === null && pathname !== null ? 'no-store' : 'private, no-cache',
        ...contentHeaders(stale, whole),
        ...(status === 503 ? { 'retry-after': '30' } : {}),
      },
    }
  }

  /** A page for an error, without scripts. */
  error({ site, ...error }: ErrorRequest): {
    readonly html: string
    readonly headers: Readonly<Record<string, string>>
  } {
    const nonce = this.#profile.nonce()
    const html = htmlDocument({
      meta: {
        title: this.#module.fullTitle(error.title, site.site_title),
        description: '',
        canonical: null,
        type: 'website',
        image: null,
        indexed: false,
      },
      site,
      css: this.#build.css,
      code: { guard: '', route: '', entry: null, preload: [], styles: [] },
      nonce,
      html: this.#module.renderErrorPage(site, error),
      first: null,
    })
    return { html, headers: { ...this.#profile.headers, ...this.#policy(nonce) } }
  }

  #policy(nonce: string): Readonly<Record<string, string>> {
    return { 'content-security-policy': this.#profile.policy(nonce) }
  }

  #inside(pathname: string, site: SiteSettings, data: PageData | null): string {
    const key = JSON.stringify([pathname, site, data])
    const known = this.#rendered.get(key)
    if (known !== undefined) return known
    const made = this.#module.renderPage(pathname, site, data)
    this.#rendered.set(key, made)
    const oldest = this.#rendered.size > RENDERED_MAX ? this.#rendered.keys().next().value : undefined
    if (oldest !== undefined) this.#rendered.delete(oldest)
    return made
  }
}
