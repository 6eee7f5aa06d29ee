import { useState } from 'react'
import { Link } from 'react-router'
import { command } from '../client/api.ts'
import { Actions, Button, ButtonLink, Form } from '../design/index.ts'
import { AccountFrame } from './account/account-frame.tsx'
import { EmailForm } from './account/email-form.tsx'
import { useLinkToken } from './account/use-link-token.ts'

export function Page() {
  const token = useLinkToken()
  // Another link, opened in the same tab, begins anew.
  return <Steps key={token} token={token} />
}

function Steps({ token }: { readonly token: string | null }) {
  const [step, setStep] = useState<'confirm' | 'confirmed' | 'ask' | 'asked'>('confirm')
  if (step === 'confirmed') {
    return (
      <AccountFrame title="Your address is confirmed" isNextStep>
        <p>That was all. You can sign in now.</p>
        <Actions>
          <ButtonLink to="/sign-in" kind="primary">
            Sign in
          </ButtonLink>
        </Actions>
      </AccountFrame>
    )
  }
  if (step === 'asked') {
    return (
      <AccountFrame title="Look into your mailbox" isNextStep>
        <p>If this address has an account that is not confirmed, a new link is on its way to it.</p>
      </AccountFrame>
    )
  }
  if (token === null || step === 'ask') return <AskAgain isNextStep={step === 'ask'} onAsked={() => setStep('asked')} />
  return (
    <AccountFrame
      title="Confirm your address"
      // Programs that look through mailboxes open links; only people press buttons.
      lead="One press, so that we know that the mail reached you."
      below={
        <p>
          The link does not work?{' '}
          <button type="button" className="link-button" onClick={() => setStep('ask')}>
            Ask for a new one
          </button>
        </p>
      }
    >
      <Form
        onSubmit={async () => {
          await command('POST', '/v1/email-verifications/confirm', { body: { token } })
          setStep('confirmed')
        }}
        messages={{
          token_refused: 'This link was used already, or it is too old. Sign in, or ask for a new link below.',
        }}
      >
        {(busy) => (
          <Actions>
            <Button type="submit" kind="primary" busy={busy}>
              {busy ? 'Confirming…' : 'Confirm my address'}
            </Button>
          </Actions>
        )}
      </Form>
    </AccountFrame>
  )
}

function AskAgain({ isNextStep, onAsked }: { readonly isNextStep: boolean; readonly onAsked: () => void }) {
  return (
    <AccountFrame
      title={isNextStep ? 'Ask for a new link' : 'This link is not complete'}
      isNextStep={isNextStep}
      lead="Enter your address and we send you a new link."
      below={
        <p>
          Confirmed already? <Link to="/sign-in">Sign in</Link>
        </p>
      }
    >
      <EmailForm path="/v1/email-verifications" button="Send a new link" onSent={onAsked} />
    </AccountFrame>
  )
}
