import '../design/style.css'
import { createRoot, hydrateRoot } from 'react-dom/client'
import { BrowserRouter } from 'react-router'
import type { FirstData } from '../public/public-data.ts'
import { App } from './app.tsx'
import { startReporting } from './error-report.ts'
import { keepShell } from './offline.ts'
import { BrowserPageData } from './page-data.ts'
import { routeOf } from './routes.tsx'

const ROOT = 'root'
const FIRST_DATA = 'first-data'

function firstData(): FirstData {
  const text = document.getElementById(FIRST_DATA)?.textContent
  if (!text) throw new Error('the page came without its data')
  // Written by our server into this very page.
  return JSON.parse(text) as FirstData
}

async function start(): Promise<void> {
  const root = document.getElementById(ROOT)
  if (!root) return
  const { site, data, pathname } = firstData()
  const app = (
    <BrowserRouter useTransitions={false}>
      <App site={site} data={new BrowserPageData(data && pathname !== null ? { pathname, data } : null)} />
    </BrowserRouter>
  )
  // The code of this page first: without it, hydrating would stop at a gap. When it can't be had, the page itself says so.
  await routeOf(location.pathname)
    ?.page.load()
    .catch(() => undefined)
  // The offline shell stands for addresses that it was not rendered for.
  if (pathname === location.pathname) hydrateRoot(root, app)
  else createRoot(root).render(app)
}

startReporting({ route: () => routeOf(location.pathname)?.path ?? 'unknown', release: __RELEASE__ })
void start()
keepShell()
