import { createContext, use } from 'react'
import { useLocation } from 'react-router'
import type { PageData } from '../public/public-data.ts'
import { ApiError } from './api-error.ts'
import { request } from './api.ts'

/** What the pages of one visit were given, by path. On the server: of one answer. */
export interface PageDataSource {
  /** The data of a page, or a promise for it. Never rejects: a page that can't be had is data too. */
  get(pathname: string): PageData | Promise<PageData>
}

const FRESH_MS = 60_000
/** A page that could not be had is asked for again when somebody comes back this much later; milliseconds. */
const FAILED_MS = 5_000
const KEPT_MAX = 50

const reader = { parse: (value: unknown): PageData => value as PageData }

/** Asks the web server, keeps answers for a minute, and begins with what came along with the page. */
export class BrowserPageData implements PageDataSource {
  readonly #known = new Map<string, { readonly data: PageData | Promise<PageData>; readonly untilMs: number }>()
  readonly #nowMs: () => number

  constructor(first: { readonly pathname: string; readonly data: PageData } | null, nowMs = () => performance.now()) {
    this.#nowMs = nowMs
    if (first) this.#known.set(first.pathname, { data: first.data, untilMs: nowMs() + FRESH_MS })
  }

  get(pathname: string): PageData | Promise<PageData> {
    const known = this.#known.get(pathname)
    if (known && this.#nowMs() < known.untilMs) return known.data
    const asked = this.#ask(pathname)
    this.#keep(pathname, asked, FRESH_MS)
    void asked.then((data) => this.#keep(pathname, data, data.page === 'unavailable' ? FAILED_MS : FRESH_MS))
    return asked
  }

  #keep(pathname: string, data: PageData | Promise<PageData>, freshMs: number): void {
    this.#known.delete(pathname)
    this.#known.set(pathname, { data, untilMs: this.#nowMs() + freshMs })
    const oldest = this.#known.size > KEPT_MAX ? this.#known.keys().next().value : undefined
    if (oldest !== undefined) this.#known.delete(oldest)
  }

  async #ask(pathname: string): Promise<PageData> {
    try {
      return await request('GET', `/page-data${pathname === '/' ? '/home' : pathname}`, reader)
    } catch (error) {
      return { page: 'unavailable', stale: false, offline: error instanceof ApiError && error.code === 'offline' }
    }
  }
}

export const PageDataContext = createContext<PageDataSource | null>(null)

/** Data of the public page at the current path; suspends until it is there. */
export function usePageData(): PageData {
  const { pathname } = useLocation()
  const source = use(PageDataContext)
  if (!source) throw new Error('there is no source of page data around this page')
  const data = source.get(pathname)
  return data instanceof Promise ? use(data) : data
}
