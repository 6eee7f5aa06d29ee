// Goal: public pages are good to use for everybody, on a phone and at a desk, by day and by night, also when services or
// the network are gone.
// Method: a real Chromium against the server, behind a stand-in for the gateway; axe looks for barriers.
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { barriers, launchChromium, sidewaysScroll, withPage } from './chromium.ts'
import { posts } from './sample-content.ts'
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
  upstream.state = 'up'
  upstream.signedIn = false
  upstream.answers.clear()
  front.state = 'on'
})
afterAll(async () => {
  await browser?.close()
  await front?.close()
  await web?.stop()
  await upstream?.close()
})

/** What the server logged of errors in browsers whose message is this. */
function told(message: string): string[] {
  return web.lines
    .filter((line) => line.includes('"event":"client_error"') && line.includes(message))
    .map((line) => (JSON.parse(line) as { kind: string }).kind)
}

const VIEWS = [
  { width: 375, height: 812, colorScheme: 'light' },
  { width: 375, height: 812, colorScheme: 'dark' },
  { width: 1280, height: 800, colorScheme: 'light' },
  { width: 1280, height: 800, colorScheme: 'dark' },
] as const
const PAGES = ['/', '/posts', '/posts/keys-for-ever', '/docs', '/docs/first-steps', '/offline']

describe.each(VIEWS)('at $width x $height, $colorScheme', ({ width, height, colorScheme }) => {
  it.each(PAGES)('%s has no barrier, no complaint and no sideways scroll', async (path) => {
    await withPage(browser, { viewport: { width, height }, colorScheme }, async (page, seen) => {
      await page.goto(front.origin + path, { waitUntil: 'networkidle' })
      expect(await barriers(page)).toEqual([])
      expect(await sidewaysScroll(page)).toBe(0)
      expect(seen.complaints).toEqual([])
      expect(await page.locator('h1').count()).toBe(1)
    })
  })

  it('a page that is not there has no barrier either', async () => {
    await withPage(browser, { viewport: { width, height }, colorScheme }, async (page) => {
      await page.goto(`${front.origin}/nothing`)
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Page not found')
      expect(await barriers(page)).toEqual([])
      expect(await sidewaysScroll(page)).toBe(0)
    })
  })
})

/** Nobody may listen there without being root. */
const CLOSED_PORT = 1
const desk = { viewport: { width: 1280, height: 800 } }

describe('going from page to page', () => {
  it('loads no new document, names the page, and puts the focus on its title', async () => {
    await withPage(browser, desk, async (page, seen) => {
      await page.goto(front.origin, { waitUntil: 'networkidle' })
      const documents = () => seen.requests.filter((one) => one === 'GET /' || one === 'GET /posts').length
      await page.getByRole('link', { name: 'Late events' }).click()
      await page.waitForURL('**/posts/late-events')
      await expect.poll(() => page.title()).toBe('Late events, counted where they belong · Greengate')
      await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1')
      expect(documents()).toBe(1)
      await page.goBack()
      await page.getByRole('heading', { name: 'Newest posts' }).waitFor()
      expect(await page.title()).toBe('Greengate')
      expect(seen.complaints).toEqual([])
    })
  })

  it('works without scripts', async () => {
    await withPage(browser, { ...desk, javaScriptEnabled: false }, async (page) => {
      await page.goto(front.origin)
      await page.getByRole('link', { name: 'Late events' }).click()
      await page.waitForURL('**/posts/late-events')
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('Late events')
    })
  })

  it('can be done with the keyboard alone, and shows where one is', async () => {
    await withPage(browser, desk, async (page) => {
      await page.goto(front.origin, { waitUntil: 'networkidle' })
      const reached: string[] = []
      for (let step = 0; step < 20; step += 1) {
        await page.keyboard.press('Tab')
        const at = await page.evaluate(() => {
          const element = document.activeElement
          if (!(element instanceof HTMLElement)) return { name: '', visible: false }
          return { name: element.textContent, visible: getComputedStyle(element).outlineStyle !== 'none' }
        })
        if (at.name === '' || reached.includes(at.name)) break
        expect(at, `after ${reached.join(', ')}`).toMatchObject({ visible: true })
        reached.push(at.name)
      }
      expect(reached.slice(0, 6)).toEqual(['Skip to the content', 'Greengate', 'Posts', 'Docs', 'Sign in', 'Sign up'])
      expect(reached).toContain('Late events, counted where they belong')
    })
  })

  it('skips what is on every page', async () => {
    await withPage(browser, desk, async (page) => {
      await page.goto(front.origin, { waitUntil: 'networkidle' })
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
    })
  })
})

