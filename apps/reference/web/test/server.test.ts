// Goal: the web server shows what is published, and the last of it when nobody answers; it keeps its promises on policy,
// caching and errors.
// Method: the server as it starts, in front of stand-ins for the content and platform services that can be switched off.
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { posts, settings } from './sample-content.ts'
import { type Folder, type RunningWeb, startUpstream, startWebServer, temporaryFolder, type Upstream } from './site.ts'

let upstream: Upstream
let folder: Folder
let web: RunningWeb
/** Where nothing is known from before. */
let empty: Folder

beforeEach(async () => {
  folder = await temporaryFolder()
  empty = await temporaryFolder()
  upstream = await startUpstream()
  web = await startWebServer(upstream.origin, { CACHE_DIR: folder.path })
})

afterEach(async () => {
  await web.stop()
  await upstream.close()
  await folder.remove()
  await empty.remove()
})

interface Page {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

async function get(path: string, headers: Readonly<Record<string, string>> = { accept: 'text/html' }): Promise<Page> {
  const answer = await fetch(web.origin + path, { headers, redirect: 'manual' })
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}

async function restart(env: Readonly<Record<string, string>> = {}): Promise<void> {
  await web.stop()
  web = await startWebServer(upstream.origin, { CACHE_DIR: folder.path, ...env })
}

/** As it went over the wire: `fetch` would unpack it. */
function raw(
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    request(web.origin + path, { headers }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts) }),
      )
    })
      .on('error', reject)
      .end()
  })
}

describe('pages', () => {
  it.each([
    ['/', 'Metering you can send an invoice from'],
    ['/posts', 'Late events, counted where they belong'],
    ['/posts/roles', 'Four roles, and no more'],
    ['/docs', 'Usage events'],
    ['/docs/first-steps', 'From signing up to the first event'],
  ])('%s has its content in the HTML', async (path, text) => {
    const page = await get(path)
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect(page.text).toContain(text)
    expect(page.text).toContain(`<link rel="canonical" href="https://www.greengate.test${path}">`)
    expect(page.headers.get('x-content-stale')).toBeNull()
  })

  it('of persons hold nothing but their frame, and are kept nowhere', async () => {
    for (const path of ['/sign-in', '/app', '/app/acme/members', '/admin/content/17']) {
      const page = await get(path)
      expect([path, page.status, page.headers.get('cache-control')]).toEqual([path, 200, 'no-store'])
      expect(page.text).toContain('<meta name="robots" content="noindex">')
    }
  })

  it('run only what carries the nonce of this very answer', async () => {
    const [one, other] = [await get('/'), await get('/')]
    const nonces = [one, other].map(
      (page) => /'nonce-([^']+)'/.exec(page.headers.get('content-security-policy') ?? '')?.[1],
    )
    expect(new Set(nonces).size).toBe(2)
    const scripts = [...one.text.matchAll(/<script([^>]*)>/g)].map(([, attributes = '']) => attributes)
    // What stands in for code that does not come, and the code.
    expect(scripts.filter((attributes) => !attributes.includes('application/json'))).toEqual([
      ` nonce="${nonces[0]}"`,
      expect.stringContaining(`nonce="${nonces[0]}" data-route="/" src="/assets/`),
    ])
    expect(one.text).not.toMatch(/\son[a-z]+=|\sstyle=|javascript:/)
    expect(one.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'nonce-[^']+' 'strict-dynamic'; /,
    )
  })

  it('let in the store of media, and nothing else', async () => {
    await restart({
      MEDIA_PUBLIC_URL: 'https://media.greengate.test/bucket',
      MEDIA_UPLOAD_ORIGIN: 'http://127.0.0.1:9000',
    })
    const policy = (await get('/')).headers.get('content-security-policy') ?? ''
    expect(policy).toContain("img-src 'self' data: blob: https://media.greengate.test;")
    expect(policy).toContain("connect-src 'self' http://127.0.0.1:9000;")
  })

  it('are packed as the caller can unpack them', async () => {
    const [br, gzip, plain] = [
      await raw('/', { 'accept-encoding': 'gzip, br' }),
      await raw('/', { 'accept-encoding': 'gzip' }),
      await raw('/', {}),
    ]
    expect(brotliDecompressSync(br.body).toString()).toContain('Metering you can')
    expect(gunzipSync(gzip.body).toString()).toContain('Metering you can')
    expect(plain.body.toString()).toContain('Metering you can')
    expect([br, gzip, plain].map(({ headers }) => headers['vary'])).toEqual(Array(3).fill('Origin, Accept-Encoding'))
    expect(br.body.length).toBeLessThan(12_000)
  })

  it('take hostile content for the text that it is', async () => {
    const title = '</title></script><script>alert(1)</script>'
    upstream.answers.set('/v1/content/posts/roles', { ...posts[2], title, summary: '" onload="alert(1)' })
    upstream.answers.set('/v1/settings/public', { ...settings, accent: 'red}body{display:none', extra: 'secret' })
    const page = await get('/posts/roles')
    expect(page.status).toBe(200)
    expect(page.text).not.toContain('<script>alert')
    expect(page.text).not.toContain('red}body')
    expect(page.text).not.toContain('secret')
  })
})

