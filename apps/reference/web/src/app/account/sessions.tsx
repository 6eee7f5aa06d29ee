import { useState } from 'react'
import { command, request } from '../../client/api.ts'
import { Badge, Button, Card, VisuallyHidden } from '../../design/index.ts'
import { Confirm } from '../shared/confirm.tsx'
import { formatMoment, formatRelative } from '../shared/format.ts'
import { Loaded } from '../shared/loaded.tsx'
import { Outcome } from '../shared/outcome.tsx'
import { type SessionEntry, sessionsReader } from '../shared/readers.ts'
import { useAction } from '../shared/use-action.ts'
import { useLoad } from '../shared/use-load.ts'
import { deviceName } from './device-name.ts'
import './account.css'

/** Where the account is signed in; each can be ended from here. */
export function Sessions() {
  const sessions = useLoad('/v1/sessions', (signal) => request('GET', '/v1/sessions', sessionsReader, { signal }))
  const action = useAction()
  const [endingAll, setEndingAll] = useState(false)
  const keep = (kept: (session: SessionEntry) => boolean): void =>
    sessions.replace((old) => ({ sessions: (old?.sessions ?? []).filter(kept) }))
  const end = (session: SessionEntry): Promise<boolean> =>
    action.run(
      session.id,
      async () => {
        await command('DELETE', `/v1/sessions/${encodeURIComponent(session.id)}`)
        keep(({ id }) => id !== session.id)
      },
      `The session of ${deviceName(session.user_agent)} has ended.`,
    )
  const endOthers = async (): Promise<void> => {
    await action.run(
      'others',
      async () => {
        await command('DELETE', '/v1/sessions')
        keep(({ current }) => current)
      },
      'All other sessions have ended.',
    )
    setEndingAll(false)
  }
  const others = sessions.value?.sessions.filter(({ current }) => !current).length ?? 0
  return (
    <Card
      title="Sessions"
      action={
        others === 0 ? null : (
          <Button small onClick={() => setEndingAll(true)}>
            End all others
          </Button>
        )
      }
    >
      <div className="stack">
        <p className="muted">Where you are signed in. End whatever you don't know, and change your password.</p>
        <Outcome action={action} />
        <Loaded load={sessions} what="Your sessions" lines={4}>
          {(answer) => (
            <ul className="plain-list session-list">
              {answer.sessions.map((session) => (
                <SessionItem
                  key={session.id}
                  session={session}
                  busy={action.busy === session.id}
                  onEnd={() => void end(session)}
                />
              ))}
            </ul>
          )}
        </Loaded>
      </div>
      <Confirm
        open={endingAll}
        title="End all other sessions?"
        yes="End them"
        busy={action.busy !== null}
        onYes={() => void endOthers()}
        onNo={() => setEndingAll(false)}
      >
        <p>
          Everybody who is signed in to your account elsewhere, you included, has to sign in again. This session stays.
        </p>
      </Confirm>
    </Card>
  )
}

function SessionItem({
  session,
  busy,
  onEnd,
}: {
  readonly session: SessionEntry
  readonly busy: boolean
  readonly onEnd: () => void
}) {
  const name = deviceName(session.user_agent)
  const since = formatMoment(session.created_at)
  const used = session.last_used_at ? ` · used ${formatRelative(session.last_used_at, Date.now())}` : ''
  return (
    <li>
      <div>
        <p>
          <strong>{name}</strong> {session.current ? <Badge tone="success">This one</Badge> : null}
        </p>
        <p className="meta">
          {session.address ? `From ${session.address} · ` : ''}since {since}
          {used}
        </p>
      </div>
      {session.current ? null : (
        <Button small busy={busy} onClick={onEnd}>
          {busy ? 'Ending…' : 'End'}
          <VisuallyHidden>
            {' '}
            the session of {name}, since {since}
          </VisuallyHidden>
        </Button>
      )}
    </li>
  )
}