describe('the front page', () => {
  it('moves nothing while it loads, and costs little', async () => {
    await withPage(browser, desk, async (page) => {
      const session = await page.context().newCDPSession(page)
      await session.send('Network.enable')
      let bytes = 0
      session.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength))
      await page.goto(front.origin, { waitUntil: 'networkidle' })
      const shift = await page.evaluate(
        () =>
          new Promise<number>((resolve) => {
            let sum = 0
            new PerformanceObserver((list) => {
              for (const one of list.getEntries()) sum += Reflect.get(one, 'value') as number
            }).observe({ type: 'layout-shift', buffered: true })
            requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)))
          }),
      )
      expect(shift).toBeLessThan(0.02)
      expect(bytes).toBeGreaterThan(20_000)
      expect(bytes).toBeLessThan(100_000)
    })
  })

  it('says in words what comes from memory, and what does not come at all', async () => {
    await withPage(browser, desk, async (page) => {
      await page.goto(front.origin, { waitUntil: 'networkidle' })
      await page.getByText('From memory: the provider does not answer right now').waitFor()
      upstream.answers.set('/v1/concierge/weather', null)
      upstream.answers.set('/v1/concierge/recommendations', { nonsense: true })
      await page.reload({ waitUntil: 'networkidle' })
      await page.getByText('The weather is not available right now.').waitFor()
      await page.getByText('There are no recommendations right now.').waitFor()
      expect(await page.locator('.skeleton').count()).toBe(0)
    })
  })

  it('asks for the weather of a place, and says when nobody knows the temperature', async () => {
    upstream.answers.set('/v1/concierge/weather', {
      place: 'Berlin',
      temperature_c: null,
      condition: 'unknown',
      isFallback: true,
      age_ms: null,
    })
    await withPage(browser, desk, async (page) => {
      await page.goto(front.origin, { waitUntil: 'networkidle' })
      await page.getByText('The weather in Berlin is not known right now.').waitFor()
      expect(upstream.seen).toContain('GET /v1/concierge/weather?place=Berlin')
      expect(await page.getByText('°C').count()).toBe(0)
    })
  })

  it('knows who is signed in', async () => {
    upstream.signedIn = true
    await withPage(browser, desk, async (page) => {
      await page.goto(front.origin)
      await page.getByRole('link', { name: 'Workspace' }).waitFor()
      expect(await page.getByRole('link', { name: 'Sign in' }).count()).toBe(0)
    })
  })
})

describe('without the content service', () => {
  it('pages are there, marked, without barriers', async () => {
    await withPage(browser, { viewport: { width: 375, height: 812 } }, async (page) => {
      await page.goto(front.origin)
      await page.goto(`${front.origin}/posts/keys-for-ever`)
      upstream.state = 'down'
      for (const path of ['/', '/posts/keys-for-ever', '/posts/never-published']) {
        await page.goto(front.origin + path)
        expect(await barriers(page)).toEqual([])
        expect(await sidewaysScroll(page)).toBe(0)
      }
      await page.getByRole('heading', { name: 'Not available right now' }).waitFor()
    })
  })
})

