/**
 * Goal: the HTML report is good to use for everybody. Method: a real Chromium opens it from a file, at phone and
 * desktop width, light and dark; axe looks for barriers, the keyboard finds its way to a red control, and every
 * request the page makes is counted.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { renderReport } from '../src/index.ts'
import { chromiumPath, launchChromium } from './chromium.ts'
import { sampleControl, sampleReport } from './sample-report.ts'

const HOSTILE = '<script>document.title="owned"</script><img src=http://127.0.0.1:9/x onerror=alert(1)>"\'`</details>'
const LONG = 'unbreakable'.repeat(200)

let browser: Browser
let dir = ''
let axe = ''
let url = ''

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'greengate-report-'))
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  const base = sampleReport()
  const worst = sampleControl('SEC-08', 'fail', {
    title: LONG,
    reason: HOSTILE,
    target: HOSTILE,
    fix: LONG,
    evidence: LONG,
  })
  const report = sampleReport({
    controls: [...base.controls.filter(({ id }) => id !== 'SEC-08'), worst],
    reasons: [HOSTILE],
  })
  const file = join(dir, 'report.html')
  await writeFile(file, renderReport(report, 'html', { color: false, columns: 100 }))
  url = pathToFileURL(file).href
  browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  if (dir !== '') await rm(dir, { recursive: true, force: true })
})

/** Opens the report in a page of its own and gives back what the page asked for and complained about. */
async function withReport<T>(
  options: BrowserContextOptions,
  use: (page: Page, seen: { requests: string[]; complaints: string[] }) => Promise<T>,
): Promise<T> {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options })
  try {
    const page = await context.newPage()
    const seen = { requests: [] as string[], complaints: [] as string[] }
    page.on('request', (request) => seen.requests.push(request.url()))
    page.on('console', (message) => seen.complaints.push(message.text()))
    page.on('pageerror', (error) => seen.complaints.push(error.message))
    await page.goto(url)
    return await use(page, seen)
  } finally {
    await context.close()
  }
}

interface Barrier {
  readonly id: string
  readonly impact: string
  readonly where: string
}

/** Serious and critical barriers of the page as it is now. An axe that looked at next to nothing is an error. */
async function barriers(page: Page): Promise<readonly Barrier[]> {
  await page.evaluate(axe)
  return await page.evaluate(async (): Promise<Barrier[]> => {
    const run = Reflect.get(Reflect.get(globalThis, 'axe'), 'run')
    const found = await run({ resultTypes: ['violations'] })
    if (found.passes.length < 20) throw new Error(`axe tried only ${found.passes.length} rules`)
    return found.violations
      .filter(({ impact }: { impact: string }) => impact === 'serious' || impact === 'critical')
      .map((one: { id: string; impact: string; nodes: { html: string }[] }) => ({
        id: one.id,
        impact: one.impact,
        where: one.nodes
          .map((node) => node.html.slice(0, 200))
          .join(' | ')
          .slice(0, 1_000),
      }))
  })
}

const widest = (page: Page): Promise<{ scroll: number; client: number }> =>
  page.evaluate(() => {
    const root = Reflect.get(globalThis, 'document').documentElement
    return { scroll: root.scrollWidth, client: root.clientWidth }
  })

const VIEWS = [
  { width: 360, height: 740, colorScheme: 'light' },
  { width: 360, height: 740, colorScheme: 'dark' },
  { width: 1280, height: 900, colorScheme: 'light' },
  { width: 1280, height: 900, colorScheme: 'dark' },
] as const

