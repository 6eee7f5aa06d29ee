import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { recordPageCoverage } from './page-coverage.ts'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The browser on this machine. @throws Error with the one command that installs it */
function chromiumPath(): string {
  const found = [process.env['CHROMIUM_PATH'] ?? '', ...PLACES].find((path) => path !== '' && existsSync(path))
  if (found === undefined)
    throw new Error('There is no Chromium here. Install it: apt-get install chromium  (or name one in CHROMIUM_PATH)')
  return found
}

/** A browser with an empty profile of its own, which speaks to nobody by itself. The caller closes it. */
export async function launchChromium(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  return recordPageCoverage(browser)
}

export interface Seen {
  /** What the page said on the console, and errors that nobody caught. */
  readonly complaints: string[]
  readonly requests: string[]
}

/** Opens a page in a profile of its own, and closes it whatever happens. */
export async function withPage<T>(
  browser: Browser,
  options: BrowserContextOptions,
  use: (page: Page, seen: Seen) => Promise<T>,
): Promise<T> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options })
  try {
    const page = await context.newPage()
    const seen: Seen = { complaints: [], requests: [] }
    page.on('console', (message) => seen.complaints.push(`${message.type()}: ${message.text()}`))
    page.on('pageerror', (error) => seen.complaints.push(`uncaught: ${error.message}`))
    page.on('request', (request) => seen.requests.push(`${request.method()} ${new URL(request.url()).pathname}`))
    return await use(page, seen)
  } finally {
    await context.close()
  }
}

let axe: Promise<string> | null = null

/** Serious and critical barriers of the page as it is now. An axe that looked at next to nothing is an error. */
export async function barriers(page: Page): Promise<readonly string[]> {
  axe ??= readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  await page.evaluate(await axe)
  return page.evaluate(async (): Promise<string[]> => {
    const run = Reflect.get(Reflect.get(globalThis, 'axe') as object, 'run') as (options: object) => Promise<{
      passes: unknown[]
      violations: { id: string; impact: string; nodes: { html: string }[] }[]
    }>
    const found = await run({ resultTypes: ['violations'] })
    if (found.passes.length < 15) throw new Error(`axe tried only ${found.passes.length} rules`)
    return found.violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 150)).join(' | ')}`)
  })
}

/** How far the page can be moved sideways; pixels. */
export function sidewaysScroll(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}
