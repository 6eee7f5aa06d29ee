import { usePageData } from '../client/page-data.ts'
import { Empty, PageHeader } from '../design/index.ts'
import { EntryCard } from './entry-card.tsx'
import { StaleBanner, Unavailable } from './page-state.tsx'

export function Page() {
  const data = usePageData()
  if (data.page !== 'docs') return <Unavailable what="The documentation" data={data} />
  return (
    <div className="page">
      <StaleBanner stale={data.stale} />
      <PageHeader title="Documentation" lead="Everything you need to get going, and to keep going." />
      {data.docs.length === 0 ? (
        <Empty title="There is no document yet">
          <p>The first one will appear here.</p>
        </Empty>
      ) : (
        <div className="entry-grid entry-grid-docs">
          {data.docs.map((entry) => (
            <EntryCard key={entry.slug} entry={entry} base="/docs" level={2} />
          ))}
        </div>
      )}
    </div>
  )
}
