import { Link } from 'react-router'
import { usePageData } from '../client/page-data.ts'
import { usePageTitle } from '../client/page-title.ts'
import { Article } from './article.tsx'
import { NotFound } from './not-found.tsx'
import { StaleBanner, Unavailable } from './page-state.tsx'
import type { Entry } from './public-data.ts'

export function Page() {
  const data = usePageData()
  if (data.page === 'not_found') return <NotFound />
  if (data.page !== 'post') return <Unavailable what="This post" data={data} />
  return (
    <div className="page">
      <StaleBanner stale={data.stale} />
      <Post entry={data.entry} />
    </div>
  )
}

function Post({ entry }: { readonly entry: Entry }) {
  usePageTitle(entry.title)
  return (
    <>
      <nav aria-label="Breadcrumb" className="breadcrumb">
        <Link to="/posts">Posts</Link>
      </nav>
      <Article entry={entry} dated />
    </>
  )
}
