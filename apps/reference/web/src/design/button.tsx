import type { ButtonHTMLAttributes, ReactNode } from 'react'
import { Link } from 'react-router'

export type ButtonKind = 'primary' | 'secondary' | 'danger' | 'quiet'

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** Default `secondary`; one `primary` a view. */
  readonly kind?: ButtonKind
  /** Its work is under way: it stays where the focus is, says so, and does nothing. */
  readonly busy?: boolean
  readonly small?: boolean
}

function classOf(kind: ButtonKind, small: boolean): string {
  return `button button-${kind}${small ? ' button-small' : ''}`
}

export function Button({
  kind = 'secondary',
  busy = false,
  small = false,
  children,
  onClick,
  type = 'button',
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      className={classOf(kind, small)}
      // Not `disabled`: that would throw the focus back to the top of the page.
      aria-disabled={busy || rest['aria-disabled']}
      onClick={(event) => {
        if (busy) event.preventDefault()
        else onClick?.(event)
      }}
    >
      {busy ? <span className="spinner" aria-hidden="true" /> : null}
      {children}
    </button>
  )
}

export interface ButtonLinkProps {
  readonly to: string
  readonly kind?: ButtonKind
  readonly small?: boolean
  readonly children: ReactNode
}

/** Looks like a button and is a link: it goes somewhere. */
export function ButtonLink({ to, kind = 'secondary', small = false, children }: ButtonLinkProps) {
  return (
    <Link to={to} className={classOf(kind, small)}>
      {children}
    </Link>
  )
}
