import { useState } from 'react'
import { Field } from '../../design/index.ts'
import { slugOf } from '../admin/schedule.ts'

/** A name, and the short name for addresses that is proposed for it until somebody writes their own. */
export function NameAndSlug({
  name,
  slug,
}: {
  readonly name: { readonly name: string; readonly label: string; readonly max: number; readonly autoComplete?: string }
  readonly slug: { readonly name: string; readonly label: string; readonly max: number; readonly hint: string }
}) {
  const [value, setValue] = useState('')
  const [own, setOwn] = useState(false)
  return (
    <>
      <Field
        label={name.label}
        name={name.name}
        autoComplete={name.autoComplete}
        maxLength={name.max}
        required
        onChange={(event) => {
          if (!own) setValue(slugOf(event.target.value).slice(0, slug.max))
        }}
      />
      <Field
        label={slug.label}
        name={slug.name}
        hint={slug.hint}
        value={value}
        autoCapitalize="none"
        spellCheck={false}
        maxLength={slug.max}
        required
        onChange={(event) => {
          setOwn(event.target.value !== '')
          setValue(event.target.value)
        }}
      />
    </>
  )
}

/** The short name of an organisation. */
export const ORGANISATION_SLUG = {
  label: 'Short name',
  max: 40,
  hint: "For addresses: lower-case letters, digits and hyphens. It can't be changed later.",
} as const
