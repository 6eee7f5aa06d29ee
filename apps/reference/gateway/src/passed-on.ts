import type { StreamDescription, StreamMethod } from '@greengate/kit/http'
import type { BackendName } from './routing.ts'

/** What a backend is asked for, as the description of the gateway shows it. */
export interface PassedOn extends StreamDescription {
  readonly backend: BackendName
}

type Table = Readonly<Record<string, readonly StreamMethod[]>>

const listed = (backend: BackendName, summary: string, table: Table): PassedOn[] =>
  Object.entries(table).map(([path, methods]) => ({ backend, path, methods, summary }))

/**
 * What is known to lead on. Parameters, bodies and answers are described by the service behind: a second time here they would go
 * stale. A path that is not in it leads on all the same, and the service behind says whether there is such a thing.
 */
export const passedOn: readonly PassedOn[] = [
  ...listed('content', 'Media; described by the content service', {
    '/v1/media/{id}/complete': ['POST'],
    '/v1/media/{id}': ['GET', 'DELETE'],
    '/v1/media': ['GET', 'POST'],
  }),
  ...listed('content', 'Content; described by the content service', {
    '/v1/content/entries/{id}/versions/{version}/restore': ['POST'],
    '/v1/content/entries/{id}/versions/{version}': ['GET'],
    '/v1/content/entries/{id}/versions': ['GET'],
    '/v1/content/entries/{id}/publish': ['POST'],
    '/v1/content/entries/{id}/unpublish': ['POST'],
    '/v1/content/entries/{id}': ['GET', 'PUT', 'DELETE'],
    '/v1/content/posts/{slug}': ['GET'],
    '/v1/content/docs/{slug}': ['GET'],
    '/v1/content/{collection}': ['GET', 'POST'],
  }),
  ...listed('platform', 'Organisations; described by the platform service', {
    '/v1/organisations/{slug}/members/{user_id}': ['PATCH', 'DELETE'],
    '/v1/organisations/{slug}/members': ['GET'],
    '/v1/organisations/{slug}/invitations/{id}': ['DELETE'],
    '/v1/organisations/{slug}/invitations': ['GET', 'POST'],
    '/v1/organisations/{slug}': ['GET', 'PATCH'],
    '/v1/invitations/accept': ['POST'],
  }),
  ...listed('platform', 'Accounts, usage, settings, concierge; described by the platform service', {
    '/v1/email-verifications/confirm': ['POST'],
    '/v1/password-resets/confirm': ['POST'],
    '/v1/me/password': ['PUT'],
    '/v1/sessions/{id}': ['DELETE'],
    '/v1/usage-events/batch': ['POST'],
    '/v1/usage/valuation': ['GET'],
    '/v1/settings/public': ['GET'],
    '/v1/concierge/{kind}': ['GET'],
    '/v1/{collection}': ['GET', 'POST', 'PATCH', 'DELETE'],
  }),
  ...listed('media', 'Published media, as a CDN would serve them', {
    '/media/hero/{name}': ['GET'],
    '/media/posts/{name}': ['GET'],
    '/media/docs/{name}': ['GET'],
  }),
  ...listed('web', 'Takes the errors that pages report', { '/client-errors': ['POST'] }),
  ...listed('web', 'Pages and their parts, at whatever depth: for people, and no part of an API', {
    '/': ['GET'],
    '/{page}': ['GET'],
  }),
]
