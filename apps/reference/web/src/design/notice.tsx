import type { ReactNode } from 'react'
import { ApiError } from '../client/api-error.ts'
import { Button } from './button.tsx'

export type Tone = 'info' | 'success' | 'warning' | 'danger'

export interface NoticeProps {
  readonly tone?: Tone
  readonly title: string
  readonly children?: ReactNode
  /** Read out when it appears. Default false: for what is there from the start. */
  readonly live?: boolean
  readonly action?: ReactNode
}

export function Notice({ tone = 'info', title, children, live = false, action }: NoticeProps) {
  return (
    <div className={`notice notice-${tone}`} role={live ? (tone === 'danger' ? 'alert' : 'status') : undefined}>
      <p className="notice-title">{title}</p>
      {children === undefined ? null : <div>{children}</div>}
      {action === undefined ? null : <div className="notice-action">{action}</div>}
    </div>
  )
}

/** One line over what is shown all the same: it may be out of date, or a part of it is missing. */
export function DegradedBanner({ children }: { readonly children: ReactNode }) {
  return (
    <p className="degraded" role="status">
      <span className="degraded-dot" aria-hidden="true" />
      <span>{children}</span>
    </p>
  )
}

/** What is shown where something could not be loaded: the reason, the number to name, and a way to try again. */
export function Failed({
  error,
  onRetry,
  title = 'This could not be loaded',
}: {
  readonly error: unknown
  readonly onRetry?: () => void
  readonly title?: string
}) {
  const known = error instanceof ApiError ? error : null
  return (
    <Notice
      tone="warning"
      title={title}
      live
      action={onRetry ? <Button onClick={onRetry}>Try again</Button> : undefined}
    >
      <p>{known?.message ?? 'Something went wrong on this page.'}</p>
      {known?.requestId ? <p className="notice-small">Request {known.requestId}</p> : null}
    </Notice>
  )
}
