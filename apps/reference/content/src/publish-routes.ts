import type { AnyRoute } from '@greengate/kit/http'
import { z } from 'zod'
import { route } from './actor.ts'
import { entryExample, entryId, type EntryParts } from './entry-routes.ts'
import { entrySchema, shownEntry } from './entry-view.ts'
import { editorErrors, invalid, moment, version } from './schemas.ts'

/** How long ago a moment to publish at may be and still mean now: clocks differ. */
const PAST_MS_MAX = 60_000

/** What readers see. */
export function publishRoutes({ entries, media }: EntryParts, nowMs: () => number): AnyRoute[] {
  const common = { access: ['user'], permission: 'content.publish', tag: 'publishing' } as const
  const answer = { description: 'The entry', schema: entrySchema }
  const published = { ...entryExample, status: 'published', published_version: 3 }
  return [
    route({
      ...common,
      id: 'publishEntry',
      method: 'POST',
      path: '/v1/content/entries/{id}/publish',
      summary: 'Shows the newest version to readers, now or at a moment to come',
      description:
        'Until the moment readers go on seeing what they see. With `version`: 409 when there is a newer one. Safe to repeat.',
      params: entryId,
      body: z.strictObject({ at: moment.nullish(), version: version.optional() }).nullish(),
      bodyExample: { at: '2026-12-01T08:00:00Z' },
      answers: { 200: { ...answer, example: published } },
      errors: ['not_found', 'conflict', ...editorErrors],
      handler: async ({ params, body }) => {
        const at = typeof body?.at === 'string' ? new Date(body.at) : null
        if (at && at.getTime() < nowMs() - PAST_MS_MAX) throw invalid('body.at', 'has passed')
        return { status: 200, body: shownEntry(await entries.publish(params.id, at, body?.version), media) }
      },
    }),
    route({
      ...common,
      id: 'unpublishEntry',
      method: 'POST',
      path: '/v1/content/entries/{id}/unpublish',
      summary: 'Takes an entry away from readers, and what was scheduled; safe to repeat',
      params: entryId,
      body: z.strictObject({}).nullish(),
      answers: {
        200: { ...answer, example: { ...entryExample, status: 'draft', published_version: null, published_at: null } },
      },
      errors: ['not_found', ...editorErrors],
      handler: async ({ params }) => ({ status: 200, body: shownEntry(await entries.unpublish(params.id), media) }),
    }),
    route({
      ...common,
      permission: 'content.delete',
      id: 'deleteEntry',
      method: 'DELETE',
      path: '/v1/content/entries/{id}',
      summary: 'Deletes an entry with its history',
      params: entryId,
      answers: { 204: { description: 'Deleted' } },
      errors: ['not_found', ...editorErrors],
      handler: async ({ params }) => {
        await entries.remove(params.id)
        return { status: 204 }
      },
    }),
  ]
}
