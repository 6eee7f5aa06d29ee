import type { Queries } from '@greengate/kit/data'
import { ServiceError } from '@greengate/kit/errors'
import { LastKnownGood } from '@greengate/kit/resilience'
import type { Logger } from '@greengate/kit/telemetry'
import { lineSchema } from '@greengate/reference-base'
import { z } from 'zod'

/** What the founder may change; `publicSettings` is all of it today. */
export const settingFields = {
  site_title: lineSchema(1, 80).meta({ description: 'Name of the site' }),
  tagline: lineSchema(0, 200).meta({ description: 'One sentence below it' }),
  accent: z
    .string()
    .regex(/^#[0-9a-f]{6}$/)
    .meta({ description: 'Colour, as #rrggbb in lower case', examples: ['#0b6e4f'] }),
  support_email: z.email().max(254),
  concierge_enabled: z.boolean().meta({ description: 'False: the concierge answers 503' }),
  sign_up_enabled: z.boolean().meta({ description: 'False: nobody can sign up; invitations still work' }),
}

export const publicSettings = z.object(settingFields)
export type Settings = z.output<typeof publicSettings>
/** Only what is there is changed. */
export type SettingsChange = { readonly [K in keyof Settings]?: Settings[K] | undefined }

export interface VersionedSettings extends Settings {
  readonly version: number
  readonly updated_at: Date
}

const columns = 'site_title, tagline, accent, support_email, concierge_enabled, sign_up_enabled, version, updated_at'
const read = { name: 'settings-read', text: `select ${columns} from platform_settings` }
const change = {
  name: 'settings-change',
  text: `update platform_settings set version = version + 1, updated_at = now(),
      site_title = coalesce($2, site_title), tagline = coalesce($3, tagline), accent = coalesce($4, accent),
      support_email = coalesce($5, support_email), concierge_enabled = coalesce($6, concierge_enabled),
      sign_up_enabled = coalesce($7, sign_up_enabled)
    where version = $1 returning ${columns}`,
}

/** @throws Error when the row that a migration made is gone */
export async function readSettings(queries: Queries): Promise<VersionedSettings> {
  const row = await queries.row<VersionedSettings>(read)
  if (!row) throw new Error('the row of platform_settings is missing')
  return row
}

/**
 * Changes some settings of exactly this version.
 * @throws ServiceError `conflict` when somebody else was first
 */
export async function changeSettings(
  queries: Queries,
  version: number,
  changes: SettingsChange,
): Promise<VersionedSettings> {
  const row = await queries.row<VersionedSettings>(change, [
    version,
    changes.site_title ?? null,
    changes.tagline ?? null,
    changes.accent ?? null,
    changes.support_email ?? null,
    changes.concierge_enabled ?? null,
    changes.sign_up_enabled ?? null,
  ])
  if (row) return row
  throw new ServiceError('conflict', { details: [{ field: 'body.version', problem: 'is not the current version' }] })
}

// What a migration puts in, for a process whose database went away before it was ever asked; sign-up waits until it can be asked.
const INITIAL: Settings = {
  site_title: 'Greengate',
  tagline: '',
  accent: '#0b6e4f',
  support_email: 'support@example.com',
  concierge_enabled: true,
  sign_up_enabled: false,
}

/**
 * The settings as they are now, or, while the database is away, as they were last known. Asked each time, so that a switch
 * works in all replicas at once; takes 500 ms at most. `get` never throws.
 */
export class CurrentSettings {
  readonly #known: LastKnownGood<Settings>

  constructor(database: Queries, logger: Logger) {
    this.#known = new LastKnownGood<Settings>({
      load: () => readSettings(database),
      initial: INITIAL,
      freshMs: 0,
      onFailure: (error) =>
        logger.log('warn', 'settings_unavailable', { reason: error instanceof Error ? error.message : 'unknown' }),
    })
  }

  async get(): Promise<Settings> {
    return (await this.#known.get()).value
  }

  /**
   * Whether anybody may sign up.
   * @throws ServiceError `database_unavailable` when it was never known: that is no "no"
   */
  async signUpOpen(): Promise<boolean> {
    const { value, ageMs } = await this.#known.get()
    if (ageMs === null) throw new ServiceError('database_unavailable')
    return value.sign_up_enabled
  }
}
