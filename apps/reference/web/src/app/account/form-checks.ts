import type { FieldProblem } from '../../client/api-error.ts'
import { FormRefusal } from '../../design/index.ts'
import { PASSWORD_CHARS_MIN } from './password-field.tsx'

/** The text of a field; '' when it is missing. */
export function textOf(data: FormData, name: string): string {
  const value = data.get(name)
  return typeof value === 'string' ? value : ''
}

export type Check = (value: string) => string | null

export const isFilled =
  (what: string): Check =>
  (value) =>
    value.trim() === '' ? `Enter ${what}.` : null

/** The server has the last word; this only catches what can't be an address. */
export const isEmail: Check = (value) =>
  /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value.trim()) ? null : 'Enter an e-mail address such as name@example.com.'

export const isNewPassword: Check = (value) =>
  value.length < PASSWORD_CHARS_MIN ? `Choose at least ${PASSWORD_CHARS_MIN} characters.` : null

export const isOrganisationSlug: Check = (value) =>
  /^[a-z][a-z0-9-]{1,38}[a-z0-9]$/.test(value)
    ? null
    : 'Use 3 to 40 lower-case letters, digits and hyphens; begin with a letter.'

/** What is wrong, in the order of the fields. */
export function problemsOf(data: FormData, checks: Readonly<Record<string, Check>>): FieldProblem[] {
  return Object.entries(checks).flatMap(([field, check]) => {
    const problem = check(textOf(data, field))
    return problem === null ? [] : [{ field, problem }]
  })
}

/** @throws FormRefusal for whatever a person can see without asking the server */
export function refuseUnless(data: FormData, checks: Readonly<Record<string, Check>>): void {
  const problems = problemsOf(data, checks)
  if (problems.length > 0) throw new FormRefusal(problems)
}
