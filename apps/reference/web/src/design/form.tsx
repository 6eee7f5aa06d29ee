import { createContext, type ReactNode, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { ApiError, type FieldProblem } from '../client/api-error.ts'

interface Problems {
  readonly problems: readonly FieldProblem[]
  /** Id of the field of a name, for links to it; null outside of a form. */
  readonly idOf: (name: string) => string | null
}

/** What a form knows of its fields. */
export const FormProblems = createContext<Problems>({ problems: [], idOf: () => null })

export interface FormProps {
  /**
   * Sends it. What it throws is shown in the summary: an `ApiError` with its problems by field, `FormRefusal` for what the
   * page found itself. It is not called again while it is under way.
   */
  readonly onSubmit: (data: FormData, form: HTMLFormElement) => Promise<void>
  /** Fields and a submit button; a function is told whether the form is being sent. */
  readonly children: ReactNode | ((busy: boolean) => ReactNode)
  /** Names the form where there are several. */
  readonly label?: string
  /** Words for codes that the page knows better than the server does. */
  readonly messages?: Readonly<Record<string, string>>
}

/** Problems that were found before anything was sent. */
export class FormRefusal extends Error {
  override readonly name = 'FormRefusal'
  readonly problems: readonly FieldProblem[]

  constructor(problems: readonly FieldProblem[], message = 'Please check what is marked below.') {
    super(message)
    this.problems = problems
  }
}

interface Failure {
  readonly message: string
  readonly problems: readonly FieldProblem[]
  readonly requestId: string | null
}

function failureOf(thrown: unknown, messages: Readonly<Record<string, string>>): Failure | null {
  if (thrown instanceof FormRefusal) return { message: thrown.message, problems: thrown.problems, requestId: null }
  if (!(thrown instanceof ApiError)) throw thrown
  if (thrown.code === 'cancelled') return null
  // The id helps whoever looks into it; for a typing mistake it is only noise.
  const requestId = thrown.status >= 500 ? thrown.requestId : null
  return { message: messages[thrown.code] ?? thrown.message, problems: thrown.problems, requestId }
}

/** A form that says what was wrong in one place, focused, with a link to each field. */
export function Form({ onSubmit, children, label, messages = {} }: FormProps) {
  const prefix = useId()
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  const [broken, setBroken] = useState<{ readonly error: unknown } | null>(null)
  const form = useRef<HTMLFormElement>(null)
  const sending = useRef(false)
  const idOf = (name: string): string => `${prefix}-${name}`
  const problems = failure?.problems
  const known = useMemo(
    () => ({ problems: problems ?? [], idOf: (name: string) => `${prefix}-${name}` }),
    [problems, prefix],
  )
  // Not ours to explain: the boundary around the page shows and reports it.
  if (broken) throw broken.error

  const send = async (element: HTMLFormElement): Promise<void> => {
    if (sending.current) return
    sending.current = true
    setBusy(true)
    setFailure(null)
    try {
      await onSubmit(new FormData(element), element)
    } catch (thrown) {
      try {
        setFailure(failureOf(thrown, messages))
      } catch (error) {
        setBroken({ error })
      }
    } finally {
      sending.current = false
      setBusy(false)
    }
  }

  return (
    <form
      ref={form}
      aria-label={label}
      aria-busy={busy}
      // The browser's own bubbles are gone too soon, and can't be linked to.
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void send(event.currentTarget)
      }}
    >
      <FormProblems value={known}>
        {failure ? <Summary failure={failure} idOf={idOf} /> : null}
        {typeof children === 'function' ? children(busy) : children}
      </FormProblems>
    </form>
  )
}

function labelsOf(problems: readonly FieldProblem[], idOf: (name: string) => string): ReadonlyMap<string, string> {
  return new Map(
    problems.flatMap(({ field }) => {
      const shown = document.getElementById(idOf(field))
      const label = shown instanceof HTMLElement && 'labels' in shown ? (shown as HTMLInputElement).labels?.[0] : null
      return label?.textContent ? [[field, label.textContent] as const] : []
    }),
  )
}

function Summary({ failure, idOf }: { readonly failure: Failure; readonly idOf: (name: string) => string }) {
  const box = useRef<HTMLDivElement>(null)
  const [labels, setLabels] = useState<ReadonlyMap<string, string>>(new Map())
  // Called as the page calls it; a field that the page does not have goes by the server's name for it.
  useLayoutEffect(() => setLabels(labelsOf(failure.problems, idOf)), [failure])
  useEffect(() => box.current?.focus(), [failure])
  return (
    <div className="notice notice-danger" role="alert" tabIndex={-1} ref={box}>
      <p className="notice-title">{failure.message}</p>
      {failure.problems.length > 0 ? (
        <ul>
          {failure.problems.map(({ field, problem }) => (
            <li key={`${field} ${problem}`}>
              <a
                href={`#${idOf(field)}`}
                onClick={(event) => {
                  event.preventDefault()
                  document.getElementById(idOf(field))?.focus()
                }}
              >
                {labels.get(field) ?? field.replaceAll(/[_.]/g, ' ')}: {problem}
              </a>
            </li>
          ))}
        </ul>
      ) : null}
      {failure.requestId === null ? null : <p className="notice-small">Request {failure.requestId}</p>}
    </div>
  )
}
