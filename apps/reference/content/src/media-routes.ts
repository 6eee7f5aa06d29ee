import { safeFileName } from '@greengate/kit/edge'
import { ServiceError } from '@greengate/kit/errors'
import { type AnyRoute, writeCursor } from '@greengate/kit/http'
import { MEDIA_CHECK_MS } from '@greengate/reference-base'
import { z } from 'zod'
import { actorOf, permissions, route } from './actor.ts'
import { BYTES_MAX, CONTENT_TYPES, MEDIA_KINDS } from './media-kinds.ts'
import type { MediaRow, MediaRows } from './media-rows.ts'
import type { MediaAddresses } from './media-view.ts'
import type { Reaper } from './reaper.ts'
import { databaseErrors, editorErrors, FOLDERS, invalid, listQuery, momentPosition, positionOf } from './schemas.ts'
import type { Uploads } from './uploads.ts'

export interface MediaParts {
  readonly rows: MediaRows
  readonly uploads: Uploads
  readonly reaper: Reaper
  readonly addresses: MediaAddresses
}

/** Reading back 50 MiB from a store that is slow, and comparing a large store with its table. */
/** For a round of the reaper. */
const REAP_DEADLINE_MS = 60_000

const folder = z.enum(FOLDERS).meta({ examples: ['posts'] })
const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .meta({ description: 'SHA-256 in lower-case hex' })
const time = z.iso.datetime()

const mediaSchema = z.object({
  media_id: z.uuid(),
  status: z.enum(['pending', 'ready']),
  folder,
  file_name: z.string(),
  type: z.enum(['image', 'video']),
  content_type: z.enum(CONTENT_TYPES),
  size: z.int().meta({ description: 'Bytes' }),
  sha256,
  width: z.int().nullable().meta({ description: 'Pixels; null until it is ready' }),
  height: z.int().nullable(),
  url: z.string().nullable().meta({ description: 'Null until it is ready' }),
  created_at: time,
})
type Media = z.output<typeof mediaSchema>

const uploadSchema = z.object({
  method: z.literal('PUT'),
  url: z.string(),
  headers: z.record(z.string(), z.string()).meta({ description: 'To be sent with the file, exactly' }),
  expires_at: time,
})
const reapedSchema = z.object({
  pending: z.int().meta({ description: 'Uploads that were not completed within an hour' }),
  staging: z.int().meta({ description: 'Uploaded objects that waited for nothing' }),
  unreferenced: z.int().meta({ description: 'Objects that no row named' }),
  rows: z.int().meta({ description: 'Rows whose object was gone' }),
  missing: z.int().meta({ description: 'Objects that are gone although an entry shows them' }),
})

const digest = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const example: Media = {
  media_id: '0c9f3c6a-53a1-4c7a-8f5e-6f1f0f7b9a10',
  status: 'ready',
  folder: 'posts',
  file_name: 'desk.webp',
  type: 'image',
  content_type: 'image/webp',
  size: 48_213,
  sha256: digest,
  width: 1600,
  height: 900,
  url: 'https://www.example.test/media/posts/0c9f3c6a-53a1-4c7a-8f5e-6f1f0f7b9a10.webp',
  created_at: '2026-11-01T09:30:00.000Z',
}
const pendingExample: Media = { ...example, status: 'pending', width: null, height: null, url: null }
const uploadExample = {
  method: 'PUT' as const,
  url: 'https://store.example.test/media/uploads/0c9f3c6a-53a1-4c7a-8f5e-6f1f0f7b9a10?X-Amz-Signature=...',
  headers: { 'content-type': 'image/webp', 'x-amz-checksum-sha256': '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' },
  expires_at: '2026-11-01T09:45:00.000Z',
}

const announced = z.strictObject({
  folder,
  file_name: z.string().min(1).max(255),
  content_type: z.enum(CONTENT_TYPES).meta({ examples: ['image/webp'] }),
  size: z.int().min(1).max(BYTES_MAX.video).meta({ description: 'Bytes: images to 10 MiB, videos to 50 MiB' }),
  sha256,
})
const mediaId = z.object({ id: z.uuid() })

