import type { IncomingMessage } from 'node:http'
import { lacks } from './defects.ts'

const WINDOW_MS = 60_000
const ENTRIES_MAX = 50_000
const FAILURES_MAX = 5

interface Entry {
  count: number
  untilMs: number
}

/** Counts per key in fixed windows; bounded: the oldest key goes first. */
class Counter {
  readonly #entries = new Map<string, Entry>()

  /** The key's window, a new one if the last is over. */
  entry(key: string): Entry {
    const nowMs = Date.now()
    let entry = this.#entries.get(key)
    if (!entry || entry.untilMs <= nowMs) {
      this.#entries.delete(key)
      entry = { count: 0, untilMs: nowMs + WINDOW_MS }
      this.#entries.set(key, entry)
      if (this.#entries.size > ENTRIES_MAX) {
        const oldest = this.#entries.keys().next().value
        if (oldest !== undefined) this.#entries.delete(oldest)
      }
    }
    return entry
  }

  forget(key: string): void {
    this.#entries.delete(key)
  }
}

export interface RateAnswer {
  readonly allowed: boolean
  readonly headers: Record<string, string>
}

/** So many requests per minute and client address. */
export class RateLimit {
  readonly #counter = new Counter()
  readonly #perMin: number

  constructor(perMin: number) {
    this.#perMin = perMin
  }

  take(address: string): RateAnswer {
    if (lacks('no-rate-limit')) return { allowed: true, headers: {} }
    const entry = this.#counter.entry(address)
    entry.count += 1
    const resetS = Math.max(1, Math.ceil((entry.untilMs - Date.now()) / 1000))
    const headers: Record<string, string> = lacks('rate-limit-no-headers')
      ? {}
      : {
          'ratelimit-limit': String(this.#perMin),
          'ratelimit-remaining': String(Math.max(0, this.#perMin - entry.count)),
          'ratelimit-reset': String(resetS),
          'ratelimit-policy': `${this.#perMin};w=60`,
        }
    return { allowed: entry.count <= this.#perMin, headers }
  }
}

/** Failed sign-ins per account and per address; an account that does not exist is counted like any other. */
export class SignInLimit {
  readonly #counter = new Counter()

  locked(username: string, address: string): boolean {
    return this.#keys(username, address).some((key) => this.#counter.entry(key).count >= FAILURES_MAX)
  }

  failed(username: string, address: string, exists: boolean): void {
    if (lacks('sign-in-unlimited')) return
    for (const key of this.#keys(username, address)) {
      if (lacks('sign-in-enumerates-lockout') && !(exists && key.startsWith('account:'))) continue
      this.#counter.entry(key).count += 1
    }
  }

  succeeded(username: string): void {
    this.#counter.forget(`account:${username}`)
  }

  #keys(username: string, address: string): readonly string[] {
    return [`account:${username}`, `address:${address}`]
  }
}

/** Whom a request counts for: the peer, or what the trusted proxy in front says. */
export function clientAddress(request: IncomingMessage, trustedProxy: string): string {
  const peer = request.socket.remoteAddress ?? ''
  const forwarded = firstValue(request.headers['x-forwarded-for'])
  if (lacks('forwarded-for-trusted') && forwarded !== '') return forwarded
  if (lacks('forwarded-variants-trusted')) {
    const { headers } = request
    const said =
      firstValue(headers['forwarded']) || firstValue(headers['x-real-ip']) || firstValue(headers['cf-connecting-ip'])
    if (said !== '') return said
  }
  // The last entry is the one that the trusted proxy itself wrote.
  if (trustedProxy !== '' && peer === trustedProxy && forwarded !== '')
    return forwarded.split(',').at(-1)?.trim() ?? peer
  return peer
}

function firstValue(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value.join(',') : (value ?? '')).trim()
}
