import { request as httpRequest } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import { type Answer, problemOf } from './assertion.ts'
import { filledIn, type SmokeCollection, type SmokeRequest } from './collection.ts'

export interface SmokeOptions {
  /** Where the gateway is, without a slash at the end. */
  readonly baseUrl: string
  /** PEM of the authority that the certificate is signed by; default: those that Node knows. */
  readonly ca?: string
  /** On top of the collection's own. */
  readonly variables?: Readonly<Record<string, string>>
  /** For one answer; milliseconds. Default 10,000. */
  readonly timeoutMs?: number
  /** Hears of each request when it is over. */
  readonly onResult?: (result: SmokeResult) => void
}

export interface SmokeResult {
  readonly folder: string
  readonly name: string
  readonly outcome: 'passed' | 'failed' | 'left out'
  /** What was wrong; empty unless it failed. */
  readonly problems: readonly string[]
}

const BODY_BYTES_MAX = 4 * 1024 * 1024

interface Session {
  readonly variables: Map<string, string>
  readonly cookies: Map<string, string>
  readonly agent: Agent | undefined
  readonly timeoutMs: number
}

/** Sends all requests of a collection, one after the other, and looks at the answers. Never rejects for what was answered. */
export async function runCollection(
  collection: SmokeCollection,
  options: SmokeOptions,
): Promise<readonly SmokeResult[]> {
  const { baseUrl, ca, timeoutMs = 10_000, onResult } = options
  const agent = baseUrl.startsWith('https:') ? new Agent({ keepAlive: false, ...(ca ? { ca } : {}) }) : undefined
  const variables = new Map(Object.entries({ ...collection.variables, ...options.variables, baseUrl }))
  const session: Session = { variables, cookies: new Map(), agent, timeoutMs }
  const results: SmokeResult[] = []
  try {
    for (const one of collection.requests) {
      const result = await perform(one, session)
      results.push(result)
      onResult?.(result)
    }
  } finally {
    agent?.destroy()
  }
  return results
}

async function perform(one: SmokeRequest, session: Session): Promise<SmokeResult> {
  const { folder, name } = one
  if (one.onlyWith !== null && session.variables.get(one.onlyWith) !== 'yes')
    return { folder, name, outcome: 'left out', problems: [] }
  let answer: Answer
  try {
    answer = await send(one, session)
  } catch (error) {
    return { folder, name, outcome: 'failed', problems: [error instanceof Error ? error.message : String(error)] }
  }
  const problems = one.assertions.flatMap((assertion) => {
    const problem = problemOf(assertion, answer, session.variables)
    if (problem === null) return []
    return [assertion.kind === 'status' ? problem : `${subjectText(assertion.of)} ${problem}`]
  })
  return { folder, name, outcome: problems.length === 0 ? 'passed' : 'failed', problems }
}

function subjectText(of: { kind: string; path?: readonly (string | number)[]; name?: string }): string {
  return of.kind === 'json' ? `$.${(of.path ?? []).join('.')}` : of.kind === 'header' ? `header ${of.name}` : 'the body'
}

function send(one: SmokeRequest, session: Session): Promise<Answer> {
  const { variables, cookies, agent, timeoutMs } = session
  const url = new URL(filledIn(one.url, variables))
  const body = one.body === null ? null : filledIn(one.body, variables)
  const headers: Record<string, string> = Object.fromEntries(
    Object.entries(one.headers).map(([name, value]) => [name, filledIn(value, variables)]),
  )
  if (cookies.size > 0) headers['cookie'] = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  if (body !== null) headers['content-length'] = String(Buffer.byteLength(body))
  const options = { method: one.method, headers, timeout: timeoutMs, ...(agent ? { agent } : {}) }
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const sent = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, (response) => {
    const chunks: Buffer[] = []
    let bytes = 0
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > BODY_BYTES_MAX) response.destroy(new RangeError('the answer is too large'))
      else chunks.push(chunk)
    })
    response.on('error', reject)
    response.on('end', () => {
      keepCookies(response.headers['set-cookie'] ?? [], cookies)
      const entries = Object.entries(response.headers).map(([name, value]) => [name, [value].flat().join(', ')])
      resolve({
        status: response.statusCode ?? 0,
        headers: Object.fromEntries(entries) as Record<string, string>,
        text: Buffer.concat(chunks).toString(),
      })
    })
  })
  // The limit of a socket counts silence only; this one counts all of it.
  const timer = setTimeout(() => sent.destroy(new Error(`no whole answer in ${timeoutMs} ms`)), timeoutMs)
  sent.on('error', reject)
  sent.on('close', () => clearTimeout(timer))
  sent.end(body ?? undefined)
  return promise
}

/** One origin and one short run: name and value are enough, and whether it was taken back. */
function keepCookies(lines: readonly string[], cookies: Map<string, string>): void {
  for (const line of lines) {
    const [pair = '', ...attributes] = line.split(';')
    const at = pair.indexOf('=')
    const name = pair.slice(0, at).trim()
    const gone = attributes.some(
      (one) => /^\s*max-age=(0|-\d+)\s*$/i.test(one) || /expires=Thu, 01 Jan 1970/i.test(one),
    )
    if (gone) cookies.delete(name)
    else cookies.set(name, pair.slice(at + 1).trim())
  }
}
