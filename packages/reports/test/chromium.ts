import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
]

/** The browser on this machine. @throws Error with the one command that installs it. */
export function chromiumPath(env: Readonly<Record<string, string | undefined>>, places = PLACES): string {
  const found = [env['CHROMIUM_PATH'] ?? '', ...places].find((path) => path !== '' && existsSync(path))
  if (found === undefined) {
    throw new Error('There is no Chromium here. Install it: apt-get install chromium  (or name one in CHROMIUM_PATH)')
  }
  return found
}

/** A browser with an empty profile of its own, which speaks to nobody by itself. The caller closes it. */
export async function launchChromium(): Promise<Browser> {
  return await chromium.launch({
    executablePath: chromiumPath(process.env),
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
