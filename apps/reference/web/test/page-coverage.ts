import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'

/** Folder for what pages ran, one file a page; unset: nothing is recorded. */
const FOLDER_VARIABLE = 'PAGE_COVERAGE_DIR'

/**
 * Records which code of each page of this browser runs, from its first script to the end of the page, its context or the
 * browser, whichever a test ends first. Does nothing unless `PAGE_COVERAGE_DIR` names a folder.
 */
export function recordPageCoverage(browser: Browser): Browser {
  const folder = process.env[FOLDER_VARIABLE] ?? ''
  if (folder === '') return browser
  const open = new Set<BrowserContext>()
  const newContext = browser.newContext.bind(browser)
  const closeBrowser = browser.close.bind(browser)
  browser.newContext = async (options) => {
    const context = await newContext(options)
    open.add(context)
    context.once('close', () => open.delete(context))
    // Without scripts there is nothing to record.
    if (options?.javaScriptEnabled !== false) recordContext(context, folder)
    return context
  }
  browser.newPage = async (options) => await (await browser.newContext(options)).newPage()
  browser.close = async (options) => {
    for (const context of open) await context.close()
    await closeBrowser(options)
  }
  return browser
}

function recordContext(context: BrowserContext, folder: string): void {
  const recorded = new Map<Page, Promise<void>>()
  const newPage = context.newPage.bind(context)
  const closeContext = context.close.bind(context)
  const keep = async (page: Page): Promise<void> => {
    const started = recorded.get(page)
    recorded.delete(page)
    if (started === undefined || page.isClosed()) return
    await started
    const scripts = (await page.coverage.stopJSCoverage()).filter(({ url }) => url.includes('/assets/'))
    if (scripts.length > 0) writeFileSync(join(folder, `${randomUUID()}.json`), JSON.stringify(scripts))
  }
  context.newPage = async () => {
    const page = await newPage()
    recorded.set(page, page.coverage.startJSCoverage({ resetOnNavigation: false }))
    await recorded.get(page)
    const closePage = page.close.bind(page)
    page.close = async (options) => {
      await keep(page)
      await closePage(options)
    }
    return page
  }
  context.close = async (options) => {
    for (const page of recorded.keys()) await keep(page)
    await closeContext(options)
  }
}