describe('the HTML report in a browser', () => {
  it.each(VIEWS)(
    'has no barrier, no sideways scroll and asks for nothing at $width x $height, $colorScheme',
    async (view) => {
      const { width, height, colorScheme } = view
      await withReport({ viewport: { width, height }, colorScheme }, async (page, seen) => {
        await page.getByRole('button', { name: 'Open all' }).click()
        expect(await page.locator('details.control[open]').count()).toBe(112)
        expect(await barriers(page)).toEqual([])
        const { scroll, client } = await widest(page)
        expect(scroll).toBeLessThanOrEqual(client)
        expect(seen.requests).toEqual([url])
        expect(seen.complaints).toEqual([])
        expect(await page.title()).toBe('shop: red · Greengate')
      })
    },
  )

  it('would notice a barrier', async () => {
    await withReport({ viewport: { width: 360, height: 740 } }, async (page) => {
      await page.evaluate(() => {
        const { document } = globalThis as unknown as {
          document: { querySelector(selector: string): { style: { color: string } } }
        }
        document.querySelector('.sentence').style.color = '#eeeeee'
      })
      expect((await barriers(page)).map(({ id }) => id)).toEqual(['color-contrast'])
    })
  })

  it('lets the keyboard skip to the controls and open a red one', async () => {
    await withReport({ viewport: { width: 1280, height: 900 } }, async (page) => {
      await page.keyboard.press('Tab')
      expect(await page.locator(':focus').innerText()).toBe('Skip to the controls')
      await page.keyboard.press('Enter')
      const first = page.locator('.group.bad summary').first()
      for (let presses = 0; presses < 30; presses++) {
        await page.keyboard.press('Tab')
        if (await first.evaluate((element) => element.matches(':focus-visible'))) break
      }
      expect(await first.evaluate((element) => element.matches(':focus-visible'))).toBe(true)
      await page.keyboard.press('Enter')
      expect(await page.getByText('How to fix it').first().isVisible()).toBe(true)
    })
  })

  it('opens the control that a tile or a link from elsewhere points at', async () => {
    await withReport({ viewport: { width: 360, height: 740 } }, async (page) => {
      await page.locator('a.tile[data-to="ERR-04"]').press('Enter')
      expect(await page.locator('details.control[open] #ERR-04').isVisible()).toBe(true)
      expect(
        await page.locator('details.control[open] > summary').evaluate((element) => element.matches(':focus')),
      ).toBe(true)
    })
  })

  it('filters by status, family and words, and gives everything back', async () => {
    await withReport({ viewport: { width: 1280, height: 900 } }, async (page) => {
      const shown = page.locator('details.control:visible')
      await page.getByRole('button', { name: /^unproved/ }).click()
      expect(await page.getByRole('button', { name: /^unproved/ }).getAttribute('aria-pressed')).toBe('true')
      expect(await shown.count()).toBe(await page.locator('details[data-status="unproved"]').count())
      await page.getByRole('button', { name: 'Clear filters' }).click()
      await page.locator('#family').selectOption('ERR')
      expect(await shown.count()).toBe(8)
      await page.keyboard.press('Escape')
      await page.locator('#find').fill('no such words anywhere')
      expect(await shown.count()).toBe(0)
      expect(await page.getByRole('status').innerText()).toBe('No control fits')
      await page.getByRole('button', { name: 'Clear filters' }).click()
      expect(await shown.count()).toBe(112)
    })
  })

  it('shows every control without its script, and no filter that would not work', async () => {
    await withReport({ viewport: { width: 360, height: 740 }, javaScriptEnabled: false }, async (page) => {
      expect(await page.locator('#filters').isVisible()).toBe(false)
      expect(await page.locator('details.control:visible').count()).toBe(112)
      await page.locator('.group.bad summary').first().click()
      expect(await page.getByText('How to fix it').first().isVisible()).toBe(true)
    })
  })

  it('prints each red control with what was seen', async () => {
    await withReport({ viewport: { width: 1280, height: 900 } }, async (page) => {
      await page.evaluate(() => Reflect.get(globalThis, 'dispatchEvent').call(globalThis, new Event('beforeprint')))
      await page.emulateMedia({ media: 'print' })
      const red = page.locator('.group.bad details.control')
      expect(await red.count()).toBe(5)
      expect(await page.locator('.group.bad details.control[open]').count()).toBe(5)
      expect(await page.locator('#filters').isVisible()).toBe(false)
    })
  })
})

describe('without a browser', () => {
  it('names the one command that installs it', () => {
    expect(() => chromiumPath({ CHROMIUM_PATH: '/nowhere/chromium' }, [])).toThrow('apt-get install chromium')
  })
})
