import type { Settings } from '../shared/readers.ts'

export type SettingFields = Omit<Settings, 'version'>
export const SETTING_NAMES = [
  'site_title',
  'tagline',
  'accent',
  'support_email',
  'concierge_enabled',
  'sign_up_enabled',
] as const satisfies readonly (keyof SettingFields)[]
export type SettingName = (typeof SETTING_NAMES)[number]

export const SETTING_LABELS: Readonly<Record<SettingName, string>> = {
  site_title: 'Name of the site',
  tagline: 'Sentence below the name',
  accent: 'Accent colour',
  support_email: 'Address for support',
  concierge_enabled: 'Recommendations and weather',
  sign_up_enabled: 'Sign-up',
}

export function settingsChanged(base: SettingFields, fields: SettingFields): SettingName[] {
  return SETTING_NAMES.filter((name) => base[name] !== fields[name])
}

/** Only what was changed, as the server takes it. */
export function changesOf(base: SettingFields, fields: SettingFields): Partial<SettingFields> {
  return Object.fromEntries(settingsChanged(base, fields).map((name) => [name, fields[name]]))
}

/** Mine on top of theirs: what only they changed is taken over. `both`: what both of us changed, differently. */
export function mergeSettings(
  base: SettingFields,
  mine: SettingFields,
  theirs: SettingFields,
): { readonly fields: SettingFields; readonly both: SettingName[]; readonly taken: SettingName[] } {
  const own = settingsChanged(base, mine)
  const differing = settingsChanged(mine, theirs)
  return {
    fields: { ...theirs, ...Object.fromEntries(own.map((name) => [name, mine[name]])) },
    both: differing.filter((name) => own.includes(name) && base[name] !== theirs[name]),
    taken: differing.filter((name) => !own.includes(name)),
  }
}

/** A setting as people read it. */
export function settingWords(value: string | boolean): string {
  if (typeof value === 'string') return value === '' ? '(empty)' : value
  return value ? 'on' : 'off'
}
