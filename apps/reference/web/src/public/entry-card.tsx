import { Link } from 'react-router'
import { Time } from '../design/index.ts'
import { Media } from './media.tsx'
import type { EntrySummary } from './public-data.ts'

export interface EntryCardProps {
  readonly entry: EntrySummary
  readonly base: '/posts' | '/docs'
  readonly level?: 2 | 3
}

/** One entry of a list: the title is the link, the whole card is its area. */
export function EntryCard({ entry, base, level = 3 }: EntryCardProps) {
  const Heading = level === 2 ? 'h2' : 'h3'
  return (
    <article className="entry-card">
      {entry.media ? (
        <div className="entry-card-media">
          {/* The title says what it is about; the picture would only repeat it. */}
          <Media media={{ ...entry.media, alt: '' }} />
        </div>
      ) : base === '/posts' ? (
        <div className="entry-card-media entry-card-blank" aria-hidden="true" />
      ) : null}
      <div className="entry-card-text">
        {base === '/posts' ? (
          <p className="meta">
            <Time value={entry.published_at} />
          </p>
        ) : null}
        <Heading className="entry-card-title">
          <Link to={`${base}/${entry.slug}`}>{entry.title}</Link>
        </Heading>
        <p>{entry.summary}</p>
      </div>
    </article>
  )
}
