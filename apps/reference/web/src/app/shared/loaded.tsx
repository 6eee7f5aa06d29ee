import type { ReactNode } from 'react'
import type { ApiError } from '../../client/api-error.ts'
import { Button, ButtonLink, DegradedBanner, Notice, Skeleton } from '../../design/index.ts'
import type { Load } from './use-load.ts'

/** What an error means for the reader of a page. */
export function explain(error: ApiError, what: string): { readonly title: string; readonly text: string } {
  if (error.code === 'offline') {
    return { title: 'You are offline', text: `${what} will be here as soon as there is a connection.` }
  }
  if (error.status === 403) {
    return { title: 'Your role does not allow this', text: `Ask an owner or an admin to give you access.` }
  }
  if (error.status === 404) {
    return {
      title: 'There is nothing here',
      text: 'It may have been removed, or you may not be a member there any more.',
    }
  }
  if (error.status === 429) return { title: 'That was too often', text: 'Wait a moment, then try again.' }
  if (error.isTransient || error.status >= 500) {
    return {
      title: `${what} can't be shown right now`,
      text: 'A part of the service does not answer. Nothing is lost; the other pages may still work.',
    }
  }
  return { title: `${what} can't be shown`, text: error.message }
}

function wayOut(error: ApiError, retry: ReactNode): ReactNode {
  if (error.status === 403) return undefined
  return error.status === 404 ? <ButtonLink to="/app">Go to the overview</ButtonLink> : retry
}

/** What a page asked for: a sketch of it with words, then itself; or why not, and a way to try again. */
export function Loaded<T>({
  load,
  what,
  lines = 5,
  forbidden,
  stillWorks,
  children,
}: {
  readonly load: Load<T>
  /** Begins a sentence: "The members". */
  readonly what: string
  /** Of the sketch. */
  readonly lines?: number
  /** Said instead of the usual words where the role does not allow it. */
  readonly forbidden?: ReactNode
  /** What goes on working while this can't be shown. */
  readonly stillWorks?: string
  readonly children: (value: T) => ReactNode
}) {
  const { value, error } = load
  if (value === undefined && error === null) {
    return (
      <div className="loading">
        <p className="muted" aria-hidden="true">
          {what}: loading…
        </p>
        <Skeleton lines={lines} label={`${what}: loading`} />
      </div>
    )
  }
  const retry = (
    <Button onClick={load.reload} busy={load.loading}>
      {load.loading ? 'Trying again…' : 'Try again'}
    </Button>
  )
  if (value === undefined && error !== null) {
    if (error.status === 403 && forbidden !== undefined) return <Notice title="This is for others">{forbidden}</Notice>
    const { title, text } = explain(error, what)
    return (
      <Notice tone="warning" title={title} live action={wayOut(error, retry)}>
        <p>
          {text}
          {stillWorks === undefined || error.status < 500 ? null : ` ${stillWorks}`}
        </p>
        {error.requestId === null || error.status < 500 ? null : (
          <p className="notice-small">Request {error.requestId}</p>
        )}
      </Notice>
    )
  }
  return (
    <>
      {error === null ? null : (
        <div className="stale">
          <DegradedBanner>{what} could not be brought up to date. What you see may be old.</DegradedBanner>
          {retry}
        </div>
      )}
      {children(value as T)}
    </>
  )
}
