import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSite } from '../src/build/build-site.ts'
import { type StartOptions, startWeb } from '../src/server/start-web.ts'
import { docs, hero, picture, posts, recommendations, settings, weather } from './sample-content.ts'

/** What the other services of the platform answer, and whether they do. */
export interface Upstream {
  readonly origin: string
  /** `down` refuses every connection's request, `slow` never answers. */
  state: 'up' | 'down' | 'slow'
  signedIn: boolean
  /** Answers by path, or by path and query, that differ from the samples; null: 404. */
  readonly answers: Map<string, unknown>
  readonly seen: string[]
  /** Answers that the caller had already, and that were not sent again. */
  readonly notModified: string[]
  close(): Promise<void>
}

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

function tagOf(answer: unknown): string {
  return `"${createHash('sha256').update(JSON.stringify(answer)).digest('base64url').slice(0, 27)}"`
}

function sampleOf(path: string): unknown {
  const slug = path.split('/').at(-1)
  if (path === '/v1/content/hero') return hero
  if (path === '/v1/content/posts') return { posts, next: null }
  if (path === '/v1/content/docs') return { docs, next: null }
  if (path.startsWith('/v1/content/posts/')) return posts.find((post) => post.slug === slug) ?? null
  if (path.startsWith('/v1/content/docs/')) return docs.find((doc) => doc.slug === slug) ?? null
  if (path === '/v1/settings/public') return settings
  if (path === '/v1/concierge/recommendations') return recommendations
  if (path === '/v1/concierge/weather') return weather
  return null
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`)
    })
  })
}

function close(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

export async function startUpstream(): Promise<Upstream> {
  const image = picture(480, 320)
  const server = createServer((incoming, response) => {
    const path = (incoming.url ?? '').split('?', 1)[0] ?? ''
    upstream.seen.push(`${incoming.method} ${incoming.url}`)
    if (upstream.state === 'slow') return
    if (upstream.state === 'down') {
      incoming.socket.destroy()
      return
    }
    if (path.startsWith('/media/')) {
      response.writeHead(200, { 'content-type': 'image/png', 'cache-control': 'public, max-age=60' }).end(image)
      return
    }
    if (path === '/session') {
      json(response, 200, { signed_in: upstream.signedIn })
      return
    }
    const known = [incoming.url ?? '', path].find((one) => upstream.answers.has(one))
    const answer = known === undefined ? sampleOf(path) : upstream.answers.get(known)
    if (answer === null) json(response, 404, { error: { code: 'not_found', message: 'There is no such thing.' } })
    else if (incoming.headers['if-none-match'] === tagOf(answer)) {
      upstream.notModified.push(path)
      response.writeHead(304, { etag: tagOf(answer) }).end()
    } else json(response, 200, answer, { etag: tagOf(answer) })
  })
  const upstream: Upstream = {
    origin: await listen(server),
    state: 'up',
    signedIn: false,
    answers: new Map(),
    seen: [],
    notModified: [],
    close: () => close(server),
  }
  return upstream
}

/** As the gateway does it: one origin for the browser, by path. */
function forward(target: string, incoming: IncomingMessage, response: ServerResponse): void {
  const { host: _host, ...headers } = incoming.headers
  const outgoing = request(
    `${target}${incoming.url}`,
    { method: incoming.method ?? 'GET', headers, agent: false },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    },
  )
  outgoing.on('error', () => {
    if (response.headersSent) response.destroy()
    else json(response, 503, { error: { code: 'upstream_unavailable', message: 'Not now.', request_id: randomUUID() } })
  })
  response.on('close', () => outgoing.destroy())
  incoming.pipe(outgoing)
}

export interface Front {
  readonly origin: string
  /** `off`: there is no network any more. */
  state: 'on' | 'off'
  close(): Promise<void>
}

export async function startFront(web: () => string, upstream: string): Promise<Front> {
  const server = createServer((incoming, response) => {
    if (front.state === 'off') incoming.socket.destroy()
    else forward(/^\/(?:v1|media|session)(?:\/|$|\?)/.test(incoming.url ?? '') ? upstream : web(), incoming, response)
  })
  const front: Front = { origin: await listen(server), state: 'on', close: () => close(server) }
  return front
}

export interface RunningWeb {
  readonly origin: string
  readonly lines: string[]
  stop(): Promise<number>
}

let built: Promise<unknown> | null = null

/**
 * The web server itself, with the build of this tree, knowing nothing from before.
 * @param env on top of what it needs
 * @param rounds how often it compares what it knows with what is published; as it starts for users when left out
 */
export async function startWebServer(
  upstream: string,
  env: Readonly<Record<string, string>> = {},
  rounds?: NonNullable<StartOptions['rounds']>,
): Promise<RunningWeb> {
  built ??= buildSite()
  await built
  const lines: string[] = []
  const folder = await temporaryFolder()
  try {
    const running = await startWeb(
      {
        APP_ENV: 'local',
        HOST: '127.0.0.1',
        PORT: '18084',
        PUBLIC_URL: 'https://www.greengate.test',
        CONTENT_URL: upstream,
        PLATFORM_URL: upstream,
        CACHE_DIR: folder.path,
        CONTENT_FRESH_MS: '0',
        RATE_LIMIT_PER_MIN: '100000',
        ...env,
      },
      { write: (line) => lines.push(line), port: 0, ...(rounds ? { rounds } : {}) },
    )
    const stop = async (): Promise<number> => {
      const code = await running.stop()
      await folder.remove()
      return code
    }
    return { origin: `http://127.0.0.1:${running.port}`, lines, stop }
  } catch (error) {
    await folder.remove()
    throw error
  }
}

export interface Folder {
  readonly path: string
  remove(): Promise<void>
}

export async function temporaryFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'reference-web-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}
