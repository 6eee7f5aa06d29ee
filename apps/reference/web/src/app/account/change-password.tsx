import { useState } from 'react'
import { command } from '../../client/api.ts'
import { Actions, Button, Card, Form } from '../../design/index.ts'
import { useWhileSignedIn } from '../shared/session-end.ts'
import { isFilled, isNewPassword, refuseUnless, textOf } from './form-checks.ts'
import { PASSWORD_HINT, PasswordField } from './password-field.tsx'
import './account.css'

const WRONG = 'This is not your current password. Nothing was changed.'

/** @param email whose password it is, for password managers */
export function ChangePassword({ email }: { readonly email: string }) {
  const whileSignedIn = useWhileSignedIn()
  const [done, setDone] = useState(false)
  const submit = async (data: FormData, form: HTMLFormElement): Promise<void> => {
    setDone(false)
    refuseUnless(data, { current_password: isFilled('your current password'), new_password: isNewPassword })
    const changed = await whileSignedIn(() =>
      command('PUT', '/v1/me/password', {
        body: { current_password: textOf(data, 'current_password'), new_password: textOf(data, 'new_password') },
      }),
    )
    if (!changed) return
    form.reset()
    setDone(true)
  }
  return (
    <Card title="Password">
      <div className="stack account-password">
        <div role="status" className={done ? 'outcome' : 'visually-hidden'}>
          {done ? 'Your password is changed. We have told you by mail, too.' : ''}
        </div>
        <Form
          label="Change the password"
          onSubmit={submit}
          messages={{ sign_in_refused: WRONG, password_refused: WRONG, forbidden: WRONG }}
        >
          {(busy) => (
            <>
              <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
              <PasswordField label="Current password" name="current_password" />
              <PasswordField label="New password" name="new_password" hint={PASSWORD_HINT} isNew />
              <Actions>
                <Button type="submit" kind="primary" busy={busy}>
                  {busy ? 'Changing…' : 'Change password'}
                </Button>
              </Actions>
            </>
          )}
        </Form>
      </div>
    </Card>
  )
}
