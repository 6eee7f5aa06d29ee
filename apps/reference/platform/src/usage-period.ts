import { ServiceError } from '@greengate/kit/errors'

export type Period = 'hour' | 'day' | 'month'

const DAY_MS = 86_400_000
/** How long a span each period may cover, so that an answer stays bounded; days. */
const SPAN_DAYS_MAX: Readonly<Record<Period, number>> = { hour: 31, day: 400, month: 1830 }
const DEFAULT_DAYS = 30

/**
 * The span that is asked for: `to` is now and `from` 30 days before it unless they are given.
 * @throws ServiceError `validation_failed` for an empty span or one that is too long for its period
 */
export function spanOf(
  query: { from?: string | undefined; to?: string | undefined },
  period: Period,
  nowMs: number,
): { from: Date; to: Date } {
  const toMs = query.to === undefined ? nowMs : Date.parse(query.to)
  const fromMs = query.from === undefined ? toMs - DEFAULT_DAYS * DAY_MS : Date.parse(query.from)
  if (fromMs >= toMs) throw invalid('must be before to')
  if (toMs - fromMs > SPAN_DAYS_MAX[period] * DAY_MS)
    throw invalid(`must be at most ${SPAN_DAYS_MAX[period]} days before to`)
  return { from: new Date(fromMs), to: new Date(toMs) }
}

function invalid(problem: string): ServiceError {
  return new ServiceError('validation_failed', { details: [{ field: 'query.from', problem }] })
}
