import type { AnyRoute } from '@greengate/kit/http'
import { type Clock, Deadline, systemClock } from '@greengate/kit/resilience'
import { lineSchema } from '@greengate/reference-base'
import { z } from 'zod'
import { route } from './actor.ts'
import { type Concierge, recommendationSchema, weatherSchema } from './concierge.ts'
import type { ConciergeSwitch } from './concierge-switch.ts'
import { OUTSIDE_LIMIT_MS } from './outside-provider.ts'

const freshness = {
  isFallback: z.boolean().meta({ description: 'True when this is not what the provider says now' }),
  age_ms: z.int().nullable().meta({ description: 'Null when the provider was never reached' }),
}

/** Recommendations and weather, as far as they are known. @param clock default: the process's own */
export function conciergeRoutes(
  concierge: Concierge,
  conciergeSwitch: ConciergeSwitch,
  clock: Clock = systemClock,
): AnyRoute[] {
  /** One limit for all of it: what looking at the switch took, the provider does not get. @returns milliseconds that are left */
  const whileOn = async (): Promise<number> => {
    const deadline = new Deadline(OUTSIDE_LIMIT_MS, { clock })
    await conciergeSwitch.require()
    return deadline.remainingMs()
  }
  const common = {
    method: 'GET',
    access: 'public',
    tag: 'concierge',
    description: 'At most 3.5 s. When the provider does not answer: what it said last, or what is built in.',
    errors: ['concierge_unavailable'],
  } as const
  return [
    route({
      ...common,
      id: 'getRecommendations',
      path: '/v1/concierge/recommendations',
      summary: 'What to read or do next, about a topic',
      query: z.strictObject({
        topic: lineSchema(1, 64)
          .default('general')
          .meta({ description: 'What it is about', examples: ['metering'] }),
      }),
      answers: {
        200: {
          description: 'Recommendations',
          schema: z.object({ recommendations: z.array(recommendationSchema), ...freshness }),
          example: {
            recommendations: [
              {
                id: 'r-1',
                title: 'Metering in an afternoon',
                reason: 'Often read after the overview.',
                url: 'https://example.com/metering',
              },
            ],
            isFallback: false,
            age_ms: 1200,
          },
        },
      },
      handler: async ({ query }) => {
        const leftMs = await whileOn()
        const { value, isFallback, ageMs } = await concierge.recommendations(query.topic, leftMs)
        return { status: 200, body: { recommendations: value, isFallback, age_ms: ageMs } }
      },
    }),
    route({
      ...common,
      id: 'getWeather',
      path: '/v1/concierge/weather',
      summary: 'The weather at a place',
      query: z.strictObject({
        place: lineSchema(1, 80).meta({ description: 'Name of a place', examples: ['Berlin'] }),
      }),
      answers: {
        200: {
          description: 'Weather',
          schema: weatherSchema.extend(freshness),
          example: { place: 'Berlin', temperature_c: 7.5, condition: 'cloudy', isFallback: false, age_ms: 1200 },
        },
      },
      handler: async ({ query }) => {
        const leftMs = await whileOn()
        const { value, isFallback, ageMs } = await concierge.weather(query.place, leftMs)
        return { status: 200, body: { ...value, isFallback, age_ms: ageMs } }
      },
    }),
  ]
}
