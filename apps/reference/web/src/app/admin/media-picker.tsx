import { useState } from 'react'
import { request } from '../../client/api.ts'
import { Actions, Button, Dialog } from '../../design/index.ts'
import { Loaded } from '../shared/loaded.tsx'
import { usePages } from '../shared/use-pages.ts'
import { useLoad } from '../shared/use-load.ts'
import { FOLDER_OF } from './entry-words.ts'
import { type Kind, type Media, mediaListReader, mediaReader } from './readers.ts'
import { Thumbnail } from './thumbnail.tsx'
import { UploadForm } from './upload-form.tsx'

const PAGE_SIZE = 24

/** Shows which picture or video an entry has, and chooses another one or uploads it. */
export function MediaPicker({
  kind,
  mediaId,
  onChoose,
}: {
  readonly kind: Kind
  readonly mediaId: string | null
  readonly onChoose: (mediaId: string | null) => void
}) {
  const [open, setOpen] = useState(false)
  const path = mediaId === null ? null : `/v1/media/${encodeURIComponent(mediaId)}`
  const chosen = useLoad(path, (signal) => request('GET', path ?? '', mediaReader, { signal }))
  return (
    <div className="stack">
      {mediaId === null ? (
        <p className="muted">No picture or video.</p>
      ) : (
        <Loaded load={chosen} what="The picture" lines={3}>
          {(media) => (
            <div className="media-card">
              <Thumbnail media={media} />
              <span className="media-name">{media.file_name}</span>
            </div>
          )}
        </Loaded>
      )}
      <Actions>
        <Button small onClick={() => setOpen(true)}>
          {mediaId === null ? 'Choose a picture or video' : 'Choose another one'}
        </Button>
        {mediaId === null ? null : (
          <Button small onClick={() => onChoose(null)}>
            Take it out
          </Button>
        )}
      </Actions>
      <Dialog open={open} title="Choose a picture or video" onClose={() => setOpen(false)}>
        {open ? (
          <Choice
            kind={kind}
            mediaId={mediaId}
            onChoose={(media) => {
              onChoose(media.media_id)
              setOpen(false)
            }}
          />
        ) : null}
        <Actions>
          <Button onClick={() => setOpen(false)}>Close</Button>
        </Actions>
      </Dialog>
    </div>
  )
}

function Choice({
  kind,
  mediaId,
  onChoose,
}: {
  readonly kind: Kind
  readonly mediaId: string | null
  readonly onChoose: (media: Media) => void
}) {
  const folder = FOLDER_OF[kind]
  const media = usePages(`media ${folder}`, async (after, signal) => {
    const page = await request('GET', '/v1/media', mediaListReader, {
      signal,
      query: { folder, limit: PAGE_SIZE, after },
    })
    return { rows: page.media.filter(({ status }) => status === 'ready'), next: page.next }
  })
  return (
    <div className="stack">
      <UploadForm folder={folder} onReady={onChoose} />
      <Loaded load={media.load} what="The pictures" lines={4}>
        {({ rows, next }) =>
          rows.length === 0 ? (
            <p className="muted">Nothing is in this folder yet. Upload the first one.</p>
          ) : (
            <>
              <ul className="picker-grid">
                {rows.map((one) => (
                  <li key={one.media_id}>
                    <button type="button" aria-pressed={one.media_id === mediaId} onClick={() => onChoose(one)}>
                      <Thumbnail media={one} />
                      {one.file_name}
                    </button>
                  </li>
                ))}
              </ul>
              {next === null ? null : (
                <Button small onClick={media.more} busy={media.loadingMore}>
                  {media.loadingMore ? 'Loading more…' : 'Show more'}
                </Button>
              )}
            </>
          )
        }
      </Loaded>
    </div>
  )
}
