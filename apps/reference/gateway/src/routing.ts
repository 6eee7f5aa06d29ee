import { MEDIA_CHECK_MS } from '@greengate/reference-base'
import { ServiceError } from '@greengate/kit/errors'

export type BackendName = 'platform' | 'content' | 'web' | 'media'

export interface Target {
  readonly backend: BackendName
  /** What logs and metrics show; one of `LABELS`. */
  readonly label: string
  /** For the head of its answer where that may take longer than usual; milliseconds. */
  readonly headMs?: number
}

/** Everything that logs and metrics may show of where a request went. */
export const LABELS = [
  '/*',
  '/v1/content/*',
  '/v1/media/*',
  '/v1/*',
  '/media/hero/*',
  '/media/posts/*',
  '/media/docs/*',
] as const

/** First segments that are the gateway's own, in whatever way they are written: they never reach a page server. */
const OWN = new Set(['health', 'ready', 'metrics', 'openapi.json', 'errors', 'session'])
/** What is answered before it comes here: whatever method is left is none of theirs. */
const OWN_METHODS: Readonly<Record<string, string>> = {
  '/health': 'GET, HEAD',
  '/ready': 'GET, HEAD',
  '/metrics': 'GET, HEAD',
  '/openapi.json': 'GET, HEAD',
  '/errors': 'GET, HEAD',
  '/session': 'DELETE, GET, HEAD, POST',
}
/** Reads all of an upload back. */
const COMPLETE = /^\/v1\/media\/[^/]+\/complete$/
/** The backend's own answer, that it took too long, is better than the gateway's. */
const MARGIN_MS = 2000
const MEDIA_FOLDERS = new Set(['hero', 'posts', 'docs'])
const MEDIA_METHODS = new Set(['GET', 'HEAD'])

function notFound(): never {
  throw new ServiceError('not_found', { stack: false })
}

/**
 * Where a request goes.
 * @param path as `requestPath` gives it
 * @throws ServiceError `not_found` for what is never reached from outside, `method_not_allowed`
 */
export function targetOf(method: string, path: string): Target {
  // For deciding what stays inside, a path counts as its most careless reader would take it.
  const careless = path
    .toLowerCase()
    .split('/')
    .slice(1)
    .map((segment) => segment.split(';', 1)[0] ?? '')
  const [first = '', second = '', third = ''] = careless
  const own = OWN_METHODS[path]
  if (own !== undefined) throw new ServiceError('method_not_allowed', { headers: { allow: own }, stack: false })
  if (OWN.has(first)) notFound()
  if (first === 'v1' && (second === 'maintenance' || (second === 'media' && third === 'reap'))) notFound()
  if (path === '/v1/content' || path.startsWith('/v1/content/')) return { backend: 'content', label: '/v1/content/*' }
  if (method === 'POST' && COMPLETE.test(path))
    return { backend: 'content', label: '/v1/media/*', headMs: MEDIA_CHECK_MS + MARGIN_MS }
  if (path === '/v1/media' || path.startsWith('/v1/media/')) return { backend: 'content', label: '/v1/media/*' }
  if (path.startsWith('/v1/')) return { backend: 'platform', label: '/v1/*' }
  if (first === 'v1') notFound()
  if (first === 'media') return mediaTarget(method, path)
  return { backend: 'web', label: '/*' }
}

function mediaTarget(method: string, path: string): Target {
  const [, root, folder = '', name = ''] = path.split('/')
  if (root !== 'media' || !MEDIA_FOLDERS.has(folder) || name === '') notFound()
  if (!MEDIA_METHODS.has(method))
    throw new ServiceError('method_not_allowed', { headers: { allow: 'GET, HEAD' }, stack: false })
  return { backend: 'media', label: `/media/${folder}/*` }
}
