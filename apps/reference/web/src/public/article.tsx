import { Time } from '../design/index.ts'
import { Media } from './media.tsx'
import type { Entry } from './public-data.ts'

/** @param dated whether the day it was published says something */
export function Article({ entry, dated }: { readonly entry: Entry; readonly dated: boolean }) {
  const changed = entry.updated_at.slice(0, 10) !== entry.published_at.slice(0, 10)
  return (
    <article className="article">
      <header className="article-header">
        <h1 tabIndex={-1}>{entry.title}</h1>
        <p className="lead">{entry.summary}</p>
        {dated ? (
          <p className="meta">
            <Time value={entry.published_at} />
            {changed ? (
              <>
                {' '}
                · updated <Time value={entry.updated_at} />
              </>
            ) : null}
          </p>
        ) : null}
      </header>
      {entry.media ? <Media media={entry.media} eager /> : null}
      {/* The content service lets only harmless elements through, and the policy of the page runs no script of it. */}
      <div className="prose" dangerouslySetInnerHTML={{ __html: entry.body_html }} />
    </article>
  )
}
