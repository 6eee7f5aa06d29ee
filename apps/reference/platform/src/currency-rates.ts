import { type KnownValue, LastKnownGood } from '@greengate/kit/resilience'
import type { Logger } from '@greengate/kit/telemetry'
import { z } from 'zod'

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
  get(correlationId?: string): Promise<KnownValue<Rates>>
}

async function boundedText(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let bytes = 0
  let text = ''
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > BODY_BYTES_MAX) throw new Error('the rates are larger than 64 KiB')
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

async function load(url: string, signal: AbortSignal, correlationId: string | undefined): Promise<Rates> {
  const response = await fetch(url, {
    signal,
    redirect: 'error',
    headers: {
      accept: 'application/json',
      ...(correlationId === undefined ? {} : { 'x-correlation-id': correlationId }),
    },
  })
  if (!response.ok) {
    await response.body?.cancel()
    throw new Error(`the rates provider answered ${response.status}`)
  }
  const { rates } = ratesSchema.parse(JSON.parse(await boundedText(response)))
  return { ...rates, EUR: 1 }
}

/** Rates of the provider, or the last known ones. Without a URL: the built-in ones. */
export function currencyRates(url: string | undefined, freshMs: number, logger: Logger): CurrencyRates {
  if (url === undefined) return { get: () => Promise.resolve({ value: INITIAL, isFallback: true, ageMs: null }) }
  return new LastKnownGood({
    load: (signal, correlationId) => load(url, signal, correlationId),
    initial: INITIAL,
    timeoutMs: TIMEOUT_MS,
    freshMs,
    onFailure: (error) =>
      logger.log('warn', 'currency_rates_unavailable', { reason: error instanceof Error ? error.message : 'unknown' }),
  })
}
