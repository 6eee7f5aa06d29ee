import {
  type Clock,
  type ClockTimer,
  HttpClient,
  KnownGoodCache,
  type KnownValue,
  NothingKnownError,
  systemClock,
} from '@greengate/kit/resilience'
import type { Logger, Tracing } from '@greengate/kit/telemetry'
import type { z } from 'zod'
import type { OutsideAnswers } from './outside-answers.ts'

/** How long a caller waits for somebody else's service at most. */
export const OUTSIDE_LIMIT_MS = 3500
// The client gives up a moment earlier, so that its error, which says more, is the one that is logged.
const CLIENT_MARGIN_MS = 100
const ANSWER_BYTES_MAX = 65_536
const ENTRIES_MAX = 500
const CONNECTIONS_MAX = 20
/** How old an answer may be that stands in for a current one. */
const STALE_MAX_MS = 86_400_000

export interface OutsideProviderOptions<T> {
  /** As it is shown in logs and spans. */
  readonly name: string
  /** Where it is; undefined: there is none. */
  readonly url: string | undefined
  /** Parameter of the query that carries what is asked for. */
  readonly parameter: string
  /** What an answer has to be; anything else is no answer. */
  readonly schema: z.ZodType<T>
  /** How long an answer counts as current; milliseconds, 0 asks every time. */
  readonly freshMs: number
  readonly logger: Logger
  readonly answers: OutsideAnswers
  readonly tracing?: Tracing | undefined
  /** Default: the process's own. */
  readonly clock?: Clock | undefined
}

/**
 * Somebody else's answers by what was asked: current ones within 3.5 s, else the last good one of a day at most, marked as
 * such. Whatever the provider sends that is not what it should send counts as no answer.
 */
export class OutsideProvider<T> {
  readonly #client: HttpClient | null
  readonly #known: KnownGoodCache<string, T>
  readonly #clock: Clock
  /** Only one that has an address is counted: without it there is nothing to be missed. */
  readonly #count: (known: KnownValue<T> | null) => void

  constructor(options: OutsideProviderOptions<T>) {
    const { name, url, parameter, schema, logger, tracing, clock = systemClock } = options
    const client = url === undefined ? null : clientFor(name, url, tracing, clock)
    this.#client = client
    this.#clock = clock
    this.#count = (known) => (client === null ? undefined : options.answers.count(name, known))
    this.#known = new KnownGoodCache<string, T>({
      load: async (asked, signal) => {
        if (url === undefined || client === null) throw new Error(`${name} has no address`)
        const at = new URL(url)
        at.searchParams.set(parameter, asked)
        const answer = await client.request({
          path: `${at.pathname}${at.search}`,
          headers: { accept: 'application/json' },
          signal,
        })
        if (answer.status !== 200) throw new Error(`${name} answered ${answer.status}`)
        return schema.parse(answer.json())
      },
      entriesMax: ENTRIES_MAX,
      timeoutMs: OUTSIDE_LIMIT_MS,
      freshMs: options.freshMs,
      staleMaxMs: STALE_MAX_MS,
      clock,
      onFailure: (error) => {
        if (url === undefined) return
        // The reason of a schema would repeat what the provider sent.
        const reason =
          error instanceof Error && error.name !== 'ZodError' ? error.message : 'the answer has another shape'
        logger.log('warn', 'outside_provider_unavailable', { provider: name, reason })
      },
    })
  }

  /**
   * Null when there is no answer, and none is known from before. What comes after `leftMs` is for those who ask next.
   * @param leftMs how long the caller still waits; milliseconds, 3,500 at most
   */
  async get(asked: string, leftMs = OUTSIDE_LIMIT_MS): Promise<KnownValue<T> | null> {
    let timer: ClockTimer | undefined
    const over = new Promise<void>((resolve) => {
      timer = this.#clock.setTimeout(resolve, Math.min(OUTSIDE_LIMIT_MS, Math.max(0, leftMs)))
    })
    try {
      const known = await Promise.race([this.#answer(asked), over.then(() => this.#before(asked))])
      this.#count(known)
      return known
    } finally {
      timer?.[Symbol.dispose]()
    }
  }

  /** What is known without asking. */
  #before(asked: string): KnownValue<T> | null {
    const known = this.#known.peek(asked)
    return known === null || known.ageMs === null || known.ageMs > STALE_MAX_MS ? null : known
  }

  async #answer(asked: string): Promise<KnownValue<T> | null> {
    try {
      return await this.#known.get(asked)
    } catch (error) {
      if (error instanceof NothingKnownError) return null
      throw error
    }
  }

  /** Lets go of connections. */
  async close(): Promise<void> {
    await this.#client?.close()
  }
}

function clientFor(name: string, url: string, tracing: Tracing | undefined, clock: Clock): HttpClient {
  return new HttpClient({
    name,
    origin: new URL(url).origin,
    thirdParty: true,
    totalTimeoutMs: OUTSIDE_LIMIT_MS - CLIENT_MARGIN_MS,
    connectionsMax: CONNECTIONS_MAX,
    answerBytesMax: ANSWER_BYTES_MAX,
    // One attempt: what was known is a better answer than a late one.
    retry: null,
    clock,
    ...(tracing ? { trace: tracing } : {}),
  })
}
