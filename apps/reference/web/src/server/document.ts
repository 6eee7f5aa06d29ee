import type { FirstData, SiteSettings } from '../public/public-data.ts'
import { accentCss } from './accent.ts'

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text for an element or an attribute in quotes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (one) => ESCAPES[one] ?? one)
}

/** JSON that can stand in a script element: nothing in it ends the element or begins a comment. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', String.raw`\u003c`)
}

export interface SocialImage {
  readonly url: string
  readonly width: number
  readonly height: number
  readonly alt: string
}

/** What search engines and other sites are told of a page. */
export interface PageMeta {
  readonly title: string
  readonly description: string
  /** Null: this page has no address of its own. */
  readonly canonical: string | null
  readonly type: 'website' | 'article'
  readonly image: SocialImage | null
  /** Whether search engines may list it. */
  readonly indexed: boolean
}

export interface PageCode {
  /** Script that stands in for the others when they do not come; empty for none. */
  readonly guard: string
  /** Pattern of the route, for what the guard tells. */
  readonly route: string
  /** Address of the module that starts the client; null for a page without. */
  readonly entry: string | null
  readonly preload: readonly string[]
  readonly styles: readonly string[]
}

export interface DocumentParts {
  readonly meta: PageMeta
  readonly site: SiteSettings
  readonly css: string
  readonly code: PageCode
  readonly nonce: string
  /** What is inside of the root element, from the renderer. */
  readonly html: string
  readonly first: FirstData | null
}

function metaTags({ description, canonical, type, image, indexed, title }: PageMeta, site: SiteSettings): string {
  const property = (name: string, content: string): string =>
    `<meta property="og:${name}" content="${escapeHtml(content)}">`
  const tags = [
    description === '' ? '' : `<meta name="description" content="${escapeHtml(description)}">`,
    indexed ? '' : '<meta name="robots" content="noindex">',
    property('site_name', site.site_title),
    property('title', title),
    property('type', type),
    description === '' ? '' : property('description', description),
    canonical === null ? '' : `<link rel="canonical" href="${escapeHtml(canonical)}">${property('url', canonical)}`,
  ]
  if (image) {
    tags.push(
      property('image', image.url),
      property('image:width', String(image.width)),
      property('image:height', String(image.height)),
      property('image:alt', image.alt),
      '<meta name="twitter:card" content="summary_large_image">',
    )
  }
  return tags.join('')
}

function codeTags({ guard, route, entry, preload, styles }: PageCode, nonce: string): string {
  return [
    // Before the others: it hears of those only that fail after it.
    guard === '' ? '' : `<script nonce="${nonce}">${guard}</script>`,
    ...styles.map((file) => `<link rel="stylesheet" href="${file}">`),
    ...preload.map((file) => `<link rel="modulepreload" nonce="${nonce}" href="${file}">`),
    entry === null
      ? ''
      : `<script type="module" nonce="${nonce}" data-route="${escapeHtml(route)}" src="${entry}"></script>`,
  ].join('')
}

/** The whole page. Everything that came from somewhere is escaped; scripts and styles carry the nonce of this answer. */
export function htmlDocument({ meta, site, css, code, nonce, html, first }: DocumentParts): string {
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width,initial-scale=1">` +
    `<title>${escapeHtml(meta.title)}</title>${metaTags(meta, site)}` +
    `<meta name="theme-color" media="(prefers-color-scheme:light)" content="#ffffff">` +
    `<meta name="theme-color" media="(prefers-color-scheme:dark)" content="#0f151b">` +
    `<meta property="csp-nonce" nonce="${nonce}">` +
    `<style nonce="${nonce}">${css}${accentCss(site.accent)}</style>` +
    codeTags(code, nonce) +
    `<link rel="icon" href="/favicon.svg" type="image/svg+xml"><link rel="apple-touch-icon" href="/icons/apple-touch-icon.png">` +
    `<link rel="manifest" href="/manifest.webmanifest">` +
    `<link rel="alternate" type="application/atom+xml" href="/feed.xml" title="${escapeHtml(site.site_title)}">` +
    `</head><body><div id="root">${html}</div>` +
    (first === null ? '' : `<script type="application/json" id="first-data">${scriptJson(first)}</script>`) +
    `</body></html>`
  )
}
