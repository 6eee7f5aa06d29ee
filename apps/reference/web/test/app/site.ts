import type { Page } from 'playwright-core'
import { type Front, type RunningWeb, startFront, startWebServer } from '../site.ts'
import { OWNER, PASSWORD } from './stand-in/state.ts'
import { type StandIn, startStandIn } from './stand-in/server.ts'

/** The built client, served by the web server, behind one origin with the stand-in. */
export interface Site {
  readonly origin: string
  readonly standIn: StandIn
  close(): Promise<void>
}

export async function startSite(): Promise<Site> {
  const standIn = await startStandIn()
  let web: RunningWeb | null = null
  let front: Front | null = null
  const close = async (): Promise<void> => {
    await front?.close()
    await web?.stop()
    await standIn.close()
  }
  try {
    const started = await startWebServer(standIn.origin)
    web = started
    front = await startFront(() => started.origin, standIn.origin)
    return { origin: front.origin, standIn, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Signs in by the form, as a person does. */
export async function signIn(page: Page, origin: string, email = OWNER, password = PASSWORD): Promise<void> {
  await page.goto(`${origin}/sign-in`)
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(`${origin}/app`)
}
