import { Notice } from '../../design/index.ts'
import { explain } from './loaded.tsx'
import type { Action } from './use-action.ts'

/** What came of the last press of a button; read out. */
export function Outcome({
  action,
  messages = {},
}: {
  readonly action: Action
  /** Words for codes that the page knows better than the server does. */
  readonly messages?: Readonly<Record<string, string>>
}) {
  const { done, error } = action
  if (error !== null) {
    const known = messages[error.code]
    const words = explain(error, 'This')
    return (
      <Notice tone="danger" title={known ?? 'That was not done'} live>
        {known === undefined ? <p>{error.status < 500 && error.status !== 403 ? error.message : words.text}</p> : null}
        {error.requestId === null || error.status < 500 ? null : (
          <p className="notice-small">Request {error.requestId}</p>
        )}
      </Notice>
    )
  }
  return (
    <div role="status" className={done === '' ? 'visually-hidden' : 'outcome'}>
      {done}
    </div>
  )
}