/** Pictures and videos: what is known of them. Their bytes never come through here. */
export function mediaRoutes({ rows, uploads, reaper, addresses }: MediaParts): AnyRoute[] {
  const shown = (row: MediaRow): Media => ({
    media_id: row.media_id,
    status: row.status,
    folder: row.folder,
    file_name: row.file_name,
    type: row.type,
    content_type: row.content_type,
    size: row.size,
    sha256: row.sha256,
    width: row.width,
    height: row.height,
    url: row.status === 'ready' ? addresses.of(row.object_key) : null,
    created_at: row.created_at.toISOString(),
  })
  const common = { access: ['user'], tag: 'media' } as const
  const answer = { description: 'The media', schema: mediaSchema, example }
  return [
    route({
      ...common,
      id: 'announceMedia',
      method: 'POST',
      path: '/v1/media',
      permission: 'content.write',
      summary: 'Announces an upload, and says where to send the file',
      description:
        'The address takes this very file: its length, type and SHA-256 are signed. What is not completed within an hour goes away.',
      body: announced,
      bodyExample: {
        folder: 'posts',
        file_name: 'desk.webp',
        content_type: 'image/webp',
        size: 48_213,
        sha256: digest,
      },
      answers: {
        201: {
          description: 'Announced',
          schema: mediaSchema.extend({ upload: uploadSchema }),
          example: { ...pendingExample, upload: uploadExample },
        },
      },
      errors: ['too_many_uploads', ...editorErrors],
      handler: async (request) => {
        const { body } = request
        const type = MEDIA_KINDS[body.content_type]
        if (body.size > BYTES_MAX[type]) throw invalid('body.size', `is over ${BYTES_MAX[type]} bytes for an ${type}`)
        const file_name = safeFileName(body.file_name)
        const { row, upload } = await uploads.announce({ ...body, file_name, type }, actorOf(request).id)
        const { method, url, headers, expiresAt } = upload
        return {
          status: 201,
          body: { ...shown(row), upload: { method, url, headers, expires_at: expiresAt.toISOString() } },
          headers: { location: `/v1/media/${row.media_id}` },
        }
      },
    }),
    route({
      ...common,
      id: 'completeMedia',
      method: 'POST',
      path: '/v1/media/{id}/complete',
      permission: 'content.write',
      deadlineMs: MEDIA_CHECK_MS,
      summary: 'Verifies what was uploaded, and makes it available',
      description: 'Reads all of it back. Safe to repeat. What is rejected is deleted, and so is its announcement.',
      params: mediaId,
      body: z.strictObject({}).nullish(),
      answers: { 200: answer },
      errors: ['not_found', 'media_rejected', 'media_not_uploaded', ...editorErrors],
      handler: async ({ params, signal }) => ({ status: 200, body: shown(await uploads.complete(params.id, signal)) }),
    }),
    route({
      ...common,
      id: 'listMedia',
      method: 'GET',
      path: '/v1/media',
      permission: 'content.read',
      summary: 'Media, the newest first',
      query: listQuery({ sizeMax: 100, sizeDefault: 50 }).extend({ folder: folder.optional() }),
      answers: {
        200: {
          description: 'A page',
          schema: z.object({
            media: z.array(mediaSchema),
            next: z.string().nullable().meta({ description: '`after` of the next page; null: this was the last' }),
          }),
          example: { media: [example], next: null },
        },
      },
      errors: editorErrors,
      handler: async ({ query }) => {
        const { limit, after } = query
        const found = await rows.list(query.folder, limit + 1, positionOf(after, momentPosition(z.uuid())))
        const page = found.slice(0, limit)
        const last = page.at(-1)
        const more = last && found.length > limit ? writeCursor([last.created_at.toISOString(), last.media_id]) : null
        return { status: 200, body: { media: page.map(shown), next: more } }
      },
    }),
    route({
      ...common,
      id: 'getMedia',
      method: 'GET',
      path: '/v1/media/{id}',
      permission: 'content.read',
      summary: 'One media',
      params: mediaId,
      answers: { 200: answer },
      errors: ['not_found', ...editorErrors],
      handler: async ({ params }) => {
        const row = await rows.find(params.id)
        if (!row) throw new ServiceError('not_found')
        return { status: 200, body: shown(row) }
      },
    }),
    route({
      ...common,
      id: 'deleteMedia',
      method: 'DELETE',
      path: '/v1/media/{id}',
      permission: 'content.write',
      summary: 'Deletes media that no entry shows, nor any earlier version of one',
      description: 'Whoever may upload may give up an upload that is not ready; the rest is for admins.',
      params: mediaId,
      answers: { 204: { description: 'Deleted' } },
      errors: ['not_found', 'media_in_use', ...editorErrors],
      handler: async (request) => {
        const { id } = request.params
        if (permissions.permits(actorOf(request), 'content.delete')) await uploads.remove(id)
        else await uploads.withdraw(id)
        return { status: 204 }
      },
    }),
    route({
      id: 'reapMedia',
      method: 'POST',
      path: '/v1/media/reap',
      access: ['service'],
      tag: 'media',
      priority: 'background',
      deadlineMs: REAP_DEADLINE_MS,
      summary: 'Takes away what uploads left behind; for the worker',
      body: z.strictObject({}).nullish(),
      answers: {
        200: {
          description: 'What was taken away',
          schema: reapedSchema,
          example: { pending: 2, staging: 1, unreferenced: 0, rows: 0, missing: 0 },
        },
      },
      errors: [...databaseErrors, 'upstream_unavailable', 'upstream_timeout'],
      handler: async () => ({ status: 200, body: await reaper.run() }),
    }),
  ]
}
