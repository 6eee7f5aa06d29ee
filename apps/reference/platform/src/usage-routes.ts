import type { Database } from '@greengate/kit/data'
import { ServiceError } from '@greengate/kit/errors'
import type { AnyRoute } from '@greengate/kit/http'
import { z } from 'zod'
import { accessTo } from './access.ts'
import { actorOf, route } from './actor.ts'
import type { CurrencyRates } from './currency-rates.ts'
import { currency, meter, moment, slug } from './schemas.ts'
import { spanOf } from './usage-period.ts'
import { valuate } from './valuation.ts'

// date_trunc's result is turned back into a moment, so that it does not depend on the session's time zone.
const aggregate = {
  name: 'usage-aggregate',
  text: `select date_trunc($2, occurred_at at time zone 'UTC') at time zone 'UTC' as start, meter,
      sum(quantity)::text as quantity, count(*)::int as events,
      coalesce(sum(quantity) filter (where late), 0)::text as late_quantity,
      (count(*) filter (where late))::int as late_events
    from usage_events
    where organisation_id = $1 and occurred_at >= $3 and occurred_at < $4 and ($5::text is null or meter = $5)
    group by 1, 2 order by 1, 2`,
}
const totals = {
  name: 'usage-totals',
  text: `select e.meter, sum(e.quantity)::text as quantity, m.unit_price_eur_micros::text as price
    from usage_events e join meters m on m.name = e.meter
    where e.organisation_id = $1 and e.occurred_at >= $2 and e.occurred_at < $3
    group by e.meter, m.unit_price_eur_micros order by e.meter`,
}

interface UsageRow {
  start: Date
  meter: string
  quantity: string
  events: number
  late_quantity: string
  late_events: number
}

const whole = z.string().regex(/^[0-9]+$/)
const databaseErrors = ['database_unavailable', 'database_timeout']
const ratesSchema = z.object({
  base: z.literal('EUR'),
  rates: z.record(z.string(), z.number()),
  isFallback: z.boolean().meta({ description: 'True when these are not what the provider says now' }),
  age_ms: z.int().nullable().meta({ description: 'Null when the provider was never reached' }),
})
const span = {
  from: moment.optional().meta({ description: 'Default: 30 days before `to`', examples: ['2026-11-01T00:00:00Z'] }),
  to: moment.optional().meta({ description: 'Exclusive. Default: now', examples: ['2026-12-01T00:00:00Z'] }),
}

/** Reads usage, aggregated and valued. */
export function usageRoutes(database: Database, rates: CurrencyRates, nowMs: () => number): AnyRoute[] {
  return [
    route({
      id: 'getUsage',
      method: 'GET',
      path: '/v1/usage',
      access: ['user', 'service'],
      permission: 'usage.read',
      tag: 'usage',
      summary: 'Usage by period (UTC) and meter',
      description:
        'At most 31 days by hour, 400 by day, 1,830 by month. Late events are in the sums, and counted apart as well.',
      query: z.strictObject({
        organisation: slug,
        period: z.enum(['hour', 'day', 'month']).default('day'),
        meter: meter.optional(),
        ...span,
      }),
      answers: {
        200: {
          description: 'Periods in which there was usage, in order',
          schema: z.object({
            organisation: slug,
            period: z.enum(['hour', 'day', 'month']),
            from: z.iso.datetime(),
            to: z.iso.datetime(),
            usage: z.array(
              z.object({
                start: z.iso.datetime(),
                meter,
                quantity: whole,
                events: z.int(),
                late_quantity: whole.meta({ description: 'How much of it came after its period was closed' }),
                late_events: z.int(),
              }),
            ),
          }),
          example: {
            organisation: 'acme',
            period: 'day',
            from: '2026-11-01T00:00:00.000Z',
            to: '2026-12-01T00:00:00.000Z',
            usage: [
              {
                start: '2026-11-20T00:00:00.000Z',
                meter: 'api_calls',
                quantity: '25',
                events: 2,
                late_quantity: '5',
                late_events: 1,
              },
            ],
          },
        },
      },
      errors: ['not_found', ...databaseErrors],
      handler: async (request) => {
        const { query } = request
        const { from, to } = spanOf(query, query.period, nowMs())
        const { organisation } = await accessTo(database, query.organisation, actorOf(request), 'usage.read')
        const rows = await database.rows<UsageRow>(aggregate, [
          organisation.id,
          query.period,
          from,
          to,
          query.meter ?? null,
        ])
        const usage = rows.map((row) => ({ ...row, start: row.start.toISOString() }))
        return {
          status: 200,
          body: {
            organisation: organisation.slug,
            period: query.period,
            from: from.toISOString(),
            to: to.toISOString(),
            usage,
          },
        }
      },
    }),
    route({
      id: 'getValuation',
      method: 'GET',
      path: '/v1/usage/valuation',
      access: ['user', 'service'],
      permission: 'usage.read',
      tag: 'usage',
      summary: 'What the usage of a span is worth, in a currency',
      query: z.strictObject({ organisation: slug, currency: currency.default('EUR'), ...span }),
      answers: {
        200: {
          description: 'Amounts in millionths of the currency',
          schema: z.object({
            organisation: slug,
            currency,
            amount_micros: whole,
            lines: z.array(z.object({ meter, quantity: whole, amount_micros: whole })),
            isFallback: ratesSchema.shape.isFallback,
            rates_age_ms: ratesSchema.shape.age_ms,
          }),
          example: {
            organisation: 'acme',
            currency: 'USD',
            amount_micros: '1160',
            lines: [{ meter: 'api_calls', quantity: '25', amount_micros: '1160' }],
            isFallback: false,
            rates_age_ms: 1200,
          },
        },
      },
      errors: ['not_found', ...databaseErrors],
      handler: async (request) => {
        const { query } = request
        const { from, to } = spanOf(query, 'month', nowMs())
        const { organisation } = await accessTo(database, query.organisation, actorOf(request), 'usage.read')
        const known = await rates.get()
        const rate = Object.hasOwn(known.value, query.currency) ? known.value[query.currency] : undefined
        if (rate === undefined) {
          throw new ServiceError('validation_failed', {
            details: [{ field: 'query.currency', problem: 'has no known rate' }],
          })
        }
        const rows = await database.rows<{ meter: string; quantity: string; price: string }>(totals, [
          organisation.id,
          from,
          to,
        ])
        const { lines, amountMicros } = valuate(
          rows.map((row) => ({
            meter: row.meter,
            quantity: BigInt(row.quantity),
            unitPriceEurMicros: BigInt(row.price),
          })),
          rate,
        )
        return {
          status: 200,
          body: {
            organisation: organisation.slug,
            currency: query.currency,
            amount_micros: amountMicros.toString(),
            lines,
            isFallback: known.isFallback,
            rates_age_ms: known.ageMs,
          },
        }
      },
    }),
    route({
      id: 'getCurrencyRates',
      method: 'GET',
      path: '/v1/currency-rates',
      access: ['user', 'service'],
      tag: 'usage',
      summary: 'The rates that valuations use now',
      answers: {
        200: {
          description: 'Rates',
          schema: ratesSchema,
          example: { base: 'EUR', rates: { EUR: 1, USD: 1.16 }, isFallback: false, age_ms: 1200 },
        },
      },
      errors: databaseErrors,
      handler: async () => {
        const known = await rates.get()
        return {
          status: 200,
          body: { base: 'EUR', rates: known.value, isFallback: known.isFallback, age_ms: known.ageMs },
        }
      },
    }),
  ]
}
