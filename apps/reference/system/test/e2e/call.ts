import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import type { PlatformUnderTest } from './platform-under-test.ts'

const WAIT_MS_MAX = 60_000

/** A request of a program through the gateway, which believes the platform's authority and nobody else. */
export function call(
  { origin, facts }: PlatformUnderTest,
  method: string,
  path: string,
  options: { readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown } = {},
): Promise<{ readonly status: number; readonly text: string }> {
  const payload = options.body === undefined ? undefined : JSON.stringify(options.body)
  return new Promise((resolve, reject) => {
    const sent = request(
      `${origin}${path}`,
      {
        method,
        agent: false,
        timeout: WAIT_MS_MAX,
        headers: { ...(payload === undefined ? {} : { 'content-type': 'application/json' }), ...options.headers },
        ...(facts.certificate === null ? {} : { ca: readFileSync(facts.certificate.caFile) }),
      },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (part: string) => (text += part))
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0, text }))
        answer.once('error', reject)
      },
    )
    sent.once('timeout', () => sent.destroy(new Error(`${method} ${path} was not answered in time`)))
    sent.once('error', reject)
    sent.end(payload)
  })
}
