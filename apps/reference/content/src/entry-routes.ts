import { type AnyRoute, writeCursor } from '@greengate/kit/http'
import { lineSchema } from '@greengate/reference-base'
import { z } from 'zod'
import { actorOf, route } from './actor.ts'
import type { Entries } from './entries.ts'
import type { EntryFields } from './entry-rows.ts'
import {
  type Entry,
  entrySchema,
  entrySummarySchema,
  shownEntry,
  shownSummary,
  shownVersion,
  shownVersionSummary,
  versionSchema,
  versionSummarySchema,
} from './entry-view.ts'
import type { Markdown } from './markdown.ts'
import type { MediaAddresses } from './media-view.ts'
import {
  editorErrors,
  kind,
  listQuery,
  markdown as markdownText,
  momentPosition,
  positionOf,
  slug,
  STATUSES,
  version,
} from './schemas.ts'

export interface EntryParts {
  readonly entries: Entries
  readonly markdown: Markdown
  readonly media: MediaAddresses
}

const title = lineSchema(1, 200)
const summaryText = lineSchema(0, 500)
const mediaId = z.uuid().nullable()
const alt = lineSchema(0, 300).meta({ description: 'What a picture shows, for those who do not see it' })
/** Of a new entry only the title has to be there. */
const newFields = {
  title,
  summary: summaryText.default(''),
  body_markdown: markdownText.default(''),
  media_id: mediaId.default(null),
  alt: alt.default(''),
}
/** A new version says everything: what was left out would be lost without anybody meaning it. */
const allFields = { title, summary: summaryText, body_markdown: markdownText, media_id: mediaId, alt }

export const entryExample: Entry = {
  id: '5b1f3d52-64c5-4b0e-9a56-3f1f7a0c2d11',
  kind: 'post',
  slug: 'first-steps',
  status: 'changed',
  version: 3,
  published_version: 2,
  published_at: '2026-11-01T09:30:00.000Z',
  scheduled_version: null,
  scheduled_at: null,
  title: 'First steps',
  summary: 'What to do on the first day.',
  updated_by: 'c0a8f9c2-7f0d-4b5e-8a57-9d6f0e1b2c3d',
  created_at: '2026-10-30T08:00:00.000Z',
  updated_at: '2026-11-02T10:00:00.000Z',
  body_markdown: 'Begin here.',
  body_html: '<p>Begin here.</p>',
  media_id: null,
  alt: '',
  media: null,
}
const { body_markdown: _markdown, body_html: _html, media_id: _id, alt: _alt, media: _media, ...summary } = entryExample
const versionSummary = {
  version: 3,
  title: 'First steps',
  summary: 'What to do on the first day.',
  created_by: entryExample.updated_by,
  created_at: entryExample.updated_at,
}
const bodyExample = { title: 'First steps', summary: 'What to do on the first day.', body_markdown: 'Begin here.' }
const next = z.string().nullable().meta({ description: '`after` of the next page; null: this was the last' })
const path = '/v1/content/entries'
export const entryId = z.object({ id: z.uuid() })
/** A version in a path: digits. */
export const pathVersion = z.coerce
  .number()
  .pipe(version)
  .meta({ description: 'Version of the entry', examples: [2] })

function fieldsOf(body: EntryFields): EntryFields {
  return {
    title: body.title,
    summary: body.summary,
    body_markdown: body.body_markdown,
    media_id: body.media_id,
    alt: body.alt,
  }
}

