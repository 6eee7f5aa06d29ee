import { createHash, X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { SupervisedProcess } from '../../src/start/child-process.ts'
import { freePortsInARow, portsFrom } from '../../src/start/ports.ts'
import { untilReady } from '../../src/start/readiness.ts'
import { programOf, publicUrl, type SystemFacts } from '../../src/start/services.ts'
import { System } from '../../src/start/start-system.ts'
import { temporaryFolder } from '../../src/start/system-folder.ts'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The whole platform in a folder of its own, and a browser that believes its certificate and no other. */
export interface PlatformUnderTest {
  readonly origin: string
  readonly facts: SystemFacts
  readonly browser: Browser
  readonly founderKey: string
  /** The content service is started by the test, which may kill it. */
  readonly content: SupervisedProcess
  stop(): Promise<void>
}

/** By the key of the certificate: nothing else that is wrong with TLS is overlooked. */
function believing(certFile: string): string {
  const key = new X509Certificate(readFileSync(certFile)).publicKey.export({ type: 'spki', format: 'der' })
  return `--ignore-certificate-errors-spki-list=${createHash('sha256').update(key).digest('base64')}`
}

async function launchBrowser(certFile: string): Promise<Browser> {
  const executablePath = [process.env['CHROMIUM_PATH'] ?? '', ...CHROMIUM].find(
    (path) => path !== '' && existsSync(path),
  )
  if (executablePath === undefined) throw new Error('There is no Chromium here. Install it: apt-get install chromium')
  return await chromium.launch({
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      believing(certFile),
    ],
  })
}

/** Starts everything but what is seeded: a platform on its first day, with one owner. The caller stops it. */
export async function startPlatform(): Promise<PlatformUnderTest> {
  const endings: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const end of endings.splice(0).toReversed()) await end()
  }
  try {
    const folder = temporaryFolder()
    endings.push(() => rm(folder, { recursive: true, force: true }))
    const options = {
      folder,
      ports: portsFrom(await freePortsInARow(Math.random)),
      tls: true,
      without: ['content'],
      serversOnly: false,
    } as const
    const failures: string[] = []
    const system = new System(options, { onProgress: () => {}, onFailure: (reason) => failures.push(reason) })
    endings.push(() => system.stop())
    const facts = await system.start()
    if (facts.certificate === null) throw new Error('the gateway has no certificate')
    const content = new SupervisedProcess(programOf(facts, 'content'), {
      onRestart: () => {},
      onGivenUp: (name) => failures.push(name),
    })
    content.start()
    endings.push(() => content.stop())
    await untilReady('content', `http://127.0.0.1:${options.ports.content}/ready`, () => failures[0] ?? null)
    const browser = await launchBrowser(facts.certificate.certFile)
    endings.push(() => browser.close())
    const founderKey = readFileSync(join(folder, 'founder-key'), 'utf8').trim()
    return { origin: publicUrl(options), facts, browser, founderKey, content, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
