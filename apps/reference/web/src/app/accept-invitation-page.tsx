import { useState } from 'react'
import { Link } from 'react-router'
import { request } from '../client/api.ts'
import { Actions, Button, ButtonLink, Field, Form } from '../design/index.ts'
import { AccountFrame } from './account/account-frame.tsx'
import { isNewPassword, refuseUnless, textOf } from './account/form-checks.ts'
import { PASSWORD_HINT, PasswordField } from './account/password-field.tsx'
import { useLinkToken } from './account/use-link-token.ts'
import { acceptedReader } from './shared/readers.ts'

export function Page() {
  const token = useLinkToken()
  // Another link, opened in the same tab, begins anew.
  return <Steps key={token} token={token} />
}

function Steps({ token }: { readonly token: string | null }) {
  const [joined, setJoined] = useState<{ slug: string; name: string } | null>(null)
  if (joined) {
    return (
      <AccountFrame title={`Welcome to ${joined.name}`} isNextStep>
        <p>You are a member now. Sign in with the password that you have just given.</p>
        <Actions>
          <ButtonLink to={`/sign-in?${new URLSearchParams({ return: `/app/${joined.slug}/usage` })}`} kind="primary">
            Sign in
          </ButtonLink>
        </Actions>
      </AccountFrame>
    )
  }
  if (token === null) {
    return (
      <AccountFrame title="This link is not complete">
        <p>Open the link in the mail again, all of it. If it still does not work, ask for a new invitation.</p>
        <Actions>
          <ButtonLink to="/sign-in">Sign in to an account</ButtonLink>
        </Actions>
      </AccountFrame>
    )
  }
  const submit = async (data: FormData): Promise<void> => {
    refuseUnless(data, { password: isNewPassword })
    const name = textOf(data, 'name').trim()
    const accepted = await request('POST', '/v1/invitations/accept', acceptedReader, {
      body: { token, password: textOf(data, 'password'), ...(name === '' ? {} : { name }) },
    })
    setJoined(accepted.organisation)
  }
  return (
    <AccountFrame
      title="Accept the invitation"
      lead="New here? Choose a password. If you have an account already, give its password."
      below={
        <p>
          You forgot the password of your account? <Link to="/reset">Reset it</Link>, then open the invitation again.
        </p>
      }
    >
      <Form
        onSubmit={submit}
        messages={{
          token_refused: 'This invitation was used, taken back, or is too old. Ask who invited you for a new one.',
          sign_in_refused: 'This address has an account already, and this is not its password.',
        }}
      >
        {(busy) => (
          <>
            <Field
              label="Your name"
              name="name"
              hint="Needed for a new account only."
              autoComplete="name"
              maxLength={120}
            />
            <PasswordField label="Password" name="password" hint={PASSWORD_HINT} isNew />
            <Actions>
              <Button type="submit" kind="primary" busy={busy}>
                {busy ? 'Joining…' : 'Join the organisation'}
              </Button>
            </Actions>
          </>
        )}
      </Form>
    </AccountFrame>
  )
}
