import { useState } from 'react'
import { request } from '../client/api.ts'
import { Button, Notice } from '../design/index.ts'
import { EntryCard } from './entry-card.tsx'
import type { PageData } from './public-data.ts'
import type { EntrySummary } from './public-data.ts'

const reader = { parse: (value: unknown): PageData => value as PageData }

/** What follows the first page, page by page, when asked for. */
export function MorePosts({ after }: { readonly after: string }) {
  const [posts, setPosts] = useState<readonly EntrySummary[]>([])
  const [next, setNext] = useState<string | null>(after)
  const [busy, setBusy] = useState(false)
  const [failed, setFailed] = useState(false)

  const more = async (cursor: string): Promise<void> => {
    setBusy(true)
    setFailed(false)
    try {
      const data = await request('GET', '/page-data/posts', reader, { query: { after: cursor } })
      if (data.page === 'posts') {
        setPosts((before) => [...before, ...data.posts])
        setNext(data.next)
      } else setFailed(true)
    } catch {
      setFailed(true)
    } finally {
      setBusy(false)
    }
  }

  return (
    <>
      {posts.map((entry) => (
        <EntryCard key={entry.slug} entry={entry} base="/posts" level={2} />
      ))}
      <div className="entry-grid-end">
        {failed ? <Notice tone="warning" title="Older posts can’t be loaded right now" live /> : null}
        {next === null ? (
          <p className="meta" role="status">
            That was all.
          </p>
        ) : (
          <Button busy={busy} onClick={() => void more(next)}>
            Older posts
          </Button>
        )}
      </div>
    </>
  )
}
