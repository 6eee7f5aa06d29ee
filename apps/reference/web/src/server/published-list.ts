import type { HttpClient } from '@greengate/kit/resilience'
import type { EntrySummary } from '../public/public-data.ts'
import { docsSchema, postsSchema } from './schemas.ts'

/** As the content service's addresses name them. */
export type PublishedKind = 'posts' | 'docs'

export interface Listing {
  readonly entries: readonly EntrySummary[]
  /** False: there are more than were read, so that what is missing may still be published. */
  readonly complete: boolean
  /** False: everything is as it was the last time. */
  readonly changed: boolean
}

interface Page {
  readonly entries: readonly EntrySummary[]
  readonly next: string | null
  /** Null: the owner gives none, and is asked for all of it each time. */
  readonly etag: string | null
}

/** All that the content service gives at once. */
const ENTRIES_A_PAGE = 100
/** Pages that are followed: 10,000 entries. */
const PAGES_MAX = 100

const pageOf: Readonly<Record<PublishedKind, (json: unknown) => Omit<Page, 'etag'>>> = {
  posts: (json) => {
    const { posts, next } = postsSchema.parse(json)
    return { entries: posts, next }
  },
  docs: (json) => {
    const { docs, next } = docsSchema.parse(json)
    return { entries: docs, next }
  },
}

/** Everything of one kind that is published, read page by page; a page that did not change is not sent again. */
export class PublishedList {
  readonly #client: Pick<HttpClient, 'request'>
  readonly #kind: PublishedKind
  /** Pages of the last time, by their address. */
  #known = new Map<string, Page>()

  constructor(client: Pick<HttpClient, 'request'>, kind: PublishedKind) {
    this.#client = client
    this.#kind = kind
  }

  /** @throws UpstreamError, Error when any page could not be had: half a list says nothing */
  async read(signal: AbortSignal): Promise<Listing> {
    const first = `/v1/content/${this.#kind}?limit=${ENTRIES_A_PAGE}`
    const pages = new Map<string, Page>()
    let changed = false
    let path: string | null = first
    // A cursor that comes back would lead round in circles.
    while (path !== null && !pages.has(path) && pages.size < PAGES_MAX) {
      const page = await this.#page(path, signal)
      changed ||= page !== this.#known.get(path)
      pages.set(path, page)
      path = page.next === null ? null : `${first}&after=${encodeURIComponent(page.next)}`
    }
    changed ||= pages.size !== this.#known.size
    this.#known = pages
    return { entries: [...pages.values()].flatMap(({ entries }) => entries), complete: path === null, changed }
  }

  async #page(path: string, signal: AbortSignal): Promise<Page> {
    const known = this.#known.get(path)
    const condition = known?.etag ? { 'if-none-match': known.etag } : {}
    const answer = await this.#client.request({ path, headers: { accept: 'application/json', ...condition }, signal })
    if (answer.status === 304 && known) return known
    if (answer.status !== 200) throw new Error(`${path} was answered with ${answer.status}`)
    const { etag } = answer.headers
    return { ...pageOf[this.#kind](answer.json()), etag: typeof etag === 'string' ? etag : null }
  }
}
