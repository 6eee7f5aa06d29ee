import type { Clock, KnownValue } from '@greengate/kit/resilience'
import type { Logger, Tracing } from '@greengate/kit/telemetry'
import { lineSchema } from '@greengate/reference-base'
import { z } from 'zod'
import type { OutsideAnswers } from './outside-answers.ts'
import { OutsideProvider } from './outside-provider.ts'

const RECOMMENDATIONS_MAX = 20

// What others send is data: bounded, without control characters, and no address that a browser would run.
const link = z.url({ protocol: /^https?$/ }).max(2048)

export const recommendationSchema = z.object({
  id: lineSchema(1, 100),
  title: lineSchema(1, 200),
  reason: lineSchema(0, 500),
  url: z.string().max(2048).meta({ description: 'https or http; of built-in ones a path of this site' }),
})
const recommendationsAnswer = z.object({
  recommendations: z.array(recommendationSchema.extend({ url: link })).max(RECOMMENDATIONS_MAX),
})

export const weatherSchema = z.object({
  place: lineSchema(1, 120),
  temperature_c: z.number().min(-100).max(70).nullable().meta({ description: 'Null when it is not known' }),
  condition: lineSchema(1, 80),
})
const weatherAnswer = weatherSchema.required().extend({ temperature_c: z.number().min(-100).max(70) })

export type Recommendation = z.output<typeof recommendationSchema>
export type Weather = z.output<typeof weatherSchema>

// For a provider that never answered; always marked as a fallback.
const BUILT_IN: readonly Recommendation[] = [
  { id: 'getting-started', title: 'Getting started', reason: 'A first look around.', url: '/docs' },
  { id: 'news', title: 'What is new', reason: 'The latest posts.', url: '/posts' },
]

export interface ConciergeOptions {
  readonly recommendationsUrl: string | undefined
  readonly weatherUrl: string | undefined
  /** How long an answer counts as current; milliseconds. */
  readonly freshMs: number
  readonly logger: Logger
  readonly answers: OutsideAnswers
  readonly tracing?: Tracing | undefined
  /** Default: the process's own. */
  readonly clock?: Clock | undefined
}

/** The same question in other letters is one entry of the cache. */
function asked(words: string): string {
  return words.normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase()
}

/** Recommendations and weather of others. Neither method throws, and neither takes longer than it is given: `leftMs`, 3.5 s at most. */
export class Concierge {
  readonly #recommendations: OutsideProvider<{ recommendations: Recommendation[] }>
  readonly #weather: OutsideProvider<Weather>

  constructor({ recommendationsUrl, weatherUrl, freshMs, logger, answers, tracing, clock }: ConciergeOptions) {
    const common = { freshMs, logger, answers, tracing, clock }
    this.#recommendations = new OutsideProvider({
      ...common,
      name: 'concierge-recommendations',
      url: recommendationsUrl,
      parameter: 'topic',
      schema: recommendationsAnswer,
    })
    this.#weather = new OutsideProvider<Weather>({
      ...common,
      name: 'concierge-weather',
      url: weatherUrl,
      parameter: 'place',
      schema: weatherAnswer,
    })
  }

  async recommendations(topic: string, leftMs?: number): Promise<KnownValue<readonly Recommendation[]>> {
    const known = await this.#recommendations.get(asked(topic), leftMs)
    if (known === null) return { value: BUILT_IN, isFallback: true, ageMs: null }
    return { ...known, value: known.value.recommendations }
  }

  async weather(place: string, leftMs?: number): Promise<KnownValue<Weather>> {
    const known = await this.#weather.get(asked(place), leftMs)
    if (known !== null) return known
    return { value: { place, temperature_c: null, condition: 'unknown' }, isFallback: true, ageMs: null }
  }

  /** Lets go of connections. */
  async close(): Promise<void> {
    await Promise.all([this.#recommendations.close(), this.#weather.close()])
  }
}
