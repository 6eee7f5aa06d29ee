import { createKillSwitches, createStaticFlags, type KillSwitches } from '@greengate/kit/flags'
import type { CurrentSettings } from './settings.ts'

export const features = {
  concierge: {
    whenUnknown: 'off',
    variable: 'CONCIERGE_ENABLED',
    message: 'The concierge is switched off for now.',
  },
} as const

/** Two ways to switch the concierge off: the founder's setting, at once; `CONCIERGE_ENABLED`, with a restart. Off wins. */
export class ConciergeSwitch {
  readonly #settings: Pick<CurrentSettings, 'get'>
  readonly #flags = createStaticFlags({})
  readonly #switches: KillSwitches<'concierge'>

  constructor(settings: Pick<CurrentSettings, 'get'>, enabled: boolean) {
    this.#settings = settings
    this.#switches = createKillSwitches({
      flags: this.#flags.store,
      features,
      environment: { [features.concierge.variable]: String(enabled) },
    })
  }

  /** @throws ServiceError `concierge_unavailable` while it is off */
  async require(): Promise<void> {
    const { concierge_enabled } = await this.#settings.get()
    this.#flags.update({
      concierge: { variants: { on: true, off: false }, defaultVariant: concierge_enabled ? 'on' : 'off' },
    })
    this.#switches.require('concierge')
  }
}
