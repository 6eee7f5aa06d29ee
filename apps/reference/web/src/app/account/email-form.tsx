import { command } from '../../client/api.ts'
import { Actions, Button, Field, Form } from '../../design/index.ts'
import { isEmail, refuseUnless, textOf } from './form-checks.ts'

/** Asks for an address and has a mail sent to it. The answer is the same whether or not it has an account. */
export function EmailForm({
  path,
  button,
  onSent,
}: {
  /** Where the address goes, as `{ email }`. */
  readonly path: string
  readonly button: string
  readonly onSent: () => void
}) {
  const submit = async (data: FormData): Promise<void> => {
    refuseUnless(data, { email: isEmail })
    await command('POST', path, { body: { email: textOf(data, 'email').trim() } })
    onSent()
  }
  return (
    <Form onSubmit={submit}>
      {(busy) => (
        <>
          <Field label="E-mail address" name="email" type="email" autoComplete="username" required />
          <Actions>
            <Button type="submit" kind="primary" busy={busy}>
              {busy ? 'Sending…' : button}
            </Button>
          </Actions>
        </>
      )}
    </Form>
  )
}