/** Drafts and their history. What readers see is changed by publishing alone. */
export function entryRoutes({ entries, markdown, media }: EntryParts): AnyRoute[] {
  const reading = { access: ['user'], permission: 'content.read', tag: 'entries' } as const
  const writing = { access: ['user'], permission: 'content.write', tag: 'entries' } as const
  const answer = { description: 'The entry', schema: entrySchema, example: entryExample }
  return [
    route({
      ...reading,
      id: 'listEntries',
      method: 'GET',
      path,
      summary: 'Entries, the newest first',
      query: listQuery({ sizeMax: 100, sizeDefault: 50 }).extend({
        kind: kind.optional(),
        status: z.enum(STATUSES).optional(),
      }),
      answers: {
        200: {
          description: 'A page',
          schema: z.object({ entries: z.array(entrySummarySchema), next }),
          example: { entries: [summary], next: null },
        },
      },
      errors: editorErrors,
      handler: async ({ query }) => {
        const { limit, after } = query
        const filter = { kind: query.kind, status: query.status }
        const rows = await entries.list(filter, limit, positionOf(after, momentPosition(z.uuid())))
        const page = rows.slice(0, limit)
        const last = page.at(-1)
        const more = last && rows.length > limit ? writeCursor([last.created_at.toISOString(), last.id]) : null
        return { status: 200, body: { entries: page.map(shownSummary), next: more } }
      },
    }),
    route({
      ...writing,
      id: 'createEntry',
      method: 'POST',
      path,
      summary: 'Creates a draft',
      body: z.strictObject({ kind, slug, ...newFields }),
      bodyExample: { kind: 'post', slug: 'first-steps', ...bodyExample },
      answers: {
        201: {
          description: 'Created',
          schema: entrySchema,
          example: { ...entryExample, status: 'draft', version: 1, published_version: null, published_at: null },
        },
      },
      errors: ['conflict', 'overloaded', ...editorErrors],
      handler: async (request) => {
        const { body, signal } = request
        const html = await markdown.render(body.body_markdown, signal)
        const row = await entries.create(body.kind, body.slug, fieldsOf(body), html, actorOf(request).id)
        return { status: 201, body: shownEntry(row, media), headers: { location: `${path}/${row.id}` } }
      },
    }),
    route({
      ...reading,
      id: 'getEntry',
      method: 'GET',
      path: `${path}/{id}`,
      summary: 'One entry with its newest version',
      params: entryId,
      answers: { 200: answer },
      errors: ['not_found', ...editorErrors],
      handler: async ({ params }) => ({ status: 200, body: shownEntry(await entries.find(params.id), media) }),
    }),
    route({
      ...writing,
      id: 'updateEntry',
      method: 'PUT',
      path: `${path}/{id}`,
      summary: 'Writes a new version on top of the one that was seen',
      description:
        '409 when there is a newer version than `version`. The address can be changed as long as no reader may know it.',
      params: entryId,
      body: z.strictObject({ version, slug: slug.optional(), ...allFields }),
      bodyExample: { version: 2, ...bodyExample, media_id: null, alt: '' },
      answers: { 200: answer },
      errors: ['not_found', 'conflict', ...editorErrors],
      handler: async (request) => {
        const { body, params, signal } = request
        const html = await markdown.render(body.body_markdown, signal)
        const change = { slug: body.slug, fields: fieldsOf(body), html }
        const row = await entries.update(params.id, body.version, change, actorOf(request).id)
        return { status: 200, body: shownEntry(row, media) }
      },
    }),
    route({
      ...reading,
      id: 'listVersions',
      method: 'GET',
      path: `${path}/{id}/versions`,
      summary: 'The history of an entry, the newest first',
      params: entryId,
      query: listQuery({ sizeMax: 100, sizeDefault: 50 }),
      answers: {
        200: {
          description: 'A page',
          schema: z.object({ versions: z.array(versionSummarySchema), next }),
          example: { versions: [versionSummary], next: null },
        },
      },
      errors: ['not_found', ...editorErrors],
      handler: async ({ params, query }) => {
        const { limit, after } = query
        const rows = await entries.versions(params.id, limit, positionOf(after, version))
        const page = rows.slice(0, limit)
        const last = page.at(-1)
        const more = last && rows.length > limit ? writeCursor(last.version) : null
        return { status: 200, body: { versions: page.map(shownVersionSummary), next: more } }
      },
    }),
    route({
      ...reading,
      id: 'getVersion',
      method: 'GET',
      path: `${path}/{id}/versions/{version}`,
      summary: 'One version of an entry',
      params: z.object({ id: z.uuid(), version: pathVersion }),
      answers: {
        200: {
          description: 'The version',
          schema: versionSchema,
          example: {
            ...versionSummary,
            body_markdown: 'Begin here.',
            body_html: '<p>Begin here.</p>',
            media_id: null,
            alt: '',
            media: null,
          },
        },
      },
      errors: ['not_found', ...editorErrors],
      handler: async ({ params }) => {
        return { status: 200, body: shownVersion(await entries.version(params.id, params.version), media) }
      },
    }),
    route({
      ...writing,
      id: 'restoreVersion',
      method: 'POST',
      path: `${path}/{id}/versions/{version}/restore`,
      summary: 'Writes an earlier version once more, as the newest',
      description: 'Readers see it when it is published. With `version` in the body: 409 when there is a newer one.',
      params: z.object({ id: z.uuid(), version: pathVersion }),
      body: z.strictObject({ version: version.optional() }).nullish(),
      bodyExample: { version: 3 },
      answers: { 200: answer },
      errors: ['not_found', 'conflict', ...editorErrors],
      handler: async (request) => {
        const { params, body } = request
        const row = await entries.restore(params.id, params.version, body?.version, actorOf(request).id)
        return { status: 200, body: shownEntry(row, media) }
      },
    }),
  ]
}
