import { HttpClient, type KnownValue, LastKnownGood } from '@greengate/kit/resilience'
import type { Logger, Tracing } from '@greengate/kit/telemetry'
import { z } from 'zod'
import type { OutsideAnswers } from './outside-answers.ts'

const BODY_BYTES_MAX = 65_536
const TIMEOUT_MS = 500

const ratesSchema = z.object({
  base: z.literal('EUR'),
  rates: z.record(z.string().regex(/^[A-Z]{3}$/), z.number().positive().max(1e9)),
})

/** How much of a currency one euro buys. */
export type Rates = Readonly<Record<string, number>>

// Rounded means of October 2026, for an instance that never reached the provider; always marked as a fallback.
const INITIAL: Rates = { EUR: 1, CHF: 0.94, GBP: 0.87, USD: 1.16 }

export interface CurrencyRates {
  /** Never throws, and takes 500 ms at most. */
  get(): Promise<KnownValue<Rates>>
  /** Lets go of connections. */
  close(): Promise<void>
}

/** Rates of the provider, or the last known ones. Without a URL: the built-in ones. */
export function currencyRates(
  url: string | undefined,
  freshMs: number,
  {
    logger,
    answers,
    tracing,
  }: { readonly logger: Logger; readonly answers: OutsideAnswers; readonly tracing?: Tracing | undefined },
): CurrencyRates {
  if (url === undefined) {
    const value = { value: INITIAL, isFallback: true, ageMs: null }
    return { get: () => Promise.resolve(value), close: () => Promise.resolve() }
  }
  const { origin, pathname, search } = new URL(url)
  // One attempt: the last known rates are a better answer than a late one.
  const client = new HttpClient({
    name: 'currency-rates',
    origin,
    thirdParty: true,
    totalTimeoutMs: TIMEOUT_MS,
    answerBytesMax: BODY_BYTES_MAX,
    retry: null,
    ...(tracing ? { trace: tracing } : {}),
  })
  const known = new LastKnownGood<Rates>({
    load: async (signal) => {
      const answer = await client.request({
        path: `${pathname}${search}`,
        headers: { accept: 'application/json' },
        signal,
      })
      if (answer.status !== 200) throw new Error(`the rates provider answered ${answer.status}`)
      return { ...ratesSchema.parse(answer.json()).rates, EUR: 1 }
    },
    initial: INITIAL,
    timeoutMs: TIMEOUT_MS,
    freshMs,
    onFailure: (error) =>
      logger.log('warn', 'currency_rates_unavailable', { reason: error instanceof Error ? error.message : 'unknown' }),
  })
  return {
    get: async () => {
      const rates = await known.get()
      // Without an age they are the built-in ones: it never answered.
      answers.count('currency-rates', rates.ageMs === null ? null : rates)
      return rates
    },
    close: () => client.close(),
  }
}
