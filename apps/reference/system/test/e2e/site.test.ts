/**
 * Goal: what an editor publishes is what readers see, also when the content service is gone; and the founder's settings are
 * those of the site. Method: an editor and a reader with a browser each, through the gateway over TLS, against PostgreSQL and
 * the object store; the content service is killed at the end. One way, in its order.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { encodePng } from '../../src/seed/png.ts'
import { statusOf } from '../../src/start/readiness.ts'
import { call } from './call.ts'
import { expectWords, PART_MS_MAX, type Person, signInAsOwner, somebody } from './person.ts'
import { type PlatformUnderTest, startPlatform } from './platform-under-test.ts'

const PICTURE = { width: 96, height: 54 }
const picture = encodePng(PICTURE.width, PICTURE.height, Buffer.alloc(PICTURE.width * PICTURE.height * 3, 0x5a))

vi.setConfig({ testTimeout: PART_MS_MAX, hookTimeout: PART_MS_MAX })

let platform: PlatformUnderTest
let editor: Person
let reader: Person

beforeAll(async () => {
  platform = await startPlatform()
  editor = await somebody(platform)
  reader = await somebody(platform)
  await signInAsOwner(editor, platform)
})
afterAll(async () => {
  await platform?.stop()
})

/** The public page of the post, as somebody sees it who has never been there. */
async function expectPost(summary: string): Promise<void> {
  const { page } = reader
  const answer = await page.goto(`${platform.origin}/posts/night-trains`)
  expect(answer?.status()).toBe(200)
  await page.getByRole('heading', { level: 1, name: 'Night trains run on time' }).waitFor()
  await expectWords(page, summary)
  const image = page.getByRole('img', { name: 'A grey morning' })
  const path = new URL((await image.getAttribute('src')) ?? '', platform.origin).pathname
  expect(path).toMatch(/^\/media\/posts\/[\w-]+\.png$/)
  expect((await call(platform, 'GET', path)).status).toBe(200)
  await expect
    .poll(() => image.evaluate((one) => (one as unknown as { naturalWidth: number }).naturalWidth), { timeout: 30_000 })
    .toBe(PICTURE.width)
}

describe('an editor', () => {
  it('writes, uploads a picture, and publishes; readers see it', async () => {
    const { page } = editor
    await page.goto(`${platform.origin}/admin/content`)
    await page.getByRole('button', { name: 'New entry' }).first().click()
    await page.getByLabel('Title').fill('Night trains run on time')
    await page.getByLabel('Address').fill('night-trains')
    await page.getByRole('button', { name: 'Create draft' }).click()
    await page.getByLabel('Summary').fill('All of them, all week.')
    await page
      .getByRole('textbox', { name: 'Text' })
      .fill('## Why\n\nBecause **somebody** looked.\n\n<script>1</script>')

    await page.getByRole('button', { name: 'Choose a picture or video' }).click()
    const file = { name: 'morning.png', mimeType: 'image/png', buffer: picture }
    await page.getByRole('dialog').getByLabel('File').setInputFiles(file)
    await page.getByRole('dialog').getByRole('button', { name: 'Upload' }).click()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    await page.getByText('morning.png').waitFor()
    await page.getByLabel('Description of the picture').fill('A grey morning')
    await page.getByRole('button', { name: 'Save and preview' }).click()
    const preview = page.getByRole('article')
    await preview.getByRole('heading', { name: 'Why' }).waitFor()
    expect(await preview.locator('script').count()).toBe(0)
    await page.getByRole('button', { name: 'Publish now' }).click()
    await expectWords(page, 'Published. Readers see it.')
    await expectPost('All of them, all week.')
  })

  it('finds the picture in the library, verified and in use', async () => {
    const { page } = editor
    await page.goto(`${platform.origin}/admin/media`)
    await expectWords(page, new RegExp(`${PICTURE.width}\\s×\\s${PICTURE.height}`))
    await page.getByRole('button', { name: 'Delete morning.png' }).click()
    await page.getByRole('button', { name: 'Delete for good' }).click()
    await expectWords(page, 'An entry, or an earlier version of one, shows it.')
    await page
      .getByLabel('File')
      .setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: Buffer.from('no picture') })
    await page.getByRole('button', { name: 'Upload' }).click()
    await expectWords(page, 'Rejected, and nothing was kept')
  })

  it('meets somebody who saved first, and loses nothing', async () => {
    const colleague = await somebody(platform)
    await signInAsOwner(colleague, platform)
    for (const { page } of [editor, colleague]) {
      await page.goto(`${platform.origin}/admin/content`)
      await page.getByRole('link', { name: 'Night trains run on time' }).click()
      await page.getByLabel('Summary').waitFor()
    }
    await colleague.page.getByLabel('Summary').fill('All of them, all month.')
    await colleague.page.getByRole('button', { name: 'Save draft' }).click()
    await expectWords(colleague.page, /^Saved as version/)
    await editor.page.getByLabel('Summary').fill('All of them, all year.')
    await editor.page.getByRole('button', { name: 'Save draft' }).click()
    await expectWords(editor.page, 'Somebody else saved this entry')
    await expectWords(editor.page, 'All of them, all month.')
    await editor.page.getByRole('button', { name: 'Go on with what is chosen' }).click()
    await editor.page.getByRole('button', { name: 'Save and publish now' }).click()
    await expectWords(editor.page, 'Published. Readers see it.')
    await colleague.context.close()
    await expect
      .poll(async () => (await call(platform, 'GET', '/posts/night-trains')).text, {
        timeout: 30_000,
      })
      .toContain('All of them, all year.')
  })
})

describe('the founder', () => {
  it('changes settings with the key, and the site is called otherwise', async () => {
    const { page } = editor
    await page.goto(`${platform.origin}/admin/settings`)
    await page.getByLabel('Founder key').fill(`fk_${'x'.repeat(43)}`)
    await page.getByRole('button', { name: 'Open settings' }).click()
    await expectWords(page, 'This is not the founder key')
    await page.getByLabel('Founder key').fill(platform.founderKey)
    await page.getByRole('button', { name: 'Open settings' }).click()
    await page.getByLabel('Name of the site').fill('Nightgate')
    await page.getByRole('button', { name: 'Save settings' }).click()
    await expectWords(page, 'Saved.')
    await expect.poll(async () => (await call(platform, 'GET', '/')).text, { timeout: 90_000 }).toContain('Nightgate')
  })
})

describe('readers', () => {
  it('still see the post when the content service is killed', async () => {
    await expectPost('All of them, all year.')
    const { pid } = platform.content
    // Asked to stop first, so that nobody starts it again; then killed before it can say goodbye.
    const stopped = platform.content.stop()
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
    await stopped
    expect(await statusOf(`http://127.0.0.1:${platform.facts.options.ports.content}/health`)).toBe(0)
    await expectPost('All of them, all year.')
    await editor.page.goto(`${platform.origin}/admin/content`)
    await expectWords(editor.page, "The entries can't be shown right now")
    await expectWords(editor.page, 'Readers still see what is published.')
  })

  it('and editors had browsers that complained about nothing', () => {
    expect([...editor.complaints, ...reader.complaints]).toEqual([])
  })
})
