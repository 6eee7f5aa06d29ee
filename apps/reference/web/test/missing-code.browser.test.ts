// Goal: a page whose code does not come, as it may happen during a release, is loaded anew once, and then says so in words.
// Method: a real Chromium; scripts are answered with 404 as often as told, as a server of another build does.
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { barriers, launchChromium, type Seen, withPage } from './chromium.ts'
import { type Front, type RunningWeb, startFront, startUpstream, startWebServer, type Upstream } from './site.ts'

let browser: Browser
let upstream: Upstream
let web: RunningWeb
let front: Front

beforeAll(async () => {
  browser = await launchChromium()
  upstream = await startUpstream()
  web = await startWebServer(upstream.origin)
  front = await startFront(() => web.origin, upstream.origin)
})
afterEach(() => {
  front.state = 'on'
})
afterAll(async () => {
  await browser?.close()
  await front?.close()
  await web?.stop()
  await upstream?.close()
})

/** Scripts of this name are not there for so many requests. @returns how many were refused */
async function without(page: Page, name: string, times: number): Promise<() => number> {
  let refused = 0
  await page.route(`**/assets/${name}-*.js`, async (route) => {
    if (refused >= times) return route.fallback()
    refused += 1
    await route.fulfill({ status: 404, json: { error: { code: 'not_found' } } })
  })
  return () => refused
}

function open<T>(use: (page: Page, seen: Seen) => Promise<T>): Promise<T> {
  // What goes through a service worker can't be answered by the test.
  return withPage(browser, { viewport: { width: 375, height: 812 }, serviceWorkers: 'block' }, use)
}

const documents = (seen: Seen, path: string): number => seen.requests.filter((one) => one === `GET ${path}`).length
const reports = (seen: Seen): number => seen.requests.filter((one) => one === 'POST /client-errors').length

describe('a page whose first script does not come', () => {
  it('is loaded anew, once, and is what it should be', async () => {
    await open(async (page, seen) => {
      await without(page, 'entry-client', 1)
      await page.goto(`${front.origin}/sign-in`)
      await page.getByLabel('Password', { exact: true }).waitFor()
      expect([documents(seen, '/sign-in'), reports(seen)]).toEqual([2, 1])
      expect(await page.getByText('did not load completely').count()).toBe(0)
    })
  })

  it.each(['entry-client', 'react'])('still says so when %s does not come the second time either', async (script) => {
    await open(async (page, seen) => {
      const refused = await without(page, script, 1_000_000)
      await page.goto(`${front.origin}/sign-in`)
      await page.getByRole('alert').getByText('This page did not load completely').waitFor()
      expect([documents(seen, '/sign-in'), reports(seen)]).toEqual([2, 1])
      expect(refused()).toBeGreaterThan(1)
      expect(await page.locator('.skeleton').count()).toBe(0)
      expect(await barriers(page)).toEqual([])
      await page.unrouteAll()
      await page.getByRole('link', { name: 'Try again' }).click()
      await page.getByLabel('Password', { exact: true }).waitFor()
      expect(reports(seen)).toBe(1)
    })
  })

  it('can still be read', async () => {
    await open(async (page) => {
      await without(page, 'entry-client', 1_000_000)
      await page.goto(`${front.origin}/posts/roles`)
      await page.getByText('This page did not load completely').waitFor()
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Four roles, and no more')
    })
  })

  it('is not thrown away where the page itself can’t be had any more', async () => {
    await open(async (page, seen) => {
      await page.route('**/assets/entry-client-*.js', (route) => {
        front.state = 'off'
        return route.abort()
      })
      await page.goto(`${front.origin}/posts/roles`)
      await page.getByText('This page did not load completely').waitFor()
      expect(documents(seen, '/posts/roles')).toBe(1)
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Four roles, and no more')
    })
  })

  it('is told of, with the route that it was on', async () => {
    const line = (): string | undefined => web.lines.find((one) => one.includes('CodeMissing'))
    await expect.poll(line).toBeDefined()
    expect(JSON.parse(line() ?? '{}')).toMatchObject({
      event: 'client_error',
      error_name: 'CodeMissing',
      page: '/sign-in',
    })
  })
})

describe('a page whose code does not come when it is gone to', () => {
  it('is loaded anew at its address', async () => {
    await open(async (page, seen) => {
      await page.goto(front.origin, { waitUntil: 'networkidle' })
      await without(page, 'posts-page', 1)
      await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Posts' }).click()
      await page.getByRole('heading', { name: 'Posts', level: 1 }).waitFor()
      await expect.poll(() => documents(seen, '/posts')).toBe(1)
    })
  })

  it('says so when that does not help, and is not loaded without end', async () => {
    await open(async (page, seen) => {
      await page.goto(front.origin, { waitUntil: 'networkidle' })
      await without(page, 'posts-page', 1_000_000)
      await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Posts' }).click()
      await expect.poll(() => documents(seen, '/posts')).toBe(1)
      await page.getByText('could not be shown').waitFor()
      await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Docs' }).click()
      await page.getByRole('heading', { name: 'Documentation', level: 1 }).waitFor()
      expect(documents(seen, '/posts')).toBe(1)
    })
  })
})
