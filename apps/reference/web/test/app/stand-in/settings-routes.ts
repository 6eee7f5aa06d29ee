import { type Exchange, type Handler, Refusal } from './exchange.ts'

export const FOUNDER_KEY = 'fk_stand_in_key_of_the_founder_0123456789abcde'

export interface SettingsRow {
  version: number
  site_title: string
  tagline: string
  accent: string
  support_email: string
  concierge_enabled: boolean
  sign_up_enabled: boolean
}

export function initialSettings(): SettingsRow {
  return {
    version: 4,
    site_title: 'Greengate',
    tagline: 'Metered services, from the first event to the bill.',
    accent: '#0f7a5c',
    support_email: 'support@greengate.test',
    concierge_enabled: true,
    sign_up_enabled: true,
  }
}

export function settingsRoutes(settings: SettingsRow): Record<string, Handler> {
  const founder = ({ headers }: Exchange): void => {
    if (headers.authorization !== `Bearer ${FOUNDER_KEY}`) throw new Refusal(401, 'unauthenticated', 'Who are you?')
  }
  return {
    'GET /v1/settings/public': () => {
      const { version: _version, ...shown } = settings
      return { status: 200, body: shown }
    },
    'GET /v1/settings': (exchange) => {
      founder(exchange)
      return { status: 200, body: settings }
    },
    'PATCH /v1/settings': (exchange) => {
      founder(exchange)
      const { version, ...changes } = exchange.body
      if (version !== settings.version) {
        throw new Refusal(409, 'conflict', 'This contradicts what is there.', [
          { field: 'body.version', problem: 'is not the current version' },
        ])
      }
      Object.assign(settings, changes, { version: settings.version + 1 })
      return { status: 200, body: settings }
    },
  }
}
