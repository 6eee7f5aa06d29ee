/**
 * Goal: a customer's whole way, from sign-up to a new password, through everything that is real. Method: two people with a
 * browser each, through the gateway over TLS, against PostgreSQL, the worker and the mail catcher; one way, in its order.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { call } from './call.ts'
import { type PlatformUnderTest, startPlatform } from './platform-under-test.ts'
import {
  enterCredentials,
  expectWords,
  linkFor,
  PART_MS_MAX,
  PASSWORD,
  type Person,
  signIn,
  somebody,
} from './person.ts'

const ROSA = 'rosa@example.test'
const SAM = 'sam@example.test'
const NEW_PASSWORD = 'nine grey doors at dawn'

vi.setConfig({ testTimeout: PART_MS_MAX, hookTimeout: PART_MS_MAX })

let platform: PlatformUnderTest
let rosa: Person
let sam: Person

beforeAll(async () => {
  platform = await startPlatform()
  rosa = await somebody(platform)
  sam = await somebody(platform)
})
afterAll(async () => {
  await platform?.stop()
})

/** A token as a program gets it, for what no page does. */
async function apiToken(email: string, password: string): Promise<string> {
  const answer = await call(platform, 'POST', '/v1/sign-in', { body: { email, password } })
  expect(answer.status).toBe(200)
  return (JSON.parse(answer.text) as { token: string }).token
}

describe('people', () => {
  it('sign up, confirm their address by mail, and sign in', async () => {
    const { page } = rosa
    await page.goto(`${platform.origin}/sign-up`)
    await page.getByLabel('Your name').fill('Rosa Maier')
    await page.getByLabel('E-mail address').fill(ROSA)
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await page.getByLabel('Name of the organisation').fill('Night Trains')
    expect(await page.getByLabel('Short name').inputValue()).toBe('night-trains')
    await page.getByRole('button', { name: 'Create account' }).click()
    await expectWords(page, 'Look into your mailbox')

    await page.getByRole('link', { name: 'Go to sign-in' }).click()
    await enterCredentials(page, ROSA, PASSWORD)
    await expectWords(page, 'Confirm your e-mail address first')

    await page.goto(await linkFor(platform, ROSA, '/verify'))
    await page.getByRole('button', { name: 'Confirm my address' }).click()
    await expectWords(page, 'Your address is confirmed')
    expect(page.url()).toBe(`${platform.origin}/verify`)
    await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click()
    await enterCredentials(page, ROSA, PASSWORD)
    await page.waitForURL(`${platform.origin}/app`)
    await expectWords(page, 'Hello, Rosa Maier')
    const cookie = (await rosa.context.cookies()).find(({ name }) => name === '__Host-session')
    expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Lax' })
  })

  it('invite somebody, who accepts and gets another role', async () => {
    await rosa.page.goto(`${platform.origin}/app/night-trains/members`)
    await rosa.page.getByLabel('E-mail address').fill(SAM)
    await rosa.page.getByRole('combobox', { name: 'Role', exact: true }).selectOption('viewer')
    await rosa.page.getByRole('button', { name: 'Send invitation' }).click()
    await expectWords(rosa.page, `${SAM} is invited.`)

    await sam.page.goto(await linkFor(platform, SAM, '/invitations/accept'))
    await sam.page.getByLabel('Your name').fill('Sam Oduya')
    await sam.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await sam.page.getByRole('button', { name: 'Join the organisation' }).click()
    await expectWords(sam.page, 'Welcome to Night Trains')
    await signIn(sam, platform.origin, SAM, PASSWORD)
    await sam.page.goto(`${platform.origin}/app/night-trains/members`)
    await expectWords(sam.page, 'You are a viewer here.')

    await rosa.page.reload()
    await rosa.page.getByLabel('Role of Sam Oduya').selectOption('admin')
    await rosa.page.getByRole('button', { name: 'Save Admin as role of Sam Oduya' }).click()
    await expectWords(rosa.page, 'Sam Oduya is admin now.')
    await sam.page.reload()
    await sam.page.getByRole('button', { name: 'Send invitation' }).waitFor()
    // Nobody but an owner touches an owner.
    expect(await sam.page.getByLabel('Role of Rosa Maier').count()).toBe(0)
  })

  it('see usage that a program recorded, once per key', async () => {
    const headers = { authorization: `Bearer ${await apiToken(ROSA, PASSWORD)}` }
    const event = { organisation: 'night-trains', meter: 'api_calls', quantity: 1234 }
    const send = async (key: string): Promise<number> => {
      const body = { ...event, idempotency_key: key }
      return (await call(platform, 'POST', '/v1/usage-events', { headers, body })).status
    }
    expect(await send('meter-1:first')).toBe(201)
    expect(await send('meter-1:first')).toBe(200)
    expect(await send('meter-1:second')).toBe(201)
    await rosa.page.goto(`${platform.origin}/app/night-trains/usage`)
    await rosa.page.getByRole('img', { name: /^API calls by day: 2,468 in all\./ }).waitFor()
    await rosa.page.getByText('The same as a table').click()
    await rosa.page.getByRole('table').getByText('2,468').waitFor()
    await sam.page.goto(`${platform.origin}/app`)
    await expectWords(sam.page, '2,468')
  })

  it('see their sessions and end the others', async () => {
    const elsewhere = await somebody(platform)
    await signIn(elsewhere, platform.origin, ROSA, PASSWORD)
    await rosa.page.goto(`${platform.origin}/app/account`)
    await rosa.page.getByText('This one').waitFor()
    await rosa.page.getByRole('button', { name: 'End all others' }).click()
    await rosa.page.getByRole('button', { name: 'End them' }).click()
    await expectWords(rosa.page, 'All other sessions have ended.')
    await elsewhere.page.getByRole('link', { name: 'Members of Night Trains' }).click()
    await expectWords(elsewhere.page, 'Your session has ended')
    await enterCredentials(elsewhere.page, ROSA, PASSWORD)
    await elsewhere.page.waitForURL(`${platform.origin}/app/night-trains/members`)
    await elsewhere.context.close()
  })

  it('reset a password that they forgot, which ends every session', async () => {
    const forgetful = await somebody(platform)
    await forgetful.page.goto(`${platform.origin}/reset`)
    await forgetful.page.getByLabel('E-mail address').fill(ROSA)
    await forgetful.page.getByRole('button', { name: 'Send me a link' }).click()
    await expectWords(forgetful.page, 'Look into your mailbox')
    await forgetful.page.goto(await linkFor(platform, ROSA, '/reset'))
    await forgetful.page.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD)
    await forgetful.page.getByRole('button', { name: 'Change the password' }).click()
    await expectWords(forgetful.page, 'Your password is changed')
    await rosa.page.getByRole('link', { name: 'Overview' }).click()
    await expectWords(rosa.page, 'Your session has ended')
    await enterCredentials(rosa.page, ROSA, PASSWORD)
    await expectWords(rosa.page, 'The address or the password is wrong.')
    await enterCredentials(rosa.page, ROSA, NEW_PASSWORD)
    await rosa.page.waitForURL(`${platform.origin}/app`)
    await forgetful.context.close()
  })

  it('had browsers that complained about nothing', () => {
    expect([...rosa.complaints, ...sam.complaints]).toEqual([])
  })
})
