/**
 * Goal: members, invitations and usage can be read and changed by who may, others are told why not, and a part that does not
 * answer is explained in words. Method: the built client in Chromium against the stand-in of the API.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { barriers, launchChromium } from '../chromium.ts'
import { open, shoot, TEST_MS_MAX } from './browser.ts'
import { focused, expectWords } from './expectations.ts'
import { Refusal } from './stand-in/exchange.ts'
import { idOf, VIEWER } from './stand-in/state.ts'
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
})
afterEach(async () => {
  await context.close()
  if (complaints.length > 0) throw new Error(`the page complained: ${complaints.join('; ')}`)
})

const away = new Refusal(503, 'database_unavailable', 'The database does not answer.')
const roleOf = (email: string): string | undefined =>
  site.standIn.state.organisations[0]?.members.find(({ person }) => person === idOf(email))?.role

describe('members', () => {
  it('come a page at a time', async () => {
    await signIn(page, site.origin)
    await page.goto(`${site.origin}/app/acme/members`)
    await expectWords(page, '25 shown.')
    await page.getByRole('button', { name: 'Show more members' }).click()
    await expectWords(page, '50 shown.')
    await page.getByRole('button', { name: 'Show more members' }).click()
    await expectWords(page, 'That is everybody: 60.')
  })

  it('get another role only when it is saved', async () => {
    await signIn(page, site.origin)
    await page.goto(`${site.origin}/app/acme/members`)
    await page.getByLabel('Role of Vic Adeyemi').selectOption('admin')
    expect(roleOf(VIEWER)).toBe('viewer')
    await page.getByRole('button', { name: 'Save Admin as role of Vic Adeyemi' }).click()
    await expectWords(page, 'Vic Adeyemi is admin now.')
    expect(roleOf(VIEWER)).toBe('admin')
  })

  it('always keep an owner', async () => {
    await signIn(page, site.origin)
    await page.goto(`${site.origin}/app/acme/members`)
    await page.getByLabel('Role of Mara Lindqvist').selectOption('viewer')
    await page.getByRole('button', { name: 'Save Viewer as role of Mara Lindqvist' }).click()
    await expectWords(page, 'An organisation needs an owner.')
    expect(await barriers(page)).toEqual([])
  })

  it('are removed after a question, by keyboard', async () => {
    await signIn(page, site.origin)
    await page.goto(`${site.origin}/app/acme/members`)
    await page.getByRole('button', { name: 'Remove Vic Adeyemi' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Remove this member?' }).waitFor()
    await shoot(page, 'members-remove')
    expect(await barriers(page)).toEqual([])
    expect(await focused(page)).toBe('Cancel')
    await page.keyboard.press('Tab')
    expect(await focused(page)).toBe('Remove')
    await page.keyboard.press('Enter')
    await expectWords(page, 'Vic Adeyemi is no member any more.')
    expect(roleOf(VIEWER)).toBeUndefined()
  })

  it('are invited, and invitations are taken back', async () => {
    await signIn(page, site.origin)
    await page.goto(`${site.origin}/app/acme/members`)
    await page.getByLabel('E-mail address').fill('nobody')
    await page.getByRole('button', { name: 'Send invitation' }).click()
    await expectWords(page, 'Please check what is marked below.')
    await page.getByLabel('E-mail address').fill('lin@partner.test')
    await page.getByRole('combobox', { name: 'Role', exact: true }).selectOption('admin')
    await page.getByRole('button', { name: 'Send invitation' }).click()
    await expectWords(page, 'lin@partner.test is invited.')
    await page.getByRole('button', { name: 'Take back the invitation of noor@partner.test' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click()
    await expectWords(page, 'The invitation of noor@partner.test is taken back.')
    expect(site.standIn.state.organisations[0]?.invitations.map(({ email }) => email)).toEqual(['lin@partner.test'])
  })

  it('offer nothing to who may not change them, and say why', async () => {
    await signIn(page, site.origin, VIEWER)
    await page.goto(`${site.origin}/app/acme/members`)
    await expectWords(page, 'You are a viewer here.')
    expect(await page.getByRole('button', { name: /^(?:Remove|Save|Send)/ }).count()).toBe(0)
    expect(site.standIn.seen).not.toContain('GET /v1/organisations/:slug/invitations')
  })
})

describe('usage', () => {
  it('is a chart with words, and the same as a table', async () => {
    await signIn(page, site.origin)
    await page.goto(`${site.origin}/app/acme/usage`)
    const chart = page.getByRole('img', { name: /^API calls by day: .* in all\. Most in / })
    await chart.waitFor()
    await page
      .getByText(/^The same as a table: API calls|The same as a table/)
      .first()
      .click()
    const table = page.getByRole('table', { name: /^API calls, by day/ })
    await table.waitFor()
    expect(await table.getByRole('row').count()).toBeGreaterThan(10)
    await expectWords(page, /events? came late/)
    expect(await barriers(page)).toEqual([])
    await shoot(page, 'usage-table')
  })

  it('of days of one’s own is checked before it is asked for', async () => {
    await signIn(page, site.origin)
    await page.goto(`${site.origin}/app/acme/usage`)
    await page.getByLabel('Time', { exact: true }).selectOption('custom')
    await page.getByLabel('First day').fill('2026-01-01')
    await page.getByLabel('Last day').fill('2026-11-01')
    await page.getByLabel('By', { exact: true }).selectOption('hour')
    await page.getByRole('button', { name: 'Show usage' }).click()
    await expectWords(page, 'By hour, at most 31 days can be shown.')
    await page.getByLabel('By', { exact: true }).selectOption('month')
    await page.getByRole('button', { name: 'Show usage' }).click()
    await page.waitForURL(/range=custom&from=2026-01-01&to=2026-11-01&period=month/)
    await page
      .getByRole('img', { name: /by month/ })
      .first()
      .waitFor()
    await page.goBack()
    await page
      .getByRole('img', { name: /by day/ })
      .first()
      .waitFor()
  })
})

describe('a part that does not answer', () => {
  it('is explained where it is missing, and can be tried again', async () => {
    site.standIn.faults.set('GET /v1/usage', away)
    await signIn(page, site.origin)
    await expectWords(page, "Usage can't be shown right now")
    await expectWords(page, '2 organisations')
    await page.getByRole('link', { name: 'Usage of Acme Rail' }).click()
    await expectWords(page, "The usage can't be shown right now")
    await shoot(page, 'usage-away')
    expect(await barriers(page)).toEqual([])
    site.standIn.faults.clear()
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('img', { name: /^API calls/ }).waitFor()
  })

  it('says that it loads, in words', async () => {
    await signIn(page, site.origin)
    let letGo = (): void => undefined
    site.standIn.held.set('GET /v1/usage', new Promise<void>((resolve) => (letGo = resolve)))
    await page.getByRole('link', { name: 'Usage of Acme Rail' }).click()
    await expectWords(page, 'The usage: loading…')
    await shoot(page, 'usage-loading')
    letGo()
    await page.getByRole('img', { name: /^API calls/ }).waitFor()
  })

  it('keeps what was there when only a change fails', async () => {
    await signIn(page, site.origin)
    await page.goto(`${site.origin}/app/acme/members`)
    await page.getByLabel('Role of Vic Adeyemi').selectOption('admin')
    site.standIn.faults.set('PATCH /v1/organisations/:slug/members/:user', away)
    await page.getByRole('button', { name: 'Save Admin as role of Vic Adeyemi' }).click()
    await expectWords(page, 'That was not done')
    expect(await page.getByLabel('Role of Vic Adeyemi').inputValue()).toBe('admin')
    expect(roleOf(VIEWER)).toBe('viewer')
  })
})
