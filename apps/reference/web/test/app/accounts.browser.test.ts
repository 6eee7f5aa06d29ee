/**
 * Goal: accounts work by keyboard and for screen readers, mistakes are tied to their fields, tokens and passwords stay where
 * they belong, and a session that ends in the middle costs nobody their place. Method: the built client in Chromium against
 * the stand-in of the API.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { barriers, launchChromium } from '../chromium.ts'
import { open, shoot, TEST_MS_MAX } from './browser.ts'
import { focused, keptByBrowser, expectWords, tabTo } from './expectations.ts'
import { GOOD_TOKEN } from './stand-in/account-routes.ts'
import { Refusal } from './stand-in/exchange.ts'
import { OWNER, PASSWORD } from './stand-in/state.ts'
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

describe('signing in', () => {
  it('works by keyboard alone, and the focus goes to the title of the next page', async () => {
    await page.goto(`${site.origin}/sign-in`)
    await tabTo(page, 'E-mail address')
    await page.keyboard.type(OWNER)
    await tabTo(page, 'Password')
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press('Enter')
    await page.waitForURL(`${site.origin}/app`)
    await expectWords(page, 'Acme Rail')
    expect(await focused(page)).toContain('Hello')
  })

  it('says what is missing in a summary that has the focus, with a link to each field', async () => {
    await page.goto(`${site.origin}/sign-in`)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expectWords(page, 'Please check what is marked below.')
    expect(await focused(page)).toContain('Please check')
    const field = page.getByLabel('E-mail address')
    expect(await field.getAttribute('aria-invalid')).toBe('true')
    const described = (await field.getAttribute('aria-describedby')) ?? ''
    expect(await page.locator(`[id="${described}"]`).textContent()).toContain('Enter an e-mail address')
    await page.getByRole('link', { name: /^E-mail address: / }).click()
    expect(await focused(page)).toBe('E-mail address')
    expect(await barriers(page)).toEqual([])
    await shoot(page, 'sign-in-problems')
  })

  it.each([
    ['nobody@acme.test', PASSWORD, 'The address or the password is wrong.'],
    [OWNER, 'something else', 'The address or the password is wrong.'],
    ['locked@acme.test', PASSWORD, 'There were too many attempts. Try again in 30 seconds.'],
    ['new@acme.test', PASSWORD, 'Confirm your e-mail address first'],
  ])('answers %s with words', async (email, password, words) => {
    await page.goto(`${site.origin}/sign-in`)
    await page.getByLabel('E-mail address').fill(email)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expectWords(page, words)
    expect(await page.getByLabel('E-mail address').inputValue()).toBe(email)
    if (email === 'new@acme.test') {
      await page.getByRole('button', { name: 'Send the link again' }).click()
      await expectWords(page, 'Sent again')
    }
  })

  it('explains that it does not work right now, and keeps what was typed', async () => {
    site.standIn.faults.set('POST /session', new Refusal(503, 'upstream_unavailable', 'A part of us is away.'))
    await page.goto(`${site.origin}/sign-in`)
    await page.getByLabel('E-mail address').fill(OWNER)
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expectWords(page, 'Signing in does not work right now.')
    await expectWords(page, 'Request stand-in-1')
    site.standIn.faults.clear()
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(`${site.origin}/app`)
  })

  it('follows only addresses of this site afterwards', async () => {
    await page.goto(`${site.origin}/sign-in?return=${encodeURIComponent('https://elsewhere.test/app')}`)
    await page.getByLabel('E-mail address').fill(OWNER)
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(/\/app$/)
    expect(new URL(page.url()).origin).toBe(site.origin)
  })
})

describe('a session that ends in the middle', () => {
  it('leads to sign-in and back to the same place', async () => {
    await signIn(page, site.origin)
    await page.getByRole('link', { name: 'Usage of Acme Rail' }).click()
    await page.getByLabel('Time', { exact: true }).selectOption('12m')
    await page.getByRole('button', { name: 'Show usage' }).click()
    await page.waitForURL(/range=12m/)
    await page
      .getByRole('img', { name: /by month/ })
      .first()
      .waitFor()
    site.standIn.state.cookies.clear()
    await page.getByRole('link', { name: 'Members' }).click()
    await expectWords(page, 'Your session has ended')
    await page.getByLabel('E-mail address').fill(OWNER)
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(`${site.origin}/app/acme/members`)
    await expectWords(page, 'vic@acme.test')
  })

  it('sends a stranger to sign-in, with the whole address', async () => {
    await page.goto(`${site.origin}/app/acme/usage?range=7d`)
    await page.waitForURL(/\/sign-in\?return=%2Fapp%2Facme%2Fusage%3Frange%3D7d$/)
    expect(await page.getByText('Your session has ended').count()).toBe(0)
  })
})

describe('links from mails', () => {
  it('confirm an address by a press, and leave no token in the address', async () => {
    await page.goto(`${site.origin}/verify#token=${GOOD_TOKEN}`)
    await page.getByRole('heading', { level: 1, name: 'Confirm your address' }).waitFor()
    expect(site.standIn.seen).not.toContain('POST /v1/email-verifications/confirm')
    expect(page.url()).toBe(`${site.origin}/verify`)
    await page.getByRole('button', { name: 'Confirm my address' }).click()
    await expectWords(page, 'Your address is confirmed')
    expect(await focused(page)).toBe('Your address is confirmed')
  })

  it('that are used up say so, and offer a new one', async () => {
    await page.goto(`${site.origin}/reset#token=gr_used-up-token-0123456789`)
    await page.getByLabel('New password', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Change the password' }).click()
    await expectWords(page, 'This link was used already')
    await page.getByRole('button', { name: 'Ask for a new one' }).click()
    await page.getByLabel('E-mail address').fill(OWNER)
    await page.getByRole('button', { name: 'Send me a link' }).click()
    await expectWords(page, 'Look into your mailbox')
  })

  it('lead from an invitation to signing in', async () => {
    await page.goto(`${site.origin}/invitations/accept#token=${GOOD_TOKEN}`)
    await page.getByLabel('Your name').fill('Noor')
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Join the organisation' }).click()
    await expectWords(page, 'Welcome to Acme Rail')
  })
})

describe('signing up', () => {
  it('proposes a short name, ties the refusal to its field, and ends at the mailbox', async () => {
    await page.goto(`${site.origin}/sign-up`)
    await page.getByLabel('Your name').fill('Rosa')
    await page.getByLabel('E-mail address').fill('rosa@new.test')
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByLabel('Name of the organisation').fill('Acme')
    expect(await page.getByLabel('Short name').inputValue()).toBe('acme')
    await page.getByRole('button', { name: 'Create account' }).click()
    await expectWords(page, 'This short name is taken.')
    expect(await page.getByLabel('Short name').getAttribute('aria-invalid')).toBe('true')
    // The summary calls the field as the page does, not as the server does.
    expect(await page.getByRole('alert').getByRole('link').innerText()).toMatch(/^Short name: /)
    await page.getByLabel('Short name').fill('rosa-works')
    await page.getByRole('button', { name: 'Create account' }).click()
    await expectWords(page, 'Look into your mailbox')
    await shoot(page, 'sign-up-sent')
  })
})

describe('the account', () => {
  it('shows sessions, ends one and all others, and signs out', async () => {
    await signIn(page, site.origin)
    await page.goto(`${site.origin}/app/account`)
    await page.getByRole('button', { name: /^End the session of Safari on iPhone/ }).click()
    await expectWords(page, 'The session of Safari on iPhone has ended.')
    await page.getByRole('button', { name: 'End all others' }).click()
    const dialog = page.getByRole('dialog', { name: 'End all other sessions?' })
    await dialog.waitFor()
    expect(await focused(page)).toBe('Cancel')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'End all others' }).click()
    await dialog.getByRole('button', { name: 'End them' }).click()
    await expectWords(page, 'All other sessions have ended.')
    expect(site.standIn.state.sessions).toHaveLength(1)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(`${site.origin}/`)
    expect(site.standIn.state.sessions).toHaveLength(0)
  })

  it('changes the password, and keeps none of it', async () => {
    await signIn(page, site.origin)
    await page.goto(`${site.origin}/app/account`)
    await page.getByLabel('Current password', { exact: true }).fill('not the right one')
    await page.getByLabel('New password', { exact: true }).fill('another long pass phrase')
    await page.getByRole('button', { name: 'Change password' }).click()
    await expectWords(page, 'This is not your current password.')
    await page.getByLabel('Current password', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Change password' }).click()
    await expectWords(page, 'Your password is changed.')
    expect(await page.getByLabel('New password', { exact: true }).inputValue()).toBe('')
    const kept = await keptByBrowser(page)
    expect(kept).not.toContain('pass phrase')
  })
})
