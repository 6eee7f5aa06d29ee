import type { HttpClient } from '@greengate/kit/resilience'
import type { Entry, EntrySummary } from '../public/public-data.ts'
import { CHARS_MAX, ENTRIES_MAX } from './disk-store.ts'
import type { Known, KnownResource } from './known-resource.ts'
import { type Listing, PublishedList } from './published-list.ts'
import type { ContentParts } from './site-content.ts'

export interface PublishedRoundOptions {
  readonly content: Pick<HttpClient, 'request'>
  readonly parts: ContentParts
}

/** Entries that are kept unasked, the newest of all kinds; the rest of the store is for lists, settings and what visitors open. */
const WANTED_MAX = ENTRIES_MAX - 20
const WANTED_CHARS_MAX = CHARS_MAX * 0.9
/** Pages of the list of posts that are kept; in memory. */
const OLDER_PAGES_MAX = 40
/** Entries in a row that can't be had: then it is not the entries. */
const FAILURES_MAX = 3

interface Wanted {
  readonly resource: KnownResource<Entry>
  readonly entry: EntrySummary
  readonly name: string
}

/**
 * Makes what is known the same as what is published, so that an outage shows what was published last and not what was
 * visited last: what is not listed any more is forgotten, what is new or changed is loaded. Asks one question at a time.
 */
export class PublishedRound {
  readonly #parts: ContentParts
  readonly #posts: PublishedList
  readonly #docs: PublishedList
  /** Entries that could not be had; they come last, so that none keeps the others from being loaded. */
  readonly #failed = new Set<string>()
  #olderPostsKnown = false

  constructor({ content, parts }: PublishedRoundOptions) {
    this.#parts = parts
    this.#posts = new PublishedList(content, 'posts')
    this.#docs = new PublishedList(content, 'docs')
  }

  /** @throws UpstreamError, Error when the content service does not answer: then nothing is taken for gone */
  async run(signal: AbortSignal): Promise<void> {
    const { post, doc } = this.#parts
    const posts = await this.#posts.read(signal)
    const docs = await this.#docs.read(signal)
    await forgetUnlisted(post, posts, signal)
    await forgetUnlisted(doc, docs, signal)
    await this.#lists(posts, docs, signal)
    await this.#load(newest(post, posts, doc, docs), signal)
  }

  /** What the pages of lists and the front page are made of. */
  async #lists(posts: Listing, docs: Listing, signal: AbortSignal): Promise<void> {
    const parts = this.#parts
    await parts.settings.get()
    await parts.hero.get()
    await (docs.changed ? parts.docs.refresh() : parts.docs.get())
    let page = await (posts.changed ? parts.posts.refresh() : parts.posts.get())
    if (posts.changed || !this.#olderPostsKnown) {
      for (const cursor of parts.olderPosts.keys()) parts.olderPosts.forget(cursor)
      for (let older = 0; older < OLDER_PAGES_MAX && page?.value?.next; older += 1) {
        signal.throwIfAborted()
        page = await parts.olderPosts.get(page.value.next)
      }
      this.#olderPostsKnown = page?.stale === false
    }
  }

  /** @throws Error when several in a row could not be had */
  async #load(wanted: readonly Wanted[], signal: AbortSignal): Promise<void> {
    const { settings, hero, docs, posts } = this.#parts
    // The oldest first: what is preferred last stays longest.
    for (const { resource, entry } of wanted.toReversed()) resource.prefer(entry.slug)
    for (const resource of [settings, hero, docs, posts]) resource.prefer()
    const before = new Set(this.#failed)
    const late = wanted.filter(({ name }) => before.has(name))
    let inRow = 0
    let chars = 0
    for (const one of [...wanted.filter(({ name }) => !before.has(name)), ...late]) {
      signal.throwIfAborted()
      if (chars > WANTED_CHARS_MAX) return
      const had = await this.#loadOne(one)
      inRow = had ? 0 : inRow + 1
      if (inRow === FAILURES_MAX && before.has(one.name)) return
      if (inRow === FAILURES_MAX)
        throw new Error(`${inRow} entries in a row can’t be had, the last of them ${one.name}`)
      chars += one.resource.keptChars(one.entry.slug)
    }
  }

  async #loadOne({ resource, entry, name }: Wanted): Promise<boolean> {
    if (resource.isKnown(entry.slug, (known) => sameVersion(known, entry))) return true
    this.#failed.delete(name)
    const known = await resource.refresh(entry.slug)
    if (known && !known.stale) return true
    this.#failed.add(name)
    return false
  }
}

function sameVersion(one: EntrySummary, other: EntrySummary): boolean {
  return one.updated_at === other.updated_at && one.published_at === other.published_at
}

/**
 * Each is asked for once more: it may have been published, or moved, while the list was read. Without an answer the list
 * counts: what was taken down stays down, and anything else is loaded again by the next question.
 */
async function forgetUnlisted(resource: KnownResource<Entry>, list: Listing, signal: AbortSignal): Promise<void> {
  if (!list.complete) return
  const listed = new Set(list.entries.map(({ slug }) => slug))
  let answers = true
  for (const slug of resource.keys()) {
    if (listed.has(slug)) continue
    signal.throwIfAborted()
    const known: Known<Entry> | undefined = answers ? await resource.refresh(slug) : undefined
    answers = known?.stale === false
    if (!answers) resource.forget(slug)
  }
}

function newest(
  post: KnownResource<Entry>,
  posts: Listing,
  doc: KnownResource<Entry>,
  docs: Listing,
): readonly Wanted[] {
  const of = (resource: KnownResource<Entry>, kind: string, { entries }: Listing): Wanted[] =>
    entries.map((entry) => ({ resource, entry, name: `${kind} ${entry.slug}` }))
  return [...of(post, 'post', posts), ...of(doc, 'doc', docs)]
    .toSorted((one, other) => (one.entry.updated_at < other.entry.updated_at ? 1 : -1))
    .slice(0, WANTED_MAX)
}
