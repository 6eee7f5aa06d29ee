import type { BrowserContext, Page } from 'playwright-core'
import { expect } from 'vitest'
import { OWNER_EMAIL } from '../../src/start/services.ts'
import type { PlatformUnderTest } from './platform-under-test.ts'

export const PASSWORD = 'seven green gates at dusk'
/** How long a mail may take from the outbox to the mailbox on a busy machine. */
const MAIL_MS_MAX = 60_000
const WAIT_MS_MAX = 60_000
/** For one part of a way, which has many steps. */
export const PART_MS_MAX = 240_000

/** Somebody with a browser of their own. */
export interface Person {
  readonly context: BrowserContext
  readonly page: Page
  /** What their browser complained about. */
  readonly complaints: string[]
}

export async function somebody({ browser }: PlatformUnderTest): Promise<Person> {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Berlin', reducedMotion: 'reduce' })
  // The whole platform and a browser share the machine with other tests.
  context.setDefaultTimeout(WAIT_MS_MAX)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    // What a server refuses is part of the story; the browser notes each.
    const expected = /Failed to load resource: the server responded with a status of/.test(message.text())
    if (message.type() === 'error' && !expected) complaints.push(message.text())
  })
  return { context, page, complaints }
}

export async function expectWords(page: Page, words: string | RegExp): Promise<void> {
  await page.getByText(words).first().waitFor()
}

/** Fills in the form that is there. */
export async function enterCredentials(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

export async function signIn({ page }: Person, origin: string, email: string, password: string): Promise<void> {
  await page.goto(`${origin}/sign-in`)
  await enterCredentials(page, email, password)
  await page.waitForURL(`${origin}/app`)
}

/** The owner of the organisation that runs the platform: there before anybody else. */
export async function signInAsOwner(person: Person, platform: PlatformUnderTest): Promise<void> {
  await signIn(person, platform.origin, OWNER_EMAIL, platform.facts.secrets.seedPassword)
}

interface Mail {
  readonly subject: string
  readonly text: string
}

async function mailsTo({ facts }: PlatformUnderTest, address: string): Promise<readonly Mail[]> {
  const query = new URLSearchParams({ to: address })
  const answer = await fetch(`http://127.0.0.1:${facts.options.ports.mail}/emails?${query.toString()}`)
  return ((await answer.json()) as { data: Mail[] }).data
}

/** The link to a page in the newest mail to somebody that has one. Waits for the mail. */
export async function linkFor(platform: PlatformUnderTest, address: string, path: string): Promise<string> {
  let link = ''
  const pattern = new RegExp(`${platform.origin}${path}#token=[\\w.~%-]+`)
  await expect
    .poll(
      async () => {
        const mails = await mailsTo(platform, address)
        link = mails.map(({ text }) => pattern.exec(text)?.[0] ?? '').find((one) => one !== '') ?? ''
        return link
      },
      { timeout: MAIL_MS_MAX, interval: 100 },
    )
    .not.toBe('')
  return link
}
