import type { ReactNode } from 'react'

export interface CardProps {
  readonly title?: ReactNode
  /** Level of the title; 1 is the page's. Default 2. */
  readonly level?: 2 | 3
  /** At the right of the title. */
  readonly action?: ReactNode
  readonly children: ReactNode
}

export function Card({ title, level = 2, action, children }: CardProps) {
  const Heading = level === 2 ? 'h2' : 'h3'
  return (
    <section className="card">
      {title === undefined ? null : (
        <div className="card-head">
          <Heading className="card-title">{title}</Heading>
          {action}
        </div>
      )}
      {children}
    </section>
  )
}

/** Title of a page, which the focus goes to when it appears, one sentence, and what can be done here. */
export function PageHeader({
  title,
  lead,
  actions,
}: {
  readonly title: ReactNode
  readonly lead?: ReactNode
  readonly actions?: ReactNode
}) {
  return (
    <div className="page-header">
      <div>
        <h1 tabIndex={-1}>{title}</h1>
        {lead === undefined ? null : <p className="lead">{lead}</p>}
      </div>
      {actions === undefined ? null : <div className="actions">{actions}</div>}
    </div>
  )
}

/** Buttons in a row, which wraps. */
export function Actions({ children }: { readonly children: ReactNode }) {
  return <div className="actions">{children}</div>
}

export function Badge({ tone = 'neutral', children }: { readonly tone?: BadgeTone; readonly children: ReactNode }) {
  return <span className={`badge badge-${tone}`}>{children}</span>
}
export type BadgeTone = 'neutral' | 'info' | 'success' | 'warning' | 'danger'

/** What is shown where a list has nothing: why, and what to do first. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children}
    </div>
  )
}

/** Grey lines in the shape of what comes; said once to who listens. @param lines 1 to 20 */
export function Skeleton({ lines = 3, label = 'Loading' }: { readonly lines?: number; readonly label?: string }) {
  return (
    <div className="skeleton" role="status">
      <span className="visually-hidden">{label}</span>
      {Array.from({ length: Math.min(20, Math.max(1, lines)) }, (_, index) => (
        <span key={index} className="skeleton-line" aria-hidden="true" />
      ))}
    </div>
  )
}

const dayFormat = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' })
const minuteFormat = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })

/** A date in words, the same on the server and in every browser. @param value RFC 3339; what is none is shown as it is */
export function Time({ value, minutes = false }: { readonly value: string; readonly minutes?: boolean }) {
  const date = new Date(value)
  if (Number.isNaN(date.getTime())) return <span>{value}</span>
  const text = minutes ? `${minuteFormat.format(date)} UTC` : dayFormat.format(date)
  return <time dateTime={value}>{text}</time>
}

export function VisuallyHidden({ children }: { readonly children: ReactNode }) {
  return <span className="visually-hidden">{children}</span>
}
