import { Media } from '../../public/media.tsx'
import type { Entry } from './readers.ts'

/** An entry as its page shows it; its title is no title of this page. */
export function EntryPreview({ entry }: { readonly entry: Entry }) {
  return (
    <div className="editor-preview">
      <article className="article" aria-label={`Preview of ${entry.title}`}>
        <header className="article-header">
          <h2>{entry.title}</h2>
          {entry.summary === '' ? null : <p className="lead">{entry.summary}</p>}
        </header>
        {entry.media === null ? null : <Media media={entry.media} eager />}
        {entry.body_html === '' ? <p className="muted">There is no text yet.</p> : null}
        {/* Rendered by the content service, which lets only harmless elements through. */}
        <div className="prose" dangerouslySetInnerHTML={{ __html: entry.body_html }} />
      </article>
    </div>
  )
}
