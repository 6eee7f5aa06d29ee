import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { isFree, LISTENERS, type Ports } from './ports.ts'
import { SystemError } from './system-folder.ts'

/** Status of an answer, 0 for none. @param ca PEM to believe instead of the usual authorities */
export function statusOf(url: string, ca?: string): Promise<number> {
  return new Promise((resolve) => {
    const options = { timeout: 2_000, agent: false as const }
    const request = url.startsWith('https:')
      ? httpsRequest(url, { ...options, ...(ca === undefined ? {} : { ca }) })
      : httpRequest(url, options)
    request.once('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.once('timeout', () => request.destroy())
    request.once('error', () => resolve(0))
    request.end()
  })
}

const READY_MS_MAX = 60_000
const RETRY_MS = 50

/**
 * Asks until the answer is 200.
 * @param stopped says why nobody needs to wait any more, null to go on
 * @throws SystemError `not_ready`
 */
export async function untilReady(name: string, url: string, stopped: () => string | null, ca?: string): Promise<void> {
  const deadlineMs = performance.now() + READY_MS_MAX
  for (;;) {
    const status = await statusOf(url, ca)
    if (status === 200) return
    const why = stopped() ?? (performance.now() > deadlineMs ? `it answers ${status || 'nothing'} at ${url}` : null)
    if (why !== null) throw new SystemError('not_ready', `${name} did not become ready: ${why}`)
    await sleep(RETRY_MS)
  }
}

/** @throws SystemError `not_startable` with every port that somebody else has */
export async function requireFreePorts(ports: Ports, without: readonly string[]): Promise<void> {
  const taken: string[] = []
  for (const name of LISTENERS)
    if (!without.includes(name) && !(await isFree(ports[name]))) taken.push(`${ports[name]} (${name})`)
  if (taken.length > 0)
    throw new SystemError('not_startable', `in use by another program: ${taken.join(', ')}; --port-base chooses others`)
}
