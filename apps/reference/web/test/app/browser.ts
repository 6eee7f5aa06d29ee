import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core'

export const PHONE = { width: 375, height: 812 }
export const DESKTOP = { width: 1280, height: 900 }

/** For one step, and for a test of many steps. */
export const WAIT_MS_MAX = 60_000
export const TEST_MS_MAX = 240_000

/** What a page complained about: errors that nobody caught, refusals of its policy, and warnings of React. */
export interface Opened {
  readonly context: BrowserContext
  readonly page: Page
  readonly complaints: string[]
}

/** A person with a browser of their own. The caller closes the context. */
export async function open(browser: Browser, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({
    viewport: DESKTOP,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
    ...options,
  })
  // Many tests share a machine; a page that is stuck is noticed all the same.
  context.setDefaultTimeout(WAIT_MS_MAX)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    // A refusal by the server is part of what is tested here; the browser notes each.
    const expected = /Failed to load resource: the server responded with a status of/.test(message.text())
    if (message.type() === 'error' && !expected) complaints.push(message.text())
  })
  return { context, page, complaints }
}

/** Puts a picture of the page where SCREENSHOTS names a folder; without it, does nothing. */
export async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS']
  if (folder === undefined) return
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
}
