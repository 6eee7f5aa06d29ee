import { useState } from 'react'
import { Link } from 'react-router'
import { Actions, Badge, Button, Card, Dialog, Field, Form, FormRefusal } from '../../design/index.ts'
import { textOf } from '../account/form-checks.ts'
import { Confirm } from '../shared/confirm.tsx'
import { publicPath, STATUS_NAME, STATUS_TONE, statusWords } from './entry-words.ts'
import { fieldValueOf, momentOf } from './schedule.ts'
import type { Editor } from './use-editor.ts'

const HOUR_MS = 3_600_000

/** What readers see, and what changes that. */
export function PublishPanel({
  editor,
  busy,
  onPublish,
  onUnpublish,
  onDelete,
}: {
  readonly editor: Editor
  /** Which of these is under way. */
  readonly busy: string | null
  /** @param at RFC 3339; null: now */
  readonly onPublish: (at: string | null) => Promise<void>
  readonly onUnpublish: () => Promise<void>
  readonly onDelete: () => Promise<void>
}) {
  const { entry, unsaved } = editor
  const [asking, setAsking] = useState<'schedule' | 'unpublish' | 'delete' | null>(null)
  const visible = entry.published_version !== null
  const upToDate = entry.status === 'published' && !unsaved
  return (
    <Card title="Publishing" action={<Badge tone={STATUS_TONE[entry.status]}>{STATUS_NAME[entry.status]}</Badge>}>
      <div className="stack">
        <p>{statusWords(entry)}</p>
        {visible ? (
          <p>
            <Link to={publicPath(entry)}>See it as readers do</Link>
          </p>
        ) : null}
        <Actions>
          {upToDate ? null : (
            <Button small busy={busy === 'publish'} onClick={() => void onPublish(null)}>
              {busy === 'publish' ? 'Publishing…' : unsaved ? 'Save and publish now' : 'Publish now'}
            </Button>
          )}
          {upToDate ? null : (
            <Button small onClick={() => setAsking('schedule')} busy={busy === 'schedule'}>
              Schedule…
            </Button>
          )}
          {entry.status === 'draft' ? null : (
            <Button small onClick={() => setAsking('unpublish')} busy={busy === 'unpublish'}>
              Unpublish…
            </Button>
          )}
          <Button small onClick={() => setAsking('delete')} busy={busy === 'delete'}>
            Delete…
          </Button>
        </Actions>
      </div>
      <Dialog open={asking === 'schedule'} title="Publish later" onClose={() => setAsking(null)}>
        <Form
          onSubmit={async (data) => {
            const when = momentOf(textOf(data, 'at'), Date.now())
            if (!when.ok) throw new FormRefusal([{ field: 'at', problem: when.problem }])
            await onPublish(when.at)
            setAsking(null)
          }}
        >
          {(sending) => (
            <>
              <Field
                label="Day and time"
                name="at"
                type="datetime-local"
                hint={`In your time zone, ${Intl.DateTimeFormat().resolvedOptions().timeZone}.`}
                defaultValue={fieldValueOf(Date.now() + HOUR_MS)}
                required
              />
              <Actions>
                <Button type="submit" kind="primary" busy={sending}>
                  {sending ? 'Scheduling…' : unsaved ? 'Save and schedule' : 'Schedule'}
                </Button>
                <Button onClick={() => setAsking(null)}>Cancel</Button>
              </Actions>
            </>
          )}
        </Form>
      </Dialog>
      <Confirm
        open={asking === 'unpublish'}
        title="Take it away from readers?"
        yes="Unpublish"
        busy={busy === 'unpublish'}
        onYes={() => void onUnpublish().then(() => setAsking(null))}
        onNo={() => setAsking(null)}
      >
        <p>Readers don't find it any more, and nothing is scheduled. The text and its history stay here.</p>
      </Confirm>
      <Confirm
        open={asking === 'delete'}
        title="Delete this entry?"
        yes="Delete for good"
        busy={busy === 'delete'}
        onYes={() => void onDelete().then(() => setAsking(null))}
        onNo={() => setAsking(null)}
      >
        <p>
          <strong>{entry.title}</strong> goes away with all {entry.version} versions. This can't be undone.
        </p>
      </Confirm>
    </Card>
  )
}