describe('what is not there', () => {
  it.each(['/posts/nope', '/docs/nope', '/posts/Not_a-Slug!', '/nothing', '/a/b/c/d'])(
    '%s is a 404 page',
    async (path) => {
      const page = await get(path)
      expect(page.status).toBe(404)
      expect(page.headers.get('content-type')).toContain('text/html')
      expect(page.text).toContain('Page not found')
    },
  )

  it('is an envelope for a script', async () => {
    const answer = await get('/nothing', { accept: 'application/json' })
    expect([answer.status, (JSON.parse(answer.text) as { error: { code: string } }).error.code]).toEqual([
      404,
      'not_found',
    ])
  })

  it('names the request, in a page without scripts', async () => {
    const page = await get('/nothing')
    expect(page.text).toContain(page.headers.get('x-request-id') ?? 'no id')
    expect(page.text).not.toContain('<script')
    expect(page.headers.get('content-security-policy')).toContain("style-src 'self' 'nonce-")
  })

  it('does not hide that an address has other methods', async () => {
    const answer = await fetch(`${web.origin}/posts`, { method: 'POST', headers: { accept: 'text/html' } })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    await answer.body?.cancel()
  })
})

describe('without the content service', () => {
  it('shows what was published last, and says that it may be old', async () => {
    await get('/posts/roles')
    await get('/')
    for (const state of ['down', 'slow'] as const) {
      upstream.state = state
      for (const path of ['/', '/posts/roles']) {
        const page = await get(path)
        expect([path, page.status, page.headers.get('x-content-stale')]).toEqual([path, 200, 'true'])
        expect(page.text).toContain('may be out of date')
      }
    }
    upstream.state = 'up'
  })

  it('does so after a restart', async () => {
    await get('/posts/roles')
    await get('/')
    upstream.state = 'down'
    await restart()
    const [home, post, list] = [await get('/'), await get('/posts/roles'), await get('/posts')]
    expect([home, post, list].map(({ status, headers }) => [status, headers.get('x-content-stale')])).toEqual(
      Array(3).fill([200, 'true']),
    )
    expect(post.text).toContain('Owner, admin, member, viewer')
    expect(home.text).toContain('Metering you can send an invoice from')
  })

  it('is honest about what it never had', async () => {
    upstream.state = 'down'
    await restart({ CACHE_DIR: empty.path })
    const home = await get('/')
    expect([home.status, home.headers.get('x-content-stale')]).toEqual([200, 'true'])
    expect(home.text).toContain('The newest posts can’t be loaded right now')
    const post = await get('/posts/roles')
    expect([post.status, post.headers.get('retry-after')]).toEqual([503, '30'])
    expect(post.text).toContain('Not available right now')
    const data = await get('/page-data/posts/roles', { accept: 'application/json' })
    expect([data.status, (JSON.parse(data.text) as { error: { code: string } }).error.code]).toEqual([
      503,
      'upstream_unavailable',
    ])
    expect(Number(data.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it('says what is not whole, so that nobody keeps it in place of what is', async () => {
    const missing = async (...paths: string[]) => {
      const pages = await Promise.all(paths.map((path) => get(path)))
      return pages.map(({ status, headers }) => [status, headers.get('x-content-missing')])
    }
    const paths = ['/', '/page-data/home', '/docs/first-steps', '/page-data/docs/first-steps']
    expect(await missing(...paths)).toEqual(Array(4).fill([200, null]))
    upstream.answers.set('/v1/content/docs', { nonsense: true })
    upstream.answers.set('/v1/content/posts', { nonsense: true })
    await restart({ CACHE_DIR: empty.path })
    expect(await missing(...paths)).toEqual(Array(4).fill([200, 'true']))
    upstream.answers.clear()
    upstream.answers.set('/v1/settings/public', { nonsense: true })
    await restart({ CACHE_DIR: join(empty.path, 'other') })
    expect(await missing('/posts/roles', '/page-data/posts/roles')).toEqual([
      [200, 'true'],
      [200, null],
    ])
  })

  it('answers that there is no such page to who asks for its data', async () => {
    const data = await get('/page-data/posts/nope')
    expect([data.status, JSON.parse(data.text)]).toEqual([200, { page: 'not_found', stale: false }])
  })

  it('is ready all the same: it needs nobody to serve', async () => {
    upstream.state = 'down'
    expect((await get('/ready')).status).toBe(200)
  })

  it('is current again by itself', async () => {
    await get('/posts/roles')
    upstream.state = 'down'
    expect((await get('/posts/roles')).headers.get('x-content-stale')).toBe('true')
    upstream.state = 'up'
    await expect
      .poll(async () => (await get('/posts/roles')).headers.get('x-content-stale'), { timeout: 20_000 })
      .toBeNull()
  })

  it('does not bring back what was taken down', async () => {
    await get('/posts/roles')
    upstream.answers.set('/v1/content/posts/roles', null)
    expect((await get('/posts/roles')).status).toBe(404)
    upstream.state = 'down'
    await restart()
    expect((await get('/posts/roles')).status).toBe(503)
  })

  it('does not take nonsense for content', async () => {
    await get('/posts/roles')
    upstream.answers.set('/v1/content/posts/roles', { slug: 'roles', title: 7 })
    const page = await get('/posts/roles')
    expect([page.status, page.headers.get('x-content-stale')]).toEqual([200, 'true'])
    expect(page.text).toContain('Four roles, and no more')
  })
})

describe('files', () => {
  async function entry(): Promise<string> {
    return /<script type="module"[^>]* src="([^"]+)"/.exec((await get('/')).text)?.[1] ?? ''
  }

  it('are kept for ever when their name says what is in them', async () => {
    const answer = await get(await entry())
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable'])
    expect(answer.headers.get('content-type')).toContain('text/javascript')
  })

  it('are asked for again otherwise', async () => {
    for (const path of ['/service-worker.js', '/manifest.webmanifest', '/favicon.svg'])
      expect((await get(path)).headers.get('cache-control')).toBe('no-cache')
  })

  it('are not sent twice', async () => {
    const path = await entry()
    const [br, plain] = [await raw(path, { 'accept-encoding': 'br' }), await raw(path, {})]
    expect(brotliDecompressSync(br.body).equals(plain.body)).toBe(true)
    expect(br.headers['etag']).not.toBe(plain.headers['etag'])
    const again = await raw(path, { 'accept-encoding': 'br', 'if-none-match': String(br.headers['etag']) })
    expect([again.status, again.body.length]).toEqual([304, 0])
  })

  it.each([
    '/assets/..%2f..%2fpackage.json',
    '/assets/../../package.json',
    '/assets/.vite',
    '/icons/%00',
    '/assets/build.json',
    '/icons/icon-192.png.map',
  ])('are only those of the build: not %s', async (path) => {
    expect((await raw(path, {})).status).toBe(404)
  })

  it('let the service worker ask for what pages ask for', async () => {
    const answer = await get('/service-worker.js')
    expect(answer.headers.get('content-security-policy')).toBe("default-src 'none'; connect-src 'self'")
  })
})

describe('what machines read', () => {
  it('is the map of the site', async () => {
    const { text } = await get('/sitemap.xml')
    for (const path of ['/', '/posts', '/docs', '/posts/roles', '/docs/members'])
      expect(text).toContain(`<loc>https://www.greengate.test${path}</loc>`)
  })

  it('is a feed of the newest posts', async () => {
    const { text, headers } = await get('/feed.xml')
    expect(headers.get('content-type')).toContain('application/atom+xml')
    expect(text).toContain('<updated>2026-11-14T09:30:00.000Z</updated>')
    expect([...text.matchAll(/<entry>/g)].length).toBe(posts.length)
  })

  it('keeps them out of what is nobody else’s', async () => {
    expect((await get('/robots.txt')).text).toContain('Disallow: /admin')
  })
})

describe('reports of errors in browsers', () => {
  const report = {
    kind: 'error',
    name: 'TypeError',
    message: 'x is undefined',
    stack: 'TypeError: x is undefined\n at Page',
    route: '/posts/:slug',
    release: '0123456789abcdef',
    fingerprint: '0a1b2c3d',
  }
  async function tell(body: unknown, type = 'application/json'): Promise<number> {
    const answer = await fetch(`${web.origin}/client-errors`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    await answer.body?.cancel()
    return answer.status
  }
  const logged = () => web.lines.filter((line) => line.includes('"event":"client_error"'))

  it('are logged once, however many browsers tell of them', async () => {
    for (let browser = 0; browser < 5; browser += 1) expect(await tell(report)).toBe(204)
    expect(await tell({ ...report, fingerprint: 'ffffffff' })).toBe(204)
    await web.stop()
    expect(logged().length).toBe(2)
    expect(JSON.parse(logged()[0] ?? '{}')).toMatchObject({
      level: 'error',
      page: '/posts/:slug',
      reason: 'x is undefined',
    })
  })

  it.each([
    ['nothing', '', 400],
    ['no report', '{}', 422],
    ['more than asked for', { ...report, cookie: 'x' }, 422],
    ['a stack that is too long', { ...report, stack: 'x'.repeat(5000) }, 422],
    ['a line of a log', { ...report, fingerprint: '"}\n{' }, 422],
  ])('are refused when they are %s', async (_what, body, status) => {
    expect(await tell(body)).toBe(status)
    expect(logged()).toEqual([])
  })

  it('are refused as forms and by the megabyte', async () => {
    expect(await tell('a=b', 'application/x-www-form-urlencoded')).toBe(415)
    expect(await tell({ ...report, stack: 'x'.repeat(2_000_000) })).toBe(413)
  })

  it('are not taken without end from one address', async () => {
    const statuses: number[] = []
    for (let index = 0; index < 35; index += 1) statuses.push(await tell(report))
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0)
    expect(statuses[0]).toBe(204)
  })
})
