import { useState } from 'react'
import { ApiError } from '../../client/api-error.ts'
import { request } from '../../client/api.ts'
import { Actions, Badge, Button, Card, Checkbox, Field, Form, Notice } from '../../design/index.ts'
import { isEmail, isFilled, refuseUnless } from '../account/form-checks.ts'
import { type Settings, settingsReader } from '../shared/readers.ts'
import {
  changesOf,
  mergeSettings,
  SETTING_LABELS,
  type SettingFields,
  type SettingName,
  settingsChanged,
  settingWords,
} from './settings-merge.ts'
import { isVersionConflict } from './use-editor.ts'

/** Somebody else saved first: what both changed, and what was taken over from them. */
interface Conflict {
  readonly theirs: Settings
  readonly both: readonly SettingName[]
  readonly taken: readonly SettingName[]
}

export function SettingsForm({
  founderKey,
  first,
  onRefused,
}: {
  readonly founderKey: string
  readonly first: Settings
  /** The key is no longer the right one. */
  readonly onRefused: () => void
}) {
  const [base, setBase] = useState(first)
  const [fields, setFields] = useState<SettingFields>(first)
  const [conflict, setConflict] = useState<Conflict | null>(null)
  const [saved, setSaved] = useState('')
  const changed = settingsChanged(base, fields)
  const headers = { authorization: `Bearer ${founderKey}` }
  const set = (change: Partial<SettingFields>): void => {
    setSaved('')
    setFields((old) => ({ ...old, ...change }))
  }

  const submit = async (data: FormData): Promise<void> => {
    setSaved('')
    refuseUnless(data, { site_title: isFilled('a name'), support_email: isEmail })
    if (changed.length === 0) {
      setSaved('Nothing was changed.')
      return
    }
    try {
      const body = { version: base.version, ...changesOf(base, fields) }
      const next = await request('PATCH', '/v1/settings', settingsReader, { headers, body })
      setBase(next)
      setFields(next)
      setConflict(null)
      setSaved('Saved. The public pages show it within a minute.')
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return onRefused()
      if (!isVersionConflict(error)) throw error
      const theirs = await request('GET', '/v1/settings', settingsReader, { headers })
      const merged = mergeSettings(base, fields, theirs)
      setBase(theirs)
      setFields(merged.fields)
      setConflict({ theirs, both: merged.both, taken: merged.taken })
    }
  }

  return (
    <Card
      title="Platform"
      action={changed.length === 0 ? null : <Badge tone="warning">{changed.length} not saved</Badge>}
    >
      <div className="stack settings-form">
        {conflict === null ? null : (
          <ConflictNotice
            conflict={conflict}
            fields={fields}
            onTake={(name) => set({ [name]: conflict.theirs[name] })}
          />
        )}
        <div role="status" className={saved === '' ? 'visually-hidden' : 'outcome'}>
          {saved}
        </div>
        <Form onSubmit={submit} label="Settings">
          {(busy) => (
            <>
              <Field
                label={SETTING_LABELS.site_title}
                name="site_title"
                value={fields.site_title}
                maxLength={80}
                required
                onChange={(event) => set({ site_title: event.target.value })}
              />
              <Field
                label={SETTING_LABELS.tagline}
                name="tagline"
                value={fields.tagline}
                maxLength={200}
                onChange={(event) => set({ tagline: event.target.value })}
              />
              <Field
                label={SETTING_LABELS.accent}
                name="accent"
                type="color"
                hint={`Now ${fields.accent}. Made darker or lighter where it would be hard to read.`}
                value={fields.accent}
                onChange={(event) => set({ accent: event.target.value.toLowerCase() })}
              />
              <Field
                label={SETTING_LABELS.support_email}
                name="support_email"
                type="email"
                value={fields.support_email}
                maxLength={254}
                required
                onChange={(event) => set({ support_email: event.target.value })}
              />
              <Checkbox
                label={SETTING_LABELS.concierge_enabled}
                name="concierge_enabled"
                hint="Off: the public pages go without them."
                checked={fields.concierge_enabled}
                onChange={(event) => set({ concierge_enabled: event.target.checked })}
              />
              <Checkbox
                label={SETTING_LABELS.sign_up_enabled}
                name="sign_up_enabled"
                hint="Off: nobody can sign up. Invitations still work."
                checked={fields.sign_up_enabled}
                onChange={(event) => set({ sign_up_enabled: event.target.checked })}
              />
              <Actions>
                <Button type="submit" kind="primary" busy={busy}>
                  {busy ? 'Saving…' : 'Save settings'}
                </Button>
                {changed.length === 0 ? null : <Button onClick={() => set(base)}>Undo my changes</Button>}
              </Actions>
            </>
          )}
        </Form>
      </div>
    </Card>
  )
}

function ConflictNotice({
  conflict: { theirs, both, taken },
  fields,
  onTake,
}: {
  readonly conflict: Conflict
  readonly fields: SettingFields
  readonly onTake: (name: SettingName) => void
}) {
  return (
    <Notice tone="warning" title="Somebody else saved settings in between. Yours are not saved yet" live>
      <ul>
        {both.map((name) => (
          <li key={name}>
            {SETTING_LABELS[name]}: yours is “{settingWords(fields[name])}”, theirs “{settingWords(theirs[name])}”.{' '}
            {fields[name] === theirs[name] ? null : (
              <Button small onClick={() => onTake(name)}>
                Take theirs<span className="visually-hidden">: {SETTING_LABELS[name]}</span>
              </Button>
            )}
          </li>
        ))}
        {taken.map((name) => (
          <li key={name}>
            {SETTING_LABELS[name]} is “{settingWords(theirs[name])}” now, as they saved it.
          </li>
        ))}
      </ul>
      <p>Look it through, then save again.</p>
    </Notice>
  )
}