describe('what was read on this device', () => {
  it('is not given up for a server that knows less, and is for one that says it is gone', async () => {
    const empty = await startWebServer(`http://127.0.0.1:${CLOSED_PORT}`)
    let behind = web
    const way = await startFront(() => behind.origin, upstream.origin)
    try {
      await withPage(browser, { viewport: { width: 375, height: 812 } }, async (page) => {
        const paths = ['/', '/page-data/home', '/posts/keys-for-ever', '/page-data/posts/keys-for-ever']
        /** As a page gets it, through its worker. */
        const got = (path: string): Promise<string> =>
          page.evaluate(async (address) => {
            const answer = await fetch(address)
            return `${answer.status} ${await answer.text()}`
          }, path)
        const kept = (): Promise<string[]> =>
          page.evaluate(async (addresses) => {
            const found = await Promise.all(addresses.map((one) => caches.match(one, { ignoreVary: true })))
            return Promise.all(found.map(async (one) => (one ? await one.text() : 'nothing')))
          }, paths)
        await page.goto(way.origin, { waitUntil: 'networkidle' })
        await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
        await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true)
        for (const path of ['/page-data/home', '/page-data/posts/keys-for-ever']) await got(path)
        await page.goto(`${way.origin}/posts/keys-for-ever`)
        await page.goto(way.origin)
        await expect.poll(async () => (await kept()).includes('nothing')).toBe(false)

        behind = empty
        await page.goto(way.origin)
        expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(
          'Metering you can send an invoice from',
        )
        expect(await got('/page-data/home')).toContain('Metering you can send an invoice from')
        expect(await got('/page-data/posts/keys-for-ever')).toContain('A key names one event for ever')
        // What was never read is neither here nor there, and is not taken for something to keep.
        expect(await got('/page-data/posts/roles')).toMatch(/^503 .*upstream_unavailable/)
        way.state = 'off'
        expect(await got('/page-data/home')).toContain('Metering you can send an invoice from')
        expect(await got('/page-data/posts/keys-for-ever')).toContain('A key names one event for ever')
        await page.goto(way.origin)
        expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(
          'Metering you can send an invoice from',
        )
        expect(await page.evaluate(() => caches.match('/page-data/posts/roles').then((one) => one === undefined))).toBe(
          true,
        )

        way.state = 'on'
        behind = web
        upstream.answers.set('/v1/content/posts/keys-for-ever', null)
        await page.goto(`${way.origin}/posts/keys-for-ever`)
        expect(await got('/page-data/posts/keys-for-ever')).toContain('not_found')
        await expect.poll(async () => (await kept())[2]).toBe('nothing')
        await expect.poll(async () => (await kept())[3]).toContain('not_found')
      })
    } finally {
      await way.close()
      await empty.stop()
    }
  })

  it('is named as not available, in words, when it was never read', async () => {
    const empty = await startWebServer(`http://127.0.0.1:${CLOSED_PORT}`)
    const way = await startFront(() => empty.origin, upstream.origin)
    try {
      await withPage(browser, { ...desk, serviceWorkers: 'block' }, async (page) => {
        await page.goto(`${way.origin}/offline`, { waitUntil: 'networkidle' })
        await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Posts' }).click()
        await page.getByRole('heading', { name: 'Not available right now' }).waitFor()
        expect(await barriers(page)).toEqual([])
      })
    } finally {
      await way.close()
      await empty.stop()
    }
  })
})

describe('without a network', () => {
  it('what was read can be read, the rest is told, and nothing of a person is kept', async () => {
    await withPage(browser, { viewport: { width: 375, height: 812 } }, async (page) => {
      await page.goto(`${front.origin}/posts/keys-for-ever`, { waitUntil: 'networkidle' })
      await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
      await expect
        .poll(() => page.evaluate(() => caches.match('/posts/keys-for-ever').then((kept) => kept !== undefined)))
        .toBe(true)
      await page.goto(`${front.origin}/sign-in`, { waitUntil: 'networkidle' })
      front.state = 'off'
      await page.goto(`${front.origin}/posts/keys-for-ever`)
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('A key names one event for ever')
      await page.goto(`${front.origin}/posts/roles`)
      await page.getByRole('heading', { name: 'No connection' }).waitFor()
      expect(await barriers(page)).toEqual([])
      const kept = await page.evaluate(async () => {
        const all: string[] = []
        for (const name of await caches.keys())
          for (const request of await (await caches.open(name)).keys()) all.push(new URL(request.url).pathname)
        return all
      })
      expect(kept).toContain('/offline')
      expect(kept.filter((path) => /^\/(?:v1|session|sign-|app|admin|client-errors)/.test(path))).toEqual([])
      front.state = 'on'
      await page.goto(`${front.origin}/posts/roles`)
      await page.getByRole('heading', { name: 'Four roles, and no more' }).waitFor()
    })
  })
})

describe('an error in a page', () => {
  const broken = { page: 'post', stale: false, entry: { ...posts[1], title: { not: 'a text' } } }

  it('takes nothing else down, can be left, and is told of once', async () => {
    // What goes through a service worker can't be answered by the test.
    await withPage(browser, { ...desk, serviceWorkers: 'block' }, async (page) => {
      await page.route('**/page-data/posts/keys-for-ever', (route) => route.fulfill({ json: broken }))
      await page.goto(front.origin, { waitUntil: 'networkidle' })
      await page.getByRole('link', { name: 'A key names one' }).click()
      await page.getByText('could not be shown').waitFor()
      await page.getByRole('button', { name: 'Try again' }).click()
      await page.getByText('could not be shown').waitFor()
      expect(await barriers(page)).toEqual([])
      await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Docs' }).click()
      await page.getByRole('heading', { name: 'Documentation', level: 1 }).waitFor()
      await expect.poll(() => told('Minified React error')).toEqual(['boundary'])
    })
  })

  it('that nobody caught is told of as well', async () => {
    await withPage(browser, desk, async (page) => {
      await page.goto(front.origin, { waitUntil: 'networkidle' })
      await page.evaluate(() => {
        setTimeout(() => {
          throw new RangeError('nobody caught this')
        })
        void Promise.reject(new RangeError('nor this'))
      })
      await expect.poll(() => [...told('nobody caught this'), ...told('nor this')]).toEqual(['error', 'rejection'])
    })
  })
})
