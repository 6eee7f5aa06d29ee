import { useState } from 'react'
import { request } from '../../client/api.ts'
import { Actions, Badge, Button, Card, Dialog, VisuallyHidden } from '../../design/index.ts'
import { formatMoment } from '../shared/format.ts'
import { Loaded } from '../shared/loaded.tsx'
import { useLoad } from '../shared/use-load.ts'
import { usePages } from '../shared/use-pages.ts'
import { type Entry, type VersionSummary, versionReader, versionsReader } from './readers.ts'

const PAGE_SIZE = 10

/** Every version that was saved; an earlier one can be looked at and written once more. */
export function VersionHistory({
  entry,
  unsaved,
  busy,
  onRestore,
}: {
  readonly entry: Entry
  readonly unsaved: boolean
  readonly busy: boolean
  /** Resolves when it was done or failed, with words for it elsewhere. */
  readonly onRestore: (version: number) => Promise<void>
}) {
  const base = `/v1/content/entries/${encodeURIComponent(entry.id)}/versions`
  const versions = usePages(`${base} ${entry.version}`, async (after, signal) => {
    const page = await request('GET', base, versionsReader, { signal, query: { limit: PAGE_SIZE, after } })
    return { rows: page.versions, next: page.next }
  })
  const [looking, setLooking] = useState<VersionSummary | null>(null)
  return (
    <Card title="History">
      <Loaded load={versions.load} what="The history" lines={4}>
        {({ rows, next }) => (
          <div className="stack">
            <ul className="plain-list version-list">
              {rows.map((version) => (
                <li key={version.version}>
                  <span className="who">
                    <span>
                      Version {version.version}{' '}
                      {version.version === entry.published_version ? (
                        <Badge tone="success">Readers see it</Badge>
                      ) : null}
                      {version.version === entry.version ? <Badge>Newest</Badge> : null}
                    </span>
                    <span className="meta">{formatMoment(version.created_at)}</span>
                  </span>
                  <Button small onClick={() => setLooking(version)}>
                    View<VisuallyHidden> version {version.version}</VisuallyHidden>
                  </Button>
                </li>
              ))}
            </ul>
            {next === null ? null : (
              <Button small onClick={versions.more} busy={versions.loadingMore}>
                {versions.loadingMore ? 'Loading more…' : 'Show earlier versions'}
              </Button>
            )}
          </div>
        )}
      </Loaded>
      <Dialog open={looking !== null} title={`Version ${looking?.version ?? ''}`} onClose={() => setLooking(null)}>
        {looking === null ? null : (
          <>
            <OneVersion base={base} version={looking.version} />
            {unsaved && looking.version !== entry.version ? (
              <p className="meta">Save or discard your changes before you restore a version.</p>
            ) : null}
            <Actions>
              {looking.version === entry.version || unsaved ? null : (
                <Button
                  kind="primary"
                  busy={busy}
                  onClick={() => void onRestore(looking.version).then(() => setLooking(null))}
                >
                  {busy ? 'Restoring…' : `Restore version ${looking.version}`}
                </Button>
              )}
              <Button onClick={() => setLooking(null)}>Close</Button>
            </Actions>
          </>
        )}
      </Dialog>
    </Card>
  )
}

function OneVersion({ base, version }: { readonly base: string; readonly version: number }) {
  const path = `${base}/${version}`
  const load = useLoad(path, (signal) => request('GET', path, versionReader, { signal }))
  return (
    <Loaded load={load} what="This version" lines={4}>
      {(value) => (
        <div className="stack">
          <p>
            <strong>{value.title}</strong>
          </p>
          {value.summary === '' ? null : <p className="muted">{value.summary}</p>}
          {/* Rendered by the content service, which lets only harmless elements through. */}
          <div className="prose" dangerouslySetInnerHTML={{ __html: value.body_html }} />
        </div>
      )}
    </Loaded>
  )
}
