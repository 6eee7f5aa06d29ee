import type { Database } from '@greengate/kit/data'
import type { AnyRoute } from '@greengate/kit/http'
import type { Logger } from '@greengate/kit/telemetry'
import { z } from 'zod'
import { actorOf, route } from './actor.ts'
import {
  changeSettings,
  type CurrentSettings,
  publicSettings,
  readSettings,
  settingFields,
  type VersionedSettings,
} from './settings.ts'

const version = z.int().min(1).max(2_147_483_647)
const settingsSchema = publicSettings.extend({ version, updated_at: z.iso.datetime() })
const changeSchema = z
  .strictObject({ version, ...settingFields })
  .partial()
  .required({ version: true })
  .refine((body) => Object.keys(body).length > 1, 'must change something')

const publicExample = {
  site_title: 'Greengate',
  tagline: 'Metered services, from the first event to the bill.',
  accent: '#0b6e4f',
  support_email: 'support@example.com',
  concierge_enabled: true,
  sign_up_enabled: true,
}
const example = { ...publicExample, version: 1, updated_at: '2026-11-01T09:30:00.000Z' }

function shown({ updated_at, ...rest }: VersionedSettings): z.output<typeof settingsSchema> {
  return { ...rest, updated_at: updated_at.toISOString() }
}

/** Settings of the whole platform: everybody sees them, the founder key alone changes them. */
export function settingsRoutes(parts: {
  readonly database: Database
  readonly current: CurrentSettings
  readonly logger: Logger
}): AnyRoute[] {
  const { database, current, logger } = parts
  const databaseErrors = ['database_unavailable', 'database_timeout']
  const founders = { access: ['founder'], permission: 'settings.manage', tag: 'settings' } as const
  return [
    route({
      id: 'getPublicSettings',
      method: 'GET',
      path: '/v1/settings/public',
      access: 'public',
      tag: 'settings',
      summary: 'What everybody may know of the settings; as last known while the database is away',
      answers: { 200: { description: 'Settings', schema: publicSettings, example: publicExample } },
      errors: [],
      handler: async () => ({ status: 200, body: await current.get() }),
    }),
    route({
      ...founders,
      id: 'getSettings',
      method: 'GET',
      path: '/v1/settings',
      summary: 'The settings with their version; founder key only',
      answers: { 200: { description: 'Settings', schema: settingsSchema, example } },
      errors: ['sign_in_locked', ...databaseErrors],
      handler: async () => ({ status: 200, body: shown(await readSettings(database)) }),
    }),
    route({
      ...founders,
      id: 'changeSettings',
      method: 'PATCH',
      path: '/v1/settings',
      summary: 'Changes settings; founder key only',
      description: 'What is left out stays. `version` is the one that was read: 409 when somebody else was first.',
      body: changeSchema,
      bodyExample: { version: 1, tagline: 'Metered services.' },
      answers: { 200: { description: 'Changed', schema: settingsSchema, example: { ...example, version: 2 } } },
      errors: ['sign_in_locked', 'conflict', ...databaseErrors],
      handler: async (request) => {
        const { version: read, ...changes } = request.body
        const changed = await changeSettings(database, read, changes)
        // Who and which, for an audit; values may be anything that somebody typed.
        logger.log('info', 'settings_changed', {
          actor: actorOf(request).kind,
          address: request.address,
          fields: Object.keys(changes),
          version: changed.version,
        })
        return { status: 200, body: shown(changed) }
      },
    }),
  ]
}
