import { useState } from 'react'
import { Link, useNavigate, useSearchParams } from 'react-router'
import { ApiError } from '../client/api-error.ts'
import { command } from '../client/api.ts'
import { signIn, useSession } from '../client/session.ts'
import { useSite } from '../client/site.ts'
import { Actions, Button, ButtonLink, Field, Form, FormRefusal, Notice } from '../design/index.ts'
import { AccountFrame } from './account/account-frame.tsx'
import { isEmail, isFilled, refuseUnless, textOf } from './account/form-checks.ts'
import { waitWords } from './account/lock-words.ts'
import { PasswordField } from './account/password-field.tsx'
import { returnTo } from './account/return-to.ts'
import { forgetMe } from './shared/me.ts'

export function Page() {
  const navigate = useNavigate()
  const [query] = useSearchParams()
  const session = useSession()
  const site = useSite()
  // An address that still has to be confirmed, once the server said so.
  const [unverified, setUnverified] = useState<string | null>(null)
  const target = returnTo(query)

  const submit = async (data: FormData): Promise<void> => {
    setUnverified(null)
    refuseUnless(data, { email: isEmail, password: isFilled('your password') })
    const email = textOf(data, 'email').trim()
    try {
      await signIn(email, textOf(data, 'password'))
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown
      if (thrown.code === 'email_unverified') setUnverified(email)
      if (thrown.code !== 'sign_in_locked') throw thrown
      throw new FormRefusal([], `There were too many attempts. Try again in ${waitWords(thrown.retryAfterS)}.`)
    }
    forgetMe()
    await navigate(target, { replace: true })
  }

  return (
    <AccountFrame
      title="Sign in"
      below={
        <>
          <p>
            <Link to="/reset">I forgot my password</Link>
          </p>
          {site.sign_up_enabled ? (
            <p>
              No account yet? <Link to="/sign-up">Sign up</Link>
            </p>
          ) : null}
        </>
      }
    >
      {query.get('ended') === '1' ? (
        <Notice tone="info" title="Your session has ended">
          <p>Sign in again and you go on where you were.</p>
        </Notice>
      ) : null}
      {session === 'signed-in' ? (
        <Notice title="You are signed in already" action={<ButtonLink to={target}>Go to your workspace</ButtonLink>} />
      ) : null}
      <Form
        onSubmit={submit}
        messages={{
          sign_in_refused: 'The address or the password is wrong.',
          email_unverified: 'Confirm your e-mail address first: open the link that we sent to it.',
          upstream_unavailable:
            'Signing in does not work right now. The public pages do; please try again in a minute.',
        }}
      >
        {(busy) => (
          <>
            <Field
              label="E-mail address"
              name="email"
              type="email"
              autoComplete="username"
              inputMode="email"
              required
            />
            <PasswordField label="Password" name="password" />
            <Actions>
              <Button type="submit" kind="primary" busy={busy}>
                {busy ? 'Signing in…' : 'Sign in'}
              </Button>
            </Actions>
          </>
        )}
      </Form>
      {unverified === null ? null : <SendAgain email={unverified} />}
    </AccountFrame>
  )
}

function SendAgain({ email }: { readonly email: string }) {
  const [sent, setSent] = useState(false)
  if (sent) {
    return (
      <Notice tone="success" title="Sent again" live>
        <p>If {email} still has to be confirmed, a new link is on its way.</p>
      </Notice>
    )
  }
  return (
    <Form
      label="Send the confirmation again"
      onSubmit={async () => {
        await command('POST', '/v1/email-verifications', { body: { email } })
        setSent(true)
      }}
    >
      {(busy) => (
        <Button type="submit" busy={busy}>
          {busy ? 'Sending…' : 'Send the link again'}
        </Button>
      )}
    </Form>
  )
}
