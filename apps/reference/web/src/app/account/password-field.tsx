import { useState } from 'react'
import { Checkbox, Field } from '../../design/index.ts'

export const PASSWORD_CHARS_MIN = 12
export const PASSWORD_HINT = `At least ${PASSWORD_CHARS_MIN} characters. A few words that belong to nobody else are good.`

/** A password that can be looked at while it is typed. */
export function PasswordField({
  label,
  name,
  hint,
  isNew = false,
}: {
  readonly label: string
  readonly name: string
  readonly hint?: string
  /** Whether it is being chosen, for password managers. */
  readonly isNew?: boolean
}) {
  const [shown, setShown] = useState(false)
  return (
    <div className="password-field">
      <Field
        label={label}
        name={name}
        hint={hint}
        type={shown ? 'text' : 'password'}
        autoComplete={isNew ? 'new-password' : 'current-password'}
        autoCapitalize="none"
        spellCheck={false}
        maxLength={256}
        required
      />
      <Checkbox
        label={`Show ${label.toLowerCase()}`}
        name={`show-${name}`}
        checked={shown}
        onChange={(event) => setShown(event.target.checked)}
      />
    </div>
  )
}
