import type { HttpAnswer, HttpClient } from '@greengate/kit/resilience'
import type { z } from 'zod'
import type { Entry, EntrySummary, SiteSettings } from '../public/public-data.ts'
import type { DiskStore } from './disk-store.ts'
import { type Known, KnownResource } from './known-resource.ts'
import { docsSchema, entrySchema, postsSchema, settingsSchema, summarySchema } from './schemas.ts'

export interface SiteContentOptions {
  readonly content: Pick<HttpClient, 'request'>
  readonly platform: Pick<HttpClient, 'request'>
  readonly store: DiskStore | null
  /** Milliseconds. */
  readonly freshMs: number
  /** Told once per failed question. */
  readonly onFailure: (name: string, error: unknown) => void
}

export interface Posts {
  readonly posts: readonly EntrySummary[]
  readonly next: string | null
}

/** Before anybody ever told us; nothing in it promises what may not be there. */
export const UNKNOWN_SETTINGS: SiteSettings = {
  site_title: 'Greengate',
  tagline: '',
  accent: '#0f7a5c',
  support_email: null,
  concierge_enabled: false,
  sign_up_enabled: false,
}

const POSTS_A_PAGE = 12
const DOCS_A_QUESTION = 100
/** Questions for one list of documents: what comes after that many is not listed. */
const QUESTIONS_MAX = 5
/** Addresses that anybody may make up are remembered too, so that each is asked for once. */
const SLUGS_MAX = 1000

async function ask(client: Pick<HttpClient, 'request'>, path: string, signal: AbortSignal): Promise<HttpAnswer | null> {
  const answer = await client.request({ path, headers: { accept: 'application/json' }, signal })
  // 400 and 422: a cursor that somebody made up.
  if (answer.status === 404 || answer.status === 400 || answer.status === 422) return null
  if (answer.status !== 200) throw new Error(`${path} was answered with ${answer.status}`)
  return answer
}

/** What public pages are made of, each part with what is known of it. */
export interface ContentParts {
  readonly settings: KnownResource<SiteSettings>
  readonly hero: KnownResource<Entry>
  /** The newest. */
  readonly posts: KnownResource<Posts>
  /** By cursor; in memory only: a cursor is a key that anybody can make. */
  readonly olderPosts: KnownResource<Posts>
  readonly docs: KnownResource<readonly EntrySummary[]>
  /** By slug. */
  readonly post: KnownResource<Entry>
  readonly doc: KnownResource<Entry>
}

/** Everything that public pages are made of. */
export class SiteContent {
  readonly parts: ContentParts

  constructor(options: SiteContentOptions) {
    const { content, platform, store, freshMs, onFailure } = options
    const resource = <T>(
      name: string,
      schema: z.ZodType<T>,
      load: (key: string, signal: AbortSignal) => Promise<T | null>,
      more: { readonly entriesMax?: number; readonly kept?: boolean } = {},
    ): KnownResource<T> =>
      new KnownResource<T>({
        name,
        schema,
        load,
        store: more.kept === false ? null : store,
        freshMs,
        entriesMax: more.entriesMax ?? 1,
        onFailure,
      })
    const read = <T>(client: Pick<HttpClient, 'request'>, schema: z.ZodType<T>, path: (key: string) => string) => {
      return async (key: string, signal: AbortSignal): Promise<T | null> => {
        const answer = await ask(client, path(key), signal)
        return answer && schema.parse(answer.json())
      }
    }
    const posts = `/v1/content/posts?limit=${POSTS_A_PAGE}`
    const slugs = { entriesMax: SLUGS_MAX }
    this.parts = {
      settings: resource(
        'settings',
        settingsSchema,
        read(platform, settingsSchema, () => '/v1/settings/public'),
      ),
      hero: resource(
        'hero',
        entrySchema,
        read(content, entrySchema, () => '/v1/content/hero'),
      ),
      posts: resource(
        'posts',
        postsSchema,
        read(content, postsSchema, () => posts),
      ),
      olderPosts: resource(
        'older-posts',
        postsSchema,
        read(content, postsSchema, (after) => `${posts}&after=${encodeURIComponent(after)}`),
        { entriesMax: 100, kept: false },
      ),
      docs: resource('docs', summarySchema.array(), (_key, signal) => allDocs(content, signal)),
      post: resource(
        'post',
        entrySchema,
        read(content, entrySchema, (slug) => `/v1/content/posts/${slug}`),
        slugs,
      ),
      doc: resource(
        'doc',
        entrySchema,
        read(content, entrySchema, (slug) => `/v1/content/docs/${slug}`),
        slugs,
      ),
    }
  }

  /** `known`: somebody told; else nothing but names that are always right. */
  async settings(): Promise<{ readonly value: SiteSettings; readonly stale: boolean; readonly known: boolean }> {
    const known = await this.parts.settings.get()
    return known?.value
      ? { value: known.value, stale: known.stale, known: true }
      : { value: UNKNOWN_SETTINGS, stale: true, known: false }
  }

  hero(): Promise<Known<Entry> | undefined> {
    return this.parts.hero.get()
  }

  /** The newest, or what follows a cursor. */
  posts(after?: string): Promise<Known<Posts> | undefined> {
    return after === undefined ? this.parts.posts.get() : this.parts.olderPosts.get(after)
  }

  docs(): Promise<Known<readonly EntrySummary[]> | undefined> {
    return this.parts.docs.get()
  }

  post(slug: string): Promise<Known<Entry> | undefined> {
    return this.parts.post.get(slug)
  }

  doc(slug: string): Promise<Known<Entry> | undefined> {
    return this.parts.doc.get(slug)
  }
}

async function allDocs(content: Pick<HttpClient, 'request'>, signal: AbortSignal): Promise<EntrySummary[]> {
  const all: EntrySummary[] = []
  let after = ''
  for (let question = 0; question < QUESTIONS_MAX; question += 1) {
    const answer = await ask(content, `/v1/content/docs?limit=${DOCS_A_QUESTION}${after}`, signal)
    const { docs, next } = answer ? docsSchema.parse(answer.json()) : { docs: [], next: null }
    all.push(...docs)
    if (next === null) break
    after = `&after=${encodeURIComponent(next)}`
  }
  return all
}
