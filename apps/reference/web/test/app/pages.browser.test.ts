/**
 * Goal: every page of the app is good to use for everybody. Method: the built client in a real Chromium, at phone and desktop
 * width, light and dark; axe looks for barriers, nothing may stick out sideways, each has a title, one h1 and its landmarks,
 * and none of them complains.
 */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { barriers, launchChromium, sidewaysScroll } from '../chromium.ts'
import { DESKTOP, open, PHONE, shoot, TEST_MS_MAX } from './browser.ts'
import { GOOD_TOKEN } from './stand-in/account-routes.ts'
import { idOf } from './stand-in/state.ts'
import { signIn, type Site, startSite } from './site.ts'

vi.setConfig({ testTimeout: TEST_MS_MAX, hookTimeout: TEST_MS_MAX })

let browser: Browser
let site: Site

beforeAll(async () => {
  site = await startSite()
  browser = await launchChromium()
})
afterAll(async () => {
  await browser?.close()
  await site?.close()
})
beforeEach(() => site.standIn.reset())

const OUTSIDE = [
  ['sign-in', '/sign-in', 'Sign in'],
  ['sign-in-ended', '/sign-in?ended=1&return=%2Fapp', 'Sign in'],
  ['sign-up', '/sign-up', 'Create your account'],
  ['verify', `/verify#token=${GOOD_TOKEN}`, 'Confirm your address'],
  ['verify-incomplete', '/verify', 'This link is not complete'],
  ['reset', '/reset', 'Reset your password'],
  ['reset-confirm', `/reset#token=${GOOD_TOKEN}`, 'Choose a new password'],
  ['accept', `/invitations/accept#token=${GOOD_TOKEN}`, 'Accept the invitation'],
  ['accept-incomplete', '/invitations/accept', 'This link is not complete'],
] as const
const INSIDE = [
  ['overview', '/app', 'Hello, Mara Lindqvist'],
  ['members', '/app/acme/members', 'Members of Acme Rail'],
  ['members-read-only', '/app/night-lab/members', 'Members of Night Lab'],
  ['usage', '/app/acme/usage', 'Usage of Acme Rail'],
  ['usage-hours', '/app/acme/usage?range=24h', 'Usage of Acme Rail'],
  ['usage-custom', '/app/acme/usage?range=custom&from=2026-10-01&to=2026-10-31&period=day', 'Usage of Acme Rail'],
  ['usage-empty', '/app/night-lab/usage', 'Usage of Night Lab'],
  ['account', '/app/account', 'Your account'],
  ['admin-content', '/admin/content', 'Content'],
  ['admin-entry', `/admin/content/${idOf('post/late-events')}`, 'Edit: Late events are marked now'],
  ['admin-media', '/admin/media', 'Media'],
  ['admin-settings', '/admin/settings', 'Settings'],
  ['missing', '/app/nowhere/usage', 'Usage of nowhere'],
] as const

const LOOKS = [
  { name: 'phone-light', viewport: PHONE, colorScheme: 'light' },
  { name: 'phone-dark', viewport: PHONE, colorScheme: 'dark' },
  { name: 'desktop-light', viewport: DESKTOP, colorScheme: 'light' },
  { name: 'desktop-dark', viewport: DESKTOP, colorScheme: 'dark' },
] as const

describe.each(LOOKS)('$name', (look) => {
  it('shows every page without barriers', async () => {
    const { context, page, complaints } = await open(browser, look)
    try {
      const visit = async ([name, path, title]: readonly [string, string, string]): Promise<void> => {
        await page.goto(`${site.origin}${path}`)
        await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor()
        await page.waitForFunction(() => document.querySelector('.skeleton, main[aria-busy="true"]') === null)
        await shoot(page, `${name}.${look.name}`)
        expect({ name, barriers: await barriers(page) }).toEqual({ name, barriers: [] })
        expect({ name, overhang: await sidewaysScroll(page) }).toEqual({ name, overhang: 0 })
        expect(await page.title()).toBe(`${title} · Greengate`)
        expect(await page.locator('h1').count()).toBe(1)
        expect(await page.locator('main, header, footer').count()).toBeGreaterThanOrEqual(3)
        expect(complaints).toEqual([])
      }
      for (const one of OUTSIDE) await visit(one)
      await signIn(page, site.origin)
      for (const one of INSIDE) await visit(one)
    } finally {
      await context.close()
    }
  })
})
