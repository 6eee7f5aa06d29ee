import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { type LocalAnswer, type LocalServer, startLocalServer } from './local-server.ts'
import { mailPage, mailsPage } from './mail-pages.ts'

const emailSchema = z.object({
  from: z.string().min(3).max(320),
  to: z.union([z.string().min(3).max(320), z.array(z.string().min(3).max(320)).min(1).max(50)]),
  subject: z.string().min(1).max(998),
  text: z.string().max(200_000).optional(),
  html: z.string().max(200_000).optional(),
})

/** A mail that would have been sent. */
export interface CaughtMail {
  readonly id: string
  readonly from: string
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly receivedAt: string
}

export interface MailCatcher extends LocalServer {
  /** Newest first. */
  mails(to?: string): readonly CaughtMail[]
}

const MAILS_MAX = 1000

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Takes mails like a provider with Resend's interface, and shows them instead of sending them. */
class Mailbox {
  readonly #apiKey: string
  readonly #nowMs: () => number
  readonly #byKey = new Map<string, { readonly body: string; readonly mail: CaughtMail }>()

  constructor(apiKey: string, nowMs: () => number) {
    this.#apiKey = apiKey
    this.#nowMs = nowMs
  }

  list(to?: string): readonly CaughtMail[] {
    const all = [...this.#byKey.values()].map((one) => one.mail).reverse()
    return to === undefined ? all : all.filter((mail) => mail.to.includes(to.toLowerCase()))
  }

  take(request: IncomingMessage, body: string): LocalAnswer {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    if (!timingSafeEqual(digest(token), digest(this.#apiKey)))
      return { status: 401, body: { name: 'missing_api_key', message: 'The API key is not the one of this mailbox.' } }
    const key = request.headers['idempotency-key']
    if (typeof key !== 'string' || key.length < 1 || key.length > 256)
      return {
        status: 400,
        body: { name: 'invalid_idempotency_key', message: 'Idempotency-Key is 1 to 256 characters.' },
      }
    const known = this.#byKey.get(key)
    if (known && known.body !== body)
      return {
        status: 409,
        body: { name: 'invalid_idempotent_request', message: 'This key was used for another mail.' },
      }
    if (known) return { status: 200, body: { id: known.mail.id } }
    const email = emailSchema.safeParse(jsonOf(body))
    if (!email.success || (email.data.text === undefined && email.data.html === undefined))
      return {
        status: 422,
        body: { name: 'validation_error', message: 'from, to, subject and text or html are needed.' },
      }
    const { from, to, subject, text = '', html = '' } = email.data
    const mail: CaughtMail = {
      id: randomUUID(),
      from,
      to: [to].flat().map((one) => one.toLowerCase()),
      subject,
      text,
      html,
      receivedAt: new Date(this.#nowMs()).toISOString(),
    }
    // The oldest goes first: a map keeps the order of insertion.
    const oldest = this.#byKey.size >= MAILS_MAX ? this.#byKey.keys().next().value : undefined
    if (oldest !== undefined) this.#byKey.delete(oldest)
    this.#byKey.set(key, { body, mail })
    return { status: 200, body: { id: mail.id } }
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Starts the mailbox. `POST /emails` takes one; `/`, `/emails?to=` and `/emails/{id}` show them to everybody on this machine. */
export async function startMailCatcher(
  port: number,
  apiKey: string,
  nowMs: () => number = () => Date.now(),
): Promise<MailCatcher> {
  const mailbox = new Mailbox(apiKey, nowMs)
  const server = await startLocalServer(port, (request, url, body) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (request.method === 'POST' && url.pathname === '/emails') return mailbox.take(request, body)
    if (!isRead) return { status: 405, body: { name: 'method_not_allowed' } }
    const to = url.searchParams.get('to') ?? undefined
    if (url.pathname === '/') return { status: 200, body: mailsPage(mailbox.list(to)) }
    if (url.pathname === '/emails') return { status: 200, body: { data: mailbox.list(to) } }
    const id = /^\/emails\/([0-9a-f-]{36})$/.exec(url.pathname)?.[1]
    const mail = mailbox.list().find((one) => one.id === id)
    if (!mail) return { status: 404, body: { name: 'not_found' } }
    const wantsPage = request.headers.accept?.includes('text/html') === true
    return { status: 200, body: wantsPage ? mailPage(mail) : mail }
  })
  return { ...server, mails: (to) => mailbox.list(to) }
}
