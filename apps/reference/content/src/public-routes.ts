import { ServiceError } from '@greengate/kit/errors'
import type { AnyRoute } from '@greengate/kit/http'
import { z } from 'zod'
import { route } from './actor.ts'
import { cacheable } from './entity-tag.ts'
import { listedSchema, type Published, type PublishedEntry, publishedSchema } from './published.ts'
import { databaseErrors, listQuery, momentPosition, positionOf, slug } from './schemas.ts'

const example: PublishedEntry = {
  kind: 'post',
  slug: 'first-steps',
  title: 'First steps',
  summary: 'What to do on the first day.',
  body_html: '<p>Begin here.</p>',
  published_at: '2026-11-01T09:30:00.000Z',
  updated_at: '2026-11-02T10:00:00.000Z',
  media: {
    media_id: '0c9f3c6a-53a1-4c7a-8f5e-6f1f0f7b9a10',
    type: 'image',
    width: 1600,
    height: 900,
    url: 'https://www.example.test/media/posts/0c9f3c6a-53a1-4c7a-8f5e-6f1f0f7b9a10.webp',
    alt: 'A desk with an open notebook',
  },
  version: 3,
}
const { body_html: _text, ...listed } = example
const next = z.string().nullable().meta({ description: '`after` of the next page; null: this was the last' })
const notModified = { description: 'The caller has it: If-None-Match names its entity tag' }
const common = { method: 'GET', access: 'public', tag: 'published', priority: 'critical' } as const

function one(entry: PublishedEntry | null, ifNoneMatch: string | undefined) {
  if (!entry) throw new ServiceError('not_found')
  return cacheable(entry, ifNoneMatch)
}

/** What anybody reads. Needs the database and nothing else. */
export function publicRoutes(published: Published): AnyRoute[] {
  const single = { 200: { description: 'The entry', schema: publishedSchema, example }, 304: notModified }
  return [
    route({
      ...common,
      id: 'getHero',
      path: '/v1/content/hero',
      summary: 'What the front page opens with',
      answers: { 200: { ...single[200], example: { ...example, kind: 'hero', slug: 'hero' } }, 304: notModified },
      errors: ['not_found', ...databaseErrors],
      handler: async ({ header }) => one(await published.hero(), header('if-none-match')),
    }),
    route({
      ...common,
      id: 'listPosts',
      path: '/v1/content/posts',
      summary: 'Posts, the newest first',
      description: 'Without their texts.',
      query: listQuery({ sizeMax: 100, sizeDefault: 20 }),
      answers: {
        200: {
          description: 'A page',
          schema: z.object({ posts: z.array(listedSchema), next }),
          example: { posts: [listed], next: null },
        },
        304: notModified,
      },
      errors: databaseErrors,
      handler: async ({ query, header }) => {
        const { entries, next: more } = await published.posts(
          query.limit,
          positionOf(query.after, momentPosition(slug)),
        )
        return cacheable({ posts: entries, next: more }, header('if-none-match'))
      },
    }),
    route({
      ...common,
      id: 'getPost',
      path: '/v1/content/posts/{slug}',
      summary: 'One post',
      params: z.object({ slug }),
      answers: single,
      errors: ['not_found', ...databaseErrors],
      handler: async ({ params, header }) => one(await published.entry('post', params.slug), header('if-none-match')),
    }),
    route({
      ...common,
      id: 'listDocs',
      path: '/v1/content/docs',
      summary: 'Pages of the documentation, by their address',
      description: 'Without their texts.',
      query: listQuery({ sizeMax: 100, sizeDefault: 100 }),
      answers: {
        200: {
          description: 'A page',
          schema: z.object({ docs: z.array(listedSchema), next }),
          example: { docs: [{ ...listed, kind: 'doc' }], next: null },
        },
        304: notModified,
      },
      errors: databaseErrors,
      handler: async ({ query, header }) => {
        const { entries, next: more } = await published.docs(query.limit, positionOf(query.after, slug))
        return cacheable({ docs: entries, next: more }, header('if-none-match'))
      },
    }),
    route({
      ...common,
      id: 'getDoc',
      path: '/v1/content/docs/{slug}',
      summary: 'One page of the documentation',
      params: z.object({ slug }),
      answers: { 200: { ...single[200], example: { ...example, kind: 'doc' } }, 304: notModified },
      errors: ['not_found', ...databaseErrors],
      handler: async ({ params, header }) => one(await published.entry('doc', params.slug), header('if-none-match')),
    }),
  ]
}
