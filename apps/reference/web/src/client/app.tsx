import { Suspense, useDeferredValue, useEffect, useRef, useSyncExternalStore } from 'react'
import { Route, Routes, useLocation, useNavigationType } from 'react-router'
import { Skeleton } from '../design/index.ts'
import { NotFound } from '../public/not-found.tsx'
import type { SiteSettings } from '../public/public-data.ts'
import { ErrorBoundary } from './error-boundary.tsx'
import { type PageDataSource, PageDataContext } from './page-data.ts'
import { usePageTitle } from './page-title.ts'
import { type PageRoute, routes } from './routes.tsx'
import { SiteContext } from './site.ts'
import { SiteFooter, SiteHeader } from './site-frame.tsx'

export interface AppProps {
  readonly site: SiteSettings
  readonly data: PageDataSource
}

/** Everything inside of a router, in the browser and on the server. */
export function App({ site, data }: AppProps) {
  return (
    <SiteContext value={site}>
      <PageDataContext value={data}>
        <Frame />
      </PageDataContext>
    </SiteContext>
  )
}

function Frame() {
  const wanted = useLocation()
  // The page before stays until the next one is there; the header knows at once.
  const shown = useDeferredValue(wanted)
  const main = useRef<HTMLElement>(null)
  useArrival(shown.pathname, shown.hash, main)
  return (
    <>
      <a className="skip-link" href="#main">
        Skip to the content
      </a>
      <div className="progress" data-active={wanted !== shown} aria-hidden="true" />
      <SiteHeader />
      <main id="main" ref={main} tabIndex={-1} aria-busy={wanted !== shown}>
        <Suspense fallback={<Skeleton lines={6} />}>
          <Routes location={shown}>
            {routes.map((route) => (
              <Route
                key={route.id}
                path={route.path}
                element={
                  <ErrorBoundary what={route.title || 'The home page'} resetKey={shown.key}>
                    <RouteTitle title={route.title} />
                    {route.area === 'public' ? <route.page.Page /> : <InBrowser page={route.page} />}
                  </ErrorBoundary>
                }
              />
            ))}
            <Route path="*" element={<NotFound />} />
          </Routes>
        </Suspense>
      </main>
      <SiteFooter />
    </>
  )
}

/** Before the page, so that its effect runs before those of the page, which may know a better title. */
function RouteTitle({ title }: { readonly title: string }) {
  usePageTitle(title)
  return null
}

const nothing = (): (() => void) => () => undefined

/** A page of a person: the server, which knows nobody, renders its place only. */
function InBrowser({ page }: { readonly page: PageRoute['page'] }) {
  const inBrowser = useSyncExternalStore(
    nothing,
    () => true,
    () => false,
  )
  return inBrowser ? <page.Page /> : <Skeleton lines={6} />
}

/** After a navigation the focus goes to the title of the new page, which is read out, and the page begins at its top. */
function useArrival(pathname: string, hash: string, main: { readonly current: HTMLElement | null }): void {
  const type = useNavigationType()
  const before = useRef(pathname)
  useEffect(() => {
    if (before.current === pathname) return
    before.current = pathname
    const target = hash === '' ? null : document.getElementById(hash.slice(1))
    const title = target ?? main.current?.querySelector<HTMLElement>('h1') ?? main.current
    title?.focus({ preventScroll: true })
    if (target) target.scrollIntoView()
    else if (type !== 'POP') scrollTo(0, 0)
  }, [pathname, hash, main, type])
}
