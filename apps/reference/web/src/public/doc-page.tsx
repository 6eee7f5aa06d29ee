import { NavLink } from 'react-router'
import { usePageData } from '../client/page-data.ts'
import { usePageTitle } from '../client/page-title.ts'
import { Article } from './article.tsx'
import { NotFound } from './not-found.tsx'
import { StaleBanner, Unavailable } from './page-state.tsx'
import type { Entry, EntrySummary } from './public-data.ts'

export function Page() {
  const data = usePageData()
  if (data.page === 'not_found') return <NotFound />
  if (data.page !== 'doc') return <Unavailable what="This document" data={data} />
  return (
    <div className="page">
      <StaleBanner stale={data.stale} />
      <Doc entry={data.entry} docs={data.docs} />
    </div>
  )
}

function Doc({ entry, docs }: { readonly entry: Entry; readonly docs: readonly EntrySummary[] }) {
  usePageTitle(entry.title)
  return (
    <div className="with-aside">
      <nav className="aside-nav" aria-label="Documentation">
        <ul>
          {docs.map((one) => (
            <li key={one.slug}>
              <NavLink to={`/docs/${one.slug}`}>{one.title}</NavLink>
            </li>
          ))}
        </ul>
      </nav>
      <Article entry={entry} dated={false} />
    </div>
  )
}
