import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const FLAGS =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'

/** A link of 1.6 Mbit/s down, 750 kbit/s up and 150 ms, as Lighthouse's slow 4G. */
export const LINK = {
  offline: false,
  latency: 150,
  downloadThroughput: (1_600_000 * 0.9) / 8,
  uploadThroughput: (750_000 * 0.9) / 8,
}

// As text: it runs in the browser, whose types are not those of this program.
const TIMES = `(async () => {
  const paintMs = await new Promise((resolve) => {
    let last = 0
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) last = entry.startTime
      resolve(last)
    }).observe({ type: 'largest-contentful-paint', buffered: true })
    setTimeout(() => resolve(last), 1000)
  })
  return { loadMs: performance.getEntriesByType('navigation')[0].loadEventEnd, paintMs }
})()`

export interface PageLoad {
  /** Until the browser's load event; milliseconds. */
  readonly loadMs: number
  /** Until the largest thing that is seen was painted; milliseconds. */
  readonly paintMs: number
  /** Bytes that came over the wire, heads included. */
  readonly bytes: number
  readonly requests: number
}

/** Runs work with a browser whose profile is gone afterwards. @throws Error when there is no Chromium */
export async function withBrowser<T>(work: (browser: Browser) => Promise<T>): Promise<T> {
  const executablePath = [process.env['CHROMIUM_PATH'] ?? '', ...PLACES].find((path) => path !== '' && existsSync(path))
  if (executablePath === undefined) throw new Error('There is no Chromium here. Install it: apt-get install chromium')
  const home = mkdtempSync(join(tmpdir(), 'bench-chromium-'))
  const browser = await chromium.launch({ executablePath, args: FLAGS.split(' '), env: { ...process.env, HOME: home } })
  try {
    return await work(browser)
  } finally {
    await browser.close()
    rmSync(home, { recursive: true, force: true })
  }
}

/** Loads a page with an empty cache. @param session value of the session cookie; none: signed out */
export async function loadPage(
  browser: Browser,
  url: string,
  link: typeof LINK | null,
  session?: string,
): Promise<PageLoad> {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    viewport: { width: 375, height: 812 },
    serviceWorkers: 'block',
  })
  try {
    if (session !== undefined)
      await context.addCookies([
        {
          name: '__Host-session',
          value: session,
          url: new URL(url).origin,
          secure: true,
          httpOnly: true,
          sameSite: 'Lax',
        },
      ])
    const page = await context.newPage()
    const cdp = await context.newCDPSession(page)
    await cdp.send('Network.enable')
    await cdp.send('Network.setCacheDisabled', { cacheDisabled: false })
    if (link) await cdp.send('Network.emulateNetworkConditions', link)
    let bytes = 0
    let requests = 0
    cdp.on('Network.loadingFinished', (event) => {
      bytes += event.encodedDataLength
      requests += 1
    })
    await page.goto(url, { waitUntil: 'load' })
    await page.waitForLoadState('networkidle')
    const times = await page.evaluate<{ loadMs: number; paintMs: number }>(TIMES)
    return { ...times, bytes, requests }
  } finally {
    await context.close()
  }
}
