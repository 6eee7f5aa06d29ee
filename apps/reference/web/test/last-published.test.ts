// Goal: with the content service gone, readers see what was published last: all of it, and nothing that was taken down.
// Method: the server as it starts, with short rounds, in front of a stand-in that stops to answer or to be there.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { posts } from './sample-content.ts'
import { type Folder, type RunningWeb, startUpstream, startWebServer, temporaryFolder, type Upstream } from './site.ts'

const ROUNDS = { firstMs: 10, everyMs: 20, pauseMaxMs: 100 }
const LIST = 'GET /v1/content/posts?limit=100'

let upstream: Upstream
let folder: Folder
let web: RunningWeb

beforeEach(async () => {
  folder = await temporaryFolder()
  upstream = await startUpstream()
  web = await startWebServer(upstream.origin, { CACHE_DIR: folder.path }, ROUNDS)
})
afterEach(async () => {
  await web.stop()
  await upstream.close()
  await folder.remove()
})

const rounds = (): number => upstream.seen.filter((one) => one === LIST).length

/** Until a round that began after now has come to its end: the next one has begun. */
async function wholeRound(): Promise<void> {
  const before = rounds()
  await expect.poll(rounds, { timeout: 60_000 }).toBeGreaterThanOrEqual(before + 2)
}

async function get(path: string): Promise<{ status: number; stale: string | null; text: string }> {
  const answer = await fetch(web.origin + path, { headers: { accept: 'text/html' } })
  return { status: answer.status, stale: answer.headers.get('x-content-stale'), text: await answer.text() }
}

async function restart(): Promise<void> {
  await web.stop()
  web = await startWebServer(upstream.origin, { CACHE_DIR: folder.path }, ROUNDS)
}

function takeDown(slug: string): void {
  upstream.answers.set(`/v1/content/posts/${slug}`, null)
  upstream.answers.set('/v1/content/posts', { posts: posts.filter((post) => post.slug !== slug), next: null })
}

describe.each(['down', 'slow'] as const)('with the content service %s', (state) => {
  it('what was taken down stays down, though nobody asked for it since', async () => {
    expect((await get('/posts/roles')).status).toBe(200)
    takeDown('roles')
    await wholeRound()
    upstream.state = state
    expect([404, 503]).toContain((await get('/posts/roles')).status)
    expect((await get('/posts')).text).not.toContain('Four roles, and no more')
    await restart()
    expect([404, 503]).toContain((await get('/posts/roles')).status)
    expect((await get('/posts')).text).not.toContain('Four roles, and no more')
  })

  it('what was published is there, though nobody ever opened it', async () => {
    await wholeRound()
    upstream.state = state
    for (const path of ['/', '/posts', '/posts/hello', '/docs', '/docs/members'])
      expect([path, (await get(path)).status]).toEqual([path, 200])
    await restart()
    const { status, stale, text } = await get('/posts/hello')
    expect([status, stale]).toEqual([200, 'true'])
    expect(text).toContain('The first post of this site.')
  })
})

describe('the rounds', () => {
  it('are no reason to wait: ready without them, and stopped with the service', async () => {
    upstream.state = 'slow'
    await restart()
    expect((await get('/ready')).status).toBe(200)
    await expect.poll(rounds).toBeGreaterThan(0)
    expect(await web.stop()).toBe(0)
    const asked = upstream.seen.length
    upstream.state = 'up'
    expect(upstream.seen.length).toBe(asked)
  })

  it('begin again when the content service is back', async () => {
    upstream.state = 'down'
    await restart()
    const before = rounds()
    await expect.poll(rounds, { timeout: 60_000 }).toBeGreaterThan(before)
    upstream.state = 'up'
    takeDown('hello')
    await wholeRound()
    upstream.state = 'down'
    expect([404, 503]).toContain((await get('/posts/hello')).status)
    expect((await get('/posts/roles')).status).toBe(200)
  })
})
