/**
 * Goal: what a page ran is told line by line, and nothing else is.
 * Method: a page is opened in Chromium while it is recorded, by a build that is then made once more with its maps.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { launchChromium, withPage } from './chromium.ts'
import { pagesLcov } from './pages-lcov.ts'
import { type Front, type RunningWeb, startFront, startUpstream, startWebServer, type Upstream } from './site.ts'

const root = join(import.meta.dirname, '../../../..')
let folder = ''
let upstream: Upstream
let web: RunningWeb
let front: Front

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'page-coverage-test-'))
  upstream = await startUpstream()
  web = await startWebServer(upstream.origin)
  front = await startFront(() => web.origin, upstream.origin)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await front.close()
  await web.stop()
  await upstream.close()
  await rm(folder, { recursive: true })
})

/** Lines of one file of the report: how many there are, and how many ran. */
function linesOf(lcov: string, file: string): { found: number; hit: number } | null {
  const entry = lcov.split('end_of_record\n').find((one) => one.includes(`SF:apps/reference/web/src/${file}\n`))
  if (entry === undefined) return null
  const [found, hit] = [/^LF:(\d+)$/m, /^LH:(\d+)$/m].map((pattern) => Number(pattern.exec(entry)?.[1]))
  return { found: found ?? 0, hit: hit ?? 0 }
}

it('tells what pages ran, and refuses what another build ran', async () => {
  await expect(pagesLcov(folder, root)).rejects.toThrow('no page ran anything')
  vi.stubEnv('PAGE_COVERAGE_DIR', folder)
  const browser = await launchChromium()
  try {
    await withPage(browser, {}, async (page) => {
      await page.goto(`${front.origin}/posts`, { waitUntil: 'networkidle' })
    })
  } finally {
    await browser.close()
  }
  const [recording = '', ...more] = await readdir(folder)
  expect(more).toEqual([])

  const lcov = await pagesLcov(folder, root)
  const shown = linesOf(lcov, 'public/posts-page.tsx')
  expect(shown?.hit).toBeGreaterThan(3)
  expect(shown?.hit).toBeLessThanOrEqual(shown?.found ?? 0)
  // Never loaded by this page, or loaded and not shown.
  expect(linesOf(lcov, 'app/sign-in-page.tsx')).toBeNull()
  expect(lcov).not.toContain('node_modules')
  const all = lcov.match(/^DA:\d+,0$/gm) ?? []
  expect(all.length).toBeGreaterThan(20)

  const text = await readFile(join(folder, recording), 'utf8')
  await writeFile(join(folder, recording), text.replaceAll('"source":"', '"source":";'))
  await expect(pagesLcov(folder, root)).rejects.toThrow('another build')
})
