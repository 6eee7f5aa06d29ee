// Goal: an outage shows what was published last: all of it, also what nobody opened, and nothing that was taken down.
// Method: rounds against a stand-in for the content service that is switched off afterwards; a real folder.
import { HttpClient } from '@greengate/kit/resilience'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DiskStore } from '../src/server/disk-store.ts'
import { PublishedRound } from '../src/server/published-round.ts'
import { SiteContent } from '../src/server/site-content.ts'
import { docs, hero, posts } from './sample-content.ts'
import { type Folder, startUpstream, temporaryFolder, type Upstream } from './site.ts'

const LIST = '/v1/content/posts?limit=100'
let upstream: Upstream
let folder: Folder
let client: HttpClient
let store: DiskStore
let failures: string[] = []
const signal = new AbortController().signal

beforeEach(async () => {
  failures = []
  folder = await temporaryFolder()
  upstream = await startUpstream()
  client = new HttpClient({
    name: 'content',
    origin: upstream.origin,
    timeoutMs: 1000,
    totalTimeoutMs: 1000,
    retry: null,
  })
  store = await openStore()
})
afterEach(async () => {
  await store.flush()
  await client.close()
  await upstream.close()
  await folder.remove()
})

function openStore(): Promise<DiskStore> {
  return DiskStore.open({ folder: folder.path, onProblem: () => undefined })
}

/** A process: what it knows, and the rounds that keep it so. */
function started(from = store): { content: SiteContent; round: () => Promise<void> } {
  const onFailure = (name: string): void => void failures.push(name)
  const content = new SiteContent({ content: client, platform: client, store: from, freshMs: 60_000, onFailure })
  const published = new PublishedRound({ content: client, parts: content.parts })
  return { content, round: () => published.run(signal) }
}

/** What the next process shows, which can ask nobody. */
async function afterRestartWithoutContent(): Promise<SiteContent> {
  await store.flush()
  upstream.state = 'down'
  return started(await openStore()).content
}

function answered(path: string): number {
  return upstream.seen.filter((one) => one === `GET ${path}`).length
}

