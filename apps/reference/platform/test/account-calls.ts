import { setTimeout as pause } from 'node:timers/promises'
import type { Answer, Method, StartedPlatform } from './started-platform.ts'

export const PASSWORD = 'a long pass phrase'
export const OTHER_PASSWORD = 'another long pass phrase'
const ATTEMPTS_MAX = 200

/** Somebody who wants an account; each from an address of their own, so that attempts of one do not lock another. */
export interface Applicant {
  readonly email: string
  readonly slug: string
  readonly from: string
}

export interface SignedIn extends Applicant {
  readonly token: string
}

export type AccountCalls = ReturnType<typeof accountCalls>

export const statuses = (answers: readonly Answer[]): number[] =>
  answers.map((one) => one.status).toSorted((a, b) => a - b)

export const times = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)))

/** An answer without what is another one in every answer. */
export function shape(answer: Answer): unknown {
  const body = JSON.stringify(answer.body) ?? ''
  const headers = Object.keys(answer.headers).toSorted()
  return { status: answer.status, body: body.replaceAll(/"(?:request_id|correlation_id)":"[^"]*"/g, ''), headers }
}

/** The calls of the account routes, as a page or a test makes them. */
export function accountCalls(platform: StartedPlatform) {
  let number = 0
  const send = async (
    method: Method,
    url: string,
    { body, token, from, headers = {} }: { body?: unknown; token?: string; from?: string; headers?: object } = {},
  ): Promise<Answer> => {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await platform.service.app.inject({
        method,
        url,
        remoteAddress: from ?? '127.0.0.1',
        headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
        ...(body === undefined ? {} : { payload: body as object }),
      })
      const json = (answer.body === '' ? null : answer.json()) as Record<string, never>
      // As a caller does who is told to try again: on a machine that is busy a burst may be too much.
      if (answer.statusCode !== 503 || attempt >= ATTEMPTS_MAX)
        return { status: answer.statusCode, body: json, headers: answer.headers }
      await pause(20)
    }
  }
  const fresh = (): Applicant => {
    number += 1
    return { email: `p${number}@people.test`, slug: `org-${number}`, from: `10.1.${number >> 8}.${number & 255}` }
  }
  const signUp = (who: { email: string; slug: string }, password = PASSWORD): Promise<Answer> =>
    send('POST', '/v1/sign-up', {
      body: { email: who.email, password, name: 'Ada Okafor', organisation: { slug: who.slug, name: 'Acme' } },
    })
  const signIn = (who: { email: string; from: string }, password = PASSWORD, headers = {}): Promise<Answer> =>
    send('POST', '/v1/sign-in', { body: { email: who.email, password }, from: who.from, headers })
  const lastToken = async (email: string): Promise<string> => {
    const mails = await platform.mailsTo(email)
    return mails.findLast((mail) => mail.data['token'] !== undefined)?.data['token'] ?? ''
  }
  const confirm = (token: string): Promise<Answer> =>
    send('POST', '/v1/email-verifications/confirm', { body: { token } })
  return {
    send,
    fresh,
    signUp,
    signIn,
    lastToken,
    confirm,
    askVerification: (email: string) => send('POST', '/v1/email-verifications', { body: { email } }),
    askReset: (email: string) => send('POST', '/v1/password-resets', { body: { email } }),
    reset: (token: string, password = OTHER_PASSWORD) =>
      send('POST', '/v1/password-resets/confirm', { body: { token, password } }),
    me: (token: string) => send('GET', '/v1/me', { token }),
    templates: async (email: string) => (await platform.mailsTo(email)).map((mail) => mail.template),
    count: async (from: string, values: readonly unknown[] = []): Promise<number> => {
      const { rows } = await platform.admin.query<{ n: number }>(`select count(*)::int as n from ${from}`, [...values])
      return rows[0]?.n ?? -1
    },
    /** Password hashes that the service computed so far. */
    hashes: async (): Promise<number> => {
      const { body } = await platform.service.app.inject({ method: 'GET', url: '/metrics' })
      return Number(/^password_hashes_total (\d+)/m.exec(body)?.[1] ?? 'NaN')
    },
    /** An account that was confirmed, and a session of it. */
    someone: async (): Promise<SignedIn> => {
      const who = fresh()
      await signUp(who)
      await confirm(await lastToken(who.email))
      const { status, body } = await signIn(who)
      if (status !== 200) throw new Error(`nobody was signed in: ${status}`)
      return { ...who, token: String(body['token']) }
    },
  }
}
