import { useState } from 'react'
import { useSearchParams } from 'react-router'
import { command, request } from '../client/api.ts'
import { Badge, Button, Card, Empty, Select, VisuallyHidden } from '../design/index.ts'
import { EditorsOnly } from './admin/editors-only.tsx'
import { FOLDER_NAME } from './admin/entry-words.ts'
import { FOLDERS, type Media, mediaListReader } from './admin/readers.ts'
import { Thumbnail } from './admin/thumbnail.tsx'
import { UploadForm } from './admin/upload-form.tsx'
import { AppPage } from './shared/app-page.tsx'
import { Confirm } from './shared/confirm.tsx'
import { formatDay, formatSize } from './shared/format.ts'
import { Loaded } from './shared/loaded.tsx'
import { Outcome } from './shared/outcome.tsx'
import { useAction } from './shared/use-action.ts'
import { usePages } from './shared/use-pages.ts'
import './admin/admin.css'

const PAGE_SIZE = 24

export function Page() {
  const [query, setQuery] = useSearchParams()
  const folder = FOLDERS.find((one) => one === query.get('folder'))
  const media = usePages(`media ${folder}`, async (after, signal) => {
    const page = await request('GET', '/v1/media', mediaListReader, {
      signal,
      query: { folder, limit: PAGE_SIZE, after },
    })
    return { rows: page.media, next: page.next }
  })
  const action = useAction()
  const [deleting, setDeleting] = useState<Media | null>(null)
  const remove = async (one: Media): Promise<void> => {
    await action.run(
      one.media_id,
      async () => {
        await command('DELETE', `/v1/media/${encodeURIComponent(one.media_id)}`)
        media.update((row) => (row.media_id === one.media_id ? null : row))
      },
      `${one.file_name} is deleted.`,
    )
    setDeleting(null)
  }
  const add = (one: Media): void => {
    if (folder === undefined || folder === one.folder) {
      media.load.replace((old) => ({ rows: [one, ...(old?.rows ?? [])], next: old?.next ?? null }))
    }
  }
  return (
    <AppPage title="Media" lead="Pictures and videos of the public pages. Each is verified before anybody can use it.">
      <Card title="Upload">
        <UploadForm onReady={add} />
      </Card>
      <section aria-labelledby="library" className="stack">
        <h2 id="library">Library</h2>
        <div className="filter-form actions">
          <Select
            label="Show"
            name="folder"
            value={folder ?? ''}
            onChange={(event) => setQuery(event.target.value === '' ? {} : { folder: event.target.value })}
          >
            <option value="">Everything</option>
            {FOLDERS.map((one) => (
              <option key={one} value={one}>
                {FOLDER_NAME[one]}
              </option>
            ))}
          </Select>
        </div>
        <Outcome
          action={action}
          messages={{
            media_in_use: 'An entry, or an earlier version of one, shows it. It can go when the entry is deleted.',
          }}
        />
        <Loaded
          load={media.load}
          what="The library"
          lines={8}
          stillWorks="Readers still see what is published."
          forbidden={<EditorsOnly />}
        >
          {({ rows, next }) =>
            rows.length === 0 ? (
              <Empty title="Nothing here yet">
                <p>Upload a picture or a video above.</p>
              </Empty>
            ) : (
              <>
                <ul className="media-grid">
                  {rows.map((one) => (
                    <li key={one.media_id}>
                      <MediaCard media={one} busy={action.busy === one.media_id} onDelete={() => setDeleting(one)} />
                    </li>
                  ))}
                </ul>
                {next === null ? null : (
                  <Button onClick={media.more} busy={media.loadingMore}>
                    {media.loadingMore ? 'Loading more…' : 'Show more'}
                  </Button>
                )}
              </>
            )
          }
        </Loaded>
      </section>
      <Confirm
        open={deleting !== null}
        title="Delete this file?"
        yes="Delete for good"
        busy={action.busy !== null}
        onYes={() => deleting && void remove(deleting)}
        onNo={() => setDeleting(null)}
      >
        <p>
          <strong>{deleting?.file_name}</strong> goes away for good. What an entry shows can't be deleted.
        </p>
      </Confirm>
    </AppPage>
  )
}

function MediaCard({
  media,
  busy,
  onDelete,
}: {
  readonly media: Media
  readonly busy: boolean
  readonly onDelete: () => void
}) {
  const { width, height } = media
  return (
    <div className="media-card">
      <Thumbnail media={media} />
      <p className="media-name">{media.file_name}</p>
      <p className="meta">
        {media.type === 'video' ? 'Video' : 'Picture'} · {FOLDER_NAME[media.folder]} · {formatSize(media.size)}
        {width === null || height === null ? '' : ` · ${width}\u00a0×\u00a0${height}`}
        <br />
        {formatDay(media.created_at)}
      </p>
      <p>
        {media.status === 'ready' ? (
          <Badge tone="success">Verified</Badge>
        ) : (
          <Badge tone="warning">Not complete: goes away within an hour</Badge>
        )}
      </p>
      <details className="more">
        <summary>
          Checksum<VisuallyHidden> of {media.file_name}</VisuallyHidden>
        </summary>
        <p className="code meta">SHA-256 {media.sha256}</p>
      </details>
      <div className="actions">
        <Button small busy={busy} onClick={onDelete}>
          Delete<VisuallyHidden> {media.file_name}</VisuallyHidden>
        </Button>
      </div>
    </div>
  )
}
