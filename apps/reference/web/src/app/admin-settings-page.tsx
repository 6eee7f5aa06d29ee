import { useState } from 'react'
import { ApiError } from '../client/api-error.ts'
import { request } from '../client/api.ts'
import { Actions, Button, Card, Field, Form } from '../design/index.ts'
import { isFilled, refuseUnless, textOf } from './account/form-checks.ts'
import { SettingsForm } from './admin/settings-form.tsx'
import { AppPage } from './shared/app-page.tsx'
import { type Settings, settingsReader } from './shared/readers.ts'
import './admin/admin.css'

export function Page() {
  // In the memory of this page only: not in the address, not in any storage, gone with the page.
  const [opened, setOpened] = useState<{ readonly key: string; readonly settings: Settings } | null>(null)
  return (
    <AppPage
      title="Settings"
      lead="What holds for the whole platform. Open to whoever has the founder key, and to nobody else."
      actions={opened === null ? undefined : <Button onClick={() => setOpened(null)}>Forget the key</Button>}
    >
      {opened === null ? (
        <Unlock onOpen={setOpened} />
      ) : (
        <SettingsForm founderKey={opened.key} first={opened.settings} onRefused={() => setOpened(null)} />
      )}
    </AppPage>
  )
}

function Unlock({ onOpen }: { readonly onOpen: (opened: { key: string; settings: Settings }) => void }) {
  const submit = async (data: FormData): Promise<void> => {
    refuseUnless(data, { 'founder-key': isFilled('the founder key') })
    const key = textOf(data, 'founder-key').trim()
    // A header takes visible ASCII only; the key is nothing else.
    if (!/^[\x21-\x7e]+$/.test(key))
      throw new ApiError('unauthenticated', 'This is not the founder key.', { status: 401 })
    const settings = await request('GET', '/v1/settings', settingsReader, {
      headers: { authorization: `Bearer ${key}` },
    })
    onOpen({ key, settings })
  }
  return (
    <Card title="Founder key">
      <div className="stack settings-form">
        <p className="muted">
          Whoever runs the platform has it. A new one is made with <code>npm run rotate-founder-key</code>; the old one
          stops working then.
        </p>
        <Form
          onSubmit={submit}
          messages={{
            unauthenticated: 'This is not the founder key, or not any more.',
            forbidden: 'This is not the founder key, or not any more.',
            sign_in_locked: 'Too many wrong keys. Wait a few minutes.',
          }}
        >
          {(busy) => (
            <>
              <Field
                label="Founder key"
                name="founder-key"
                type="password"
                hint="Begins with fk_. It is kept in the memory of this page and nowhere else."
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                maxLength={128}
                required
              />
              <Actions>
                <Button type="submit" kind="primary" busy={busy}>
                  {busy ? 'Opening…' : 'Open settings'}
                </Button>
              </Actions>
            </>
          )}
        </Form>
      </div>
    </Card>
  )
}
