import { renderToString } from 'react-dom/server'
import { StaticRouter } from 'react-router'
import type { PageData, SiteSettings } from '../public/public-data.ts'
import { ErrorPage, type ErrorPageProps } from '../public/error-page.tsx'
import { App } from './app.tsx'
import { routes } from './routes.tsx'
import { SiteFooter, SiteHeader } from './site-frame.tsx'
import { SiteContext } from './site.ts'

export { fullTitle } from './page-title.ts'
export { routeOf, routes } from './routes.tsx'

/** Loads the code of the pages that the server renders; before the first `renderPage`. */
export async function loadPages(): Promise<void> {
  await Promise.all(routes.filter((route) => route.area === 'public').map((route) => route.page.load()))
}

const nobodysData: PageData = { page: 'unavailable', stale: false }

/** A page for an answer that is no page: works without any script, and without any other service. */
export function renderErrorPage(site: SiteSettings, error: ErrorPageProps): string {
  return renderToString(
    <StaticRouter location="/">
      <SiteContext value={site}>
        <SiteHeader />
        <main id="main">
          <ErrorPage {...error} />
        </main>
        <SiteFooter />
      </SiteContext>
    </StaticRouter>,
  )
}

/** What is inside of the root element. Pages of the browser alone are rendered without what is in them. */
export function renderPage(pathname: string, site: SiteSettings, data: PageData | null): string {
  return renderToString(
    <StaticRouter location={pathname}>
      <App site={site} data={{ get: () => data ?? nobodysData }} />
    </StaticRouter>,
  )
}
