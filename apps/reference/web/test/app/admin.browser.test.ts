/**
 * Goal: editors lose nothing they wrote, whatever happens in between, uploads are told about step by step, and settings open
 * to the founder key alone. Method: the built client in Chromium against the stand-in of the API; somebody else's work is
 * done in the stand-in directly.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { picture } from '../sample-content.ts'
import { barriers, launchChromium } from '../chromium.ts'
import { open, PHONE, shoot, TEST_MS_MAX } from './browser.ts'
import { focused, keptByBrowser, expectWords } from './expectations.ts'
import { newestOf, write } from './stand-in/content-routes.ts'
import { FOUNDER_KEY } from './stand-in/settings-routes.ts'
import { idOf, OWNER, PASSWORD, VIEWER } from './stand-in/state.ts'
import { signIn, type Site, startSite } from './site.ts'

vi.setConfig({ testTimeout: TEST_MS_MAX, hookTimeout: TEST_MS_MAX })

let browser: Browser
let site: Site
let context: BrowserContext
let page: Page
let complaints: string[]

beforeAll(async () => {
  site = await startSite()
  browser = await launchChromium()
})
afterAll(async () => {
  await browser?.close()
  await site?.close()
})
beforeEach(async () => {
  site.standIn.reset()
  ;({ context, page, complaints } = await open(browser))
  await signIn(page, site.origin)
})
afterEach(async () => {
  await context.close()
  if (complaints.length > 0) throw new Error(`the page complained: ${complaints.join('; ')}`)
})

const POST = idOf('post/late-events')
const entryOf = (id: string) => {
  const entry = site.standIn.library.entries.find((one) => one.id === id)
  if (!entry) throw new Error(`the stand-in has no entry ${id}`)
  return entry
}
const summary = () => page.getByLabel('Summary')
async function edit(): Promise<void> {
  await page.goto(`${site.origin}/admin/content/${POST}`)
  await summary().waitFor()
}

describe('the list of entries', () => {
  it('is filtered by address, and empties with words', async () => {
    await page.goto(`${site.origin}/admin/content`)
    await expectWords(page, 'The winter timetable of releases')
    await page.getByLabel('Status').selectOption('draft')
    await page.getByRole('button', { name: 'Show these' }).click()
    await page.waitForURL(/status=draft/)
    await expectWords(page, 'Notes that nobody has seen yet')
    await page.getByText('The winter timetable of releases').waitFor({ state: 'detached' })
    await page.goto(`${site.origin}/admin/content?kind=doc&status=draft`)
    await expectWords(page, 'Nothing of this kind and status')
  })

  it('begins an entry, and leads to its editor', async () => {
    await page.goto(`${site.origin}/admin/content`)
    await page.getByRole('button', { name: 'New entry' }).click()
    await page.getByLabel('Title').fill('Über Züge')
    expect(await page.getByLabel('Address').inputValue()).toBe('uber-zuge')
    await shoot(page, 'admin-new-entry')
    await page.getByRole('button', { name: 'Create draft' }).click()
    await page.getByRole('heading', { level: 1, name: 'Edit: Über Züge' }).waitFor()
  })

  it('is for editors only, and says so', async () => {
    await context.clearCookies()
    site.standIn.state.organisations[0]?.members.splice(1, 1)
    await signIn(page, site.origin, VIEWER)
    await page.goto(`${site.origin}/admin/content`)
    await expectWords(page, 'The texts and pictures of this site are written by the organisation that runs it.')
    expect(await page.getByRole('navigation', { name: 'Workspace' }).getByRole('link', { name: 'Media' }).count()).toBe(
      0,
    )
  })
})

describe('the editor', () => {
  it('saves, previews, publishes, and restores an earlier version', async () => {
    await edit()
    await summary().fill('A new summary.')
    await expectWords(page, 'Not saved')
    await page.getByRole('button', { name: 'Save and preview' }).click()
    await page.getByRole('article').getByText('A new summary.').waitFor()
    await shoot(page, 'admin-preview')
    expect(newestOf(entryOf(POST))).toMatchObject({ version: 4, summary: 'A new summary.' })
    await page.getByRole('button', { name: 'Back to writing' }).click()
    await page.getByRole('button', { name: 'Publish now' }).click()
    await expectWords(page, 'Published. Readers see it.')
    expect(entryOf(POST).published).toBe(4)
    await page.getByRole('button', { name: 'View version 1' }).click()
    await page.getByRole('dialog').getByText('The first thoughts, number 1.').waitFor()
    await page.getByRole('button', { name: 'Restore version 1' }).click()
    await expectWords(page, 'Version 1 is the newest again, as version 5.')
    expect(await page.getByLabel('Text', { exact: true }).inputValue()).toBe('The first thoughts, number 1.')
  })

  it('schedules for a moment to come, and refuses one that has passed', async () => {
    await edit()
    await page.getByRole('button', { name: 'Schedule…' }).click()
    await page.getByLabel('Day and time').fill('2020-01-01T08:00')
    await page.getByRole('dialog').getByRole('button', { name: 'Schedule' }).click()
    await expectWords(page, /This time has passed/)
    await page.getByLabel('Day and time').fill('2099-05-01T08:00')
    await page.getByRole('dialog').getByRole('button', { name: 'Schedule' }).click()
    await expectWords(page, /^It appears 1 May 2099/)
    expect(entryOf(POST).scheduled?.at).toBe('2099-05-01T06:00:00.000Z')
  })

  it('shows both sides when somebody else saved, and loses neither', async () => {
    await edit()
    await summary().fill('My summary.')
    await page.getByLabel('Title').fill('My title')
    write(entryOf(POST), { summary: 'Their summary.', body_markdown: 'Their text.' }, new Date().toISOString())
    await page.getByRole('button', { name: 'Save draft' }).click()
    await expectWords(page, 'Version 4 was saved')
    expect(await focused(page)).toBe('Somebody else saved this entry')
    expect(await barriers(page)).toEqual([])
    await shoot(page, 'admin-conflict')
    await page.setViewportSize(PHONE)
    await shoot(page, 'admin-conflict.phone')
    for (const words of ['My summary.', 'Their summary.', 'My title', 'Their text.']) {
      expect(await page.getByRole('region').getByText(words, { exact: true }).count()).toBe(1)
    }
    await page
      .getByRole('group', { name: /^Summary/ })
      .getByLabel('Theirs', { exact: true })
      .check()
    await page.getByRole('button', { name: 'Go on with what is chosen' }).click()
    await page.getByRole('button', { name: 'Save draft' }).click()
    await expectWords(page, 'Saved as version 5.')
    expect(newestOf(entryOf(POST))).toMatchObject({
      title: 'My title',
      summary: 'Their summary.',
      body_markdown: 'Their text.',
    })
  })

  it('asks before something unsaved is left, by link and by back', async () => {
    await page.goto(`${site.origin}/admin/content`)
    await page.getByRole('link', { name: 'Late events are marked now' }).click()
    await summary().fill('Not saved yet.')
    await page.getByRole('link', { name: 'Media' }).click()
    const dialog = page.getByRole('dialog', { name: 'Leave without saving?' })
    await dialog.waitFor()
    await shoot(page, 'admin-leave')
    expect(await focused(page)).toBe('Stay here')
    await page.keyboard.press('Enter')
    expect(await summary().inputValue()).toBe('Not saved yet.')
    await page.goBack()
    await dialog.waitFor()
    expect(page.url()).toBe(`${site.origin}/admin/content/${POST}`)
    await dialog.getByRole('button', { name: 'Leave and discard' }).click()
    await page.waitForURL(`${site.origin}/admin/content`)
    expect(newestOf(entryOf(POST)).version).toBe(3)
  })

  it('keeps what was written through a sign-in that became necessary', async () => {
    await edit()
    await summary().fill('Written before the session ended.')
    site.standIn.state.cookies.clear()
    await page.getByRole('button', { name: 'Save draft' }).click()
    await expectWords(page, 'Your session has ended')
    await page.getByLabel('E-mail address').fill(OWNER)
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expectWords(page, 'What you had not saved is still here')
    expect(await summary().inputValue()).toBe('Written before the session ended.')
    await page.getByRole('button', { name: 'Save draft' }).click()
    await expectWords(page, 'Saved as version 4.')
  })

  it('explains to a viewer that reading is all', async () => {
    await context.clearCookies()
    await signIn(page, site.origin, VIEWER)
    await edit()
    await summary().fill('May I?')
    await page.getByRole('button', { name: 'Save draft' }).click()
    await expectWords(page, 'Your role allows reading only.')
    expect(await summary().inputValue()).toBe('May I?')
  })
})

describe('media', () => {
  const png = { name: 'hills.png', mimeType: 'image/png', buffer: picture(64, 48) }

  it('are uploaded, verified and deleted', async () => {
    await page.goto(`${site.origin}/admin/media`)
    await page.getByLabel('File').setInputFiles(png)
    await page.getByRole('button', { name: 'Upload' }).click()
    await expectWords(page, 'Verified: 64 × 48 pixels, the checksum matches.')
    expect(site.standIn.library.media[0]).toMatchObject({ file_name: 'hills.png', status: 'ready', folder: 'posts' })
    await shoot(page, 'admin-media-uploaded')
    expect(await barriers(page)).toEqual([])
    await page.getByRole('button', { name: 'Delete hills.png' }).click()
    await page.getByRole('button', { name: 'Delete for good' }).click()
    await expectWords(page, 'hills.png is deleted.')
    await page.getByRole('button', { name: 'Delete night-train.png' }).click()
    await page.getByRole('button', { name: 'Delete for good' }).click()
    await expectWords(page, 'An entry, or an earlier version of one, shows it.')
  })

  it('that are no picture are refused, here or by the server', async () => {
    await page.goto(`${site.origin}/admin/media`)
    await page.getByRole('button', { name: 'Upload' }).click()
    await expectWords(page, 'Choose a file first.')
    await page.getByLabel('File').setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('a') })
    await page.getByRole('button', { name: 'Upload' }).click()
    await expectWords(page, 'Choose a picture (JPEG')
    await page
      .getByLabel('File')
      .setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: Buffer.from('no picture') })
    await page.getByRole('button', { name: 'Upload' }).click()
    await expectWords(page, 'Rejected, and nothing was kept: the file is no picture of this type.')
    expect(site.standIn.library.media).toHaveLength(2)
  })

  it('can be stopped half-way, and nothing stays', async () => {
    await page.goto(`${site.origin}/admin/media`)
    await page.getByLabel('File').setInputFiles(png)
    let letGo = (): void => undefined
    site.standIn.held.set('PUT /v1/store/:id', new Promise<void>((resolve) => (letGo = resolve)))
    await page.getByRole('button', { name: 'Upload' }).click()
    await page.getByRole('progressbar', { name: 'Sending hills.png' }).waitFor()
    await page.getByRole('button', { name: 'Stop' }).click()
    await expectWords(page, 'Stopped. Nothing was kept.')
    letGo()
    await expect.poll(() => site.standIn.library.media.length).toBe(2)
  })

  it('are chosen for an entry, in the editor', async () => {
    await edit()
    await page.getByRole('button', { name: 'Take it out' }).click()
    await page.getByRole('button', { name: 'Choose a picture or video' }).click()
    await page.getByRole('dialog').getByLabel('File').setInputFiles(png)
    await page.getByRole('dialog').getByRole('button', { name: 'Upload' }).click()
    await expectWords(page, 'hills.png')
    await page.getByRole('button', { name: 'Save draft' }).click()
    await expectWords(page, 'Saved as version 4.')
    expect(newestOf(entryOf(POST)).media_id).toBe(site.standIn.library.media[0]?.media_id)
  })
})

describe('settings', () => {
  const unlock = async (key: string): Promise<void> => {
    await page.goto(`${site.origin}/admin/settings`)
    await page.getByLabel('Founder key').fill(key)
    await page.getByRole('button', { name: 'Open settings' }).click()
  }

  it('open to the founder key alone, which is kept nowhere', async () => {
    await unlock('fk_somebody_elses')
    await expectWords(page, 'This is not the founder key, or not any more.')
    await unlock(FOUNDER_KEY)
    await page.getByLabel('Name of the site').fill('Nightgate')
    await page.getByRole('button', { name: 'Save settings' }).click()
    await expectWords(page, 'Saved.')
    expect(site.standIn.settings).toMatchObject({ site_title: 'Nightgate', version: 5 })
    await shoot(page, 'admin-settings-open')
    expect(await barriers(page)).toEqual([])
    const kept = await keptByBrowser(page)
    expect(kept).not.toContain(FOUNDER_KEY)
    await page.getByRole('link', { name: 'Media' }).click()
    await page.getByRole('heading', { level: 1, name: 'Media' }).waitFor()
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByLabel('Founder key').waitFor()
  })

  it('show what somebody else saved in between, and overwrite nothing unseen', async () => {
    await unlock(FOUNDER_KEY)
    await page.getByLabel('Name of the site').fill('Nightgate')
    Object.assign(site.standIn.settings, { site_title: 'Daygate', sign_up_enabled: false, version: 5 })
    await page.getByRole('button', { name: 'Save settings' }).click()
    await expectWords(page, 'Somebody else saved settings in between.')
    await expectWords(page, 'Sign-up is “off” now, as they saved it.')
    await shoot(page, 'admin-settings-conflict')
    expect(await page.getByLabel('Name of the site').inputValue()).toBe('Nightgate')
    await page.getByRole('button', { name: 'Save settings' }).click()
    await expectWords(page, 'Saved.')
    expect(site.standIn.settings).toMatchObject({ site_title: 'Nightgate', sign_up_enabled: false, version: 6 })
  })
})
