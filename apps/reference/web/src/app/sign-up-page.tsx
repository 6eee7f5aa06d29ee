import { useState } from 'react'
import { Link } from 'react-router'
import { command } from '../client/api.ts'
import { useSite } from '../client/site.ts'
import { Actions, Button, ButtonLink, Field, Form, Notice } from '../design/index.ts'
import { AccountFrame } from './account/account-frame.tsx'
import { isEmail, isFilled, isNewPassword, isOrganisationSlug, refuseUnless, textOf } from './account/form-checks.ts'
import { NameAndSlug, ORGANISATION_SLUG } from './account/name-and-slug.tsx'
import { PASSWORD_HINT, PasswordField } from './account/password-field.tsx'

export function Page() {
  const site = useSite()
  const [email, setEmail] = useState<string | null>(null)
  if (email !== null) return <CheckMail email={email} />
  if (!site.sign_up_enabled) return <Closed supportEmail={site.support_email} />
  return <SignUp onSent={setEmail} />
}

function SignUp({ onSent }: { readonly onSent: (email: string) => void }) {
  const submit = async (data: FormData): Promise<void> => {
    refuseUnless(data, {
      name: isFilled('your name'),
      email: isEmail,
      password: isNewPassword,
      'organisation.name': isFilled('the name of your organisation'),
      'organisation.slug': isOrganisationSlug,
    })
    const address = textOf(data, 'email').trim()
    await command('POST', '/v1/sign-up', {
      body: {
        email: address,
        password: textOf(data, 'password'),
        name: textOf(data, 'name').trim(),
        organisation: { slug: textOf(data, 'organisation.slug'), name: textOf(data, 'organisation.name').trim() },
      },
    })
    onSent(address)
  }
  return (
    <AccountFrame
      title="Create your account"
      lead="You and your organisation, in one step."
      below={
        <p>
          You have an account? <Link to="/sign-in">Sign in</Link>
        </p>
      }
    >
      <Form
        onSubmit={submit}
        messages={{
          conflict: 'This short name is taken. Choose another one for your organisation.',
          sign_up_closed: 'Sign-up was closed in the meantime. Invitations still work.',
        }}
      >
        {(busy) => (
          <>
            <fieldset className="fieldset">
              <legend>You</legend>
              <Field label="Your name" name="name" autoComplete="name" maxLength={120} required />
              <Field
                label="E-mail address"
                name="email"
                type="email"
                autoComplete="username"
                maxLength={254}
                required
              />
              <PasswordField label="Password" name="password" hint={PASSWORD_HINT} isNew />
            </fieldset>
            <fieldset className="fieldset">
              <legend>Your organisation</legend>
              <NameAndSlug
                name={{
                  name: 'organisation.name',
                  label: 'Name of the organisation',
                  max: 120,
                  autoComplete: 'organization',
                }}
                slug={{ name: 'organisation.slug', ...ORGANISATION_SLUG }}
              />
            </fieldset>
            <Actions>
              <Button type="submit" kind="primary" busy={busy}>
                {busy ? 'Creating your account…' : 'Create account'}
              </Button>
            </Actions>
          </>
        )}
      </Form>
    </AccountFrame>
  )
}

/** The same whether or not the address has an account: the mail says which. */
function CheckMail({ email }: { readonly email: string }) {
  const [again, setAgain] = useState(false)
  return (
    <AccountFrame title="Look into your mailbox" isNextStep>
      <p>
        We sent a mail to <strong>{email}</strong>. Open the link in it within 24 hours, then sign in.
      </p>
      {again ? <Notice tone="success" title="Sent again" live /> : null}
      <Form
        label="Send the mail again"
        onSubmit={async () => {
          await command('POST', '/v1/email-verifications', { body: { email } })
          setAgain(true)
        }}
      >
        {(busy) => (
          <Actions>
            <ButtonLink to="/sign-in" kind="primary">
              Go to sign-in
            </ButtonLink>
            <Button type="submit" busy={busy}>
              {busy ? 'Sending…' : 'Nothing came: send it again'}
            </Button>
          </Actions>
        )}
      </Form>
    </AccountFrame>
  )
}

function Closed({ supportEmail }: { readonly supportEmail: string | null }) {
  return (
    <AccountFrame title="Sign-up is closed at the moment">
      <p>Invitations still work: open the link in the mail that invited you.</p>
      {supportEmail === null ? null : (
        <p>
          Questions? <a href={`mailto:${supportEmail}`}>{supportEmail}</a>
        </p>
      )}
      <Actions>
        <ButtonLink to="/sign-in">Sign in to an account</ButtonLink>
      </Actions>
    </AccountFrame>
  )
}
