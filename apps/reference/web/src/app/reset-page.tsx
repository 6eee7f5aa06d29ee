import { useState } from 'react'
import { Link } from 'react-router'
import { command } from '../client/api.ts'
import { refreshSession } from '../client/session.ts'
import { Actions, Button, ButtonLink, Form } from '../design/index.ts'
import { AccountFrame } from './account/account-frame.tsx'
import { isNewPassword, refuseUnless, textOf } from './account/form-checks.ts'
import { PASSWORD_HINT, PasswordField } from './account/password-field.tsx'
import { EmailForm } from './account/email-form.tsx'
import { useLinkToken } from './account/use-link-token.ts'
import { forgetSession } from './shared/me.ts'

export function Page() {
  const token = useLinkToken()
  // Another link, opened in the same tab, begins anew.
  return <Steps key={token} token={token} />
}

function Steps({ token }: { readonly token: string | null }) {
  const [step, setStep] = useState<'start' | 'asked' | 'changed' | 'again'>('start')
  if (step === 'asked') {
    return (
      <AccountFrame title="Look into your mailbox" isNextStep>
        <p>If this address has an account, a link to a new password is on its way. It works for an hour.</p>
        <Actions>
          <ButtonLink to="/sign-in">Back to sign-in</ButtonLink>
        </Actions>
      </AccountFrame>
    )
  }
  if (step === 'changed') {
    return (
      <AccountFrame title="Your password is changed" isNextStep>
        <p>All sessions have ended, on every device. Sign in with the new password.</p>
        <Actions>
          <ButtonLink to="/sign-in" kind="primary">
            Sign in
          </ButtonLink>
        </Actions>
      </AccountFrame>
    )
  }
  if (token !== null && step === 'start') {
    return <Choose token={token} onChanged={() => setStep('changed')} onAgain={() => setStep('again')} />
  }
  return <Ask isNextStep={step === 'again'} onAsked={() => setStep('asked')} />
}

function Ask({ isNextStep, onAsked }: { readonly isNextStep: boolean; readonly onAsked: () => void }) {
  return (
    <AccountFrame
      title="Reset your password"
      lead="Enter the address of your account. We send a link to it."
      isNextStep={isNextStep}
      below={
        <p>
          <Link to="/sign-in">Back to sign-in</Link>
        </p>
      }
    >
      <EmailForm path="/v1/password-resets" button="Send me a link" onSent={onAsked} />
    </AccountFrame>
  )
}

function Choose({
  token,
  onChanged,
  onAgain,
}: {
  readonly token: string
  readonly onChanged: () => void
  readonly onAgain: () => void
}) {
  return (
    <AccountFrame
      title="Choose a new password"
      lead="Afterwards every session of your account ends, here and elsewhere."
      below={
        <p>
          The link does not work?{' '}
          <button type="button" className="link-button" onClick={onAgain}>
            Ask for a new one
          </button>
        </p>
      }
    >
      <Form
        onSubmit={async (data) => {
          refuseUnless(data, { password: isNewPassword })
          await command('POST', '/v1/password-resets/confirm', { body: { token, password: textOf(data, 'password') } })
          forgetSession()
          void refreshSession()
          onChanged()
        }}
        messages={{
          token_refused: 'This link was used already, or it is older than an hour. Ask for a new one below.',
        }}
      >
        {(busy) => (
          <>
            <PasswordField label="New password" name="password" hint={PASSWORD_HINT} isNew />
            <Actions>
              <Button type="submit" kind="primary" busy={busy}>
                {busy ? 'Changing…' : 'Change the password'}
              </Button>
            </Actions>
          </>
        )}
      </Form>
    </AccountFrame>
  )
}
