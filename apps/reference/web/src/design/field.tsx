import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  use,
  useId,
} from 'react'
import { FormProblems } from './form.tsx'

interface Labelled {
  readonly label: string
  /** What its value is called in the form and in the server's answers. */
  readonly name: string
  /** Said under the label, and to who listens. */
  readonly hint?: ReactNode
  /** What is wrong with it. Default: what the form around it knows. */
  readonly problem?: string | undefined
}

interface Wiring {
  readonly id: string
  readonly problem: string | undefined
  readonly describedBy: string | undefined
}

function useWiring({ name, hint, problem }: Labelled): Wiring {
  const form = use(FormProblems)
  const own = useId()
  const id = form.idOf(name) ?? own
  const said = problem ?? form.problems.find((one) => one.field === name)?.problem
  const parts = [hint === undefined ? '' : `${id}-hint`, said === undefined ? '' : `${id}-problem`]
  return { id, problem: said, describedBy: parts.filter((one) => one !== '').join(' ') || undefined }
}

function Around({
  label,
  hint,
  wiring,
  children,
}: Labelled & { readonly wiring: Wiring; readonly children: ReactNode }) {
  const { id, problem } = wiring
  return (
    <div className={problem === undefined ? 'field' : 'field field-wrong'}>
      <label htmlFor={id}>{label}</label>
      {hint === undefined ? null : (
        <p className="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {children}
      {problem === undefined ? null : (
        <p className="field-problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
    </div>
  )
}

function attributes({ id, problem, describedBy }: Wiring) {
  return { id, 'aria-describedby': describedBy, 'aria-invalid': problem === undefined ? undefined : true }
}

export type FieldProps = Labelled & Omit<InputHTMLAttributes<HTMLInputElement>, 'id' | 'name' | 'className'>

/** One line of text, a number, a date, a password. */
export function Field({ label, name, hint, problem, ...rest }: FieldProps) {
  const wiring = useWiring({ label, name, hint, problem })
  return (
    <Around label={label} name={name} hint={hint} wiring={wiring}>
      <input {...rest} name={name} className="input" {...attributes(wiring)} />
    </Around>
  )
}

export type TextAreaProps = Labelled & Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, 'id' | 'name' | 'className'>

export function TextArea({ label, name, hint, problem, ...rest }: TextAreaProps) {
  const wiring = useWiring({ label, name, hint, problem })
  return (
    <Around label={label} name={name} hint={hint} wiring={wiring}>
      <textarea {...rest} name={name} className="input" {...attributes(wiring)} />
    </Around>
  )
}

export type SelectProps = Labelled & Omit<SelectHTMLAttributes<HTMLSelectElement>, 'id' | 'name' | 'className'>

/** Children are `<option>`s. */
export function Select({ label, name, hint, problem, children, ...rest }: SelectProps) {
  const wiring = useWiring({ label, name, hint, problem })
  return (
    <Around label={label} name={name} hint={hint} wiring={wiring}>
      <select {...rest} name={name} className="input" {...attributes(wiring)}>
        {children}
      </select>
    </Around>
  )
}

export type CheckboxProps = Labelled & Omit<InputHTMLAttributes<HTMLInputElement>, 'id' | 'name' | 'type' | 'className'>

export function Checkbox({ label, name, hint, problem, ...rest }: CheckboxProps) {
  const wiring = useWiring({ label, name, hint, problem })
  return (
    <div className={wiring.problem === undefined ? 'field field-check' : 'field field-check field-wrong'}>
      <input {...rest} type="checkbox" name={name} {...attributes(wiring)} />
      <label htmlFor={wiring.id}>{label}</label>
      {hint === undefined ? null : (
        <p className="field-hint" id={`${wiring.id}-hint`}>
          {hint}
        </p>
      )}
      {wiring.problem === undefined ? null : (
        <p className="field-problem" id={`${wiring.id}-problem`}>
          {wiring.problem}
        </p>
      )}
    </div>
  )
}