describe('a round', () => {
  it('loads what nobody opened, for the next process as well', async () => {
    await started().round()
    const content = await afterRestartWithoutContent()
    for (const { slug } of posts) expect((await content.post(slug))?.value?.slug).toBe(slug)
    for (const { slug } of docs) expect((await content.doc(slug))?.value?.slug).toBe(slug)
    expect((await content.hero())?.value?.title).toBe(hero.title)
    expect((await content.posts())?.value?.posts.length).toBe(posts.length)
    expect((await content.settings()).known).toBe(true)
    expect((await content.docs())?.value?.length).toBe(docs.length)
  })

  it('asks for nothing again that did not change', async () => {
    const { round } = started()
    await round()
    const asked = upstream.seen.length
    await round()
    expect(upstream.seen.slice(asked)).toEqual([`GET ${LIST}`, 'GET /v1/content/docs?limit=100'])
    expect(upstream.notModified).toEqual(['/v1/content/posts', '/v1/content/docs'])
  })

  it('loads what changed, though it was opened a moment ago', async () => {
    const { content, round } = started()
    await content.post('roles')
    await round()
    const changed = { ...posts[2], title: 'Five roles', updated_at: '2026-11-20T09:30:00.000Z' }
    upstream.answers.set('/v1/content/posts/roles', changed)
    upstream.answers.set('/v1/content/posts', { posts: [posts[0], posts[1], changed, posts[3]], next: null })
    await round()
    upstream.state = 'down'
    expect((await content.post('roles'))?.value?.title).toBe('Five roles')
    expect((await (await afterRestartWithoutContent()).post('roles'))?.value?.title).toBe('Five roles')
    expect([answered('/v1/content/posts/hello'), answered('/v1/content/docs/members')]).toEqual([1, 1])
  })

  it('forgets what was taken down, in memory and on disk', async () => {
    const { content, round } = started()
    await content.post('roles')
    await round()
    upstream.answers.set('/v1/content/posts/roles', null)
    upstream.answers.set('/v1/content/posts', { posts: [posts[0], posts[1], posts[3]], next: null })
    await round()
    upstream.state = 'down'
    // Known to be gone; the next process knows nothing of it at all.
    expect((await content.post('roles'))?.value ?? null).toBeNull()
    const next = await afterRestartWithoutContent()
    expect(await next.post('roles')).toBeUndefined()
    expect((await next.posts())?.value?.posts.map(({ slug }) => slug)).not.toContain('roles')
    expect((await next.post('hello'))?.value?.slug).toBe('hello')
  })

  it('forgets it also when a process before had it', async () => {
    await started().round()
    await store.flush()
    upstream.answers.set('/v1/content/docs/members', null)
    upstream.answers.set('/v1/content/docs', { docs: docs.slice(0, 2), next: null })
    await started().round()
    expect(await (await afterRestartWithoutContent()).doc('members')).toBeUndefined()
  })

  it('keeps what was published after the list was read', async () => {
    const { content, round } = started()
    const late = { ...posts[3], slug: 'late' }
    upstream.answers.set('/v1/content/posts/late', late)
    await content.post('late')
    await round()
    expect((await (await afterRestartWithoutContent()).post('late'))?.value?.slug).toBe('late')
  })

  it('forgets what is not listed also when its owner stops to answer right then', async () => {
    const { content, round } = started()
    await content.post('roles')
    upstream.answers.set('/v1/content/posts', { posts: [posts[0]], next: null })
    upstream.answers.set('/v1/content/posts/roles', { nonsense: true })
    await round().catch(() => undefined)
    upstream.state = 'down'
    expect(await content.post('roles')).toBeUndefined()
  })

  it.each([
    ['nothing', null, 'was answered with 404'],
    ['nonsense', { posts: 'all' }, 'expected array'],
  ])('takes nothing for gone when the second page of the list is %s', async (_what, second, reason) => {
    const { content, round } = started()
    await round()
    upstream.answers.set(LIST, { posts: posts.slice(0, 2), next: 'second' })
    upstream.answers.set(`${LIST}&after=second`, second)
    for (const { slug } of posts) upstream.answers.set(`/v1/content/posts/${slug}`, null)
    await expect(round()).rejects.toThrow(reason)
    expect((await content.post('hello'))?.value?.slug).toBe('hello')
  })

  it('takes nothing for gone when nobody answers', async () => {
    const { content, round } = started()
    await round()
    upstream.state = 'down'
    await expect(round()).rejects.toThrow('content')
    expect((await content.post('hello'))?.value?.slug).toBe('hello')
  })

  it('follows a list from page to page, and does not run in circles', async () => {
    upstream.answers.set(LIST, { posts: posts.slice(0, 2), next: 'a' })
    upstream.answers.set(`${LIST}&after=a`, { posts: posts.slice(2), next: 'a' })
    const { content, round } = started()
    await round()
    expect(answered(`${LIST}&after=a`)).toBe(1)
    upstream.state = 'down'
    expect((await content.post('hello'))?.value?.slug).toBe('hello')
  })

  it('knows the older pages of the list, and not those from before a change', async () => {
    const first = '/v1/content/posts?limit=12'
    upstream.answers.set(first, { posts: posts.slice(0, 2), next: 'older' })
    upstream.answers.set(`${first}&after=older`, { posts: posts.slice(2), next: null })
    const { content, round } = started()
    await round()
    upstream.answers.set(LIST, { posts: posts.slice(0, 3), next: null })
    upstream.answers.set(`${first}&after=older`, { posts: posts.slice(2, 3), next: null })
    await round()
    upstream.state = 'down'
    expect((await content.posts('older'))?.value?.posts.map(({ slug }) => slug)).toEqual(['roles'])
  })

  it('is not kept from the others by entries that can’t be had', async () => {
    for (const { slug } of posts.slice(0, 3)) upstream.answers.set(`/v1/content/posts/${slug}`, { nonsense: true })
    const { content, round } = started()
    await expect(round()).rejects.toThrow('3 entries in a row')
    await round()
    upstream.state = 'down'
    expect((await content.post('hello'))?.value?.slug).toBe('hello')
    expect((await content.doc('members'))?.value?.slug).toBe('members')
  })

  it('of more than can be kept keeps the newest, and asks for none twice', async () => {
    const at = (index: number): string => new Date(Date.UTC(2026, 0, 1) + index * 60_000).toISOString()
    const many = Array.from({ length: 600 }, (_, index) => {
      return { ...posts[3], slug: `post-${index}`, published_at: at(index), updated_at: at(index) }
    }).toReversed()
    for (const one of many) upstream.answers.set(`/v1/content/posts/${one.slug}`, one)
    for (let page = 0; page < 6; page += 1) {
      const path = page === 0 ? LIST : `${LIST}&after=p${page}`
      const next = page === 5 ? null : `p${page + 1}`
      upstream.answers.set(path, { posts: many.slice(page * 100, page * 100 + 100), next })
    }
    const { content, round } = started()
    for (const slug of ['post-1', 'post-2']) await content.post(slug)
    await round()
    const asked = upstream.seen.length
    await round()
    expect(upstream.seen.length - asked).toBe(7)
    // What visitors open beyond that gives way first, and never the lists.
    for (let index = 3; index < 60; index += 1) await content.post(`post-${index}`)
    await round()
    const next = await afterRestartWithoutContent()
    const known = (slug: string) => next.post(slug).then((one) => one !== undefined)
    expect([await known('post-599'), await known('post-200'), await known('post-100')]).toEqual([true, true, false])
    expect([(await next.hero())?.stale, (await next.posts())?.stale]).toEqual([true, true])
  })
})
