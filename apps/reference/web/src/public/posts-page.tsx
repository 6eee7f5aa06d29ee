import { usePageData } from '../client/page-data.ts'
import { Empty, PageHeader } from '../design/index.ts'
import { EntryCard } from './entry-card.tsx'
import { MorePosts } from './more-posts.tsx'
import { StaleBanner, Unavailable } from './page-state.tsx'

export function Page() {
  const data = usePageData()
  if (data.page !== 'posts') return <Unavailable what="The list of posts" data={data} />
  return (
    <div className="page">
      <StaleBanner stale={data.stale} />
      <PageHeader title="Posts" lead="What is new, and how we work." />
      {data.posts.length === 0 ? (
        <Empty title="There is no post yet">
          <p>The first one will appear here.</p>
        </Empty>
      ) : (
        <div className="entry-grid">
          {data.posts.map((entry) => (
            <EntryCard key={entry.slug} entry={entry} base="/posts" level={2} />
          ))}
          {data.next === null ? null : <MorePosts after={data.next} />}
        </div>
      )}
    </div>
  )
}
