import { useEffect } from 'react'
import { useSite } from './site.ts'

/** What the tab says: the page before the site. */
export function fullTitle(page: string, site: string): string {
  return page === '' || page === site ? site : `${page} · ${site}`
}

/** Names the page in the tab, in the history, and to who listens. */
export function usePageTitle(title: string): void {
  const { site_title: site } = useSite()
  useEffect(() => {
    document.title = fullTitle(title, site)
  }, [title, site])
}
