import type { StreamDescription } from '@greengate/kit/http'

/** What a backend is asked by, as the description of the gateway shows it. */
export interface PassedOn extends StreamDescription {
  readonly backend: 'platform' | 'content' | 'web' | 'media'
}

const SEE = "see that service's own description"

/**
 * The shapes of what leads on, most specific first. What a segment may be, bodies and answers are described by the service behind:
 * written down here a second time they would go stale.
 */
export const passedOn: readonly PassedOn[] = [
  {
    backend: 'content',
    path: '/v1/content/entries/{id}/versions/{version}/restore',
    methods: ['POST'],
    summary: `Content, ${SEE}`,
  },
  {
    backend: 'content',
    path: '/v1/content/{collection}/{id}/{part}',
    methods: ['GET', 'POST'],
    summary: `Content, ${SEE}`,
  },
  {
    backend: 'content',
    path: '/v1/content/{collection}/{id}',
    methods: ['GET', 'PUT', 'DELETE'],
    summary: `Content, ${SEE}`,
  },
  { backend: 'content', path: '/v1/content/{collection}', methods: ['GET', 'POST'], summary: `Content, ${SEE}` },
  { backend: 'content', path: '/v1/media/{id}/complete', methods: ['POST'], summary: `Media, ${SEE}` },
  { backend: 'content', path: '/v1/media/{id}', methods: ['GET', 'DELETE'], summary: `Media, ${SEE}` },
  { backend: 'content', path: '/v1/media', methods: ['GET', 'POST'], summary: `Media, ${SEE}` },
  {
    backend: 'platform',
    path: '/v1/{collection}/{id}/{part}/{part_id}',
    methods: ['PATCH', 'DELETE'],
    summary: `Parts of what the platform keeps, ${SEE}`,
  },
  {
    backend: 'platform',
    path: '/v1/{collection}/{id}/{part}',
    methods: ['GET', 'POST'],
    summary: `Parts of what the platform keeps, ${SEE}`,
  },
  {
    backend: 'platform',
    path: '/v1/{collection}/{id}',
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    summary: `What the platform keeps, ${SEE}`,
  },
  {
    backend: 'platform',
    path: '/v1/{collection}',
    methods: ['GET', 'POST', 'PATCH', 'DELETE'],
    summary: `Accounts, organisations, usage, settings, ${SEE}`,
  },
  { backend: 'media', path: '/media/{folder}/{name}', methods: ['GET'], summary: 'Published media, as a CDN serves them' },
  { backend: 'web', path: '/client-errors', methods: ['POST'], summary: 'Takes the errors that pages report' },
  { backend: 'web', path: '/posts/{slug}', methods: ['GET'], summary: 'A post, as a page' },
  { backend: 'web', path: '/docs/{slug}', methods: ['GET'], summary: 'A document, as a page' },
  { backend: 'web', path: '/{page}', methods: ['GET'], summary: 'Pages, and with more segments theirs: no part of an API' },
  { backend: 'web', path: '/', methods: ['GET'], summary: 'The front page' },
]
