import type { z } from 'zod'
import { SystemError } from '../start/system-folder.ts'

export interface Ask {
  readonly method?: string
  readonly token?: string
  readonly body?: unknown
  /** What is all right; default: 200 to 299. */
  readonly statuses?: readonly number[]
}

const TIMEOUT_MS = 20_000

/** One of our processes, asked the way everybody asks it. */
export class Api {
  readonly #base: string

  constructor(base: string) {
    this.#base = base
  }

  /** @throws SystemError `seed_failed` with what was answered */
  async ask(
    path: string,
    { method = 'GET', token, body, statuses }: Ask = {},
  ): Promise<{ status: number; json: unknown }> {
    const answer = await fetch(`${this.#base}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const text = await answer.text()
    if (!(statuses ? statuses.includes(answer.status) : answer.ok))
      throw new SystemError('seed_failed', `${method} ${path} answered ${answer.status}: ${text.slice(0, 500)}`)
    return { status: answer.status, json: text === '' ? null : JSON.parse(text) }
  }

  /** The same, as what it has to be. */
  async read<T>(path: string, schema: z.ZodType<T>, ask: Ask = {}): Promise<T> {
    return schema.parse((await this.ask(path, ask)).json)
  }
}
