import { ButtonLink, DegradedBanner, Notice, PageHeader } from '../design/index.ts'
import { usePageTitle } from '../client/page-title.ts'
import type { PageData } from './public-data.ts'

/** Over what is shown from before. */
export function StaleBanner({ stale }: { readonly stale: boolean }) {
  return stale ? (
    <DegradedBanner>This page may be out of date: what is new can’t be loaded right now.</DegradedBanner>
  ) : null
}

/** In place of a page that can't be had, with the reason. */
export function Unavailable({ what, data }: { readonly what: string; readonly data: PageData }) {
  return data.page === 'unavailable' && data.offline ? <NoConnection /> : <NotNow what={what} />
}

function NotNow({ what }: { readonly what: string }) {
  usePageTitle('Not available right now')
  return (
    <div className="page narrow">
      <PageHeader title="Not available right now" lead={`${what} can’t be loaded at the moment.`} />
      <Notice
        tone="warning"
        title="Please come back in a few minutes"
        action={<ButtonLink to="/">To the home page</ButtonLink>}
      >
        <p>Our content service does not answer right now. What you have read before may still be here.</p>
      </Notice>
    </div>
  )
}

export function NoConnection() {
  usePageTitle('No connection')
  return (
    <div className="page narrow">
      <PageHeader
        title="No connection"
        lead="This page was not read on this device before, so it can’t be shown offline."
      />
      <Notice title="What you can do">
        <p>Pages that you have read are still here: use the back button, or go to the home page.</p>
      </Notice>
    </div>
  )
}
