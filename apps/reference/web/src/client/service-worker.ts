/**
 * What works without a network: the shell, its code, and public pages that were read. Pages and their data come from the
 * network whenever it answers. Nothing of a person is ever kept: what is not in `isPublic` goes past this worker.
 */

declare const __RELEASE__: string
/** Addresses that the shell is made of. */
declare const __SHELL__: readonly string[]

interface Extendable {
  waitUntil(work: Promise<unknown>): void
}
interface FetchLike extends Extendable {
  readonly request: Request
  respondWith(answer: Promise<Response>): void
}
interface MessageLike extends Extendable {
  readonly data: unknown
}
interface WorkerScope {
  readonly clients: { claim(): Promise<void> }
  addEventListener(type: 'install' | 'activate', listener: (event: Extendable) => void): void
  addEventListener(type: 'fetch', listener: (event: FetchLike) => void): void
  addEventListener(type: 'message', listener: (event: MessageLike) => void): void
}

const worker = globalThis as unknown as WorkerScope
const SHELL = '/offline'
const SHELL_CACHE = `shell-${__RELEASE__}`
// Outlives releases: what was read stays readable. The number is that of its form.
const READ_CACHE = 'read-1'
const READ_MAX = 60
const MEDIA_CACHE = 'media-1'
const MEDIA_MAX = 40
/** A network that takes longer is as good as none where there is something to show; milliseconds. */
const NETWORK_MS = 4000

/** Answers name `Origin` and encodings in `Vary`, and are the same for all of them here: a script asks with an origin, a worker without. */
const ANY_FORM = { ignoreVary: true }

const isPublic = (path: string): boolean => /^\/(?:posts|docs)(?:\/[a-z0-9-]+)?$|^\/$/.test(path)
const isPageData = (path: string): boolean => path.startsWith('/page-data/')

async function keep(cacheName: string, max: number, request: Request | string, answer: Response): Promise<void> {
  const cache = await caches.open(cacheName)
  await cache.delete(request, ANY_FORM)
  await cache.put(request, answer)
  const keys = await cache.keys()
  for (const oldest of keys.slice(0, Math.max(0, keys.length - max))) await cache.delete(oldest)
}

async function forget(request: Request): Promise<void> {
  await (await caches.open(READ_CACHE)).delete(request, ANY_FORM)
}

/** The server could not have parts of the page, and never knew them. */
const isMissing = (answer: Response): boolean => answer.headers.has('x-content-missing')

/** What is partial, redirected or an error is not kept. */
const isWhole = (answer: Response): boolean =>
  answer.status === 200 && answer.type === 'basic' && !answer.redirected && !isMissing(answer)

async function networkFirst(event: FetchLike, fallback: () => Promise<Response | undefined>): Promise<Response> {
  const { request } = event
  const known = await caches.match(request, { ...ANY_FORM, cacheName: READ_CACHE })
  const limit = new AbortController()
  const timer = known ? setTimeout(() => limit.abort(), NETWORK_MS) : null
  try {
    const answer = await fetch(request, { signal: limit.signal })
    if (isWhole(answer)) event.waitUntil(keep(READ_CACHE, READ_MAX, request, answer.clone()))
    // Taken down: it is not for reading offline either.
    else if (answer.status === 404) event.waitUntil(forget(request))
    // A server that is broken for a moment is no reason to take away what is here.
    return known && (answer.status >= 500 || isMissing(answer)) ? known : answer
  } catch (error) {
    const kept = known ?? (await fallback())
    if (kept) return kept
    throw error
  } finally {
    if (timer !== null) clearTimeout(timer)
  }
}

async function shellOnFailure(request: Request): Promise<Response> {
  try {
    return await fetch(request)
  } catch (error) {
    const shell = await caches.match(SHELL, { ...ANY_FORM, cacheName: SHELL_CACHE })
    if (shell) return shell
    throw error
  }
}

async function cacheFirst(event: FetchLike, cacheName: string, max: number): Promise<Response> {
  const known = await caches.match(event.request, ANY_FORM)
  if (known) return known
  const answer = await fetch(event.request)
  if (isWhole(answer)) event.waitUntil(keep(cacheName, max, event.request, answer.clone()))
  return answer
}

async function install(): Promise<void> {
  const cache = await caches.open(SHELL_CACHE)
  await cache.addAll(__SHELL__.map((address) => new Request(address, { cache: 'reload' })))
}

/** The one before is left alone until its last page is closed: its pages still load its code. */
async function activate(): Promise<void> {
  const wanted = new Set([SHELL_CACHE, READ_CACHE, MEDIA_CACHE])
  for (const name of await caches.keys()) if (!wanted.has(name)) await caches.delete(name)
  await worker.clients.claim()
}

worker.addEventListener('install', (event) => event.waitUntil(install()))
worker.addEventListener('activate', (event) => event.waitUntil(activate()))

worker.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== location.origin || request.headers.has('range')) return
  const { pathname } = url
  if (request.mode === 'navigate') {
    const shell = (): Promise<Response | undefined> => caches.match(SHELL, { ...ANY_FORM, cacheName: SHELL_CACHE })
    event.respondWith(isPublic(pathname) ? networkFirst(event, shell) : shellOnFailure(request))
  } else if (isPageData(pathname)) event.respondWith(networkFirst(event, () => Promise.resolve(undefined)))
  else if (pathname.startsWith('/assets/')) event.respondWith(cacheFirst(event, SHELL_CACHE, 200))
  else if (pathname.startsWith('/media/')) event.respondWith(cacheFirst(event, MEDIA_CACHE, MEDIA_MAX))
})

/** The page that was open before there was a worker asks to be kept as well. */
worker.addEventListener('message', (event) => {
  const path: unknown = (event.data as { keep?: unknown } | null)?.keep
  if (typeof path !== 'string' || !isPublic(path)) return
  event.waitUntil(
    fetch(path, { headers: { accept: 'text/html' } }).then((answer) =>
      isWhole(answer) ? keep(READ_CACHE, READ_MAX, path, answer) : undefined,
    ),
  )
})
